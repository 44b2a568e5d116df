"""The p-curve: the significant p values as they are, under no effect, and under 33 % power."""

from __future__ import annotations

import math
from dataclasses import replace

from matplotlib.axes import Axes

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.key import Entry, Key, key
from evidence.figures.network_page import place_words, sheet
from evidence.figures.panels import Panel, draw_panels, needed, rug
from evidence.figures.style import BLUE, MUTED, VERMILLION, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import number, p_value, shortened
from evidence.robustness.p_curve import PCurve

_ROUND = (20, 25, 40, 50, 60, 80, 100)
_NULL, _POWER = ":", (0, (5, 2))


@house_style()
def p_curve(
    result: PCurve,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "p_curve",
) -> EvidenceFigure:
    """Draw the p-curve beside what no effect and 33 % power lead one to expect.

    Points are the share of the significant results in each hundredth of p, whose number stands above; short
    lines below are the results themselves.

    Parameters
    ----------
    result : PCurve
    title, subtitle, source : str, optional
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result is no p-curve.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.robustness.p_curve import p_curve as curve
    >>> print(p_curve(curve(yi=[0.5, 0.6, 0.4, 0.7, 0.1], vi=[0.01, 0.02, 0.01, 0.03, 0.04])).alt)
    p-curve of 4 significant of 5 results: evidential value: the p-curve is right-skewed. Power 99 %.
    """
    if not isinstance(result, PCurve):
        raise InputError(f"p_curve draws the result of ev.p_curve, not {type(result).__name__}.")
    style = preset_called(preset)
    panel = _panel(result)
    said = f"{_tests(result)} {_notes(result)}"

    def middle(inner: float) -> tuple[float, float]:
        width, height = needed([panel], style, inner)
        return width, height + _key(style, inner).height + 0.4 * style.em

    page = sheet(style, (title or "", subtitle or ""), said, source, middle)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(_alt(result), ALT_LENGTH),
        long_alt=_long_alt(result),
        caption=(
            "Share (above: number) of the significant results in each hundredth of p: observed, under no"
            f" effect, and under 33 % power. {said}"
        ),
        dpi=style.dpi,
    )
    place_words(figure, page)
    entries = _key(style, page.inner)
    entries.place(figure, style.margin, page.top)
    below = page.top + entries.height + 0.4 * style.em
    lower = replace(page, top=below, middle=page.middle - (below - page.top))
    (axes,) = draw_panels(figure, lower, [panel])
    _draw(axes, result, style)
    return figure


def _panel(result: PCurve) -> Panel:
    curve = result.curve
    most = 100 * max(curve["observed"].max(), curve["power33"].max())
    top = next(edge for edge in _ROUND if edge >= most)
    step = 10 if top <= 40 else 20 if top <= 60 else 25 if top == 100 else 20
    marks = [(float(value), f"{value} %") for value in range(0, top + 1, step)]
    edges = [0.0, *curve["p_to"].tolist()]
    return Panel(
        "p-curve",
        "Share and number of the significant results",
        "p value (two-sided)",
        (0.0, 0.05),
        (0.0, 1.22 * top),
        tuple((edge, f"{edge:g}") for edge in edges),
        tuple(marks),
    )


def _line(color: str, style: object, marker: str) -> object:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        half = 1.1 * size / 72
        axes.plot([x - half, x + half], [y, y], color=color, linestyle=style, linewidth=0.16 * size)
        if marker:
            axes.plot([x], [y], color=color, marker=marker, markersize=0.5 * size)

    return draw


def _key(style: Preset, width: float) -> Key:
    entries = [
        Entry(_line(BLUE, "-", "o"), "observed", 3.0),
        Entry(_line(MUTED, _NULL, ""), "if there were no effect", 3.0),
        Entry(_line(VERMILLION, _POWER, "s"), "if the power were 33 %", 3.0),
    ]
    return key(entries, style, width)


def _draw(axes: Axes, result: PCurve, style: Preset) -> None:
    curve = result.curve
    x = (curve["p_from"] + curve["p_to"]).to_numpy() / 2
    thick = 0.2 * style.base
    axes.plot([0, 0.05], [20, 20], color=MUTED, linestyle=_NULL, linewidth=0.8 * thick, zorder=2)
    look = {"color": VERMILLION, "linestyle": _POWER, "linewidth": 0.8 * thick, "zorder": 2}
    axes.plot(x, 100 * curve["power33"], marker="s", markersize=0.45 * style.base, **look)
    observed = 100 * curve["observed"].to_numpy()
    look = {"color": BLUE, "linewidth": thick, "zorder": 3, "clip_on": False}
    axes.plot(x, observed, marker="o", markersize=0.65 * style.base, **look)
    chosen = result.studies["significant"]
    rug(axes, result.studies.loc[chosen, "p"].to_numpy(), size=style.base)
    for spot, value in zip(x, observed, strict=True):
        count = round(value * result.significant / 100)
        words = f"{count} ({number(value, 0)} %)"
        look = {"size": style.small, "color": BLUE, "weight": "bold", "ha": "center", "va": "top"}
        axes.text(spot, axes.get_ylim()[1], words, **look)


def _pair(row: dict[str, float]) -> str:
    half = f", half curve {p_value(row['half_p'])}" if math.isfinite(row["half_p"]) else ""
    return f"full curve {p_value(row['full_p'])}{half}, binomial {p_value(row['binomial_p'])}"


def _tests(result: PCurve) -> str:
    skew, flat = (row._asdict() for row in result.tests.itertuples())
    low, high = (number(100 * end, 0) for end in result.power_ci)
    verdict = result.verdict()
    return (
        f"{verdict[0].upper()}{verdict[1:]}. Right skew: {_pair(skew)}. Flatter than with 33 % power:"
        f" {_pair(flat)}. Estimated power {number(100 * result.power, 0)} % ({100 * result.level:g} %"
        f" interval {low} to {high} %). {result.significant} of {result.k} results are significant (p <"
        f" 0.05), {result.half} of them with p < 0.025."
    )


def _notes(result: PCurve) -> str:
    return " ".join(f"{note[0].upper()}{note[1:]}." for note in result.notes)


def _alt(result: PCurve) -> str:
    power = number(100 * result.power, 0)
    said = f"p-curve of {result.significant} significant of {result.k} results: {result.verdict()}."
    return f"{said} Power {power} %."


def _long_alt(result: PCurve) -> str:
    bins = [
        f"p {row.p_from:g} to {row.p_to:g}: {number(100 * row.observed, 0)} % observed,"
        f" {number(100 * row.power33, 0)} % with 33 % power"
        for row in result.curve.itertuples()
    ]
    return f"{_alt(result)} {_tests(result)} {'; '.join(bins)}; no effect: 20 % each. {_notes(result)}"

"""The Copas model: the mean as more selection is assumed, and the test of what selection is left."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, robust_limits, ticks
from evidence.figures.network_page import place_words, sheet
from evidence.figures.panels import Panel, band, draw_panels, needed
from evidence.figures.style import BLUE, INK, MUTED, RULE, VERMILLION, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import number, p_value, shortened
from evidence.robustness.copas_result import Copas

_DASHED = (0, (5, 2))
_P_TICKS = ((0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1"))


@house_style()
def copas(
    result: Copas,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "copas",
) -> EvidenceFigure:
    """Draw the mean against how surely the least precise study is reported, and the test of what is left.

    Selection grows from left to right. The upper plot has the mean with its interval, the lower one the p
    value of the test of residual selection; the ring marks the adjusted mean, where p first exceeds the
    level of the test.

    Parameters
    ----------
    result : Copas
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
        If the result is no Copas model.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.robustness.copas import copas as model
    >>> s = np.array([0.08, 0.1, 0.12, 0.15, 0.2, 0.22, 0.25, 0.3, 0.35, 0.4])
    >>> y = np.array([0.1, 0.25, 0.0, 0.4, 0.2, 0.5, 0.1, 0.7, 0.2, 0.9])
    >>> print(copas(model(yi=y, vi=s**2, size=5)).alt[:44])
    Copas model of 10 studies: adjusted mean 0.1
    """
    if not isinstance(result, Copas):
        raise InputError(f"copas draws a Copas model, not {type(result).__name__}.")
    style = preset_called(preset)
    units = axis(result.scale, result.measure, None)
    panels = _panels(result, units)
    said = _words(result, units)
    page = sheet(
        style, (title or "", subtitle or ""), said, source, lambda inner: needed(panels, style, inner)
    )
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(_alt(result, units), ALT_LENGTH),
        long_alt=_long_alt(result, units),
        caption=f"Mean and test of residual selection as more selection is assumed. {said}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    upper, lower = draw_panels(figure, page, panels)
    _draw_mean(upper, result, units, style)
    _draw_test(lower, result, style)
    return figure


def _panels(result: Copas, units: Axis) -> list[Panel]:
    path = result.path
    drawn = {name: units.drawn(path[name]) for name in ("estimate", "ci_low", "ci_high")}
    estimate, low, high = drawn.values()
    ylim = robust_limits(estimate, low, high, estimate, [], null=units.null)
    least = float(path["publication"].min())
    room = 0.03 * (1 - least)
    xlim = (1 + room, least - room)
    spots = [spot / 10 for spot in range(10, -1, -1) if least - room <= spot / 10]
    xticks = tuple((spot, f"{100 * spot:.0f} %") for spot in spots)
    across = "Probability of reporting the study with the largest standard error (more selection →)"
    mean = Panel(
        "mean",
        f"{units.long}, with {100 * result.level:g} % interval",
        "",
        xlim,
        ylim,
        xticks,
        tuple(zip(*ticks(units, ylim, 2.4, 10), strict=True)),
        share=1.3,
    )
    test = Panel(
        "residual selection",
        "p value of the test of residual selection",
        across,
        xlim,
        (0.0, 1.0),
        xticks,
        _P_TICKS,
    )
    return [mean, test]


def _draw_mean(axes: Axes, result: Copas, units: Axis, style: Preset) -> None:
    path, x = result.path, result.path["publication"].to_numpy()
    known = path["se"].notna().to_numpy()
    band(axes, x[known], units.drawn(path["ci_low"])[known], units.drawn(path["ci_high"])[known])
    plain = float(units.drawn(result.unadjusted))
    low, high = axes.get_ylim()
    if low <= units.null <= high:
        axes.axhline(units.null, color=RULE, linewidth=0.1 * style.base, zorder=1.5)
    axes.axhline(plain, color=MUTED, linestyle=_DASHED, linewidth=0.1 * style.base, zorder=2)
    axes.plot(x, units.drawn(path["estimate"]), color=BLUE, linewidth=0.22 * style.base, zorder=3)
    _ring(axes, result, float(units.drawn(result.estimate)), style)


def _draw_test(axes: Axes, result: Copas, style: Preset) -> None:
    path = result.path
    axes.axhline(result.alpha, color=VERMILLION, linestyle=_DASHED, linewidth=0.12 * style.base, zorder=2)
    axes.plot(path["publication"], path["residual_p"], color=BLUE, linewidth=0.22 * style.base, zorder=3)
    _ring(axes, result, result.residual_p, style)


def _ring(axes: Axes, result: Copas, y: float, style: Preset) -> None:
    if result.adjusted is None:
        return
    size = (1.15 * style.base) ** 2
    look = {"facecolor": "white", "edgecolor": INK, "linewidths": 0.17 * style.base, "clip_on": False}
    axes.scatter([result.publication], [y], s=size, zorder=5, **look)


def _per_cent(share: float) -> str:
    return f"{number(100 * share, 0)} %"


def _found(result: Copas, units: Axis) -> str:
    plain = units.estimate(result.unadjusted, *result.unadjusted_ci)
    if result.adjusted is None:
        return f"no adjusted mean, unadjusted {plain}"
    mean = units.estimate(result.estimate, result.ci_low, result.ci_high)
    return f"adjusted mean {mean}, unadjusted {plain}"


def _words(result: Copas, units: Axis) -> str:
    found = _found(result, units)
    parts = [f"{found[0].upper()}{found[1:]}"]
    marks = "Dashed above: unadjusted mean; dashed below: p = " + f"{result.alpha:g}"
    if result.adjusted is not None:
        marks = f"Ring: adjusted mean, the first with p > {result.alpha:g}; {marks[0].lower()}{marks[1:]}"
        parts.append(
            "With the selection adjusted for, the study with the largest standard error is reported with a"
            f" probability of {_per_cent(result.publication)}, {number(result.unpublished, 1)} studies are"
            f" unreported, and residual selection has {p_value(result.residual_p)}"
        )
    parts += [marks, *result.notes]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def _alt(result: Copas, units: Axis) -> str:
    return f"Copas model of {result.k} studies: {_found(result, units)}."


def _long_alt(result: Copas, units: Axis) -> str:
    path: pd.DataFrame = result.path
    rows = path.iloc[np.unique(np.linspace(0, len(path) - 1, 7).astype(int))]
    points = [
        f"probability {_per_cent(row.publication)}: mean"
        f" {units.estimate(row.estimate, row.ci_low, row.ci_high)}, residual selection"
        f" {p_value(row.residual_p)}"
        for row in rows.itertuples()
    ]
    return f"{_alt(result, units)} {_words(result, units)} Along the path: {'; '.join(points)}."

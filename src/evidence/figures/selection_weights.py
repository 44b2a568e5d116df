"""The weight function of a selection model, and the mean with and without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, ticks
from evidence.figures.interval_rows import Rows, draw_rows
from evidence.figures.interval_rows import needed as rows_needed
from evidence.figures.network_page import place_words, sheet
from evidence.figures.panels import Panel, band, draw_panels, rug
from evidence.figures.panels import needed as panels_needed
from evidence.figures.style import BLUE, RULE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import number, p_value, shortened
from evidence.robustness.selection_result import SelectionModel
from evidence.robustness.selection_words import interval_names

_TICKS = (0.0, 0.025, 0.1, 0.25, 0.5, 0.75, 1.0)
_HIGHEST = 2.5  # times the largest weight, as far as intervals are drawn
_POINTS = 201
_SIDES = {
    "greater": "one-sided, small for positive estimates",
    "less": "one-sided, small for negative estimates",
    "two-sided": "two-sided",
}


@house_style()
def selection_weights(
    result: SelectionModel,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "selection_weights",
) -> EvidenceFigure:
    """Draw how likely a study is reported by its p value, and what that does to the mean.

    The axis of p is drawn by its square root, so that small p values have room. The band is the interval of
    the weights; short lines below are the studies.

    Parameters
    ----------
    result : SelectionModel
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
        If the result is no selection model.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.robustness.selection import selection_model
    >>> y, v = np.linspace(-0.2, 1, 12), np.linspace(0.02, 0.1, 12)
    >>> print(selection_weights(selection_model(yi=y, vi=v, delta=(1, 0.5))).alt)
    Selection model of 12 studies, weights given: mean 0.24 (0.05 to 0.42), unadjusted 0.33 (0.12 to 0.55).
    """
    if not isinstance(result, SelectionModel):
        raise InputError(f"selection_weights draws a selection model, not {type(result).__name__}.")
    style = preset_called(preset)
    units = axis(result.scale, result.measure, None)
    curve = _curve(result)
    panel, cut = _panel(result, curve)
    said = _words(result, cut=cut)

    def parts(inner: float) -> tuple[Rows, float, float]:
        rows = _rows(result, units, inner, style)
        return rows, panels_needed([panel], style, inner)[1], rows_needed(rows, style, inner)[1]

    def middle(inner: float) -> tuple[float, float]:
        rows, above, below = parts(inner)
        return rows_needed(rows, style, inner)[0], above + 0.5 * style.em + below

    page = sheet(style, (title or "", subtitle or ""), said, source, middle)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(_alt(result, units), ALT_LENGTH),
        long_alt=_long_alt(result, units),
        caption=f"Relative probability of being reported by p value, and the mean with and without. {said}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    rows, _, below = parts(page.inner)
    above = page.middle - below - 0.5 * style.em
    (axes,) = draw_panels(figure, replace(page, middle=above), [panel])
    _draw(axes, result, curve, style)
    lower = replace(page, top=page.top + above + 0.5 * style.em, middle=below)
    draw_rows(figure, lower, rows, "means")
    return figure


def _curve(result: SelectionModel) -> pd.DataFrame:
    """The weight function at points that meet each step from both sides."""
    if result.kind != "step":
        return result.weights(np.linspace(0.0, 1.0, _POINTS) ** 2)
    edges = np.array([0.0, *result.steps, 1.0])
    middles = result.weights((edges[:-1] + edges[1:]) / 2)
    both = middles.loc[np.repeat(middles.index, 2)].reset_index(drop=True)
    return both.assign(p=np.column_stack([edges[:-1], edges[1:]]).ravel())


def _panel(result: SelectionModel, curve: pd.DataFrame) -> tuple[Panel, bool]:
    """The plot, and whether an interval leaves it."""
    largest = max(1.0, float(curve["weight"].max()))
    reach = float(np.nanmax(curve["ci_high"].to_numpy(), initial=largest))
    top = 1.06 * min(max(largest, reach), _HIGHEST * largest)
    units = axis("identity", "", None)
    spots, labels = ticks(units, (0.0, top), 1.6, 10)
    panel = Panel(
        "weights",
        "Relative probability of being reported",
        f"p value ({_SIDES[result.alternative]}; square-root axis)",
        (0.0, 1.0),
        (0.0, top),
        tuple((float(np.sqrt(p)), f"{p:g}") for p in _TICKS),
        tuple(zip(spots, labels, strict=True)),
    )
    return panel, reach > top


def _draw(axes: Axes, result: SelectionModel, curve: pd.DataFrame, style: Preset) -> None:
    x, thick = np.sqrt(curve["p"].to_numpy()), 0.22 * style.base
    known = curve["ci_low"].notna().to_numpy()
    for part in _runs(known):
        band(axes, x[part], curve["ci_low"].to_numpy()[part], curve["ci_high"].to_numpy()[part])
    axes.plot([0, 1], [1, 1], color=RULE, linestyle=(0, (5, 2)), linewidth=0.1 * style.base, zorder=2)
    axes.plot(x, curve["weight"], color=BLUE, linewidth=thick, zorder=3, solid_joinstyle="miter")
    rug(axes, np.sqrt(result.studies()["p"].to_numpy()), size=style.base)


def _runs(known: np.ndarray) -> list[slice]:
    """Stretches of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, known, False].astype(int)))
    return [slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _rows(result: SelectionModel, units: Axis, inner: float, style: Preset) -> Rows:
    values = np.array(
        [
            [result.estimate, result.ci_low, result.ci_high],
            [result.unadjusted, *result.unadjusted_ci],
        ]
    )
    drawn = units.drawn(values)
    seen = [value for value in (*drawn.ravel(), units.null) if np.isfinite(value)]
    room = 0.06 * ((max(seen) - min(seen)) or 1.0)
    limits = (min(seen) - room, max(seen) + room)
    point, low, high = drawn.T
    return Rows(
        ("Adjusted for selection", "Unadjusted"),
        tuple(units.estimate(*row) for row in values),
        point,
        np.where(np.isfinite(low), low, point),
        np.where(np.isfinite(high), high, point),
        headings=(units.long, f"{units.short} ({100 * result.level:g} % interval)"),
        limits=limits,
        ticks=tuple(zip(*ticks(units, limits, 0.3 * inner, style.small), strict=True)),
        null=units.null,
    )


def _selection(result: SelectionModel) -> str:
    if result.fixed:
        return "Weights were given, not estimated"
    return (
        f"Test of selection: chi-square {number(result.lrt)} with {result.lrt_df}"
        f" degree{'s' if result.lrt_df > 1 else ''} of freedom, {p_value(result.lrt_p)}"
    )


def _words(result: SelectionModel, *, cut: bool) -> str:
    parts = [
        f"Line: weight{'' if result.fixed else f', with its {100 * result.level:g} % interval'}; dashed: all"
        f" reported alike; short lines below: the {result.k} studies",
        _selection(result),
        *(["the interval goes on beyond the axis"] if cut else []),
        *result.notes,
    ]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def _alt(result: SelectionModel, units: Axis) -> str:
    given = ", weights given" if result.fixed else ""
    mean = units.estimate(result.estimate, result.ci_low, result.ci_high)
    plain = units.estimate(result.unadjusted, *result.unadjusted_ci)
    return f"Selection model of {result.k} studies{given}: mean {mean}, unadjusted {plain}."


def _long_alt(result: SelectionModel, units: Axis) -> str:
    at = result.weights([0.01, 0.025, 0.1, 0.5, 0.9])
    if result.kind == "step":
        names = interval_names(result.steps)
        values = [
            f"{name}: {number(weight)}{_ends(*ci)}"
            for name, weight, ci in zip(names, result.delta, result.delta_ci, strict=True)
        ]
    else:
        values = [
            f"p = {row.p:g}: {number(row.weight)}{_ends(row.ci_low, row.ci_high)}" for row in at.itertuples()
        ]
    return (
        f"{_alt(result, units)} {_selection(result)}. Weights: {'; '.join(values)}. {_notes(result)}".strip()
    )


def _ends(low: float, high: float) -> str:
    return f" ({number(low)} to {number(high)})" if np.isfinite(low) else ""


def _notes(result: SelectionModel) -> str:
    return " ".join(f"{note[0].upper()}{note[1:]}." for note in result.notes)

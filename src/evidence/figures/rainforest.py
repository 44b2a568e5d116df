"""The rainforest plot: a raindrop for each study, as wide as its interval, as high as its weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.collections import PolyCollection

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import axis, robust_limits
from evidence.figures.forest_draw import Pen
from evidence.figures.forest_rows import Plan, Row, build_rows, study_table
from evidence.figures.network_page import place_words, sheet
from evidence.figures.row_page import Table, draw_table, needed
from evidence.figures.style import INK, PAPER, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, shortened
from evidence.synthesis.inference import quantile
from evidence.synthesis.pooled import Pooled

SLICES = 40
_TALLEST = 0.78  # half height of the heaviest drop, ems
_LOWEST = 0.12  # of the heaviest: so that the lightest can be seen
_PALE, _DEEP = np.array([0.82, 0.90, 0.96]), np.array([0.0, 0.33, 0.58])


@house_style()
def rainforest(
    result: Pooled,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    favours: tuple[str, str] | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "rainforest",
) -> EvidenceFigure:
    """Draw a rainforest plot (Schild and Voracek 2015, Res Synth Methods 6:74).

    Each study is a raindrop (Barrowman and Myers 2003, Am Stat 57:268): its outline is the log-likelihood
    of every effect above that at the ends of the interval, its shade the likelihood itself, its height the
    weight of the study. Wide but light studies, which a long interval brings to the front of a forest plot,
    stand back. The diamond is the pooled mean, the bar below it the prediction interval.

    Parameters
    ----------
    result : Pooled
        Of two or more studies.
    title : str, optional
        What the figure says; default the title of the effects.
    subtitle, source : str, optional
    favours : (str, str), optional
        What lies below and above no effect; default that of the effects.
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
        If the result is of another kind, or pools fewer than two studies.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.synthesis.pool import pool
    >>> print(rainforest(pool(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")).alt)
    Rainforest plot of 3 studies: Estimate 0.66 (−0.12 to 1.45).
    """
    if not isinstance(result, Pooled):
        raise InputError(f"rainforest draws a pooled result, not {type(result).__name__}.")
    if result.k < 2:
        raise InputError(f"rainforest needs 2 or more studies, not {result.k}.")
    style = preset_called(preset)
    table = _table(result, favours)
    title = result.effects.title if title is None else title
    key = _key(result)
    page = sheet(style, (title, subtitle or ""), key, source, lambda w: needed(table, style, w))
    pooled = table.units.estimate(result.estimate, result.ci_low, result.ci_high)
    alt = f"Rainforest plot of {counted(result.k, 'study', 'studies')}: {table.units.short} {pooled}."
    said = "; ".join(
        f"{row.label} {words}" + (f", weight {weight} %" if weight else "")
        for row, words, weight in zip(table.rows, *table.columns, strict=True)
    )
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title,
        subtitle=subtitle or "",
        alt=shortened(alt, ALT_LENGTH),
        long_alt=f"{alt} {said}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    reach = float(quantile(np.inf, result.level))
    errors = np.sqrt(result.vi)

    def draw(pen: Pen, rows: Sequence[Row], middles: Sequence[float]) -> None:
        _draw(pen, rows, middles, errors, reach)

    draw_table(figure, page, table, draw, "rainforest")
    return figure


def _table(result: Pooled, favours: tuple[str, str] | None) -> Table:
    effects = result.effects
    units = axis(result.scale, effects.measure, None)
    studies = study_table(effects, result, result.level)
    plan = Plan(
        effects, result, units, result.level, studies, ("estimate", "weight"), {}, show_excluded=False
    )
    rows = [row for row in build_rows(plan) if row.kind in ("study", "pooled", "prediction")]
    point, low, high = units.drawn([[row.yi, row.low, row.high] for row in rows if row.kind == "study"]).T
    anchors = units.drawn([result.ci_low, result.ci_high])
    predicted = units.drawn([result.pi_low, result.pi_high])
    heading = f"{units.short} ({100 * result.level:g} % CI)"
    return Table(
        rows=tuple(rows),
        headings=("Study", heading, "Weight, %"),
        columns=tuple(tuple(row.cells.get(name, "") for row in rows) for name in plan.columns),
        units=units,
        limits=robust_limits(point, low, high, anchors, predicted, null=units.null),
        xlabel=units.long,
        favours=("", "") if units.percent else effects.favours if favours is None else favours,
    )


def drop(reach: float) -> FloatArray:
    """Outline of a raindrop, shape (m, 2): standard errors from the estimate, and half its height, 0 to 1.

    Half the height is the log-likelihood above that at the ends, ``1 - (x / reach)^2``.

    Examples
    --------
    >>> outline = drop(1.96)
    >>> outline[[0, SLICES // 2, SLICES]].tolist()
    [[-1.96, 0.0], [0.0, 1.0], [1.96, 0.0]]
    """
    x = np.linspace(-1.0, 1.0, SLICES + 1)
    return np.column_stack([reach * x, 1 - x**2])


def _draw(pen: Pen, rows: Sequence[Row], middles: Sequence[float], errors: FloatArray, reach: float) -> None:
    """Draw drops, diamond and bar."""
    pen.references(rows, middles)
    studies = [(row, middle) for row, middle in zip(rows, middles, strict=True) if row.kind == "study"]
    heaviest = max(row.weight for row, _ in studies)
    for (row, middle), error in zip(studies, errors.tolist(), strict=True):
        tall = _TALLEST * pen.em * max(row.weight / heaviest, _LOWEST)
        _draw_drop(pen, row, middle, error, (reach, tall))
    for row, middle in zip(rows, middles, strict=True):
        if row.kind == "pooled":
            pen.diamond(row, middle)
        elif row.kind == "prediction":
            pen.bar(row, middle)


def _draw_drop(pen: Pen, row: Row, middle: float, error: float, shape: tuple[float, float]) -> None:
    """Draw one drop within the limits, its slices shaded by likelihood."""
    reach, tall = shape
    outline = drop(reach)
    spots = np.clip(pen.units.drawn(row.yi + error * outline[:, 0]), *pen.limits)
    half = tall * outline[:, 1]
    slices = [
        [(a, middle - p), (b, middle - q), (b, middle + q), (a, middle + p)]
        for a, b, p, q in zip(spots[:-1], spots[1:], half[:-1], half[1:], strict=True)
        if b > a
    ]
    centre = (outline[:-1, 0] + outline[1:, 0]) / 2
    lightness = 1 - np.exp(-0.5 * centre**2)
    colors = [_DEEP + light * (_PALE - _DEEP) for light in lightness[np.diff(spots) > 0].tolist()]
    look = {"facecolors": colors, "edgecolors": colors, "linewidths": 0.5, "zorder": 2}
    pen.axes.add_collection(PolyCollection(slices, **look), autolim=False)
    edge = np.column_stack([np.r_[spots, spots[::-1]], middle + np.r_[half, -half[::-1]]])
    pen.axes.plot(*edge.T, color=INK, linewidth=0.05 * pen.base, zorder=2.5)
    spot = float(pen.units.drawn(row.yi))
    if pen.limits[0] <= spot <= pen.limits[1]:
        mark = {"s": (0.3 * pen.base) ** 2, "facecolor": PAPER, "edgecolor": INK, "linewidths": 0.5}
        pen.axes.scatter([spot], [middle], zorder=3, **mark)
    pen.arrows(row, middle, INK)


def _key(result: Pooled) -> str:
    wide = f"as wide as the {100 * result.level:g} % interval"
    drops = f"Drops: {wide}, as high as the weight, darker where an effect is likelier."
    bar = "" if result.prediction == "none" else " Bar: prediction interval."
    return f"{drops}{bar} {result.method_text()}"

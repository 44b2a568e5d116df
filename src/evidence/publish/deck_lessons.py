"""What a deck teaches: how to read a forest plot, on one of this review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes

from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest import forest
from evidence.figures.forest_axis import axis
from evidence.figures.style import house_style
from evidence.figures.text import text_width
from evidence.synthesis.answer import Answer
from evidence.synthesis.pool import Pooled

# Inches, drawn at about half of what a slide shows, so that ten points are read as twenty.
_PLOT, _HIGH = 2.35, 2.8
_PAD, _RIGHT, _TOP, _BELOW = 0.2, 0.08, 0.05, 0.5
_TYPE = 10
_ENOUGH = 3
_LAST = "95 % prediction interval"
_NAME = "reading_a_forest"


@dataclass(frozen=True, slots=True)
class Marked:
    """A forest plot with the places of its marks.

    Attributes
    ----------
    figure : EvidenceFigure
    spots : dict of str to (float, float)
        Fractions of the width and of the height, from the upper left: "square", "interval", "null", "diamond"
        and "bar".
    """

    figure: EvidenceFigure
    spots: dict[str, tuple[float, float]]


def teaching_answer(answers: Mapping[str, Answer]) -> Answer | None:
    """Return the pooled answer with the most studies and a prediction interval, None if there is none."""
    fit = [
        each
        for each in answers.values()
        if isinstance(each.result, Pooled) and each.result.k >= _ENOUGH and np.isfinite(each.result.pi_low)
    ]
    return max(fit, key=lambda each: each.result.k, default=None)


def marked_forest(found: Answer) -> Marked:
    """Draw the forest plot of an answer without its columns, and say where its marks are.

    Parameters
    ----------
    found : Answer
        One with a prediction interval.

    Returns
    -------
    Marked
    """
    result, effects = found.result, found.effects
    used = replace(effects, table=effects.included)
    left = _PAD + max(text_width(label, _TYPE) for label in (*used.table["label"], _LAST))
    width = left + _PLOT + _RIGHT
    figure = EvidenceFigure(
        width,
        _HIGH,
        name=_NAME,
        alt=f"Forest plot of {result.k} {found.units} with one of each mark explained beside it.",
        long_alt=found.finding(),
        title=found.question.text,
        dpi=300,
    )
    place = (left / width, _BELOW / _HIGH, _PLOT / width, 1 - (_TOP + _BELOW) / _HIGH)
    with house_style():
        axes = figure.add_axes(place)
        forest(replace(result, source=used), ax=axes, title="", show_excluded=False)
    units = axis(effects.scale, effects.measure, None)
    ends = _right_ends(axes, result.k)
    heavy = int(np.argmin(used.table["vi"]))
    longest = max((row for row in ends if row != heavy), key=ends.__getitem__)
    spot = units.drawn([used.table["yi"].iloc[heavy], result.ci_high, result.pi_high])
    at = {
        "square": (spot[0], heavy),
        "interval": (ends[longest], longest),
        "null": (float(units.null), -0.8),
        "diamond": (spot[1], result.k),
        "bar": (spot[2], result.k + 1),
    }
    low, high = axes.get_xlim()
    size = figure.get_size_inches() * figure.dpi
    spots = {}
    for name, (x, y) in at.items():
        across, up = axes.transData.transform((np.clip(x, low, high), y)) / size
        spots[name] = (float(across), float(1 - up))
    return Marked(figure, spots)


def _right_ends(axes: Axes, studies: int) -> dict[int, float]:
    """Return where the interval of each study ends, by row."""
    lines = [line.get_xydata() for line in axes.lines]
    level = [line for line in lines if line[0, 1] == line[-1, 1] and 0 <= line[0, 1] < studies]
    return {round(line[0, 1]): float(line[:, 0].max()) for line in level}


def explanations(found: Answer) -> dict[str, str]:
    """Return what each mark means, with the numbers of this plot."""
    result = found.result
    units = axis(found.effects.scale, found.effects.measure, None)
    mean = units.estimate(result.estimate, result.ci_low, result.ci_high)
    below, above = found.question.favours
    return {
        "null": f"Line of no effect. Left of it: {below}; right of it: {above}.",
        "square": "Square: what one study found. The larger, the more it weighs.",
        "interval": "Line: its 95 % interval. The shorter, the surer.",
        "diamond": f"Diamond: all {result.k} together, {mean}. Its width is the interval of the mean.",
        "bar": f"Bar: where a new study may lie, {units.interval(result.pi_low, result.pi_high)}.",
    }

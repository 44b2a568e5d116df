"""The bubble plot: effects against a study characteristic, with the regression line and its bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from evidence.arguments import FloatArray, option
from evidence.errors import InputError
from evidence.figures import bubble_words as say
from evidence.figures.bubble_labels import Placed, Room, place_labels
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, robust_limits, ticks
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, MUTED, RULE, Preset, house_style, shaped
from evidence.figures.style import preset as preset_called
from evidence.figures.text import Block, block, printable, shortened, text_width
from evidence.synthesis.regression_result import MetaRegression

CONFIDENCE = "#BEC6CF"
PREDICTION = "#E9ECF0"

_POINTS = 101  # of the line and its bands
_SMALLEST = 0.05  # area of the lightest bubble relative to the heaviest, so that it can be seen
_PLOT_HEIGHT = 0.48  # of the page's width
_FREE = 10  # studies up to which bubbles have their full size


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: studies and bands in the units of the axes."""

    result: MetaRegression
    moderator: str
    units: Axis
    labels: tuple[str, ...]
    x: FloatArray
    y: FloatArray
    share: FloatArray
    line: pd.DataFrame
    across: tuple[float, float]
    up: tuple[float, float]

    @property
    def clipped(self) -> bool:
        """True if a band leaves the axes."""
        ends = self.line[["ci_low", "ci_high", "pi_low", "pi_high"]]
        return bool((ends.min().min() < self.up[0]) or (ends.max().max() > self.up[1]))


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches."""

    preset: Preset
    width: float
    height: float
    left: float
    top: float
    plot_height: float
    heading: Block
    measure: Block
    below: Block
    footer: Block

    @property
    def plot_width(self) -> float:
        """Width of the frame."""
        return self.width - self.left - self.preset.margin


@house_style()
def bubble(
    result: MetaRegression,
    *,
    moderator: str | None = None,
    ax: Axes | None = None,
    labels: bool = True,
    preset: str | None = None,
    title: str | None = None,
    source: str | None = None,
    name: str | None = None,
) -> EvidenceFigure | Axes:
    """Draw the effects of studies against a moderator.

    The area of a bubble is the weight of its study. The line is the regression's mean effect, the dark band
    its confidence interval, the light band with dashed edges the prediction interval, over the range of the
    studies. Other moderators of the regression are held at their means on the line; the bubbles are the
    estimates as they are. Ratios are drawn on a log axis, proportions as percent. A label that finds no room
    is left out; the words of the figure name every study.

    Parameters
    ----------
    result : MetaRegression
    moderator : str, optional
        A numeric moderator; needed where the regression has several.
    ax : Axes, optional
        Draw there; its size and limits decide which labels find room.
    labels : bool
        Write the studies' labels beside their bubbles.
    preset : str, optional
        "web" (default), "paper" or "slide".
    title, source : str, optional
        What the figure says at its head, and where the data come from.
    name : str, optional
        Name of the figure; default "bubble".

    Returns
    -------
    EvidenceFigure, or the Axes when `ax` was given.

    Raises
    ------
    InputError
        If the result is no meta-regression, the moderator is categorical or left open, or `preset`, `source`
        or `name` is given with `ax`.
    OptionError
        If the moderator or the preset does not exist.

    Examples
    --------
    >>> from evidence.synthesis.regression import metareg
    >>> years = {"year": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}
    >>> fit = metareg(yi=[3, 4, 7, 8, 11, 11, 16, 15, 19, 20], vi=[1] * 10, moderators=years)
    >>> print(bubble(fit).alt)
    Bubble plot of 10 studies against year: 1.95 per unit (1.69 to 2.21, p < 0.001).
    """
    option("labels", labels, (True, False))
    picture = _picture(result, _chosen(result, moderator))
    if ax is not None:
        given = {"preset": preset, "source": source, "name": name}
        refused = [key for key, value in given.items() if value is not None]
        if refused:
            raise InputError(f"{', '.join(refused)} cannot be used with ax=, which takes the plot only.")
        return _on_axes(ax, picture, labels=labels, title=title)
    sheet = _sheet(picture, preset_called(preset or "web"), title or "", source or "")
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=name or "bubble",
        title=title or "",
        alt=shortened(say.short_alt(result, picture.moderator, picture.units), ALT_LENGTH),
        long_alt=say.long_alt(picture, title or ""),
        caption=say.caption(result, picture.moderator, clipped=picture.clipped),
        dpi=sheet.preset.dpi,
    )
    _fill_page(figure, sheet, picture, labels=labels)
    return figure


def _chosen(result: MetaRegression, moderator: str | None) -> str:
    if not isinstance(result, MetaRegression):
        raise InputError(f"bubble draws a meta-regression, not {type(result).__name__}.")
    known = {each.name: each for each in result.design.moderators}
    if moderator is None:
        if len(known) > 1:
            raise InputError(
                f"The regression has several moderators; choose moderator= of {', '.join(known)}."
            )
        moderator = next(iter(known))
    if not known[option("moderator", moderator, known)].numeric:
        raise InputError(
            f"Moderator {moderator!r} is categorical; show it by subgroups in a forest plot, not in bubbles."
        )
    return moderator


def _picture(result: MetaRegression, moderator: str) -> Picture:
    units = axis(result.scale, result.source.measure, None)
    studies = result.source.included
    x, y = studies[moderator].to_numpy(dtype=float), units.drawn(studies["yi"])
    table = result.predict({moderator: np.linspace(x.min(), x.max(), _POINTS)})
    names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    line = pd.DataFrame({"x": table[moderator], **{name: units.drawn(table[name]) for name in names}})
    extremes = [
        [line[low].min(), line[high].max()] for low, high in (("ci_low", "ci_high"), ("pi_low", "pi_high"))
    ]
    anchors = [*y, *line["estimate"]]
    up = robust_limits(y, y, y, anchors, extremes[0], null=units.null)
    up = robust_limits(y, y, y, [*anchors, *up], extremes[1], null=units.null)
    room = 0.07 * (x.max() - x.min())
    return Picture(
        result,
        moderator,
        units,
        tuple(printable(label) for label in studies["label"]),
        x,
        y,
        np.maximum(result.weights / result.weights.max(), _SMALLEST),
        line,
        (float(x.min() - room), float(x.max() + room)),
        up,
    )


def _sheet(picture: Picture, style: Preset, title: str, source: str) -> Sheet:
    """Measure the page; where its shape is fixed, the plot takes the height that is left."""
    sheet = shaped(lambda width: _measured(picture, style, title, source, width), style)
    if style.aspect is None:
        return sheet
    height = sheet.width / style.aspect
    return _measured(picture, style, title, source, sheet.width, height - sheet.height)


def _measured(
    picture: Picture, style: Preset, title: str, source: str, width: float, spare: float = 0.0
) -> Sheet:
    em, inner = style.em, width - 2 * style.margin
    plot_height = (0.25 if style.aspect else _PLOT_HEIGHT) * width + spare
    marks = ticks(picture.units, picture.up, plot_height, style.small)[1]
    left = style.margin + max((text_width(mark, style.small) for mark in marks), default=0.0) + 0.9 * em
    heading = block([(title, style.title, True, INK)], inner)
    measure = block([(picture.units.long, style.base, False, INK)], inner)
    below = block([(picture.moderator, style.base, False, INK)], width - left - style.margin)
    key, notes = (
        say.key(picture.result, clipped=picture.clipped),
        say.notes(picture.result, picture.moderator),
    )
    words = say.found(picture.result, picture.moderator, picture.units)
    parts = [(words, style.base, False, INK), (key, style.small, False, INK), (notes, style.small, True, INK)]
    footer = block([*parts, (ending(source), style.fine, False, MUTED)], inner)
    top = style.margin + heading.height + (0.5 * em if heading.lines else 0) + measure.height + 0.4 * em
    under = 1.9 * em + below.height + 0.7 * em
    height = top + plot_height + under + footer.height + style.margin
    return Sheet(style, width, height, left, top, plot_height, heading, measure, below, footer)


def _fill_page(figure: EvidenceFigure, sheet: Sheet, picture: Picture, *, labels: bool) -> None:
    style = sheet.preset
    sheet.heading.place(figure, style.margin, style.margin)
    sheet.measure.place(figure, style.margin, sheet.top - 0.4 * style.em - sheet.measure.height)
    bottom = sheet.top + sheet.plot_height
    sheet.below.place(figure, sheet.left + sheet.plot_width / 2, bottom + 1.9 * style.em, align="center")
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    corner = sheet.left / sheet.width, 1 - bottom / sheet.height
    size = sheet.plot_width / sheet.width, sheet.plot_height / sheet.height
    axes = figure.add_axes((*corner, *size), label="plot")
    _draw(axes, picture, style.base, style.small, (sheet.plot_width, sheet.plot_height), labels=labels)


def _on_axes(ax: Axes, picture: Picture, *, labels: bool, title: str | None) -> Axes:
    """Draw into the caller's axes, with axis labels in place of the words of the page."""
    figure = ax.get_figure(root=True)
    width, height = ax.get_position().size * figure.get_size_inches()
    _draw(ax, picture, 10, 9, (float(width), float(height)), labels=labels)
    ax.set_xlabel(printable(picture.moderator).replace("$", r"\$"))
    ax.set_ylabel(picture.units.long)
    if title:
        ax.set_title(printable(title).replace("$", r"\$"), loc="left")
    return ax


def _draw(
    axes: Axes, picture: Picture, base: float, small: float, inches: tuple[float, float], *, labels: bool
) -> None:
    _draw_frame(axes, picture, small, inches)
    _draw_bands(axes, picture, base)
    largest = 1.9 * base * min(1.0, (_FREE / picture.x.size) ** 0.35)
    area = largest**2 * picture.share
    look = {"facecolor": (*_rgb(BLUE), 0.62), "edgecolor": BLUE, "linewidths": 0.08 * base, "zorder": 4}
    order = np.argsort(-area, kind="stable")  # small bubbles on top of large ones
    axes.scatter(picture.x[order], picture.y[order], s=area[order], clip_on=False, **look)
    if labels:
        room = _room(picture, np.sqrt(area) / 2 / 72, inches)
        for placed in place_labels(picture.labels, room, small):
            _draw_label(axes, placed, room, small)


def _room(picture: Picture, radii: FloatArray, inches: tuple[float, float]) -> Room:
    """What labels must keep clear of, in inches."""
    spans = np.array([picture.across, picture.up])

    def placed(x: FloatArray, y: FloatArray) -> FloatArray:
        return (np.column_stack([x, y]) - spans[:, 0]) / (spans[:, 1] - spans[:, 0]) * inches

    line, fine = picture.line, np.linspace(0, 1, 5 * _POINTS)
    along = np.linspace(*picture.across, fine.size)
    at = np.linspace(line["x"].iloc[0], line["x"].iloc[-1], fine.size)
    names = ["estimate", *(["pi_low", "pi_high"] if line["pi_low"].notna().all() else [])]
    lines = [placed(at, np.interp(at, line["x"], line[name])) for name in names]
    if np.isfinite(picture.units.null):
        lines.append(placed(along, np.full(fine.size, picture.units.null)))
    return Room(placed(picture.x, picture.y), radii, inches, np.vstack(lines))


def _rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _draw_frame(axes: Axes, picture: Picture, small: float, inches: tuple[float, float]) -> None:
    plain = axis("identity", "", None)
    width, height = inches
    axes.set_xlim(picture.across)
    axes.set_ylim(picture.up)
    axes.set_xticks(*ticks(plain, picture.across, width, small), fontsize=small)
    axes.set_yticks(*ticks(picture.units, picture.up, height, small), fontsize=small)
    axes.tick_params(length=0.35 * small, pad=0.3 * small, width=0.08 * small, colors=INK)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=INK, linewidth=0.08 * small)
    if np.isfinite(picture.units.null):
        axes.axhline(picture.units.null, color=RULE, linewidth=0.1 * small, zorder=2)


def _draw_bands(axes: Axes, picture: Picture, base: float) -> None:
    line = picture.line
    x = line["x"].to_numpy()
    for low, high, color, order in (
        ("pi_low", "pi_high", PREDICTION, 0),
        ("ci_low", "ci_high", CONFIDENCE, 1),
    ):
        if not line[low].notna().all():
            continue
        outline = np.column_stack([np.r_[x, x[::-1]], np.r_[line[low], line[high][::-1]]])
        axes.add_patch(Polygon(outline, facecolor=color, edgecolor="none", zorder=order, label=low[:2]))
        if low == "pi_low":
            for edge in (low, high):
                axes.plot(x, line[edge], color=MUTED, linestyle="--", linewidth=0.09 * base, zorder=2)
    axes.plot(x, line["estimate"], color=INK, linewidth=0.18 * base, zorder=3)


def _draw_label(axes: Axes, placed: Placed, room: Room, size: float) -> None:
    if placed.leader is not None:
        ends = np.array([room.centres[placed.study], placed.leader]) / room.frame
        axes.plot(*ends.T, transform=axes.transAxes, color=RULE, linewidth=0.07 * size, zorder=3.5)
    spot = np.array(placed.centre) / room.frame
    look = {"size": size, "color": INK, "ha": "center", "va": "center", "parse_math": False, "zorder": 6}
    text = axes.text(*spot, placed.text, transform=axes.transAxes, **look)
    text.set_path_effects([withStroke(linewidth=0.25 * size, foreground=(1, 1, 1, 0.8))])

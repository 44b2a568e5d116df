"""The figure of a trial sequential analysis: the cumulative Z curve between its boundaries."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures import sequential_words as say
from evidence.figures.bubble_labels import Placed, Room, place_labels
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.network_page import Sheet, place_words, sheet
from evidence.figures.sequential_layout import Frame, Picture, frame, needed, picture, single_test
from evidence.figures.style import BLUE, INK, MUTED, RULE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import fitted, printable, shortened, text_width, write
from evidence.robustness.sequential_result import Sequential

WEDGE = "#E3E6EA"

_WIDEST = 13  # ems of a label
_BETWEEN = 40  # points of a line between two looks that labels keep clear of


@house_style()
def sequential(
    result: Sequential,
    *,
    labels: bool = True,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "sequential",
) -> EvidenceFigure:
    """Draw the cumulative Z curve against the information, with the boundaries it is held against.

    Boundaries exist at looks; they are joined by lines. Ahead of the last look the dashed boundary is the one
    that a single further look would meet, wherever it falls. A label that finds no room is left out; the
    words of the figure name every look.

    Parameters
    ----------
    result : Sequential
    labels : bool
        Name the studies at their looks.
    title, subtitle, source : str, optional
        Without a subtitle the figure says what was found; "" for none.
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
        If the result is no sequential analysis, or `labels` neither True nor False.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.robustness.sequential import sequential as analysis
    >>> print(sequential(analysis(yi=[0.3, 0.5], vi=[0.04, 0.05], delta=0.2, method="EE")).alt)
    Sequential analysis of 2 studies: undecided; 17 % of the required information, Z 2.61.
    """
    if not isinstance(result, Sequential):
        raise InputError(f"sequential draws a sequential analysis, not {type(result).__name__}.")
    if not isinstance(labels, bool):
        raise InputError(f"labels={labels!r} is neither True nor False.")
    drawn, style = picture(result), preset_called(preset)
    ahead, wedge = len(drawn.upper_ahead) > 0, len(drawn.whole_wedge) > 1
    key = say.key(result, ahead=ahead, wedge=wedge, clipped=drawn.clipped)
    foot = f"{key} {say.notes(result)}".strip()
    heading = (title or "", say.found(result) if subtitle is None else subtitle)
    page = sheet(style, heading, foot, source, lambda width: needed(result, style, width))
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=heading[1],
        alt=shortened(say.short_alt(result), ALT_LENGTH),
        long_alt=say.long_alt(result, title or ""),
        caption=f"{say.found(result)} {foot}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    _draw(figure, page, drawn, labels=labels)
    return figure


def _draw(figure: EvidenceFigure, page: Sheet, drawn: Picture, *, labels: bool) -> None:
    style, spots = page.preset, frame(drawn, page)
    corner = spots.left / page.width, 1 - (spots.top + spots.height) / page.height
    axes = figure.add_axes((*corner, spots.width / page.width, spots.height / page.height), label="plot")
    _draw_frame(axes, drawn, style, spots)
    _draw_boundaries(axes, drawn, style)
    _draw_curve(axes, drawn, style)
    _write_around(figure, page, drawn, spots)
    if labels:
        room = _room(drawn, style, spots)
        width = _WIDEST * style.em
        texts = [fitted(printable(each), width, style.small) for each in drawn.result.added]
        for placed in place_labels(texts, room, style.small):
            _draw_label(axes, placed, room, style.small)


def _draw_frame(axes: Axes, drawn: Picture, style: Preset, spots: Frame) -> None:
    plain, small = axis("identity", "", None), style.small
    axes.set_xlim(drawn.across)
    axes.set_ylim(drawn.up)
    axes.set_xticks(*ticks(plain, drawn.across, spots.width, small), fontsize=small)
    axes.set_yticks(*ticks(plain, drawn.up, spots.height / 1.6, small), fontsize=small)
    axes.tick_params(length=0.35 * small, pad=0.3 * small, width=0.08 * small, colors=INK)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=INK, linewidth=0.08 * small)
    axes.axhline(0, color=RULE, linewidth=0.08 * small, zorder=2)
    axes.axvline(100, color=INK, linewidth=0.14 * small, zorder=2)
    for side in drawn.sides:
        border = side * single_test(drawn.result)
        axes.axhline(border, color=MUTED, linewidth=0.1 * small, linestyle=":", zorder=2)


def _draw_boundaries(axes: Axes, drawn: Picture, style: Preset) -> None:
    _draw_wedge(axes, drawn, style)
    thick = 0.16 * style.base
    for side in drawn.sides:
        x, y = drawn.upper.T
        axes.plot(x, side * y, color=INK, linewidth=thick, marker="_", markersize=0.7 * style.base, zorder=3)
        if len(drawn.upper_ahead):
            x, y = np.vstack([drawn.upper[-1:], drawn.upper_ahead]).T
            axes.plot(x, side * y, color=INK, linewidth=thick, linestyle=(0, (4, 2)), zorder=3)


def _draw_wedge(axes: Axes, drawn: Picture, style: Preset) -> None:
    x, y = drawn.whole_wedge.T
    if x.size < 2:
        return
    side, two_sided = drawn.result.side, drawn.result.two_sided
    far = -side * y if two_sided else np.full(x.size, drawn.up[0] if side > 0 else drawn.up[1])
    outline = np.column_stack([np.r_[x, x[::-1]], np.clip(np.r_[side * y, far[::-1]], *drawn.up)])
    axes.add_patch(Polygon(outline, facecolor=WEDGE, edgecolor="none", zorder=0, label="futility"))
    for edge in (side * y, far)[: 2 if two_sided else 1]:
        axes.plot(x, edge, color=MUTED, linewidth=0.09 * style.base, zorder=1)


def _draw_curve(axes: Axes, drawn: Picture, style: Preset) -> None:
    size, status = _radius(drawn, style) * 2 * 72, np.array(drawn.result.status)
    start = np.r_[0.0, drawn.t], np.r_[0.0, drawn.z]
    axes.plot(*start, color=BLUE, linewidth=0.2 * style.base, zorder=4)
    crossed, weak = np.isin(status, ("benefit", "harm")), status == "futility"
    for where, marker, face in ((~crossed & ~weak, "o", BLUE), (weak, "o", "white"), (crossed, "D", BLUE)):
        if where.any():
            look = {"marker": marker, "facecolor": face, "edgecolor": BLUE, "linewidths": 0.14 * style.base}
            axes.scatter(drawn.t[where], drawn.z[where], s=size**2, zorder=5, clip_on=False, **look)


def _radius(drawn: Picture, style: Preset) -> float:
    """Half the size of a point, inches; smaller where there are many."""
    return 0.3 * style.em * min(1.0, (20 / drawn.t.size) ** 0.3)


def _write_around(figure: EvidenceFigure, page: Sheet, drawn: Picture, spots: Frame) -> None:
    style, em = page.preset, page.preset.em
    spots.above.place(figure, style.margin, page.top)
    bottom = spots.top + spots.height
    spots.below.place(figure, spots.left + spots.width / 2, bottom + 1.9 * em, align="center")
    for words, middle in spots.beside:
        words.place(figure, spots.left + spots.width + 0.7 * em, spots.top + middle - words.height / 2)
    text = say.required(drawn.result)
    half = text_width(text, style.small, True) / 2
    at = spots.left + spots.width * 100 / drawn.across[1]
    at = float(np.clip(at, spots.left + half, page.width - style.margin - half))
    write(figure, text, at, spots.top - 0.8 * em, size=style.small, bold=True, align="center")


def _room(drawn: Picture, style: Preset, spots: Frame) -> Room:
    """What labels must keep clear of, in inches."""
    size = (spots.width, spots.height)
    spans = np.array([drawn.across, drawn.up])

    def placed(x: FloatArray, y: FloatArray) -> FloatArray:
        return (np.column_stack([x, y]) - spans[:, 0]) / (spans[:, 1] - spans[:, 0]) * size

    def fine(points: FloatArray) -> FloatArray:
        at = np.linspace(0, len(points) - 1, _BETWEEN * max(1, len(points) - 1))
        return np.column_stack([np.interp(at, np.arange(len(points)), column) for column in points.T])

    lines = [fine(np.column_stack([np.r_[0.0, drawn.t], np.r_[0.0, drawn.z]]))]
    whole = drawn.whole_upper
    lines += [fine(whole * (1, side)) for side in drawn.sides if len(whole) > 1]
    lines.append(np.column_stack([np.full(200, 100.0), np.linspace(*drawn.up, 200)]))
    for level in (0.0, *(side * single_test(drawn.result) for side in drawn.sides)):
        lines.append(np.column_stack([np.linspace(*drawn.across, 300), np.full(300, level)]))
    if len(drawn.whole_wedge) > 1:
        lines += [fine(drawn.whole_wedge * (1, side)) for side in drawn.sides]
    radii = np.full(drawn.t.size, _radius(drawn, style))
    points = np.vstack(lines)
    return Room(placed(drawn.t, drawn.z), radii, size, placed(points[:, 0], points[:, 1]))


def _draw_label(axes: Axes, placed: Placed, room: Room, size: float) -> None:
    if placed.leader is not None:
        ends = np.array([room.centres[placed.study], placed.leader]) / room.frame
        axes.plot(*ends.T, transform=axes.transAxes, color=RULE, linewidth=0.07 * size, zorder=3.5)
    spot = np.array(placed.centre) / room.frame
    look = {"size": size, "color": INK, "ha": "center", "va": "center", "parse_math": False, "zorder": 6}
    text = axes.text(*spot, placed.text, transform=axes.transAxes, **look)
    text.set_path_effects([withStroke(linewidth=0.25 * size, foreground=(1, 1, 1, 0.8))])

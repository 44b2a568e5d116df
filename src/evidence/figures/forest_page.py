"""A forest plot with its columns of text, drawn on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from evidence.figures import forest_words as say
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_draw import Pen, draw_axis, draw_marks, leaves
from evidence.figures.forest_layout import Column, Layout, Placed, Words, arrange
from evidence.figures.forest_rows import MARKS, Plan, Row
from evidence.figures.style import DISCLAIMER, INK, MUTED, STRIPE, Preset
from evidence.figures.text import LEADING, shortened, write


def draw_page(
    plan: Plan,
    rows: Sequence[Row],
    limits: tuple[float, float],
    *,
    title: str,
    subtitle: str,
    headings: Mapping[str, str],
    xlabel: str,
    favours: tuple[str, str],
    source: str,
    style: Preset,
    name: str,
) -> EvidenceFigure:
    """Lay out and draw the page; every argument is already settled."""
    null = (plan.axis.null - limits[0]) / (limits[1] - limits[0])
    ending = f"{source.rstrip('. ')}. {DISCLAIMER}" if source else DISCLAIMER
    words = Words(title, subtitle, _footer(plan, rows), ending, xlabel, favours, null)
    layout = arrange(plan, rows, headings, words, style)
    figure = EvidenceFigure(
        layout.width,
        layout.height,
        name=name,
        title=title,
        subtitle=subtitle,
        alt=shortened(say.short_alt(plan), ALT_LENGTH),
        long_alt=say.long_alt(plan, rows, title),
        caption=say.caption(
            plan, list(rows), clipped=any(any(leaves(row, plan.axis, limits)) for row in rows)
        ),
        dpi=style.dpi,
    )
    _backdrop(figure, layout)
    _texts(figure, layout)
    _plot(figure, layout, plan, limits)
    return figure


def _footer(plan: Plan, rows: Sequence[Row]) -> tuple[str, ...]:
    """Write the lines under the plot: the model and its heterogeneity, and the keys of the letters."""
    lines = [say.unpooled_note(plan)]
    if plan.pooled is not None:
        model = say.method(plan.pooled)
        lines += [f"Pooled: {model}" if model else "", say.heterogeneity(plan.pooled)]
    cells = [row.cells for row in rows if row.kind in ("study", "excluded")]
    designs = [f"{letter} {words}" for letter, words in MARKS.items() if letter in _used(cells, "design")]
    routes = [f"{letter} {words}" for words, letter in plan.routes.items() if letter in _used(cells, "route")]
    lines.append(f"Design: {', '.join(designs)}" if designs else "")
    lines.append(f"Route to the numbers: {'; '.join(routes)}" if routes else "")
    return tuple(line for line in lines if line)


def _used(cells: Sequence[Mapping[str, str]], name: str) -> set[str]:
    return {each[name] for each in cells if name in each}


def _backdrop(figure: EvidenceFigure, layout: Layout) -> None:
    """Lay light stripes under every other study and a rule under the headings."""
    left, right = layout.preset.margin / 2, layout.width - layout.preset.margin / 2
    odd = False
    for placed in layout.rows:
        odd = placed.row.kind in ("study", "excluded") and not odd
        if odd:
            top = layout.top + (placed.middle - placed.height / 2) * layout.unit
            low = 1 - (top + placed.height * layout.unit) / layout.height
            corner = (left / layout.width, low)
            size = (right - left) / layout.width, placed.height * layout.unit / layout.height
            stripe = Rectangle(
                corner, *size, transform=figure.transFigure, facecolor=STRIPE, edgecolor="none"
            )
            figure.add_artist(stripe).set_zorder(-2)
    heights = [layout.top - 0.12 * layout.preset.em]
    heights += [layout.top + _upper(placed) * layout.unit for placed in layout.rows if _opens(placed, layout)]
    for height in heights:
        spot = 1 - height / layout.height
        ends = [left / layout.width, right / layout.width]
        line = Line2D(ends, [spot, spot], transform=figure.transFigure, color=INK)
        line.set_linewidth(0.08 * layout.preset.base)
        figure.add_artist(line).set_zorder(-1)


def _upper(placed: Placed) -> float:
    return placed.middle - placed.height / 2


def _opens(placed: Placed, layout: Layout) -> bool:
    """Tell whether a rule stands above this row: the overall result, and what was not pooled."""
    return placed.row.overall and placed is not layout.rows[0]


def _texts(figure: EvidenceFigure, layout: Layout) -> None:
    style = layout.preset
    layout.heading.place(figure, style.margin, style.margin)
    foot = layout.height - style.margin - layout.footer.height
    layout.footer.place(figure, style.margin, foot)
    middle = layout.head + 0.9 * style.em
    for column in layout.columns:
        write(figure, column.heading, column.x, middle, size=style.base, bold=True, align=column.align)
    for placed in layout.rows:
        _row_texts(figure, layout, placed)
    under = layout.under
    top = layout.bottom + under.ticks
    under.left.place(figure, under.null_x - 0.5 * style.em, top, align="right")
    under.right.place(figure, under.null_x + 0.5 * style.em, top)
    below = top + under.favours_height
    under.label.place(figure, under.label_x, below, align="center")


def _row_texts(figure: EvidenceFigure, layout: Layout, placed: Placed) -> None:
    style, row = layout.preset, placed.row
    bold = row.kind in ("group", "pooled")
    size = style.small if row.kind == "note" else style.base
    color = MUTED if row.kind in ("excluded", "note") else INK
    middle = layout.top + placed.middle * layout.unit
    line, note = size * LEADING / 72, style.small * LEADING / 72
    top = middle - (len(placed.lines) * line + len(placed.notes) * note) / 2
    for text in placed.lines:
        write(figure, text, style.margin, top + line / 2, size=size, bold=bold, color=color)
        top += line
    for text in placed.notes:
        write(figure, text, style.margin, top + note / 2, size=style.small, color=MUTED)
        top += note
    for column in layout.columns[1:]:
        if row.cells.get(column.name):
            _cell(figure, column, row.cells[column.name], middle, style.base, bold, color)


def _cell(
    figure: EvidenceFigure, column: Column, text: str, middle: float, size: float, bold: bool, color: str
) -> None:
    write(figure, text, column.x, middle, size=size, bold=bold, color=color, align=column.align)


def _plot(figure: EvidenceFigure, layout: Layout, plan: Plan, limits: tuple[float, float]) -> None:
    height = layout.ems * layout.unit
    corner = (layout.plot_left / layout.width, 1 - layout.bottom / layout.height)
    axes = figure.add_axes((*corner, layout.plot_width / layout.width, height / layout.height), label="plot")
    axes.patch.set_visible(False)
    rows = [placed.row for placed in layout.rows]
    middles = [placed.middle for placed in layout.rows]
    draw_marks(Pen(axes, plan.axis, limits, layout.preset.base), rows, middles)
    draw_axis(axes, plan.axis, limits, layout.plot_width, layout.preset.small)
    axes.set_ylim(layout.ems, 0)
    axes.set_yticks([])

"""A forest plot with its columns of text, drawn on a page of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from evidence.figures import forest_words as say
from evidence.figures.canvas import rule
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_arms import counted as counts
from evidence.figures.forest_draw import HOUSE, Marks, Pen, draw_axis, draw_marks, leaves
from evidence.figures.forest_journal import Journal
from evidence.figures.forest_journal_columns import fields, reversed_scales
from evidence.figures.forest_journal_page import arrange_journal
from evidence.figures.forest_journal_words import directions, footer
from evidence.figures.forest_layout import Column, Layout, Placed, Words, arrange
from evidence.figures.forest_pages import Leaf, whole
from evidence.figures.forest_rows import MARKS, Plan, Row
from evidence.figures.source_line import ending
from evidence.figures.style import INK, MUTED, STRIPE, Preset
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
    journal: Journal | None = None,
    leaf: Leaf | None = None,
) -> EvidenceFigure:
    """Lay out and draw the page; every argument is already settled."""
    leaf = leaf or whole(rows)
    rows = leaf.rows
    null = (plan.axis.null - limits[0]) / (limits[1] - limits[0])
    subtitle = leaf.subtitle(subtitle)
    about = None if journal is None else [*footer(journal, plan), reversed_scales(plan)]
    notes = () if style.aspect else _footer(plan, rows, about)
    words = Words(title, subtitle, notes, ending(source), xlabel, favours, null)
    arranged = _arranger(plan, journal, headings, words, leaf.all_rows)
    if leaf.count > 1:
        style = replace(style, width=max(arranged(each, style).width for each in leaf.every))
    layout = arranged(rows, style)
    figure = EvidenceFigure(
        layout.width,
        layout.height,
        name=leaf.name(name),
        title=title,
        subtitle=subtitle,
        alt=shortened(leaf.alt(say.short_alt(plan)), ALT_LENGTH),
        long_alt=say.long_alt(plan, rows, title),
        caption=say.caption(
            plan, list(rows), clipped=any(any(leaves(row, plan.axis, limits)) for row in rows)
        ),
        dpi=style.dpi,
    )
    figure.pages = leaf.count
    _backdrop(figure, layout, striped=journal is None)
    _texts(figure, layout)
    marks = (
        HOUSE if journal is None else journal.look(counts=counts(plan.effects.measure, plan.effects.scale))
    )
    _plot(figure, layout, plan, limits, marks, leaf.heaviest)
    return figure


def _arranger(
    plan: Plan, journal: Journal | None, headings: Mapping[str, str], words: Words, sized: Sequence[Row]
) -> Callable[[Sequence[Row], Preset], Layout]:
    """Return what lays out a page of rows: in the plain layout, or in that of a journal."""
    if journal is None:
        return lambda rows, style: arrange(plan, rows, headings, words, style, sized)
    found, studies = fields(journal, plan, headings), headings.get("label", journal.studies)
    spelt = replace(words, favours=directions(journal, words.favours), arrows=False)
    return lambda rows, style: arrange_journal(journal, rows, found, spelt, style, studies, sized)


def _footer(plan: Plan, rows: Sequence[Row], about: Sequence[str] | None = None) -> tuple[str, ...]:
    """Write the lines under the plot: what was pooled and how, by default in our words, and the keys."""
    lines = [say.unpooled_note(plan)] if about is None else list(about)
    if plan.pooled is not None and about is None:
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


def _backdrop(figure: EvidenceFigure, layout: Layout, *, striped: bool) -> None:
    """Lay light stripes under every other study, where there are any, and a rule under the headings."""
    left, right = layout.preset.margin / 2, layout.width - layout.preset.margin / 2
    odd = False
    for placed in layout.rows:
        odd = placed.row.kind in ("study", "excluded") and not odd
        if odd and striped:
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
    for head in layout.heads:
        if head.rule is not None:
            under = head.top + head.text.height + 0.12 * layout.preset.em
            rule(figure, under, *head.rule, color=INK, points=0.06 * layout.preset.base)


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
    for head in layout.heads:
        head.text.place(figure, head.x, head.top, align=head.align)
    for column in () if layout.heads else layout.columns:
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


def _plot(
    figure: EvidenceFigure,
    layout: Layout,
    plan: Plan,
    limits: tuple[float, float],
    marks: Marks,
    heaviest: float,
) -> None:
    height = layout.ems * layout.unit
    corner = (layout.plot_left / layout.width, 1 - layout.bottom / layout.height)
    axes = figure.add_axes((*corner, layout.plot_width / layout.width, height / layout.height), label="plot")
    axes.patch.set_visible(False)
    rows = [placed.row for placed in layout.rows]
    middles = [placed.middle for placed in layout.rows]
    pen = Pen(axes, plan.axis, limits, layout.preset.base, marks=marks, heaviest=heaviest)
    draw_marks(pen, rows, middles)
    if plan.pooled is not None and not any(row.kind == "pooled" and row.overall for row in rows):
        spot = round(float(plan.axis.drawn(plan.pooled.estimate)), 9)
        if limits[0] <= spot <= limits[1]:
            pen.through(spot, [0, layout.ems])
    draw_axis(axes, plan.axis, limits, layout.plot_width, layout.preset.small)
    axes.set_ylim(layout.ems, 0)
    axes.set_yticks([])

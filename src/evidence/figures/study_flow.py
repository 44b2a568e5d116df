"""The flow of studies: from records found to usable numbers, with the reasons on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from matplotlib.patches import FancyArrowPatch, Rectangle

from evidence.errors import InputError
from evidence.figures.canvas import head
from evidence.figures.figure import EvidenceFigure
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, MUTED, RULE, STRIPE, Preset, house_style, shaped
from evidence.figures.style import preset as preset_called
from evidence.figures.text import Block, block
from evidence.tables.flow import Flow

_PAD = 0.12
_GAP, _SLIDE_GAP = 0.34, 0.14
_MOST_ON_SLIDES = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A box of the flow and the box of those that left before the next one, inches from the top."""

    kept: Block
    left: Block | None
    top: float

    @property
    def height(self) -> float:
        """Inches the step takes: its box and, beside the way to the next, the box of those that left."""
        return self.kept.height + 2 * _PAD


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches."""

    width: float
    height: float
    narrow: float
    wide: float
    bottom: float
    heading: Block
    footer: Block
    steps: tuple[Step, ...]


@house_style()
def study_flow(
    flow: Flow,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "study_flow",
) -> EvidenceFigure:
    """Draw how many studies were found, how many could be used, and why the others could not.

    Parameters
    ----------
    flow : Flow
        Counts that add up, as `evidence.tables.flow.flow` gives them.
    title, subtitle : str, optional
        A page of fixed shape, such as a slide, leaves the room of the subtitle to the boxes.
    source : str, optional
        Added to the line at the foot.
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
        If the counts do not add up.
    """
    _check(flow)
    style = preset_called(preset)
    sheet = shaped(partial(_sheet, flow, style, (title or "", subtitle or ""), ending(source)), style)
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=name,
        alt=f"Flow of studies: {flow.records} records, {flow.eligible} eligible, {flow.usable} usable.",
        long_alt=_words(flow),
        caption=title or "From records found to studies with usable numbers.",
        title=title or "",
        subtitle=subtitle or "",
        dpi=style.dpi,
    )
    margin = style.margin
    sheet.heading.place(figure, margin, margin)
    sheet.footer.place(figure, margin, sheet.bottom + _PAD)
    right = sheet.width - margin - sheet.wide
    for this, following in zip(sheet.steps, [*sheet.steps[1:], None], strict=True):
        _box(figure, this.kept, margin, this.top, sheet.narrow, BLUE)
        middle = margin + sheet.narrow / 2
        if following is not None:
            _arrow(figure, (middle, this.top + this.height), (middle, following.top))
        if this.left is not None:
            top = this.top + this.height + _gap(style) / 2
            _box(figure, this.left, right, top, sheet.wide, RULE)
            across = top + this.left.height / 2 + _PAD
            _arrow(figure, (middle, across), (right, across))
    return figure


def _sheet(flow: Flow, style: Preset, heads: tuple[str, str], foot_words: str, width: float) -> Sheet:
    """Measure the page for a width; a page of fixed shape lists only the frequent reasons."""
    inner = width - 2 * style.margin
    narrow, wide = (0.38 * inner, 0.54 * inner) if style.aspect is None else (0.4 * inner, 0.52 * inner)
    heading = head(heads[0], heads[1] if style.aspect is None else "", style, inner)
    footer = block([(foot_words, style.fine, False, MUTED)], inner)
    top = style.margin + heading.height + _PAD
    steps, bottom = _steps(flow, style, narrow, wide, top)
    height = bottom + _PAD + footer.height + style.margin
    if style.aspect is not None:
        height = max(height, width / style.aspect)
    return Sheet(width, height, narrow, wide, bottom, heading, footer, tuple(steps))


def _gap(style: Preset) -> float:
    """Return the space above and below the studies left out, together, inches."""
    return _GAP if style.aspect is None else _SLIDE_GAP


def _check(flow: Flow) -> None:
    out = sum(flow.not_eligible.values())
    if flow.records != flow.not_studies + out + flow.eligible:
        raise InputError(
            f"{flow.records} records are not {flow.not_studies} + {out} + {flow.eligible}"
            " (not studies, not eligible, eligible)."
        )
    if flow.eligible != sum(flow.unusable.values()) + flow.usable:
        raise InputError(
            f"{flow.eligible} eligible studies are not {sum(flow.unusable.values())} + {flow.usable}"
            " (without and with usable numbers)."
        )


def _steps(flow: Flow, style: Preset, narrow: float, wide: float, top: float) -> tuple[list[Step], float]:
    """Lay the steps under one another and return them with the lower edge of the last."""
    reviews = {"a review of trials, not a trial": flow.not_studies} if flow.not_studies else {}
    parts = [
        (flow.records, "records of studies", "Not analysed", {**reviews, **flow.not_eligible}),
        (flow.eligible, "studies of needling for facial acne scars", "No usable number", flow.unusable),
        (flow.usable, "studies with a usable number", "", {}),
    ]
    steps = []
    for count, what, heading, reasons in parts:
        words = [(str(count), style.title, True, INK), (what, style.base, False, INK)]
        if style.aspect is not None:
            words = [(f"{count} {what}", style.base, True, INK)]
        kept = block(words, narrow - 2 * _PAD)
        left = _reasons(heading, reasons, style, wide - 2 * _PAD) if reasons else None
        steps.append(Step(kept, left, top))
        top += kept.height + 2 * _PAD
        if left is not None:
            top += left.height + 2 * _PAD + _gap(style)
    return steps, top


def _reasons(heading: str, reasons: Mapping[str, int], style: Preset, width: float) -> Block:
    """List the reasons: those of a single study in one line, on a slide all but three in a number."""
    often = {reason: count for reason, count in reasons.items() if count > 1}
    if style.aspect is not None:
        often = dict(sorted(often.items(), key=lambda pair: -pair[1])[:_MOST_ON_SLIDES])
    rare = {reason: count for reason, count in reasons.items() if reason not in often}
    lines = [(f"{count}  {reason}", style.small, False, INK) for reason, count in often.items()]
    if rare and style.aspect is None:
        lines += [(f"1 each: {'; '.join(rare)}", style.small, False, INK)]
    elif rare:
        lines.append((f"{sum(rare.values())}  other reasons ({len(rare)} kinds)", style.small, False, INK))
    return block([(f"{heading}: {sum(reasons.values())}", style.base, True, INK), *lines], width)


def _box(figure: EvidenceFigure, inside: Block, x: float, top: float, width: float, edge: str) -> None:
    height = inside.height + 2 * _PAD
    page_width, page_height = figure.get_size_inches()
    corner = (x / page_width, 1 - (top + height) / page_height)
    size = (width / page_width, height / page_height)
    figure.add_artist(Rectangle(corner, *size, facecolor=STRIPE, edgecolor=edge, linewidth=1.2))
    inside.place(figure, x + _PAD, top + _PAD)


def _arrow(figure: EvidenceFigure, start: tuple[float, float], end: tuple[float, float]) -> None:
    width, height = figure.get_size_inches()
    ends = [(x / width, 1 - top / height) for x, top in (start, end)]
    look = {"arrowstyle": "-|>", "mutation_scale": 10, "color": INK, "shrinkA": 0, "shrinkB": 0}
    figure.add_artist(FancyArrowPatch(*ends, transform=figure.transFigure, **look))


def _words(flow: Flow) -> str:
    out = "; ".join(f"{count} {reason}" for reason, count in flow.not_eligible.items())
    without = sum(flow.unusable.values())
    unusable = "; ".join(f"{count} {reason}" for reason, count in flow.unusable.items())
    return (
        f"Of {flow.records} records of studies, {flow.not_studies} turned out to be reviews and"
        f" {sum(flow.not_eligible.values())} are listed but not analysed ({out})."
        f" Of the {flow.eligible} others, {without} print no usable number ({unusable}); {flow.usable} do."
    )

"""The specification curve: what a question's answer becomes on every path through its analytic choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.network_page import place_words, sheet
from evidence.figures.slides import Leafing, asked, turned
from evidence.figures.specification_data import Curve, curve
from evidence.figures.specification_draw import draw_page
from evidence.figures.specification_layout import in_short, needed
from evidence.figures.style import house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, shortened
from evidence.robustness.multiverse_result import Multiverse

_MOST_ROWS = {"web": None, "paper": None, "slide": 8}


@house_style()
def specification_curve(
    result: Multiverse,
    *,
    scale: str | None = None,
    paths: int = 240,
    choices: Sequence[str] | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "specification_curve",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the estimates of all paths, sorted, over the choices that each path takes.

    Paths that give the same data to the same model are drawn once, and measures on other scales not at
    all: each scale has its own curve. Choices are sorted by their share of the variance among paths; a
    diamond marks the protocol's path, bold its levels.

    Parameters
    ----------
    result : Multiverse
    scale : str, optional
        One of ``result.scales``; by default the protocol's.
    paths : int
        Most paths to draw; of more, one is drawn at random from each of as many equal stretches of ranks.
    choices : sequence of str, optional
        Choices to show beneath; by default all that vary (on a slide without `page` the most important ones).
    title, subtitle, source : str, optional
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        This page of the choices, for slides; see `evidence.figures.slides.pages`.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result is no multiverse, no path on the scale is pooled, or `paths` or `choices` cannot be
        used, or there is no such page.
    OptionError
        If there is no such scale or preset.

    Notes
    -----
    Simonsohn, Simmons and Nelson 2020, Nat Hum Behav 4:1208.

    Examples
    --------
    >>> import evidence as ev
    >>> result = ev.multiverse(ev.load(), "Q1e", choices={"test": ["adhoc"]})
    >>> print(specification_curve(result).alt)
    Specification curve of 30 paths: 0.46 to 0.48; protocol 0.48; 0 % above and 0 % below no effect.
    """
    if not isinstance(result, Multiverse):
        raise InputError(f"specification_curve draws a multiverse, not {type(result).__name__}.")
    style = preset_called(preset)
    most = None if asked(page) is not None else _MOST_ROWS[style.name]
    leaf, shown = _turned(curve(result, scale, paths, choices, most), page)
    drawn = shown if style.aspect is None else in_short(shown)
    subtitle = leaf.subtitle(subtitle or "")
    key = f"{_counts(shown)} {_key(shown)}"
    words = title or "", subtitle
    laid = sheet(style, words, key, source, lambda width: needed(drawn, style, width))
    figure = EvidenceFigure(
        laid.width,
        laid.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(_alt(shown)), ALT_LENGTH),
        long_alt=f"{_alt(shown)} {_found(shown)} {_choices(shown)}",
        caption=f"{_found(shown)} {_key(shown)} {result.method_text()}",
        dpi=style.dpi,
    )
    place_words(figure, laid)
    draw_page(figure, laid, drawn, _beside(shown))
    figure.pages = leaf.count
    return figure


def _turned(every: Curve, page: int | None) -> tuple[Leafing, Curve]:
    """Return the curve with the choices of a page, all of them where none is asked for."""
    blocks = [[i] * len(group.levels) for i, group in enumerate(every.groups)]
    leaf, rows = turned(blocks, page)
    here = sorted(set(rows))
    groups = tuple(every.groups[i] for i in here)
    return leaf, replace(every, groups=groups, taken=every.taken[here])


def _range(shown: Curve) -> str:
    estimates = shown.paths["estimate"]
    return f"{shown.said(estimates.min())} to {shown.said(estimates.max())}"


def _sides(shown: Curve) -> str:
    beyond = shown.paths["beyond"]
    if (beyond == "").all():
        return ""
    above, below = ((beyond == side).mean() for side in ("above", "below"))
    return f"{100 * above:.0f} % above and {100 * below:.0f} % below {shown.mark}"


def _alt(shown: Curve) -> str:
    parts = [_range(shown)]
    if shown.protocol is not None:
        parts.append(f"protocol {shown.said(shown.result.primary['estimate'])}")
    parts += [_sides(shown)] if _sides(shown) else []
    return f"Specification curve of {counted(len(shown.paths), 'path')}: {'; '.join(parts)}."


def _found(shown: Curve) -> str:
    """What the paths show, in numbers."""
    median = shown.said(shown.paths["estimate"].median())
    sides = f" Intervals: {_sides(shown)}." if _sides(shown) else ""
    return f"Estimates {_range(shown)}, median {median}.{sides} {_counts(shown)}"


def _beside(shown: Curve) -> tuple[str, ...]:
    """What stands beside the curve: a few lines with the numbers that matter most."""
    beyond, question = shown.paths["beyond"], shown.result.question
    median = shown.said(shown.paths["estimate"].median())
    lines = [counted(len(shown.paths), "distinct path"), f"{_range(shown)}, median {median}"]
    if (beyond != "").any():
        own, other = ("below", "above") if question.claim_side == "low" else ("above", "below")
        for side in (own, other):
            share = (beyond == side).mean()
            if side == own or share > 0:
                lines.append(f"{100 * share:.0f} % of intervals {side} {shown.mark}")
    return tuple(lines)


def _counts(shown: Curve) -> str:
    every = len(shown.result.paths)
    return f"{counted(len(shown.paths), 'distinct path')} on this scale, of {every:,} through all choices."


def _key(shown: Curve) -> str:
    """How to read the figure, and what is not in it."""
    parts = []
    if shown.shown.size < len(shown.paths):
        parts.append(
            f"{shown.shown.size} of them are drawn, at random and evenly from the lowest to the highest."
        )
    if shown.protocol is not None:
        parts.append("Diamond and bold: the protocol.")
    if any(group.total == group.total for group in shown.groups):
        parts.append(
            "Bars: share of the variance among all paths that a choice explains, alone (dark) and with its"
            " interactions (whole bar)."
        )
        if shown.protocol is not None:
            parts.append("Beneath: estimates when that choice alone leaves the protocol.")
        if not shown.result.importance(scale=shown.scale)["orthogonal"].all():
            parts.append("Paths are missing, so that shares overlap.")
    low, high = shown.limits
    if (shown.low < low).any() or (shown.high > high).any():
        parts.append("Some intervals go beyond the axis.")
    if shown.lesser:
        parts.append(f"Not drawn, for they matter less: {', '.join(shown.lesser)}.")
    if shown.same:
        parts.append(f"Not drawn, for their levels give the same paths: {', '.join(shown.same)}.")
    others = [scale for scale in shown.result.scales if scale != shown.scale]
    if others:
        parts.append(f"On scales of their own: {', '.join(others)}.")
    notes = [f"{note[0].upper()}{note[1:]}." for note in shown.result.notes]
    return " ".join([*parts, *notes])


def _choices(shown: Curve) -> str:
    parts = [
        f"{group.name} ({', '.join(group.levels)}): {group.total:.0%} of the variance"
        for group in shown.groups
    ]
    return f"Choices, the one that matters most first: {'; '.join(parts)}." if parts else "No choice varies."

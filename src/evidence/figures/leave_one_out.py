"""The leave-one-out forest plot: the pooled mean without each study."""

from __future__ import annotations

import numpy as np

from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_draw import draw_marks
from evidence.figures.network_page import place_words, sheet
from evidence.figures.refit_rows import refit_table, refit_words
from evidence.figures.row_page import Table, draw_table, needed
from evidence.figures.slides import turned
from evidence.figures.style import house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, shortened
from evidence.robustness.deletion import fit_at
from evidence.robustness.leave_one_out import LeaveOneOut
from evidence.robustness.refit_words import excludes_null


@house_style()
def leave_one_out(
    result: LeaveOneOut,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    favours: tuple[str, str] | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "leave_one_out",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the pooled mean without each study, over the interval of all studies.

    Labels in bold are studies without which the interval changes between including and excluding no effect.
    An interval that goes beyond the axis ends in an arrow.

    Parameters
    ----------
    result : LeaveOneOut
    title : str, optional
        What the figure says; default the title of the effects.
    subtitle, source : str, optional
    favours : (str, str), optional
        What lies below and above no effect; default that of the effects.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        Draw this page of a figure spread over several slides; default all on one.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result is no leave-one-out analysis.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.robustness.leave_one_out import leave_one_out as left_out
    >>> found = left_out(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")
    >>> print(leave_one_out(found).alt)
    Leave-one-out forest plot of 3 studies: Estimate from 0.28 to 0.96; of all 0.66 (−0.12 to 1.45).
    """
    if not isinstance(result, LeaveOneOut):
        raise InputError(f"leave_one_out draws a leave-one-out analysis, not {type(result).__name__}.")
    style = preset_called(preset)
    has_null = np.isfinite(named_scale(result.source.scale).null)
    changed = has_null & (excludes_null(result.fits) != excludes_null(result.whole))
    without = [fit_at(result.fits, i) for i in range(len(result.labels))]
    table = refit_table(
        [*zip(result.labels, without, strict=True), ("None (all pooled)", result.whole)],
        result.source,
        heading="Left out",
        level=result.level,
        favours=favours,
        strong=[*changed.tolist(), True],
    )
    leaf, shown = turned([[i] for i in range(len(table.rows) - 1)], page)
    part = table.only([*shown, len(table.rows) - 1])  # the pooled mean of all closes every page
    subtitle = leaf.subtitle(subtitle or "")
    key = _key(result, bool(changed.any()))
    title = result.source.title if title is None else title
    laid = sheet(style, (title, subtitle or ""), key, source, lambda w: needed(part, style, w))
    alt = _alt(result, table)
    figure = EvidenceFigure(
        laid.width,
        laid.height,
        name=leaf.name(name),
        title=title,
        subtitle=subtitle,
        alt=shortened(leaf.alt(alt), ALT_LENGTH),
        long_alt=f"{alt} Without each: {refit_words(table)}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, laid)
    draw_table(figure, laid, part, draw_marks, "leave-one-out")
    figure.pages = leaf.count
    return figure


def _alt(result: LeaveOneOut, table: Table) -> str:
    noun = ("study", "studies") if result.by == "study" else ("row", "rows")
    units, fits = table.units, result.fits
    reach = f"{units.number(fits.estimate.min())} to {units.number(fits.estimate.max())}"
    return (
        f"Leave-one-out forest plot of {counted(len(result.labels), *noun)}: {units.short} from {reach};"
        f" of all {table.columns[0][-1]}."
    )


def _key(result: LeaveOneOut, changed: bool) -> str:
    """How to read the figure, and what hangs on a single study."""
    notes = [f"{note[0].upper()}{note[1:]}." for note in result.notes]
    bold = "Bold: without it the interval says otherwise about no effect." if changed else ""
    band = f"Band: {100 * result.level:g} % confidence interval of all."
    return " ".join(part for part in (band, bold, *notes, result.method_text()) if part)

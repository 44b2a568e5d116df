"""The cumulative forest plot: the pooled mean as studies were added."""

from __future__ import annotations

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_draw import draw_marks
from evidence.figures.network_page import place_words, sheet
from evidence.figures.refit_rows import refit_table, refit_words
from evidence.figures.row_page import Table, draw_table, needed
from evidence.figures.style import house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, printable, shortened
from evidence.robustness.cumulative import Cumulative
from evidence.robustness.deletion import fit_at


@house_style()
def cumulative(
    result: Cumulative,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    favours: tuple[str, str] | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "cumulative",
) -> EvidenceFigure:
    """Draw the pooled mean at each step, from the first study to all of them.

    An interval that goes beyond the axis ends in an arrow.

    Parameters
    ----------
    result : Cumulative
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
        If the result is no cumulative meta-analysis.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.robustness.cumulative import cumulative as added
    >>> found = added(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")
    >>> print(cumulative(found).alt)
    Cumulative forest plot of 3 studies: Estimate 0.10 (−0.24 to 0.44) at first, 0.66 (−0.12 to 1.45) at last.
    """
    if not isinstance(result, Cumulative):
        raise InputError(f"cumulative draws a cumulative meta-analysis, not {type(result).__name__}.")
    style = preset_called(preset)
    steps = [fit_at(result.fits, i) for i in range(len(result.labels))]
    table = refit_table(
        list(zip(_labels(result), steps, strict=True)),
        result.source,
        heading="Added",
        level=result.level,
        favours=favours,
        extra=[("k", tuple(f"{step.k:.0f}" for step in steps))],
    )
    key = _key(result)
    title = result.source.title if title is None else title
    page = sheet(style, (title, subtitle or ""), key, source, lambda w: needed(table, style, w))
    alt = _alt(result, table)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title,
        subtitle=subtitle or "",
        alt=shortened(alt, ALT_LENGTH),
        long_alt=f"{alt} After each: {refit_words(table)}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    draw_table(figure, page, table, draw_marks, "cumulative")
    return figure


def _labels(result: Cumulative) -> list[str]:
    """Names of the steps, with the key they were ordered by where the name does not say it."""
    labels = [printable(label) for label in result.labels]
    if not result.keys:
        return [f"+ {label}" if i else label for i, label in enumerate(labels)]
    keys = [f"{key:.4g}" if isinstance(key, float) and key % 1 else _whole(key) for key in result.keys]
    named = [label if key in label else f"{label} ({key})" for label, key in zip(labels, keys, strict=True)]
    return [f"+ {label}" if i else label for i, label in enumerate(named)]


def _whole(key: object) -> str:
    return f"{key:.0f}" if isinstance(key, float) else printable(key)


def _alt(result: Cumulative, table: Table) -> str:
    noun = ("study", "studies") if result.by == "study" else ("row", "rows")
    first, last = table.columns[0][0], table.columns[0][-1]
    count = counted(len(result.labels), *noun)
    return f"Cumulative forest plot of {count}: {table.units.short} {first} at first, {last} at last."


def _key(result: Cumulative) -> str:
    notes = [f"{note[0].upper()}{note[1:]}." for note in result.notes]
    band = f"Band: {100 * result.level:g} % confidence interval of all."
    looks = "Intervals are not adjusted for repeated looks."
    return " ".join((band, *notes, looks, result.method_text()))

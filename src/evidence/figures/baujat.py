"""Baujat's plot: which studies make the heterogeneity, and which of them move the pooled mean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.errors import InputError
from evidence.figures import marks
from evidence.figures.bubble_labels import Room
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.key import Entry
from evidence.figures.network_page import place_words, sheet
from evidence.figures.plane import Plane, draw_labels, draw_plane, inches, needed
from evidence.figures.style import BLUE, INK, VERMILLION, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, number, printable, shortened
from evidence.robustness.influence_result import Influence

_ROOM = 0.08  # of the axis, beyond the furthest study
_MARK = 0.7  # width of a mark, of the type


@house_style()
def baujat(
    result: Influence,
    *,
    model: str = "common",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "baujat",
) -> EvidenceFigure:
    """Draw the contribution of each study to heterogeneity against its influence on the pooled mean.

    Studies far to the right disagree with the others; those high up carry the pooled mean. A label that
    finds no room is left out; the words of the figure name every study.

    Parameters
    ----------
    result : Influence
    model : {"common", "fitted"}
        The axes as Baujat et al. (2002) drew them, or those of the model that was fitted; see
        `Influence.baujat`.
    title : str, optional
        What the figure says; default the title of the effects.
    subtitle, source : str, optional
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
        If the result is no influence analysis.
    OptionError
        If there is no such model or preset.

    Examples
    --------
    >>> from evidence.robustness.influence import influence
    >>> found = influence(yi=[0.1, 0.2, 0.15, 1.6], vi=[0.03, 0.05, 0.04, 0.04], test="z")
    >>> print(baujat(found).alt)
    Baujat plot of 4 studies: Study 4 adds most to heterogeneity (76 % of Q) and moves the mean most.
    """
    if not isinstance(result, Influence):
        raise InputError(f"baujat draws an influence analysis, not {type(result).__name__}.")
    table = result.baujat(model=model)
    style = preset_called(preset)
    plane = _plane(table, model, bool(result.influential.any()))
    title = result.source.title if title is None else title
    key = _key(result, model)
    page = sheet(style, (title, subtitle or ""), key, source, lambda w: needed(plane, style, w))
    alt = _alt(table, result, model)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title,
        subtitle=subtitle or "",
        alt=shortened(alt, ALT_LENGTH),
        long_alt=f"{alt} {_words(table)}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    axes, size = draw_plane(figure, page, plane, "baujat")
    x, y = (table[column].to_numpy() for column in ("contribution", "influence"))
    width = _MARK * style.base
    for flagged, look in ((False, _plain()), (True, _flagged())):
        chosen = result.influential == flagged
        axes.scatter(x[chosen], y[chosen], s=width**2, zorder=4, clip_on=False, **look)
    order = np.argsort(-(x / plane.across[1] + y / plane.up[1]), kind="stable")
    radius = np.full(x.size, width / 2 / 72)
    room = Room(inches(x, y, plane, size)[order], radius, size, np.empty((0, 2)))
    labels = [printable(table["study"].iloc[i]) for i in order]
    draw_labels(axes, labels, room, style.small)
    return figure


def _plain() -> dict[str, object]:
    return {"marker": "o", "facecolor": BLUE, "edgecolor": INK, "linewidths": 0.5}


def _flagged() -> dict[str, object]:
    return {"marker": "D", "facecolor": VERMILLION, "edgecolor": INK, "linewidths": 0.5}


def _plane(table: pd.DataFrame, model: str, flagged: bool) -> Plane:
    ends = [float(table[column].max()) or 1.0 for column in ("contribution", "influence")]
    part = "Contribution to Cochran's Q" if model == "common" else "Squared Pearson residual"
    entries = (
        Entry(marks.point(**_plain()), "study"),
        Entry(marks.point(**_flagged()), "influential by metafor's rule"),
    )
    return Plane(
        across=(-0.02 * ends[0], (1 + _ROOM) * ends[0]),
        up=(-0.03 * ends[1], (1 + _ROOM) * ends[1]),
        xlabel=f"{part} (heterogeneity) →",
        ylabel="Influence on the pooled mean ↑",
        entries=entries if flagged else (),
    )


def _alt(table: pd.DataFrame, result: Influence, model: str) -> str:
    part, most = table["contribution"], table["study"].iloc[int(table["influence"].argmax())]
    first = table["study"].iloc[int(part.argmax())]
    whole = float(part.sum())
    share = f" ({100 * part.max() / whole:.0f} % of Q)" if model == "common" and whole > 0 else ""
    noun = ("study", "studies") if result.by == "study" else ("row", "rows")
    head = f"Baujat plot of {counted(len(table), *noun)}: {first} adds most to heterogeneity{share}"
    return f"{head} and moves the mean most." if first == most else f"{head}, {most} moves the mean most."


def _words(table: pd.DataFrame) -> str:
    return "; ".join(
        f"{study} contribution {number(x)}, influence {number(y)}"
        for study, x, y in table.itertuples(index=False)
    )


def _key(result: Influence, model: str) -> str:
    down = "Up: squared move of the mean when the study is left out, over the variance of the new mean."
    across = {
        "common": "Across: the study's part of Cochran's Q. Common-effect model, as Baujat et al. (2002).",
        "fitted": "Across: squared distance from the mean over its variance. The model that was fitted.",
    }
    names = [name for name, flag in zip(result.labels, result.influential, strict=True) if flag]
    flagged = f" Influential: {', '.join(names)}." if names else " No study is influential by metafor's rule."
    return f"{across[model]} {down}{flagged}"

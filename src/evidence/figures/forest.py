"""The forest plot: each study's estimate with its interval, and what they say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from evidence import arguments
from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.figures import forest_words as say
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, given_limits, robust_limits
from evidence.figures.forest_journal import JOURNALS, LAYOUTS
from evidence.figures.forest_journal_columns import in_house_words, with_groups
from evidence.figures.forest_journal_words import axis_label
from evidence.figures.forest_layout import HEADINGS
from evidence.figures.forest_on_axes import draw_on_axes, refuse_page_options
from evidence.figures.forest_page import draw_page
from evidence.figures.forest_pages import leaf
from evidence.figures.forest_rows import Plan, Row, build_rows, known_columns, route_letters, study_table
from evidence.figures.style import house_style
from evidence.figures.style import preset as preset_called

_COLUMNS = {
    "web": ("n", "design", "estimate", "weight"),
    "slide": ("estimate",),
    "paper-single": ("estimate",),
}


@house_style()
def forest(
    result: Any,
    *,
    ax: Axes | None = None,
    effects: Effects | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    columns: Sequence[str] | None = None,
    headings: Mapping[str, str] | None = None,
    groups: str | None = None,
    subgroups: Mapping[str, Any] | None = None,
    sort: str | None = None,
    xlim: Sequence[float] | None = None,
    xlabel: str | None = None,
    favours: tuple[str, str] | None = None,
    digits: int | None = None,
    level: float | None = None,
    show_excluded: bool = True,
    show_prediction: bool = True,
    source: str | None = None,
    preset: str | None = None,
    name: str | None = None,
    layout: str | None = None,
    page: int | None = None,
) -> EvidenceFigure | Axes:
    """Draw a forest plot.

    Squares stand at the studies' estimates, their area by weight; a diamond spans the pooled
    interval, a bar the prediction interval. Limits follow the bulk of the studies: an interval that
    goes beyond them ends in an arrow and its numbers stand beside it. Ratios are drawn on a log
    axis, proportions as percent. With fewer than two studies nothing is pooled and no diamond drawn.
    The plain layout is that of Lewis and Clarke (2001, BMJ 322:1479).

    Parameters
    ----------
    result : Effects or pooled result
        Effects alone are shown without being pooled. A pooled result has `estimate`, `ci_low`,
        `ci_high`, `k` and `level`; `weights` (percent, shape (k,)), `pi_low`, `pi_high`, `tau2`,
        `i2` (percent), `q`, `q_df`, `q_p`, `method` and `test` are used where it has them.
    ax : Axes, optional
        Draw the marks there, with the labels as tick labels; the columns of text are left out.
    effects : Effects, optional
        The studies, on the scale of the result, where it does not hold them itself.
    title : str, optional
        What the figure says; default the title of the effects.
    subtitle : str, optional
    columns : sequence of str, optional
        Any of "n", "design", "route", "estimate", "weight", or a column of the effects' table.
        Default: the first two where known, the estimate, and the weight of pooled studies. In the layout of
        a journal "group_1" and "group_2", too; see `layout`.
    headings : mapping, optional
        Other headings of columns; "label" is that of the studies, "group_1" and "group_2" those of the two
        groups in the layout of a journal.
    groups : str, optional
        Column of the effects' table whose values become headings over their studies.
    subgroups : mapping of str to pooled result, optional
        Heading and pooled result of each subgroup of `result`'s studies.
    sort : str, optional
        "estimate", "weight" (heaviest first), "label" or "n"; default the order of the table.
    xlim : (low, high), optional
        Limits in the reader's units (ratios, percents).
    xlabel : str, optional
        Text under the axis; default the measure's name.
    favours : (str, str), optional
        What lies below and above no effect; default that of the effects.
    digits : int, optional
        Decimals; default 2, for percents 1.
    level : float, optional
        Level of the intervals of effects alone; default 0.95. A pooled result has its own.
    show_excluded : bool
        Show, hollow and grey, the studies that were not pooled, with the reason.
    show_prediction : bool
        Show the prediction interval where there is one.
    source : str, optional
        Where the data come from, added to the line at the foot.
    preset : str, optional
        "web" (default), "paper" or "slide".
    name : str, optional
        Name of the figure; default "forest".
    layout : str, optional
        "evidence" (default), or the house layout of a journal: "RevMan", "BMJ" or "JAMA". These show means
        with SDs, or events, of the two groups, from the columns mean_1, sd_1, n_1, mean_2, ... or events_1,
        total_1, ... (metafor's m1i, sd1i, n1i, ..., ai, n1i, ci, n2i will do) of the effects' table. Where
        these are not there, the number of people stands in their place; on a slide neither is shown.
    page : int, optional
        Draw this page of a figure spread over pages of at most 12 rows; `pages` draws them all. Axis and
        squares have the same scale on every page. Default: every row on one page.

    Returns
    -------
    EvidenceFigure, or the Axes when `ax` was given.

    Raises
    ------
    InputError
        If the result is of another kind, or arguments do not fit each other; if there is no such page, or a
        layout lacks the columns for groups that were asked for.
    OptionError
        If a column, sort order, group, preset or layout does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"label": ["Trial A", "Trial B"], "yi": [0.5, 1.0], "vi": [0.04, 0.09]})
    >>> figure = forest(Effects(table, measure="SMD"))
    >>> print(figure.alt)
    Forest plot of 2 studies, not pooled: SMD from 0.50 to 1.00.
    >>> figure.fingerprint()["axes"][0]["markers"][0]["xy"]
    [[0.5, 0.875], [1.0, 2.625]]
    """
    effects, pooled = _parted(result, effects)
    level = _level(level, pooled)
    pooled = pooled if pooled is not None and pooled.k > 1 else None
    journal = JOURNALS.get(option("layout", layout or LAYOUTS[0], LAYOUTS))
    units = axis(effects.scale, effects.measure, digits)
    if units.percent and favours is not None:
        raise InputError(f"favours={favours!r}: proportions have no side of no effect; leave it out.")
    plain = columns if journal is None else ()
    plan = _plan(
        effects, pooled, units, level, plain, preset, groups=groups, subgroups=subgroups,
        sort=sort, show_excluded=show_excluded, show_prediction=show_prediction,
    )  # fmt: skip
    if journal is not None:
        plan = with_groups(plan, journal, columns, short=preset == "slide")
    rows = build_rows(plan) if journal is None else in_house_words(journal, plan, build_rows(plan))
    limits = _limits(plan, rows) if xlim is None else given_limits(xlim, units)
    title = effects.title if title is None else title
    if xlabel is None:
        xlabel = units.long if journal is None else axis_label(journal, plan)
    if ax is not None:
        for_page = {"subtitle": subtitle, "columns": columns, "headings": headings, "favours": favours}
        for_page |= {"source": source, "preset": preset, "name": name, "layout": layout, "page": page}
        refuse_page_options(for_page)
        return draw_on_axes(ax, rows, plan, limits, title, xlabel)
    return draw_page(
        plan,
        rows,
        limits,
        title=title,
        subtitle=subtitle or "",
        headings=_headings(plan, headings or {}) if journal is None else headings or {},
        xlabel=xlabel,
        favours=effects.favours if favours is None else favours,
        source=source or "",
        style=preset_called(preset or "web"),
        name=name or "forest",
        journal=journal,
        leaf=leaf(rows, page),
    )


def _parted(result: Any, effects: Effects | None = None) -> tuple[Effects, Any]:
    """Return the studies and the pooled result, None where nothing was pooled."""
    held = result if isinstance(result, Effects) else getattr(result, "effects", None)
    if effects is not None and held is not None:
        raise InputError(f"effects= is for a result without its studies; {type(result).__name__} holds them.")
    if isinstance(result, Effects):
        return result, None
    needed = ("estimate", "ci_low", "ci_high", "k", "level")
    missing = [name for name in needed if not hasattr(result, name)]
    if missing:
        raise InputError(
            f"forest draws Effects or a pooled result; {type(result).__name__} has no {', '.join(missing)}."
        )
    studies = effects if held is None else held
    if not isinstance(studies, Effects):
        raise InputError(f"{type(result).__name__} does not hold its studies; give them with effects=.")
    if studies.k != result.k:
        raise InputError(f"The result pools {result.k} studies, but its effects include {studies.k}.")
    return studies, result


def _level(level: float | None, pooled: Any) -> float:
    if pooled is None:
        return arguments.level(0.95 if level is None else level)
    if level is not None and level != pooled.level:
        raise InputError(
            f"level={level!r} does not fit the result, which was pooled with level={pooled.level!r}."
        )
    return pooled.level


def _plan(
    effects: Effects,
    pooled: Any,
    units: Axis,
    level: float,
    columns: Sequence[str] | None,
    preset: str | None,
    **choices: Any,
) -> Plan:
    groups, subgroups = choices["groups"], choices["subgroups"]
    if groups is not None:
        option("groups", groups, effects.table.columns)
    if subgroups is not None and (groups is not None or pooled is None):
        raise InputError(
            "subgroups needs a result of two or more pooled studies first, and no groups beside it."
        )
    for key, part in (subgroups or {}).items():
        if _parted(part)[1] is None:
            raise InputError(
                f"subgroups[{key!r}] must be a pooled result, not Effects; use groups for headings alone."
            )
    table = study_table(effects, pooled, level)
    if columns is None:
        columns = [name for name in _COLUMNS.get(preset or "web", _COLUMNS["web"]) if _known(name, table)]
    for column in columns:
        option("columns", column, known_columns(effects))
    routes = route_letters(table) if "route" in columns else {}
    return Plan(effects, pooled, units, level, table, tuple(dict.fromkeys(columns)), routes, **choices)


def _known(name: str, table: Any) -> bool:
    """Tell whether a column of the default set has anything to say."""
    column = {"n": "n", "design": "_mark", "weight": "_weight"}.get(name)
    return column is None or bool((table[column].notna() & (table[column] != "")).any())


def _headings(plan: Plan, given: Mapping[str, str]) -> dict[str, str]:
    for name in given:
        option("headings", name, ("label", *plan.columns))
    estimate = f"{plan.axis.short} ({say.per_cent(plan.level)} CI)"
    return (
        {name: name for name in plan.columns}
        | HEADINGS
        | {"label": "Study", "estimate": estimate}
        | dict(given)
    )


def _limits(plan: Plan, rows: Sequence[Row]) -> tuple[float, float]:
    """Choose the limits from the studies that count: the pooled ones, or all where none is."""
    units = plan.axis
    chosen = [row for row in rows if row.kind == "study"] or [row for row in rows if row.kind == "excluded"]
    low, point, high = units.drawn([[row.low, row.yi, row.high] for row in chosen] or [[np.nan] * 3]).T
    anchors = [[row.low, row.high] for row in rows if row.kind == "pooled"]
    reach = [[row.low, row.high] for row in rows if row.kind == "prediction"]
    return robust_limits(
        point,
        low,
        high,
        units.drawn(anchors or [[np.nan] * 2]),
        units.drawn(reach or [[np.nan] * 2]),
        null=units.null,
    )

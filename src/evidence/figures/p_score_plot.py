"""The P-score plot: how sure it is that a treatment beats the others, and how far its rank may lie."""

from __future__ import annotations

import pandas as pd

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.interval_rows import Rows, draw_rows, needed
from evidence.figures.network_page import place_words, sheet
from evidence.figures.slides import turned
from evidence.figures.style import house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import number, printable, shortened
from evidence.synthesis.network_compared import Compared

_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@house_style()
def p_score_plot(
    result: Compared,
    *,
    model: str | None = None,
    draws: int = 10_000,
    seed: int = 1,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "p_score_plot",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw P-scores from best to worst, with intervals.

    A P-score is the mean certainty that a treatment is better than another, 0 to 1. Its interval is that of
    the share of treatments that it beats, when effects are drawn from their joint distribution.

    Parameters
    ----------
    result : Network or Components
    model : {"random", "common"}, optional
        By default that of the result.
    draws, seed : int
        Of the intervals; see `ranks`.
    title, subtitle, source : str, optional
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
        If the result is neither a network nor a component network, or draws or seed cannot be used.
    OptionError
        If there is no such model or preset.

    Examples
    --------
    >>> from evidence.synthesis.network import network
    >>> table = {"study": ["x", "y"], "t1": ["a", "b"], "t2": ["b", "c"], "te": [1, 2], "se": [1, 1]}
    >>> print(p_score_plot(network(table), draws=1000).alt)
    P-scores of 3 treatments, best first: c 0.98, b 0.43, a 0.09.
    """
    if not isinstance(result, Compared):
        raise InputError(f"p_score_plot draws a network or its components, not {type(result).__name__}.")
    table = result.ranks(model=model, draws=draws, seed=seed)
    leaf, shown = turned([[i] for i in range(len(table))], page)
    rows = _rows(table.iloc[shown], result.level)
    subtitle = leaf.subtitle(subtitle or "")
    style = preset_called(preset)
    parts = int(table["subnetwork"].max())
    within = " Sub-networks are ranked apart." if parts > 1 else ""
    key = (
        "P-score: mean certainty of being better than another treatment (0 worst, 1 best). Line:"
        f" {100 * result.level:g} % interval of the share of treatments beaten, in {draws:,} draws of the"
        f" effects.{within}"
    )
    laid = sheet(style, (title or "", subtitle or ""), key, source, lambda w: needed(rows, style, w))
    figure = EvidenceFigure(
        laid.width,
        laid.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(_alt(table)), ALT_LENGTH),
        long_alt=_long_alt(table, result.level),
        caption=f"{_alt(table)} {key}",
        dpi=style.dpi,
    )
    place_words(figure, laid)
    draw_rows(figure, laid, rows, "P-scores")
    figure.pages = leaf.count
    return figure


def _names(table: pd.DataFrame) -> list[str]:
    several = table["subnetwork"].max() > 1
    return [
        printable(f"{name} (sub-network {part})" if several else name)
        for name, part in zip(table["treatment"], table["subnetwork"], strict=True)
    ]


def _words(row: pd.Series) -> str:
    low, high = (number(row[name]) for name in ("p_score_low", "p_score_high"))
    return f"{number(row['p_score'])} ({low} to {high})"


def _rows(table: pd.DataFrame, level: float) -> Rows:
    columns = (table[name].to_numpy(dtype=float) for name in ("p_score", "p_score_low", "p_score_high"))
    return Rows(
        tuple(_names(table)),
        tuple(_words(row) for _, row in table.iterrows()),
        *columns,
        headings=("Treatment", f"P-score ({100 * level:g} % interval)"),
        limits=(-0.02, 1.02),
        ticks=tuple((tick, f"{tick:g}") for tick in _TICKS),
    )


def _alt(table: pd.DataFrame) -> str:
    said = ", ".join(
        f"{name} {number(score)}" for name, score in zip(_names(table), table["p_score"], strict=True)
    )
    return f"P-scores of {len(table)} treatments, best first: {said}."


def _long_alt(table: pd.DataFrame, level: float) -> str:
    parts = [
        f"{name} {_words(row)}, mean rank {number(row['mean_rank'], 1)} (rank {row['rank_low']} to"
        f" {row['rank_high']})"
        for name, (_, row) in zip(_names(table), table.iterrows(), strict=True)
    ]
    return f"P-scores of {len(table)} treatments with {100 * level:g} % intervals: {'; '.join(parts)}."

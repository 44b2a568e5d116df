"""Judgements of risk of bias as the figures take them: by tool, study and domain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.figures.frames import checked, coded, named, numbered, once
from evidence.figures.symbols import JUDGEMENTS
from evidence.figures.text import counted

COLUMNS = (
    "study_id",
    "label",
    "tool",
    "tool_label",
    "domain",
    "domain_label",
    "judgement",
    "judgement_label",
    "basis",
)
BASES = ("facts", "person", "no information")
SILENT = "no information"
OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judgement, and whether it rests on facts, on a person, or on nothing being printed."""

    code: str
    basis: str

    @property
    def silent(self) -> bool:
        """True if it was judged so only because nothing is printed."""
        return self.basis == SILENT


@dataclass(frozen=True, slots=True)
class Judged:
    """What was judged with one tool; studies in order of appearance, overall the last domain.

    Attributes
    ----------
    tool, label : str
        Key and name of the tool.
    domains : dict of str to str
        Domains with their words.
    studies : dict of str to str
        Studies with their labels.
    cells : dict
        Judgement by study and domain; a pair that was not judged is not there.
    weights : dict of str to float
        Percent by study; NaN where there is none.
    """

    tool: str
    label: str
    domains: dict[str, str]
    studies: dict[str, str]
    cells: dict[tuple[str, str], Judgement]
    weights: dict[str, float]

    @property
    def weighted(self) -> bool:
        """True if every study has a weight, and one of them is above nought."""
        weights = np.array(list(self.weights.values()))
        return bool(np.isfinite(weights).all() and weights.sum() > 0)


def judged(table: pd.DataFrame, what: str) -> tuple[Judged, ...]:
    """Read a data frame of judgements.

    Raises
    ------
    OptionError
        If a column is missing, or a judgement or its basis is no known code.
    InputError
        If the table is empty, a judgement stands twice, a label is blank, or a weight is no percentage.

    Examples
    --------
    >>> row = ("s1", "Minh 2019", "rob2", "RoB 2", "D1", "Randomisation", "low", "low", "facts")
    >>> (tool,) = judged(pd.DataFrame([row], columns=list(COLUMNS)), "a plot")
    >>> tool.domains, tool.cells["s1", "D1"].silent
    ({'D1': 'Randomisation'}, False)
    """
    table = checked(table, COLUMNS, what)
    texts = {name: named(table, name) for name in COLUMNS if name not in ("judgement", "basis")}
    codes, bases = coded(table, "judgement", JUDGEMENTS), coded(table, "basis", BASES)
    weights = numbered(table, "weight", low=0, high=100)
    once(table, ("tool", "study_id", "domain"))
    frame = pd.DataFrame(texts).assign(code=codes, basis=bases, weight=weights)
    return tuple(_of_tool(str(tool), rows) for tool, rows in frame.groupby("tool", sort=False))


def _of_tool(tool: str, rows: pd.DataFrame) -> Judged:
    # The study judged in most domains knows their order best.
    fullest = rows["study_id"].value_counts(sort=True).index[0]
    ordered = pd.concat([rows.loc[rows["study_id"] == fullest], rows])
    domains = dict(zip(ordered["domain"], ordered["domain_label"], strict=True))
    if OVERALL in domains:
        domains[OVERALL] = domains.pop(OVERALL)
    by_study = rows.groupby("study_id", sort=False)["weight"].max()
    places = zip(rows["study_id"], rows["domain"], rows["code"], rows["basis"], strict=True)
    return Judged(
        tool,
        rows["tool_label"].iloc[0],
        domains,
        dict(zip(rows["study_id"], rows["label"], strict=True)),
        {(study, domain): Judgement(code, basis) for study, domain, code, basis in places},
        {str(study): float(weight) for study, weight in by_study.items()},
    )


def heading(domain: str) -> str:
    """Return what stands above a domain's column."""
    return "Overall" if domain == OVERALL else domain


def legend(tool: Judged) -> str:
    """Return the domains with their words, in one line.

    Examples
    --------
    >>> legend(Judged("rob2", "RoB 2", {"D1": "Randomisation", "overall": "Overall"}, {}, {}, {}))
    'D1: Randomisation.'
    """
    return "; ".join(f"{code}: {words}" for code, words in tool.domains.items() if code != OVERALL) + "."


def short_alt(tools: tuple[Judged, ...]) -> str:
    """Count the judgements overall, or all of them where none is given overall."""
    studies = {study for tool in tools for study in tool.studies}
    cells = [(domain, each.code) for tool in tools for (_, domain), each in tool.cells.items()]
    overall = any(domain == OVERALL for domain, _ in cells)
    counts = Counter(code for domain, code in cells if domain == OVERALL or not overall)
    listed = ", ".join(f"{counts[code]} {look.word}" for code, look in JUDGEMENTS.items() if counts[code])
    noun = counted(len(studies), "study", "studies")
    return f"Risk of bias in {noun}: {'overall' if overall else 'in all domains'} {listed}."


def used(tools: tuple[Judged, ...], *, silent: bool | None = None) -> list[str]:
    """Return the codes that occur, from the best to the worst."""
    found = {
        each.code for tool in tools for each in tool.cells.values() if silent is None or each.silent == silent
    }
    return [code for code in JUDGEMENTS if code in found]

"""Shares of judgements: how much of the weight, or of the studies, lies in each judgement of a domain."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.figures.rob_data import OVERALL, Judged
from evidence.figures.symbols import JUDGEMENTS
from evidence.figures.text import counted


@dataclass(frozen=True, slots=True)
class Share:
    """A stretch of a bar, percent: one judgement, or what was judged so because nothing is printed."""

    code: str
    silent: bool
    start: float
    percent: float

    @property
    def words(self) -> str:
        """Return the share in words."""
        because = " because nothing is printed" if self.silent else ""
        return f"{self.percent:.0f}% {JUDGEMENTS[self.code].word}{because}"


def shares(tool: Judged, domain: str) -> tuple[Share, ...]:
    """Return the stretches of a domain's bar, from the best judgement to the worst.

    They add up to 100 unless a study was not judged in the domain.

    Examples
    --------
    >>> from evidence.figures.rob_data import Judgement
    >>> cells = {("a", "D1"): Judgement("low", "facts"), ("b", "D1"): Judgement("high", "facts")}
    >>> studies, weights = {"a": "A", "b": "B"}, {"a": 20.0, "b": 60.0}
    >>> [(s.code, s.percent) for s in shares(Judged("t", "T", {"D1": "D"}, studies, cells, weights), "D1")]
    [('low', 25.0), ('high', 75.0)]
    """
    weights = tool.weights if tool.weighted else dict.fromkeys(tool.studies, 1.0)
    total = sum(weights.values())
    found, start = [], 0.0
    for code in JUDGEMENTS:
        for silent in (False, True):
            cells = [(study, tool.cells.get((study, domain))) for study in tool.studies]
            weight = sum(
                weights[study] for study, cell in cells if cell and (cell.code, cell.silent) == (code, silent)
            )
            if weight > 0:
                found.append(Share(code, silent, start, 100 * weight / total))
                start += found[-1].percent
    return tuple(found)


def basis(tools: tuple[Judged, ...]) -> str:
    """Say of what the bars show a share."""
    weighted = {tool.weighted for tool in tools}
    if weighted == {True}:
        return "Share of the weight in the meta-analysis"
    return "Share of studies" if weighted == {False} else "Share of the weight where known, else of studies"


def described(tool: Judged) -> str:
    """Return the number of studies, and whether they are weighted."""
    studies = counted(len(tool.studies), "study", "studies")
    return f"{studies}, {'by weight' if tool.weighted else 'each counted once'}"


def short_alt(tools: tuple[Judged, ...]) -> str:
    """Say what share of each tool's overall judgements is worst, or of its first domain's."""
    parts = []
    for tool in tools:
        domain = OVERALL if OVERALL in tool.domains else next(iter(tool.domains))
        by_code: dict[str, float] = {}
        for share in shares(tool, domain):
            by_code[share.code] = by_code.get(share.code, 0.0) + share.percent
        listed = ", ".join(f"{percent:.0f}% {JUDGEMENTS[code].word}" for code, percent in by_code.items())
        parts.append(f"{tool.label}, {'overall' if domain == OVERALL else domain}: {listed}")
    return f"Risk of bias by domain. {'; '.join(parts)}."

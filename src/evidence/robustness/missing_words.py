"""What is missing, what is known and where to ask, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evidence.effects.rows import blank, codes_of
from evidence.robustness.people import People
from evidence.robustness.printed_cells import Cells, PValue
from evidence.robustness.sources import Record
from evidence.tables.question import Question

_OF_ITS_OWN = {
    "spread_kind": "whether the plus-minus is an SD or an SE",
    "contradiction": "which of its contradicting numbers hold",
    "direction": "which treatment did better",
    "threshold": "how many people reached the threshold asked for",
}
# Why a report's numbers were not seen although it must have them.
UNREAD = {
    "registry_only": "the results: only the registry entry was found",
    "excerpt_cut_before_results": "the results: the text read ends before them",
    "no_numbers_in_abstract": "the results: the abstract has no numbers",
    "no_numbers_by_arm": "the results by arm",
    "p_values_only": "the numbers behind its p values or words",
}
_VISITS = {"before": "before treatment", "after": "after treatment"}


def in_words(
    codes: Sequence[str], question: Question, study: Record, cells: Sequence[Cells], names: Sequence[str]
) -> str:
    """Say what is missing.

    Parameters
    ----------
    codes : sequence of str
    question : Question
    study : mapping
        Row of studies.csv.
    cells : sequence of Cells
        Of one arm or two.
    names : sequence of str
        Treatments of the arms.

    Returns
    -------
    str
    """
    if "results" in codes:
        why = codes_of(study["why_not"])
        return next((UNREAD[code] for code in why if code in UNREAD), "the outcome, if it was measured")
    parts = list(_change(codes) if question.kind == "change" else _arms(codes, names))
    parts += [words for code, words in _OF_ITS_OWN.items() if code in codes]
    scale_name = next((each.scale_name for each in cells if each.scale_name), "")
    numbers = any(code.startswith(("mean", "sd")) for code in codes)
    return ", ".join(parts) + (f" ({scale_name})" if numbers and scale_name else "")


def _change(codes: Sequence[str]) -> Iterator[str]:
    visits = {
        name: [words for visit, words in _VISITS.items() if f"{kind}_{visit}" in codes]
        for name, kind in (("mean", "mean"), ("SD", "sd"))
    }
    if visits["mean"] == visits["SD"] and visits["mean"]:
        yield f"{_plural('mean', visits['mean'])} and {_plural('SD', visits['SD'])} {_when(visits['SD'])}"
    else:
        for name, when in visits.items():
            if when:
                yield f"{_plural(name, when)} {_when(when)}"
    if "n" in codes:
        yield "number of people"


def _plural(name: str, items: Sequence[str]) -> str:
    return f"{name}s" if len(items) > 1 else name


def _when(visits: Sequence[str]) -> str:
    return "before and after treatment" if len(visits) > 1 else visits[0]


_ARM_NUMBERS = {"mean_after": "mean", "sd_after": "SD", "n": "number of people"}
_COUNTS = {"events": "number of people with the event", "total": "number of people observed"}


def _arms(codes: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """Say what is missing of one arm or two; what both lack is said once."""
    lacking = {
        name: tuple(
            words
            for code, words in (_ARM_NUMBERS | _COUNTS).items()
            if (f"{code}_{place}" if len(names) > 1 else code) in codes
        )
        for place, name in enumerate(names, start=1)
    }
    if len(set(lacking.values())) == 1 and len(names) > 1:
        said = next(iter(lacking.values()))
        if said:
            yield f"{_listed(said)} in both arms"
        return
    for name, said in lacking.items():
        if said:
            yield _listed(said) + (f" of {name}" if len(names) > 1 else "")


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def known_in_words(
    cells: Sequence[Cells], people: Sequence[People], names: Sequence[str], direction: int, p: PValue | None
) -> str:
    """Say what is printed: numbers of each arm, then the direction and the p value of the effect."""
    said = []
    for one, size, name in zip(cells, people, names, strict=True):
        numbers = list(_numbers(one))
        if np.isfinite(size.n):
            numbers.append(f"{size.n:.0f} people" + (f" ({size.basis})" if size.basis else ""))
        if numbers:
            said.append((f"{name}: " if len(names) > 1 else "") + ", ".join(numbers))
    if direction:
        better = names[0] if direction > 0 else names[-1]
        said.append(f"favours {better}" if len(names) > 1 else "improved from baseline")
    if p is not None:
        said.append(str(p))
    return "; ".join(said)


def _numbers(cells: Cells) -> Iterator[str]:
    for value, words in (
        (cells.mean_before, "mean {:g} before"),
        (cells.sd_before, "SD {:g} before"),
        (cells.mean_after, "mean {:g} after"),
        (cells.sd_after, "SD {:g} after"),
        (cells.change, "mean change {:g}"),
        (cells.percent, "{:g} % better"),
        (cells.events, "{:.0f} with the event"),
        (cells.count, "{:.0f} with the event, of how many is not said"),
        (cells.share, "{:g} % of people"),
    ):
        if np.isfinite(value):
            yield words.format(value)
    if cells.medians:
        yield "medians only"


def where(study: Record, level: str) -> str:
    """Say where a number may be found, or whom to ask: address, DOI, PMID, register number, authors."""
    doi = blank(study["doi"])
    source = study["source"]
    parts = [
        f"doi {doi}" if doi else "",
        f"PMID {blank(study['pmid'])}" if blank(study["pmid"]) else "",
        f"register {blank(study['registry'])}" if blank(study["registry"]) else "",
        "" if doi and doi in source else source,
        f"read so far: {level}",
    ]
    authors = blank(study["authors"]) or blank(study["first_author"])
    parts.append(f"authors {authors}" if authors else "authors not seen")
    return "; ".join(part for part in parts if part)

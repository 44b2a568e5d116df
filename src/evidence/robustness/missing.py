"""What a study that could not be used lacks, told from the cells of the tables, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from evidence.effects.effects import Effects
from evidence.effects.rows import Selection, codes_of
from evidence.review import Review
from evidence.robustness.missing_words import UNREAD, in_words, known_in_words, where
from evidence.robustness.people import People, people_of
from evidence.robustness.printed_cells import NOT_SIGNIFICANT, SEVERITY, Cells, PValue, arm_cells, p_of
from evidence.robustness.sources import Record, Sources
from evidence.tables.question import Question

# What no author can mend: the report is no study of needling, of other people, or withdrawn.
OF_NO_USE = {"not_a_study", "no_needling_arm", "not_known_to_be_needling", "retracted", "mixed_population"}
PRINTED, NOT_READ, NOT_KNOWN = "printed", "not read", "not known"
IN_DOUBT = {"inconsistent_numbers", "implausible_outcome"}


@dataclass(frozen=True, slots=True)
class Missing:
    """One row of a question that lacks a number.

    Attributes
    ----------
    study_id, label, arm_id : str
    codes : tuple of str
        What is missing: mean_before, sd_before, mean_after, sd_after, n (with _1 and _2 where two arms are
        compared), spread_kind, events, total, threshold, direction, contradiction, results.
    words : str
        The same in plain words.
    known : str
        What is printed.
    measured : str
        "printed" where something printed shows that the outcome was measured, "not read" where the results
        were not seen, "not known" where nothing tells whether it was measured.
    cells : tuple of Cells
        What is printed of the arm, or of both arms.
    people : tuple of People
        People of the arm, or of both arms.
    paired : bool
        Whether the arm is, or the arms are, sides of a face.
    direction : int
        1 if the first arm is said to be better, -1 if the second, 0 if neither.
    p : PValue or None
        Of the question's effect.
    where : str
        Where the number may be found, or whom to ask.
    """

    study_id: str
    label: str
    arm_id: str
    codes: tuple[str, ...]
    words: str
    known: str
    measured: str
    cells: tuple[Cells, ...]
    people: tuple[People, ...]
    paired: bool
    direction: int
    p: PValue | None
    where: str

    @property
    def n(self) -> float:
        """People it would add; NaN where their number is not known."""
        sizes = [each.n for each in self.people]
        return float(np.min(sizes)) if self.paired else float(np.sum(sizes))


def missing_numbers(
    review: Review, question: Question, effects: Effects, *, sources: Sources | None = None
) -> list[Missing]:
    """Return what each excluded row of a question lacks.

    Rows that no number can mend are left out: reviews, retracted reports, other populations, people who are
    counted in another row already, and rows that are complete but were left out by choice.

    Parameters
    ----------
    review : Review
    question : Question
    effects : Effects
        Of the question.
    sources : Sources, optional
        The tables by study, where they were arranged already.

    Returns
    -------
    list of Missing
        In the order of the excluded rows.

    Examples
    --------
    >>> import evidence as ev
    >>> review = ev.load()
    >>> rows = missing_numbers(review, review.question("Q1f.prp"), review.effects("Q1f.prp"))
    >>> rows[1].label, rows[1].codes, rows[1].words
    ('Ullah 2025', ('n_1', 'n_2'), 'number of people in both arms')
    """
    selection = Selection(review, question)
    counted = set(effects.included["overlap_group"]) - {""}
    return list(_rows(sources or Sources(review), selection, effects, counted))


def _rows(sources: Sources, selection: Selection, effects: Effects, counted: set[str]) -> Iterator[Missing]:
    for row in effects.excluded.to_dict("records"):
        study = sources.studies[row["study_id"]]
        if not _can_be_mended(study) or row["overlap_group"] in counted or np.isfinite(row["yi"]):
            continue
        found = _row(sources, selection, study, row["label"], row["arm_id"])
        if found.codes:
            yield found


def _can_be_mended(study: Record) -> bool:
    if study["retracted"] == "yes" or study["population"] != "facial_acne_scars":
        return False
    return not OF_NO_USE & set(codes_of(study["why_not"]))


def _row(sources: Sources, selection: Selection, study: Record, label: str, arm_id: str) -> Missing:
    question, study_id = selection.question, study["study_id"]
    arm_ids = arm_id.split(" v ")
    arms = sources.arms[study_id]
    cells = tuple(
        arm_cells(selection, sources.percents.get((study_id, each), []), study_id, each) for each in arm_ids
    )
    people = tuple(people_of(study, arms, each, known) for each, known in zip(arm_ids, cells, strict=True))
    paired = all(arms[each]["arm_kind"] == "side" for each in arm_ids)
    said, direction, p = _printed_test(sources, question, study_id, arm_ids)
    p = p or (cells[0].p if len(cells) == 1 else None)
    codes = _codes(question, study, cells, people)
    measured = PRINTED
    if not said and not any(each.measured for each in cells):
        other = any(selection.other_threshold(study_id, each) for each in arm_ids)
        codes = ("threshold",) if other else ("results",)
        measured = PRINTED if other else _unread(study, question)
    elif codes and said == "unclear":
        codes = (*codes, "direction")
    names = [sources.labels["treatment", arms[each]["treatment"]] for each in arm_ids]
    return Missing(
        study_id=study_id,
        label=label,
        arm_id=arm_id,
        codes=codes,
        words=in_words(codes, question, study, cells, names),
        known=known_in_words(cells, people, names, direction, p),
        measured=measured,
        cells=cells,
        people=people,
        paired=paired,
        direction=direction,
        p=p,
        where=where(study, sources.labels["source_level", study["source_level"]]),
    )


def _unread(study: Record, question: Question) -> str:
    """Tell results that must exist from those that may not: every trial scores scars, few count harms."""
    unread = set(UNREAD) & set(codes_of(study["why_not"]))
    return NOT_READ if unread and SEVERITY & set(question.outcomes) else NOT_KNOWN


def _codes(
    question: Question, study: Record, cells: tuple[Cells, ...], people: tuple[People, ...]
) -> tuple[str, ...]:
    """Return what the question's route still needs of a row; empty if the row is complete."""
    if question.kind == "proportion":
        found = list(_of_counts(cells[0], people[0]))
    elif question.kind == "change":
        found = list(_of_change(cells[0], people[0]))
    else:
        lacking = _of_counts if question.measure in {"OR", "RR", "RD"} else _of_final
        found = [
            code if code == "spread_kind" else f"{code}_{place}"
            for place, (known, size) in enumerate(zip(cells, people, strict=True), start=1)
            for code in lacking(known, size)
        ]
    if IN_DOUBT & set(codes_of(study["why_not"])):
        found.append("contradiction")
    return tuple(dict.fromkeys(found))


def _of_change(cells: Cells, people: People) -> Iterator[str]:
    if not np.isfinite(cells.difference):
        yield from _absent(mean_before=cells.mean_before, mean_after=cells.mean_after)
    if cells.unclear_spread:
        yield "spread_kind"
    yield from _absent(sd_before=cells.sd_before, sd_after=cells.sd_after)
    yield from _absent(n=_stated(people))


def _of_final(cells: Cells, people: People) -> Iterator[str]:
    yield from _absent(mean_after=cells.mean_after, sd_after=cells.sd_after)
    if cells.unclear_spread:
        yield "spread_kind"
    yield from _absent(n=_stated(people))


def _of_counts(cells: Cells, people: People) -> Iterator[str]:
    counted = cells.events if np.isfinite(cells.events) else cells.count
    yield from _absent(events=counted)
    total = cells.total if np.isfinite(cells.total) else np.nan
    if np.isfinite(counted) or not np.isfinite(_stated(people)):
        yield from _absent(total=total)


def _stated(people: People) -> float:
    return np.nan if people.basis else people.n


def _absent(**numbers: float) -> Iterator[str]:
    return (code for code, number in numbers.items() if not np.isfinite(number))


def _printed_test(
    sources: Sources, question: Question, study_id: str, arm_ids: list[str]
) -> tuple[str, int, PValue | None]:
    """Return what is printed of the question's effect: its direction in words and as a sign, its p value.

    Of tests of several outcomes, that of the outcome the question prefers.
    """
    kind = "between_arm" if len(arm_ids) > 1 else "within_arm"
    found = [
        row
        for row in sources.tests.get(study_id, [])
        if row["contrast_type"] == kind
        and row["outcome"] in question.outcomes
        and ({row["arm_id_1"], row["arm_id_2"]} - {"baseline"} == set(arm_ids))
    ]
    if not found:
        return "", 0, None
    row = min(found, key=lambda each: question.outcomes.index(each["outcome"]))
    sign = _sign(sources.arms[study_id], row["direction"], arm_ids)
    p = p_of(row["p_op"], row["p_num"])
    if sign == 0 and p is None and row["direction"].startswith("no "):
        p = PValue(">", NOT_SIGNIFICANT)
    # More of a harm is a ratio above one, and against the treatment.
    sign = -sign if question.outcomes[0].startswith("ae_") else sign
    return row["direction"], sign, p


def _sign(arms: Mapping[str, Record], direction: str, arm_ids: list[str]) -> int:
    if direction == "improved from baseline":
        return 1
    treatment = direction.removeprefix("favours ").split(" (")[0]
    sides = {arms[arm_id]["treatment"]: sign for arm_id, sign in zip(arm_ids, (1, -1), strict=False)}
    return sides.get(treatment, 0)

"""A difference between two versions in words, for the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from evidence.living.diff import Diff
from evidence.living.estimates import Estimate, Moved
from evidence.living.row_changes import ADDED, REMOVED, RowChange

MOST_ROWS = 12
_MARKS = {ADDED: "+", REMOVED: "-"}
_DIGITS = (2, 3, 4, 6, 9)
Pair = tuple[str, str]


def told_apart(before: float, after: float) -> Pair:
    """Return two numbers rounded, but not so far that different ones look the same.

    Examples
    --------
    >>> told_apart(0.4812, 0.6), told_apart(0.1233, 0.1234), told_apart(float("nan"), 1.0)
    (('0.48', '0.60'), ('0.1233', '0.1234'), ('none', '1.00'))
    """
    for digits in _DIGITS:
        one, two = _rounded(before, digits), _rounded(after, digits)
        if one != two or before == after or math.isnan(before):
            break
    return one, two


def _rounded(value: float, digits: int) -> str:
    return "none" if math.isnan(value) else f"{round(value, digits) + 0.0:.{digits}f}"


def numbers(moved: Moved) -> list[tuple[str, str, str]]:
    """Return the numbers of a question that moved: name, before, after.

    Where a question is new or gone, one side is blank; where no number moved there are none.
    """
    one, two = moved.before, moved.after
    if moved.in_words_only:
        return []
    rows = [("groups or studies", *_counts(one, two, "k")), ("people", *_counts(one, two, "people"))]
    rows.append((moved.measure, *_numbers(one, two, "estimate")))
    for name, low, high in (
        ("95 % interval", "ci_low", "ci_high"),
        ("prediction interval", "pi_low", "pi_high"),
    ):
        ends = zip(_numbers(one, two, low), _numbers(one, two, high), strict=True)
        before, after = (_range(*pair) for pair in ends)
        rows.append((name, before, after))
    rows.append(("tau2", *_numbers(one, two, "tau2")))
    return [row for row in rows if {row[1], row[2]} - {"", "none"}]


def _counts(one: Estimate | None, two: Estimate | None, name: str) -> Pair:
    before, after = ("" if each is None else str(getattr(each, name)) for each in (one, two))
    return before, after


def _numbers(one: Estimate | None, two: Estimate | None, name: str) -> Pair:
    values = [math.nan if each is None else getattr(each, name) for each in (one, two)]
    before, after = told_apart(*values)
    return ("" if one is None else before), ("" if two is None else after)


def _range(low: str, high: str) -> str:
    return low if low in {"", "none"} else f"{low} to {high}"


def headline(diff: Diff) -> str:
    """Return what was compared, in a sentence.

    A version is named with the last entry of its changelog.
    """
    old, new = (
        f"{name} (version {version})" if version else name
        for name, version in ((diff.old, diff.old_version), (diff.new, diff.new_version))
    )
    return f"{old} compared with {new}"


def gist(diff: Diff) -> list[str]:
    """Return how much differs, a sentence each."""
    if diff.empty:
        said = ["No row of the tables differs."]
    else:
        rows = "; ".join(f"{name}: {counts_in_words(diff, name)}" for name in diff.tables)
        said = [f"Rows: {rows}." if rows else "No row of the tables differs."]
        words = [moved.question_id for moved in diff.questions if moved.in_words_only]
        said.append(f"{len(diff.questions) - len(words)} of {diff.asked} answers moved.")
        if words:
            said.append(f"In words only, such as how many reports were found: {', '.join(words)}.")
        if len(diff.judgements):
            said.append(f"{len(diff.judgements)} certainty ratings or verdicts moved.")
    if diff.borrowed:
        files = ", ".join(f"{name}.csv" for name in diff.borrowed)
        said.append(f"Not there in {diff.old}, so taken as it is now: {files}.")
    return said


def counts_in_words(diff: Diff, table: str) -> str:
    """Return how many rows of a table differ, such as '2 added, 1 changed'."""
    return ", ".join(f"{count} {kind}" for kind, count in diff.counts(table).items())


def text(diff: Diff) -> str:
    """Return the difference as plain text."""
    lines = [f"{headline(diff)}.", *gist(diff)]
    for name in diff.tables:
        lines += ["", f"{name}.csv: {counts_in_words(diff, name)}"]
        rows = [change for change in diff.rows if change.table == name]
        lines += [line for change in rows[:MOST_ROWS] for line in _row(change)]
        if len(rows) > MOST_ROWS:
            lines.append(f"  ... and {len(rows) - MOST_ROWS} more rows")
    for moved in diff.questions:
        lines += ["", *_question(moved)]
    if len(diff.judgements):
        lines += ["", "Certainty and verdicts that moved:"]
        lines += [f"  {which}: {before} -> {after}" for which, before, after in judgement_rows(diff)]
    return "\n".join(lines)


def judgement_rows(diff: Diff) -> list[tuple[str, str, str]]:
    """Return each rating that moved: which, before, after."""
    return [
        (
            f"{row.kind} {row.id}",
            _judged(row.verdict_before, row.certainty_before),
            _judged(row.verdict_after, row.certainty_after),
        )
        for row in diff.judgements.itertuples()
    ]


def _judged(verdict: str, certainty: str) -> str:
    said = [str(verdict), f"certainty {str(certainty).replace('_', ' ')}" if certainty else ""]
    return ", ".join(filter(None, said)) or "none"


def _row(change: RowChange) -> Iterator[str]:
    said = f": {change.said}" if change.said else ""
    yield f"  {_MARKS.get(change.kind, '~')} {change.key}{said}"
    for cell in change.cells:
        yield f"      {cell.column}: {cell.before or '(blank)'} -> {cell.after or '(blank)'}"


def _question(moved: Moved) -> Iterator[str]:
    yield f"{moved.question_id} {moved.text}"
    for name, before, after in numbers(moved):
        yield f"  {name}: {before or 'not asked'} -> {after or 'not asked'}"
    for when, estimate in (("before", moved.before), ("after", moved.after)):
        yield f"  {when}: {estimate.finding if estimate else 'not asked'}"

"""`Diff`: what differs between two versions of the tables, and what that did to the answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from evidence.living.changelog import last_entry
from evidence.living.estimates import Moved, moved_answers, paired_answers
from evidence.living.judgements import COLUMNS, judgements, moved_judgements
from evidence.living.past import Version
from evidence.living.row_changes import RowChange, row_changes
from evidence.synthesis.result import plain


@dataclass(frozen=True, slots=True)
class Diff:
    """What differs between two versions.

    Attributes
    ----------
    old, new : str
        What the versions are called.
    old_version, new_version : str
        The last version in their changelogs; '' where there is none.
    borrowed : tuple of str
        Tables that the old version did not have; they were taken from the new one.
    rows : tuple of RowChange
    questions : tuple of Moved
        Questions whose answer moved.
    asked : int
        Number of questions that were compared.
    judgements : DataFrame
        Claims and questions whose verdict or certainty moved; see
        `evidence.living.judgements.moved_judgements`.
    """

    old: str
    new: str
    old_version: str
    new_version: str
    borrowed: tuple[str, ...]
    rows: tuple[RowChange, ...]
    questions: tuple[Moved, ...]
    asked: int
    judgements: pd.DataFrame

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.rows or self.questions or len(self.judgements))

    def counts(self, table: str) -> dict[str, int]:
        """Return how many rows of a table were added, removed and changed."""
        kinds = [change.kind for change in self.rows if change.table == table]
        return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables in which rows differ."""
        return tuple(dict.fromkeys(change.table for change in self.rows))

    def to_dict(self) -> dict[str, Any]:
        """Return everything in types that JSON can hold (NaN becomes None)."""
        questions = [
            {
                "question_id": moved.question_id,
                "question": moved.text,
                "measure": moved.measure,
                "before": plain(moved.before),
                "after": plain(moved.after),
            }
            for moved in self.questions
        ]
        return {
            "old": {"name": self.old, "version": self.old_version},
            "new": {"name": self.new, "version": self.new_version},
            "tables_taken_from_new": list(self.borrowed),
            "rows": [asdict(change) for change in self.rows],
            "questions_compared": self.asked,
            "questions_moved": questions,
            "judgements_moved": self.judgements.to_dict("records"),
        }


def compare(old: Version, new: Version) -> Diff:
    """Compare two versions of the tables and what follows from them.

    Parameters
    ----------
    old, new : Version

    Returns
    -------
    Diff
    """
    entries = [last_entry(each.review) for each in (old, new)]
    versions = ["" if entry is None else entry.version for entry in entries]
    changes = row_changes(old.review, new.review)
    before, after, doubtful = paired_answers(old.review, new.review)
    if not changes:
        moved, judged = (), moved_judgements(*[pd.DataFrame(columns=COLUMNS)] * 2)
    else:
        moved = tuple(moved_answers(before, after, doubtful))
        judged = moved_judgements(judgements(old.review, before), judgements(new.review, after))
    return Diff(
        old=old.name,
        new=new.name,
        old_version=versions[0],
        new_version=versions[1],
        borrowed=old.borrowed,
        rows=changes,
        questions=moved,
        asked=len(set(before) | set(after)),
        judgements=judged,
    )

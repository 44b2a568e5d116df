"""What the pages say, computed once: answers, verdicts, certainties and effects in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from evidence.certainty.grade import Certainty, grade
from evidence.certainty.verdict import verdicts
from evidence.certainty.verdict_result import Verdict, Verdicts
from evidence.effects.rows import blank
from evidence.errors import InputError
from evidence.publish.exchange.long_table import effects_long
from evidence.review import Review
from evidence.robustness.sensitivity import sensitivity
from evidence.synthesis.answer import Answer
from evidence.synthesis.answer import answers as answer_all
from evidence.synthesis.pool import Pooled
from evidence.tables.references import render


@dataclass(frozen=True, slots=True)
class Facts:
    """The review with its answers.

    Attributes
    ----------
    review : Review
    answers : mapping of str to Answer
        By question id, in the order of questions.csv.
    verdicts : Verdicts
    certainties : mapping of str to Certainty
        By question id.
    effects : DataFrame
        One row a question, study and arm, as `effects_long` gives it, with `weight` (per cent; blank where
        nothing was pooled).
    references : mapping of str to str
        Of every study and earlier review, in the Vancouver style.
    sensitivities : mapping of str to DataFrame
        Of every question with a pooled mean of two groups or more.
    """

    review: Review
    answers: Mapping[str, Answer]
    verdicts: Verdicts
    certainties: Mapping[str, Certainty]
    effects: pd.DataFrame
    references: Mapping[str, str]
    sensitivities: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def claims(self) -> list[Verdict]:
        """The verdicts on the claims, in order."""
        return list(self.verdicts.of("claim"))

    def label(self, vocabulary: str, code: object) -> str:
        """Return a code in words, the code itself where codes.csv does not have it, nothing for a gap."""
        if not blank(code):
            return ""
        try:
            return self.review.label(vocabulary, str(code))
        except InputError:
            return str(code)


def gather(
    review: Review,
    answers: Mapping[str, Answer] | None = None,
    judged: Verdicts | None = None,
    *,
    choices: bool = True,
) -> Facts:
    """Answer and judge everything that was not answered and judged before.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer, optional
    judged : Verdicts, optional
    choices : bool
        Whether to compute what other choices give, too, which takes longest.
    """
    answers = answer_all(review) if answers is None else answers
    long = effects_long(review, answers)
    long["weight"] = float("nan")
    for key, found in answers.items():
        if _pooled(found):
            mine = (long["question_id"] == key) & long["included"]
            long.loc[mine, "weight"] = found.result.weights
    keys = [*review.studies["study_id"], *review.reviews["review_id"]]
    references = (entry.partition(". ")[2] for entry in render(review, keys))
    return Facts(
        review,
        answers,
        verdicts(review, answers) if judged is None else judged,
        {key: grade(review, key, found=found) for key, found in answers.items()},
        long,
        dict(zip(keys, references, strict=True)),
        {key: sensitivity(review, key) for key, found in answers.items() if choices and _pooled(found)},
    )


def _pooled(found: Answer) -> bool:
    return isinstance(found.result, Pooled) and found.effects.k > 1

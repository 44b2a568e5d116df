"""Risk of bias: answers to signalling questions, from facts or persons, mapped to judgements by rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from evidence.certainty.rob_tools import NOTHING, OVERALL, Tools
from evidence.certainty.study_facts import StudyFacts
from evidence.effects.assemble import KINDS
from evidence.errors import InputError, OptionError
from evidence.review import Review, checked_review
from evidence.synthesis.answer import Answer, answer, checked_answer
from evidence.synthesis.pool import Pooled
from evidence.tables.records import by_key

AT_RISK = frozenset({"high", "serious", "critical", "no_information"})


@dataclass(frozen=True, slots=True)
class RiskOfBias:
    """Risk of bias of several studies.

    Attributes
    ----------
    answers : DataFrame
        One row a study and signalling question: study_id, label, tool, domain, signal, wording, answer
        (Y, PY, PN, N, NI), basis ("facts", "person" or "no information") and reason.
    judgements : DataFrame
        One row a study and domain, the domain "overall" last: study_id, label, tool, tool_label, domain,
        domain_label, in_start, judgement, judgement_label, basis and weight (percent in the meta-analysis;
        NaN where nothing was weighted). The basis is "no information" where an answer that nobody printed
        could make the judgement better.
    """

    answers: pd.DataFrame
    judgements: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row a study with its judgement in each domain, in words."""
        wide = self.judgements.pivot_table(
            index=["study_id", "label", "tool_label"],
            columns="domain",
            values="judgement_label",
            aggfunc="first",
            sort=False,
        )
        return wide.reset_index().rename_axis(columns=None)

    def to_dict(self) -> dict[str, Any]:
        """Return answers and judgements as lists of records, gaps as None."""
        return {
            name: frame.astype(object).where(frame.notna(), None).to_dict("records")
            for name, frame in (("answers", self.answers), ("judgements", self.judgements))
        }

    def at_risk(self, *, count_start: bool = True) -> tuple[float, float]:
        """Return the percent of weight at high risk of bias, and of that for want of information.

        Parameters
        ----------
        count_start : bool
            Whether domains that the start of the certainty rating allows for already are counted.

        Returns
        -------
        tuple of float
            Percent of weight in studies with a domain at high risk or without information, and the
            part of it in studies where nothing but want of information makes it so.

        Raises
        ------
        InputError
            If nothing was weighted.
        """
        rows = self.judgements.loc[self.judgements["domain"] != OVERALL]
        if not count_start:
            rows = rows.loc[rows["in_start"] == "no"]
        if rows["weight"].isna().any() or rows.empty:
            raise InputError("No weights here: ask for the risk of bias of a question, not of all studies.")
        risky = rows.loc[rows["judgement"].isin(AT_RISK)]
        known = set(risky.loc[risky["basis"] != NOTHING, "study_id"])
        weight = rows.groupby("study_id")["weight"].first()
        risky_ids = set(risky["study_id"])
        share = 100 / float(weight.sum())
        total = float(weight[weight.index.isin(risky_ids)].sum()) * share
        unknown = float(weight[weight.index.isin(risky_ids - known)].sum()) * share
        return total, unknown

    def _repr_html_(self) -> str:
        return self.summary().to_html(index=False, border=0, escape=True)


def risk_of_bias(
    review: Review, question_id: str | None = None, *, found: Answer | None = None
) -> RiskOfBias:
    """Judge the risk of bias of the studies that answer a question, or of all studies.

    Answers to signalling questions follow from recorded facts where they can (who was blinded, how many
    were analysed ...); a person's answer in risk_of_bias.csv overrules; all else is "no information". The
    rules from answers to judgements stand in rob_rules.csv; RoB 2 is that of Sterne et al. 2019
    (doi 10.1136/bmj.l4898), ROBINS-I that of Sterne et al. 2016 (doi 10.1136/bmj.i4919). Overall is the worst
    domain.

    Parameters
    ----------
    review : Review
    question_id : str, optional
        A question of kind "change", "contrast" or "proportion"; all eligible studies by default.
    found : Answer, optional
        Its answer, where it was computed already.

    Returns
    -------
    RiskOfBias

    Raises
    ------
    OptionError
        If the question does not exist or is not of one of these kinds.

    Examples
    --------
    >>> import evidence as ev
    >>> rob = ev.risk_of_bias(ev.load(), "Q1i.plasma")
    >>> rob.judgements.query("domain == 'overall'")[["study_id", "judgement"]].values.tolist()
    [['uj_mnrf_mprf60', 'high'], ['wang2018', 'high']]
    """
    checked_review(review)
    if question_id is None:
        return _judge(review, _all_studies(review), ())
    question = review.question(question_id)
    if question.kind not in KINDS:
        raise OptionError(f"{question_id} is a {question.kind}; risk of bias is for {', '.join(KINDS)}.")
    found = answer(review, question_id) if found is None else checked_answer(found)
    weights = weights_of(found)
    return _judge(
        review, [(key, question.kind, weight) for key, weight in weights.items()], question.outcomes
    )


def weights_of(found: Answer) -> dict[str, float]:
    """Return the weight of each study in an answer, percent: of the model, else by people."""
    rows = found.effects.included
    if isinstance(found.result, Pooled) and found.result.weights is not None:
        weights = np.asarray(found.result.weights, dtype=float)
    else:
        weights = rows["n"].fillna(1.0).to_numpy(dtype=float)
    total = pd.Series(weights, index=rows["study_id"]).groupby(level=0, sort=False).sum()
    return (100 * total / total.sum()).to_dict() if len(total) else {}


def _all_studies(review: Review) -> list[tuple[str, str, float]]:
    """Return eligible studies; those that compare treatments are judged as comparisons."""
    studies = review.studies
    eligible = (studies["retracted"] == "no") & (studies["population"] == "facial_acne_scars")
    eligible &= (studies["needling"] != "none") & (studies["why_not"] != "not_a_study")
    treatments = review.arms.groupby("study_id")["treatment"].nunique()
    single = {"single_arm", "retrospective"}
    found = []
    for row in studies.loc[eligible].itertuples():
        compares = treatments.get(row.study_id, 0) > 1 and row.design not in single
        found.append((row.study_id, "contrast" if compares else "change", np.nan))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A review compared by identity, since its tables cannot be hashed."""

    review: Review

    def __hash__(self) -> int:
        return id(self.review)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.review is self.review


@lru_cache(maxsize=2)
def _prepared(held: _Held) -> tuple[Tools, StudyFacts]:
    """Read the tools and the facts of a review once, however many questions are judged."""
    return Tools(held.review), StudyFacts(held.review)


def _judge(review: Review, studies: list[tuple[str, str, float]], outcomes: tuple[str, ...]) -> RiskOfBias:
    tools, facts = _prepared(_Held(review))
    known = by_key(review.studies, "study_id")
    answers: list[dict[str, Any]] = []
    judgements: list[dict[str, Any]] = []
    for study_id, kind, weight in studies:
        tool = tools.tool_for(kind, known[study_id]["design"])
        mine = list(tools.answers(known[study_id], tool, facts.of(study_id, outcomes)))
        answers += mine
        judgements += [row | {"weight": weight} for row in tools.judgements(mine)]
    return RiskOfBias(
        pd.DataFrame(answers, columns=_ANSWER_COLUMNS), pd.DataFrame(judgements, columns=_JUDGEMENT_COLUMNS)
    )


_STUDY = ["study_id", "label", "tool"]
_ANSWER_COLUMNS = [*_STUDY, "domain", "signal", "wording", "answer", "basis", "reason"]
_JUDGEMENT_COLUMNS = [*_STUDY, "tool_label", "domain", "domain_label", "in_start"]
_JUDGEMENT_COLUMNS += ["judgement", "judgement_label", "basis", "weight"]

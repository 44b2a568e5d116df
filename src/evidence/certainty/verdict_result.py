"""`Verdict` and `Verdicts`: what was judged, by which rule, and in which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from evidence.arguments import instance, nearest
from evidence.errors import OptionError


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict and everything it rests on.

    Attributes
    ----------
    kind : str
        "claim", "part" or "question".
    id, claim_id : str
    text : str
        The claim, part or question in words.
    verdict, verdict_label : str
    certainty, certainty_label : str
    rule_id, because : str
        The rule that fired, and the same in plain words.
    facts : dict of str to str
        What the rules looked at.
    estimate : str
        What was found.
    against : str
        The strongest evidence against it.
    wording : str
        The verdict in a sentence for readers.
    brief, brief_against : str
        What was found and what stands against it, without sources, for figures.
    """

    kind: str
    id: str
    claim_id: str
    text: str
    verdict: str
    verdict_label: str
    certainty: str
    certainty_label: str
    rule_id: str
    because: str
    facts: Mapping[str, str]
    estimate: str
    against: str
    wording: str
    brief: str
    brief_against: str

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as a dict."""
        return asdict(self)

    def summary(self) -> pd.DataFrame:
        """Return the verdict and what it rests on, one row an aspect."""
        rows = {
            "verdict": self.verdict_label,
            "certainty": self.certainty_label,
            "rule": f"{self.rule_id}: {self.because}",
            "what the rules looked at": "; ".join(f"{name} = {value}" for name, value in self.facts.items()),
            "what was found": self.estimate,
            "strongest evidence against it": self.against,
        }
        return pd.DataFrame({"aspect": list(rows), self.id: list(rows.values())})

    def __str__(self) -> str:
        return f"{self.id} {self.verdict_label}. {self.wording}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Every verdict of the review: claims, their parts, and questions.

    Attributes
    ----------
    all : tuple of Verdict
    """

    all: tuple[Verdict, ...]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.all)

    def __getitem__(self, key: str) -> Verdict:
        """Return the verdict on a claim, a part or a question by its id.

        Raises
        ------
        OptionError
            If there is none; the nearest id is named.
        """
        by_id = {verdict.id: verdict for verdict in self.all}
        if key not in by_id:
            raise OptionError(f"There is no verdict on {key!r}.{nearest(key, by_id)}")
        return by_id[key]

    def of(self, kind: str) -> tuple[Verdict, ...]:
        """Return the verdicts on all claims, parts or questions ("claim", "part", "question")."""
        return tuple(verdict for verdict in self.all if verdict.kind == kind)

    def summary(self) -> pd.DataFrame:
        """Return one row a verdict, without the facts."""
        rows = [verdict.to_dict() for verdict in self.all]
        return pd.DataFrame(rows).drop(columns="facts")

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the verdicts as a list of dicts."""
        return [verdict.to_dict() for verdict in self.all]

    def _repr_html_(self) -> str:
        return self.summary().to_html(index=False, border=0, escape=True)


def checked_verdicts(value: object) -> Verdicts:
    """Return `value` if it holds verdicts.

    Raises
    ------
    InputError
        Naming what it is instead.
    """
    return instance("verdicts", value, Verdicts, "verdicts, as evidence.verdicts(review) returns them")

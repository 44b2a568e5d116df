"""The network of treatments: every comparison on one scale, pooled through the trials that connect them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.effects.network_rows import ROUTES, UNTREATED, network_rows
from evidence.errors import OptionError
from evidence.review import Review, checked_review
from evidence.synthesis.component_result import Components
from evidence.synthesis.components import components
from evidence.synthesis.network import network
from evidence.synthesis.network_result import Network

QUESTION = "Q1n"
EXPLORATORY = (
    "Exploratory: nearly every comparison rests on one study, routes to the common scale differ, and no trial"
    " was planned for a network."
)


@dataclass(frozen=True, slots=True)
class NetworkAnswer:
    """What a network of treatments says.

    Attributes
    ----------
    rows : DataFrame
        Every comparison of two arms that was found, entered or with its reason.
    contrasts : DataFrame
        The contrast rows that entered: study, t1, t2, te, se, n1, n2, route. Positive favours t1.
    network : Network
    components : Components
        The additive model, with no treatment as the inactive component where a trial has it.
    """

    rows: pd.DataFrame
    contrasts: pd.DataFrame
    network: Network
    components: Components

    @property
    def found(self) -> int:
        """Studies with two arms or more."""
        return int(self.rows["study_id"].nunique())

    @property
    def entered(self) -> int:
        """Studies in the network."""
        return int(self.contrasts["study"].nunique())

    def routes(self) -> pd.DataFrame:
        """Return how many comparisons entered by which route."""
        counts = self.rows.loc[self.rows["included"], "route"].value_counts()
        table = counts.reindex(ROUTES, fill_value=0).rename_axis("route").rename("comparisons")
        return table.reset_index()

    def left_out(self) -> pd.DataFrame:
        """Return the comparisons that could not enter: label, t1, t2, direction, reason."""
        rows = self.rows.loc[~self.rows["included"]]
        return rows[["label", "t1", "t2", "direction", "reason"]].reset_index(drop=True)

    def finding(self) -> str:
        """Return what entered, and how far it holds together, in a sentence."""
        parts = self.network.subnetworks
        largest = max(len(part) for part in parts)
        return (
            f"{self.entered} of {self.found} controlled studies entered, with {len(self.contrasts)}"
            f" comparisons of {len(self.network.treatments)} treatments; the network falls into {len(parts)}"
            f" {'part' if len(parts) == 1 else 'parts'}, the largest of {largest} treatments. {EXPLORATORY}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fits as dicts, and what entered."""
        return {
            "network": self.network.to_dict(),
            "components": self.components.to_dict(),
            "entered": self.contrasts.to_dict("records"),
        }


def network_answer(
    review: Review, question_id: str = QUESTION, *, r: float = 0.5, without_routes: Sequence[str] = ()
) -> NetworkAnswer:
    """Answer a question by a network of treatments.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "network".
    r : float
        Correlation of the two sides of a face.
    without_routes : sequence of str
        Routes to the common scale that are not taken.

    Returns
    -------
    NetworkAnswer

    Raises
    ------
    OptionError
        If the question is no network, or a route does not exist.
    """
    checked_review(review)
    question = review.question(question_id)
    if question.kind != "network":
        raise OptionError(f"{question_id} is a {question.kind}, not a network.")
    rows = network_rows(review, question, r=r, without_routes=without_routes)
    table = contrast_table(rows)
    inactive = UNTREATED if UNTREATED in set(table["t1"]) | set(table["t2"]) else None
    return NetworkAnswer(
        rows,
        table,
        network(table, measure="SMD", small_values="undesirable"),
        components(table, measure="SMD", inactive=inactive, small_values="undesirable"),
    )


def contrast_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Turn comparisons of arms into the contrast rows of a network.

    A study of two arms is one row. In a study of more, the arms that were compared with the arm of most
    comparisons take their estimates from these; the error of each arm is that of its people (1/n, and a share
    of the error of the estimate), so that all contrasts of the study agree with each other.

    Parameters
    ----------
    rows : DataFrame
        As `evidence.effects.network_rows.network_rows` returns them.

    Returns
    -------
    DataFrame
        study, t1, t2, te, se, n1, n2, route.
    """
    found: list[dict[str, Any]] = []
    for label, group in rows.loc[rows["included"]].groupby("study_id"):
        if len(group) == 1:
            row = group.iloc[0]
            found.append(_contrast(label, row["t1"], row["t2"], row["yi"], row["vi"] ** 0.5, row))
        else:
            found += _of_several_arms(str(label), group)
    return pd.DataFrame(found, columns=["study", "t1", "t2", "te", "se", "n1", "n2", "route"])


def _contrast(study: str, t1: str, t2: str, te: float, se: float, row: Any) -> dict[str, Any]:
    people = {"n1": row["n1"], "n2": row["n2"]}
    return {"study": study, "t1": t1, "t2": t2, "te": te, "se": se, **people, "route": row["route"]}


def _of_several_arms(study: str, group: pd.DataFrame) -> list[dict[str, Any]]:
    hub = pd.concat([group["t1"], group["t2"]]).value_counts().sort_index().idxmax()
    estimate, people = {hub: 0.0}, {}
    for row in group.to_dict("records"):
        people |= {row["t1"]: row["n1"], row["t2"]: row["n2"]}
        if row["t2"] == hub:
            estimate[row["t1"]] = row["yi"]
        elif row["t1"] == hub:
            estimate[row["t2"]] = -row["yi"]
    names = sorted(estimate)
    largest = max(abs(estimate[a] - estimate[b]) for a in names for b in names)
    share = largest**2 / (4 * sum(people[name] for name in names))
    route = group["route"].iloc[0]
    made = []
    for place, first in enumerate(names):
        for second in names[place + 1 :]:
            variance = 1 / people[first] + 1 / people[second] + 2 * share
            row = {"n1": people[first], "n2": people[second], "route": route}
            te = estimate[first] - estimate[second]
            made.append(_contrast(study, first, second, te, float(np.sqrt(variance)), row))
    return made


def by_route(review: Review, question_id: str = QUESTION) -> pd.DataFrame:
    """Fit the additive components again without each route to the common scale.

    Returns
    -------
    DataFrame
        choice, studies, and for each component its estimate and interval as text; '' where it has none.
    """
    checked_review(review)
    whole = network_answer(review, question_id)
    choices: list[tuple[str, tuple[str, ...]]] = [("all routes", ())]
    used = set(whole.rows.loc[whole.rows["included"], "route"])
    choices += [(f"without {route}", (route,)) for route in ROUTES if route in used]
    rows = []
    for name, without in choices:
        found = network_answer(review, question_id, without_routes=without)
        rows.append({"choice": name, "studies": found.entered} | component_words(found.components))
    return pd.DataFrame(rows).fillna("")


def component_words(fitted: Components) -> dict[str, str]:
    """Return each component's estimate with its interval, as text."""
    table = fitted.summary().set_index("component")
    return {
        str(name): f"{row['te']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})"
        for name, row in table.iterrows()
        if np.isfinite(row["te"])
    }

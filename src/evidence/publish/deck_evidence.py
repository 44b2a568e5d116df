"""What a claim's slide shows, chosen by rule, with its method, its limits and its sources in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from evidence.certainty.weigh import bearing, direction_rows
from evidence.figures.catalogue import answer_forest, what_was_found
from evidence.figures.cost import cost_ranges
from evidence.figures.effect_direction import effect_direction
from evidence.figures.figure import EvidenceFigure
from evidence.figures.slides import pages as turn
from evidence.figures.style import framed
from evidence.figures.time_course import time_course as draw_course
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.cost import total_cost
from evidence.synthesis.time_course import growth, time_course
from evidence.tables.fields import listed
from evidence.tables.found import found

# One study makes no forest.
_FOREST = 2
_DIRECTIONS = (
    "Effect-direction plot (Boon and Thomson 2021, Research Synthesis Methods 12:29-33): each source counts"
    " once a part of the claim, by the direction of what it measured; nothing is pooled."
)
_COURSE = (
    "Change from baseline at each visit with its 95 % interval, each group on the first scale it prints."
)
_SOURCES = "Sources are counted once a part of the claim and side; nothing is pooled."


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is shown of a claim.

    Attributes
    ----------
    shown : str
        What it is, in words.
    draw : callable or None
        Draws the figure, one picture a slide; None where only sources can be counted.
    table : DataFrame or None
        The counted sources, where there is no figure.
    methods, limits : tuple of str
        Sentences.
    keys : tuple of str
        Studies, reviews and pages that are shown.
    one_sided : bool
        Whether it cannot show what stands against the claim elsewhere.
    """

    shown: str
    draw: Callable[[], list[EvidenceFigure]] | None
    table: pd.DataFrame | None
    methods: tuple[str, ...]
    limits: tuple[str, ...]
    keys: tuple[str, ...]
    one_sided: bool = False

    @property
    def figure(self) -> EvidenceFigure | None:
        """Return the figure's first picture on a slide of its own."""
        return None if self.draw is None else self.draw()[0]

    def pictures(self, width: float, height: float) -> list[EvidenceFigure]:
        """Draw the figure for a frame on slides, inches: as many pictures as keep the type of a slide."""
        if self.draw is None:
            return []
        with framed(width, height):
            return self.draw()


def evidence(review: Review, claim_id: str, answers: Mapping[str, Answer]) -> Evidence:
    """Choose what a slide shows of a claim.

    The forest plot of its main question comes first: of the questions that its parts name, the pooled one
    with the most studies, core parts before further words. Without one, a claim on time shows its courses and
    one on cost its prices; any other what was measured, by direction, or the sources behind it.

    Parameters
    ----------
    review : Review
    claim_id : str
    answers : mapping of str to Answer

    Returns
    -------
    Evidence
    """
    main = main_question(review, claim_id, answers)
    if main is not None:
        return _forest(main)
    kind = review.claims.set_index("claim_id")["kind"][claim_id]
    if kind == "cost":
        return _cost(review)
    if kind == "time_course" and len(time_course(review)):
        return _course(review)
    rows = direction_rows(review, claim_id, answers)
    return _directions(rows) if len(rows) else _sources(review, claim_id, answers)


def main_question(review: Review, claim_id: str, answers: Mapping[str, Answer]) -> Answer | None:
    """Return the answer whose forest plot stands for a claim, None where there is none."""
    parts = review.claim_parts.loc[review.claim_parts["claim_id"] == claim_id]
    for role in ("core", "word"):
        named = [key for text in parts.loc[parts["role"] == role, "questions"] for key in listed(text)]
        enough = [answers[key] for key in named if answers[key].effects.k >= _FOREST]
        if enough:
            return max(enough, key=lambda each: (each.result is not None, each.effects.k))
    return None


def _forest(main: Answer) -> Evidence:
    draw = partial(turn, answer_forest, main, title="", subtitle="")
    pooled = main.result is not None
    methods = (main.result.method_text(),) if pooled else ("The studies are shown, not pooled.",)
    limits = [f"{what_was_found(main)}.", *(main.result.notes if hasattr(main.result, "notes") else ())]
    if main.question.kind == "change":
        limits.append("Before and after in one group cannot tell the treatment from time and expectation.")
    if main.question.kind == "proportion":
        limits.append("A share in one group has nothing to be compared with.")
    keys = tuple(dict.fromkeys(main.effects.included["study_id"]))
    return Evidence(main.question.text, draw, None, methods, tuple(limits), keys, one_sided=True)


def _cost(review: Review) -> Evidence:
    cost = total_cost(review)
    draw = partial(turn, cost_ranges, cost.prices, None, title="")
    pages = tuple(dict.fromkeys(review.prices["source_label"]))
    median = f"A simulated whole treatment: median {cost.quantiles[0.5]:,.0f} US dollars."
    limits = ("Prices as pages print them; no page says how they were gathered.",)
    return Evidence("prices of a session as printed", draw, None, (cost.method_text(), median), limits, pages)


def _course(review: Review) -> Evidence:
    rows = time_course(review)
    first = rows.drop_duplicates(["study_id", "arm_id"])[["study_id", "arm_id", "scale"]]
    rows = rows.merge(first, on=["study_id", "arm_id", "scale"])
    rows["arm"] = [review.label("treatment", code) for code in rows["treatment"]]
    scales = [part for _, part in rows.groupby("scale", sort=False)]
    later = growth(review)
    still = int((later["low"] > 0).sum())
    grown = f"In {still} of {len(later)} courses the interval of the growth after treatment is above 0."
    limits = (f"{rows['study_id'].nunique()} studies saw their groups more than once after treatment.",)
    keys = tuple(dict.fromkeys(rows["study_id"]))
    draw = partial(_course_of_each, scales)
    return Evidence("change from baseline at each visit", draw, None, (_COURSE, grown), limits, keys)


def _course_of_each(scales: list[pd.DataFrame]) -> list[EvidenceFigure]:
    """Draw each scale on a slide of its own."""
    return [draw_course(rows, title="", preset="slide") for rows in scales]


def _directions(rows: pd.DataFrame) -> Evidence:
    draw = partial(turn, effect_direction, rows, title="")
    tested = int(rows["tested"].sum())
    limits = [f"{tested} of {len(rows)} findings were tested; directions say nothing of the size."]
    notes = rows.loc[rows["note"] != ""]
    limits += [f"{row.label}: {row.note}." for row in notes.itertuples()]
    keys = tuple(dict.fromkeys(rows["study"]))
    return Evidence("direction of what was measured", draw, None, (_DIRECTIONS,), tuple(limits), keys)


def _sources(review: Review, claim_id: str, answers: Mapping[str, Answer]) -> Evidence:
    rows = bearing(review, claim_id, answers)
    parts = review.claim_parts.loc[review.claim_parts["claim_id"] == claim_id, "part"]
    counts = pd.DataFrame({"part": parts.to_numpy()})
    for side in ("for", "against"):
        sources = rows.loc[rows["side"] == side].groupby("part")["source"].nunique()
        counts[side] = counts["part"].map(sources).fillna(0).astype(int)
    kinds = found(review).query("claim_id == @claim_id and count > 0")
    behind = ", ".join(f"{row.column.lower()} {row.count}" for row in kinds[["column", "count"]].itertuples())
    limits = ("Nothing was measured for or against it.", f"Sources that speak of it: {behind}.")
    keys = tuple(dict.fromkeys(rows["source"]))
    return Evidence("who says so, by part", None, counts, (_SOURCES,), limits, keys)

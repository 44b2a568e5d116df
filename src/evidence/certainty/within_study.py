"""Comparisons within studies that bear on a claim: types of scar, visits, sessions, and price pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from evidence.certainty.item import NEITHER, Item
from evidence.certainty.reading import AGAINST, FOR
from evidence.review import Review
from evidence.synthesis.cost import price_ranges
from evidence.synthesis.scar_types import DEPRESSED, compared_types
from evidence.synthesis.sessions import sessions_slope
from evidence.synthesis.time_course import growth
from evidence.tables.found import KINDS, UNCONTROLLED

ARTICLE_TREATMENT = "mn"
HALF_AS_MUCH = 0.5


def _depressed_types(review: Review) -> Iterator[Item]:
    for row in compared_types(review).itertuples():
        if row.best in DEPRESSED and row.least not in DEPRESSED:
            brief = f"{row.best} {row.best_value:g} against {row.least} {row.least_value:g} ({row.measure})"
            words = f"{row.label}: {brief}"
            yield Item(row.study_id, FOR, False, True, UNCONTROLLED, 1, row.n, words, brief)


def _least_type(review: Review) -> Iterator[Item]:
    for row in compared_types(review).itertuples():
        side = AGAINST if row.share < HALF_AS_MUCH else FOR
        brief = f"{row.least} {row.least_value:g} against {row.best} {row.best_value:g} ({row.measure})"
        yield Item(row.study_id, side, False, True, UNCONTROLLED, 1, row.n, f"{row.label}: {brief}", brief)


def _time_course(review: Review) -> Iterator[Item]:
    rows = growth(review)
    for row in rows.loc[rows["treatment"] == ARTICLE_TREATMENT].drop_duplicates("study_id").itertuples():
        tested = row.low > 0 or row.high < 0
        brief = (
            f"a further {row.growth:.2f} points ({row.low:.2f} to {row.high:.2f}) on the {row.scale} score"
        )
        words = f"{row.label}: from {row.first} to {row.last} {brief}; correlation of one half assumed"
        side = FOR if row.growth > 0 else AGAINST
        yield Item(row.study_id, side, tested, True, UNCONTROLLED, 1, row.n, words, brief)


def _sessions_slope(review: Review) -> Iterator[Item]:
    fit = sessions_slope(review)
    if fit is None:
        return
    slope, low, high = (float(np.asarray(each)[1]) for each in (fit.beta, fit.ci_low, fit.ci_high))
    tested = low > 0 or high < 0
    brief = f"{slope:.2f} SDs of change a session more ({low:.2f} to {high:.2f}), {fit.k} groups"
    words = f"Meta-regression of the change on the number of sessions, exploratory: {brief}"
    side = FOR if slope > 0 else AGAINST
    yield Item("meta-regression on sessions", side, tested, True, UNCONTROLLED, fit.k, np.nan, words, brief)


def _price_pages(review: Review) -> Iterator[Item]:
    """Yield what pages print of prices: no measurement, and on neither side of a test."""
    prices = price_ranges(review)
    low, high = prices["low"].min(), prices["high"].max()
    brief = f"{len(prices)} price pages print {low:.0f} to {high:.0f} US dollars a session"
    yield Item("price pages", NEITHER, False, False, KINDS[-1], len(prices), np.nan, brief, brief)


ANALYSES: Mapping[str, Callable[[Review], Iterator[Item]]] = {
    "depressed_types": _depressed_types,
    "least_type": _least_type,
    "time_course": _time_course,
    "sessions_slope": _sessions_slope,
    "price_pages": _price_pages,
}

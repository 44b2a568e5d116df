"""All tests of small-study effects in one table, each with why it suits the measure or does not."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import InputError, SmallStudyWarning
from evidence.robustness.asymmetry import AsymmetryTest
from evidence.robustness.begg import RankTest, begg
from evidence.robustness.count_models import COUNTS
from evidence.robustness.count_tests import deeks, harbord, peters, thompson
from evidence.robustness.egger import STANDARDISED, asymmetry, predictor_of
from evidence.robustness.small_study_input import Given, given
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result

_TWO_COUNTS = ("OR", "RR", "RD", "PETO", "AS", "OR2DN", "OR2DL")
_PROPORTIONS = ("logit", "arcsine")

_SUITS = "suits"
_CARE = "with care"
_NOT = "does not suit"

# What speaks for or against a test of a kind of measure: (suits, why).
_EGGER = {
    "difference": (_SUITS, "estimates and standard errors are independent (Cochrane Handbook 13.3.5.4)"),
    "standardised": (
        _NOT,
        "the standard error holds the estimate, so that it finds asymmetry where there is none (Zwetsloot et"
        " al. 2017, eLife 6:e24260; Pustejovsky and Rodgers 2019)",
    ),
    "counts": (
        _NOT,
        "estimate and standard error come from the same counts, so that it finds asymmetry where there is"
        " none (Sterne et al. 2011, BMJ 343:d4002)",
    ),
    "proportion": (
        _NOT,
        "the standard error of a proportion is set by the proportion itself (Hunter et al. 2014)",
    ),
    "other": (_CARE, "suits only if the standard error does not depend on the estimate"),
}
_MIXED = " and lets the studies differ; meant for heterogeneous studies"
_TWO_GROUPS = ("SMD", "SMDH", "SMD1")
_GROUPS = "the size of the groups does not depend on the estimate (Pustejovsky and Rodgers 2019)"
_PEOPLE = "the number of people does not depend on the estimate; for one group or two sides of one face"
_SHARES = "no test is established for proportions; size suits better than standard error"
_COUNT_TESTS: dict[str, tuple[Callable[..., AsymmetryTest], str, str]] = {
    "Harbord": (
        harbord,
        _SUITS,
        "keeps its level for odds ratios without much heterogeneity (Sterne et al. 2011)",
    ),
    "Peters": (
        peters,
        _SUITS,
        "keeps its level for odds ratios without much heterogeneity (Sterne et al. 2011)",
    ),
    "arcsine-Thompson": (
        thompson,
        _SUITS,
        "keeps its level for counts with heterogeneity (tau2 above 0.1: Sterne et al. 2011)",
    ),
    "Deeks": (deeks, _NOT, "made for diagnostic odds ratios; here for comparison"),
}
_BEGG = "has little power (Sterne et al. 2011)"


@dataclass(frozen=True, slots=True, eq=False)
class SmallStudy(Result):
    """Result of `small_study`.

    Attributes
    ----------
    table : DataFrame
        One row a test: test, suits ("suits", "with care", "does not suit"), why, statistic, df, p, limit,
        limit_low, limit_high (estimate at infinite size), note. A test that cannot be had has no numbers and
        says why in its note.
    tests : dict
        Result of each test that was run, by the name in the table.
    k : int
    measure : str
    level : float
        Of the intervals.
    forced : bool
        True if fewer than ten studies were forced through.
    notes : tuple of str
    """

    table: pd.DataFrame
    tests: dict[str, AsymmetryTest | RankTest] = field(repr=False)
    k: int
    measure: str
    level: float
    forced: bool
    notes: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()

    def method_text(self) -> str:
        """Return the sentence a methods section needs: the tests that suit, none picked by its result."""
        by_fit = {fit: self.table.loc[self.table["suits"] == fit] for fit in (_SUITS, _CARE)}
        named = [table.loc[table["p"].notna(), "test"].tolist() for table in by_fit.values()]
        fit = named[0] or named[1]
        why = (
            "none suits"
            if all(table.empty for table in by_fit.values())
            else "those that suit could not be run"
        )
        chosen = f"by {', '.join(fit)}" if fit else f"by no test, for {why}"
        said = f"Small-study effects in {self.k} studies ({self.measure}) were judged {chosen}"
        return " ".join([f"{said}.", *(f"{note[0].upper()}{note[1:]}." for note in self.notes)])


def small_study(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    level: float = 0.95,
    force: bool = False,
) -> SmallStudy:
    """Run every test of small-study effects that the data allow, and say which of them suit the measure.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        Rows with `included` False are left out. Tests by group size need columns n1i and n2i (or n_1, n_2, or
        total_1, total_2) or n; tests of counts need events_1, total_1, events_2 and total_2.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    level : float
        Of the intervals.
    force : bool
        Test fewer than ten studies (three at the least) all the same; warns and marks the result.

    Returns
    -------
    SmallStudy

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies (Sterne et al. 2011, BMJ 343:d4002).

    Warns
    -----
    SmallStudyWarning
        With fewer than ten studies, if forced.

    Notes
    -----
    Asymmetry is not publication bias: small studies may differ in people, treatment or conduct. The test is
    to be chosen beforehand, by the measure. Hunter et al. 2014 is J Clin Epidemiol 67:897.

    Examples
    --------
    >>> yi = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
    >>> vi = [0.01, 0.01, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]
    >>> found = small_study(yi=yi, vi=vi)
    >>> found.table[["test", "suits"]].to_string(index=False, header=False).splitlines()[0].split()
    ['Egger', 'with', 'care']
    """
    level = checked_level(level)
    read = given("small_study", effects, yi, vi, force=force)
    effects = effects.effects if isinstance(effects, Pooled) else effects
    effects = Effects(effects) if isinstance(effects, pd.DataFrame) else effects
    rows, tests = [], {}
    for name, suits, why, run in _plans(read, effects, level):
        row, test = _run(name, suits, why, run)
        rows.append(row)
        if test is not None:
            tests[name] = test
    return SmallStudy(
        table=pd.DataFrame(rows),
        tests=tests,
        k=read.k,
        measure=read.studies.measure,
        level=level,
        forced=read.forced,
        notes=read.notes,
    )


def _kind(read: Given) -> str:
    measure = read.studies.measure
    if measure in STANDARDISED:
        return "standardised"
    if measure in _TWO_COUNTS:
        return "counts"
    if read.studies.scale in _PROPORTIONS:
        return "proportion"
    return "difference" if measure in ("MD", "MC") else "other"


Plan = tuple[str, str, str, Callable[[], AsymmetryTest | RankTest]]


def _plans(read: Given, effects: Effects | None, level: float) -> Iterator[Plan]:
    """Yield name, fit, reason and call of every test that the data may allow."""
    kind = _kind(read)
    suits, why = _EGGER[kind]
    yield "Egger", suits, why, lambda: _egger(read, "sei", level)
    yield "Egger, random effects", suits, why + _MIXED, lambda: _egger(read, "sei", level, model="mixed")
    if kind == "standardised" and read.studies.measure in _TWO_GROUPS:
        yield "Egger on group sizes", _SUITS, _GROUPS, lambda: _egger(read, "pustejovsky", level)
    if kind == "standardised":
        yield "Egger on 1/sqrt(N)", _CARE, _PEOPLE, lambda: _egger(read, "sqrtninv", level)
    if kind == "proportion":
        yield "Egger on 1/N", _CARE, _SHARES, lambda: _egger(read, "ninv", level)
    if effects is not None and set(COUNTS.values()) <= set(effects.included.columns):
        yield from _count_plans(kind, effects, level, read)
    yield "Begg", _NOT, _BEGG, lambda: _quiet(begg, yi=read.y, vi=read.v, force=True)


def _count_plans(kind: str, effects: Effects, level: float, read: Given) -> Iterator[Plan]:
    ratio = read.studies.measure in ("OR", "PETO")
    for name, (test, suits, why) in _COUNT_TESTS.items():
        if kind == "counts" and suits == _SUITS and not ratio:
            fit, reason = _CARE, f"tests the counts as such, not the {read.studies.measure}; {why}"
        else:
            fit, reason = (suits, why) if kind == "counts" else (_CARE, f"tests the counts alone; {why}")
        yield name, fit, reason, partial(_quiet, test, effects, level=level, force=read.forced)


def _quiet(test: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Run a test without the warning that the table has given already."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallStudyWarning)
        return test(*args, **options)


def _egger(read: Given, predictor: str, level: float, *, model: str = "lm") -> AsymmetryTest:
    x = predictor_of("egger", read.studies, predictor)
    what = "Regression test of funnel plot asymmetry (Egger et al. 1997)"
    plain = replace(read, notes=())
    return asymmetry("egger", plain, x, predictor=predictor, model=model, level=level, what=what)


def _run(
    name: str, suits: str, why: str, run: Callable[[], AsymmetryTest | RankTest]
) -> tuple[dict[str, Any], AsymmetryTest | RankTest | None]:
    nan = math.nan
    row: dict[str, Any] = {"test": name, "suits": suits, "why": why}
    row |= dict.fromkeys(("statistic", "df", "p", "limit", "limit_low", "limit_high"), nan) | {"note": ""}
    try:
        test = run()
    except InputError as error:
        return row | {"note": f"not run: {error}"}, None
    row |= {"statistic": test.statistic, "p": test.p, "note": "; ".join(test.notes)}
    if isinstance(test, AsymmetryTest):
        low, high = test.limit_ci
        row |= {"df": test.df, "limit": test.limit, "limit_low": low, "limit_high": high}
    return row, test

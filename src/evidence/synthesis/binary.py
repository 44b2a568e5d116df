"""Common-effect pooling of two-group counts: Mantel-Haenszel and Peto."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from evidence.arguments import FloatArray, not_negative, option
from evidence.arguments import level as checked_level
from evidence.effects.binary import corrected
from evidence.effects.measures import escalc
from evidence.errors import InputError
from evidence.synthesis.counts import NAMES, CountPooled, Tables, q_test, refuse_empty, two_groups, wald

MOST_ADDED = 1e3  # to a cell; beyond, nothing is left of the counts, and below its inverse of the correction


def mantel_haenszel(
    *,
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    measure: str = "OR",
    correct: float = 0.0,
    level: float = 0.95,
) -> CountPooled:
    """Pool two-by-two tables by Mantel and Haenszel's weights (common effect).

    Parameters
    ----------
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and people of the first and of the second group.
    measure : {"OR", "RR", "RD"}
    correct : float
        Added to every cell of studies with a zero cell; nothing by default, for the method needs nothing.
    level : float

    Returns
    -------
    CountPooled
        Ratios on the log scale. For the odds ratio `association` holds the Cochran-Mantel-Haenszel test
        without ("cmh") and with ("cmh_corrected") the correction for continuity.

    Raises
    ------
    InputError
        If counts are impossible, or no study has events (or all have only events), or one group has no event
        in any study, which leaves a ratio without a finite estimate.
    TooFewStudiesError
        If there are fewer than two studies.

    Notes
    -----
    Variances: log OR, Robins, Breslow and Greenland 1986; log RR, Greenland and Robins 1985; RD, Sato,
    Greenland and Robins 1989. Q compares the studies' own estimates with the pooled one; there, and only
    there, 0.5 is added to tables with a zero cell, and studies with no events or only events in both groups
    are left out. Cochrane Handbook 10.4.1.

    Examples
    --------
    >>> result = mantel_haenszel(ai=[1, 0, 3], n1i=[50, 40, 60], ci=[4, 2, 5], n2i=[50, 42, 58])
    >>> round(result.estimate, 3), round(result.se, 3)
    (-1.085, 0.601)
    """
    option("measure", measure, NAMES)
    checked_level(level)
    correct = not_negative("correct", correct)
    if correct and not 1 / MOST_ADDED <= correct <= MOST_ADDED:
        raise InputError(f"correct={correct!r} must be 0, or from {1 / MOST_ADDED:g} to {MOST_ADDED:g}.")
    given = two_groups(ai, n1i, ci, n2i, least=2)
    refuse_empty(given, "mantel_haenszel")
    tables = Tables(**corrected(given.columns, correct, "only0"))
    estimate, variance, weights = _MH_KERNELS[measure](tables)
    q, df = _q(given, estimate, measure)
    return CountPooled(
        measure=measure,
        method="MH",
        model="common effect",
        **wald(estimate, float(np.sqrt(variance)), test="z", df=np.inf, level=level),
        **q_test(q, df),
        q_name="Q of the studies' estimates",
        k=given.k,
        k_used=int(np.count_nonzero(weights > 0)) if measure == "RD" else _informative(given, measure),
        level=level,
        test="z",
        weights=100 * weights / weights.sum(),
        association=_cmh(tables) if measure == "OR" else None,
        text=_mh_text(measure, correct, level),
        notes=_mh_notes(given, measure, correct),
    )


def peto(*, ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike, level: float = 0.95) -> CountPooled:
    """Pool odds ratios by Peto's one-step method (common effect).

    Parameters
    ----------
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and people of the first and of the second group.
    level : float

    Returns
    -------
    CountPooled
        On the log odds ratio scale.

    Raises
    ------
    InputError
        If counts are impossible, or all studies have no events, or only events, in both groups.
    TooFewStudiesError
        If there are fewer than two studies.

    Notes
    -----
    Sum of observed minus expected events over the sum of hypergeometric variances (Yusuf et al. 1985).
    Unsuited to large effects and to unbalanced groups (Cochrane Handbook 10.4.2, 10.4.4.2).

    Examples
    --------
    >>> result = peto(ai=[1, 0, 3], n1i=[50, 40, 60], ci=[4, 2, 5], n2i=[50, 42, 58])
    >>> round(result.estimate, 3), round(result.se, 3)
    (-0.992, 0.529)
    """
    checked_level(level)
    given = two_groups(ai, n1i, ci, n2i, least=2)
    refuse_empty(given, "peto")
    excess, variance = excess_events(given)
    total = variance.sum()
    estimate = excess.sum() / total
    used = variance > 0
    q = float(np.sum((excess[used] - estimate * variance[used]) ** 2 / variance[used]))
    return CountPooled(
        measure="OR",
        method="PETO",
        model="common effect",
        **wald(estimate, total**-0.5, test="z", df=np.inf, level=level),
        **q_test(q, int(used.sum()) - 1),
        q_name="Q of the studies' estimates",
        k=given.k,
        k_used=int(used.sum()),
        level=level,
        test="z",
        weights=100 * variance / total,
        text=(
            "Odds ratios were pooled by Peto's one-step method (common effect), no continuity correction,"
            f" {100 * level:g} % interval."
        ),
        notes=_left_out(given),
    )


def excess_events(tables: Tables) -> tuple[FloatArray, FloatArray]:
    """Observed minus expected events of the first group, and the hypergeometric variance, of every table.

    Examples
    --------
    >>> one = Tables(*(np.array([x]) for x in (3.0, 10.0, 2.0, 10.0)))
    >>> excess, variance = excess_events(one)
    >>> float(excess[0]), round(float(variance[0]), 4)
    (0.5, 0.9868)
    """
    people, events = tables.n1i + tables.n2i, tables.ai + tables.ci
    expected = events * tables.n1i / people
    # n - 1 is zero only in a table of one person, which the check for two groups excludes.
    variance = expected * (tables.n2i / people) * (people - events) / (people - 1)
    return tables.ai - expected, variance


def _refuse_one_side(upper: FloatArray, lower: FloatArray, ratio: str) -> None:
    """Raise if a ratio of sums is zero or infinite."""
    if upper.sum() == 0 or lower.sum() == 0:
        side = "first" if upper.sum() == 0 else "second"
        raise InputError(
            f"mantel_haenszel: the pooled {ratio} is {'zero' if side == 'first' else 'infinite'}; no study"
            f" has what it takes on the side of the {side} group (ai, ci). Use peto, or measure='RD'."
        )


def mh_odds_ratio(tables: Tables) -> tuple[FloatArray, FloatArray]:
    """Log odds ratio by Mantel and Haenszel, and its variance, of one set of tables or of many.

    Parameters
    ----------
    tables : Tables
        Counts of shape (..., k).

    Returns
    -------
    estimate, variance : array, shape (...)
        Not finite where one group has no events, or only events, in any study.

    References
    ----------
    Robins, Breslow and Greenland 1986, Biometrics 42:311, equation 3.

    Examples
    --------
    >>> twice = Tables(*(np.array([x, x[::-1]]) for x in ([3, 4], [10, 10], [2, 1], [10, 10])))
    >>> np.exp(mh_odds_ratio(twice)[0]).round(6).tolist()
    [3.0, 3.0]
    """
    n = tables.n1i + tables.n2i
    r, s = _crossed(tables)
    p, q = (tables.ai + tables.n2i - tables.ci) / n, (tables.n1i - tables.ai + tables.ci) / n
    up, down = r.sum(axis=-1), s.sum(axis=-1)
    mixed = np.vecdot(p, s) + np.vecdot(q, r)
    parts = np.vecdot(p, r) / up**2 + mixed / (up * down) + np.vecdot(q, s) / down**2
    return np.log(up / down), parts / 2


def _crossed(tables: Tables) -> tuple[FloatArray, FloatArray]:
    """Products of the diagonals over the people of a study: what the odds ratio is a ratio of sums of."""
    n, b, d = tables.n1i + tables.n2i, tables.n1i - tables.ai, tables.n2i - tables.ci
    return tables.ai * d / n, b * tables.ci / n


def _mh_or(t: Tables) -> tuple[float, float, FloatArray]:
    """Log odds ratio and variance of one set of tables, refused where it is not finite."""
    r, s = _crossed(t)
    _refuse_one_side(r, s, "odds ratio")
    estimate, variance = mh_odds_ratio(t)
    return float(estimate), float(variance), s


def _mh_rr(t: Tables) -> tuple[float, float, FloatArray]:
    """Log risk ratio; variance of Greenland and Robins (1985, equation 13)."""
    n = t.n1i + t.n2i
    r, s = t.ai * t.n2i / n, t.ci * t.n1i / n
    _refuse_one_side(r, s, "risk ratio")
    estimate = float(np.log(r.sum() / s.sum()))
    spread = np.sum((t.n1i * t.n2i * (t.ai + t.ci) - t.ai * t.ci * n) / n**2)
    return estimate, float(spread / (r.sum() * s.sum())), s


def _mh_rd(t: Tables) -> tuple[float, float, FloatArray]:
    """Risk difference; variance of Sato, Greenland and Robins (1989)."""
    n = t.n1i + t.n2i
    weights = t.n1i * t.n2i / n
    estimate = float(np.sum((t.ai * t.n2i - t.ci * t.n1i) / n) / weights.sum())
    p = (t.n1i**2 * t.ci - t.n2i**2 * t.ai + t.n1i * t.n2i * (t.n2i - t.n1i) / 2) / n**2
    q = (t.ai * (t.n2i - t.ci) + t.ci * (t.n1i - t.ai)) / (2 * n)
    return estimate, float((estimate * p.sum() + q.sum()) / weights.sum() ** 2), weights


_MH_KERNELS = {"OR": _mh_or, "RR": _mh_rr, "RD": _mh_rd}


def _q(tables: Tables, estimate: float, measure: str) -> tuple[float, int]:
    """Q of the studies' own estimates around the pooled one, and its degrees of freedom."""
    used = tables.take(~tables.one_sided)
    yi, vi = escalc(measure, **used.columns).to_numpy().T
    return float(np.sum((yi - estimate) ** 2 / vi)), used.k - 1


def _cmh(tables: Tables) -> dict[str, tuple[float, float]]:
    """Cochran-Mantel-Haenszel test of no association (Mantel and Haenszel 1959)."""
    excess, variance = excess_events(tables)
    tests = {}
    for name, continuity in (("cmh", 0.0), ("cmh_corrected", 0.5)):
        statistic = float(max(abs(excess.sum()) - continuity, 0.0) ** 2 / variance.sum())
        tests[name] = (statistic, float(chdtrc(1, statistic)))
    return tests


def _informative(tables: Tables, measure: str) -> int:
    """Number of studies that can move a pooled ratio."""
    nothing = tables.one_sided if measure == "OR" else tables.ai + tables.ci == 0
    return int(np.count_nonzero(~nothing))


def _left_out(tables: Tables) -> tuple[str, ...]:
    count = int(tables.one_sided.sum())
    if not count:
        return ()
    return (
        f"{count} of {tables.k} studies have no events, or only events, in both groups: they count nothing.",
    )


def _mh_notes(tables: Tables, measure: str, correct: float) -> tuple[str, ...]:
    empty = int(np.count_nonzero(tables.ai + tables.ci == 0))
    if not empty:
        return ()
    if measure == "RD":
        said = "they count with their size, as a difference of zero"
    elif correct > 0:
        said = f"they count only through the {correct:g} added to their cells"
    else:
        said = "they count nothing in a ratio without continuity correction"
    return (f"{empty} of {tables.k} studies have no events in both groups: {said}.",)


def _mh_text(measure: str, correct: float, level: float) -> str:
    added = f"{correct:g} added to studies with a zero cell" if correct else "no continuity correction"
    return (
        f"{NAMES[measure].capitalize()}s were pooled by the Mantel-Haenszel method (common effect), {added},"
        f" {100 * level:g} % interval."
    )

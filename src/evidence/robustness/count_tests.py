"""Tests of small-study effects for two-group counts: Peters, Harbord, Deeks and Thompson."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.robustness.asymmetry import AsymmetryTest
from evidence.robustness.count_asymmetry import (
    SCORES,
    Table,
    count_test,
    deeks_line,
    estimates,
    peters_line,
)
from evidence.synthesis.pooled import Pooled


def peters(
    effects: Effects | Pooled | None = None,
    *,
    ai: ArrayLike | None = None,
    n1i: ArrayLike | None = None,
    ci: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    level: float = 0.95,
    force: bool = False,
) -> AsymmetryTest:
    """Test for small-study effects in odds ratios by a regression on the inverse number of people.

    Parameters
    ----------
    effects : Effects or Pooled, optional
        Rows with counts of both groups, as a question on events gives them.
    ai, n1i, ci, n2i : array, shape (k,), optional
        Events and people of the first and of the second group, in place of `effects`.
    level : float
        Of the intervals.
    force : bool
        Test fewer than ten studies (three at the least) all the same; warns and marks the result.

    Returns
    -------
    AsymmetryTest
        `x` is ``1 / N``, `y` the log odds ratio (0.5 added to tables with a zero cell).

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies that say anything of an odds ratio.
    InputError
        If counts are missing or impossible, or all studies have one size.

    Warns
    -----
    SmallStudyWarning
        With fewer than ten studies, if forced.

    Notes
    -----
    Weights are ``E (N - E) / N`` with E events of N people in both groups. A study where nobody or everybody
    has the event has no weight and is left out.

    References
    ----------
    Peters, Sutton, Jones, Abrams and Rushton 2006, JAMA 295:676.

    Examples
    --------
    >>> events = [12, 9, 8, 30, 7, 5, 21, 6, 4, 3]
    >>> people = [100, 80, 60, 200, 40, 25, 150, 30, 20, 15]
    >>> found = peters(ai=events, n1i=people, ci=[9, 8, 6, 24, 8, 2, 19, 5, 1, 2], n2i=people)
    >>> round(found.statistic, 2), round(found.p, 4)
    (1.69, 0.129)
    """
    what = "Regression test of the log odds ratio on 1/N (Peters et al. 2006)"
    return count_test("peters", effects, (ai, n1i, ci, n2i), peters_line, "ninv", what, level, force)


def harbord(
    effects: Effects | Pooled | None = None,
    *,
    ai: ArrayLike | None = None,
    n1i: ArrayLike | None = None,
    ci: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    measure: str = "OR",
    level: float = 0.95,
    force: bool = False,
) -> AsymmetryTest:
    """Test for small-study effects in ratios by the efficient score and its variance.

    Parameters
    ----------
    effects, ai, n1i, ci, n2i, level, force
        As `peters`.
    measure : {"OR", "RR"}
        Odds or risk ratio.

    Returns
    -------
    AsymmetryTest
        `y` is ``Z / V``, `x` is ``1 / sqrt(V)``, which does not depend on the estimate.

    Raises
    ------
    TooFewStudiesError, InputError
        As `peters`.

    Notes
    -----
    With E events of N people: for the odds ratio ``Z = ai - E n1 / N`` and its hypergeometric variance ``V =
    n1 n2 E (N - E) / (N^2 (N - 1))``; for the risk ratio ``Z = (ai N - E n1) / (N - E)`` and ``V = n1 n2 E /
    (N (N - E))``. Weighted least squares of ``Z / V`` on ``1 / sqrt(V)`` with weights V.

    References
    ----------
    Harbord, Egger and Sterne 2006, Stat Med 25:3443; risk ratio: Harbord, Harris and Sterne 2009, Stata J
    9:197.

    Examples
    --------
    >>> events = [12, 9, 8, 30, 7, 5, 21, 6, 4, 3]
    >>> people = [100, 80, 60, 200, 40, 25, 150, 30, 20, 15]
    >>> found = harbord(ai=events, n1i=people, ci=[9, 8, 6, 24, 8, 2, 19, 5, 1, 2], n2i=people)
    >>> round(found.slope, 2), round(found.p, 4)
    (0.79, 0.1111)
    """
    option("measure", measure, SCORES)
    ratio = "odds" if measure == "OR" else "risk"
    what = f"Score test of the {ratio} ratio (Harbord et al. {'2006' if measure == 'OR' else '2009'})"
    columns = (ai, n1i, ci, n2i)
    return count_test("harbord", effects, columns, SCORES[measure], "1/sqrt(V)", what, level, force, measure)


def deeks(
    effects: Effects | Pooled | None = None,
    *,
    ai: ArrayLike | None = None,
    n1i: ArrayLike | None = None,
    ci: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    level: float = 0.95,
    force: bool = False,
) -> AsymmetryTest:
    """Test for small-study effects in diagnostic odds ratios by the effective sample size.

    Parameters
    ----------
    effects, ai, n1i, ci, n2i, level, force
        As `peters`. For a diagnostic test: positives and people, with the disease and without.

    Returns
    -------
    AsymmetryTest
        `x` is ``1 / sqrt(ESS)``, `y` the log odds ratio (0.5 added to tables with a zero cell).

    Raises
    ------
    TooFewStudiesError, InputError
        As `peters`.

    Notes
    -----
    ``ESS = 4 n1 n2 / (n1 + n2)``, which is the weight too. Made for studies of diagnostic accuracy; for
    trials `peters` and `harbord` suit better.

    References
    ----------
    Deeks, Macaskill and Irwig 2005, J Clin Epidemiol 58:882.

    Examples
    --------
    >>> events = [12, 9, 8, 30, 7, 5, 21, 6, 4, 3]
    >>> people = [100, 80, 60, 200, 40, 25, 150, 30, 20, 15]
    >>> found = deeks(ai=events, n1i=people, ci=[9, 8, 6, 24, 8, 2, 19, 5, 1, 2], n2i=people)
    >>> round(found.slope, 2), round(found.p, 4)
    (4.7, 0.1281)
    """
    what = "Regression test of the log odds ratio on the effective sample size (Deeks et al. 2005)"
    return count_test("deeks", effects, (ai, n1i, ci, n2i), deeks_line, "1/sqrt(ESS)", what, level, force)


def thompson(
    effects: Effects | Pooled | None = None,
    *,
    ai: ArrayLike | None = None,
    n1i: ArrayLike | None = None,
    ci: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    measure: str = "AS",
    level: float = 0.95,
    force: bool = False,
) -> AsymmetryTest:
    """Test for small-study effects by a regression on the standard error that allows for heterogeneity.

    Parameters
    ----------
    effects, ai, n1i, ci, n2i, level, force
        As `peters`.
    measure : {"AS", "OR", "RR", "RD"}
        "AS", the arcsine difference, has a standard error that depends on the number of people alone (Rücker
        et al. 2008); others have 0.5 added to tables with a zero cell.

    Returns
    -------
    AsymmetryTest

    Raises
    ------
    TooFewStudiesError, InputError
        As `peters`.

    Notes
    -----
    Weights ``1 / (vi + tau2)``, tau2 by the method of moments (DL), t with k - 2 degrees of freedom and Wald
    standard errors: method 3a of Thompson and Sharp. Studies where nobody or everybody has the event stay in
    for "AS" and "RD".

    References
    ----------
    Thompson and Sharp 1999, Stat Med 18:2693; Rücker, Schwarzer and Carpenter 2008, Stat Med 27:746.

    Examples
    --------
    >>> events = [12, 9, 8, 30, 7, 5, 21, 6, 4, 3]
    >>> people = [100, 80, 60, 200, 40, 25, 150, 30, 20, 15]
    >>> found = thompson(ai=events, n1i=people, ci=[9, 8, 6, 24, 8, 2, 19, 5, 1, 2], n2i=people)
    >>> round(found.slope, 2), round(found.statistic, 2)
    (0.75, 0.92)
    """
    option("measure", measure, ("AS", "OR", "RR", "RD"))
    name = (
        "arcsine difference (Rücker et al. 2008)"
        if measure == "AS"
        else f"{measure} (Thompson and Sharp 1999)"
    )

    def kernel(table: Table) -> tuple[FloatArray, FloatArray, FloatArray]:
        y, v = estimates(measure, table)
        return np.sqrt(v), y, v

    what = f"Regression test with additive heterogeneity of the {name} on its standard error"
    columns, keep = (ai, n1i, ci, n2i), measure in ("AS", "RD")
    choices = {"keep": keep, "model": "mixed"}
    return count_test("thompson", effects, columns, kernel, "sei", what, level, force, measure, **choices)

"""`influence`: how far each study moves the pooled mean, its error and the heterogeneity."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.robustness.deletion import Fit, Nested, fit_at, fits_from, nested
from evidence.robustness.influence_result import Influence, flagged
from evidence.robustness.refit_words import deletion_notes
from evidence.synthesis.many import Many
from evidence.synthesis.pooled import Pooled

TESTS = ("z", "t", "knha", "adhoc")

_INSTEAD = "Without one of two studies nothing is left to pool."


def influence(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    by: str = "study",
    method: str | None = None,
    test: str | None = None,
    level: float | None = None,
) -> Influence:
    """Measure the influence of each study on the synthesis.

    With ``w = 1 / (v + tau2)``, ``h = w / sum(w)`` the hat value, ``b`` the pooled mean with variance ``V``,
    ``s2`` the factor by which "knha" and "adhoc" multiply its variance (1 for "z" and "t"), and ``(-i)`` for
    what is had without study i:

    - rstudent ``(y - b(-i)) / sqrt(v + tau2(-i) + V(-i))``
    - dffits ``(b - b(-i)) / sqrt(s2(-i) h (v + tau2(-i)))``
    - cook_d ``(b - b(-i))^2 / V``
    - cov_r ``V(-i) / V``
    - dfbetas ``(b - b(-i)) / sqrt(s2(-i) / sum(1 / (v + tau2(-i))))``, the sum over all studies

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        Rows with `included` False are left aside.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    by : {"study", "row"}
        Leave out rows that share their `study_id` together, or each row on its own. Rows left
        out together stand in the formulas as their inverse-variance mean at tau2(-i), with the sum of their
        hat values.
    method : str, optional
        As of `pool`, but for "IVhet"; by default that of a pooled result, else "REML".
    test : {"z", "t", "knha", "adhoc"}, optional
        Gives the error of the mean; by default that of a pooled result, else "adhoc".
    level : float, optional
        Of the intervals behind the notes; by default that of a pooled result, else 0.95.

    Returns
    -------
    Influence

    Raises
    ------
    TooFewStudiesError
        If there are fewer than three studies (or rows).
    OptionError
        If an option does not exist, or a pooled result was had by one that cannot be fitted again here.
    InputError
        If values are missing, a variance is not above 0, or test "knha" finds no error at all because
        estimates are equal.

    References
    ----------
    Viechtbauer and Cheung 2010, Res Synth Methods 1:112, and the conventions of metafor's `influence`.

    Examples
    --------
    >>> found = influence(yi=[0.1, 0.2, 0.15, 1.6], vi=[0.03, 0.05, 0.04, 0.04], test="z")
    >>> found.summary()[["study", "rstudent", "cook_d", "influential"]].round(2)
         study  rstudent  cook_d  influential
    0  Study 1     -0.58    0.15        False
    1  Study 2     -0.42    0.08        False
    2  Study 3     -0.50    0.11        False
    3  Study 4      6.35    1.04         True
    """
    given = nested(
        "influence", effects, yi, vi, by=by, method=method, test=test, level=level, least=3,
        instead=_INSTEAD, tests=TESTS,
    )  # fmt: skip
    masks = np.vstack([np.ones((1, given.y.size)), given.kept()])
    fits = given.pooled(masks)
    whole, without = fit_at(fits, 0), fits_from(fits, 1)
    if not fits.se.min() > 0:
        where = "all studies" if whole.se == 0 else f"those without {given.labels[without.se.argmin()]}"
        raise InputError(
            f"influence: the estimates of {where} are equal, so that test='knha' finds a standard error of 0;"
            " use test='adhoc' or 'z'."
        )
    found = _diagnostics(given, whole, without)
    common = given.pooled(masks, method="EE")
    contribution = given.sums((given.y - common.estimate[0]) ** 2 / given.v)
    shift = ((common.estimate[1:] - common.estimate[0]) / common.se[1:]) ** 2
    flags, reasons = flagged(found["dffits"], found["cook_d"], found["hat"], found["dfbetas"])
    return Influence(
        labels=given.labels,
        **found,
        influential=flags,
        reasons=reasons,
        common_contribution=contribution,
        common_shift=shift,
        without=without,
        whole=whole,
        by=given.by,
        method=given.method,
        test=given.test,
        level=given.level,
        notes=deletion_notes(given, whole, without),
        source=given.source,
    )


def _diagnostics(given: Nested, whole: Fit, without: Many) -> dict[str, FloatArray]:
    """Every diagnostic, each of shape (g,); a unit of several rows stands as its weighted mean."""
    w = 1 / (given.v + whole.tau2)
    hat = given.sums(w) / w.sum()
    deleted = 1 / (given.v + without.tau2[:, None])
    own = given.unit == np.arange(given.size)[:, None]
    mine, all_of_them = np.where(own, deleted, 0.0).sum(axis=1), deleted.sum(axis=1)
    mean = (np.where(own, deleted, 0.0) * given.y).sum(axis=1) / mine
    # The factor s2 of "knha" and "adhoc" is what is left of the variance beyond that of Wald.
    factor = without.se**2 * np.where(own, 0.0, deleted).sum(axis=1)
    shift = whole.estimate - without.estimate
    pearson = given.sums((given.y - whole.estimate) ** 2 * w)
    return {
        "rstudent": (mean - without.estimate) / np.sqrt(1 / mine + without.se**2),
        "dffits": shift / np.sqrt(factor * hat / mine),
        "cook_d": shift**2 / whole.se**2,
        "cov_r": (without.se / whole.se) ** 2,
        "tau2_del": without.tau2,
        "qe_del": without.q,
        "hat": hat,
        "weight": 100 * hat,
        "dfbetas": shift / np.sqrt(factor / all_of_them),
        "contribution": pearson,
        "shift": shift**2 / without.se**2,
    }

"""Selection models: the mean effect if studies are reported the more readily the smaller their p value."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from evidence.arguments import level as checked_level
from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.errors import BoundaryWarning, FewStudiesWarning
from evidence.robustness import selection_checks as check
from evidence.robustness import selection_words as say
from evidence.robustness.reported import ALTERNATIVES, p_values, reported
from evidence.robustness.selection_fit import fitted
from evidence.robustness.selection_parameters import intervals_of, parameters_of, resting, reversed_weights
from evidence.robustness.selection_result import SelectionModel
from evidence.robustness.selection_weights import KINDS, selection
from evidence.synthesis.inference import p_value
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies

METHODS = ("ML", "EE")
INTERVALS = ("wald", "profile")


def selection_model(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    kind: str = "step",
    steps: Sequence[float] | None = None,
    alternative: str = "greater",
    delta: ArrayLike | None = None,
    method: str = "ML",
    interval: str = "wald",
    level: float = 0.95,
    force: bool = False,
) -> SelectionModel:
    """Fit a selection model by maximum likelihood.

    The probability that a study is reported is proportional to a weight, a function of its p value. p values
    are those of ``yi / sqrt(vi)`` by the normal distribution.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    kind : {"step", "beta", "halfnormal"}
        Shape of the weight function. "step": one weight an interval of p, relative to the first (Hedges 1992,
        Stat Sci 7:246; Vevea and Hedges 1995, Psychometrika 60:419). "beta": ``p^(d1-1) (1-p)^(d2-1)``, with
        p kept within 1e-5 and 1 - 1e-5 (Citkowicz and Vevea 2017, Psychol Methods 22:28). "halfnormal":
        ``exp(-d p^2)`` (Preston et al. 2004, J Eval Clin Pract 10:313).
    steps : sequence of float, optional
        Increasing cut points between 0 and 1, for "step"; default (0.025,).
    alternative : {"greater", "less", "two-sided"}
        "greater": positive estimates have small p values, "less": negative ones. With "two-sided" both are
        reported alike.
    delta : array, optional
        Given weights, not to be estimated: a sensitivity analysis (Vevea and Woods 2005, Psychol Methods
        10:428). For "step" one an interval, the first included; "beta" two, "halfnormal" one.
    method : {"ML", "EE"}
        Random effects, or a common effect with tau2 at 0.
    interval : {"wald", "profile"}
        From the observed information, or by profile likelihood.
    level : float
        Of all intervals.
    force : bool
        Fit although an interval of p holds no study, with a warning. The weight of that interval is then 0
        or, if it is the first one, those of the others rest at their bound of 100.

    Returns
    -------
    SelectionModel

    Raises
    ------
    TooFewStudiesError
        If there are fewer studies than parameters, or fewer than 3.
    InputError
        If values are missing or wrong, all estimates are equal, or an interval of p holds no study.
    OptionError
        If an option does not exist or does not fit `kind`.
    ConvergenceError
        If the data do not bound the parameters.

    Warns
    -----
    FewStudiesWarning
        With fewer than 10 studies.
    BoundaryWarning
        If an interval of p without studies was forced.

    Examples
    --------
    >>> rng = np.random.default_rng(1)  # simulated: no effect, and a fifth of what is not significant told
    >>> y, v = rng.normal(0, 0.3, 400), np.full(400, 0.04)
    >>> told = (y > 0.392) | (rng.uniform(size=400) < 0.2)
    >>> model = selection_model(yi=y[told], vi=v[told])
    >>> round(model.unadjusted, 2), round(model.estimate, 2), round(float(model.delta[1]), 2)
    (0.09, 0.0, 0.32)
    """
    option("kind", kind, KINDS)
    option("alternative", alternative, ALTERNATIVES)
    option("method", method, METHODS)
    option("interval", interval, INTERVALS)
    option("force", force, (True, False))
    level = checked_level(level)
    cuts = check.checked_steps(kind, steps)
    count = check.SHAPES.get(kind, len(cuts)) if delta is None else 0
    parameters = 1 + (method == "ML") + count
    need = f"This model has {parameters} parameters."
    what = reported("selection_model", effects, yi, vi, least=max(3, parameters), instead=need)
    p = p_values(what.y, what.v, alternative)
    check.check_variation(what.y, p, kind)
    counts = check.interval_counts(cuts, p) if kind == "step" else ()
    held = None if delta is None else check.given_weights(kind, cuts, delta, counts)
    empty, forced = ((), "") if count == 0 else check.empty_intervals(cuts, counts, alternative, force=force)
    _warn(what.y.size, forced)
    sign = -1.0 if alternative == "less" else 1.0
    plain = pool(yi=what.y, vi=what.v, method=method, test="z", level=level, prediction=None)
    fit = fitted(
        sign * what.y,
        what.v,
        p,
        selection(kind, cuts, two_sided=alternative == "two-sided"),
        random=method == "ML",
        held=None if held is None else check.as_eta(kind, held),
        empty=empty,
        centre=(sign * plain.estimate, plain.tau2),
    )
    found = parameters_of(fit, kind, held, sign)
    intervals = intervals_of(fit, found, level, interval)
    ratio = max(0.0, 2 * (fit.ll - _plain_ll(what, plain)))
    estimate, tau2 = found.point[:2].tolist()
    se, tau2_se = found.errors[:2].tolist()
    tau2_ratio = max(0.0, 2 * (fit.ll - fit.without_tau2())) if method == "ML" else math.nan
    return SelectionModel(
        estimate=estimate,
        se=se,
        statistic=estimate / se,
        p=float(p_value(estimate / se, math.inf)),
        ci_low=float(intervals[0, 0]),
        ci_high=float(intervals[0, 1]),
        tau2=tau2,
        tau2_se=tau2_se,
        tau2_ci=tuple(intervals[1].tolist()),
        tau2_lrt=tau2_ratio,
        tau2_lrt_p=float(chdtrc(1, tau2_ratio)),
        delta=found.point[2:],
        delta_se=found.errors[2:],
        delta_ci=intervals[2:],
        ll=fit.ll,
        unadjusted_ll=_plain_ll(what, plain),
        lrt=ratio if count else math.nan,
        lrt_df=count,
        lrt_p=float(chdtrc(count, ratio)) if count else math.nan,
        unadjusted=plain.estimate,
        unadjusted_ci=(plain.ci_low, plain.ci_high),
        unadjusted_tau2=plain.tau2,
        counts=counts,
        covariance=found.covariance,
        kind=kind,
        alternative=alternative,
        method=method,
        interval=interval,
        steps=cuts,
        level=level,
        k=what.y.size,
        notes=say.notes(
            k=what.y.size,
            kind=kind,
            counts=counts,
            steps=cuts,
            forced=forced,
            at_bound=resting(fit, cuts),
            tau2=tau2 if method == "ML" else None,
            maxima=fit.maxima,
            fixed=count == 0,
            known=math.isfinite(se),
            against=reversed_weights(kind, found.point[2:], cuts) if count else (),
        ),
        scale=what.scale,
        measure=what.measure,
        labels=tuple(what.labels),
        yi=what.y,
        vi=what.v,
    )


def _warn(k: int, forced: str) -> None:
    if k < say.FEW:
        few = f"selection_model: {k} studies are few; with fewer than {say.FEW} the estimate may be far off."
        warnings.warn(few, FewStudiesWarning, stacklevel=3)
    if forced:
        edge = f"selection_model: {forced}; its weight is not estimated from studies in it."
        warnings.warn(edge, BoundaryWarning, stacklevel=3)


def _plain_ll(what: Studies, plain: Pooled) -> float:
    """Log-likelihood of the model without selection."""
    total = what.v + plain.tau2
    return float(-0.5 * np.sum(np.log(2 * np.pi * total) + (what.y - plain.estimate) ** 2 / total))

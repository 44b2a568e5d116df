"""Generalised linear mixed models of counts: the exact binomial or hypergeometric likelihood within studies.

Viechtbauer's four models of two groups (UM.FS, UM.RS, CM.EL, CM.AL; Stijnen, Hamza and Ozdemir 2010,
Statistics in Medicine 29:3046; Jackson et al. 2018, Statistics in Medicine 37:1059) and the binomial-normal
model of one. All are maximised with quadrature, not the Laplace approximation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.errors import ConvergenceError, InputError, TooFewStudiesError
from evidence.synthesis.counts import CountPooled, Tables, prediction, refuse_empty, two_groups, wald
from evidence.synthesis.quadrature import SURFACE_NODES, Arm, Binomial, Objective, marginal
from evidence.synthesis.random_fit import RandomFit, fit_random

MODELS = {
    "UM.FS": "unconditional model with fixed study effects",
    "UM.RS": "unconditional model with random study effects",
    "CM.EL": "conditional model with exact (non-central hypergeometric) likelihood",
    "CM.AL": "conditional model with approximate (binomial) likelihood",
}
TESTS = ("z", "t")
SCALE_STARTS = 0.5
MOST_TABLES = 10_000  # possible tables of all studies, for the exact conditional likelihood


class Noncentral:
    """Non-central hypergeometric log-likelihood of `ai` given the margins, in the log odds ratio.

    The supports of all studies lie end to end in one array and are summed in segments; each term is relative
    to the observed one, so nothing overflows (Stijnen et al. 2010, equation 8).

    Parameters
    ----------
    tables : Tables

    Raises
    ------
    InputError
        If there are more possible tables than are summed.

    Examples
    --------
    >>> one = Tables(*(np.array([x]) for x in (1.0, 2.0, 1.0, 2.0)))
    >>> round(float(np.exp(Noncentral(one).value(np.array([[0.0]]))[0, 0])), 4)  # 2 * 2 tables out of 6
    0.6667
    """

    def __init__(self, tables: Tables) -> None:
        a, n1, n2, m = tables.ai, tables.n1i, tables.n2i, tables.ai + tables.ci
        low, high = np.maximum(0, m - n2), np.minimum(n1, m)
        sizes = (high - low + 1).astype(int)
        if sizes.sum() > MOST_TABLES:
            raise InputError(
                f"The exact likelihood of model 'CM.EL' sums over {sizes.sum():,} tables; {MOST_TABLES:,} are"
                " the most. With so many events 'CM.AL' or 'UM.FS' are as good."
            )
        self._study = np.repeat(np.arange(a.size), sizes)
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        t = np.arange(self._study.size) - self._starts[self._study] + low[self._study]

        def log_tables(x: FloatArray, i: FloatArray | slice) -> FloatArray:
            rest = m[i] - x
            return -(gammaln(x + 1) + gammaln(n1[i] - x + 1) + gammaln(rest + 1) + gammaln(n2[i] - rest + 1))

        self._relative = (log_tables(t, self._study) - log_tables(a, slice(None))[self._study])[:, None]
        self._shift = (t - a[self._study])[:, None]

    def _masses(self, eta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of all tables relative to the likeliest of their study, its log, and their sums by study."""
        exponent = self._relative + self._shift * eta[self._study]
        top = np.maximum.reduceat(exponent, self._starts)
        mass = np.exp(exponent - top[self._study])
        return mass, top, np.add.reduceat(mass, self._starts)

    def value(self, eta: FloatArray) -> FloatArray:
        """Return the log-likelihood; the observed table stands at zero on top of the whole support."""
        _, top, total = self._masses(eta)
        return -top - np.log(total)

    def slopes(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return its derivatives."""
        mass, _, total = self._masses(eta)
        mean = np.add.reduceat(mass * self._shift, self._starts) / total
        square = np.add.reduceat(mass * self._shift**2, self._starts) / total
        return -mean, mean**2 - square

    @property
    def rough(self) -> tuple[float, float]:
        """Nothing is known of a maximum: with all or none of the events in one group there is none."""
        return 0.0, 0.0


def _summed(arms: Sequence[Arm], fixed: int, nodes: int = SURFACE_NODES) -> Objective:
    """Sum over studies when all parameters are common to them."""

    def objective(at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        value, gradient, hessian = marginal(arms, at[:fixed], at[fixed:], nodes=nodes)
        return float(value.sum()), gradient.sum(axis=0), hessian.sum(axis=0)

    return objective


def conditional_arms(tables: Tables) -> list[Arm]:
    """Return the one arm of CM.EL, in theta and tau."""
    ones = np.ones((tables.k, 1))
    return [Arm(Noncentral(tables), ones, ones, np.zeros(tables.k))]


def unconditional_arms(tables: Tables) -> list[Arm]:
    """Return the two arms of UM.FS, in the intercept, theta and tau."""
    k = tables.k
    return [
        Arm(
            Binomial(x, n),
            np.stack([np.ones(k), np.full(k, half)], 1),
            np.full((k, 1), half),
            np.zeros(k),
        )
        for x, n, half in ((tables.ai, tables.n1i, 0.5), (tables.ci, tables.n2i, -0.5))
    ]


def first_intercepts(tables: Tables) -> FloatArray:
    """Return where the search for every study's own intercept starts: the logit of its people together."""
    events, people = tables.ai + tables.ci, tables.n1i + tables.n2i
    return np.log((events + 0.5) / (people - events + 0.5))


def profiled(
    arms: Sequence[Arm], alpha: FloatArray, theta: FloatArray, tau: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Log-likelihood of UM.FS of every study in (theta, tau), with its own intercept at the best value.

    Parameters
    ----------
    arms : sequence of Arm
        Of `unconditional_arms`, N studies.
    alpha : array, shape (N,)
        Intercepts to start from.
    theta, tau : array, shape (N,)

    Returns
    -------
    value : array, shape (N,)
    gradient : array, shape (N, 2)
    hessian : array, shape (N, 2, 2)
        Of the profile, so that sums over studies have the information on (theta, tau).
    alpha : array, shape (N,)
        The best intercepts.

    Raises
    ------
    ConvergenceError
        If an intercept has no maximum.

    Examples
    --------
    >>> one = Tables(*(np.array([x]) for x in (3.0, 10.0, 2.0, 10.0)))
    >>> start, at = first_intercepts(one), np.array([np.log(12 / 7)])
    >>> value, gradient, _, _ = profiled(unconditional_arms(one), start, at, np.zeros(1))
    >>> bool(abs(gradient[0, 0]) < 1e-9)  # the study's own odds ratio is its best
    True
    """
    for _ in range(100):
        beta = np.stack([alpha, theta], axis=1)
        value, gradient, hessian = marginal(arms, beta, tau[:, None])
        # Log-concave in alpha (Prékopa 1973), so bounded Newton steps arrive.
        step = np.clip(-gradient[:, 0] / hessian[:, 0, 0], -1, 1)
        if np.max(np.abs(step)) < 1e-9:
            break
        alpha = alpha + step
    else:
        raise ConvergenceError("glmm(model='UM.FS'): a study's intercept has no maximum; try 'CM.EL'.")
    cross = hessian[:, 1:, 0]
    bent = hessian[:, 1:, 1:] - cross[:, :, None] * cross[:, None, :] / hessian[:, :1, :1]
    return value, gradient[:, 1:], bent, alpha


class _StudyEffects:
    """Likelihood of UM.FS in (theta, tau), with every study's own intercept at its best value."""

    def __init__(self, tables: Tables) -> None:
        self.arms = unconditional_arms(tables)
        self.alpha = first_intercepts(tables)

    def __call__(self, at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        theta, tau = (np.full(self.alpha.size, value) for value in at)
        value, gradient, hessian, self.alpha = profiled(self.arms, self.alpha, theta, tau)
        return float(value.sum()), gradient.sum(axis=0), hessian.sum(axis=0)


def fit_one_group(x: FloatArray, n: FloatArray, *, level: float) -> RandomFit:
    """Binomial-normal model of one proportion on the logit scale, by maximum likelihood.

    Parameters
    ----------
    x, n : array, shape (k,)
        Events and people; neither no events nor all events in total.
    level : float

    Returns
    -------
    RandomFit

    References
    ----------
    Hamza, van Houwelingen and Stijnen 2008, Journal of Clinical Epidemiology 61:41.

    Examples
    --------
    >>> fit = fit_one_group(np.array([3.0, 9, 4]), np.array([20.0, 30, 25]), level=0.95)
    >>> round(fit.estimate, 3), round(fit.tau2, 3)
    (-1.305, 0.0)
    """
    ones = np.ones((x.size, 1))
    arm = Arm(Binomial(x, n), ones, ones, np.zeros(x.size))
    start = np.array([np.log(x.sum() / (n.sum() - x.sum())), 0.0])
    return fit_random(_summed([arm], 1), start, (1,), what="Binomial-normal GLMM", level=level)


def _two_group_fit(tables: Tables, model: str, level: float, nodes: int = SURFACE_NODES) -> RandomFit:
    k = tables.k
    what = f"glmm(model={model!r})"
    a, b = tables.ai.sum(), (tables.n1i - tables.ai).sum()
    c, d = tables.ci.sum(), (tables.n2i - tables.ci).sum()
    start = np.array([np.log(a / b) - np.log(c / d), 0.0])
    ones, zeros = np.ones((k, 1)), np.zeros(k)
    if model == "UM.FS":
        return fit_random(_StudyEffects(tables), start, (1,), what=what, level=level)
    if model == "UM.RS":
        arms = [
            Arm(
                Binomial(x, n),
                np.stack([np.full(k, half), np.ones(k)], 1),
                np.stack([np.ones(k), np.full(k, half)], 1),
                zeros,
            )
            for x, n, half in ((tables.ai, tables.n1i, 0.5), (tables.ci, tables.n2i, -0.5))
        ]
        start = np.array([start[0], (np.log(a / b) + np.log(c / d)) / 2, SCALE_STARTS, 0.0])
        return fit_random(_summed(arms, 2, nodes), start, (2, 3), what=what, level=level)
    if model == "CM.EL":
        arms = conditional_arms(tables)
    else:
        near = np.log(tables.n1i / tables.n2i)
        arms = [Arm(Binomial(tables.ai, tables.ai + tables.ci), ones, ones, near)]
    return fit_random(_summed(arms, 1), start, (1,), what=what, level=level)


def glmm(
    *,
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    measure: str = "OR",
    model: str = "UM.FS",
    test: str = "z",
    level: float = 0.95,
) -> CountPooled:
    """Pool odds ratios of two groups with a generalised linear mixed model.

    Parameters
    ----------
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and people of the first and of the second group.
    measure : {"OR"}
    model : {"UM.FS", "UM.RS", "CM.EL", "CM.AL"}
        Unconditional with fixed or random study effects; conditional on the events of a study with the exact
        or the approximate likelihood (good when events are rare). In the unconditional models the random
        effect counts half in each group, and study effects are independent of it.
    test : {"z", "t"}
        Normal, or t with k - 1 degrees of freedom.
    level : float

    Returns
    -------
    CountPooled
        On the log scale. `tau2_ci` is a profile-likelihood interval.

    Raises
    ------
    InputError
        If counts are impossible, or one group has no events (or only events) in any study.
    TooFewStudiesError
        If fewer than two studies have both an event and a person without.
    ConvergenceError
        If the likelihood has no maximum.

    Notes
    -----
    Maximum likelihood by quadrature and exact derivatives; the standard error comes from the Hessian of all
    parameters. Studies in which nobody or everybody had the event carry no information on the odds ratio in
    UM.FS, CM.EL and CM.AL; in UM.RS they are left out as well, as in metafor. With one event in each of the
    others no spread shows in CM.EL and CM.AL, and there is no maximum. No continuity correction. The
    prediction interval has k - 2 degrees of freedom (Higgins et al. 2009).

    References
    ----------
    Stijnen, Hamza and Ozdemir 2010, Stat Med 29:3046; Jackson et al. 2018, Stat Med 37:1059, models 3 to 7.

    Examples
    --------
    >>> result = glmm(ai=[4, 6, 3, 8], n1i=[123, 306, 231, 120], ci=[11, 29, 11, 9], n2i=[139, 303, 220, 118],
    ...               model="CM.EL")
    >>> round(result.estimate, 3), round(result.tau2, 3)
    (-1.071, 0.128)
    """
    option("measure", measure, ("OR",))
    option("model", model, MODELS)
    option("test", test, TESTS)
    checked_level(level)
    given = two_groups(ai, n1i, ci, n2i)
    refuse_empty(given, "glmm")
    keep = ~given.one_sided
    tables = given.take(keep)
    if tables.k < 2:
        raise TooFewStudiesError(
            f"glmm needs two studies with events and people without; {tables.k} of {given.k} has both."
            " Show the study's own odds ratio."
        )
    _refuse_one_group(tables)
    fit = _two_group_fit(tables, model, level)
    pi_low, pi_high = prediction(fit.estimate, fit.se, fit.tau2, tables.k, level)
    return CountPooled(
        measure=measure,
        method="GLMM",
        model=model,
        **wald(fit.estimate, fit.se, test=test, df=tables.k - 1, level=level),
        k=given.k,
        k_used=tables.k,
        level=level,
        test=test,
        weights=np.full(given.k, np.nan),
        text=_text(model, test, level),
        pi_low=pi_low,
        pi_high=pi_high,
        tau2=fit.tau2,
        tau2_se=fit.tau2_se,
        tau2_ci=fit.tau2_ci,
        parameters=_parameters(model, fit),
        log_likelihood=fit.log_likelihood,
        notes=_notes(given, fit),
    )


def _refuse_one_group(tables: Tables) -> None:
    """Raise if one group's odds are zero or infinite in every study."""
    for name, events, people in (("ai", tables.ai, tables.n1i), ("ci", tables.ci, tables.n2i)):
        kind = "no events" if not events.any() else "only events"
        if events.sum() in (0, people.sum()):
            raise InputError(
                f"glmm: {name} has {kind} in all {tables.k} studies, so the odds ratio has no finite"
                " estimate. Use peto, or mantel_haenszel with measure='RD'."
            )


def _parameters(model: str, fit: RandomFit) -> dict[str, float]:
    if model != "UM.RS":
        return {}
    return {"intercept": fit.others[0], "sigma2": fit.others[1] ** 2}


def _text(model: str, test: str, level: float) -> str:
    interval = "normal" if test == "z" else "t (k - 1 degrees of freedom)"
    return (
        f"Odds ratios were pooled with a generalised linear mixed model ({model}: {MODELS[model]}), maximum"
        f" likelihood by quadrature, no continuity correction, {100 * level:g} %"
        f" {interval} interval."
    )


def _notes(given: Tables, fit: RandomFit) -> tuple[str, ...]:
    notes = []
    left_out = int(given.one_sided.sum())
    if left_out:
        notes.append(
            f"{left_out} of {given.k} studies have no events, or only events, in both groups;"
            " they are not in the fit."
        )
    if fit.tau2 == 0:
        notes.append("tau2 is zero, on the edge of its range; the interval is that of a common effect.")
    return tuple(notes)

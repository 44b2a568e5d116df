"""Pool proportions of single groups, and stay honest when there are hardly any events."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import expit, logit, xlogy

from evidence.arguments import FloatArray, instance, option
from evidence.arguments import level as checked_level
from evidence.effects.measures import escalc
from evidence.effects.scale import scale
from evidence.effects.single import pft_back
from evidence.errors import ConvergenceError, InputError, OptionError, ScaleWarning
from evidence.synthesis.beta_binomial import fit_proportion
from evidence.synthesis.binomial_bayes import MU_SD, TAU_SCALE, binomial_bayes
from evidence.synthesis.counts import prediction, wald
from evidence.synthesis.exact import checked_counts, exact_interval
from evidence.synthesis.glmm import fit_one_group
from evidence.synthesis.pool import METHODS, pool
from evidence.synthesis.proportion_result import BAYES, EXACT, GLMM, SCALES, Proportion

GLMM_TESTS = ("z", "t")
FEW_EVENTS = 10
NUMBERS = ("estimate", "se", "statistic", "p", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "tau2_se")
NUMBERS += ("i2", "h2", "q", "q_df", "q_p")
PRIORS = ({}, {"tau_scale": 0.5}, {"mu_sd": 4.0})  # the primary ones first, then each one varied
PFT_CAUTION = (
    "The Freeman-Tukey scale has no inverse of its own: the way back uses the harmonic mean of the group"
    " sizes (Miller 1978) and can mislead when sizes differ much (Schwarzer et al. 2019)."
)


def proportion(
    *,
    xi: ArrayLike,
    ni: ArrayLike,
    labels: Sequence[str] | None = None,
    measure: str = "PLO",
    method: str = "GLMM",
    test: str = "z",
    level: float = 0.95,
) -> Proportion:
    """Pool the proportions of single groups.

    Parameters
    ----------
    xi, ni : array_like, shape (k,)
        Events and people of every group.
    labels : sequence of str, optional
        Names of the groups.
    measure : {"PLO", "PAS", "PFT", "PR", "PLN"}
        Analysis scale; the GLMM works on PLO.
    method : str
        "GLMM", "exact", or a method of `pool` ("EE", "DL", "REML", ...) for inverse-variance pooling.
    test : str
        "z" or "t" (k - 1 degrees of freedom); with a method of `pool` also its other tests.
    level : float

    Returns
    -------
    Proportion

    Raises
    ------
    InputError
        If a count is impossible or labels do not fit.
    OptionError
        If an option does not exist, or does not go with another.

    Notes
    -----
    **GLMM.** Binomial within groups, normal between on the logit (Hamza et al. 2008; Stijnen et al. 2010),
    by quadrature. The back-transformed estimate is the proportion of a typical (median) group. No count is
    changed by a continuity correction.

    **Rare events.** A Wald interval on the logit has no meaning when the likelihood is nearly flat. With the
    GLMM, data are called rare if there are fewer than ten events, or fewer than ten people without, in total,
    or if half of the groups or more have no event (or only events). Then the primary interval is that of
    the Bayesian binomial-normal model, with priors half-normal(1) for tau and normal(0, 2.5) for the logit:
    unlike the exact interval of the sums it lets groups differ, and unlike the likelihood's it is always
    bounded. With no events at all, or only events, the exact interval of the sums is primary; one group alone
    gets its own exact interval. With so few events the priors matter, so two variants (half-normal(0.5);
    normal(0, 4)) are shown too. All the other intervals stand beside it in `alternatives`.

    **Exact.** With ``method="exact"`` the interval of the summed counts (Clopper & Pearson 1934) is primary
    however many events there are, with the same alternatives beside it; it takes one proportion to hold for
    all groups.

    **Prediction interval.** Higgins et al. 2009, with k - 2 degrees of freedom; posterior predictive in the
    Bayesian model.

    Examples
    --------
    >>> result = proportion(xi=[16, 10, 4, 43, 25], ni=[24, 12, 8, 58, 42])
    >>> round(result.proportion, 3), round(result.proportion_low, 3), round(result.proportion_high, 3)
    (0.681, 0.6, 0.751)
    >>> proportion(xi=[0, 0, 2, 0, 0], ni=[39, 32, 30, 31, 60]).rare
    True
    """
    option("measure", measure, SCALES)
    option("method", method, ("GLMM", "exact", *METHODS))
    checked_level(level)
    x, n = checked_counts(xi, ni, ("xi", "ni"))
    studies = _study_table(x, n, labels, level)
    if method in ("GLMM", "exact"):
        option("test", test, GLMM_TESTS if method == "GLMM" else ("z",))
        if measure != "PLO":
            raise OptionError(
                f"method={method!r} works on measure 'PLO'; for {measure!r} name one of pool's."
            )
        return _by_likelihood(x, n, studies, test, level, method=method)
    return _by_inverse_variance(x, n, studies, measure, method, test, level)


def is_rare(x: FloatArray, n: FloatArray) -> bool:
    """Say whether events (or people without) are so few that a Wald interval cannot be trusted.

    Examples
    --------
    >>> is_rare(np.array([0.0, 0, 2]), np.array([39.0, 32, 30]))
    True
    """
    return any(
        counts.sum() < FEW_EVENTS or 2 * np.count_nonzero(counts == 0) >= counts.size for counts in (x, n - x)
    )


def _study_table(x: FloatArray, n: FloatArray, labels: Sequence[str] | None, level: float) -> pd.DataFrame:
    if labels is None:
        names = [f"Study {i + 1}" for i in range(x.size)]
    else:
        names = [str(label) for label in instance("labels", labels, Iterable, "a list of names")]
    if len(names) != x.size:
        raise InputError(f"labels has {len(names)} names where {x.size} are needed, one for each of xi.")
    low, high = exact_interval(x, n, level=level)
    return pd.DataFrame(
        {
            "label": names,
            "xi": x.astype(int),
            "ni": n.astype(int),
            "proportion": x / n,
            "low": low,
            "high": high,
        }
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """One way to the interval, on the logit (or another) scale of the analysis."""

    name: str
    assumes: str
    numbers: dict[str, Any]
    ends: tuple[float, float, float]  # proportion, low, high


def _exact_row(x: FloatArray, n: FloatArray, level: float) -> _Row:
    low, high = (float(end[0]) for end in exact_interval(x.sum(), n.sum(), level=level))
    p = float(x.sum() / n.sum())
    with np.errstate(divide="ignore"):
        estimate, ci_low, ci_high = (float(value) for value in logit(np.array([p, low, high])))
    numbers = {"estimate": estimate, "ci_low": ci_low, "ci_high": ci_high}
    return _Row(EXACT, "Clopper-Pearson; one proportion for all groups", numbers, (p, low, high))


def _glmm_row(x: FloatArray, n: FloatArray, test: str, level: float) -> _Row:
    fit = fit_one_group(x, n, level=level)
    numbers = wald(fit.estimate, fit.se, test=test, df=x.size - 1, level=level)
    pi_low, pi_high = prediction(fit.estimate, fit.se, fit.tau2, x.size, level)
    numbers |= {"pi_low": pi_low, "pi_high": pi_high, "tau2": fit.tau2, "tau2_se": fit.tau2_se}
    numbers["tau2_ci"] = fit.tau2_ci
    ends = expit(np.array([numbers["estimate"], numbers["ci_low"], numbers["ci_high"]]))
    assumes = "logits vary normally; Wald interval of the median proportion"
    return _Row(GLMM, assumes, numbers, tuple(float(end) for end in ends))


def _beta_binomial_row(x: FloatArray, n: FloatArray, level: float) -> _Row:
    fit = fit_proportion(x, n, level)
    ends = expit(np.array([fit.estimate, fit.ci_low, fit.ci_high]))
    assumes = "proportions vary as a beta distribution; profile likelihood of the mean proportion"
    return _Row("beta-binomial", assumes, {}, tuple(float(end) for end in ends))


def _bayes_row(
    x: FloatArray, n: FloatArray, level: float, *, tau_scale: float = TAU_SCALE, mu_sd: float = MU_SD
) -> _Row:
    fit = binomial_bayes(x, n, level=level, tau_scale=tau_scale, mu_sd=mu_sd)
    numbers = {"estimate": fit.median, "se": fit.sd, "tau2": fit.tau_median**2}
    numbers |= {name: getattr(fit, name) for name in ("ci_low", "ci_high", "pi_low", "pi_high")}
    ends = expit(np.array([fit.median, fit.ci_low, fit.ci_high]))
    priors = f"half-normal({tau_scale:g}) for tau, normal(0, {mu_sd:g}) for the logit"
    name = BAYES if (tau_scale, mu_sd) == (TAU_SCALE, MU_SD) else f"{BAYES}, {priors}"
    assumes = f"logits vary normally; priors {priors}; median proportion"
    return _Row(name, assumes, numbers, tuple(float(end) for end in ends))


def _by_likelihood(
    x: FloatArray, n: FloatArray, studies: pd.DataFrame, test: str, level: float, *, method: str
) -> Proportion:
    rare = is_rare(x, n)
    rows, notes = _rows(tuple(x.tolist()), tuple(n.tolist()), test, level)
    primary, reason = _choice(x, n, rare, {row.name for row in rows})
    if method == "exact" and primary != EXACT:
        primary, reason = EXACT, _asked_for_exact(x, n)
    chosen = next(row for row in rows if row.name == primary)
    heterogeneity = _likelihood_ratio(x, n) if x.size > 1 else {}
    studies = studies.assign(weight=100 * n / n.sum())
    return _assembled(
        x, n, rows, chosen, studies, [reason, *notes],
        measure="PLO", method=method, test=test, rare=rare, level=level, **heterogeneity,
    )  # fmt: skip


# The same counts come back under many choices, and in every figure and verdict.
@lru_cache(maxsize=64)
def _rows(
    events: tuple[float, ...], people: tuple[float, ...], test: str, level: float
) -> tuple[tuple[_Row, ...], tuple[str, ...]]:
    """Return every way to the interval, the exact one first, and why some are not there."""
    x, n = np.array(events), np.array(people)
    exact = _exact_row(x, n, level)
    if x.size == 1:
        return (exact,), ()
    fitted, notes = _fitted_rows(x, n, test, level)
    needs_priors = is_rare(x, n) or GLMM not in {row.name for row in fitted}
    bayes = [_bayes_row(x, n, level, **priors) for priors in PRIORS] if needs_priors else []
    return (exact, *fitted, *bayes), tuple(notes)


def _fitted_rows(x: FloatArray, n: FloatArray, test: str, level: float) -> tuple[list[_Row], list[str]]:
    """GLMM and beta-binomial where they have a maximum, and why not where they have none."""
    if x.sum() in (0, n.sum()):
        kind = "no events" if x.sum() == 0 else "only events"
        return [], [
            f"GLMM and beta-binomial are not fitted: with {kind} their estimate lies on the boundary."
        ]
    rows, notes = [], []
    for fit in (lambda: _glmm_row(x, n, test, level), lambda: _beta_binomial_row(x, n, level)):
        try:
            rows.append(fit())
        except ConvergenceError as error:
            notes.append(str(error))
    return rows, notes


def _choice(x: FloatArray, n: FloatArray, rare: bool, fitted: set[str]) -> tuple[str, str]:
    """Name of the primary row, and the reason in words with the numbers."""
    events, total = int(x.sum()), int(n.sum())
    if x.size == 1:
        return EXACT, f"One group ({events} of {total}): nothing to pool; its own exact interval is shown."
    if events in (0, total):
        kind = "No events" if events == 0 else "Only events"
        return EXACT, (
            f"{kind} in {x.size} groups of together {total} people: the exact (Clopper-Pearson) interval of"
            " the summed counts is primary; it takes one proportion to hold for all groups."
        )
    silent = int(max(np.count_nonzero(x == 0), np.count_nonzero(x == n)))
    counted = f"{events} event{'s' * (events != 1)} in {total} people; {silent} of {x.size} groups"
    counted += " without an event" if np.count_nonzero(x == 0) == silent else " with only events"
    if rare:
        return BAYES, (
            f"Rare by rule ({counted}; limits: fewer than {FEW_EVENTS} events or people without, or half"
            " of the groups): too little to trust the GLMM's Wald interval, so the Bayesian binomial-normal"
            " interval is primary. The exact interval of the summed counts takes one proportion to hold for"
            " all groups. With so few events the priors matter: `alternatives` shows two others."
        )
    if GLMM not in fitted:
        return (
            BAYES,
            f"The GLMM has no maximum ({counted}): the Bayesian binomial-normal interval is primary.",
        )
    return GLMM, f"Not rare by rule ({counted}): the GLMM's interval is primary."


def _asked_for_exact(x: FloatArray, n: FloatArray) -> str:
    return (
        f"Exact interval of the summed counts ({int(x.sum())} of {int(n.sum())}), as asked for. It takes one"
        " proportion to hold for all groups; `alternatives` shows the intervals that let them differ."
    )


def _likelihood_ratio(x: FloatArray, n: FloatArray) -> dict[str, float]:
    """Likelihood-ratio test of one proportion for all groups (G squared)."""
    p = x.sum() / n.sum()
    q = 2 * float(np.sum(xlogy(x, x) - xlogy(x, n * p) + xlogy(n - x, n - x) - xlogy(n - x, n * (1 - p))))
    q = max(q, 0.0)
    return {"q": q, "q_df": float(x.size - 1), "q_p": float(stats.chi2.sf(q, x.size - 1))}


def _by_inverse_variance(
    x: FloatArray, n: FloatArray, studies: pd.DataFrame, measure: str, method: str, test: str, level: float
) -> Proportion:
    effects = escalc(measure, xi=x, ni=n)
    fit = pool(
        yi=effects["yi"].to_numpy(), vi=effects["vi"].to_numpy(), method=method, test=test, level=level
    )
    names = ("estimate", "se", "statistic", "p", "ci_low", "ci_high", "pi_low", "pi_high")
    names += ("tau2", "tau2_se", "tau2_ci")
    numbers = {name: getattr(fit, name) for name in names}
    notes = [*([PFT_CAUTION] if measure == "PFT" else []), *fit.notes]
    limits = np.array([numbers[name] for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")])
    back, said = _back(limits, measure, n)
    notes += said
    rare = is_rare(x, n)
    corrected = int(np.count_nonzero((x == 0) | (x == n)))
    if corrected and measure in ("PLO", "PLN", "PR"):
        notes.append(
            f"0.5 was added to events and non-events of {corrected} groups with none or only events."
        )
    if rare:
        notes.append("Rare by rule: inverse-variance pooling is not to be trusted here; see method='GLMM'.")
    chosen = _Row(method, f"{measure}, inverse variance", numbers, tuple(back[:3].tolist()))
    rows = [chosen, _exact_row(x, n, level)]
    heterogeneity = {name: getattr(fit, name) for name in ("i2", "h2", "q", "q_df", "q_p")}
    return _assembled(
        x, n, rows, chosen, studies.assign(weight=fit.weights), notes, predicted=(back[3], back[4]),
        measure=measure, method=method, test=test, rare=rare, level=level, **heterogeneity,
    )  # fmt: skip


def _back(values: FloatArray, measure: str, n: FloatArray) -> tuple[FloatArray, list[str]]:
    """Values of the analysis scale as proportions between 0 and 1, and what must be said about it."""
    if measure != "PFT":
        return np.clip(scale(SCALES[measure]).back(values), 0.0, 1.0), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ScaleWarning)
        back = np.asarray(pft_back(values, ni=n))
    return np.where(np.isnan(values), np.nan, back), [str(warning.message) for warning in caught]


def _assembled(
    x: FloatArray,
    n: FloatArray,
    rows: Sequence[_Row],
    chosen: _Row,
    studies: pd.DataFrame,
    notes: list[str],
    *,
    predicted: tuple[float, float] | None = None,
    **numbers: Any,
) -> Proportion:
    fields: dict[str, Any] = dict.fromkeys(NUMBERS, np.nan) | {"tau2_ci": (np.nan, np.nan)}
    fields |= chosen.numbers | numbers
    if predicted is None:
        predicted = tuple(expit(np.array([fields["pi_low"], fields["pi_high"]])))
    table = pd.DataFrame(
        [
            {
                "method": row.name,
                "proportion": row.ends[0],
                "low": row.ends[1],
                "high": row.ends[2],
                "primary": row is chosen,
                "assumes": row.assumes,
            }
            for row in rows
        ]
    )
    return Proportion(
        primary=chosen.name,
        k=x.size,
        events=int(x.sum()),
        total=int(n.sum()),
        proportion=chosen.ends[0],
        proportion_low=chosen.ends[1],
        proportion_high=chosen.ends[2],
        proportion_pi_low=float(predicted[0]),
        proportion_pi_high=float(predicted[1]),
        alternatives=table,
        studies=studies,
        notes=tuple(notes),
        **fields,
    )

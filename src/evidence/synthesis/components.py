"""Component network meta-analysis: what each part of a combined treatment adds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.errors import InputError
from evidence.synthesis.component_names import Vocabulary, vocabulary
from evidence.synthesis.component_result import ESTIMABLE, ComponentFit, Components
from evidence.synthesis.network_compare import Fit, numbers
from evidence.synthesis.network_compared import MODELS
from evidence.synthesis.network_designs import chi2_p
from evidence.synthesis.network_input import Table, read_network
from evidence.synthesis.network_kernels import System, part_basis, row_parts, solve
from evidence.synthesis.network_pairs import IntArray, Pairs, part_names
from evidence.synthesis.network_ranks import SMALL_VALUES, p_scores
from evidence.synthesis.network_rows import rows_of
from evidence.synthesis.network_tau2 import METHODS, network_tau2, q_profile, tau2_se
from evidence.synthesis.network_words import tau2_notes

RANK = 1e-10  # eigenvalues below this share of the largest are 0


def components(
    contrasts: Table,
    *,
    measure: str | None = None,
    inactive: str | None = None,
    sep: str = "+",
    interactions: str | Sequence[str | Sequence[str]] | None = None,
    method: str = "REML",
    model: str = "random",
    small_values: str = "desirable",
    level: float = 0.95,
) -> Components:
    """Fit an additive component network meta-analysis, in connected and disconnected networks.

    Parameters
    ----------
    contrasts, measure
        As `evidence.synthesis.network.network`; a treatment such as "mn + prp" is made of its components.
    inactive : str, optional
        Component without an effect, such as "placebo". Without one, every component has an effect, and only
        their differences between arms are seen.
    sep : str
        What stands between components.
    interactions : str or sequence, optional
        Sets of components with an effect beyond the sum of theirs: "mn*prp", or a list of such or of
        ("mn", "prp").
    method : {"REML", "DL", "ML"}
        Of tau2, in the additive model.
    model : {"random", "common"}
        Which model the numbers of the result show; both are stored.
    small_values : {"desirable", "undesirable"}
        For ranks of the treatments.
    level : float

    Returns
    -------
    Components

    Raises
    ------
    OptionError
        If an option does not exist, or a component was given to nobody; the nearest is named.
    InputError
        As `network`; or if no treatment is a combination, or every contrast compares equal components.

    Notes
    -----
    The effect of a treatment is the sum of those of its components (and interactions). Q of this model less Q
    of the network without it tests additivity, each sub-network with effects of its own. Components that the
    data cannot tell apart have no estimate (NaN); a note names them.

    References
    ----------
    Rücker, Petropoulou and Schwarzer 2020, Biom J 62:808; Welton et al. 2009, Am J Epidemiol 169:1158.

    Examples
    --------
    >>> table = {"study": list("xyz"), "t1": ["mn", "mn + prp", "mn + prp"], "t2": ["none", "none", "mn"],
    ...          "te": [-0.5, -0.9, -0.3], "se": [0.2, 0.2, 0.2]}
    >>> fitted = components(table, inactive="none", method="DL")
    >>> dict(zip(fitted.components, fitted.component_estimates.round(4).tolist(), strict=True))
    {'mn': -0.5333, 'prp': -0.3333}
    """
    option("method", method, METHODS)
    option("model", model, MODELS)
    option("small_values", small_values, SMALL_VALUES)
    level = checked_level(level)
    pairs = read_network("components", contrasts, measure)
    words = vocabulary(pairs.treatments, inactive, sep, interactions)
    return _fitted(pairs, words, method=method, model=model, small_values=small_values, level=level)


def _fitted(
    pairs: Pairs, words: Vocabulary, *, method: str, model: str, small_values: str, level: float
) -> Components:
    rows, notes = rows_of(pairs)
    incidence = np.array([words.columns(name) for name in pairs.treatments])
    space = _row_space(System(rows, incidence))
    full = space.shape[0] == space.shape[1]
    system = System(rows, incidence if full else incidence @ space)
    part = row_parts(rows)
    q, q_df = _q(System(rows, part_basis(rows.n, part)))
    additive, df = _q(system)
    between = network_tau2(system, method)
    joined = np.zeros_like(part) if full else part
    ahead = float(df - 1) if df > 1 else math.nan
    common = _fit(system, space, 0.0, joined, math.nan)
    random = _fit(system, space, between, joined, ahead)
    fit = random if model == "random" else common
    terms = np.array([fit.combination(amounts) for amounts in np.eye(len(words.terms))]).T
    found = numbers(*terms, fit.treatments, level)
    unidentified = _unidentified(space, words)
    return Components(
        components=words.terms,
        component_estimates=found["te"],
        component_se=found["se"],
        **{name: found[name] for name in ("ci_low", "ci_high", "statistic", "p")},
        treatments=pairs.treatments,
        p_scores=p_scores(fit.treatments, small_values),
        tau2=between,
        tau2_se=tau2_se(system, between, method),
        tau2_ci=q_profile(system, level),
        i2=100 * max(additive - df, 0.0) / additive if df and additive > 0 else math.nan,
        q_additive=additive,
        q_additive_df=df,
        q_additive_p=chi2_p(additive, df),
        q=q,
        q_df=q_df,
        q_p=chi2_p(q, q_df),
        q_difference=max(additive - q, 0.0) if df > q_df else 0.0,
        q_difference_df=df - q_df,
        q_difference_p=chi2_p(additive - q, df - q_df),
        k=len(pairs.studies),
        comparisons=pairs.te.size,
        subnetworks=part_names(part, pairs.treatments),
        unidentified=unidentified,
        inactive=words.inactive,
        sep=words.sep,
        model=model,
        method=method,
        small_values=small_values,
        level=level,
        notes=(*pairs.notes, *notes, *_notes(unidentified, df, q_df, between)),
        measure=pairs.measure,
        scale=pairs.scale,
        vocabulary=words,
        common_fit=common,
        random_fit=random,
        pairs=pairs,
        system=system,
    )


def _q(system: System) -> tuple[float, int]:
    """Q at tau2 = 0 with its degrees of freedom; 0 without any."""
    return (solve(system, 0.0).q, system.df) if system.df else (0.0, 0)


def _row_space(whole: System) -> FloatArray:
    """Orthonormal basis of the combinations of terms that contrasts can tell, shape (terms, rank)."""
    information = whole.information(np.ones(whole.rows.k))
    values, vectors = np.linalg.eigh(information)
    known = values > RANK * max(values[-1], 1.0)
    if not known.any():
        raise InputError(
            "components: every contrast compares equal components, so that none can be estimated; look at"
            " `inactive` and `sep`."
        )
    return np.eye(values.size) if known.all() else vectors[:, known]


def _fit(system: System, space: FloatArray, between: float, part: IntArray, ahead: float) -> ComponentFit:
    at = solve(system, between)
    inverse = np.linalg.inv(system.information(at.w))
    inverse = (inverse + inverse.T) / 2
    coefficients = inverse @ (system.basis.T @ system.gathered(at.w * system.rows.y))
    treatments = Fit(between, at.effects, at.covariance, part, ahead)
    return ComponentFit(treatments, space @ coefficients, space @ inverse @ space.T, space)


def _unidentified(space: FloatArray, words: Vocabulary) -> tuple[str, ...]:
    outside = np.linalg.norm(np.eye(space.shape[0]) - space @ space.T, axis=1)
    return tuple(name for name, size in zip(words.terms, outside, strict=True) if size > ESTIMABLE)


def _notes(unidentified: tuple[str, ...], df: int, q_df: int, between: float) -> list[str]:
    notes = []
    if unidentified:
        named = ", ".join(unidentified)
        notes.append(f"the data cannot tell these components apart, which have no estimate: {named}")
    notes += tau2_notes(df, between)
    if df == q_df:
        notes.append("the additive model has as many effects as the network: additivity cannot be tested")
    return notes

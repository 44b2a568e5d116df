"""Network meta-analysis: compare treatments that no trial compared, through those that trials did."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evidence.arguments import level as checked_level
from evidence.arguments import option
from evidence.synthesis.network_compare import Fit, numbers
from evidence.synthesis.network_compared import MODELS, treatment_code
from evidence.synthesis.network_designs import q_parts
from evidence.synthesis.network_input import Table, read_network
from evidence.synthesis.network_kernels import System, part_basis, row_parts, solve
from evidence.synthesis.network_pairs import IntArray, Pairs, part_names, parts
from evidence.synthesis.network_ranks import SMALL_VALUES, p_scores
from evidence.synthesis.network_result import Network
from evidence.synthesis.network_rows import rows_of
from evidence.synthesis.network_tau2 import METHODS, network_tau2, q_profile, tau2_se
from evidence.synthesis.network_words import tau2_notes

_NO_LOOP = "no closed loop of different designs: consistency of direct and indirect evidence cannot be tested"


def network(
    contrasts: Table,
    *,
    measure: str | None = None,
    method: str = "REML",
    model: str = "random",
    reference: str | None = None,
    small_values: str = "desirable",
    level: float = 0.95,
) -> Network:
    """Fit a network meta-analysis.

    Parameters
    ----------
    contrasts : DataFrame or mapping of columns
        Contrast rows: `study`, `t1`, `t2`, `te` (effect of t1 against t2; ratios on the log scale), `se`;
        every pair of arms of a multi-arm study; `n1` and `n2`, people in each arm, where known. Or arm rows:
        `study`, `treatment`, and `mean`, `sd`, `n`; or `events`, `n`; or `estimate`, `se` (of the arm).
    measure : str, optional
        For arm rows "MD", "SMD" or "ROM"; "OR", "RR" or "RD" (see
        `evidence.synthesis.network_arms.arm_pairs`). For contrast rows and estimates any code, which says
        what scale they stand on; by default "GEN".
    method : {"REML", "DL", "ML"}
        Of tau2, one for all comparisons.
    model : {"random", "common"}
        Which model the numbers of the result show; both are stored.
    reference : str, optional
        Treatment that the others are compared with; by default that of most studies.
    small_values : {"desirable", "undesirable"}
        Whether a small effect is good, for ranks.
    level : float
        Of all intervals.

    Returns
    -------
    Network

    Raises
    ------
    InputError
        Naming the study: a treatment compared with itself, one arm, a gap, a standard error of 0 or less, a
        contrast given twice or missing from a multi-arm study, contrasts or standard errors of a study that
        contradict each other.
    OptionError
        If an option, a measure, or the reference does not exist; the nearest is named.

    Notes
    -----
    Multi-arm studies enter with the covariance of their contrasts (see `evidence.synthesis.network_rows`),
    which is generalised least squares and equals the reduced weights of the graph-theoretical method. A
    network in several parts is fitted with one tau2; `subnetworks` lists the parts, and `subnetwork(name)`
    fits one alone.

    References
    ----------
    Rücker 2012, Res Synth Methods 3:312; Rücker and Schwarzer 2014, Stat Med 33:4353.

    Examples
    --------
    >>> table = {"study": ["x", "y", "z"], "t1": ["a", "b", "a"], "t2": ["b", "c", "c"],
    ...          "te": [1.0, 0.5, 1.8], "se": [0.3, 0.4, 0.5]}
    >>> fitted = network(table, method="DL", reference="c")
    >>> fitted.estimate("a", "c").te.__round__(3), fitted.q.__round__(3)
    (1.65, 0.18)
    """
    option("method", method, METHODS)
    option("model", model, MODELS)
    option("small_values", small_values, SMALL_VALUES)
    level = checked_level(level)
    return fit_network(
        read_network("network", contrasts, measure),
        method=method,
        model=model,
        reference=reference,
        small_values=small_values,
        level=level,
    )


def fit_network(
    pairs: Pairs,
    *,
    method: str,
    model: str,
    reference: str | None,
    small_values: str,
    level: float,
    tau2: float | None = None,
) -> Network:
    """Fit a network that has been read; a given `tau2` stands in place of its estimate."""
    chosen = _most_studied(pairs) if reference is None else reference
    base = treatment_code(chosen, pairs.treatments, "reference")
    rows, notes = rows_of(pairs)
    part = row_parts(rows)
    system = System(rows, part_basis(rows.n, part))
    between = network_tau2(system, method) if tau2 is None else tau2
    at_zero, at = solve(system, 0.0), solve(system, between)
    df = float(system.df - 1)
    common = Fit(0.0, at_zero.effects, at_zero.covariance, part, math.nan)
    random = Fit(between, at.effects, at.covariance, part, df if df >= 1 else math.nan)
    fit = random if model == "random" else common
    against = numbers(fit.te()[:, base], fit.se()[:, base], fit, level)
    found = q_parts(system, at_zero)
    i2 = 100 * max(found.q - found.q_df, 0.0) / found.q if found.q_df and found.q > 0 else math.nan
    subnetworks = part_names(part, pairs.treatments)
    return Network(
        treatments=pairs.treatments,
        reference=chosen,
        **against,
        p_scores=p_scores(fit, small_values),
        tau2=between,
        tau2_se=tau2_se(system, between, method),
        tau2_ci=q_profile(system, level),
        i2=i2,
        **found._asdict(),
        k=len(pairs.studies),
        comparisons=pairs.te.size,
        subnetworks=subnetworks,
        model=model,
        method=method,
        small_values=small_values,
        level=level,
        notes=(*pairs.notes, *notes, *_notes(system, between, found.q_between_df, subnetworks)),
        measure=pairs.measure,
        scale=pairs.scale,
        common=common,
        random=random,
        pairs=pairs,
        system=system,
    )


def _most_studied(pairs: Pairs) -> str:
    return pairs.treatments[int(np.argmax(_studies_of(pairs)))]


def _studies_of(pairs: Pairs) -> IntArray:
    """Number of studies of each treatment."""
    n = len(pairs.treatments)
    arms = np.concatenate([pairs.study * n + pairs.first, pairs.study * n + pairs.second])
    return np.bincount(np.unique(arms) % n, minlength=n)


def _notes(
    system: System, between: float, loops: int, subnetworks: tuple[tuple[str, ...], ...]
) -> tuple[str, ...]:
    notes = []
    if len(subnetworks) > 1:
        listed = "; ".join(", ".join(names) for names in subnetworks)
        notes.append(
            f"the network falls into {len(subnetworks)} sub-networks that no study joins, fitted with one"
            f" tau2; treatments are compared and ranked within each: {listed}"
        )
    notes += tau2_notes(system.df, between)
    if loops == 0:
        notes.append(_NO_LOOP)
    return tuple(notes)


def connectivity(contrasts: Table, *, measure: str | None = None) -> pd.DataFrame:
    """Show which treatments a chain of studies joins.

    Parameters
    ----------
    contrasts, measure
        As `network`.

    Returns
    -------
    DataFrame
        One row a treatment: treatment, subnetwork (from 1), studies, comparators (treatments it met in a
        study), people (NaN where unknown).

    Examples
    --------
    >>> table = {"study": ["x", "y"], "t1": ["a", "c"], "t2": ["b", "d"], "te": [1, 2], "se": [1, 1]}
    >>> connectivity(table)[["treatment", "subnetwork", "studies"]].to_dict("list")
    {'treatment': ['a', 'b', 'c', 'd'], 'subnetwork': [1, 1, 2, 2], 'studies': [1, 1, 1, 1]}
    """
    pairs = read_network("connectivity", contrasts, measure)
    n = len(pairs.treatments)
    edges = np.unique(pairs.first * n + pairs.second)
    met = np.bincount(np.concatenate([edges // n, edges % n]), minlength=n)
    return pd.DataFrame(
        {
            "treatment": pairs.treatments,
            "subnetwork": parts(n, pairs.first, pairs.second) + 1,
            "studies": _studies_of(pairs),
            "comparators": met,
            "people": pairs.people,
        }
    )

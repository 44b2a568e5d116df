"""Trial sequential analysis: is the evidence enough, now that the question was asked after every trial?"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.effects.scale import scale
from evidence.errors import InputError, OptionError
from evidence.robustness import sequential_words as say
from evidence.robustness.information_size import diversity, required_information
from evidence.robustness.looks import Arrival, Order, arrival, curve
from evidence.robustness.sequential_input import LowBias, difference, people_of
from evidence.robustness.sequential_result import Sequential
from evidence.robustness.spending import SPENDING
from evidence.robustness.standing import adjusted_interval, planned, standing
from evidence.synthesis.many import MANY_TESTS
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies, studies
from evidence.synthesis.tau2 import METHODS

ADJUSTMENTS = ("diversity", "i2")
UNITS = ("variance", "people")


def sequential(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    ni: ArrayLike | None = None,
    delta: float | str | None = None,
    low_bias: LowBias = None,
    order: Order = None,
    collapse: bool = False,
    alpha: float = 0.05,
    power: float = 0.9,
    two_sided: bool = True,
    spending: str = "obrien_fleming",
    futility: bool = True,
    adjust: str | float = "diversity",
    unit: str = "variance",
    method: str = "REML",
    test: str = "z",
) -> Sequential:
    """Hold the cumulative Z curve of a meta-analysis against the boundaries of a sequential trial.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        Rows with `included` False are left out. Column `n` holds people, `year` the order.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    ni : array, shape (k,), optional
        People of each study, with `yi` and `vi`.
    delta : float or str
        The smallest difference worth finding, on the scale of `yi`; its sign says where benefit lies.
        "pooled" takes the pooled estimate of the same studies, "low_bias" that of the studies in `low_bias`.
    low_bias : str or array of bool, shape (k,), optional
        Studies at low risk of bias, or the column that says so; for ``delta="low_bias"``.
    order : str or sequence, optional
        A column, or one key a study, smallest first; ties in the order of the table. By default column "year"
        where there is one, otherwise the order of the table, and a note says so.
    collapse : bool
        Take studies of the same key as one look.
    alpha, power : float
        Of the whole sequence.
    two_sided : bool
        False looks for benefit only.
    spending : {"obrien_fleming", "pocock"}
        See `evidence.robustness.spending.spent`.
    futility : bool
        Spend beta too, for a (non-binding) futility wedge.
    adjust : str or float
        How the required size allows for heterogeneity: "diversity" (D2), "i2", or a share from 0 to below 1.
    unit : {"variance", "people"}
        What the information fraction counts: inverse sampling variances, or people.
    method, test : str
        Of the cumulative meta-analyses; as of `evidence.synthesis.many.pool_many`. Boundaries are made for
        Z; a t test enters with the normal score of its p value.

    Returns
    -------
    Sequential

    Raises
    ------
    TooFewStudiesError
        If no study is left.
    OptionError
        If an option does not exist or does not fit.
    InputError
        If delta, alpha, power or a study's numbers cannot be right.

    Notes
    -----
    Wetterslev et al. (2008, J Clin Epidemiol 61:64; 2009, BMC Med Res Methodol 9:86): the size is that of one
    trial without interim looks, so that the looks cost some power; `attained_power` says what is left. The
    boundaries are exact for a Brownian motion in the information (`evidence.robustness.boundaries`); where
    tau2 is estimated anew at each look that is an approximation, rough for few studies: Wald tests cross
    somewhat too often and ``test="adhoc"`` too seldom. The adjusted interval is the repeated one of Jennison
    and Turnbull (1989, J R Stat Soc B 51:305): the boundary in place of 1.96.

    Examples
    --------
    >>> found = sequential(
    ...     yi=[0.3, 0.5, 0.2, 0.6, 0.4], vi=[0.04, 0.05, 0.03, 0.04, 0.02], delta=0.4, method="EE"
    ... )
    >>> found.fraction.round(2)
    array([0.38, 0.69, 1.19, 1.57, 2.33])
    >>> found.conclusion, found.decided_at
    ('benefit', 1)
    """
    if isinstance(effects, Pooled):
        effects = effects.effects
    given = studies("sequential", effects, yi, vi, least=1, instead="")
    _check(given, collapse, two_sided, futility, spending, unit, method, test)
    favours = effects.favours if isinstance(effects, Effects) else ("", "")
    found, origin = difference(given, delta, low_bias, method, test)
    people = people_of(given, ni, unit)
    came = arrival(order, given.table, given.labels, collapse=collapse)
    at = curve(given.y[came.order], given.v[came.order], came.ends, method=method, test=test)
    share, adjusted = _heterogeneity(given, adjust, method, test)
    plan = {"alpha": alpha, "power": power, "two_sided": two_sided}
    plain = required_information(found, **plan)
    required = required_information(found, heterogeneity=share, **plan)
    information = np.cumsum(1 / given.v[came.order])[came.ends - 1]
    counted = np.cumsum(people[came.order])[came.ends - 1]
    per_person = counted[-1] / information[-1]
    fraction = counted / (required * per_person) if unit == "people" else information / required
    edges, attained = planned(fraction, plan, spending=spending, futility=futility)
    facts: dict[str, Any] = {
        "added": _added(given.labels, came),
        "k": came.ends.astype(float),
        "information": information,
        "people": counted,
        "fraction": fraction,
        "upper": edges.upper,
        "futility": edges.futility,
        "alpha_spent": edges.alpha_spent,
        "beta_spent": edges.beta_spent,
        "required_unadjusted": plain,
        "required": required,
        "required_people_unadjusted": plain * per_person,
        "required_people": required * per_person,
        "heterogeneity": 100 * share,
        "attained_power": attained,
        "delta": found,
        "delta_from": origin,
        "spending": spending,
        "beta_spending": futility,
        "adjust": adjusted,
        "unit": unit,
        "order": came.name,
        "method": method,
        "test": test,
        "scale": given.scale,
        "measure": given.measure,
        "favours": favours,
        **plan,
        **{name: getattr(at, name) for name in ("estimate", "se", "z", "tau2")},
        **standing(math.copysign(1.0, found) * at.z, edges, fraction, two_sided=two_sided),
    }
    facts |= adjusted_interval(at, edges.upper, math.copysign(1.0, found), two_sided=two_sided)
    unknown = [label for label, n in zip(given.labels, people, strict=True) if not n > 0]
    nobody = "any study" if len(unknown) == people.size else ", ".join(unknown)
    own = {"ties": came.ties, "no_people": nobody}
    return Sequential(**facts, notes=say.notes(facts | own))


def _check(
    given: Studies,
    collapse: bool,
    two_sided: bool,
    futility: bool,
    spending: str,
    unit: str,
    method: str,
    test: str,
) -> None:
    for name, value in (("collapse", collapse), ("two_sided", two_sided), ("futility", futility)):
        if not isinstance(value, bool):
            raise OptionError(f"{name}={value!r} is neither True nor False.")
    option("spending", spending, SPENDING)
    option("unit", unit, UNITS)
    option("method", method, METHODS)
    option("test", test, MANY_TESTS)
    if test == "KR" and method != "REML":
        raise OptionError(f"test='KR' is made for method='REML', not method={method!r}.")
    if math.isnan(scale(given.scale).null):
        raise InputError(
            f"sequential asks whether there is an effect; on the {given.scale} scale of a proportion there is"
            " no value of no effect."
        )


def _heterogeneity(given: Studies, adjust: str | float, method: str, test: str) -> tuple[float, str]:
    """Share of variance that the required size allows for, and its kind."""
    if isinstance(adjust, Real) and not isinstance(adjust, bool):
        if not 0 <= adjust < 1:
            raise InputError(f"adjust={adjust!r} must be a share from 0 to below 1, such as 0.25 for 25 %.")
        return float(adjust), "given"
    option("adjust", adjust, ADJUSTMENTS)
    if given.y.size == 1:
        return 0.0, str(adjust)
    fit = pool(yi=given.y, vi=given.v, method=method, test=test, prediction=None)
    return (diversity(given.v, fit.tau2) if adjust == "diversity" else fit.i2 / 100), str(adjust)


def _added(labels: list[str], came: Arrival) -> tuple[str, ...]:
    starts = [0, *came.ends[:-1]]
    return tuple(
        ", ".join(labels[i] for i in came.order[first:last])
        for first, last in zip(starts, came.ends, strict=True)
    )

"""What is said of a selection model: intervals of p, the methods sentence, notes and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

FEW = 10
SPARSE = 3

_P = {
    "greater": "one-sided p values, small for positive estimates",
    "less": "one-sided p values, small for negative estimates",
    "two-sided": "two-sided p values",
}
_SHAPES = {
    "step": "steps at p = {steps} (Vevea and Hedges 1995)",
    "beta": "the shape of a beta density (Citkowicz and Vevea 2017)",
    "halfnormal": "the shape of a half-normal density (Preston et al. 2004)",
}
_INTERVALS = {
    "wald": "Wald intervals from the observed information",
    "profile": "profile-likelihood intervals",
}


def interval_names(steps: Sequence[float]) -> list[str]:
    """Write the intervals that steps cut p into.

    Examples
    --------
    >>> interval_names([0.025, 0.5])
    ['0 < p ≤ 0.025', '0.025 < p ≤ 0.5', '0.5 < p ≤ 1']
    """
    edges = [0.0, *steps, 1.0]
    return [f"{low:g} < p ≤ {high:g}" for low, high in pairwise(edges)]


def method_sentence(
    *,
    k: int,
    kind: str,
    steps: Sequence[float],
    alternative: str,
    method: str,
    fixed: Iterable[float] | None,
    interval: str,
    level: float,
) -> str:
    """Write the sentence of a methods section.

    Examples
    --------
    >>> said = method_sentence(k=20, kind="beta", steps=(), alternative="two-sided", method="ML", fixed=None,
    ...                        interval="wald", level=0.95)
    >>> said[:66]
    'Selection model of 20 studies: a random-effects model (maximum lik'
    """
    effects = "random-effects" if method == "ML" else "common-effect"
    shape = _SHAPES[kind].format(steps=", ".join(f"{step:g}" for step in steps))
    if fixed is None:
        weights = "estimated and tested against equal weights by a likelihood-ratio test"
    else:
        given = ", ".join(f"{value:g}" for value in fixed)
        weights = f"given as {given}, not estimated (sensitivity analysis of Vevea and Woods 2005)"
    return (
        f"Selection model of {k} studies: a {effects} model (maximum likelihood) in which the probability"
        f" that a study is reported depends on its p value ({_P[alternative]}, by the normal distribution)"
        f" with {shape}; weights {weights}; {100 * level:g} % {_INTERVALS[interval]}."
    )


def empty_words(steps: Sequence[float], counts: Sequence[int], alternative: str) -> str:
    """Say which intervals hold no study, and how many each holds.

    Examples
    --------
    >>> empty_words((0.025,), (0, 13), "two-sided")
    'no study has 0 < p ≤ 0.025 (0 < p ≤ 0.025: 0, 0.025 < p ≤ 1: 13; two-sided p values)'
    """
    names = interval_names(steps)
    empty = " or ".join(name for name, count in zip(names, counts, strict=True) if count == 0)
    listed = ", ".join(f"{name}: {count}" for name, count in zip(names, counts, strict=True))
    return f"no study has {empty} ({listed}; {_P[alternative]})"


def notes(
    *,
    k: int,
    kind: str,
    counts: Sequence[int],
    steps: Sequence[float],
    forced: str,
    at_bound: Sequence[str],
    tau2: float | None,
    maxima: int,
    fixed: bool,
    known: bool,
    against: Sequence[str] = (),
) -> tuple[str, ...]:
    """Write what a reader should know of this fit.

    Examples
    --------
    >>> notes(k=40, kind="beta", counts=(), steps=(), forced="", at_bound=(), tau2=0.0, maxima=1, fixed=True,
    ...       known=True)
    ('tau2 is estimated as 0, the least it can be',)
    """
    said = []
    if k < FEW:
        said.append(f"{k} studies are few for a selection model: the estimate may be far off")
    if forced:
        said.append(f"{forced}: the weight of this interval is not estimated from studies in it")
    sparse = (
        [
            f"{name} ({count})"
            for name, count in zip(interval_names(steps), counts, strict=True)
            if 0 < count < SPARSE
        ]
        if kind == "step" and not fixed
        else []
    )
    if sparse:
        said.append(f"fewer than {SPARSE} studies stand behind the weight of {', '.join(sparse)}")
    if at_bound:
        said.append(f"at the edge of what it may be: {', '.join(at_bound)}")
    if tau2 == 0:
        said.append("tau2 is estimated as 0, the least it can be")
    if maxima > 1:
        said.append(f"the likelihood has {maxima} maxima; this is the highest that was found")
    if against:
        said.append(
            "not the pattern of selective reporting: larger p values are reported more readily"
            f" ({'; '.join(against)})"
        )
    if not known:
        said.append("the likelihood is flat or not peaked at the estimate: no standard errors")
    if not fixed:
        said.append(
            "the test of selection has little power with few studies: a large p value does not show that all"
            " were reported"
        )
    return tuple(said)

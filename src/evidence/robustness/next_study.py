"""How much narrower a pooled interval would be, study by study, were a missing number had."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, floats, vector
from evidence.effects.effects import Effects
from evidence.effects.scale import scale
from evidence.errors import InputError
from evidence.review import Review
from evidence.robustness.missing import NOT_KNOWN, Missing, missing_numbers
from evidence.robustness.simulated import Drawn, simulate
from evidence.robustness.sources import Sources
from evidence.robustness.stratified import Mixture
from evidence.robustness.study_precision import Model
from evidence.synthesis.answer import PRIMARY
from evidence.synthesis.exact import exact_interval
from evidence.synthesis.many import pool_many
from evidence.synthesis.tau_posterior import NormalNormal, integrate
from evidence.synthesis.tau_priors import tau_prior
from evidence.tables.question import Question

Limits = tuple[FloatArray, FloatArray]
# Half-normal(1): the wider of the two that Röver et al. (2021, Res Synth Methods 12:448) advise for effects
# standardised or on the log scale; few studies alone would say that tau is 0.
TAU_PRIOR = ("halfnormal", 1.0)
MODEL = {"method": PRIMARY["method"], "test": PRIMARY["test"]}


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A study whose missing number would enter a question.

    Attributes
    ----------
    study_id, label : str
    rows : tuple of Missing
        Its rows, one an arm or comparison.
    drawn : tuple of Drawn
        Simulated effects of the rows; empty where nothing is pooled yet.
    estimate, low, high : array, shape (draws,)
        Simulated pooled estimate and limits with the study, on the reader's scale.
    width : array, shape (draws,)
        Width of that interval on the analysis scale (of a share, in the share).
    """

    study_id: str
    label: str
    rows: tuple[Missing, ...]
    drawn: tuple[Drawn, ...] = ()
    estimate: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    low: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    high: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)
    width: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)

    @property
    def people(self) -> float:
        """People it would add, those of sides of one face once; NaN where their number is not known."""
        sizes = [row.n for row in self.rows]
        return float(np.max(sizes) if all(row.paired for row in self.rows) else np.sum(sizes))


@dataclass(frozen=True, slots=True, eq=False)
class NextStudies:
    """What further numbers would do for one question.

    Attributes
    ----------
    question : Question
    k : int
        Rows with a number now.
    low, high, width : float
        Interval now, by the model of the simulation; NaN where nothing is pooled.
    null : float
        No effect, or the question's benchmark, on the reader's scale; NaN where there is neither.
    candidates : tuple of Candidate
        In the order of their labels.
    unknown : int
        Studies left out since nothing tells whether they measured the outcome.
    """

    question: Question
    k: int
    low: float
    high: float
    width: float
    null: float
    candidates: tuple[Candidate, ...]
    unknown: int

    @property
    def pooled(self) -> bool:
        """Whether there is an interval to narrow."""
        return bool(np.isfinite(self.width))

    def side(self, low: ArrayLike, high: ArrayLike) -> FloatArray:
        """Return 1 where an interval lies above no effect, -1 where below, 0 where it holds it."""
        above, below = np.asarray(low) > self.null, np.asarray(high) < self.null
        return above.astype(float) - below.astype(float)


def interval_with(
    yi: ArrayLike,
    vi: ArrayLike,
    new_yi: ArrayLike,
    new_vi: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    method: str = MODEL["method"],
    test: str = MODEL["test"],
) -> Limits:
    """Return the pooled 95 % interval when rows are added, once a draw.

    Parameters
    ----------
    yi, vi : array_like, shape (k,)
        What is pooled now.
    new_yi, new_vi : array_like, shape (draws, m)
        Estimates and sampling variances of the added rows; one row a draw.
    mask : array_like of 0 and 1, shape (draws, m), optional
        0 adds nothing.
    method, test : str
        As of `evidence.synthesis.many.pool_many`.

    Returns
    -------
    low, high : array, shape (draws,)

    Raises
    ------
    InputError
        If arrays do not fit each other.

    Examples
    --------
    >>> now, added = ([0.2, 0.6], [0.04, 0.05]), ([[0.4], [0.9]], [[0.04], [0.04]])
    >>> low, high = interval_with(*now, *added, method="EE", test="z")
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.151, 0.33], [0.62, 0.799])
    """
    y, v = vector("yi", yi), vector("vi", vi)
    more_y, more_v = floats("new_yi", new_yi), floats("new_vi", new_vi)
    if more_y.ndim != 2 or more_y.shape != more_v.shape:
        raise InputError(
            f"new_yi {more_y.shape} and new_vi {more_v.shape} must both have the shape (draws, rows added)."
        )
    n = len(more_y)
    used = np.ones(more_y.shape) if mask is None else floats("mask", mask)
    result = pool_many(
        np.hstack([np.tile(y, (n, 1)), more_y]),
        np.hstack([np.tile(v, (n, 1)), more_v]),
        np.hstack([np.ones((n, len(y))), used]),
        method=method,
        test=test,
    )
    return result.ci_low, result.ci_high


def next_studies(
    review: Review,
    question: Question,
    effects: Effects,
    sources: Sources,
    *,
    draws: int,
    seed: int,
    unknown: bool = False,
) -> NextStudies:
    """Simulate what each study's missing number would do for a question.

    Parameters
    ----------
    review : Review
    question : Question
    effects : Effects
        Of the question.
    sources : Sources
    draws, seed : int
    unknown : bool
        Take studies of which nothing tells whether they measured the outcome.

    Returns
    -------
    NextStudies
    """
    found = missing_numbers(review, question, effects, sources=sources)
    taken = [row for row in found if unknown or row.measured != NOT_KNOWN]
    studies = [
        Candidate(study_id, sources.studies[study_id]["label"], tuple(rows))
        for study_id, rows in groupby(sorted(taken, key=_study_first), key=_study_first)
    ]
    left_out = {row.study_id for row in found} - {row.study_id for row in taken}
    units = scale(effects.scale)
    null = np.nan if question.kind == "proportion" else float(units.back(units.null))
    null = null if question.benchmark is None else question.benchmark
    if effects.k < 2 or question.model == "shown":
        return NextStudies(question, effects.k, np.nan, np.nan, np.nan, null, tuple(studies), len(left_out))
    model = model_of(effects)
    drawn = [
        tuple(
            simulate(row, question, effects.measure, model, sources.spreads, _rng(seed, question, row), draws)
            for row in study.rows
        )
        for study in studies
    ]
    _, low, high, width = (float(part[0]) for part in _limits(question, effects, [()], 1))
    limits = _limits(question, effects, drawn, draws) if drawn else (np.empty(0),) * 4
    parts = [part.reshape(len(studies), draws) for part in limits]
    simulated = tuple(
        Candidate(study.study_id, study.label, study.rows, drawn[i], *(part[i] for part in parts))
        for i, study in enumerate(studies)
    )
    return NextStudies(question, effects.k, low, high, width, null, simulated, len(left_out))


def _study_first(row: Missing) -> str:
    return row.study_id


def _rng(seed: int, question: Question, row: Missing) -> np.random.Generator:
    """Return numbers that depend on the row alone, not on which others are asked for."""
    return np.random.default_rng([seed, zlib.crc32(f"{question.id}/{row.study_id}/{row.arm_id}".encode())])


def model_of(effects: Effects, r: float = 0.5) -> Model:
    """Return what the pooled rows say of a further study: their mean, its uncertainty, their size."""
    posterior = integrate(NormalNormal(effects.yi, effects.vi, None), tau_prior(TAU_PRIOR))
    people = effects.included["n"].to_numpy(dtype=float)
    return Model(
        predictive=Mixture(posterior.mean, posterior.sd**2 + posterior.tau**2, posterior.weight),
        per_person=float(np.median(effects.vi * people)),
        people=float(np.median(people)),
        r=r,
    )


def _limits(
    question: Question, effects: Effects, drawn: list[tuple[Drawn, ...]], draws: int
) -> tuple[FloatArray, ...]:
    """Pool all draws of all studies at once; return estimates and limits as read, and widths."""
    if question.kind == "proportion" and question.model == "exact":
        rows = effects.included
        xi = np.concatenate([_total(rows["xi"].sum(), [each.xi for each in of], draws) for of in drawn])
        ni = np.concatenate([_total(rows["ni"].sum(), [each.ni for each in of], draws) for of in drawn])
        low, high = exact_interval(xi, ni)
        return xi / ni, low, high, high - low
    most = max(len(of) for of in drawn)
    shape = (len(drawn), draws, max(most, 1))
    y, v, used = np.zeros(shape), np.ones(shape), np.zeros(shape)
    for i, of in enumerate(drawn):
        for j, each in enumerate(of):
            y[i, :, j], v[i, :, j], used[i, :, j] = each.yi, each.vi, 1.0
    flat = (-1, shape[2])
    low, high = interval_with(effects.yi, effects.vi, y.reshape(flat), v.reshape(flat), used.reshape(flat))
    back = scale(effects.scale).back
    shown = back((low + high) / 2), back(low), back(high)
    return *shown, (shown[2] - shown[1] if question.kind == "proportion" else high - low)


def _total(now: float, more: list[FloatArray], draws: int) -> FloatArray:
    return now + np.sum(more, axis=0) if more else np.full(draws, float(now))

"""Simulated trials of a treatment that does nothing: what entry criteria and time alone do to a score."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, floats, vector, whole_number
from evidence.effects.effects import Effects
from evidence.effects.measures import escalc
from evidence.errors import InputError, ScaleWarning

FAR = 3.0  # SDs; beyond it hardly anybody would ever enter
_AGREEMENT = 0.5  # of the two visits, as the review assumes where none is printed
_BATCH = 4096


@dataclass(frozen=True, slots=True, eq=False)
class UntreatedTrials:
    """Trials in which no treatment does anything; every number is simulated.

    Attributes
    ----------
    people : DataFrame
        One row a person who entered: trial, arm ("needled" or "control"; both are left alone), `true_before`,
        `before`, `true_after` and `after`. Scores are severity in SDs of the measured score of everybody
        who might have entered; higher is worse.
    """

    people: pd.DataFrame

    @property
    def before_after(self) -> Effects:
        """Change of the arm called needled, standardised as the review does (SMCR); above 0 is better."""
        arm = self._described("needled")
        return self._effects("SMCR", "before and after", ("worse than before", "better than before"), arm)

    @property
    def compared(self) -> Effects:
        """Severity after, of controls less that of the arm called needled (SMD); above 0 is better."""
        one, two = self._described("control"), self._described("needled")
        both = {
            "m1i": one["m2i"],
            "sd1i": one["sd2i"],
            "n1i": one["ni"],
            "m2i": two["m2i"],
            "sd2i": two["sd2i"],
            "n2i": two["ni"],
        }
        return self._effects("SMD", "compared with controls", ("favours control", "favours needling"), both)

    def means(self) -> pd.DataFrame:
        """Return mean severity before and after, as measured and as it truly is, over everybody."""
        shown = self.people[["before", "true_before", "after", "true_after"]].mean()
        names = ["measured", "true"] * 2
        return pd.DataFrame(
            {"visit": ["before", "before", "after", "after"], "severity": names, "mean": shown.to_numpy()}
        )

    def _described(self, arm: str) -> dict[str, FloatArray]:
        groups = self.people.loc[self.people["arm"] == arm].groupby("trial", sort=False)
        before, after = groups["before"], groups["after"]
        found = {
            "m1i": before.mean(),
            "sd1i": before.std(),
            "m2i": after.mean(),
            "sd2i": after.std(),
            "ni": before.size(),
        }
        return {name: values.to_numpy(dtype=float) for name, values in found.items()}

    def _effects(
        self, measure: str, title: str, favours: tuple[str, str], columns: dict[str, FloatArray]
    ) -> Effects:
        numbers = columns | ({"ri": _AGREEMENT} if measure == "SMCR" else {})
        with warnings.catch_warnings():
            # A strict entry leaves so little spread that a large SMCR is no mistake in a table.
            warnings.simplefilter("ignore", ScaleWarning)
            table = escalc(measure, **numbers)
        table["label"] = self.people["trial"].unique()
        table["n"] = sum(columns[name] for name in columns if name in {"ni", "n1i", "n2i"})
        return Effects(table, measure, title=f"Simulated, nobody treated: {title}", favours=favours)


def untreated_trials(
    sizes: ArrayLike,
    *,
    reliability: float = 0.6,
    entry: float = 0.5,
    settling: float = 0.2,
    seed: int = 1,
) -> UntreatedTrials:
    """Simulate trials of people who are measured twice and not treated in between.

    A measured score is the true severity and an error of that day. People enter whose first score is at or
    above `entry`; among them errors that made scars look worse are too common, and at the second visit these
    are gone: regression to the mean. True severity also falls by `settling`, as scars do with time.

    Parameters
    ----------
    sizes : array_like of int, shape (k,)
        People in each arm of each trial, at least 2.
    reliability : float
        Share of the variance of a measured score that is true severity, between 0 and 1.
    entry : float
        Least first score of those who enter, SDs above the mean of all who might.
    settling : float
        Fall of everybody's true severity between the visits, SDs.
    seed : int

    Returns
    -------
    UntreatedTrials

    Raises
    ------
    InputError
        If a size is no whole number of 2 or more, `reliability` is not between 0 and 1, or `entry` or
        `settling` is no number between -3 and 3.

    Notes
    -----
    With scores X of mean 0, SD 1 and reliability r, those who enter at a or above have mean
    m = phi(a) / (1 - Phi(a)) at the first visit and r m - settling at the second (Davis 1976, Am J
    Epidemiol 104:493): the change expected without treatment is (1 - r) m + settling.

    Examples
    --------
    >>> trials = untreated_trials([200, 300])
    >>> trials.before_after.yi.round(1), trials.compared.yi.round(1)
    (array([1.4, 1.5]), array([0.1, 0.1]))
    """
    counts = [whole_number("a size", _whole(size), 2) for size in vector("sizes", sizes)]
    if not counts:
        raise InputError("sizes is empty; give the people in an arm of each trial.")
    share = _between("reliability", reliability, 0.0, 1.0)
    least, fall = _between("entry", entry, -FAR, FAR), _between("settling", settling, -FAR, FAR)
    rng = np.random.default_rng(whole_number("seed", seed, 0))
    groups = [
        _group(rng, f"Simulated {number}", arm, size, share, least, fall)
        for number, size in enumerate(counts, start=1)
        for arm in ("needled", "control")
    ]
    return UntreatedTrials(pd.concat(groups, ignore_index=True))


def _whole(size: float) -> float | int:
    return int(size) if float(size).is_integer() else float(size)


def _between(name: str, value: float, low: float, high: float) -> float:
    number = floats(name, value)
    if number.ndim or not low < float(number) < high:
        raise InputError(f"{name}={value!r} must be a number between {low:g} and {high:g}.")
    return float(number)


def _group(
    rng: np.random.Generator, trial: str, arm: str, size: int, share: float, least: float, fall: float
) -> pd.DataFrame:
    """Draw people until enough of them may enter, and measure these a second time."""
    true, before = np.empty(0), np.empty(0)
    while before.size < size:
        severity = rng.normal(0.0, share**0.5, _BATCH)
        score = severity + rng.normal(0.0, (1 - share) ** 0.5, _BATCH)
        enters = score >= least
        true, before = np.append(true, severity[enters]), np.append(before, score[enters])
    true, before = true[:size], before[:size]
    after = true - fall
    measured = after + rng.normal(0.0, (1 - share) ** 0.5, size)
    columns = {"true_before": true, "before": before, "true_after": after, "after": measured}
    return pd.DataFrame({"trial": trial, "arm": arm, **columns})

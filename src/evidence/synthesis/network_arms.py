"""From the arms of studies (means, events or estimates) to every pair of arms with its variance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, floats, nearest, option
from evidence.effects.measures import MEASURES
from evidence.effects.small_sample import hedges_correction
from evidence.errors import InputError, OptionError
from evidence.synthesis.network_pairs import IntArray, Pairs, alphabetical, codes, names

KINDS = {
    "means": (("mean", "sd", "n"), ("MD", "SMD", "ROM")),
    "events": (("events", "n"), ("OR", "RR", "RD")),
    "estimates": (("estimate", "se"), ("GEN", *MEASURES)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Rows of arms sorted by study: codes (r,), numbers (r,), and names for messages."""

    studies: tuple[str, ...]
    treatments: tuple[str, ...]
    study: IntArray
    treatment: IntArray
    columns: dict[str, FloatArray]

    def where(self, row: int) -> str:
        """Name an arm."""
        study, treatment = self.studies[self.study[row]], self.treatments[self.treatment[row]]
        return f"Study {study!r}, arm {treatment!r}"

    def total(self, values: FloatArray) -> FloatArray:
        """Sums over the arms of each study, spread back over its arms."""
        return np.bincount(self.study, values)[self.study]


def arm_pairs(what: str, table: pd.DataFrame, measure: str | None) -> Pairs:
    """Compute every pairwise contrast of every study, with a covariance that is exact for more than two arms.

    Parameters
    ----------
    what : str
        Name of the function, for errors.
    table : DataFrame
        Columns `study`, `treatment`, and `mean`, `sd`, `n`; or `events`, `n`; or `estimate`, `se`.
    measure : str or None
        "MD", "SMD", "ROM"; "OR", "RR", "RD"; any code (by default "GEN") for estimates.

    Notes
    -----
    SMD: Hedges' g with the SD pooled over all arms of the study; the covariance of its contrasts is that of
    Gleser and Olkin (2009, in The Handbook of Research Synthesis, ch. 19): with N people, arms have
    ``diag(1 / n) + m m' / (2 N)``, m the arms' standardised means. For events, 0.5 is added to the
    cells of a study with a zero cell, as `ev.escalc` does; a study without events in any arm (for "OR" also
    one with events in all people) says nothing about a ratio and is left out with a note. For two arms all
    agree with `ev.escalc`.
    """
    if "study" not in table.columns:
        near = nearest("study", map(str, table.columns))
        raise InputError(f"{what}: the table has no column 'study'; arm rows need study and treatment.{near}")
    kind, measure = _kind(what, table, measure)
    arms = _arms(table, KINDS[kind][0])
    notes: list[str] = []
    if kind == "events":
        _check_events(arms)
        arms = _with_information(arms, measure, notes)
        mean, own = _of_events(arms, measure, notes)
        shared = np.zeros_like(mean)
    elif kind == "means":
        _check_means(arms, measure)
        mean, own, shared = _of_means(arms, measure)
    else:
        mean, own = arms.columns["estimate"], _checked_se(arms) ** 2
        shared = np.zeros_like(mean)
    one, two = _all_pairs(arms)
    people = np.full(len(arms.treatments), np.nan)
    if "n" in arms.columns:
        people = np.bincount(arms.treatment, arms.columns["n"], minlength=people.size)
    te = mean[one] - mean[two]
    return Pairs(
        arms.studies,
        arms.treatments,
        arms.study[one],
        arms.treatment[one],
        arms.treatment[two],
        te,
        own[one] + own[two] + shared[one] * te**2,
        people,
        tuple(notes),
        measure,
        "identity" if measure == "GEN" else MEASURES[measure].scale,
    )


def _kind(what: str, table: pd.DataFrame, measure: str | None) -> tuple[str, str]:
    """Which numbers of the arms to take: those that are there, and that the measure needs."""
    has = [kind for kind, (columns, _) in KINDS.items() if set(columns) <= set(table.columns)]
    if measure is not None:
        option("measure", measure, dict.fromkeys(code for _, codes in KINDS.values() for code in codes))
    if not has:
        needs = "; or ".join(", ".join(columns) for columns, _ in KINDS.values())
        raise InputError(f"{what}: arm rows need study, treatment, and {needs}; not {list(table.columns)}.")
    for kind in has:
        if measure in KINDS[kind][1] or (measure is None and kind == "estimates"):
            return kind, "GEN" if measure is None else measure
    listed = ", ".join(repr(code) for kind in has for code in KINDS[kind][1])
    if measure is None:
        raise OptionError(f"{what}: measure must say what the arms are compared on: {listed}.")
    raise OptionError(
        f"measure={measure!r} does not fit the columns {', '.join(KINDS[has[0]][0])}; they give {listed}."
    )


def _arms(table: pd.DataFrame, columns: tuple[str, ...]) -> Arms:
    study = names("study", table["study"])
    treatment = names("treatment", table["treatment"], study)
    treatments, studies = alphabetical(treatment), tuple(dict.fromkeys(study))
    code, arm = codes(study, studies), codes(treatment, treatments)
    order = np.lexsort((arm, code))
    numbers = {name: floats(name, table[name])[order] for name in columns}
    arms = Arms(studies, treatments, code[order], arm[order], numbers)
    twice = np.flatnonzero((np.diff(arms.study) == 0) & (np.diff(arms.treatment) == 0))
    if twice.size:
        raise InputError(
            f"{arms.where(int(twice[0]))} stands there more than once; combine its arms"
            " (ev.convert.combine_arms), or give different studies different names."
        )
    for one in np.flatnonzero(np.bincount(arms.study) < 2):
        raise InputError(f"Study {studies[one]!r} has one arm; a comparison needs two or more.")
    for name, values in numbers.items():
        for row in np.flatnonzero(~np.isfinite(values)):
            raise InputError(
                f"{arms.where(int(row))} has {name}={values[row]:g}; complete it or leave the arm out."
            )
    return arms


def _first(arms: Arms, wrong: FloatArray, name: str, remedy: str) -> None:
    for row in np.flatnonzero(wrong):
        raise InputError(f"{arms.where(int(row))} has {name}={arms.columns[name][row]:g}; {remedy}.")


def _checked_se(arms: Arms) -> FloatArray:
    _first(arms, arms.columns["se"] <= 0, "se", "a standard error is above 0")
    return arms.columns["se"]


def _check_means(arms: Arms, measure: str) -> None:
    _first(arms, arms.columns["n"] < 2, "n", "an SD needs two people or more")
    _first(arms, arms.columns["sd"] <= 0, "sd", "a standard deviation is above 0")
    if measure == "ROM":
        _first(arms, arms.columns["mean"] <= 0, "mean", "a ratio of means needs means above 0")


def _check_events(arms: Arms) -> None:
    _first(arms, arms.columns["n"] < 1, "n", "an arm needs people")
    _first(arms, arms.columns["events"] < 0, "events", "events cannot be negative")
    _first(
        arms, arms.columns["events"] > arms.columns["n"], "events", "there cannot be more events than people"
    )


def _of_means(arms: Arms, measure: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Values of the arms, their own variances, and the factor of the squared contrast."""
    mean, sd, n = (arms.columns[name] for name in ("mean", "sd", "n"))
    none = np.zeros_like(mean)
    if measure == "MD":
        return mean, sd**2 / n, none
    if measure == "ROM":
        squared_cv = sd**2 / (n * mean**2)
        return np.log(mean) + squared_cv / 2, squared_cv, none
    df = arms.total(n - 1)
    pooled = np.sqrt(arms.total((n - 1) * sd**2) / df)
    return hedges_correction(df) * mean / pooled, 1 / n, 1 / (2 * arms.total(n))


def _with_information(arms: Arms, measure: str, notes: list[str]) -> Arms:
    """Leave out studies that say nothing about a ratio."""
    if measure == "RD":
        return arms
    events, n = arms.columns["events"], arms.columns["n"]
    empty = np.bincount(arms.study, events) == 0
    if measure == "OR":
        empty |= np.bincount(arms.study, n - events) == 0
    if not empty.any():
        return arms
    left_out = [name for name, gone in zip(arms.studies, empty, strict=True) if gone]
    notes.append(
        f"left out, since no arm (or every person) had the event, which says nothing about {measure}:"
        f" {', '.join(left_out)}"
    )
    if empty.all():
        raise InputError(f"No study is left: no arm had an event. Choose measure='RD', not {measure!r}.")
    used = ~empty[arms.study]
    kept = np.unique(arms.treatment[used])
    place = np.zeros(len(arms.treatments), dtype=np.intp)
    place[kept] = np.arange(kept.size)
    return Arms(
        tuple(name for name, gone in zip(arms.studies, empty, strict=True) if not gone),
        tuple(arms.treatments[code] for code in kept),
        (np.cumsum(~empty) - 1)[arms.study[used]],
        place[arms.treatment[used]],
        {name: values[used] for name, values in arms.columns.items()},
    )


def _of_events(arms: Arms, measure: str, notes: list[str]) -> tuple[FloatArray, FloatArray]:
    x, n = arms.columns["events"], arms.columns["n"]
    zero = np.bincount(arms.study, (x == 0) | (x == n)) > 0
    if zero.any():
        named = [name for name, has in zip(arms.studies, zero, strict=True) if has]
        notes.append(f"0.5 added to the cells of studies with a zero cell: {', '.join(named)}")
    add = np.where(zero[arms.study], 0.5, 0.0)
    x, n = x + add, n + 2 * add
    if measure == "OR":
        return np.log(x / (n - x)), 1 / x + 1 / (n - x)
    if measure == "RR":
        return np.log(x / n), 1 / x - 1 / n
    return x / n, x / n * (1 - x / n) / n


def _all_pairs(arms: Arms) -> tuple[IntArray, IntArray]:
    """Rows of the first and the second arm of every pair, study by study."""
    count = np.bincount(arms.study)
    starts = np.cumsum(count) - count
    pieces = [np.stack(np.triu_indices(m, 1)) + start for m, start in zip(count, starts, strict=True)]
    one, two = np.concatenate(pieces, axis=1)
    return one, two

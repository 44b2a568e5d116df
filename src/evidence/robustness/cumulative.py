"""`cumulative`: the pooled mean as studies were added one after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, nearest
from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError, OptionError
from evidence.robustness.deletion import IntArray, Nested, nested
from evidence.robustness.refit_words import excludes_null, model_sentence, unit_words
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.many import Many
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result

_INSTEAD = "Show the study itself."
_FIRST = "the first step is one estimate, shown as it stands with its normal-theory interval"


@dataclass(frozen=True, slots=True, eq=False)
class Cumulative(Result):
    """Result of `cumulative`.

    Attributes
    ----------
    labels : tuple of str
        What each step added.
    keys : tuple
        What it was ordered by; empty for the order of the table.
    order : str
        Name of the column, "given keys" or "table".
    fits : Many
        The meta-analyses of all that was there by each step, each of shape (g,), on the analysis scale.
    by : str
        "row" or "study".
    method, test, level : str or float
        The model.
    notes : tuple of str
        When the finding last changed.
    source : Effects
        What was given.
    """

    labels: tuple[str, ...]
    keys: tuple[object, ...]
    order: str
    fits: Many = field(repr=False)
    by: str
    method: str
    test: str
    level: float
    notes: tuple[str, ...]
    source: Effects = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Return one row a step, on the analysis scale.

        Columns: added, key (where there is an order), k, estimate, se, ci_low, ci_high, p, tau2, i2
        (percent), q.
        """
        columns: dict[str, object] = {"added": self.labels}
        if self.keys:
            columns["key"] = self.keys
        columns["k"] = self.fits.k.astype(int)
        names = ("estimate", "se", "ci_low", "ci_high", "p", "tau2", "i2", "q")
        return pd.DataFrame(columns | {name: getattr(self.fits, name) for name in names})

    def display(self) -> pd.DataFrame:
        """Return added, estimate, ci_low and ci_high on the reader's scale (ratios, proportions)."""
        back = named_scale(self.source.scale).back
        names = ("estimate", "ci_low", "ci_high")
        return pd.DataFrame({"added": self.labels} | {n: back(getattr(self.fits, n)) for n in names})

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        what = unit_words(self.by, self.source)
        order = {"table": "in the order of the table", "given keys": "in the order of given keys"}
        by = order.get(self.order, f"in the order of {self.order}")
        model = model_sentence(int(self.fits.k[-1]), self.method, self.test, self.level)
        return f"Cumulative meta-analysis: each {what} was added in turn, {by}. Last step: {model}"


def cumulative(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    order: str | Sequence[object] | ArrayLike | None = None,
    by: str = "study",
    method: str | None = None,
    test: str | None = None,
    level: float | None = None,
) -> Cumulative:
    """Pool again each time a study is added.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        Rows with `included` False are left aside.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    order : str or sequence, optional
        A column of the table, such as "year", or keys, one a row in use; smallest first, ties in the order of
        the table. By default the order of the table. ``order=vi`` begins with the most precise.
    by : {"study", "row"}
        Add rows that share their `study_id` together, at the first of their keys, or each row on its own.
    method : str, optional
        As of `pool`, but for "IVhet"; by default that of a pooled result, else "REML".
    test : {"z", "t", "knha", "adhoc", "KR"}, optional
        By default that of a pooled result, else "adhoc".
    level : float, optional
        By default that of a pooled result, else 0.95.

    Returns
    -------
    Cumulative

    Raises
    ------
    TooFewStudiesError
        If there are fewer than two studies (or rows).
    OptionError
        If a column or an option does not exist, or a pooled result was had by one that cannot be fitted
        again here.
    InputError
        If values or keys are missing, keys cannot be compared, or a variance is not above 0.

    Notes
    -----
    Intervals are not adjusted for looking again at each step.

    References
    ----------
    Lau et al. 1992, N Engl J Med 327:248.

    Examples
    --------
    >>> table = pd.DataFrame({"label": ["C", "A", "B"], "year": [2012, 2001, 2009],
    ...                       "yi": [0.9, 0.2, 0.4], "vi": [0.1, 0.1, 0.2]})
    >>> cumulative(table, order="year", method="DL", test="z").summary()[["added", "key", "k", "estimate"]]
      added   key  k  estimate
    0     A  2001  1  0.200000
    1     B  2009  2  0.266667
    2     C  2012  3  0.516632
    """
    given = nested(
        "cumulative", effects, yi, vi, by=by, method=method, test=test, level=level, least=2,
        instead=_INSTEAD,
    )  # fmt: skip
    name, keys = _keys(given, order)
    sequence, rows = _sequence(given, keys)
    place = np.empty(given.size, dtype=int)
    place[sequence] = np.arange(given.size)
    masks = (place[given.unit] <= np.arange(given.size)[:, None]).astype(float)
    fits = _fits(given, masks)
    return Cumulative(
        tuple(given.labels[i] for i in sequence),
        () if keys is None else tuple(keys.iloc[i] for i in rows),
        name,
        fits,
        given.by,
        given.method,
        given.test,
        given.level,
        _notes(given, fits, [given.labels[i] for i in sequence]),
        given.source,
    )


def _keys(given: Nested, order: str | Sequence[object] | ArrayLike | None) -> tuple[str, pd.Series | None]:
    """Name of the order, and one key a row in use."""
    rows = given.source.included
    if order is None:
        return "table", None
    if isinstance(order, str):
        if order not in rows:
            known = ", ".join(rows.columns)
            raise OptionError(
                f"order={order!r} is no column of the effects ({known}).{nearest(order, rows.columns)}"
            )
        name, keys = order, rows[order]
    else:
        name, keys = "given keys", pd.Series(_listed(order), dtype=object)
        if len(keys) != len(rows):
            raise InputError(f"order has {len(keys)} keys where {len(rows)} rows are in use.")
    keys = keys.reset_index(drop=True)
    gap = keys.isna() | (keys.astype(str).str.strip() == "")
    if gap.any():
        label = rows["label"].iloc[int(gap.to_numpy().argmax())]
        what = "key" if name == "given keys" else name
        raise InputError(
            f"{label} has no {what}; cumulative needs one for every row in use. Order by what all have."
        )
    return name, keys


def _listed(order: Sequence[object] | ArrayLike) -> list[object]:
    """Return the keys one by one, each of its own kind: numbers beside text stay numbers."""
    try:
        return list(order.tolist() if isinstance(order, (np.ndarray, pd.Series)) else order)
    except TypeError as error:
        raise InputError(f"order={order!r} must be a column, or keys, one a row in use.") from error


def _sequence(given: Nested, keys: pd.Series | None) -> tuple[IntArray, IntArray]:
    """Units in the order in which they enter, and the row of each that decides it."""
    if keys is None:
        ranks = np.arange(given.y.size)
    else:
        try:
            ranks = keys.argsort(kind="stable").to_numpy()
        except TypeError as error:
            raise InputError(f"The keys of the order cannot be compared with each other: {error}.") from error
    units, first = np.unique(given.unit[ranks], return_index=True)
    entering = np.argsort(first, kind="stable")
    return units[entering], ranks[first[entering]]


def _fits(given: Nested, masks: FloatArray) -> Many:
    """Pool the rows of every step; a first step of one row stands for itself."""
    if masks[0].sum() > 1:
        return given.pooled(masks)
    later, only = given.pooled(masks[1:]), int(masks[0].argmax())
    estimate, se = float(given.y[only]), math.sqrt(given.v[only])
    half = float(quantile(math.inf, given.level)) * se
    single = {
        "estimate": estimate,
        "se": se,
        "statistic": estimate / se,
        "df": math.inf,
        "p": float(p_value(estimate / se, math.inf)),
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "tau2": 0.0,
        "i2": math.nan,
        "q": 0.0,
        "k": 1.0,
    }
    return Many(**{name: np.r_[value, getattr(later, name)] for name, value in single.items()})


def _notes(given: Nested, fits: Many, labels: list[str]) -> tuple[str, ...]:
    """Say from which step on the interval says what it says at the end."""
    notes = [_FIRST] if fits.k[0] == 1 else []
    if np.isfinite(named_scale(given.source.scale).null):
        found = excludes_null(fits)
        different = np.flatnonzero(found != found[-1])
        since = int(different[-1]) + 1 if different.size else 0
        says = "excludes" if found[-1] else "includes"
        interval = f"the {100 * given.level:g} % confidence interval"
        step = f"step {since + 1} of {len(labels)}"
        notes.append(f"{interval} {says} no effect since {labels[since]} was added ({step})")
    return tuple(notes)

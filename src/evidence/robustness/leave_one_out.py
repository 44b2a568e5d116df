"""`leave_one_out`: the pooled mean without each study in turn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.robustness.deletion import Fit, fit_at, fits_from, nested
from evidence.robustness.refit_words import deletion_notes, model_sentence, unit_words
from evidence.synthesis.many import Many
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result

_INSTEAD = "Without one of two studies nothing is left to pool; show both studies."


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut(Result):
    """Result of `leave_one_out`.

    Attributes
    ----------
    labels : tuple of str
        What was left out, in the order of the table.
    fits : Many
        The meta-analyses without it, each of shape (g,), on the analysis scale.
    whole : Fit
        The meta-analysis of all studies.
    by : str
        "row" or "study".
    method, test, level : str or float
        The model.
    notes : tuple of str
        What hangs on a single study.
    source : Effects
        What was given.
    """

    labels: tuple[str, ...]
    fits: Many = field(repr=False)
    whole: Fit
    by: str
    method: str
    test: str
    level: float
    notes: tuple[str, ...]
    source: Effects = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Return one row a study left out, on the analysis scale.

        Columns: left_out, k, estimate, se, ci_low, ci_high, p, change (of the estimate), tau2, i2 (percent),
        q.
        """
        fits = self.fits
        columns = {
            "left_out": self.labels,
            "k": fits.k.astype(int),
            "change": fits.estimate - self.whole.estimate,
        }
        names = ("estimate", "se", "ci_low", "ci_high", "p", "tau2", "i2", "q")
        table = pd.DataFrame(columns | {name: getattr(fits, name) for name in names})
        return table[
            ["left_out", "k", "estimate", "se", "ci_low", "ci_high", "p", "change", "tau2", "i2", "q"]
        ]

    def display(self) -> pd.DataFrame:
        """Return left_out, estimate, ci_low and ci_high on the reader's scale (ratios, proportions)."""
        back = named_scale(self.source.scale).back
        names = ("estimate", "ci_low", "ci_high")
        return pd.DataFrame(
            {"left_out": self.labels} | {name: back(getattr(self.fits, name)) for name in names}
        )

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        what = unit_words(self.by, self.source)
        return f"Leave-one-out analysis: each {what} was left out in turn and the rest pooled again. " + (
            model_sentence(int(self.whole.k), self.method, self.test, self.level)
        )


def leave_one_out(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    by: str = "study",
    method: str | None = None,
    test: str | None = None,
    level: float | None = None,
) -> LeaveOneOut:
    """Pool again without each study in turn.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        Rows with `included` False are left aside.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    by : {"study", "row"}
        Leave out rows that share their `study_id` together, or each row on its own.
    method : str, optional
        As of `pool`, but for "IVhet"; by default that of a pooled result, else "REML".
    test : {"z", "t", "knha", "adhoc", "KR"}, optional
        By default that of a pooled result, else "adhoc".
    level : float, optional
        By default that of a pooled result, else 0.95.

    Returns
    -------
    LeaveOneOut

    Raises
    ------
    TooFewStudiesError
        If there are fewer than three studies (or rows).
    OptionError
        If an option does not exist, or a pooled result was had by one that cannot be fitted again here.
    InputError
        If values are missing, or a variance is not above 0.

    References
    ----------
    Viechtbauer and Cheung 2010, Res Synth Methods 1:112.

    Examples
    --------
    >>> found = leave_one_out(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")
    >>> found.summary()[["left_out", "estimate", "i2"]].round(3)
      left_out  estimate      i2
    0  Study 1     0.956  88.889
    1  Study 2     0.746  95.858
    2  Study 3     0.275  50.000
    >>> found.notes[0]
    'the estimate moves most, from 0.664 to 0.275, without Study 3'
    >>> found.notes[1]
    'the 95 % confidence interval of all includes no effect, but excludes it without Study 1'
    """
    given = nested(
        "leave_one_out", effects, yi, vi, by=by, method=method, test=test, level=level, least=3,
        instead=_INSTEAD,
    )  # fmt: skip
    everything = np.ones((1, given.y.size))
    fits = given.pooled(np.vstack([everything, given.kept()]))
    whole, without = fit_at(fits, 0), fits_from(fits, 1)
    return LeaveOneOut(
        given.labels,
        without,
        whole,
        given.by,
        given.method,
        given.test,
        given.level,
        deletion_notes(given, whole, without),
        given.source,
    )

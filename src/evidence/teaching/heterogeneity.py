"""Exercises of the third lesson: what heterogeneity means."""

from __future__ import annotations

from evidence.review import Review
from evidence.robustness.leave_one_out import leave_one_out
from evidence.robustness.subsets import gosh
from evidence.synthesis.answer import PRIMARY
from evidence.synthesis.pool import pool
from evidence.teaching.exercise import Exercise, Solution
from evidence.teaching.expected import Choice, Numbers, yes_or_no
from evidence.teaching.forest import QUESTION, pooled_change

_LARGER = 4
_SAME = 0.5  # I2 that differs by less, in percent, is called the same


def _prediction(review: Review) -> Solution:
    found, least = pooled_change(review), review.question(QUESTION).worthwhile
    why = (
        f"The prediction interval, {found.pi_low:.2f} to {found.pi_high:.2f}, is where the change of a new"
        f" clinic may lie; the least worthwhile change is {least:g}. The confidence interval,"
        f" {found.ci_low:.2f} to {found.ci_high:.2f}, is about the mean of all clinics only."
    )
    return Solution(yes_or_no(found.pi_low < least < found.pi_high), why)


def _i2_of_larger(review: Review) -> Solution:
    found = pooled_change(review)
    larger = pool(yi=found.yi, vi=found.vi / _LARGER, **PRIMARY)
    gap = larger.i2 - found.i2
    turn = "stays" if abs(gap) < _SAME else "rises" if gap > 0 else "falls"
    why = (
        f"From {found.i2:.0f} % to {larger.i2:.0f} %, while tau goes from {found.tau2**0.5:.2f} to"
        f" {larger.tau2**0.5:.2f} SD. I2 is the share of the spread that is not chance: with less chance it"
        " grows. How far true changes lie apart is said by tau and the prediction interval."
    )
    return Solution(Choice(turn, ("rises", "stays", "falls")), why)


def _left_out(review: Review) -> Solution:
    found = leave_one_out(review.effects(QUESTION))
    rows = found.summary()
    most = rows.loc[rows["change"].abs().idxmax()]
    least, top = rows["estimate"].min(), rows["estimate"].max()
    why = (
        f"Without {most['left_out']} the pooled change moves by {most['change']:+.2f}. Whichever study is"
        f" left out, it stays between {least:.2f} and {top:.2f}."
    )
    return Solution(Choice(most["left_out"], rows["left_out"].tolist()), why)


def _i2_left_out(review: Review) -> Solution:
    found = leave_one_out(review.effects(QUESTION))
    rows, whole = found.summary(), pooled_change(review)
    least = rows.loc[rows["i2"].idxmin()]
    why = (
        f"Without {least['left_out']} I2 is {least['i2']:.0f} %, with it {whole.i2:.0f} %. One study explains"
        " part of the heterogeneity, not all of it; and to leave out what does not fit is no analysis."
    )
    return Solution(Numbers((float(least["i2"]),), 1.0, 0), why)


def _gosh(review: Review) -> Solution:
    found = gosh(review.effects(QUESTION))
    rows = found.summary().set_index("study")
    inside, outside = rows.loc[found.separating, ["i2_with", "i2_without"]]
    why = (
        f"It accounts for {rows.loc[found.separating, 'separation']:.0f} % of the spread of the {found.n:,}"
        f" subsets: their median I2 is {inside:.0f} % with it and {outside:.0f} % without it."
    )
    return Solution(Choice(found.separating, tuple(found.labels)), why)


EXERCISES = (
    Exercise(
        "heterogeneity-1",
        "May the change in a new clinic be smaller than the least worthwhile change? (yes or no)",
        "The bar under the diamond is the prediction interval; where does it begin?",
        _prediction,
    ),
    Exercise(
        "heterogeneity-2",
        "Were every study four times as large, with the same estimate, what would I2 do: it rises, stays, or"
        " falls?",
        "Pool `found.yi` with a quarter of `found.vi` and compare.",
        _i2_of_larger,
    ),
    Exercise(
        "heterogeneity-3",
        "Which study, left out, moves the pooled change most?",
        "Look for the row whose square lies furthest from that of all studies, on either side.",
        _left_out,
    ),
    Exercise(
        "heterogeneity-4",
        "Leave out the one study without which I2 is least: what is it then, in percent?",
        "`ev.leave_one_out(effects).summary()` has a column `i2`; take its least value.",
        _i2_left_out,
    ),
    Exercise(
        "heterogeneity-5",
        "Which study splits the subsets into two clouds best?",
        "In the panels, look for the one whose two colours overlap least; it stands first.",
        _gosh,
    ),
)

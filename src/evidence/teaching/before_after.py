"""Exercises of the second lesson: why a change is not an effect."""

from __future__ import annotations

from evidence.errors import InputError
from evidence.review import Review
from evidence.synthesis.answer import PRIMARY
from evidence.synthesis.pool import Pooled, pool
from evidence.teaching.exercise import Exercise, Solution
from evidence.teaching.expected import Choice, Numbers, yes_or_no
from evidence.teaching.forest import QUESTION
from evidence.teaching.untreated import UntreatedTrials, untreated_trials

BESIDE = "Q1a"
# What may be done about a simulated trial, and how the simulation is told of it.
REMEDIES = {
    "stricter entry": {"entry": 1.5},
    "larger trials": {},
    "a more reliable scale": {"reliability": 0.9},
}
_LARGER = 4


def lesson_trials(review: Review, *, larger: int = 1, **options: float) -> UntreatedTrials:
    """Simulate untreated trials as large as the studies of the lessons' question."""
    sizes = review.effects(QUESTION).included["n"].to_numpy()
    return untreated_trials(larger * sizes, **options)


def _said(found: Pooled) -> str:
    return f"{found.estimate:.2f} ({found.ci_low:.2f} to {found.ci_high:.2f})"


def _simulated_change(review: Review) -> Solution:
    found = pool(lesson_trials(review).before_after, **PRIMARY)
    real = pool(review.effects(QUESTION), **PRIMARY)
    below, above = lesson_trials(review).before_after.favours
    sign = above if found.ci_low > 0 else below if found.ci_high < 0 else "no clear change"
    why = (
        f"The simulated change is {_said(found)}, and nobody was treated; that of the review is"
        f" {_said(real)}. A before-after study cannot tell the two apart."
    )
    return Solution(Choice(sign, (above, "no clear change", below)), why)


def _true_fall(review: Review) -> Solution:
    means = lesson_trials(review).means().set_index(["visit", "severity"])["mean"]
    measured = float(means["before", "measured"] - means["after", "measured"])
    true = float(means["before", "true"] - means["after", "true"])
    why = (
        f"Measured severity fell by {measured:.2f}, true severity by {true:.2f}. The rest,"
        f" {100 * (1 - true / measured):.0f} % of it, is regression to the mean: people were let in for a"
        " score that was partly the error of that day."
    )
    return Solution(Numbers((true,), 0.01), why)


def _simulated_difference(review: Review) -> Solution:
    found = pool(lesson_trials(review).compared, **PRIMARY)
    why = (
        f"The pooled difference from controls is {_said(found)}: what time and selection do happens in both"
        " arms, and the difference is free of it."
    )
    return Solution(yes_or_no(found.ci_low <= 0 <= found.ci_high), why)


def _beside(review: Review) -> Solution:
    rows = review.effects(BESIDE).included
    sides = rows.pivot_table("yi", "study_id", "treatment", aggfunc="first", sort=False)
    both = sides.reindex(columns=["mn", "placebo"]).dropna()
    if both.empty:
        raise InputError(f"{BESIDE} has no trial that prints the change on both sides; restore its rows.")
    needled, untreated = both.iloc[0]
    why = (
        f"{needled:.1f} points on the needled side less {untreated:.1f} on the other. No interval follows"
        " from the two printed ones: both sides belong to one person, and how they agree is not printed."
    )
    return Solution(Numbers((needled - untreated,), 0.05, 1), why)


def _remedy(review: Review) -> Solution:
    changes = {
        name: pool(
            lesson_trials(review, larger=_LARGER if name == "larger trials" else 1, **options).before_after,
            **PRIMARY,
        ).estimate
        for name, options in REMEDIES.items()
    }
    best = min(changes, key=lambda name: abs(changes[name]))
    listed = ", ".join(f"{name} {change:.2f}" for name, change in changes.items())
    why = f"Simulated changes without any treatment: {listed}. Size makes a wrong answer only more precise."
    return Solution(Choice(best, tuple(changes)), why)


EXERCISES = (
    Exercise(
        "before-1",
        "What do the simulated trials say when they are pooled: better than before, no clear change, or worse"
        " than before?",
        "Look at the diamond in the simulated forest plot: on which side of no change does it lie?",
        _simulated_change,
    ),
    Exercise(
        "before-2",
        "By how much did the true severity of the simulated people fall?",
        "Take the two rows of the table that are true, not those that are measured.",
        _true_fall,
    ),
    Exercise(
        "before-3",
        "Compared with their controls, does the pooled interval of the simulated trials include no"
        " difference? (yes or no)",
        "Does the diamond touch the line of no difference?",
        _simulated_difference,
    ),
    Exercise(
        "before-4",
        "In the first trial with an untreated side, how many points more did the needled side improve?",
        "Subtract the change on the untreated side from that on the needled side.",
        _beside,
    ),
    Exercise(
        "before-5",
        "What would make the change of the simulated, untreated people smallest: stricter entry, larger"
        " trials, or a more reliable scale?",
        "Try it: `untreated_trials` takes `entry`, `reliability` and the sizes.",
        _remedy,
    ),
)

"""Exercises on the review's own numbers: their answers are computed when asked, and stand nowhere."""

from evidence.teaching.check import Feedback, check, exercises, show
from evidence.teaching.untreated import UntreatedTrials, untreated_trials

__all__ = ["Feedback", "UntreatedTrials", "check", "exercises", "show", "untreated_trials"]

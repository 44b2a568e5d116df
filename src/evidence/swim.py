"""Synthesis without meta-analysis: directions and p values, and the plots that show them."""

from evidence.figures import effect_direction
from evidence.synthesis.directions import directions, question_p, question_sign_test
from evidence.synthesis.p_values import combine_p, one_sided, p_interval
from evidence.synthesis.sign_test import sign_test

__all__ = [
    "combine_p",
    "directions",
    "effect_direction",
    "one_sided",
    "p_interval",
    "question_p",
    "question_sign_test",
    "sign_test",
]

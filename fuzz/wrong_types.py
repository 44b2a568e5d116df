"""Every public function with one argument of a wrong type or size."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import evidence as ev
from fuzz.campaign import Target
from fuzz.judge import Verdict, judge
from fuzz.odd import odd
from fuzz.public import usual_calls

SLOW = (
    "deck",
    "write_deck",
    "verdicts",
    "robustness_overview",
    "by_route",
    "certainties",
    "what_next",
    "explore",
)


@st.composite
def faults(draw: st.DrawFn) -> tuple[str, str, Any]:
    """Draw a function, one of its arguments, and a value for it."""
    known = usual_calls()
    name = draw(st.sampled_from([each for each in sorted(known) if each not in SLOW]))
    argument = draw(st.sampled_from(sorted(known[name])))
    # What can be called is a fit value, whose errors are its own.
    return name, argument, draw(odd.filter(lambda value: argument != "progress" or not callable(value)))


def judged(fault: tuple[str, str, Any]) -> Verdict:
    """Judge the call with the fault in it; a value that happens to fit may give a result."""
    name, argument, value = fault
    given = usual_calls()[name] | {argument: value}
    return judge(lambda: getattr(ev, name)(**given), lambda _result: ())


TARGET = Target("wrong types", "every public function with one argument replaced", faults(), judged)

"""What is no review, no answers or no table of effects is refused by every public function."""

import importlib

import pandas as pd
import pytest

import evidence as ev
from evidence.errors import EvidenceError, InputError
from fuzz.public import NOT_CALLED, calls

WRONG = ("nonsense", 3, None, [], {"a": 1}, object(), 10**400, 1j)
TABLES = ("review", "tables", "effects", "contrasts", "answers", "found", "verdicts", "table", "frame")
MAY_BE_LEFT_OUT = {"answers", "found", "verdicts", "effects", "review", "progress", "question_id"}
FUNCTIONS = sorted(set(ev.__all__) - NOT_CALLED)


@pytest.fixture(scope="module")
def known_calls(whole_review, whole_answers, whole_verdicts):
    return calls(whole_review, whole_answers, whole_verdicts)


def test_every_public_function_is_called(known_calls):
    assert set(ev.__all__) == set(known_calls) | NOT_CALLED


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_wrong_type_is_refused(name, known_calls):
    given = known_calls[name]
    for argument in set(given) & {*TABLES, "question_id", "progress"}:
        for wrong in WRONG:
            if argument == "answers" and isinstance(wrong, dict):
                continue  # what is missing is computed
            if wrong is None and argument in MAY_BE_LEFT_OUT:
                continue
            with pytest.raises(EvidenceError):
                getattr(ev, name)(**(given | {argument: wrong}))


def test_answers_that_hold_no_answers_are_named(review):
    with pytest.raises(InputError, match=r"answers\['Q1b'\] must be an answer, as .*, not 3"):
        ev.verdicts(review, {"Q1b": 3})


def test_answers_that_are_missing_are_computed(review, whole_answers):
    some = {key: whole_answers[key] for key in ("Q1b", "Q1c")}
    assert ev.verdict(review, "C1", some) == ev.verdict(review, "C1", whole_answers)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ev.proportion(xi=[1, 2], ni=[9, 9], labels=1), "labels must be a list of names, not 1"),
        (lambda: ev.pool(yi=[1, 2], vi=[10**400, 1]), "vi must hold numbers only"),
        (lambda: ev.pool(yi=[1, 2], vi=[1, 1], level=10**400), "must lie between 0 and 1"),
        (lambda: ev.pool(yi=[1, 2], vi=[1, 1], method=["REML"]), "is not one of"),
        (lambda: ev.escalc("OR", ai=[10**400], n1i=[3], ci=[1], n2i=[3]), "ai must hold numbers only"),
        (lambda: ev.escalc("MD", add=10**400), "zero or more"),
        (lambda: ev.matched_pairs(x1i=[3], x2i=[4], ni=[1e300], phi=[0]), "at most 1e.12 people"),
        (lambda: ev.bootstrap(yi=[1, 2], vi=[1, 1], draws=10**9), "at most 10,000,000"),
        (lambda: ev.metareg(yi=[1, 2], vi=[1, 1], moderators=3), "moderators is a DataFrame or a mapping"),
        (
            lambda: ev.metareg(yi=[1, 2, 4], vi=[1, 1, 1], moderators={"x": 1}),
            "an array with a value",
        ),
        (
            lambda: ev.Effects(pd.DataFrame([[1, 1, 2, 3]], columns=["yi", "vi", "year", "year"])),
            "more than one column 'year'",
        ),
    ],
)
def test_the_message_names_the_value_and_what_would_be_right(call, said):
    with pytest.raises(InputError, match=said):
        call()


def test_modules_are_no_functions():
    for name in NOT_CALLED & {"convert", "errors", "figures", "references", "swim", "teaching"}:
        assert importlib.import_module(f"evidence.{ev._HOME[name]}")

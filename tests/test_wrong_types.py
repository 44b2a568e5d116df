"""What is no review, no answers or no table of effects is refused by every public function."""

import importlib

import pandas as pd
import pytest

import evidence as ev
from evidence.errors import EvidenceError, InputError, OptionError
from fuzz.public import COUNTS, NOT_CALLED, calls, contrasts, effects

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
        (
            lambda: ev.components(contrasts("x", "y", "x+y"), inactive=pd.NA),
            "inactive=<NA> was given to nobody",
        ),
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


LIKE_A_MAPPING = "reference must be a mapping of moderators to levels, such as .*, not"
NO_NUMBERS = "se must hold numbers only"
NO_ERROR = r"Study 'c' has se={} for a against c \(row 2\); a standard error is finite and above 0"
NO_CORRELATION = r"must lie between 0 and 1 \(below 1: effects of a cluster are not copies\)"
CALLED = {
    "metareg": lambda **given: ev.metareg(effects(), "arm", **given),
    "permutation_test": lambda **given: ev.permutation_test(effects(), "arm", **given),
    "multilevel": lambda **given: ev.multilevel(effects(), outer="arm", **given),
    "mantel_haenszel": lambda **given: ev.mantel_haenszel(**COUNTS, **given),
    "network": lambda **given: ev.network(contrasts(*"abc"), **given),
    "league_table": lambda **given: ev.network(contrasts(*"abc")).league_table(**given),
    "forest": lambda **given: ev.figures.forest(effects(), **given),
    "Table": lambda **given: ev.Table(pd.DataFrame({"a": [0.5]}), **given),
    "a contrast": lambda se: ev.network(contrasts(*"abc").assign(se=pd.Series([0.1, 0.2, se], dtype=object))),
}


@pytest.mark.parametrize(
    ("name", "argument", "wrong", "said"),
    [
        ("metareg", "reference", "a", f"{LIKE_A_MAPPING} 'a'"),
        ("metareg", "reference", ["a"], f"{LIKE_A_MAPPING} an object of type list"),
        ("metareg", "reference", {1: "a"}, "reference=1 is not one of 'arm'"),
        ("metareg", "reference", {"arm": None}, r"reference\['arm'\]='None' is not one of 'a', 'b'"),
        ("permutation_test", "reference", 3, f"{LIKE_A_MAPPING} 3"),
        ("permutation_test", "reference", {"arms": "a"}, "reference='arms' is not one of 'arm'"),
        ("network", "reference", 3, "reference 3 is not in this network of a, b, c"),
        ("network", "reference", ["a"], r"reference \['a'\] is not in this network of a, b, c"),
        ("multilevel", "rho", "high", f"rho='high' {NO_CORRELATION}"),
        ("multilevel", "rho", [0.5], rf"rho=\[0\.5\] {NO_CORRELATION}"),
        ("multilevel", "rho", True, f"rho=True {NO_CORRELATION}"),
        ("multilevel", "rho", float("nan"), f"rho=nan {NO_CORRELATION}"),
        ("multilevel", "rho", 1, f"rho=1 {NO_CORRELATION}"),
        ("mantel_haenszel", "correct", "yes", "correct='yes' must be zero or more, for instance 0.5"),
        ("mantel_haenszel", "correct", True, "correct=True must be zero or more"),
        ("mantel_haenszel", "correct", [0.5], "correct=an object of type list must be zero or more"),
        ("mantel_haenszel", "correct", None, "correct=None must be zero or more"),
        ("mantel_haenszel", "correct", -0.5, "correct=-0.5 must be zero or more"),
        ("mantel_haenszel", "correct", 1e4, r"correct=10000\.0 must be 0, or from 0\.001 to 1000"),
        ("forest", "digits", 1.5, r"digits=1\.5 must be a whole number from 0 to 6"),
        ("forest", "digits", True, "digits=True must be a whole number from 0 to 6"),
        ("forest", "digits", 7, "digits=7 must be a whole number from 0 to 6"),
        ("league_table", "digits", "2", "digits='2' must be a whole number of 0 or more"),
        ("league_table", "digits", 1.5, r"digits=1\.5 must be a whole number of 0 or more"),
        ("league_table", "digits", 16, "digits must be at most 15, not 16"),
        ("Table", "digits", None, "digits=None must be a whole number of 0 or more"),
        ("Table", "digits", -1, "digits=-1 must be a whole number of 0 or more"),
        ("Table", "digits", 10**400, "digits must be at most 15, not an object of type int"),
        ("a contrast", "se", "wide", f"{NO_NUMBERS}: could not convert string to float: 'wide'"),
        ("a contrast", "se", [0.1], f"{NO_NUMBERS}: setting an array element with a sequence"),
        ("a contrast", "se", pd.Timestamp("2020-01-01"), f"{NO_NUMBERS}: .*not 'Timestamp'"),
        ("a contrast", "se", 1j, f"{NO_NUMBERS}: .*not 'complex'"),
        ("a contrast", "se", None, NO_ERROR.format("nan")),
        ("a contrast", "se", float("inf"), NO_ERROR.format("inf")),
        ("a contrast", "se", -1, NO_ERROR.format("-1")),
        ("a contrast", "se", 0, NO_ERROR.format("0")),
    ],
)
def test_a_wrong_choice_is_refused_in_these_words(name, argument, wrong, said):
    with pytest.raises((InputError, OptionError), match=said):
        CALLED[name](**{argument: wrong})


def test_modules_are_no_functions():
    for name in NOT_CALLED & {"convert", "errors", "figures", "references", "swim", "teaching"}:
        assert importlib.import_module(f"evidence.{ev._HOME[name]}")

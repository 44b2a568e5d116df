"""What a network is made from: arms as escalc has them, parts that nothing joins, mistakes by name."""

import math

import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.errors import InputError, OptionError
from network_data import MIXED, contrasts

COUNTS = pd.DataFrame(
    {
        "study": [*"uuvvwwxxx"],
        "treatment": [*"ABABBCABC"],
        "events": [5, 9, 0, 4, 11, 20, 3, 8, 30],
        "n": [30, 32, 25, 26, 40, 41, 30, 30, 30],
    }
)
TRIAL = {
    "study": ["x", "x", "x"],
    "t1": ["a", "a", "b"],
    "t2": ["b", "c", "c"],
    "te": [1.0, 3, 2],
    "se": [1.0] * 3,
}


def pair(fitted, study):
    at = fitted.pairs.studies.index(study)
    row = int(np.flatnonzero(fitted.pairs.study == at)[0])
    return fitted.pairs.te[row], fitted.pairs.v[row]


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
def test_two_arms_of_events_are_those_of_escalc(measure):
    fitted = ev.network(COUNTS, measure=measure)
    wanted = ev.escalc(measure, ai=[5, 0], n1i=[30, 25], ci=[9, 4], n2i=[32, 26])
    for study, (_, row) in zip("uv", wanted.iterrows(), strict=True):
        assert pair(fitted, study) == pytest.approx((row["yi"], row["vi"]))
    assert fitted.scale == ("identity" if measure == "RD" else "log")
    assert any("0.5 added to the cells of studies with a zero cell: v, x" in note for note in fitted.notes)
    assert fitted.pairs.people.tolist() == [85, 128, 71]


def test_arms_of_one_person_and_of_two_with_a_mean_are_taken():
    one = pd.DataFrame({"study": [*"uu"], "treatment": [*"AB"], "events": [1, 3], "n": [1, 9]})
    wanted = ev.escalc("OR", ai=[1], n1i=[1], ci=[3], n2i=[9]).iloc[0]
    assert pair(ev.network(one, measure="OR"), "u") == pytest.approx((wanted["yi"], wanted["vi"]))
    two = pd.DataFrame(
        {"study": [*"uu"], "treatment": [*"AB"], "mean": [5.0, 3], "sd": [1.0, 2], "n": [2, 2]}
    )
    assert pair(ev.network(two, measure="MD"), "u") == pytest.approx((2, 1 / 2 + 4 / 2))


@pytest.mark.parametrize("measure", ["MD", "SMD", "ROM"])
def test_two_arms_of_means_are_those_of_escalc(measure):
    fitted = ev.network(MIXED, measure=measure)
    for study in "abcdhi":
        one, two = (row for _, row in MIXED[MIXED["study"] == study].iterrows())
        wanted = ev.escalc(
            measure,
            m1i=[one["mean"]],
            sd1i=[one["sd"]],
            n1i=[one["n"]],
            m2i=[two["mean"]],
            sd2i=[two["sd"]],
            n2i=[two["n"]],
        )
        sign = 1 if one["treatment"] < two["treatment"] else -1
        assert pair(fitted, study) == pytest.approx((sign * wanted["yi"][0], wanted["vi"][0]))


def test_covariance_of_standardised_contrasts_is_that_of_gleser_and_olkin():
    """Against a common control: variances 1 / n_i + 1 / n_c + g^2 / 2N, covariance 1 / n_c + g1 g2 / 2N."""
    trial = MIXED[MIXED["study"] == "e"]
    fitted = ev.network(trial, measure="SMD", model="common")
    n = dict(zip(trial["treatment"], trial["n"], strict=True))
    total = sum(n.values())
    g = {name: fitted.estimate(name, "P").te for name in "QR"}
    for name in "QR":
        wanted = 1 / n[name] + 1 / n["P"] + g[name] ** 2 / (2 * total)
        assert fitted.estimate(name, "P").se ** 2 == pytest.approx(wanted)
    covariance = 1 / n["P"] + g["Q"] * g["R"] / (2 * total)
    variance = sum(fitted.estimate(name, "P").se ** 2 for name in "QR") - 2 * covariance
    assert fitted.estimate("Q", "R").se ** 2 == pytest.approx(variance)


def test_arm_estimates_and_contrasts_are_one_network():
    arms = MIXED.assign(estimate=MIXED["mean"], se=MIXED["sd"] / np.sqrt(MIXED["n"]))
    one = ev.network(arms[["study", "treatment", "estimate", "se"]])
    two, three = ev.network(contrasts()), ev.network(MIXED, measure="MD")
    for other in (two, three):
        assert one.random.te() == pytest.approx(other.random.te(), rel=1e-9, abs=1e-12)
        assert one.random.se() == pytest.approx(other.random.se(), rel=1e-9, abs=1e-12)
    assert (one.measure, three.measure) == ("GEN", "MD")


def test_studies_without_information_on_a_ratio_are_left_out_with_a_note():
    rows = pd.DataFrame({"study": ["z", "z"], "treatment": ["A", "D"], "events": [0, 0], "n": [20, 20]})
    fitted = ev.network(pd.concat([COUNTS, rows]), measure="OR")
    assert "D" not in fitted.treatments and fitted.k == 4
    assert any("left out" in note and note.endswith(": z") for note in fitted.notes)
    assert "D" in ev.network(pd.concat([COUNTS, rows]), measure="RD").treatments
    full = rows.assign(events=20)
    assert ev.network(pd.concat([COUNTS, full]), measure="OR").k == 4
    assert ev.network(pd.concat([COUNTS, full]), measure="RR").k == 5
    with pytest.raises(InputError, match="No study is left"):
        ev.network(rows, measure="OR")


def test_people_of_contrast_rows_are_counted_once_an_arm():
    table = pd.DataFrame({**TRIAL, "n1": [10, 10, 20], "n2": [20, 30, 30]})
    assert ev.connectivity(table)["people"].tolist() == [10, 20, 30]
    assert ev.connectivity(TRIAL)["people"].isna().all()
    with pytest.raises(InputError, match="'x' has -1 people"):
        ev.network({**TRIAL, "n1": [-1, -1, 3], "n2": [2, 2, 2]})


APART = {
    "study": ["u", "v", "w", "x"],
    "t1": ["a", "b", "d", "e"],
    "t2": ["b", "c", "e", "d"],
    "te": [1.0, 0.5, 0.3, -0.4],
    "se": [0.2, 0.3, 0.2, 0.25],
}


def test_parts_are_found_named_and_kept_apart():
    fitted = ev.network(APART)
    assert fitted.subnetworks == (("a", "b", "c"), ("d", "e"))
    assert any("2 sub-networks" in note for note in fitted.notes)
    assert "in 2 sub-networks" in fitted.method_text()
    with pytest.raises(InputError, match=r"a and d lie in sub-networks 1 and 2: no chain of studies"):
        fitted.estimate("a", "d")
    league = fitted.league().set_index(["treatment", "comparator"])
    assert math.isnan(league.loc[("a", "d"), "te"]) and math.isfinite(league.loc[("e", "d"), "te"])
    assert fitted.league_table().loc["a", "d"] == "not connected"
    assert np.isfinite(fitted.p_scores).all()
    assert len(fitted.splits()) == 4
    assert set(fitted.contributions()["t1"]) == {"a", "b", "d"}
    ranks = fitted.ranks().set_index("treatment")
    assert ranks.loc["d", "subnetwork"] == 2 and ranks.loc[["d", "e"], "rank_high"].max() == 2
    alone = fitted.subnetwork("e")
    assert alone.treatments == ("d", "e") and alone.k == 2 and alone.subnetworks == (("d", "e"),)
    same = ev.network(pd.DataFrame(APART).iloc[2:])
    assert alone.tau2 == same.tau2 and alone.estimate("d", "e").te == same.estimate("d", "e").te
    assert fitted.subnetwork("a").q_df == 0
    table = ev.connectivity(APART)
    assert table["subnetwork"].tolist() == [1, 1, 1, 2, 2]
    assert table["comparators"].tolist() == [1, 2, 1, 1, 1]
    assert table["studies"].tolist() == [1, 2, 1, 2, 2]


def test_a_tree_has_no_tau2_and_says_so():
    fitted = ev.network({name: values[:2] for name, values in APART.items()})
    assert (fitted.tau2, fitted.q, fitted.q_df) == (0, 0, 0) and math.isnan(fitted.i2)
    assert math.isnan(fitted.tau2_se) and math.isnan(fitted.tau2_ci[0]) and math.isnan(fitted.q_p)
    assert any("no degree of freedom" in note for note in fitted.notes)
    assert any("no closed loop" in note for note in fitted.notes)
    assert math.isnan(fitted.estimate("a", "c").pi_low)
    assert fitted.splits()["p"].isna().all()


def changed(**columns):
    return {**TRIAL, **columns}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (changed(t2=["b", "c", "b"]), r"'x' \(row 2\) compares 'b' with itself"),
        (changed(te=[1, math.nan, 2]), r"'x' has te=nan for a against c \(row 1\)"),
        (changed(se=[1, 0, 1]), r"'x' has se=0 for a against c \(row 1\)"),
        (changed(se=[1, -2, 1]), "'x' has se=-2"),
        (changed(se=[1, math.nan, 1]), "'x' has se=nan"),
        (changed(se=[1, math.inf, 1]), "'x' has se=inf"),
        (changed(t1=["a", "c", "b"], t2=["b", "a", "a"]), "'x' has a against b more than once"),
        (changed(study=["x", "x", "y"]), "'x' has 3 arms but no contrast of b and c"),
        (changed(study=["x", None, "x"]), "study is empty at position 1"),
        (changed(t1=["a", " ", "b"]), r"t1 is empty at position 1 \(study 'x'\)"),
        (changed(te=[1, 3, 4]), "'x': its contrasts do not add up; te of [a-c] against [a-c] is"),
        (changed(te=[-1, 3, 2]), "Check the values and the order of t1 and t2"),
        (changed(se=[1, 1, 2.5]), "'x': .* arm 'a' a variance below 0"),
        (changed(te=["1", "x", "3"]), "te must hold"),
        (changed(se=[1, 1]), "do not make a table"),
        ({"study": [], "t1": [], "t2": [], "te": [], "se": []}, "given no row"),
        ([1, 2, 3], "not list"),
        (
            {name: x for name, x in TRIAL.items() if name != "se"} | {"sei": [1, 1, 1]},
            "no column 'se'.*'sei'",
        ),
        (COUNTS, "measure must say"),
        (COUNTS.drop(columns="n"), "arm rows need study, treatment"),
        (COUNTS.rename(columns={"study": "Study"}), "no column 'study'.*Did you mean 'Study'"),
    ],
)
def test_mistakes_in_a_table_are_named(table, message):
    with pytest.raises(InputError, match=message):
        ev.network(table)


@pytest.mark.parametrize(
    ("column", "row", "value", "measure", "message"),
    [
        ("events", 2, 40, "OR", "Study 'v', arm 'A' has events=40; there cannot be more"),
        ("events", 2, -1, "OR", "has events=-1"),
        ("events", 2, math.nan, "OR", "has events=nan"),
        ("n", 2, 0, "OR", "has n=0"),
        ("treatment", 2, "B", "OR", "Study 'v', arm 'B' stands there more than once"),
        ("events", 2, 4, "MD", "measure='MD' does not fit the columns events, n; they give 'OR'"),
        ("events", 2, 4, "or", "Did you mean 'OR'"),
    ],
)
def test_mistakes_in_arms_of_events_are_named(column, row, value, measure, message):
    table = COUNTS.astype({"events": float})
    table.loc[row, column] = value
    with pytest.raises(InputError, match=message):
        ev.network(table, measure=measure)


@pytest.mark.parametrize(
    ("column", "value", "measure", "message"),
    [
        ("sd", 0, "MD", "Study 'a', arm 'P' has sd=0; a standard deviation is above 0"),
        ("n", 1, "SMD", "has n=1; an SD needs two"),
        ("mean", -1, "ROM", "has mean=-1; a ratio of means needs"),
    ],
)
def test_mistakes_in_arms_of_means_are_named(column, value, measure, message):
    table = MIXED.astype({"n": float})
    table.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        ev.network(table, measure=measure)


def test_a_study_with_one_arm_is_named():
    with pytest.raises(InputError, match="Study 'w' has one arm; a comparison needs two"):
        ev.network(COUNTS.iloc[:5], measure="OR")


def test_a_negative_standard_error_of_an_arm_is_named():
    table = pd.DataFrame({"study": ["x", "x"], "treatment": ["a", "b"], "estimate": [1, 2], "se": [1, -1]})
    with pytest.raises(InputError, match="Study 'x', arm 'b' has se=-1"):
        ev.network(table)


def test_standard_errors_of_four_arms_are_looked_at():
    table = contrasts(MIXED[MIXED["study"] == "f"])
    assert not any("study f" in note for note in ev.network(table).notes)
    slightly = table.copy()
    slightly.loc[0, "se"] *= 1.15
    assert any("study f: the variances" in note for note in ev.network(slightly).notes)
    wrong = table.copy()
    wrong["se"] = [0.1, 0.1, 1.0, 0.1, 1.0, 1.0]
    assert ev.network(wrong).k == 1  # three alike arms and one of few people
    wrong.loc[0, "se"] = 0.3
    with pytest.raises(InputError, match="Study 'f'"):
        ev.network(wrong)


def test_rounding_within_a_study_is_noted():
    fitted = ev.network(changed(te=[1.0, 3.0, 2.01]))
    assert any("study x: contrasts add up to within 0.0033" in note for note in fitted.notes)
    assert fitted.estimate("a", "c").te == pytest.approx(3 + 0.01 / 3)


def test_standard_errors_a_million_times_apart_are_refused():
    table = {**APART, "se": [1e-8, 0.3, 0.2, 0.25]}
    with pytest.raises(InputError, match=r"study 'u' \(1e-08\) and that of study 'v'"):
        ev.network(table)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"method": "reml"}, "Did you mean 'REML'"),
        ({"model": "randon"}, "Did you mean 'random'"),
        ({"small_values": "good"}, "'desirable', 'undesirable'"),
        ({"reference": "aa"}, "reference 'aa' is not in this network of a, b, c. Did you mean 'a'"),
        ({"level": 95}, "0.95"),
        ({"measure": "Or"}, "Did you mean 'OR'"),
    ],
)
def test_choices_that_do_not_exist_are_refused(choices, message):
    with pytest.raises(InputError, match=message):
        ev.network(TRIAL, **choices)


def test_questions_that_cannot_be_answered_are_refused():
    fitted = ev.network(contrasts())
    for ask, error, message in (
        (lambda: fitted.estimate("P", "P"), InputError, "compared with itself"),
        (lambda: fitted.estimate("P", "p"), OptionError, "Did you mean 'P'"),
        (lambda: fitted.estimate("P", "Q", model="fixed"), OptionError, "'random', 'common'"),
        (lambda: fitted.splits(kind="sidde"), OptionError, "Did you mean 'SIDDE'"),
        (lambda: fitted.contributions(by="studies"), OptionError, "Did you mean 'study'"),
        (lambda: fitted.contributions("P"), InputError, "t1 and t2, or neither"),
        (lambda: fitted.contributions("P", "P"), InputError, "with itself"),
        (lambda: fitted.ranks(draws=1.5), InputError, "draws=1.5"),
        (lambda: fitted.ranks(seed=-1), InputError, "seed=-1"),
        (lambda: fitted.subnetwork("X"), OptionError, "Treatment 'X'"),
    ):
        with pytest.raises(error, match=message):
            ask()

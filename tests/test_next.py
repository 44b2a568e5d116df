"""What to get next: gaps told from cells, effects simulated as said, intervals pooled again."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from typer.testing import CliRunner

import evidence as ev
from evidence.certainty.next_verdict import VerdictShift, with_draw
from evidence.cli import app
from evidence.effects.measures import escalc
from evidence.effects.smd_routes import smd_from_p
from evidence.errors import InputError, OptionError
from evidence.living.next_command import as_csv, worth
from evidence.robustness.missing import Missing, missing_numbers
from evidence.robustness.next_study import interval_with, model_of, next_studies
from evidence.robustness.people import People
from evidence.robustness.printed_cells import Cells, PValue, p_in_words, p_of
from evidence.robustness.simulated import simulate
from evidence.robustness.sources import Sources
from evidence.robustness.stratified import Mixture, cut_mixture, resampled, stratified
from evidence.robustness.study_precision import Model, precision
from evidence.synthesis.answer import PRIMARY, answer
from evidence.synthesis.exact import exact_interval
from evidence.synthesis.pool import pool

ONE = Mixture(np.array([0.5]), np.array([0.25]), np.array([1.0]))
MODEL = Model(ONE, per_person=4.0, people=40.0, r=0.5)


class NoSpreads:
    """A library in which no study prints an SD."""

    def sds(self, *_, **__):
        return None

    ratios = sds


@pytest.fixture(scope="module")
def sources(review):
    return Sources(review)


@pytest.fixture(scope="module")
def severity(review):
    return ev.what_next(review, "Q1b", draws=400)


def rng():
    return np.random.default_rng(1)


def toy(**changes):
    """Return a row made up for a test: one arm of 20 people."""
    row = Missing(
        study_id="toy",
        label="Toy 2020",
        arm_id="a",
        codes=("sd_before",),
        words="SD before treatment",
        known="",
        measured="printed",
        cells=(Cells(outcome="gb_quantitative", scale_name="A scale", higher_is="worse", measured=True),),
        people=(People(20.0),),
        paired=False,
        direction=0,
        p=None,
        where="doi 10.1/toy",
    )
    return replace(row, **changes)


def drawn(review, row, key="Q1b", measure="SMCR", library=None, draws=200):
    return simulate(row, review.question(key), measure, MODEL, library or NoSpreads(), rng(), draws)


# What is missing


def lacking(review, key, study):
    rows = missing_numbers(review, review.question(key), review.effects(key))
    return next(row for row in rows if row.study_id == study)


@pytest.fixture(scope="module")
def gaps(review):
    """What the rows of Q1b lack, by study."""
    rows = missing_numbers(review, review.question("Q1b"), review.effects("Q1b"))
    return {row.study_id: row for row in rows}


def test_one_sd_is_missing(gaps):
    row = gaps["krishnegowda2023"]
    assert row.codes == ("sd_before",)
    assert row.words == "SD before treatment (Goodman-Baron qualitative)"
    assert row.known == "mean 3.45 before, mean 3.33 after, SD 0.53 after, 40 people"
    assert row.measured == "printed"
    assert row.n == 40


def test_arm_sizes_are_missing(review):
    row = lacking(review, "Q1f.prp", "ullah2025")
    assert row.codes == ("n_1", "n_2")
    assert row.words == "number of people in both arms"
    assert row.direction == -1
    assert row.p == PValue("=", 0.021)
    assert all("60 people over 2 arms alike" in people.basis for people in row.people)


def test_a_denominator_is_missing(review):
    row = lacking(review, "Q4a", "pmid25196684")
    assert row.codes == ("total",)
    assert row.known.startswith("5 with the event, of how many is not said")


def test_the_kind_of_a_spread_is_missing(gaps):
    row = gaps["rana2017"]
    assert "spread_kind" in row.codes
    assert "whether the plus-minus is an SD or an SE" in row.words


def test_a_full_text_is_missing(gaps):
    row = gaps["waghmare2022"]
    assert row.codes == ("results",)
    assert row.measured == "not read"
    assert row.words == "the results: the text read ends before them"
    assert "read so far: abstract" in row.where


def test_a_threshold_is_missing(review):
    row = lacking(review, "Q1d.grade", "jamdc129")
    assert row.codes == ("threshold",)


def test_a_direction_without_a_side_is_missing(review):
    rows = review.contrasts["study_id"].eq("afra2018") & review.contrasts["contrast_type"].eq("between_arm")
    table = review.contrasts.copy()
    table.loc[rows, "direction"] = "unclear"
    changed = replace(review, contrasts=table)
    assert "direction" in lacking(changed, "Q1h.retinoid", "afra2018").codes


def test_what_no_number_can_mend_is_not_asked_for(review, gaps):
    """A review, a retracted report, mixed scars; and people who are counted in another row."""
    assert not set(gaps) & {"jdd8585", "sadeghzadeh2024", "bandral2018"}
    plasma = review.effects("Q1i.plasma")
    assert "lan2020" in set(plasma.excluded["study_id"])
    assert missing_numbers(review, review.question("Q1i.plasma"), plasma) == []


def test_harms_are_not_supposed_to_have_been_counted(review, gaps):
    """An abstract without numbers must have scored scars somewhere; it need not have counted infections."""
    assert gaps["kaftan2015"].measured == "not read"
    assert lacking(review, "Q4c", "kaftan2015").measured == "not known"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<.001", PValue("<", 0.001)),
        (".03", PValue("=", 0.03)),
        ("statistically significant (no value printed)", None),
        (float("nan"), None),
        (">.99", PValue(">", 0.99)),
    ],
)
def test_p_values_are_read_as_printed(text, expected):
    assert p_in_words(text) == expected


def test_p_values_in_words_are_bounds():
    assert p_of("ns", np.nan) == PValue(">", 0.05)
    assert p_of("sig", np.nan) == PValue("<", 0.05)
    assert p_of("=", 0.0) == PValue("<", 0.001)
    assert p_of("trend", np.nan) is None


# Draws


def test_each_part_of_the_unit_interval_is_drawn_once():
    assert np.floor(50 * np.sort(stratified(rng(), 50))).tolist() == list(range(50))
    assert pd.Series(resampled(np.array([1.0, 2.0, 4.0]), rng(), 300)).value_counts().tolist() == [100] * 3


@pytest.mark.parametrize("regions", [((0.7, np.inf),), ((-np.inf, 0.1),), ((-0.2, 0.3),)])
def test_a_cut_normal_is_that_of_scipy(regions):
    (low, high) = regions[0]
    sd = np.sqrt(0.25 + 0.11)
    expected = stats.truncnorm((low - 0.5) / sd, (high - 0.5) / sd, 0.5, sd)
    found = cut_mixture(ONE, np.array([0.11]), regions, rng(), 4000)
    assert found.min() >= low
    assert found.max() <= high
    assert stats.kstest(found, expected.cdf).statistic < 0.03
    assert found.mean() == pytest.approx(expected.mean(), abs=0.01)


def test_a_mixture_has_the_moments_of_its_parts():
    mixture = Mixture(np.array([-1.0, 2.0]), np.array([0.3, 0.5]), np.array([0.25, 0.75]))
    found = cut_mixture(mixture, np.zeros(2), ((-np.inf, np.inf),), rng(), 20_000)
    mean = 0.25 * -1 + 0.75 * 2
    assert found.mean() == pytest.approx(mean, abs=0.02)
    assert found.var() == pytest.approx(0.25 * (0.3 + 1) + 0.75 * (0.5 + 4) - mean**2, rel=0.03)
    outside = cut_mixture(mixture, np.zeros(2), ((-np.inf, -1.0), (2.0, np.inf)), rng(), 2000)
    assert ((outside <= -1) | (outside >= 2)).all()


def test_where_nothing_is_left_the_nearest_end_stands():
    assert set(cut_mixture(ONE, np.zeros(1), ((50.0, np.inf),), rng(), 5)) == {50.0}


# Effects


def test_known_means_and_sds_give_the_effect_itself(review):
    """By hand: mean change 4, SD 2, 20 people, r 0.5; J(19) = 0.9599."""
    cells = Cells(higher_is="worse", mean_before=10.0, mean_after=6.0, sd_before=2.0, measured=True)
    found = drawn(review, toy(cells=(cells,), codes=("n",)))
    assert found.basis == "numbers"
    assert found.yi == pytest.approx(np.full(200, 0.9599 * 2), abs=1e-4)
    expected = escalc("SMCR", m1i=10.0, sd1i=2.0, m2i=6.0, sd2i=2.0, ni=20, ri=0.5).iloc[0]
    assert found.yi[0] == pytest.approx(expected["yi"], rel=1e-12)
    assert found.vi[0] == pytest.approx(expected["vi"], rel=1e-12)


def test_a_missing_sd_is_one_of_those_that_others_print(review, sources):
    cells = Cells("gb_quantitative", "Goodman-Baron quantitative", "worse", change=5.0, measured=True)
    found = drawn(review, toy(cells=(cells,)), library=sources.spreads)
    sds = sources.spreads.sds("Goodman-Baron quantitative", "gb_quantitative", "baseline", but="toy")
    factor = precision("SMCR", (20.0,), MODEL, paired=False).factor
    assert found.basis == "sd"
    assert set(found.yi.round(9)) == set((factor * 5.0 / sds.printed).round(9))
    rows = review.outcomes
    same = rows["scale_name"].eq("Goodman-Baron quantitative") & rows["value_kind"].eq("baseline")
    assert set(sds.printed.round(6)) <= {
        round(float(np.exp(np.log(group).mean())), 6)
        for _, group in rows.loc[same & rows["sd"].notna()].groupby("study_id")["sd"]
    }


def test_a_study_does_not_lend_itself_its_own_sd(sources):
    name = "Goodman-Baron quantitative"
    every = sources.spreads.sds(name, "gb_quantitative", "baseline", but="nobody")
    others = sources.spreads.sds(name, "gb_quantitative", "baseline", but="mps587")
    assert len(others.printed) == len(every.printed) - 1


def test_a_percent_change_is_scaled_by_the_baselines_of_others(review, sources):
    cells = Cells("gb_quantitative", "Goodman-Baron quantitative", "worse", percent=50.0, measured=True)
    found = drawn(review, toy(cells=(cells,)), library=sources.spreads)
    assert found.basis == "percent"
    ratios = sources.spreads.ratios("Goodman-Baron quantitative", ["gb_quantitative"], "baseline", but="toy")
    assert found.yi.mean() == pytest.approx(
        precision("SMCR", (20.0,), MODEL, paired=False).factor * 0.5 * ratios.printed.mean(), rel=0.02
    )


def test_an_exact_p_value_gives_the_effect_of_a_t_test(review):
    """A second route: data with that effect, tested by scipy; with r 0.5 the SD is that of the change."""
    values = np.linspace(-1, 2, 20)
    change = values / values.std(ddof=1)
    p = float(stats.ttest_1samp(change, 0).pvalue)
    found = drawn(review, toy(p=PValue("=", p), direction=1))
    factor = precision("SMCR", (20.0,), MODEL, paired=False).factor
    assert found.basis == "p"
    assert found.yi == pytest.approx(np.full(200, factor * change.mean()), rel=1e-9)


def test_an_exact_p_value_of_two_groups_is_that_of_the_converter(review):
    """A second route: `smd_from_p`, which has its own tests."""
    row = toy(
        cells=(Cells(), Cells()), people=(People(20.0), People(24.0)), p=PValue("=", 0.03), direction=-1
    )
    found = drawn(review, row, key="Q1e", measure="SMD")
    yi, vi = smd_from_p(0.03, n1=20, n2=24, direction=-1)
    assert found.yi[0] == pytest.approx(yi, rel=1e-9)
    assert found.vi[0] == pytest.approx(vi, rel=1e-9)


def test_sides_of_one_face_have_the_variance_of_the_measure(review):
    row = toy(
        cells=tuple(Cells(higher_is="worse", mean_after=mean, sd_after=2.0) for mean in (4.0, 5.0)),
        people=(People(25.0), People(25.0)),
        paired=True,
        codes=("n_1",),
    )
    found = drawn(review, row, key="Q1e", measure="SMD")
    expected = escalc("SMCRPH", m1i=-4.0, sd1i=2.0, m2i=-5.0, sd2i=2.0, ni=25, ri=0.5).iloc[0]
    assert found.yi[0] == pytest.approx(expected["yi"], rel=1e-9)
    assert found.vi[0] == pytest.approx(expected["vi"], rel=1e-9)


def test_an_exact_p_value_of_two_sides_gives_the_effect_of_a_paired_t_test(review):
    """A second route: two sides with SD 1 and correlation 0.5, tested by scipy."""
    base, other = np.linalg.qr(np.vander(np.linspace(-1, 1, 25), 3)[:, [2, 1, 0]])[0].T[1:]
    scale = 1 / base.std(ddof=1)
    one, two = scale * base + 0.4, scale * (0.5 * base + np.sqrt(0.75) * other)
    assert np.corrcoef(one, two)[0, 1] == pytest.approx(0.5)
    p = float(stats.ttest_rel(one, two).pvalue)
    row = toy(
        cells=(Cells(), Cells()), people=(People(25.0),) * 2, paired=True, p=PValue("=", p), direction=1
    )
    found = drawn(review, row, key="Q1e", measure="SMD")
    expected = escalc("SMCRPH", m1i=0.4, sd1i=1.0, m2i=0.0, sd2i=1.0, ni=25, ri=0.5).iloc[0]
    assert found.yi[0] == pytest.approx(expected["yi"], rel=1e-9)
    assert found.vi[0] == pytest.approx(expected["vi"], rel=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_an_unknown_side_is_drawn_by_the_model(review, sign):
    model = replace(MODEL, predictive=replace(ONE, centre=np.array([3.0 * sign])))
    row = toy(p=PValue("=", 0.001))
    found = simulate(row, review.question("Q1b"), "SMCR", model, NoSpreads(), rng(), 200)
    assert (np.sign(found.yi) == sign).mean() > 0.95


def test_a_bound_of_p_cuts_the_predictive_distribution(review):
    edge = precision("SMCR", (20.0,), MODEL, paired=False).effect(0.01)
    small = drawn(review, toy(p=PValue("<", 0.01), direction=1))
    assert small.basis == "p_bound"
    assert small.yi.min() >= edge
    assert np.abs(drawn(review, toy(p=PValue("<", 0.01))).yi).min() >= edge
    assert np.abs(drawn(review, toy(p=PValue(">", 0.01))).yi).max() <= edge
    assert drawn(review, toy(direction=-1)).yi.max() <= 0
    assert drawn(review, toy()).basis == "predictive"


def test_people_that_nothing_tells_are_those_of_the_others(review):
    found = drawn(review, toy(people=(People(np.nan, "number of people not printed"),)))
    assert "40 people, the median of the pooled rows" in found.assumption


def test_a_share_is_drawn_from_what_is_printed(review):
    count = drawn(review, toy(cells=(Cells(count=5.0, measured=True),)), key="Q4a", measure="PLO")
    assert (count.basis, set(count.xi), set(count.ni)) == ("count", {5.0}, {20.0})
    share = drawn(review, toy(cells=(Cells(share=30.0, measured=True),)), key="Q4a", measure="PLO")
    assert (share.basis, set(share.xi)) == ("share", {6.0})
    nothing = drawn(review, toy(), key="Q4a", measure="PLO")
    assert nothing.basis == "predictive"
    assert ((nothing.xi >= 0) & (nothing.xi <= 20)).all()
    assert np.isfinite(nothing.yi).all()


# Pooling again


def test_each_draw_is_pooled_as_pool_does(review, sources):
    effects = review.effects("Q1b")
    found = next_studies(review, review.question("Q1b"), effects, sources, draws=100, seed=1)
    now = pool(effects, **PRIMARY)
    assert found.low == pytest.approx(now.ci_low, rel=1e-8)
    assert found.width == pytest.approx(now.ci_high - now.ci_low, rel=1e-8)
    study = next(each for each in found.candidates if len(each.rows) == 2)
    for draw in (0, 57):
        more = [(one.yi[draw], one.vi[draw]) for one in study.drawn]
        y, v = (
            [*old, *new] for old, new in zip((effects.yi, effects.vi), zip(*more, strict=True), strict=True)
        )
        again = pool(yi=y, vi=v, **PRIMARY)
        assert study.low[draw] == pytest.approx(again.ci_low, rel=1e-6)
        assert study.high[draw] == pytest.approx(again.ci_high, rel=1e-6)


def test_rare_harms_are_pooled_by_the_sum_of_their_counts(review):
    row = ev.what_next(review, "Q4a", draws=100).summary().set_index("study_id").loc["pmid25196684"]
    rows = review.effects("Q4a").included
    (low,), (high,) = exact_interval([rows["xi"].sum()], [rows["ni"].sum()])
    (low_then,), (high_then,) = exact_interval([rows["xi"].sum() + 5], [rows["ni"].sum() + 30])
    assert row["width_now"] == pytest.approx(high - low)
    assert row["narrowing"] == pytest.approx(100 * (1 - (high_then - low_then) / (high - low)))
    assert row["narrowing"] < 0


estimates = st.lists(st.floats(-3, 3), min_size=2, max_size=8)


@settings(max_examples=60, deadline=None)
@given(estimates, st.floats(0.001, 5), st.randoms(use_true_random=False))
def test_a_study_at_the_common_mean_never_widens_its_interval(yi, variance, random):
    vi = [random.uniform(0.01, 1) for _ in yi]
    now = pool(yi=yi, vi=vi, method="EE", test="z", prediction="none")
    low, high = interval_with(yi, vi, [[now.estimate]], [[variance]], method="EE", test="z")
    assert high[0] - low[0] < now.ci_high - now.ci_low
    assert (high[0] + low[0]) / 2 == pytest.approx(now.estimate, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(estimates, st.floats(-3, 3), st.integers(5, 200), st.integers(1, 200))
def test_more_people_narrow_it_more(yi, effect, people, further):
    vi = np.linspace(0.05, 0.2, len(yi))
    few, many = (
        precision("SMCR", (float(n),), MODEL, paired=False).variance(np.array([[effect]]))
        for n in (people, people + further)
    )
    widths = [
        float(np.diff(interval_with(yi, vi, [[effect]], each, method="EE", test="z"), axis=0)[0, 0])
        for each in (few, many)
    ]
    assert widths[1] < widths[0]


def test_more_people_of_the_same_study_narrow_the_real_answer_more(review):
    """The random-effects interval, averaged over the same draws."""
    effects = review.effects("Q1b")
    model = model_of(effects)
    widths = []
    for n in (10.0, 40.0, 400.0):
        found = simulate(
            toy(people=(People(n),)), review.question("Q1b"), "SMCR", model, NoSpreads(), rng(), 500
        )
        low, high = interval_with(effects.yi, effects.vi, found.yi[:, None], found.vi[:, None])
        widths.append(float((high - low).mean()))
    assert widths[0] > widths[1] > widths[2]


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"\(2, 1\).*\(1, 1\)"):
        interval_with([0.1, 0.2], [0.1, 0.1], [[0.1], [0.2]], [[0.1]])


# The result


def test_every_row_says_what_where_and_how_simulated(severity):
    table = severity.summary()
    assert (table["rank"] == np.arange(1, len(table) + 1)).all()
    assert table["narrowing"].is_monotonic_decreasing
    for name in ("missing", "where", "basis", "study"):
        assert (table[name].str.len() > 0).all()
    assert (
        (table["narrowing_low"] <= table["narrowing"]) & (table["narrowing"] <= table["narrowing_high"])
    ).all()
    assert "simulated" in severity.method_text()
    assert "400 draws, seed 1" in severity.method_text()
    json.dumps(severity.to_dict(), allow_nan=False)


def test_the_same_seed_gives_the_same_numbers(review):
    one, same, other = (ev.what_next(review, "Q1f.prp", draws=101, seed=seed).summary() for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    assert one["narrowing"].iloc[0] != other["narrowing"].iloc[0]


def test_a_studys_numbers_do_not_depend_on_what_else_is_asked(review):
    alone = ev.what_next(review, "Q4a", draws=100).summary().drop(columns="rank")
    among = ev.what_next(review, claim="C4", draws=100).summary().drop(columns="rank")
    among = among.loc[among["question_id"] == "Q4a"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among)


def test_what_may_not_have_been_measured_is_left_out_and_said(review, severity):
    more = ev.what_next(review, "Q1b", draws=100, unknown=True)
    assert "not known" in set(more.summary()["measured"])
    assert "not known" not in set(severity.summary()["measured"])
    left_out = set(more.summary()["study_id"]) - set(severity.summary()["study_id"])
    assert severity.notes == (
        f"Q1b: left out {len(left_out)} studies of which nothing tells whether the outcome was measured.",
    )
    assert more.notes == ()


def test_where_nothing_is_pooled_the_first_pooled_estimate_is_named(review):
    table = ev.what_next(review, "Q1g", draws=100).summary()
    assert set(table["allows"]) == {"first pooled estimate, of 2 studies"}
    assert table[["width_now", "narrowing", "p_reading", "p_verdict"]].isna().all(axis=None)
    assert set(ev.what_next(review, "Q1g.nonablative", draws=100).summary()["allows"]) == {
        "first number for this question"
    }


def test_a_question_without_gaps_is_said(review):
    found = ev.what_next(review, "Q1i.plasma", draws=100)
    assert found.summary().empty
    assert found.notes == ("Q1i.plasma: no study lacks a number that could be had.",)


def test_people_of_two_sides_are_counted_once(severity):
    """Both sides of ten faces, pen and roller: ten people, two rows."""
    row = severity.summary().set_index("study_id").loc["eldomyati2024"]
    assert row["people"] == 10
    assert row["missing"].endswith("in each of 2 rows")


def test_rank_by_verdict(review):
    table = ev.what_next(review, "Q1e", draws=200, by="verdict").summary()
    assert table["p_verdict"].is_monotonic_decreasing
    assert not table["narrowing"].is_monotonic_decreasing


def test_the_chance_of_a_verdict_is_that_of_the_rules(review, sources):
    """By a second route: the verdict on the question with single draws put into the tables of effects."""
    answers = {"Q1e": answer(review, "Q1e")}
    found = next_studies(review, review.question("Q1e"), answers["Q1e"].effects, sources, draws=100, seed=1)
    shift = VerdictShift(review, answers)
    study = next(each for each in found.candidates if each.study_id == "nandini2021")
    moved = found.side(study.low, study.high) != found.side(found.low, found.high)
    chance, of_claim = shift.chances(found, study)
    assert 0 < moved.mean() < 1
    assert chance == pytest.approx(moved.mean())
    assert of_claim == 0
    judged = {}
    for draw in (int(np.flatnonzero(moved)[0]), int(np.flatnonzero(~moved)[0])):
        simulated = with_draw(answers["Q1e"], study, draw)
        assert simulated.result.ci_low == pytest.approx(study.low[draw], rel=1e-6)
        assert simulated.effects.k == 3
        judged[bool(moved[draw])] = ev.verdict(review, "Q1e", {"Q1e": simulated}).verdict
    now = ev.verdict(review, "Q1e", answers).verdict
    assert judged[False] == now
    assert judged[True] != now


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"question_id": "Q1x"}, OptionError, "Did you mean"),
        ({"question_id": "Q2"}, OptionError, "description"),
        ({"claim": "C99"}, OptionError, "C99"),
        ({"question_id": "Q1b", "claim": "C1"}, InputError, "not both"),
        ({"draws": 10}, InputError, "draws=10"),
        ({"draws": True}, InputError, "draws=True"),
        ({"seed": -1}, InputError, "seed=-1"),
        ({"by": "people"}, OptionError, "'narrowing', 'verdict'"),
    ],
)
def test_what_cannot_be_asked_is_refused(review, options, error, words):
    with pytest.raises(error, match=words):
        ev.what_next(review, **options)


# The command


def test_the_table_is_safe_to_open_in_a_spreadsheet(severity):
    table = severity.summary().head(2)
    table["study"] = ["=cmd|'/c calc'!A1", "Plain 2020"]
    text = as_csv(replace(severity, table=table))
    rows = pd.read_csv(io.StringIO(text))
    assert rows["study"].tolist() == ["'=cmd|'/c calc'!A1", "Plain 2020"]
    assert rows["narrowing"].tolist() == pytest.approx(table["narrowing"].tolist(), rel=1e-5)


def run(*arguments):
    return CliRunner().invoke(app, ["next", *arguments])


def test_the_command_prints_whom_to_ask_and_writes_all(tmp_path, review):
    csv, js = tmp_path / "ask.csv", tmp_path / "ask.json"
    result = run("Q1f.prp", "--draws", "200", "--top", "1", "--csv", str(csv), "--json", str(js))
    assert result.exit_code == 0, result.output
    assert "1. Mohta" in result.output
    assert "and 1 more" in result.output
    assert "Simulated from what is known" in result.output
    found = ev.what_next(review, "Q1f.prp", draws=200)
    assert csv.read_text(encoding="utf-8") == as_csv(found)
    assert json.loads(js.read_text(encoding="utf-8"))["table"][0]["study"] == "Mohta (year not seen)"


def test_the_command_teaches():
    result = run("--help")
    assert result.exit_code == 0
    assert "Example: evidence next" in result.output
    assert "Exit codes:" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("Q1x",), "Did you mean"), (("Q1b", "--top", "0"), "1 or more")],
)
def test_the_command_says_what_is_wrong(arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("here stands a file", encoding="utf-8")
    result = run("Q1i.plasma", "--draws", "100", "--csv", str(tmp_path / "file" / "ask.csv"))
    assert result.exit_code == 2
    assert "cannot be written" in result.output


def test_a_question_without_gaps_is_said_by_the_command():
    result = run("Q1i.plasma", "--draws", "100")
    assert result.exit_code == 0
    assert "No study lacks a number that could be had." in result.output


def test_a_wider_interval_is_called_wider():
    row = {"allows": "", "narrowing": -12.3, "narrowing_low": -20.0, "narrowing_high": -1.0}
    row |= {"p_reading": np.nan, "p_verdict": np.nan, "p_claim": np.nan, "basis": "b", "assumption": ""}
    assert worth(row).startswith("interval 12 % wider (-20 to -1 %")

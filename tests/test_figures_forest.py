"""The forest plot: what is drawn where, in words too, and legible whatever comes in."""

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.figures.forest import forest
from evidence.figures.forest_axis import axis, robust_limits, ticks
from figure_checks import assert_clean, drawn, invented, pooled, with_changes

Z = 1.959963984540054
LONG = "A trial with a label of eighty characters, as long as a whole title can become!!"


def test_squares_stand_at_the_estimates_with_areas_by_weight():
    result = pooled(invented(7))
    squares = drawn(forest(result))["markers"][0]
    assert [x for x, _ in squares["xy"]] == pytest.approx(list(result.effects.yi))
    assert np.array(squares["area"]) / squares["area"][-1] == pytest.approx(
        result.weights / result.weights[-1], rel=1e-6
    )


def test_lines_span_the_intervals():
    effects = invented(7)
    lines = [line["xy"] for line in drawn(forest(pooled(effects)))["lines"][2:]]
    half = Z * np.sqrt(effects.vi)
    assert [line[0][0] for line in lines] == pytest.approx(list(effects.yi - half), abs=1e-6)
    assert [line[1][0] for line in lines] == pytest.approx(list(effects.yi + half), abs=1e-6)


def test_diamond_and_bar_span_their_intervals_on_rows_of_their_own():
    diamond, bar = drawn(forest(pooled(invented(7))))["polygons"]
    assert [x for x, _ in diamond[:4]] == [0.5, 0.8, 1.1, 0.8]
    assert [x for x, _ in bar[:4]] == [-0.2, 1.8, 1.8, -0.2]
    assert max(y for _, y in diamond) < min(y for _, y in bar)


def test_lines_of_no_effect_and_of_the_pooled_estimate():
    null, reference = drawn(forest(pooled(invented(7))))["lines"][:2]
    assert null["xy"] == [[0.0, 0.0], [0.0, 1.0]]
    assert [x for x, _ in reference["xy"]] == [0.8, 0.8]
    assert reference["style"] == ":"


def test_numbers_are_printed_beside_the_marks():
    effects = invented(2, yi=[1.96, -0.5], vi=[0.1369, 0.04], n=[30, np.nan])
    texts = forest(pooled(effects)).fingerprint()["texts"]
    assert "1.96 (1.23 to 2.69)" in texts
    assert "−0.50 (−0.89 to −0.11)" in texts
    assert {"33.3", "66.7", "100.0", "–", "0.80 (0.50 to 1.10)", "−0.20 to 1.80"} <= set(texts)
    assert "Heterogeneity: tau² 0.57, I² 95 % (tau²-based), Q 120.3, df 6, p < 0.001" in texts
    assert "Design: R randomised, N non-randomised" in texts
    assert texts[-1] == "Standardised mean difference"


def test_missing_n_leaves_the_sum_out_and_a_column_of_nothing_goes():
    assert "–" not in forest(pooled(invented(2, n=np.nan))).fingerprint()["texts"]
    assert "n" not in forest(pooled(invented(2, n=np.nan))).fingerprint()["texts"]
    assert "30" in forest(pooled(invented(2, n=[10, 20]))).fingerprint()["texts"]


def test_ratios_are_drawn_on_a_log_axis():
    effects = with_changes(invented(2, yi=[log(2), log(0.5)], vi=[0.1, 0.1]), measure="OR", scale="log")
    figure = forest(pooled(effects, estimate=log(1.5), ci_low=log(0.7), ci_high=log(3)))
    assert [x for x, _ in drawn(figure)["markers"][0]["xy"]] == pytest.approx([log(2), log(0.5)], abs=1e-6)
    assert {"0.5", "1", "2"} <= set(drawn(figure)["xticks"])
    assert "1.50 (0.70 to 3.00)" in figure.fingerprint()["texts"]


def test_round_ticks_of_ratios():
    units = axis("log", "OR", None)
    labels = ticks(units, (log(0.08), log(12)), 6, 10)[1]
    assert labels == ["0.1", "0.2", "0.5", "1", "2", "5", "10"]


def test_proportions_are_drawn_as_percent():
    effects = with_changes(
        invented(2, yi=[0.0, log(3)], vi=[0.1, 0.2]), measure="PLO", scale="logit", favours=("", "")
    )
    figure = forest(pooled(effects, estimate=log(1.5), ci_low=0.0, ci_high=log(3), pi_low=-1.0, pi_high=2.0))
    assert [x for x, _ in drawn(figure)["markers"][0]["xy"]] == pytest.approx([50, 75])
    assert [x for x, _ in drawn(figure)["polygons"][0][:4]] == pytest.approx([50, 60, 75, 60])
    low, high = (100 / (1 + exp(-(log(3) + sign * Z * 0.2**0.5))) for sign in (-1, 1))
    assert f"75.0 ({low:.1f} to {high:.1f})" in figure.fingerprint()["texts"]
    with pytest.raises(InputError, match="no side of no effect"):
        forest(effects, favours=("a", "b"))


def test_huge_intervals_are_clipped_with_arrows_and_do_not_squash_the_rest():
    calm = invented(7)
    wild = invented(7, vi=[*calm.vi[:6], 900.0])
    one, two = drawn(forest(pooled(calm))), drawn(forest(pooled(wild)))
    width = [axes["xlim"][1] - axes["xlim"][0] for axes in (one, two)]
    assert width[1] < 1.6 * width[0]
    left, right = two["markers"][:2]
    assert [left["xy"][0][0], right["xy"][0][0]] == two["xlim"]
    assert "Arrows: intervals that go on beyond the axis." in forest(pooled(wild)).caption
    assert "Arrows" not in forest(pooled(calm)).caption


def test_a_study_beyond_the_axis_is_an_arrow_not_a_square():
    effects = invented(7, yi=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 500.0], vi=0.04)
    markers = drawn(forest(pooled(effects)))["markers"]
    assert len(markers) == 2
    assert len(markers[1]["xy"]) == 6


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e9)), min_size=1, max_size=12),
    st.floats(-100, 100),
    st.sampled_from([0.0, float("nan")]),
)
def test_limits_are_finite_and_hold_what_must_be_seen(studies, anchor, null):
    point, half = (np.array(values) for values in zip(*studies, strict=True))
    low, high = robust_limits(point, point - half, point + half, [anchor], [], null=null)
    assert np.isfinite([low, high]).all()
    assert low < anchor < high
    assert low <= np.median(point) <= high
    assert np.isnan(null) or low < null < high


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("k", [1, 2, 7, 60])
def test_nothing_overlaps_at_any_number_of_studies(k, preset):
    assert_clean(forest(pooled(invented(k, excluded=2)), preset=preset, source="A source " * 30))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize(
    "changes",
    [
        {"label": [LONG, "W" * 80, "<script>$x_1$</script> & 'q'", "Müller 漢字 é"]},
        {"vi": [0.1, 900, 1e-6, 1e8], "yi": [-1000, 2, 3, 55.5]},
        {"n": np.nan, "design": "", "route": ""},
        {"yi": [-1e7, 2e9, 0, 1], "vi": 1e12},
    ],
)
def test_nothing_overlaps_whatever_the_rows_hold(changes, preset):
    columns = ("n", "design", "route", "estimate", "weight", "study_id")
    favours = ("favours a control treatment with a very long name " * 2, "favours $a$ long name too " * 3)
    figure = forest(
        pooled(invented(4, **changes)),
        columns=columns,
        favours=favours,
        preset=preset,
        title="Long title " * 20,
    )
    assert_clean(figure)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
def test_subgroups_have_their_own_diamonds_and_nothing_overlaps(preset):
    effects = invented(7, excluded=1)
    parts = [effects.table.iloc[i:j] for i, j in ((0, 3), (3, 5), (5, 6))]
    subgroups = {f"Device {LONG}": pooled(Effects(parts[0]), estimate=0.3, ci_low=0.1, ci_high=0.5)}
    subgroups |= {"roller": pooled(Effects(parts[1])), "one": pooled(Effects(parts[2]))}
    figure = forest(pooled(effects), subgroups=subgroups, preset=preset)
    assert_clean(figure)
    diamonds = drawn(figure)["polygons"]
    assert [x for x, _ in diamonds[0][:4]] == [0.1, 0.3, 0.5, 0.3]
    assert len(diamonds) == 4
    texts = figure.fingerprint()["texts"]
    assert {"Subgroup (k = 3)", "All studies (k = 7)", "In no subgroup", "tau² 0.57, I² 95 %"} <= set(texts)
    assert "One study: shown, not pooled" in repr(figure)


def test_subgroups_must_hold_the_same_studies():
    effects = invented(4)
    part = pooled(Effects(effects.table.iloc[:2]))
    with pytest.raises(InputError, match="another subgroup holds already"):
        forest(pooled(effects), subgroups={"a": part, "b": part})
    with pytest.raises(InputError, match="must be a pooled result"):
        forest(pooled(effects), subgroups={"a": effects})
    with pytest.raises(InputError, match="subgroups needs"):
        forest(effects, subgroups={"a": part})


def test_groups_put_headings_over_studies_in_order():
    effects = invented(4, device=["pen", "roller", "pen", ""])
    texts = forest(pooled(effects), groups="device").fingerprint()["texts"]
    order = [texts.index(text) for text in ("pen", "Abbas 2000", "Ibrahim 2002", "roller", "El-Domyati 2001")]
    assert order == sorted(order)
    assert "not stated" in texts


def test_one_study_is_shown_and_not_pooled():
    for result in (pooled(invented(1)), invented(1)):
        figure = forest(result)
        assert drawn(figure)["polygons"] == []
        assert "One study: shown, not pooled" in figure.fingerprint()["texts"]
        assert "Weight, %" not in figure.fingerprint()["texts"]
        assert "not pooled" in figure.alt


def test_effects_alone_have_squares_by_precision_and_no_diamond():
    effects = invented(3, vi=[0.1, 0.2, 0.4])
    figure = forest(effects)
    assert drawn(figure)["polygons"] == []
    area = drawn(figure)["markers"][0]["area"]
    assert np.array(area) / area[0] == pytest.approx([1, 0.5, 0.25], rel=1e-6)
    assert "3 studies: shown, not pooled" in figure.fingerprint()["texts"]


def test_rows_not_pooled_are_shown_hollow_with_their_reason():
    effects = invented(3, excluded=2)
    figure = forest(pooled(effects))
    texts = figure.fingerprint()["texts"]
    assert {"Shown, not pooled", "no usable number"} <= set(texts)
    assert "no spread is printed in the abstract" in repr(figure)
    hollow = drawn(figure)["markers"][-1]["xy"]
    assert [x for x, _ in hollow] == [effects.table["yi"].iloc[-1]]
    without = forest(pooled(effects), show_excluded=False)
    assert "Shown, not pooled" not in without.fingerprint()["texts"]


def test_no_study_at_all_still_gives_a_figure():
    effects = invented(0, excluded=2)
    figure = forest(effects)
    assert_clean(figure)
    assert "No study was pooled" in figure.fingerprint()["texts"]


def test_words_follow_the_numbers():
    effects = invented(2, yi=[1.0, 2.0], vi=[0.25, 0.25], label=["<A>", "B & C"])
    figure = forest(pooled(effects), title="It works")
    assert figure.alt == "Forest plot of 2 studies: pooled SMD 0.80 (0.50 to 1.10), 95 % interval."
    assert "<A>: 1.00 (0.02 to 1.98), weight 33.3 %." in repr(figure)
    assert repr(figure).startswith("It works. ")
    assert "random effects (REML), Hartung-Knapp interval, never narrower than Wald" in figure.caption
    assert "<A>" not in figure._repr_html_()


@pytest.mark.parametrize("k", [1, 2, 60])
def test_the_alternative_text_is_short(k):
    huge = invented(k, yi=1e9, vi=1e15, label=LONG * 3)
    assert 0 < len(forest(pooled(huge, estimate=1e9, ci_low=-1e12, ci_high=1e12)).alt) <= 125


def test_a_slide_keeps_its_shape_and_small_ones_their_size():
    for k in (1, 5, 60):
        width, height = forest(pooled(invented(k)), preset="slide").get_size_inches()
        assert width / height == pytest.approx(16 / 9)
    assert forest(pooled(invented(5)), preset="slide").get_size_inches() == pytest.approx([40 / 3, 7.5])

"""Funnel plots: points at estimate and size, regions and limits by their p values, words with numbers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.figures.figure import ALT_LENGTH
from evidence.figures.forest_axis import axis
from evidence.figures.funnel import funnel
from evidence.figures.funnel_axis import effect_ticks
from evidence.figures.funnel_rows import across
from evidence.figures.sunset import SHADES, sunset
from evidence.robustness.egger import egger
from evidence.robustness.limit_meta import limit_meta
from evidence.robustness.study_power import study_power
from evidence.robustness.trim_and_fill import trim_and_fill
from evidence.synthesis.pool import pool
from figure_checks import HARD, assert_clean, drawn, invented, with_changes


def skewed(k=14):
    """Simulated studies, the small ones with larger estimates."""
    rng = np.random.default_rng(k)
    se = np.linspace(0.08, 0.45, k)
    table = pd.DataFrame({"yi": 0.1 + 1.5 * se + rng.normal(0, 0.4 * se), "vi": se**2})
    table["label"] = [f"Trial {i + 1}" for i in range(k)]
    table["n_1"] = table["n_2"] = np.round(2 / table["vi"])
    return Effects(table, measure="SMD", favours=("favours control", "favours needling"))


def lines_of(figure):
    return [np.array(line["xy"]) for line in drawn(figure)["lines"]]


def has_line(figure, ends):
    return any(
        line.shape == np.shape(ends) and np.allclose(line, ends, atol=1e-6) for line in lines_of(figure)
    )


def test_points_stand_at_estimate_and_standard_error():
    effects = skewed()
    (marks,) = drawn(funnel(effects))["markers"]
    assert marks["xy"] == pytest.approx(np.column_stack([effects.yi, np.sqrt(effects.vi)]), abs=1e-6)
    assert drawn(funnel(effects))["ylim"][1] == 0


def test_regions_have_their_p_values_about_no_effect():
    figure = funnel(skewed())
    bottom = drawn(figure)["ylim"][0]
    for outline, p in zip(drawn(figure)["polygons"][1:], (0.01, 0.05, 0.10), strict=True):
        corners = np.array(outline)
        at_bottom = corners[np.isclose(corners[:, 1], bottom)]
        z = at_bottom[:, 0].max() / bottom
        assert 2 * stats.norm.sf(z) == pytest.approx(p, rel=1e-4)
        assert at_bottom[:, 0].min() == pytest.approx(-z * bottom, rel=1e-4)
        assert any(np.allclose(corner, 0) for corner in corners)
    assert drawn(funnel(skewed(), contours=False))["polygons"] == []


@pytest.mark.parametrize("level", [0.95, 0.9])
def test_limits_stand_about_the_pooled_mean(level):
    result = pool(skewed(), level=level)
    figure = funnel(result)
    bottom, mean = drawn(figure)["ylim"][0], result.estimate
    half = stats.norm.isf((1 - level) / 2) * bottom
    for sign in (-1, 1):
        assert has_line(figure, [(mean, 0), (mean + sign * half, bottom)])
    assert has_line(figure, [(mean, 0), (mean, bottom)])
    assert f"{100 * level:.0f} % limits" in " ".join(drawn_words(figure))


def drawn_words(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts] + [
        text.get_text() for text in figure.texts
    ]


def test_studies_outside_the_limits_are_named():
    effects = skewed()
    result = pool(effects)
    out = np.abs(effects.yi - result.estimate) > stats.norm.isf(0.025) * np.sqrt(effects.vi)
    assert 0 < out.sum() < effects.k
    figure = funnel(result)
    names = {text.get_text() for text in figure.axes[0].texts}
    assert names <= set(effects.included["label"][out])
    assert f"{out.sum()} outside the 95 % limits" in figure.alt
    assert not figure.axes[0].texts == funnel(result, labels="none").axes[0].texts == []
    assert len(funnel(result, labels="all").axes[0].texts) > len(names)


def test_filled_studies_are_open_marks_of_their_own():
    effects = skewed()
    effects = with_changes(Effects(effects.table.assign(label="One name for all"), measure="SMD"))
    filled = trim_and_fill(effects)
    assert filled.k0 > 0
    for figure in (funnel(filled), funnel(effects, filled=filled, name="other")):
        rings, discs = drawn(figure)["markers"]
        expected = np.column_stack([filled.filled["yi"], np.sqrt(filled.filled["vi"])])
        assert rings["xy"] == pytest.approx(expected, abs=1e-6)
        assert len(discs["xy"]) == effects.k
        bottom = drawn(figure)["ylim"][0]
        assert has_line(figure, [(filled.estimate, 0), (filled.estimate, bottom)])
        assert f"{filled.k0} filled in" in figure.alt
        assert "no data" in figure.caption


def test_line_of_egger_and_curve_of_limit_meta():
    effects = skewed()
    for test, power in ((egger(effects), 1), (egger(effects, predictor="vi"), 2)):
        figure = funnel(effects, line=test)
        (line,) = [xy for xy in lines_of(figure) if len(xy) > 10]
        assert line[:, 0] == pytest.approx(test.limit + test.slope * line[:, 1] ** power, abs=1e-5)
        assert f"{test.limit:.2f}".replace("-", "−") in repr(figure)
    adjusted = limit_meta(effects)
    (curve,) = [xy for xy in lines_of(funnel(effects, line=adjusted)) if len(xy) > 10]
    assert curve[0] == pytest.approx((adjusted.estimate, 0), abs=1e-6)


def test_sizes_free_of_the_estimate():
    effects = skewed()
    sizes = np.sqrt(2 / effects.included["n_1"].to_numpy())
    test = egger(effects, predictor="pustejovsky")
    figure = funnel(effects, y="pustejovsky", line=test)
    assert np.array(drawn(figure)["markers"][0]["xy"])[:, 1] == pytest.approx(sizes, abs=1e-6)
    assert len(drawn(figure)["polygons"]) == 4
    plain = funnel(effects, y="sqrtninv", line=egger(effects, predictor="sqrtninv"))
    assert drawn(plain)["polygons"] == []
    assert "limits" not in plain.alt
    with pytest.raises(InputError, match="no standard errors"):
        funnel(effects, y="sqrtninv", contours=True)
    with pytest.raises(InputError, match="line= cannot be drawn"):
        funnel(effects, line=test)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("k", [1, 7, 40])
def test_nothing_overlaps(preset, k):
    effects = invented(k)
    figure = funnel(effects, preset=preset, title="The finding", source="A source " * 15, labels="all")
    assert_clean(figure)
    assert_clean(sunset(effects, preset=preset, title="The finding", labels="all"))
    if preset == "slide":
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)


@pytest.mark.parametrize("draw", [funnel, sunset])
def test_hard_names_and_far_estimates(draw):
    table = invented(5).table.assign(
        label=[*HARD, "D", "E"], yi=[-1, 0.2, 220, 1, 4], vi=[0.1, 0.2, 4, 1e-4, 900]
    )
    effects = Effects(table, measure="SMD", favours=HARD[:2])
    figure = draw(effects, labels="all", title="A title " * 40, subtitle=HARD[0], source=HARD[2])
    assert_clean(figure)
    assert len(figure.alt) <= ALT_LENGTH
    limits = drawn(figure)["xlim"]
    assert limits[0] < -1
    assert limits[1] > 220


@pytest.mark.parametrize("draw", [funnel, sunset])
def test_equal_estimates_and_equal_sizes(draw):
    for yi, vi in (([0.5] * 10, np.linspace(0.1, 0.3, 10)), ([0.0] * 10, [0.1] * 10), ([0.0], [1e-8])):
        figure = draw(Effects(pd.DataFrame({"yi": yi, "vi": vi})))
        low, high = drawn(figure)["xlim"]
        assert low < min(yi) <= max(yi) < high
        assert_clean(figure)


def test_ratios_and_proportions_are_shown_as_readers_know_them():
    ratio = with_changes(invented(12), scale="log", measure="OR")
    figure = funnel(ratio)
    words = drawn_words(figure)
    assert "1" in words
    assert "Odds ratio (log scale)" in words
    assert f"{np.exp(pool(ratio).estimate):.2f}" in figure.alt
    share = with_changes(invented(12), scale="logit", measure="PLO")
    assert drawn(funnel(share))["polygons"] == []
    assert "50" in drawn_words(funnel(share))
    with pytest.raises(InputError, match="no value of no effect"):
        funnel(share, contours=True)
    with pytest.raises(InputError, match="give null="):
        sunset(share)
    assert " % " in sunset(share, null=0.0).alt
    spots, labels = effect_ticks(axis("arcsine", "PAS", None), (0.2, 1.4), 4, 10)
    assert np.sin(spots) ** 2 * 100 == pytest.approx([float(label) for label in labels])


def test_words_give_every_number():
    effects = invented(7)
    figure = funnel(effects, title="A finding")
    for label, yi in zip(effects.included["label"], effects.yi, strict=True):
        shown = f"{yi:.2f}".replace("-", "−")
        assert f"{label}: {shown}, standard error" in repr(figure)
    assert "7 studies: fewer than 10 cannot show asymmetry" in figure.caption
    assert "fewer than 10" not in funnel(invented(12)).caption
    z = np.abs(effects.yi) / np.sqrt(effects.vi)
    assert f"{(z > stats.norm.isf(0.005)).sum()} with p < 0.01" in repr(figure)
    assert "no proof of publication bias" in figure.caption


def test_axis_holds_what_must_be_seen():
    low, high = across(np.array([-1.0, 2.0]), 0.5, 50.0)
    assert low < -1
    assert high > 2
    assert high - low < 2 * 3 * 1.2
    assert across(np.array([0.4]), 0.4, 0.0)[0] < 0.4


def test_what_cannot_be_drawn_is_refused():
    effects = skewed()
    other = trim_and_fill(skewed(15))
    refused = [
        (lambda: funnel("file.csv"), InputError, "not str"),
        (lambda: funnel(effects, filled="yes"), InputError, "trim_and_fill, not str"),
        (lambda: funnel(effects, filled=other), InputError, "other studies"),
        (lambda: funnel(other, filled=other), InputError, "leave out filled="),
        (lambda: funnel(effects, line=pool(effects)), InputError, "egger or limit_meta"),
        (lambda: funnel(effects, line=egger(skewed(15))), InputError, "line= cannot be drawn"),
        (lambda: funnel(effects, line=limit_meta(skewed(15))), InputError, "line= cannot be drawn"),
        (lambda: funnel(effects, y="se"), OptionError, "y='se'"),
        (lambda: funnel(effects, labels="some"), OptionError, "labels='some'"),
        (lambda: funnel(effects, contours="yes"), OptionError, "contours='yes'"),
        (lambda: funnel(effects, preset="billboard"), OptionError, "billboard"),
        (lambda: funnel(effects.table.assign(included=False)), TooFewStudiesError, "no study is left"),
        (lambda: sunset([1, 2]), InputError, "not list"),
        (lambda: sunset(effects, labels="some"), OptionError, "labels='some'"),
        (lambda: sunset(effects, alpha=5), InputError, "alpha=5"),
    ]
    for call, error, words in refused:
        with pytest.raises(error, match=words):
            call()


def test_every_option_changes_the_figure():
    effects = skewed()
    filled, line = trim_and_fill(effects), egger(effects)
    changes = [{"contours": False}, {"filled": filled}, {"line": line}, {"y": "sqrtninv"}, {"labels": "none"}]
    changes += [{"title": "T"}, {"subtitle": "S"}, {"source": "X"}, {"preset": "paper"}, {"name": "other"}]
    seen = [shown(funnel(effects, **options)) for options in ({}, *changes)]
    assert len(set(seen)) == len(seen)
    changes = [{"effect": 0.4}, {"null": 0.1}, {"alpha": 0.01}, {"labels": "all"}, {"title": "T"}]
    changes += [{"subtitle": "S"}, {"source": "X"}, {"preset": "slide"}, {"name": "other"}]
    seen = [shown(sunset(effects, **options)) for options in ({}, *changes)]
    assert len(set(seen)) == len(seen)


def shown(figure):
    return str(figure.fingerprint()) + str(figure.get_size_inches().tolist())


def test_same_figure_every_time():
    filled = trim_and_fill(skewed())
    assert funnel(filled).to_bytes("svg") == funnel(filled).to_bytes("svg")
    assert sunset(skewed(5)).to_bytes("svg") == sunset(skewed(5)).to_bytes("svg")


def test_bands_end_where_studies_have_that_power():
    effects = skewed()
    found = study_power(effects, effect=0.4)
    figure = sunset(effects, effect=0.4)
    bands = [np.array(outline) for outline in drawn(figure)["polygons"]]
    bottom = drawn(figure)["ylim"][0]
    edges = sorted({round(float(y), 6) for band in bands for y in band[:, 1]})
    expected = [found.standard_error(power / 10) for power in range(9, 0, -1)]
    assert edges[1:-1] == pytest.approx([se for se in expected if se < bottom], abs=1e-6)
    assert next(text for text in drawn_words(figure) if text.endswith(" %")) == "90 %"
    for edge in edges[1:-1]:
        power = study_power(yi=[0], vi=[edge**2], effect=0.4).power[0]
        assert power * 10 == pytest.approx(round(power * 10), abs=1e-3)


def test_full_points_are_the_significant_studies():
    effects = skewed()
    found = study_power(effects, effect=0.4)
    full = found.summary()["significant"].to_numpy()
    rings, discs = drawn(sunset(effects, effect=0.4))["markers"]
    points = np.column_stack([effects.yi, np.sqrt(effects.vi)])
    assert discs["xy"] == pytest.approx(points[full], abs=1e-6)
    assert rings["xy"] == pytest.approx(points[~full], abs=1e-6)
    names = {text.get_text() for text in sunset(effects, effect=0.4).axes[0].texts}
    assert names <= set(effects.included["label"][full & (found.power < 0.5)])
    assert names


def test_sunset_says_what_power_rests_on():
    effects = skewed()
    found = study_power(effects)
    figure = sunset(effects)
    assert f"median power {100 * found.median:.0f} %" in figure.alt
    assert f"{found.observed} significant, {found.expected:.1f} expected" in figure.alt
    assert "where small studies inflate it" in figure.caption
    assert "inflate" not in sunset(effects, effect=0.4).caption
    assert f"R-index {100 * found.r_index:.0f} %" in figure.caption
    assert "nothing" not in sunset(effects, effect=0.0).caption
    lightness = [sum(int(shade[i : i + 2], 16) for i in (1, 3, 5)) for shade in SHADES]
    assert lightness == sorted(lightness)

"""Plots that question heterogeneity: marks where the numbers are, labels apart, words true to both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba
from scipy.stats import norm

import evidence as ev
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError
from evidence.figures import (
    baujat,
    cumulative,
    drapery,
    influence_plot,
    labbe,
    leave_one_out,
    radial,
    rainforest,
)
from evidence.figures.drapery import P, curve, mean_half, prediction_half
from evidence.figures.forest_axis import axis
from evidence.figures.labbe import at_rate
from evidence.figures.radial import Arc, coordinates
from evidence.figures.rainforest import SLICES, drop
from evidence.figures.style import VERMILLION
from figure_checks import HARD, assert_clean, drawn, invented, with_changes

PRESETS = ("web", "paper", "slide")


def studies(k, *, labels=None, **changes):
    """Return invented studies with a year."""
    table = invented(k).table.assign(year=[2000 + (7 * i) % 23 for i in range(k)])
    if labels is not None:
        table["label"] = table["study_id"] = labels
    return with_changes(Effects(table), **({"measure": "SMD", "title": "A finding"} | changes))


def responders(k, measure="OR"):
    """Return invented counts of responders in two groups."""
    rng = np.random.default_rng(k)
    first, second = rng.integers(20, 150, (2, k))
    share = rng.uniform(0.1, 0.6, k)
    given = {
        "ai": rng.binomial(first, np.clip(share * rng.uniform(0.9, 2, k), 0, 0.95)),
        "n1i": first,
        "ci": rng.binomial(second, share),
        "n2i": second,
    }
    table = ev.escalc(measure, **given).assign(label=[f"Trial {i}" for i in range(k)])
    names = ("events_1", "total_1", "events_2", "total_2")
    table = table.assign(**dict(zip(names, given.values(), strict=True)))
    return Effects(table, measure=measure, scale="identity" if measure == "RD" else "log")


DRAWN = {
    leave_one_out: ev.leave_one_out,
    cumulative: lambda effects: ev.cumulative(effects, order="year"),
    influence_plot: ev.influence,
    baujat: ev.influence,
    radial: ev.pool,
    drapery: ev.pool,
    rainforest: ev.pool,
}


def figures(effects, **options):
    """Return every figure of one set of studies."""
    return [draw(analysis(effects), **options) for draw, analysis in DRAWN.items()]


def plot(figure, label):
    """Return the fingerprint of the axes of that name."""
    return next(axes for axes in figure.fingerprint()["axes"] if axes["label"] == label)


def points(axes):
    """Return the places of the largest set of markers."""
    return np.array(max((each["xy"] for each in axes["markers"]), key=len))


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("k", [3, 30])
def test_nothing_overlaps(preset, k):
    for figure in figures(studies(k), preset=preset, source="A source " * 8):
        assert_clean(figure)
        width, height = figure.get_size_inches()
        assert preset != "slide" or width / height == pytest.approx(16 / 9)
        assert len(figure.alt) <= 125


def test_long_and_strange_names_stay_within():
    labels = [f"{HARD[i % 3]} {i}" for i in range(6)]
    for figure in figures(studies(6, labels=labels), preset="paper", title=HARD[0]):
        assert_clean(figure)
        assert b"<script>" not in figure.to_bytes("svg", editable=True)


def test_ratios_and_proportions():
    for scale, measure, shown in (("log", "OR", "OR"), ("logit", "PLO", "%")):
        effects = studies(7, scale=scale, measure=measure)
        pooled = ev.pool(effects)
        for draw in (radial, drapery, rainforest):
            assert_clean(draw(pooled))
        found = leave_one_out(ev.leave_one_out(effects))
        assert shown in found.alt
        estimate = ev.pool(effects).display()["estimate"] * (100 if scale == "logit" else 1)
        assert f"{estimate:.1f}" in found.alt


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("k", "measure"), [(2, "RR"), (7, "OR"), (7, "RD"), (30, "RR")])
def test_labbe_overlaps_nothing(preset, k, measure):
    assert_clean(labbe(ev.pool(responders(k, measure)), preset=preset))


def test_leave_one_out_draws_each_refit_over_the_interval_of_all():
    result = ev.leave_one_out(studies(7), test="z")
    axes = drawn(leave_one_out(result))
    assert points(axes)[:, 0] == pytest.approx(result.fits.estimate, abs=1e-6)
    band = np.array(axes["polygons"][0])
    assert (band[:, 0].min(), band[:, 0].max()) == pytest.approx(
        (result.whole.ci_low, result.whole.ci_high), abs=1e-6
    )
    ends = [np.array(line["xy"])[:, 0] for line in axes["lines"][-7:]]
    assert np.array(ends)[:, 0] == pytest.approx(result.fits.ci_low, abs=1e-6)


def test_leave_one_out_marks_what_the_finding_hangs_on():
    table = pd.DataFrame({"label": list("ABC"), "yi": [0.1, 0.5, 1.4], "vi": [0.03, 0.05, 0.04]})
    result = ev.leave_one_out(table, method="DL", test="z")
    figure = leave_one_out(result)
    bold = {text.get_text() for text in figure.texts if text.get_weight() == "bold"}
    assert "A" in bold
    assert not {"B", "C"} & bold
    assert "Bold: without it" in figure.caption
    assert result.notes[1][4:] in figure.caption
    firm = leave_one_out(ev.leave_one_out(yi=[1, 1.1, 1.2], vi=[0.01] * 3, test="z"))
    assert "Bold" not in firm.caption


def test_cumulative_ends_in_the_diamond_of_all():
    result = ev.cumulative(studies(7), order="year")
    figure = cumulative(result)
    axes = drawn(figure)
    assert points(axes)[:, 0] == pytest.approx(result.fits.estimate[:-1], abs=1e-6)
    diamond = np.array(axes["polygons"][-1])
    assert diamond[:, 0].max() == pytest.approx(result.fits.ci_high[-1], abs=1e-6)
    words = [text.get_text() for text in figure.texts]
    assert any(text.startswith("+ ") and text.endswith(")") for text in words)
    assert "7" in words


def test_influence_plot_shows_every_value_and_cut_off():
    result = ev.influence(studies(40), test="z")
    figure = influence_plot(result)
    panels = {axes["label"]: axes for axes in figure.fingerprint()["axes"]}
    names = {
        "Deleted residual": "rstudent", "DFFITS": "dffits", "Cook's distance": "cook_d", "Hat value": "hat",
        "Covariance ratio": "cov_r", "Deleted tau²": "tau2_del", "Deleted Q": "qe_del",
    }  # fmt: skip
    for heading, name in names.items():
        axes = panels[heading]
        shown = np.vstack([each["xy"] for each in axes["markers"] if len(each["xy"])])
        shown = shown[np.argsort(shown[:, 1]), 0]
        assert shown == pytest.approx(getattr(result, name), abs=1e-6)
        cuts = {line["xy"][0][0] for line in axes["lines"] if line["style"] == "--"}
        limit = result.limits().get(name)
        assert limit is None or round(limit, 6) in cuts
    flagged = [label for label, flag in zip(result.labels, result.influential, strict=True) if flag]
    assert flagged
    bold = {text.get_text() for text in figure.texts if text.get_weight() == "bold"}
    assert set(flagged) <= bold
    assert flagged[0] in figure.alt


def test_baujat_stands_at_its_coordinates():
    result = ev.influence(studies(12))
    for model in ("common", "fitted"):
        axes = plot(baujat(result, model=model), "baujat")
        shown = np.vstack([each["xy"] for each in axes["markers"] if len(each["xy"])])
        wanted = result.baujat(model=model)[["contribution", "influence"]].to_numpy()
        assert np.sort(shown, axis=0) == pytest.approx(np.sort(wanted, axis=0), abs=1e-6)
    assert "of Q" in baujat(result).alt
    flat = ev.influence(yi=[0.5] * 4, vi=[0.1, 0.2, 0.3, 0.4])
    assert_clean(baujat(flat))


def test_labbe_stands_at_the_rates():
    effects = responders(7)
    pooled = ev.pool(effects)
    axes = plot(labbe(pooled), "labbe")
    rows = effects.included
    wanted = 100 * np.column_stack([rows["events_2"] / rows["total_2"], rows["events_1"] / rows["total_1"]])
    shown = points(axes)
    assert np.sort(shown, axis=0) == pytest.approx(np.sort(wanted, axis=0), abs=1e-5)
    area = np.array(axes["markers"][0]["area"])
    assert area / area[0] == pytest.approx(np.sort(pooled.weights)[::-1] / pooled.weights.max(), rel=1e-6)
    curve_ = np.array(axes["lines"][1]["xy"]) / 100
    inner = curve_[1:-1]
    odds = inner / (1 - inner)
    assert odds[:, 1] / odds[:, 0] == pytest.approx(np.exp(pooled.estimate), rel=1e-3)


def test_pooled_effects_as_rates():
    rate = np.array([0.1, 0.5])
    assert at_rate(rate, 0.2, "RD") == pytest.approx(rate + 0.2)
    assert at_rate(rate, np.log(1.5), "RR") == pytest.approx(1.5 * rate)
    assert at_rate(rate, np.log(3), "OR") == pytest.approx([0.25, 0.75])
    assert at_rate(rate, np.log(3), "PETO") == pytest.approx([0.25, 0.75])


def test_labbe_of_effects_alone_pools_nothing():
    alone = labbe(responders(5))
    assert "pooled" not in alone.alt
    assert len(plot(labbe(responders(5), labels=False), "labbe")["lines"]) == 1
    named = labbe(responders(5), groups=("needling", "control"))
    assert "needling" in named.alt
    with pytest.raises(OptionError, match="not the measure 'SMD'"):
        labbe(studies(5))
    with pytest.raises(InputError, match="Counts need the events"):
        labbe(with_changes(studies(5), measure="OR", scale="log"))


@pytest.mark.parametrize("method", ["REML", "EE"])
def test_radial_lines_through_studies_meet_the_arc_at_their_effects(method):
    result = ev.pool(studies(12), method=method, test="z")
    x, z = coordinates(result)
    assert z / x == pytest.approx(result.yi)
    assert 1 / x**2 == pytest.approx(result.vi + (0 if method == "EE" else result.tau2))
    assert (x @ z) / (x @ x) == pytest.approx(result.estimate)
    figure = radial(result)
    (axes,) = (each for each in figure.axes if each.get_label() == "radial")
    shown = points(figure.fingerprint()["axes"][-1])
    assert shown == pytest.approx(np.column_stack([x, z]), abs=1e-6)
    size = axes.get_window_extent().size / figure.dpi
    spans = np.array([axes.get_xlim(), axes.get_ylim()])
    scale = size / (spans[:, 1] - spans[:, 0])
    placed = (shown - spans[:, 0]) * scale
    origin = -spans[:, 0] * scale
    arc = Arc(1.0, (0.0, float(origin[1])), float(scale[1] / scale[0]))
    away = placed - origin
    on_arc = arc.at(result.yi) - origin
    assert away / np.linalg.norm(away, axis=1)[:, None] == pytest.approx(on_arc, abs=1e-6)


def test_radial_says_who_lies_outside():
    result = ev.pool(studies(30), test="z")
    x, z = coordinates(result)
    outside = np.abs(z - result.estimate * x) > norm.ppf(0.975)
    figure = radial(result)
    names = result.effects.included["label"][outside]
    assert all(name in figure.alt for name in names) or f"; {outside.sum()} outside" in figure.alt
    equal = radial(ev.pool(yi=[0.5, 0.5], vi=[0.1, 0.1]))
    assert "none outside" in equal.alt


@pytest.mark.parametrize("prediction", ["HTS", "V", "HK", "KR", "S", "test"])
def test_drapery_is_as_wide_as_each_interval(prediction):
    for level in (0.95, 0.5):
        result = ev.pool(studies(9), prediction=prediction, test="z", level=level)
        at = np.abs(P - (1 - level)).argmin()
        finer = np.interp(1 - level, P[::-1], mean_half(result)[::-1])
        assert result.ci_high - result.estimate == pytest.approx(finer, rel=2e-3)
        half = prediction_half(result)
        finer = np.interp(1 - level, P[::-1], half[::-1])
        assert result.pi_high - result.estimate == pytest.approx(finer, rel=2e-3)
        if level == 0.95:
            assert result.ci_high - result.estimate == pytest.approx(mean_half(result)[at], rel=1e-9)
            assert result.pi_high - result.estimate == pytest.approx(half[at], rel=1e-9)


def test_drapery_draws_p_values():
    result = ev.pool(studies(9), test="z")
    axes = plot(drapery(result), "drapery")
    solid = [np.array(line["xy"]) for line in axes["lines"] if line["style"] == "-" and len(line["xy"]) > 9]
    assert len(solid) == 10
    centres = [*zip(result.yi, np.sqrt(result.vi), strict=True), (result.estimate, result.se)]
    for line, (centre, error) in zip(solid, centres, strict=True):
        p = 2 * norm.sf(np.abs(line[:, 0] - centre) / error)
        assert line[:, 1] == pytest.approx(p, abs=1e-5)
    assert prediction_half(ev.pool(studies(9), method="EE")) is None
    assert "prediction" not in drapery(ev.pool(studies(9), method="EE")).caption.split("Common-effect")[0]
    back = curve(0.0, np.zeros(P.size), axis("logit", "PLO", None))
    assert (back[:, 0] == 50).all()
    with pytest.raises(OptionError, match="does not draw test='HC'"):
        drapery(ev.pool(studies(5), method="DL", test="HC"))


def test_raindrops_span_the_intervals_and_their_height_is_the_weight():
    result = ev.pool(studies(8), test="z")
    axes = drawn(rainforest(result))
    outlines = [np.array(line["xy"]) for line in axes["lines"] if len(line["xy"]) == 2 * (SLICES + 1)]
    assert len(outlines) == 8
    half = norm.ppf(0.975) * np.sqrt(result.vi)
    low, high = np.array(axes["xlim"])
    ends = np.array([[line[:, 0].min(), line[:, 0].max()] for line in outlines])
    assert ends[:, 0] == pytest.approx(np.maximum(result.yi - half, low), abs=1e-6)
    assert ends[:, 1] == pytest.approx(np.minimum(result.yi + half, high), abs=1e-6)
    tall = np.array([np.ptp(line[:, 1]) for line in outlines])
    assert tall / tall.max() == pytest.approx(result.weights / result.weights.max(), rel=1e-5)
    outline = drop(1.96)
    log_likelihood = -0.5 * outline[:, 0] ** 2
    above = (log_likelihood - log_likelihood[0]) / (log_likelihood.max() - log_likelihood[0])
    assert outline[:, 1] == pytest.approx(above, abs=1e-12)


def test_flagged_studies_look_different_in_grey_too():
    result = ev.influence(studies(40), test="z")
    (axes,) = (each for each in baujat(result).axes if each.get_label() == "baujat")
    plain, flagged = axes.collections[:2]
    assert len(plain.get_paths()[0].vertices) != len(flagged.get_paths()[0].vertices)
    assert tuple(flagged.get_facecolor()[0]) == to_rgba(VERMILLION)


@pytest.mark.parametrize("draw", DRAWN)
def test_every_option_changes_the_figure(draw):
    result = DRAWN[draw](studies(5))
    plain = draw(result)
    changed = draw(result, title="T", subtitle="U", source="S", name="other", preset="paper")
    words = [text.get_text() for text in changed.texts]
    assert {"T", "U"} <= set(words)
    assert any(text.startswith("S. Not medical advice") for text in words)
    assert changed.name == "other"
    assert not np.array_equal(changed.get_size_inches(), plain.get_size_inches())
    assert draw(result).to_bytes("svg") == plain.to_bytes("svg")


def test_labels_and_directions_are_options():
    pooled, effects = ev.pool(studies(6)), studies(6)
    for draw in (radial, drapery):
        assert draw(pooled, labels=False).fingerprint() != draw(pooled).fingerprint()
    for draw, result in (
        (leave_one_out, ev.leave_one_out(effects)),
        (cumulative, ev.cumulative(effects)),
        (rainforest, pooled),
    ):
        words = [text.get_text() for text in draw(result, favours=("worse", "better")).texts]
        assert {"← worse", "better →"} <= set(words)


@pytest.mark.parametrize(
    "draw", [leave_one_out, cumulative, influence_plot, baujat, labbe, radial, drapery, rainforest]
)
def test_wrong_calls_are_refused(draw):
    with pytest.raises(InputError, match=f"{draw.__name__} draws .*, not str"):
        draw("a result")


def test_few_studies_and_unknown_presets_are_refused():
    one = ev.pool(yi=[0.5], vi=[0.1])
    for draw in (radial, drapery, rainforest):
        with pytest.raises(InputError, match="needs 2 or more studies, not 1"):
            draw(one)
    with pytest.raises(OptionError, match="preset='billboard'"):
        rainforest(ev.pool(studies(4)), preset="billboard")
    with pytest.raises(OptionError, match="model='random'"):
        baujat(ev.influence(studies(4)), model="random")

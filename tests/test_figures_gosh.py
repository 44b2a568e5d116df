"""The GOSH plot: cells count subsets, hues are shares, marks and words are the result's, nothing overlaps."""

import json
from pathlib import Path

import numpy as np
import pytest

import evidence as ev
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError
from evidence.figures.gosh_cloud import cloud_of
from evidence.figures.gosh_density import WITH, WITHOUT, grid, picture
from evidence.figures.gosh_plot import CELLS
from figure_checks import HARD, assert_clean, invented, with_changes

POOLING = json.loads((Path(__file__).parent / "golden" / "pooling.json").read_text("utf-8"))
BCG = next(case["input"] for case in POOLING if case["id"] == "pool_bcg_EE_z")


def rgb(color):
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


@pytest.fixture(scope="module")
def bcg():
    effects = invented(13, yi=BCG["yi"], vi=BCG["vi"])
    return ev.gosh(with_changes(effects, scale="log", measure="RR"))


def axes_of(figure, label):
    return next(axes for axes in figure.axes if axes.get_label() == label)


def test_cells_count_every_subset_once(bcg):
    cells = cloud_of(bcg, "i2").grid(CELLS)
    assert cells.counts().sum() == bcg.n
    inside = bcg.holds(3)
    assert cells.counts(inside).sum() == inside.sum()
    assert (cells.counts(inside) + cells.counts(~inside) == cells.counts()).all()
    (low, high), (left, right) = cells.up, cells.across
    peer = np.histogram2d(bcg.i2, bcg.estimate, bins=cells.shape, range=[(low, high), (left, right)])[0]
    assert np.abs(peer - cells.counts()).sum() <= 4  # values on an edge of two cells


def test_hue_is_the_share_and_depth_the_number():
    total, inside = np.array([[0, 1, 1, 10, 1000]]), np.array([[0, 1, 0, 10, 500]])
    found = picture(total, inside).astype(int)
    assert found[0, :, 3].tolist() == [0, 255, 255, 255, 255]
    assert found[0, 1, :3].tolist() == rgb(WITH)
    assert found[0, 2, :3].tolist() == rgb(WITHOUT)
    assert (found[0, 3, :2] < rgb(WITH)[:2]).all()
    between = (np.array(rgb(WITH)) + rgb(WITHOUT)) / 2
    assert found[0, 4, :3] == pytest.approx(0.55 * between, abs=1)
    assert grid(np.array([0.0, 1.0]), np.array([0.0, 1.0]), (0, 1), (0, 1), (2, 2)).counts().tolist() == [
        [1, 0],
        [0, 1],
    ]


def test_marks_stand_at_the_medians_and_at_all_studies(bcg):
    figure = ev.figures.gosh(bcg, study=7)
    spots = [np.array(shown.get_offsets())[0] for shown in axes_of(figure, "subsets").collections]
    for spot, part in zip(spots, (bcg.with_study(7), bcg.without_study(7)), strict=False):
        assert spot == pytest.approx([np.median(part.estimate), np.median(part.i2)])
    assert spots[2] == pytest.approx([bcg.full_estimate, bcg.full_i2])
    assert len(axes_of(ev.figures.gosh(bcg), "subsets").collections) == 1
    (image,) = axes_of(figure, "subsets").images
    assert image.get_array().shape == (*CELLS, 4)


def test_distributions_count_both_groups(bcg):
    figure = ev.figures.gosh(bcg, study=0)
    for label, values in (("estimates", bcg.estimate), ("heterogeneity", bcg.i2)):
        axes = axes_of(figure, label)
        (filled,), (outline,) = axes.patches, axes.lines
        limits = axes.get_xlim() if label == "estimates" else axes.get_ylim()
        edges = np.linspace(*limits, 81)
        up = 1 if label == "estimates" else 0
        inside = bcg.holds(0)
        for drawn, chosen in ((filled.get_xy()[:-1], inside), (outline.get_xydata(), ~inside)):
            counts = np.histogram(values[chosen], edges)[0]
            assert drawn[1:-1:2, up].tolist() == counts.tolist()


def test_panels_run_from_the_most_separating_study(bcg):
    figure = ev.figures.gosh(bcg, each=True)
    order = bcg.summary().sort_values("separation", ascending=False, kind="stable")
    words = [text.get_text() for text in figure.texts]
    places = [words.index(study) for study in order["study"]]
    assert places == sorted(places)
    assert bcg.separating == order["study"].iloc[0]
    panels = [axes for axes in figure.axes if axes.images]
    assert len(panels) == 13
    assert [text for text in words if text == f"{order['separation'].iloc[0]:.0f} %"]
    named = [axes for axes in panels if any(tick.get_text() for tick in axes.get_xticklabels())]
    lowest = {}
    for axes in panels:
        lowest[round(axes.get_position().x0, 4)] = axes
    assert named == [axes for axes in panels if axes in lowest.values()]


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("k", [2, 7, 21])
@pytest.mark.parametrize("each", [False, True])
def test_nothing_overlaps(preset, k, each):
    result = ev.gosh(invented(k), subsets=3000 if k > 10 else "all")
    options = {"each": True, "against": "tau2"} if each else {"study": 1}
    figure = ev.figures.gosh(result, preset=preset, title="The finding", source="A source " * 15, **options)
    assert_clean(figure)
    if preset == "slide":
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)


@pytest.mark.parametrize("preset", ["web", "slide"])
@pytest.mark.parametrize("options", [{"study": 2}, {"each": True}])
def test_long_and_strange_labels_and_extreme_values_stay_within(preset, options):
    labels = [f"{HARD[i % 3]} {i}" for i in range(6)]
    effects = invented(6, label=labels, yi=[0.1, 0.2, 0.15, 0.12, 0.2, 400.0], vi=[0.01] * 5 + [0.001])
    assert_clean(ev.figures.gosh(ev.gosh(effects, minimum=1), preset=preset, **options))


def test_files_are_small_and_the_same_on_every_run(bcg):
    content = ev.figures.gosh(bcg, study=7).to_bytes("svg")
    assert len(content) < 150_000
    assert content == ev.figures.gosh(bcg, study=7).to_bytes("svg")
    large = ev.gosh(invented(40), subsets=20_000, method="DL")
    assert len(ev.figures.gosh(large, each=True).to_bytes("svg")) < 500_000


def test_words_give_the_numbers(bcg):
    figure = ev.figures.gosh(bcg, study=7, title="A finding")
    low, high = np.exp([bcg.estimate.min(), bcg.estimate.max()])
    assert f"all 8,178 subsets of 13 studies: pooled {low:.2f} to {high:.2f}" in figure.alt
    table = bcg.summary()
    for _, row in table.iterrows():
        expected = (
            f"{row['study']}: medians with it {np.exp(row['estimate_with']):.2f}, I² {row['i2_with']:.0f} %"
        )
        assert expected in repr(figure)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert any(text.startswith(f"with {bcg.labels[7]}: median") for text in texts)
    assert "pooled by random effects (REML)" in figure.caption
    random = ev.figures.gosh(ev.gosh(invented(5), subsets=9, minimum=1), study=0, against="tau2")
    assert "random 9 subsets of 5 studies" in random.alt
    assert "Single studies have no heterogeneity and are left out" in random.caption
    assert "tau²" in [text.get_text() for text in random.texts]


def test_bad_input_is_named(bcg):
    with pytest.raises(InputError, match="not Effects"):
        ev.figures.gosh(invented(3))
    with pytest.raises(InputError, match="leave study= out"):
        ev.figures.gosh(bcg, study=1, each=True)
    with pytest.raises(OptionError, match="against='q'"):
        ev.figures.gosh(bcg, against="q")
    with pytest.raises(OptionError, match="Nobody 1999"):
        ev.figures.gosh(bcg, study="Nobody 1999")
    with pytest.raises(OptionError, match="billboard"):
        ev.figures.gosh(bcg, preset="billboard")
    with pytest.raises(InputError, match="no subset of two"):
        ev.figures.gosh(bcg.with_study(0).without_study(0))


def test_equal_estimates_are_drawn():
    table = invented(5).table.assign(yi=0.3)
    assert_clean(ev.figures.gosh(ev.gosh(Effects(table)), study=0))

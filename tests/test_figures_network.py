"""Figures of networks: what they draw are the numbers, and no text touches another at any size."""

import math

import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.errors import InputError, OptionError
from evidence.figures.component_forest import component_forest
from evidence.figures.league_heat import league_heat
from evidence.figures.network_graph import network_graph, spread
from evidence.figures.p_score_plot import p_score_plot
from figure_checks import assert_clean, drawn

NAMES = (
    "Microneedling with platelet-rich plasma",
    "No treatment",
    "Trichloroacetic acid CROSS, $x^2$ & <b>",
    "Topical tretinoin 0.05 % cream every night for twelve weeks",
    "RF",
)


def invented_network(n, *, people=True, apart=False, **choices):
    """A network of n treatments, half of them with long names."""
    rng = np.random.default_rng(n)
    names = [NAMES[i] if i < len(NAMES) else f"Invented treatment {i}" for i in range(n)]
    rows = []
    for study in range(max(3, 2 * n)):
        one = study % n
        two = (one + 1 + rng.integers(min(4, n - 1))) % n
        if apart:  # the first four, and the others
            two = (one + 1) % 4 if one < 4 else 4 + (one - 3) % (n - 4)
        te, se = rng.normal(0.1 * (one - two), 0.5), rng.uniform(0.1, 0.4)
        rows.append((f"s{study}", names[one], names[two], te, se, *rng.integers(10, 200, 2)))
    table = pd.DataFrame(rows, columns=["study", "t1", "t2", "te", "se", "n1", "n2"])
    return ev.network(table if people else table.drop(columns=["n1", "n2"]), **choices)


COMBINED = pd.DataFrame(
    {
        "study": list("uvwxyzab"),
        "t1": ["mn", "mn + prp", "mn + prp", "laser", "laser + prp", "mn + peel", "peel", "q + r"],
        "t2": ["none", "none", "mn", "mn", "none", "mn", "mn", "none"],
        "te": [-0.5, -0.8, -0.35, -0.2, -0.9, -0.55, -0.1, -1],
        "se": [0.2, 0.25, 0.18, 0.22, 0.3, 0.21, 0.26, 0.3],
    }
)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("n", [2, 3, 8, 20])
@pytest.mark.parametrize("draw", [network_graph, league_heat, p_score_plot])
def test_nothing_overlaps(draw, n, preset):
    result = invented_network(n, people=n != 8)
    figure = draw(result, preset=preset, title="The finding in a sentence", source="A source " * 12)
    assert_clean(figure)
    assert 0 < len(figure.alt) <= 125 and len(figure.long_alt) > len(figure.alt) / 2
    if preset == "slide":
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)
    assert figure.to_bytes("svg") == draw(
        result, preset=preset, title="The finding in a sentence", source="A source " * 12
    ).to_bytes("svg")


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("draw", [network_graph, league_heat, p_score_plot])
def test_parts_that_nothing_joins_are_drawn(draw, preset):
    result = invented_network(9, apart=True)
    assert len(result.subnetworks) == 2
    assert_clean(draw(result, preset=preset))
    assert "2 parts" in network_graph(result).alt
    texts = drawn(league_heat(result))["texts"]
    assert "–" in texts and "no study joins" in league_heat(result).caption
    league = result.league()["treatment"].drop_duplicates()
    assert set(league[:5]) == set(result.subnetworks[0])
    assert "not connected" in league_heat(result).long_alt
    assert "Sub-networks are ranked apart" in p_score_plot(result).caption


def test_nodes_and_lines_are_people_and_studies():
    result = invented_network(6)
    figure = network_graph(result)
    found = drawn(figure)
    (nodes,) = found["markers"]
    people = result.pairs.people
    assert np.array(nodes["area"]) / max(nodes["area"]) == pytest.approx(
        np.maximum(people / people.max(), 0.06), rel=1e-5
    )
    spots = {tuple(np.round(spot, 5)) for spot in nodes["xy"]}
    edges = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    counts = {}
    for one, two in zip(result.pairs.first, result.pairs.second, strict=True):
        counts[one, two] = counts.get((one, two), 0) + 1
    assert len(edges) == len(counts)
    assert all(tuple(np.round(end, 5)) in spots for line in edges for end in line.get_xydata())
    widths = sorted(line.get_linewidth() for line in edges)
    assert max(widths) / min(widths) == pytest.approx(max(counts.values()) / min(counts.values()))
    for (one, two), count in counts.items():
        first, second = result.treatments[one], result.treatments[two]
        assert f"{first} and {second} {count}" in figure.long_alt
    for name, many in zip(result.treatments, people, strict=True):
        assert f"{name}: " in figure.long_alt and f"{many:,.0f} people" in figure.long_alt
    assert "people" not in network_graph(invented_network(6, people=False)).long_alt


def test_labels_are_moved_no_more_than_needed():
    heights = np.array([1.0, 2.0, 1.0])
    free = spread(np.array([5.0, 0.0, -5.0]), heights, 10)
    assert free.tolist() == [5, 0, -5]
    close = spread(np.array([0.1, 0.0, -0.1]), heights, 10)
    assert -np.diff(close) == pytest.approx([1.5, 1.5]) and close.mean() == pytest.approx(0, abs=0.05)
    edge = spread(np.array([9.9, 9.8, 9.7]), heights, 10)
    assert edge[0] + 0.5 == pytest.approx(10) and -np.diff(edge) == pytest.approx([1.5, 1.5])


def test_league_cells_are_the_league():
    result = invented_network(5, small_values="undesirable")
    figure = league_heat(result)
    league = result.league().set_index(["treatment", "comparator"])
    order = list(dict.fromkeys(result.league()["treatment"]))
    texts = drawn(figure)["texts"]
    first = league.loc[(order[0], order[1])]
    assert texts[0] == f"{first['te']:.2f}".replace("-", "−")
    interval = f"{first['ci_low']:.2f} to {first['ci_high']:.2f}".replace("-", "−")
    assert texts[1] == interval
    bold = [text.get_weight() == "bold" for text in figure.axes[0].texts[::2]]
    apart = league[league["p"].notna()]
    assert bold == ((apart["ci_low"] > 0) | (apart["ci_high"] < 0)).tolist()
    colours = np.array([patch.get_facecolor() for patch in figure.axes[0].patches]).reshape(5, 5, 4)
    assert colours[0, 1, 2] > colours[0, 1, 0] and colours[1, 0, 0] > colours[1, 0, 2]  # blue favours the row
    assert "large values are desirable" in figure.caption
    assert league_heat(result, model="common").fingerprint() != figure.fingerprint()
    many = league_heat(invented_network(9))
    assert len(drawn(many)["texts"]) == 72 and "Estimates alone" in many.caption


def test_p_scores_are_those_of_the_network():
    result = invented_network(8)
    figure = p_score_plot(result, draws=2000, seed=4)
    table = result.ranks(draws=2000, seed=4)
    found = drawn(figure)
    assert found["markers"][0]["xy"] == pytest.approx(
        np.column_stack([table["p_score"], np.arange(8) + 0.5]), abs=1e-6
    )
    bars = [np.array(line["xy"]) for line in found["lines"] if line["xy"][0][1] == line["xy"][1][1]]
    for bar, (_, row) in zip(bars, table.iterrows(), strict=True):
        assert bar[:, 0] == pytest.approx([row["p_score_low"], row["p_score_high"]], abs=1e-6)
        assert f"{row['treatment']} {row['p_score']:.2f} (" in figure.long_alt
    assert "2,000 draws" in figure.caption


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("measure", [None, "OR"])
def test_component_forest_shows_the_components(preset, measure):
    result = ev.components(COMBINED, inactive="none", measure=measure, interactions="mn*prp")
    favours = ("less scarring", "more scarring than one would like to see after such a treatment")
    figure = component_forest(result, preset=preset, title="What each adds", favours=favours)
    assert_clean(figure)
    found = drawn(figure)
    te = result.component_estimates
    points = np.array(found["markers"][0]["xy"], dtype=float)
    assert points[np.isfinite(te), 0] == pytest.approx(te[np.isfinite(te)], abs=1e-6)
    assert "q not estimable" in figure.long_alt and "Not estimable" in figure.caption
    assert f"Q = {result.q_difference:.2f}" in figure.caption
    shown = math.exp(te[0]) if measure else te[0]
    assert f"laser {shown:.2f}".replace("-", "−") in figure.alt
    assert sum(text.get_text() == "not estimable" for text in figure.texts) == 2


def test_what_cannot_be_drawn_is_refused():
    network, parts = invented_network(3), ev.components(COMBINED, inactive="none")
    for draw, wrong in (
        (network_graph, parts),
        (league_heat, 3),
        (p_score_plot, None),
        (component_forest, network),
    ):
        with pytest.raises(InputError, match=f"{draw.__name__} draws a .*, not {type(wrong).__name__}"):
            draw(wrong)
    for draw in (network_graph, league_heat, p_score_plot):
        with pytest.raises(OptionError, match="Did you mean 'slide'"):
            draw(network, preset="slides")
    with pytest.raises(OptionError, match="'random', 'common'"):
        league_heat(network, model="fixed")
    assert_clean(league_heat(parts))
    assert_clean(p_score_plot(parts))

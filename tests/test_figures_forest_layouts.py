"""Forest plots in the layouts of journals: their columns, words and marks, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import evidence as ev
from evidence.cli import app
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError
from evidence.figures.catalogue import draw
from evidence.figures.forest import forest
from evidence.figures.forest_journal import JOURNALS
from evidence.publish.figures import export_figures
from figure_checks import HARD, assert_clean, drawn, invented, pooled, with_changes

NAMES = sorted(JOURNALS)
MEANS = {
    "mean_1": [6.37, 2.1, 5.0],
    "sd_1": [3.5, 0.56, 1.25],
    "n_1": [35.0, 40, 12],
    "mean_2": [8.57, 2.36, 4.0],
    "sd_2": [4.2, 0.5, 1.0],
    "n_2": [34.0, 41, 11],
}
EVENTS = {
    "events_1": [3.0, 0, 7],
    "total_1": [30.0, 20, 41],
    "events_2": [9.0, 2, 6],
    "total_2": [31.0, 19, 40],
}
METAFOR = {"m1i": "mean_1", "sd1i": "sd_1", "n1i": "n_1", "m2i": "mean_2", "sd2i": "sd_2", "n2i": "n_2"}


def means(**changes: object) -> Effects:
    return invented(3, **MEANS | changes)


def events() -> Effects:
    return with_changes(invented(3, **EVENTS), measure="OR", scale="log")


def texts(figure) -> list[str]:
    return figure.fingerprint()["texts"]


def test_the_plain_layout_is_the_default():
    plain = forest(pooled(invented(5, excluded=2)))
    asked = forest(pooled(invented(5, excluded=2)), layout="evidence")
    assert asked.to_bytes("svg") == plain.to_bytes("svg")


@pytest.mark.parametrize("layout", NAMES)
@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
def test_nothing_overlaps_or_is_cut(layout, preset):
    for effects in (means(), events(), invented(1), invented(2, excluded=1, label=list(HARD))):
        assert_clean(forest(pooled(effects), layout=layout, preset=preset, title=HARD[0]))


@pytest.mark.parametrize("layout", NAMES)
def test_extreme_values_and_long_words_stay_apart(layout):
    huge = means(yi=[-1e7, 1e7, 0], mean_1=[1e9, -1e9, 0], sd_1=[1e9, 1e8, 1e7])
    heads = {"group_1": HARD[0], "group_2": HARD[2], "label": HARD[2]}
    figure = forest(pooled(huge), layout=layout, headings=heads, favours=(HARD[0], HARD[2]))
    assert_clean(figure)
    assert_clean(forest(pooled(invented(40, label=[HARD[2]] * 40)), layout=layout))


def test_revman_has_a_column_a_number_and_brackets():
    figure = forest(pooled(means()), layout="RevMan")
    found = texts(figure)
    assert {"Experimental", "Control", "Mean", "SD", "Total", "Weight (%)", "Study or subgroup"} <= set(found)
    assert {"6.37", "2.10", "5.00", "3.50", "0.56", "4.20", "35", "41"} <= set(found)
    assert {"0.80 [0.50, 1.10]", "[−0.20, 1.80]", "Total (95% CI)", "95% prediction interval"} <= set(found)
    assert {"87", "86"} <= set(found)
    assert "Heterogeneity: Tau² = 0.57; Chi² = 120.34, df = 6 (P < 0.00001); I² = 95% (tau²-based)" in found
    assert found.count("Std. mean difference") == 2


def test_bmj_joins_the_numbers_of_a_group():
    found = texts(forest(pooled(means()), layout="BMJ"))
    assert {"Mean (SD)/total", "6.37 (3.50)/35", "2.36 (0.50)/41", "87", "0.80 (0.50 to 1.10)"} <= set(found)
    assert "Heterogeneity: τ² = 0.57; χ² = 120.34, df = 6, P < 0.001; I² = 95% (tau²-based)" in found


def test_jama_spells_and_rounds_as_it_does():
    figure = forest(pooled(means()), layout="JAMA")
    found = texts(figure)
    assert {
        "Source",
        "6.37 (3.50)",
        "Total, No.",
        "Weight, %",
        "Favors",
        "control",
        "Favors needling",
    } <= set(found)
    assert "Heterogeneity: τ² = 0.57; χ²₆ = 120.34, P < .001; I² = 95% (tau²-based)" in found
    assert found.index("Favors needling") < found.index("Abbas 2000")
    assert not any("avours" in text for text in found)
    assert figure.axes[0].get_xlim()[0] < 0


@pytest.mark.parametrize(("layout", "shown"), [("RevMan", "10"), ("BMJ", "10/91"), ("JAMA", "10")])
def test_events_and_their_sums(layout, shown):
    found = texts(forest(pooled(events()), layout=layout))
    assert shown in found
    assert any("Odds ratio" in text or text.startswith("OR") for text in found)


def test_columns_named_as_metafor_does_are_found():
    renamed = Effects(means().table.rename(columns={ours: theirs for theirs, ours in METAFOR.items()}), "SMD")
    table = means().table
    same = Effects(table, "SMD")
    assert texts(forest(pooled(renamed), layout="RevMan")) == texts(forest(pooled(same), layout="RevMan"))
    counts = {"events_1": "ai", "total_1": "n1i", "events_2": "ci", "total_2": "n2i"}
    other = Effects(events().table.rename(columns=counts), "OR", "log")
    assert "10/91" in texts(forest(pooled(other), layout="BMJ"))


def test_the_number_of_people_stands_in_for_groups_that_are_not_known():
    effects = invented(3, n=[10.0, 20, 30])
    for layout, heading in (("RevMan", "Total"), ("BMJ", "No of people"), ("JAMA", "Total, No.")):
        found = texts(forest(pooled(effects), layout=layout))
        assert {heading, "10", "60"} <= set(found)
    assert "Experimental" not in texts(forest(pooled(effects), layout="RevMan"))
    empty = {name: [np.nan] * 3 for name in MEANS}
    assert "Experimental" not in texts(forest(pooled(means(**empty)), layout="RevMan"))


def test_a_gap_is_a_dash_and_leaves_no_sum():
    found = texts(forest(pooled(means(n_2=[34.0, np.nan, 11])), layout="RevMan"))
    assert "–" in found
    assert "87" in found
    assert "86" not in found
    assert "45" not in found


def test_groups_can_be_asked_for_and_are_refused_without_their_columns():
    chosen = texts(forest(pooled(means()), layout="RevMan", columns=("group_1", "estimate"), preset="slide"))
    assert "Experimental" in chosen
    assert not {"Control", "Weight (%)"} & set(chosen)
    with pytest.raises(InputError, match="from the columns mean_1, mean_2, sd_1"):
        forest(pooled(invented(3)), layout="RevMan", columns=("group_1", "estimate"))
    with pytest.raises(InputError, match="from the columns events_1, events_2"):
        forest(
            pooled(with_changes(invented(3), measure="RR", scale="log")), layout="BMJ", columns=("group_2",)
        )


def test_a_slide_leaves_the_groups_out():
    assert "Mean" not in texts(forest(pooled(means()), layout="RevMan", preset="slide"))


def test_groups_are_named_by_the_caller():
    heads = {"group_1": "Needling", "group_2": "Peel", "label": "Trial", "estimate": "g"}
    for layout in NAMES:
        found = texts(forest(pooled(means()), layout=layout, headings=heads))
        assert {"Needling", "Peel", "Trial", "g"} <= set(found)
    with pytest.raises(OptionError, match="headings='group_1'"):
        forest(pooled(invented(3)), layout="BMJ", headings={"group_1": "Needling"})


@pytest.mark.parametrize("options", [{"layout": "Lancet"}, {"layout": "BMJ", "columns": ("mean_9",)}])
def test_unknown_names_are_refused(options):
    with pytest.raises(OptionError, match="is not one of"):
        forest(pooled(means()), **options)


def test_marks_are_those_of_the_journal():
    plots = {name: forest(pooled(means()), layout=name).axes[0] for name in NAMES}
    assert plots["RevMan"].patches[0].get_facecolor()[:3] == (0, 0, 0)
    dotted = {name: sum(line.get_linestyle() == ":" for line in axes.lines) for name, axes in plots.items()}
    assert dotted == {"RevMan": 0, "BMJ": 1, "JAMA": 0}
    blue, green = (forest(pooled(e), layout="RevMan").axes[0].collections[0] for e in (events(), means()))
    assert not np.allclose(blue.get_facecolor(), green.get_facecolor())


@pytest.mark.parametrize("layout", NAMES)
def test_estimates_squares_and_weights_are_those_of_the_plain_layout(layout):
    result = pooled(means())
    plain, house = drawn(forest(result)), drawn(forest(result, layout=layout))
    for part in ("markers", "polygons"):
        ours, theirs = house[part], plain[part]
        key = (lambda each: each["xy"]) if part == "markers" else (lambda each: each)
        assert [[x for x, _ in key(a)] for a in ours] == [[x for x, _ in key(b)] for b in theirs]
    assert house["xlim"] == plain["xlim"]
    assert house["markers"][0]["area"] == plain["markers"][0]["area"]


def test_the_prediction_interval_can_be_left_out():
    for layout in NAMES:
        assert len(drawn(forest(pooled(means()), layout=layout, show_prediction=False))["polygons"]) == 1


def test_the_test_of_no_effect_is_that_of_the_result():
    effects = means()
    found = ev.pool(effects, method="DL", test="z")
    assert f"Test for overall effect: Z = {found.statistic:.2f}" in " ".join(
        texts(forest(found, layout="RevMan"))
    )
    found = ev.pool(effects, method="DL", test="knha")
    said = next(text for text in texts(forest(found, layout="BMJ")) if text.startswith("Test"))
    assert said.startswith(f"Test for overall effect: t = {found.statistic:.2f}, df = 2, P = 0.")


def test_reversed_scales_are_named():
    effects = means(higher_is=["worse", "better", "worse"])
    said = "Higher scores are worse, so the sign of the difference was reversed: Abbas 2000, Ibrahim 2002"
    assert said in texts(forest(pooled(effects), layout="RevMan"))
    assert not any("reversed" in text for text in texts(forest(pooled(means()), layout="RevMan")))


def test_shares_have_one_group_and_no_test():
    table = pd.DataFrame(
        {"label": ["A", "B"], "yi": [0.1, 0.9], "vi": [0.2, 0.2], "xi": [5.0, 9], "ni": [10.0, 12]}
    )
    effects = Effects(table, measure="PLO", scale="logit")
    found = texts(forest(effects, layout="RevMan"))
    assert {"Events", "Total", "5", "12"} <= set(found)
    assert not {"Experimental", "Control"} & set(found)


def test_studies_without_a_number_give_their_room_to_the_reason():
    reason = "no spread is printed in the abstract"
    found = texts(forest(pooled(invented(3, excluded=1)), layout="RevMan"))
    assert reason in found
    assert "no usable number" not in found


def test_the_catalogue_takes_a_layout(whole_review, tmp_path):
    paths = export_figures(whole_review, tmp_path, names=["forest_Q1e"], formats=["svg"], layout="JAMA")
    assert [path.name for path in paths] == ["forest_Q1e_JAMA.svg"]
    found = texts(draw(whole_review, "forest_Q1e", layout="JAMA"))
    row = whole_review.effects("Q1e").included.iloc[0]
    assert f"{row['mean_1']:.2f} ({row['sd_1']:.2f})" in found
    with pytest.raises(InputError, match="study_flow is none"):
        draw(whole_review, "study_flow", layout="JAMA")
    with pytest.raises(InputError, match="name those"):
        export_figures(whole_review, tmp_path, layout="JAMA")


def test_the_command_line_takes_a_layout(tmp_path):
    asked = ["figures", "forest_Q1h", "--layout", "BMJ", "--formats", "svg", "--to", str(tmp_path)]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["forest_Q1h_BMJ.svg"]
    refused = CliRunner().invoke(app, ["figures", "forest_Q1h", "--layout", "Lancet", "--to", str(tmp_path)])
    assert refused.exit_code == 2

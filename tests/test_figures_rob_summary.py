"""The summary of risk of bias: bars by weight or by studies, light where nothing is printed."""

from __future__ import annotations

import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.rob_data import judged
from evidence.figures.rob_shares import shares
from evidence.figures.rob_summary import rob_summary
from figure_checks import HARD, assert_clean
from rob_cases import judged_rows, judgements

SMALL = (
    ("a", "D1", "low", "facts"),
    ("b", "D1", "high", "facts"),
    ("c", "D1", "high", "no information"),
    ("a", "overall", "high", "facts"),
    ("b", "overall", "high", "no information"),
)
WEIGHTS = [50, 30, 20, 50, 30]


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("studies", [1, 2, 7, 40])
def test_nothing_overlaps(preset, studies):
    for tools in (("rob2",), ("rob2", "robins_i")):
        table = judgements(studies, tools)
        assert_clean(rob_summary(table, preset=preset, title="The finding", source="A source " * 20))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    table = judgements(3, ("rob2", "robins_i"), hard, weight=False).assign(domain_label=hard)
    assert_clean(rob_summary(table.assign(tool_label=hard), preset=preset, title=hard, subtitle=hard))


def test_shares_follow_weights_or_studies():
    (tool,) = judged(judged_rows(*SMALL).assign(weight=WEIGHTS), "a test")
    found = [(each.code, each.silent, each.start, each.percent) for each in shares(tool, "D1")]
    assert found == [
        ("low", False, 0, 50),
        ("high", False, pytest.approx(50), pytest.approx(30)),
        ("high", True, pytest.approx(80), pytest.approx(20)),
    ]
    assert sum(each.percent for each in shares(tool, "overall")) == pytest.approx(80)
    (tool,) = judged(judged_rows(*SMALL), "a test")
    assert [each.percent for each in shares(tool, "D1")] == pytest.approx([100 / 3] * 3)


def test_bars_are_as_long_as_their_shares():
    figure = rob_summary(judged_rows(*SMALL).assign(weight=WEIGHTS))
    axes = figure.axes[0]
    drawn = [
        (p.get_label(), p.get_width())
        for p in axes.patches
        if p.get_label() in ("low", "high", "high silent")
    ]
    whole = axes.get_xlim()[1]
    assert [label for label, _ in drawn] == ["low", "high", "high silent", "high", "high silent"]
    assert [width / whole for _, width in drawn] == pytest.approx([0.5, 0.3, 0.2, 0.5, 0.3])
    assert [text.get_text() for text in axes.texts] == ["50%", "30%", "20%", "50%", "30%"]
    hatches = {p.get_label(): p.get_hatch() for p in axes.patches}
    assert hatches["low"] != hatches["high"]


def test_the_subtitle_says_what_is_counted():
    table = judged_rows(*SMALL)
    assert rob_summary(table).subtitle == "Share of studies"
    assert rob_summary(table.assign(weight=WEIGHTS)).subtitle == "Share of the weight in the meta-analysis"
    assert rob_summary(table, subtitle="Two trials.").subtitle == "Two trials. Share of studies"
    mixed = judgements(2, ("rob2", "robins_i"))
    mixed.loc[mixed["tool"] == "rob2", "weight"] = None
    assert rob_summary(mixed).subtitle == "Share of the weight where known, else of studies"


def test_words_give_every_share():
    figure = rob_summary(judged_rows(*SMALL).assign(weight=WEIGHTS), title="Two trials")
    assert figure.alt == "Risk of bias by domain. RoB 2, overall: 80% high."
    assert repr(figure) == (
        "Two trials. Share of the weight in the meta-analysis in each judgement."
        " RoB 2 (3 studies, by weight)."
        " About D1: 50% low, 30% high, 20% high because nothing is printed."
        " About overall: 50% high, 30% high because nothing is printed."
    )
    key = [text.get_text() for text in figure.axes[1].texts]
    assert key == ["low", "high", "light: judged so only because nothing is printed", "white: not judged"]


def test_every_option_changes_the_figure():
    table = judgements(2)
    plain = rob_summary(table)
    for option in ({"title": "T"}, {"subtitle": "S"}, {"source": "S"}, {"name": "other"}):
        assert rob_summary(table, **option).fingerprint() != plain.fingerprint()
    assert rob_summary(table, preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_a_slide_keeps_its_shape():
    for tools in (("rob2",), ("rob2", "robins_i")):
        width, height = rob_summary(judgements(4, tools), preset="slide").get_size_inches()
        assert width / height == pytest.approx(16 / 9, rel=1e-3)


def test_wrong_tables_are_refused():
    table = judged_rows(*SMALL)
    with pytest.raises(OptionError, match="no column domain_label"):
        rob_summary(table.drop(columns="domain_label"))
    with pytest.raises(OptionError, match="row 1, column judgement, value 'awful'"):
        rob_summary(table.assign(judgement="awful"))
    with pytest.raises(InputError, match="row 1, column weight, value -1"):
        rob_summary(table.assign(weight=-1))

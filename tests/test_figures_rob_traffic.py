"""The traffic-light plot: columns from the data, a block a tool, and rings for what is not printed."""

from __future__ import annotations

import numpy as np
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.rob_traffic import rob_traffic
from figure_checks import HARD, assert_clean
from rob_cases import judged_rows, judgements

SMALL = (
    ("a", "overall", "high", "facts"),
    ("a", "D1", "low", "person"),
    ("a", "D2", "high", "no information"),
    ("b", "D1", "some_concerns", "facts"),
    ("b", "overall", "some_concerns", "facts"),
)


def shown(figure, axes: int = 0) -> dict[str, tuple[float, float]]:
    """Return the places of the discs by their labels."""
    discs = {}
    for each in figure.axes[axes].collections:
        if each.get_label().count(" ") == 2:
            discs[each.get_label()] = tuple(np.round(each.get_offsets()[0], 6))
    return discs


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("studies", [1, 2, 7, 40])
def test_nothing_overlaps(preset, studies):
    for tools in (("rob2",), ("rob2", "robins_i")):
        table = judgements(studies, tools)
        assert_clean(rob_traffic(table, preset=preset, title="The finding", source="A source " * 20))


def test_a_study_named_twice_but_for_a_space_is_refused():
    table = judged_rows(("s1", "D1", "low", "facts"), ("s1 ", "D1", "high", "facts"))
    with pytest.raises(InputError, match="this stands already in row 1"):
        rob_traffic(table)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    table = judgements(3, ("rob2", "robins_i"), hard, weight=False).assign(domain_label=hard)
    assert_clean(rob_traffic(table.assign(tool_label=hard), preset=preset, title=hard, subtitle=hard))


def test_columns_come_from_the_data_and_overall_is_last():
    figure = rob_traffic(judged_rows(*SMALL))
    discs = shown(figure)
    assert set(discs) == {f"{study} {domain} {code}" for study, domain, code, _ in SMALL}
    across = {label.split()[1]: spot[0] for label, spot in discs.items()}
    assert across["D1"] < across["D2"] < across["overall"]
    assert discs["a D1 low"][1] < discs["b D1 some_concerns"][1]
    heads = [text.get_text() for text in figure.texts]
    assert [head for head in heads if head in ("D1", "D2", "Overall")] == ["D1", "D2", "Overall"]
    assert any("D1: About D1; D2: About D2." in head for head in heads)


def test_domains_keep_the_order_of_the_study_judged_in_most():
    rows = [("a", "D2", "low", "facts"), ("b", "D1", "low", "facts"), ("b", "D2", "low", "facts")]
    heads = [text.get_text() for text in rob_traffic(judged_rows(*rows)).texts]
    assert [head for head in heads if head in ("D1", "D2")] == ["D1", "D2"]


def test_what_is_not_printed_is_a_ring_and_a_persons_answer_has_a_mark():
    figure = rob_traffic(judged_rows(*SMALL))
    plot, key = figure.axes
    order = [each.get_label() for each in plot.collections]
    inner = plot.collections[order.index("a D2 high") + 1]
    assert tuple(inner.get_facecolor()[0][:3]) == (1, 1, 1)
    assert inner.get_sizes()[0] < plot.collections[order.index("a D2 high")].get_sizes()[0]
    assert [each.get_label() for each in plot.collections].count("person") == 1
    words = [text.get_text() for text in key.texts]
    assert words[:3] == ["low", "some concerns", "high"]
    assert any(text.startswith("ring with ?") for text in words)
    assert any(text.startswith("diamond") for text in words)
    plain = rob_traffic(judged_rows(("a", "D1", "low", "facts")))
    assert [text.get_text() for text in plain.axes[1].texts] == ["low"]


def test_overall_stands_under_overall_in_every_block():
    figure = rob_traffic(judgements(2, ("rob2", "robins_i")))
    spots = [text.get_position()[0] for text in figure.texts if text.get_text() == "Overall"]
    assert len(spots) == 2
    assert spots[0] == pytest.approx(spots[1])


def test_a_slide_of_many_studies_has_several_panels():
    figure = rob_traffic(judgements(40), preset="slide")
    assert len({text.get_position()[0] for text in figure.texts if text.get_text() == "Study"}) > 1
    width, height = figure.get_size_inches()
    assert width / height == pytest.approx(16 / 9, rel=0.03)
    discs = [label for i in range(len(figure.axes)) for label in shown(figure, i)]
    assert len(discs) == len(judgements(40))


def test_weights_are_shown_if_every_study_has_one():
    table = judged_rows(*SMALL)
    texts = [text.get_text() for text in rob_traffic(table.assign(weight=[30] * 3 + [70] * 2)).texts]
    assert "Weight, %" in texts
    assert {"30.0", "70.0"} <= set(texts)
    gap = rob_traffic(table.assign(weight=[30] * 3 + [None] * 2))
    assert "Weight, %" not in [text.get_text() for text in gap.texts]


def test_words_give_every_judgement_and_its_basis():
    figure = rob_traffic(judged_rows(*SMALL), title="Two studies")
    assert figure.alt == "Risk of bias in 2 studies: overall 1 some concerns, 1 high."
    assert repr(figure) == (
        "Two studies. Risk of bias in 2 studies: overall 1 some concerns, 1 high. RoB 2."
        " Study a: D1 low (a person's answer), D2 high (nothing printed), overall high."
        " Study b: D1 some concerns, overall some concerns."
    )


def test_every_option_changes_the_figure():
    table = judgements(2)
    plain = rob_traffic(table)
    for option in ({"title": "T"}, {"subtitle": "S"}, {"source": "S"}, {"name": "other"}):
        assert rob_traffic(table, **option).fingerprint() != plain.fingerprint()
    assert rob_traffic(table, preset="paper").to_bytes("svg") != plain.to_bytes("svg")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("judgement", "hihg", "row 1, column judgement, value 'hihg'.*Did you mean 'high'"),
        ("basis", "guess", "row 1, column basis, value 'guess'"),
        ("weight", 101, "row 1, column weight, value 101: it must be a number from 0 to 100"),
        ("weight", "half", "row 1, column weight, value 'half': a plain number"),
        ("label", "", "row 1, column label, value ''"),
    ],
)
def test_wrong_cells_are_refused(column, value, message):
    table = judged_rows(*SMALL).assign(weight=50.0).astype(object)
    table.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        rob_traffic(table)


def test_wrong_tables_are_refused():
    table = judged_rows(*SMALL)
    with pytest.raises(OptionError, match="no column basis"):
        rob_traffic(table.drop(columns="basis"))
    with pytest.raises(InputError, match="no rows"):
        rob_traffic(table.iloc[:0])
    with pytest.raises(InputError, match=r"row 6, .*already in row 1"):
        rob_traffic(judged_rows(*SMALL, SMALL[0]))

"""Figures with too many rows for a slide become several: nothing lost, nothing twice, one scale."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from evidence.errors import InputError
from evidence.figures.catalogue import draw_pages
from evidence.figures.evidence_map import evidence_map
from evidence.figures.forest import forest
from evidence.figures.rob_traffic import rob_traffic
from evidence.figures.slides import MOST_ROWS, divided, pages
from evidence.figures.specification_curve import specification_curve
from evidence.figures.verdict_chart import COLUMNS, verdict_chart
from evidence.publish.figures import export_figures
from evidence.robustness.multiverse import multiverse
from figure_checks import assert_clean, drawn, invented, pooled
from rob_cases import judgements


def texts(figure) -> list[str]:
    return figure.fingerprint()["texts"]


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(2, 14))
def test_dividing_keeps_every_row_once_in_order_and_no_page_too_long(sizes, most):
    rows = iter(range(1000))
    blocks = [[next(rows) for _ in range(size)] for size in sizes]
    found = divided(blocks, most=most)
    assert [row for page in found for row in page] == [row for block in blocks for row in block]
    assert all(len(page) <= most for page in found)
    for block in blocks:
        if len(block) <= most:
            assert any(set(block) <= set(page) for page in found)


def test_a_long_block_opens_each_page_with_its_heading():
    found = divided([["head", *range(20)]], again=lambda row: f"{row} again")
    assert [page[0] for page in found] == ["head", "head again"]
    assert [len(page) for page in found] == [11, 11]


@pytest.mark.parametrize("k", [1, 2, 7])
def test_what_fits_one_slide_stays_as_it_is(k):
    result = pooled(invented(k))
    (only,) = pages(forest, result)
    assert only.to_bytes("svg") == forest(result, preset="slide").to_bytes("svg")
    assert only.name == "forest"


@pytest.mark.parametrize("k", [10, 40])
def test_every_study_stands_on_one_page_and_the_result_on_the_last(k):
    result = pooled(invented(k))
    found = pages(forest, result, subtitle="All of them")
    assert [figure.name for figure in found] == [f"forest-{i + 1}" for i in range(len(found))]
    assert {figure.pages for figure in found} == {len(found)}
    said = [text for figure in found for text in texts(figure)]
    for label in result.effects.table["label"]:
        assert said.count(label) == 1
    assert [f"Pooled (k = {k})" in texts(figure) for figure in found] == [*[False] * (len(found) - 1), True]
    assert f"All of them (1 of {len(found)})" in texts(found[0])
    assert f"All of them (continued, 2 of {len(found)})" in texts(found[1])
    assert found[1].alt.startswith(f"Page 2 of {len(found)}. Forest plot of {k} studies")
    for figure in found:
        assert_clean(figure)
        assert len(drawn(figure)["markers"][0]["xy"]) <= MOST_ROWS


def test_pages_share_axis_squares_size_and_the_line_of_the_result():
    result = pooled(invented(40))
    found = pages(forest, result)
    whole = drawn(forest(result, preset="slide"))
    sizes = [tuple(figure.get_size_inches()) for figure in found]
    assert len(set(sizes)) == 1
    assert {tuple(drawn(figure)["xlim"]) for figure in found} == {tuple(whole["xlim"])}
    assert len({tuple(figure.axes[0].get_position().bounds[::2]) for figure in found}) == 1
    area = np.concatenate([drawn(figure)["markers"][0]["area"] for figure in found])
    shares = result.weights / result.weights.max()
    assert area / area.max() == pytest.approx(np.maximum(shares, 0.08), abs=1e-6)
    for figure in found:
        assert sum(line["style"] == ":" for line in drawn(figure)["lines"]) == 1


def test_groups_stay_together_and_long_ones_say_that_they_go_on():
    device = ["pen"] * 8 + ["roller"] * 16 + ["stamp"] * 4
    found = pages(forest, pooled(invented(28, device=device)), groups="device")
    heads = [[text for text in texts(f) if text.split(" (")[0] in ("pen", "roller", "stamp")] for f in found]
    assert heads == [["pen"], ["roller"], ["roller (cont.)"], ["stamp"]]


def test_the_result_is_repeated_where_the_last_page_holds_none_of_the_pooled():
    found = pages(forest, pooled(invented(9, excluded=12)))
    closes = ["Pooled (k = 9)" in texts(figure) for figure in found]
    assert (closes[0], closes[-1], sum(closes)) == (False, True, 2)
    assert "Shown, not pooled (cont.)" in texts(found[-1])


@pytest.mark.parametrize("layout", ["RevMan", "BMJ", "JAMA"])
def test_journals_have_pages_too(layout):
    for figure in pages(forest, pooled(invented(20, excluded=3)), layout=layout):
        assert_clean(figure)


@pytest.mark.parametrize("page", [0, 5, 1.0, True, "1"])
def test_pages_that_do_not_exist_are_refused(page):
    with pytest.raises(InputError, match="has pages 1 to 4"):
        forest(pooled(invented(40)), preset="slide", page=page)


def test_one_page_says_so():
    with pytest.raises(InputError, match="has one page"):
        forest(pooled(invented(4)), page=2)


def test_verdicts_are_divided_too():
    rows = [
        (f"C{i}", f"Claim {i}.", f"Claim {i}", "uncertain", "Uncertain", "low", "low", "found", "against")
        for i in range(20)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    found = pages(verdict_chart, table, title="Verdicts")
    assert [figure.name for figure in found] == [f"verdict_chart-{i + 1}" for i in range(len(found))]
    said = [text for figure in found for text in texts(figure)]
    assert all(said.count(f"Claim {i}") == 1 for i in range(20))
    (one,) = pages(verdict_chart, table.head(3))
    assert one.to_bytes("svg") == verdict_chart(table.head(3), preset="slide").to_bytes("svg")


@pytest.mark.parametrize("studies", [7, 24])
def test_traffic_lights_are_divided_too(studies):
    table = judgements(studies, ("rob2", "robins_i"))
    found = pages(rob_traffic, table, title="Risk of bias")
    for figure in found:
        assert_clean(figure)
    said = [text for figure in found for text in texts(figure)]
    for label in table["label"].unique():
        assert said.count(label) == table.loc[table["label"] == label, "tool"].nunique()
    said_alike = {figure.alt.split(". ")[-1].rstrip("…")[:70] for figure in found}
    assert len(said_alike) == 1


def test_a_question_without_a_number_lists_its_studies_or_says_that_nothing_is_there(whole_review):
    listed = draw_pages(whole_review, "forest_Q1h_retinoid", preset="slide")
    for figure in listed:
        assert_clean(figure)
    assert "3 shown" in listed[0].alt
    with pytest.raises(InputError, match="no group has a number that can be used"):
        draw_pages(whole_review, "forest_Q4c_scarring_mn", preset="slide")


def test_the_catalogue_is_exported_page_by_page_where_needed(whole_review, tmp_path, monkeypatch):
    (whole,) = draw_pages(whole_review, "forest_Q1f", preset="slide")
    assert whole.name == "forest_Q1f"
    monkeypatch.setattr("evidence.figures.slides.MOST_ROWS", 4)
    paths = export_figures(whole_review, tmp_path, names=["forest_Q1b"], formats=["png"], preset="slide")
    assert [path.name for path in paths] == ["forest_Q1b-1.png", "forest_Q1b-2.png", "forest_Q1b-3.png"]
    assert all(path.stat().st_size > 1000 for path in paths)
    assert [figure.name for figure in draw_pages(whole_review, "forest_Q1b")] == ["forest_Q1b"]


@pytest.mark.parametrize("name", ["choices_Q1b", "network_graph", "study_flow"])
def test_type_on_a_slide_has_18_points(whole_review, name):
    for figure in draw_pages(whole_review, name, preset="slide"):
        assert_clean(figure)
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)
        shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
        assert min(text.get_fontsize() for text in shown) * (40 / 3) / width >= 18


def test_every_choice_stands_on_one_slide_beneath_the_same_curve(whole_review):
    result = multiverse(whole_review, "Q1b")
    found = pages(specification_curve, result, subtitle="Scores")
    assert [figure.name for figure in found] == [f"specification_curve-{i + 1}" for i in range(len(found))]
    said = [text.get_text() for figure in found for text in figure.axes[0].texts]
    for choice in ("Doubtful rows", "Visit", "z (Wald)", "protocol order"):
        assert said.count(choice) == 1
    assert said.count("REML") == 1
    assert all("they matter less" not in figure.caption for figure in found)
    dots = {figure.axes[0].collections[1].get_offsets().shape for figure in found}
    assert len(dots) == 1
    assert found[1].subtitle == f"Scores (continued, 2 of {len(found)})"


def test_circles_of_all_pages_share_one_scale():
    rows = [(f"C{i}", f"Claim {i}", "reviews", count, 0) for i, count in enumerate([100, *[4] * 19])]
    table = pd.DataFrame(rows, columns=["claim_id", "claim", "column", "count", "usable"])
    first, second = (
        evidence_map(table, preset="slide", page=page).axes[0].collections[0].get_sizes() for page in (1, 2)
    )
    assert first[0] / second == pytest.approx(25)

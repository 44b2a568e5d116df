"""The harvest plot: bars by direction and panel, height by design, hatched where only a source says it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.harvest import harvest
from evidence.figures.harvest_layout import COLUMNS
from figure_checks import HARD, assert_clean

SMALL = (
    ("Alam 2014", "Scars", "second", 3, "estimate", 15),
    ("Minh 2019", "Scars", "first", 1, "source", None),
    ("Zhang 2018", "Scars", "first", 3, "source", 40),
    ("Abbas 2020", "Scars", "first", 3, "estimate", 60),
    ("Alam 2014", "Pain", "", 2, "estimate", 14),
)


def rows(*cells: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=list(COLUMNS))


def invented(
    studies: int, panels: int = 3, label: str = "Minh", panel: str = "Needling or laser"
) -> pd.DataFrame:
    """Return findings of every study under one panel, the panels in turn."""
    rng = np.random.default_rng(studies)
    cells = []
    for i in range(studies):
        n = float(rng.integers(5, 2000)) if rng.random() < 0.8 else None
        side, by = str(rng.choice(["first", "", "second"])), str(rng.choice(["estimate", "source"]))
        cells.append((f"{label} {i}", f"{panel} {i % panels}", side, int(rng.integers(1, 4)), by, n))
    return rows(*cells)


def bars(figure) -> list:
    """Return the bars from the first to the last: kind, left edge, foot and height in inches."""
    boxes = [(patch.get_label(), patch.get_bbox()) for patch in figure.axes[0].patches]
    return [(kind, box.x0, max(box.y0, box.y1), abs(box.height)) for kind, box in boxes]


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("studies", [1, 2, 7, 40])
def test_nothing_overlaps(preset, studies):
    titles = {"title": "The finding", "subtitle": "By question", "source": "A source " * 20}
    assert_clean(harvest(invented(studies), preset=preset, **titles))
    one = invented(studies, 1).assign(direction="first")
    assert_clean(harvest(one, preset=preset))
    assert_clean(harvest(invented(studies, 2, "A long list of names of authors " * 3), preset=preset))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    texts = {"first": hard, "second": f"{hard} 2", "title": hard, "subtitle": hard, "source": hard}
    ranks = dict.fromkeys((1, 2, 3), hard)
    assert_clean(harvest(invented(5, 2, hard, hard), ranks=ranks, preset=preset, **texts))


@pytest.mark.parametrize("studies", [1, 2, 7, 40])
def test_every_row_is_one_bar_with_a_number(studies):
    table = invented(studies)
    figure = harvest(table)
    drawn = figure.fingerprint()["axes"][0]
    assert len(drawn["polygons"]) == studies
    assert drawn["texts"][:studies] == [str(i) for i in range(1, studies + 1)]
    kinds = Counter(kind for kind, *_ in bars(figure))
    assert kinds == Counter(table["by"])
    sides = Counter(table["direction"])
    assert drawn["texts"][studies:] == [f"{sides[side]} of {studies}" for side in ("second", "", "first")]


def test_bars_are_as_tall_as_their_rank_and_sorted():
    found = bars(harvest(rows(*SMALL)))
    assert [kind for kind, *_ in found] == ["estimate", "estimate", "source", "source", "estimate"]
    heights = np.array([height for *_, height in found])
    assert np.allclose(heights / heights[0], [1, 1, 1, 1 / 3, 2 / 3])
    lefts, feet = [left for _, left, *_ in found], [foot for _, _, foot, _ in found]
    assert lefts[0] < lefts[4] < lefts[1] < lefts[2] < lefts[3]
    assert np.allclose(feet[:4], feet[0])
    assert feet[4] > feet[0]


def test_only_what_a_source_says_is_hatched():
    for patch in harvest(rows(*SMALL)).axes[0].patches:
        hollow = tuple(patch.get_facecolor()[:3]) == (1, 1, 1)
        assert bool(patch.get_hatch()) == hollow == (patch.get_label() == "source")


def test_a_study_in_two_panels_keeps_its_number():
    figure = harvest(rows(*SMALL))
    drawn = [text.get_text() for text in figure.axes[0].texts]
    assert drawn == ["1", "2", "3", "4", "1", "1 of 5", "1 of 5", "3 of 5"]
    page = [text.get_text() for text in figure.texts]
    listed = ["Alam 2014 (15, 14)", "Abbas 2020 (60)", "Zhang 2018 (40)", "Minh 2019 (–)"]
    assert [text for text in page if text in listed] == listed
    assert page.count("1 study") == page.count("4 studies") == 1


def test_bars_without_room_start_a_new_tier():
    feet = {round(foot, 3) for _, _, foot, _ in bars(harvest(invented(40, 1).assign(direction="first")))}
    assert len(feet) > 1
    assert len({round(foot, 3) for _, _, foot, _ in bars(harvest(invented(7, 1)))}) == 1


def test_words_give_every_number():
    figure = harvest(rows(*SMALL), first="for", second="against", title="Four studies.")
    assert figure.alt == "Harvest plot, 4 studies, 5 bars: 1 against, 1 no direction, 3 for; 3 by estimate."
    long = repr(figure)
    assert long.startswith(f"Four studies. {figure.alt} Scars: against: Alam 2014 (randomised,")
    assert "Minh 2019 (one group, direction as printed, without a usable number, n not printed)" in long
    assert (
        "Pain: no direction: Alam 2014 (controlled, not randomised, direction of an estimate, 14 people)."
        in long
    )
    assert "Of randomised: 1 against, 0 no direction, 2 for." in long
    assert "from tall to low: randomised; controlled, not randomised; one group." in figure.caption


def test_ranks_may_be_named_anew():
    figure = harvest(rows(SMALL[0], SMALL[1]), ranks={1: "series", 3: "trial"})
    words = [text.get_text() for text in figure.axes[1].texts]
    assert words == ["Height:", "trial", "series"]


def test_every_option_changes_the_figure():
    plain = harvest(rows(*SMALL))
    options = [{name: "T"} for name in ("title", "subtitle", "source", "name", "first", "second")]
    for option in (*options, {"ranks": {1: "low", 2: "middle", 3: "high"}}):
        assert harvest(rows(*SMALL), **option).fingerprint() != plain.fingerprint()
    assert harvest(rows(*SMALL), preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_the_same_rows_give_the_same_bytes():
    assert harvest(rows(*SMALL)).to_bytes("svg") == harvest(rows(*SMALL)).to_bytes("svg")


def test_a_slide_keeps_its_shape():
    for studies in (1, 7, 40):
        width, height = harvest(invented(studies), preset="slide").get_size_inches()
        assert width / height == pytest.approx(16 / 9, rel=1e-3)


def test_a_missing_direction_is_no_direction():
    table = rows(*SMALL).astype(object)
    table.loc[4, "direction"] = None
    assert harvest(table).alt == harvest(rows(*SMALL)).alt


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("direction", "frist", "row 1, column direction, value 'frist'.*Did you mean 'first'"),
        ("by", "sauce", "row 1, column by, value 'sauce'.*Did you mean 'source'"),
        ("rank", 4, "row 1, column rank, value 4: it must be one of the ranks 1, 2, 3"),
        ("rank", 1.5, "row 1, column rank, value 1.5"),
        ("rank", None, "row 1, column rank, value None: this cell must be filled in"),
        ("n", -3, "row 1, column n, value -3: it must be a number of 0 or more"),
        ("label", None, "row 1, column label, value None"),
        ("panel", " ", "row 1, column panel, value ' '"),
    ],
)
def test_wrong_cells_are_refused(column, value, message):
    table = rows(*SMALL).astype(object)
    table.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        harvest(table)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"ranks": {}}, "ranks={}"),
        ({"ranks": ["a"]}, "write a dictionary"),
        ({"ranks": {4: "a"}}, "the key 4"),
        ({"ranks": {True: "a"}}, "the key True"),
        ({"ranks": {1: ""}}, "the name '' for rank 1"),
        ({"ranks": {1: "a"}}, "row 1, column rank, value 3: it must be one of the ranks 1"),
        ({"first": " "}, "first=' '"),
        ({"second": None}, "second=None"),
    ],
)
def test_wrong_options_are_refused(option, message):
    with pytest.raises(InputError, match=message):
        harvest(rows(*SMALL), **option)


def test_wrong_tables_are_refused():
    with pytest.raises(OptionError, match="no column by"):
        harvest(rows(*SMALL).drop(columns="by"))
    with pytest.raises(InputError, match=r"row 6, .*already in row 1"):
        harvest(rows(*SMALL, SMALL[0]))
    with pytest.raises(InputError, match="no rows"):
        harvest(rows(*SMALL).iloc[:0])
    with pytest.raises(OptionError, match="billboard"):
        harvest(rows(*SMALL), preset="billboard")

"""The effect-direction plot: arrows by direction, area by people, hollow where nothing was tested."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.direction_rows import COLUMNS
from evidence.figures.effect_direction import effect_direction
from figure_checks import HARD, assert_clean

SMALL = (
    ("a", "Alam 2014", "randomised", 15, "Severity", "for", True, ""),
    ("a", "Alam 2014", "randomised", 15, "Pain", "against", False, "read once"),
    ("b", "Minh 2019", "single-arm", 60, "Severity", "neither", True, ""),
    ("c", "Zhang 2018", "", None, "Severity", "for", False, "read once"),
)


def rows(*cells: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=list(COLUMNS))


def invented(studies: int, label: str = "Minh 2019", outcome: str = "Share responding") -> pd.DataFrame:
    """Return findings in five outcomes and two groups, a third of the pairs missing."""
    rng = np.random.default_rng(studies)
    cells = []
    for i in range(studies):
        for j in range(5):
            if j and rng.random() < 0.33:
                continue
            direction = str(rng.choice(["for", "against", "neither"]))
            n = float(rng.integers(5, 200)) if rng.random() < 0.8 else None
            note = "not tested between sides" if rng.random() < 0.2 else ""
            named = (f"s{i}", f"{label} {i}", "randomised, split face", n, f"{outcome} {j}")
            cells.append((*named, direction, bool(rng.random() < 0.5), note))
    table = rows(*cells)
    return table.assign(group=[f"Group {int(study[1:]) % 2}" for study in table["study"]])


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("studies", [1, 2, 7, 40])
def test_nothing_overlaps(preset, studies):
    table = invented(studies)
    assert_clean(effect_direction(table, preset=preset, title="The finding", source="A source " * 20))
    assert_clean(effect_direction(table.drop(columns="group").assign(design=""), preset=preset))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    table = invented(3, hard, hard).assign(design=hard, note=hard, group=hard)
    assert_clean(effect_direction(table, preset=preset, title=hard, subtitle=hard))


def test_arrows_follow_direction_test_and_people():
    figure = effect_direction(rows(*SMALL))
    arrows = {each.get_label(): each for each in figure.axes[0].collections}
    assert list(arrows) == ["for tested", "against untested", "neither tested", "for untested"]
    tops = [arrows[name].get_paths()[0].vertices[:, 1] for name in ("for tested", "against untested")]
    assert np.allclose(sorted(tops[0]), sorted(-tops[1]))
    areas = [arrows[name].get_sizes()[0] for name in ("for tested", "neither tested", "for untested")]
    assert areas[0] / areas[1] == pytest.approx(15 / 60)
    assert areas[2] < areas[0]
    assert tuple(arrows["for untested"].get_facecolor()[0][:3]) == (1, 1, 1)
    assert tuple(arrows["for tested"].get_facecolor()[0][:3]) != (1, 1, 1)
    heights = [arrows[name].get_offsets()[0][1] for name in ("for tested", "neither tested", "for untested")]
    assert heights == sorted(heights)


def test_the_last_row_counts_what_speaks_for_the_claim():
    texts = [text.get_text() for text in effect_direction(rows(*SMALL)).axes[0].texts]
    assert texts[-2:] == ["2 of 3", "0 of 1"]


def test_notes_are_numbered_once_and_left_out_on_a_slide():
    figure = effect_direction(rows(*SMALL))
    assert [text.get_text() for text in figure.axes[0].texts][:2] == ["1", "1"]
    assert "1 read once" in [text.get_text() for text in figure.texts]
    slide = effect_direction(rows(*SMALL), preset="slide")
    assert "1 read once" not in [text.get_text() for text in slide.texts]
    assert "read once" in slide.long_alt


def test_studies_of_a_group_stand_together():
    table = invented(4)
    figure = effect_direction(table)
    named = [text.get_text() for text in figure.texts if text.get_text().startswith(("Minh", "Group"))]
    assert named == ["Group 0", "Minh 2019 0", "Minh 2019 2", "Group 1", "Minh 2019 1", "Minh 2019 3"]


def test_words_give_every_finding():
    figure = effect_direction(rows(*SMALL), title="Three studies")
    assert figure.alt == (
        "Direction of effect in 3 studies, 2 outcomes: 2 for, 1 against, 1 neither; 2 tested."
    )
    assert repr(figure) == (
        f"Three studies. {figure.alt} Severity: Alam 2014 for, tested (15 people);"
        " Minh 2019 no difference, or unclear, tested (60 people);"
        " Zhang 2018 for, not tested (n not printed; read once)."
        " Pain: Alam 2014 against, not tested (15 people; read once)."
    )


def test_every_option_changes_the_figure():
    plain = effect_direction(rows(*SMALL))
    for option in ({"title": "T"}, {"subtitle": "S"}, {"source": "S"}, {"name": "other"}):
        assert effect_direction(rows(*SMALL), **option).fingerprint() != plain.fingerprint()
    assert effect_direction(rows(*SMALL), preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_a_slide_keeps_its_shape():
    for studies in (1, 7):
        width, height = effect_direction(invented(studies), preset="slide").get_size_inches()
        assert width / height == pytest.approx(16 / 9, rel=1e-3)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("direction", "agianst", "row 1, column direction, value 'agianst'.*Did you mean 'against'"),
        ("tested", "yes", "row 1, column tested, value 'yes': write True or False"),
        ("n", -3, "row 1, column n, value -3: it must be a number of 0 or more"),
        ("label", None, "row 1, column label, value None"),
    ],
)
def test_wrong_cells_are_refused(column, value, message):
    table = rows(*SMALL).astype(object)
    table.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        effect_direction(table)


def test_wrong_tables_are_refused():
    with pytest.raises(OptionError, match="no column tested"):
        effect_direction(rows(*SMALL).drop(columns="tested"))
    with pytest.raises(InputError, match=r"row 5, .*already in row 1"):
        effect_direction(rows(*SMALL, SMALL[0]))
    with pytest.raises(InputError, match="no rows"):
        effect_direction(rows(*SMALL).iloc[:0])

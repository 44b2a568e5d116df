"""The courses over time: lines by visit, panels by scale, and labels that stand beside the ends of lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.course_data import COLUMNS, panels
from evidence.figures.time_course import time_course
from figure_checks import HARD, assert_clean

SMALL = (
    ("a", "Alam 2014", "GB", None, "month 3", 2.4, -0.01, 4.8, 15),
    ("a", "Alam 2014", "GB", None, "month 6", 3.4, 0.2, 6.5, 15),
    ("m", "Minh 2019", "GB", 17, "late", 1.36, 1.15, 1.57, 31),
    ("m", "Minh 2019", "GB", 0, "baseline", 0, None, None, 31),
)


def rows(*cells: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(cells), columns=list(COLUMNS))


def invented(courses: int, name: str = "Minh 2019", *, unit: str = "SD", dated: bool = True) -> pd.DataFrame:
    """Return courses over three visits on two scales."""
    rng = np.random.default_rng(courses)
    cells = []
    for i in range(courses):
        for week in (0, 4, 24):
            value = float(week and rng.normal(1, 0.5))
            half = 0.4 if week else None
            ends = (value - half, value + half) if half else (None, None)
            when = week if dated else None
            shown = (f"{name} {i}", f"Scale {i % 2}", when, f"{name} week {week}", value, *ends, 20)
            cells.append((f"s{i}", *shown))
    return rows(*cells).assign(unit=unit)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("courses", [1, 2, 7, 40])
def test_nothing_overlaps(preset, courses):
    assert_clean(time_course(invented(courses), preset=preset, title="The finding", source="A source " * 20))
    assert_clean(time_course(invented(courses, unit="points", dated=False), preset=preset))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    table = pd.concat([invented(2, hard, unit=hard), invented(3, hard, dated=False)]).assign(arm=hard)
    table["scale"] = hard
    table["study_id"] = [f"{key} {i // 3}" for i, key in enumerate(table["study_id"])]
    assert_clean(time_course(table, preset=preset, title=hard, subtitle=hard, xlabel=hard))


def test_panels_part_scales_and_courses_without_weeks():
    found = panels(rows(*SMALL))
    assert [(panel.title, panel.dated) for panel in found] == [
        ("GB: change from baseline, points", False),
        ("GB: change from baseline, points", True),
    ]
    (dated,) = found[1].courses
    assert dated.visits == ("baseline", "late")
    assert found[0].visits == ("month 3", "month 6")
    both = panels(invented(2))
    assert len(both) == 1
    assert both[0].title == "Change from baseline, standard deviations"
    assert len(panels(invented(2, unit="points"))) == 2


def test_lines_stand_at_their_weeks_and_changes():
    figure = time_course(rows(*SMALL))
    by_visit, by_week = (axes for axes in figure.axes if not axes.get_label().endswith("labels"))
    assert by_week.collections[0].get_offsets().tolist() == [[0, 0], [17, 1.36]]
    assert by_visit.collections[0].get_offsets().tolist() == [[0, 2.4], [1, 3.4]]
    intervals = [line.get_ydata() for line in by_visit.lines if len(set(line.get_xdata())) == 1]
    assert [list(ends) for ends in intervals] == [[-0.01, 4.8], [0.2, 6.5]]
    assert [text.get_text() for text in figure.axes[1].texts] == ["Alam 2014 (n=15)"]


def test_labels_stand_in_the_order_of_the_ends():
    table = invented(7)
    figure = time_course(table)
    ends = table.loc[table["weeks"] == 24].set_index("label")["value"].sort_values(ascending=False)
    labels = sorted(figure.axes[1].texts, key=lambda text: text.get_position()[1])
    named = [text.get_text() for text in labels if text.get_text().startswith("Minh")]
    assert [name.split(",")[0] for name in named] == list(ends.index)


def test_groups_of_one_study_are_lines_of_their_own():
    table = pd.concat(
        [rows(*SMALL[:2]).assign(arm_id="a", arm="needled"), rows(*SMALL[:2]).assign(arm_id="b")]
    )
    (panel,) = panels(table)
    assert [course.name for course in panel.courses] == ["Alam 2014, needled", "Alam 2014"]


def test_words_give_every_change():
    figure = time_course(rows(*SMALL), title="Two studies")
    assert figure.alt == "Change over time: 2 courses in 2 studies, each seen 2 times."
    assert repr(figure) == (
        f"Two studies. {figure.alt} GB: change from baseline, points."
        " Alam 2014 (n=15): month 3 2.40 (−0.01 to 4.80); month 6 3.40 (0.20 to 6.50)."
        " GB: change from baseline, points."
        " Minh 2019 (n=31): baseline (week 0) 0.00; late (week 17) 1.36 (1.15 to 1.57)."
    )


def test_every_option_changes_the_figure():
    plain = time_course(rows(*SMALL))
    options = (
        {"title": "T"},
        {"subtitle": "S"},
        {"source": "S"},
        {"name": "o"},
        {"xlabel": "X"},
        {"note": "N"},
    )
    for option in options:
        assert time_course(rows(*SMALL), **option).fingerprint() != plain.fingerprint()
    assert time_course(rows(*SMALL), preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_a_slide_keeps_its_shape():
    for table in (rows(*SMALL), invented(5)):
        width, height = time_course(table, preset="slide").get_size_inches()
        assert width / height == pytest.approx(16 / 9, rel=1e-3)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("value", 9.0, r"row 1, column value, value 9.0: it lies outside its interval, -0.01 to 4.8"),
        ("value", None, "row 1, column value, value None: this cell must be filled in"),
        ("weeks", "soon", "row 1, column weeks, value 'soon': a plain number"),
        ("visit", " ", "row 1, column visit"),
        ("n", -1, "row 1, column n, value -1"),
    ],
)
def test_wrong_cells_are_refused(column, value, message):
    table = rows(*SMALL).astype(object)
    table.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        time_course(table)


def test_wrong_tables_are_refused():
    with pytest.raises(OptionError, match="no column visit"):
        time_course(rows(*SMALL).drop(columns="visit"))
    with pytest.raises(InputError, match=r"row 5, .*already in row 1"):
        time_course(rows(*SMALL, SMALL[0]))
    with pytest.raises(InputError, match="no rows"):
        time_course(rows(*SMALL).iloc[:0])

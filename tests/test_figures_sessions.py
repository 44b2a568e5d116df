"""The histogram of sessions: bars as high as the counts, and those who do not print it apart."""

from __future__ import annotations

import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.sessions import session_histogram
from figure_checks import HARD, assert_clean


def counts(sessions: list, groups: list) -> pd.DataFrame:
    return pd.DataFrame({"sessions": sessions, "groups": groups})


SMALL = counts([3, 1, 4, None], [10, 2, 5, 6])


def bars(figure) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for patch in figure.axes[0].patches:
        found.setdefault(patch.get_label(), []).append(patch.get_height())
    return found


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("rows", [1, 2, 7, 40])
@pytest.mark.parametrize("silent", [None, 1, 12345])
def test_nothing_overlaps(preset, rows, silent):
    table = counts(
        [*range(1, 3 * rows, 3), *([None] if silent else [])],
        [*range(1, rows + 1), *([silent] if silent else [])],
    )
    assert_clean(session_histogram(table, preset=preset, title="The finding", source="A source " * 20))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    assert_clean(session_histogram(SMALL, preset=preset, title=hard, subtitle=hard, noun=hard, source=hard))


def test_only_silent_groups_can_be_shown():
    figure = session_histogram(counts([None], [4]))
    assert_clean(figure)
    assert figure.alt == "Sessions: 4 groups, none of which prints the number."
    assert list(bars(figure)) == ["silent"]


def test_bars_are_as_high_as_the_counts():
    figure = session_histogram(SMALL)
    found = bars(figure)
    assert [height / found["known"][1] for height in found["known"]] == pytest.approx([0.2, 1, 0.5])
    assert found["silent"][0] / found["known"][1] == pytest.approx(0.6)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["2", "1", "2", "10", "3", "5", "4", "Sessions", "6", "not printed"]


def test_a_long_axis_leaves_out_what_nobody_had():
    figure = session_histogram(counts([1, 100], [3, 4]))
    assert [text.get_text() for text in figure.axes[0].texts][:4] == ["3", "1", "4", "100"]


def test_words_give_every_count():
    figure = session_histogram(SMALL, title="Sessions vary", noun="arm")
    assert figure.alt == "Sessions in 17 arms: median 3, middle half 3 to 4; 6 more do not print it."
    assert repr(figure) == (
        f"Sessions vary. {figure.alt} 2 arms with 1; 10 arms with 3; 5 arms with 4; 6 not printed."
    )
    assert session_histogram(counts([2], [1])).alt == "Sessions in 1 group: median 2, middle half 2 to 2."
    studies = session_histogram(counts([2, 3], [1, 2]), noun="study", plural="studies")
    assert studies.alt == "Sessions in 3 studies: median 3, middle half 2 to 3."
    assert "1 study with 2; 2 studies with 3." in studies.long_alt


def test_every_option_changes_the_figure():
    plain = session_histogram(SMALL)
    for option in ("title", "subtitle", "source", "name", "noun", "plural"):
        assert session_histogram(SMALL, **{option: "Other"}).fingerprint() != plain.fingerprint()
    assert session_histogram(SMALL, preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_a_slide_keeps_its_shape():
    width, height = session_histogram(SMALL, preset="slide").get_size_inches()
    assert width / height == pytest.approx(16 / 9, rel=1e-3)


def test_wrong_tables_are_refused():
    with pytest.raises(OptionError, match="no column groups"):
        session_histogram(SMALL.drop(columns="groups"))
    with pytest.raises(InputError, match="no rows"):
        session_histogram(SMALL.iloc[:0])
    with pytest.raises(InputError, match=r"row 2, column sessions, value '3.0'.*already in row 1"):
        session_histogram(counts([3, 3], [1, 2]))
    with pytest.raises(
        InputError, match=r"row 1, column sessions, value 2.5: a count must be a whole number"
    ):
        session_histogram(counts([2.5], [1]))
    with pytest.raises(InputError, match=r"row 1, column groups, value -1"):
        session_histogram(counts([2], [-1]))
    with pytest.raises(InputError, match=r"row 1, column groups, value None: this cell must be filled in"):
        session_histogram(counts([2], [None]))

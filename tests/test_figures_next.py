"""The figure of what to get next draws the simulated numbers, and no text touches another at any size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.certainty.next_table import COLUMNS
from evidence.certainty.what_next import WhatNext
from evidence.errors import InputError, OptionError
from evidence.figures.next_studies import FURTHEST, next_studies
from figure_checks import HARD, assert_clean, drawn


def invented(n, *, names=None, several=True, unpooled=0):
    """Simulated results that are made up for a test, the largest narrowing first."""
    rows = []
    for i in range(n + unpooled):
        narrowing = 60 - 70 * i / max(n, 1) if i < n else np.nan
        rows.append(
            dict.fromkeys(COLUMNS, "")
            | {
                "rank": i + 1,
                "question_id": f"Q{i % 3}" if several else "Q1",
                "study_id": f"s{i}",
                "study": names[i % len(names)] if names else f"Invented {2000 + i}",
                "missing": ("SD before treatment", "means and SDs before and after treatment, " * 4)[i % 2],
                "measured": ("printed", "not read", "not known")[i % 3],
                "narrowing": narrowing,
                "narrowing_low": narrowing - 10 - 20 * (i % 4),
                "narrowing_high": narrowing + 12,
                "p_reading": (np.nan, 0.0, 0.4, 1.0)[i % 4],
            }
        )
    questions = ("Q0", "Q1", "Q2") if several else ("Q1",)
    return WhatNext(pd.DataFrame(rows, columns=list(COLUMNS)), questions, 2000, 1, "narrowing", ())


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("n", [1, 2, 10, 24])
def test_nothing_overlaps(n, preset):
    figure = next_studies(
        invented(n), top=24, preset=preset, title="The finding in a sentence", source="A source " * 12
    )
    assert_clean(figure)
    assert 0 < len(figure.alt) <= 125 < len(figure.long_alt)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
def test_names_that_are_hard_to_print_find_room(preset):
    assert_clean(next_studies(invented(6, names=HARD), preset=preset, title=HARD[0], subtitle=HARD[2]))


def test_bars_are_the_expected_narrowing_and_lines_the_simulated_range():
    found = invented(3)
    axes = drawn(next_studies(found))
    table = found.summary()
    bars = [np.array(each) for each in axes["polygons"]]
    assert [bar[:, 0].max() for bar in bars if len(bar) in (4, 5)] == pytest.approx(
        table["narrowing"].tolist()
    )
    lines = [np.array(each["xy"])[:, 0] for each in axes["lines"] if len(each["xy"]) == 2]
    ranges = {(round(line[0], 6), round(line[1], 6)) for line in lines if line[0] != line[1]}
    assert ranges == {
        (round(row.narrowing_low, 6), round(row.narrowing_high, 6)) for row in table.itertuples()
    }


def test_a_range_far_into_wider_intervals_is_cut_and_said():
    found = invented(2)
    table = found.summary()
    table.loc[1, "narrowing_low"] = -400.0
    cut = WhatNext(table, found.questions, 2000, 1, "narrowing", ())
    figure = next_studies(cut)
    assert drawn(figure)["xlim"][0] > 2 * FURTHEST
    assert "Arrow: the line goes on." in figure.caption
    assert "Arrow" not in next_studies(found).caption


def test_the_key_counts_what_is_not_drawn():
    caption = next_studies(invented(12, unpooled=3), top=5).caption
    assert "7 further studies would narrow an interval less." in caption
    assert "3 rows of questions without a pooled estimate have no interval to narrow." in caption
    assert "Simulated from what is known of each study, not found." in caption


def test_the_question_is_named_where_there_are_several():
    words = [text for text in next_studies(invented(3)).fingerprint()["texts"] if "Invented" in text]
    assert words == ["Q0: Invented 2000", "Q1: Invented 2001", "Q2: Invented 2002"]
    one = [text for text in next_studies(invented(3, several=False)).fingerprint()["texts"] if "Inv" in text]
    assert one == ["Invented 2000", "Invented 2001", "Invented 2002"]


def test_the_real_answer_is_drawn(whole_review):
    figure = next_studies(ev.what_next(whole_review, "Q1f.prp", draws=100), preset="paper")
    assert_clean(figure)
    assert "number of people in both arms" in figure.long_alt
    assert figure.to_bytes("svg") == figure.to_bytes("svg")


def test_what_cannot_be_drawn_is_refused(whole_review):
    with pytest.raises(InputError, match="DataFrame"):
        next_studies(invented(2).summary())
    with pytest.raises(InputError, match="top=0"):
        next_studies(invented(2), top=0)
    with pytest.raises(InputError, match=r"Q1g\.nonablative: no pooled interval"):
        next_studies(ev.what_next(whole_review, "Q1g.nonablative", draws=100))
    with pytest.raises(OptionError, match="stage"):
        next_studies(invented(2), preset="stage")

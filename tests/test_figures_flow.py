"""The flow of studies draws the counts it was given, and only counts that add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.errors import InputError
from evidence.figures.study_flow import study_flow
from evidence.tables.flow import Flow
from figure_checks import assert_clean

FLOW = Flow(
    records=20,
    not_studies=1,
    not_eligible={"mixed or other scars": 3, "retracted": 1},
    eligible=15,
    unusable={"p values only": 6, "no spread": 2, "registry entry only": 1},
    usable=6,
)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
def test_it_draws_every_count(preset):
    figure = study_flow(FLOW, title="Few print a number", preset=preset)
    texts = " ".join(text.get_text() for text in figure.texts)
    for part in (
        "20",
        "15",
        "6 p values only",
        "No usable number: 9",
        "Not analysed: 5",
        "Not medical advice",
    ):
        assert part in texts
    assert "20 records" in figure.alt
    assert "6 do." in figure.long_alt
    assert_clean(figure)


@pytest.mark.parametrize("wrong", [{"records": 21}, {"usable": 7}, {"not_studies": 0}])
def test_counts_that_do_not_add_up_are_refused(wrong):
    with pytest.raises(InputError, match="are not"):
        study_flow(replace(FLOW, **wrong))


def test_a_slide_has_the_shape_of_a_slide():
    width, height = study_flow(FLOW, title="Few print a number", preset="slide").get_size_inches()
    assert width / height == pytest.approx(16 / 9, rel=0.03)

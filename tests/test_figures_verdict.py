"""The verdict chart: each claim has its chip, its place on the scale, its circles and its words."""

from __future__ import annotations

import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.slides import pages
from evidence.figures.style import PRESETS
from evidence.figures.symbols import CERTAINTIES, VERDICTS
from evidence.figures.verdict_chart import COLUMNS, verdict_chart
from figure_checks import HARD, assert_clean, drawn

CODES, SURE = list(VERDICTS), list(CERTAINTIES)


def claims(rows: int, wording: str = "It improves the look of acne scars.") -> pd.DataFrame:
    """Return invented claims; every fifth has nothing for it, every third nothing against it."""
    cells = []
    for i in range(rows):
        verdict, certainty = CODES[i % 6], SURE[i % 5]
        estimate = "" if i % 5 == 4 else "standardised change 1.96 (95 % interval 1.24 to 2.69)"
        against = "" if i % 3 == 2 else "5 of 30 people had dark marks"
        labels = (verdict.replace("_", " ").capitalize(), certainty.replace("_", " "))
        cells.append(
            (f"C{i + 1}", wording, wording[:27], verdict, labels[0], certainty, labels[1], estimate, against)
        )
    return pd.DataFrame(cells, columns=list(COLUMNS))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("rows", [1, 2, 7, 40])
def test_nothing_overlaps(preset, rows):
    assert_clean(verdict_chart(claims(rows), preset=preset, title="The finding", source="A source " * 20))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    table = claims(3, hard).assign(short=hard, estimate=hard, against=hard, verdict_label=hard[:60])
    assert_clean(verdict_chart(table, preset=preset, title=hard, subtitle=hard))


def test_claims_fill_as_many_slides_as_keep_the_type_at_eighteen_points():
    found = pages(verdict_chart, claims(10), title="Ten claims, and what trials say of each")
    assert 1 < len(found) < 10
    for figure in found:
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)
        texts = [*figure.texts, *figure.axes[0].texts]
        assert min(text.get_size() for text in texts) * PRESETS["slide"].width / width >= 18


def test_every_verdict_has_its_own_sign_colour_and_place():
    looks = list(VERDICTS.values())
    assert len({(look.sign, look.hollow) for look in looks}) == 6
    assert len({look.color for look in looks}) == 6
    figure = verdict_chart(claims(6))
    (axes,) = figure.axes
    chips = [shown.get_label() for shown in axes.collections if shown.get_label() in VERDICTS]
    assert chips == CODES
    filled = [patch for patch in axes.patches if patch.get_linewidth() == pytest.approx(0.5)]
    spots = [patch.get_x() for patch in filled]
    assert len(spots) == 5, "what cannot be answered has no place on the scale"
    assert spots == sorted(set(spots))


def test_words_give_every_verdict():
    figure = verdict_chart(claims(2), title="Two claims")
    assert figure.alt == "Verdicts on 2 claims: 1 supported, 1 with reservations."
    assert repr(figure) == (
        "Two claims. Verdicts on 2 claims: 1 supported, 1 with reservations."
        " C1 (It improves the look of acne scars): Supported; certainty high; found: standardised change 1.96"
        " (95 % interval 1.24 to 2.69); against it: 5 of 30 people had dark marks."
        " C2 (It improves the look of acne scars): Supported with reservations; certainty moderate;"
        " found: standardised change 1.96 (95 % interval 1.24 to 2.69);"
        " against it: 5 of 30 people had dark marks."
    )
    assert len(verdict_chart(claims(40)).alt) <= 125
    assert drawn(figure)["texts"][:1] == ["Supported"]


def test_a_slide_leaves_out_clauses_and_never_cuts_a_number_or_a_bracket():
    against = "change 1.96 in people (95 % interval 1.24 to 2.69; 7 groups, 281 people), before and after"
    figure = verdict_chart(claims(1).assign(estimate="", reason=against, short="x" * 40), preset="slide")
    shown = " ".join(text.get_text() for text in figure.texts)
    assert "change 1.96 in people …" in shown
    assert "1.24" not in shown


def test_a_reason_goes_before_estimate_and_against():
    figure = verdict_chart(claims(1).assign(reason="Said shortly"), preset="slide")
    assert "Said shortly" in [text.get_text() for text in figure.texts]


def test_every_option_changes_the_figure():
    plain = verdict_chart(claims(2))
    for option in (
        {"title": "T"},
        {"subtitle": "S"},
        {"source": "S"},
        {"name": "other"},
        {"preset": "slide"},
    ):
        assert verdict_chart(claims(2), **option).fingerprint() != plain.fingerprint()
    assert verdict_chart(claims(2), preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_wrong_tables_are_refused():
    table = claims(3)
    with pytest.raises(OptionError, match=r"no column against.*needs claim_id"):
        verdict_chart(table.drop(columns="against"))
    with pytest.raises(InputError, match="no rows"):
        verdict_chart(table.iloc[:0])
    with pytest.raises(
        OptionError, match=r"row 2, column verdict, value 'suported'.*Did you mean 'supported'"
    ):
        verdict_chart(table.assign(verdict=["supported", "suported", "uncertain"]))
    with pytest.raises(OptionError, match="row 1, column certainty, value 'sure'"):
        verdict_chart(table.assign(certainty="sure"))
    with pytest.raises(InputError, match="row 3, column claim, value nan"):
        verdict_chart(table.assign(claim=["a", "b", None]))
    with pytest.raises(InputError, match=r"row 3, column claim_id, value 'C1'.*already in row 1"):
        verdict_chart(table.assign(claim_id=["C1", "C2", "C1"]))
    with pytest.raises(InputError, match="DataFrame, not from list"):
        verdict_chart([1])
    with pytest.raises(OptionError, match="preset='billboard'"):
        verdict_chart(table, preset="billboard")

"""Absolute effects by hand, and the summary of findings as table, page, CSV and slides."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from pptx import Presentation
from pptx.util import Pt

from evidence.certainty.absolute import absolute
from evidence.certainty.summary_of_findings import lettered, summary_of_findings, symbols
from evidence.errors import InputError, OptionError
from evidence.publish.outputs import write_results
from evidence.publish.summary_of_findings import csv_table, html_page, slides, write_summary


@pytest.fixture(scope="module")
def answers(whole_answers):
    return whole_answers


@pytest.fixture(scope="module")
def summary(review, answers):
    return summary_of_findings(review, answers=answers)


def test_a_risk_ratio_is_applied_to_the_comparator(review, answers):
    """IDOJ 2024: dark marks on 9 of 30 laser sides; RR 2/9 gives 6.7 of 100 instead of 30."""
    meant = absolute(review, answers["Q3b"])
    assert meant.without == pytest.approx(30)
    assert meant.value == pytest.approx(100 * 2 / 30)
    assert meant.words() == "7 (2 to 23) of 100 people, instead of 30"


def test_an_odds_ratio_goes_through_the_odds(review, answers):
    """Ishfaq 2022: 10 of 30 after the peel are odds of 1 to 2; times 5.5 they are 2.75, a share of 0.733."""
    meant = absolute(review, answers["Q1h.peel"])
    assert meant.without == pytest.approx(100 / 3)
    assert meant.value == pytest.approx(100 * 2.75 / 3.75)


def test_a_share_is_of_one_hundred_people(review, answers):
    assert absolute(review, answers["Q4a"]).value == pytest.approx(100 * 2 / 192)


def test_a_standardised_change_in_points_of_the_scale_most_used(review, answers):
    """Goodman-Baron quantitative is used by three of seven arms; their SDs at baseline give the median."""
    arms = answers["Q1b"].effects.included
    users = arms.loc[arms["scale_name"] == "Goodman-Baron quantitative", "study_id"]
    rows = review.outcomes.query("value_kind == 'baseline' and scale_name == 'Goodman-Baron quantitative'")
    spread = rows.loc[rows["study_id"].isin(users) & (rows["usable"] == "yes"), "sd"]
    meant = absolute(review, answers["Q1b"])
    assert meant.unit == "points of Goodman-Baron quantitative"
    assert meant.value == pytest.approx(spread.median() * answers["Q1b"].result.estimate)


def test_a_risk_difference_is_told_in_people(review, answers):
    """30 of 100 under the comparator as in Q3b; made-up differences of -0.2 (-0.5 to 0.1)."""
    effects = replace(answers["Q3b"].effects, measure="RD", scale="identity")
    table = effects.table.assign(yi=-0.2, vi=(0.3 / 1.959963984540054) ** 2, ci_low=np.nan, ci_high=np.nan)
    meant = absolute(review, replace(answers["Q3b"], effects=replace(effects, table=table)))
    assert meant.words() == "10 (0 to 40) of 100 people, instead of 30"
    assert meant.how == "RD applied to 30 of 100 under the comparator"


def test_what_was_not_pooled_has_no_absolute_effect(review, answers):
    assert absolute(review, answers["Q1h"]).words() == "cannot be given"


def test_points_as_measured_stay_points(review, answers):
    assert absolute(review, answers["Q1a"]).words() == "3.4 (0.2 to 6.5) points of Goodman-Baron quantitative"


def test_the_summary_has_at_most_seven_outcomes(review, answers, summary):
    assert len(summary.rows) == 7
    with pytest.raises(InputError, match="1 to 7 outcomes, not 8"):
        summary_of_findings(review, list(answers)[:8], answers=answers)
    with pytest.raises(InputError, match="not 0"):
        summary_of_findings(review, [])
    with pytest.raises(OptionError, match="Did you mean 'Q1b'"):
        summary_of_findings(review, ["Q1bb"])


def test_every_step_has_a_footnote(summary):
    letters = dict(lettered(summary.footnotes))
    row = summary.rows.set_index("question_id").loc["Q1b"]
    marks = row["certainty"].partition("[")[2].rstrip("]").split(", ")
    said = [letters[mark] for mark in marks]
    assert said[0].startswith("starts very low")
    assert any("281 people" in note for note in said)
    assert letters[row["absolute"].partition("[")[2].rstrip("]")].startswith("multiplied by its median SD")


def test_letters_go_on_after_z():
    assert [letter for letter, _ in lettered(["note"] * 28)][-3:] == ["z", "aa", "ab"]


@pytest.mark.parametrize(("level", "filled"), [("high", 4), ("moderate", 3), ("low", 2), ("very_low", 1)])
def test_symbols(level, filled):
    assert symbols(level).count("\N{CIRCLED PLUS}") == filled
    assert len(symbols(level)) == 4


def test_plain_words(summary):
    plain = summary.rows.set_index("question_id")["plain"]
    assert plain["Q4a"] == "About 1 in 100 people (from 0 to 4). The evidence is very uncertain."
    assert plain["Q1g"] == "One study only: favours microneedling. The evidence is very uncertain."
    assert plain["Q1b"] == "Better than before. The evidence is very uncertain."


def poisoned(summary):
    rows = summary.rows.copy()
    rows.loc[0, "outcome"] = "<script>alert(1)</script> & =1+1"
    rows.loc[1, "outcome"] = "=HYPERLINK(1)"
    return replace(summary, rows=rows, footnotes=("<b>", *summary.footnotes[1:]))


def test_text_is_escaped_in_the_page(summary):
    page = html_page(poisoned(summary))
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; =1+1" in page
    assert "<li>&lt;b&gt;</li>" in page
    assert "http" not in page  # nothing is fetched
    assert page.count('scope="row"') == 7
    assert "<script>" not in poisoned(summary)._repr_html_()


def test_cells_that_would_run_are_guarded_in_the_csv(summary):
    lines = list(csv.reader(io.StringIO(csv_table(poisoned(summary)))))
    assert lines[0][0] == "What was asked"
    assert lines[2][0] == "'=HYPERLINK(1)"
    assert lines[-1][0] == lettered(summary.footnotes)[-1][0]


def test_slides_can_be_edited_and_read_aloud(summary):
    deck = Presentation(io.BytesIO(slides(summary)))
    assert (deck.slide_width, deck.slide_height) == (12_192_000, 6_858_000)
    cells = []
    for slide in deck.slides:
        [frame] = [shape for shape in slide.shapes if shape.has_table]
        assert frame._element.nvGraphicFramePr.cNvPr.get("descr").startswith("Table: ")
        assert "a. starts" in slide.notes_slide.notes_text_frame.text
        for row in list(frame.table.rows)[1:]:
            cells.append(row.cells[0].text)
            for cell in row.cells:
                assert all(run.font.size >= Pt(18) for run in cell.text_frame.paragraphs[0].runs)
    assert cells == summary.rows["outcome"].tolist()


def test_the_same_bytes_on_every_run(summary):
    assert slides(summary) == slides(summary)


def test_files_are_written_whole(summary, tmp_path):
    assert {path.name for path in write_summary(summary, tmp_path)} == {
        "summary_of_findings.html",
        "summary_of_findings.csv",
        "summary_of_findings.pptx",
    }
    with pytest.raises(OptionError, match="'html', 'csv', 'pptx'"):
        write_summary(summary, tmp_path, formats=["docx"])
    with pytest.raises(InputError, match="at least one format"):
        write_summary(summary, tmp_path, formats=[])
    (tmp_path / "file").write_text("here stands a file", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written to"):
        write_summary(summary, tmp_path / "file")


def test_results_of_a_run(review, answers, whole_verdicts, tmp_path):
    written = write_results(review, tmp_path, answers, whole_verdicts)
    assert {"results.json", "summary_of_findings.html"} <= {path.name for path in written}

"""The deck opened again: its shapes, notes, words and bytes; templates, claims and the PDF."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.util import Inches, Pt
from typer.testing import CliRunner

from evidence.certainty.weigh import direction_rows
from evidence.cli import app
from evidence.errors import InputError, OptionError
from evidence.figures.style import DISCLAIMER
from evidence.publish import deck_pdf
from evidence.publish.deck import chosen, deck, write_deck
from evidence.publish.deck_claims import claim_slide
from evidence.publish.deck_evidence import evidence, main_question
from evidence.publish.deck_layouts import layouts
from evidence.publish.deck_lessons import marked_forest, teaching_answer
from evidence.publish.deck_pictures import trimmed
from evidence.publish.deck_quiz import quiz
from evidence.publish.deck_text import headline, lines_of
from evidence.publish.slide_table import pages
from figure_checks import assert_clean

DESCRIBED = (MSO_SHAPE_TYPE.PICTURE, MSO_SHAPE_TYPE.TABLE, MSO_SHAPE_TYPE.LINE)
POISON = "<b>&amp;\x00\x0b\ufffe\ud800 _x0041_"


@pytest.fixture(scope="module")
def content(whole_review, whole_answers, whole_verdicts):
    return deck(whole_review, whole_answers, whole_verdicts)


@pytest.fixture(scope="module")
def slides(content):
    return list(Presentation(io.BytesIO(content)).slides)


@pytest.fixture(scope="module")
def review(whole_review):
    return whole_review


@pytest.fixture(scope="module")
def made(whole_review, whole_answers, whole_verdicts):
    """Return a maker of small decks: of the one claim that draws no figure."""

    def make(**choices):
        return deck(whole_review, whole_answers, whole_verdicts, **({"claims": ["C7"]} | choices))

    return make


@pytest.fixture(scope="module")
def small(made):
    return made()


def titles(slides):
    return [slide.shapes.title.text for slide in slides]


def notes(slide):
    return slide.notes_slide.notes_text_frame.text


def frames(slide):
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame
        if getattr(shape, "has_table", False) and shape.has_table:
            yield from (cell.text_frame for row in shape.table.rows for cell in row.cells)


def test_its_slides_in_their_order(content, slides, review):
    opened = Presentation(io.BytesIO(content))
    assert opened.slide_width / opened.slide_height == pytest.approx(16 / 9)
    said = titles(slides)
    assert said[0] == "Does microneedling work for acne scars?"
    assert "10 claims" in said[1]
    assert said[-3:] == [
        "How to read a forest plot",
        "Quiz: where may the true effect of the next study lie?",
        "Sources and licence",
    ]
    short = [title for title in said if "Summary of findings" in title]
    # Pictures that need several slides to keep their type repeat the title of the first.
    assert len(
        dict.fromkeys(re.sub(r" \(\d of \d\)$", "", title) for title in said if title not in short)
    ) == (2 + len(review.claims) + 3)
    opening = "\n".join(frame.text for frame in frames(slides[0]))
    assert DISCLAIMER in opening
    assert review.changelog["version"].iloc[-1] in opening


def test_every_slide_has_notes_and_no_empty_placeholder(slides):
    for slide in slides:
        assert len(notes(slide)) > 40
        for shape in slide.placeholders:
            assert shape.text_frame.text.strip()


def test_no_text_is_smaller_than_18_points(slides):
    for slide in slides:
        runs = [run for frame in frames(slide) for each in frame.paragraphs for run in each.runs]
        assert runs
        assert min(run.font.size for run in runs) >= Pt(18)


def test_type_in_pictures_has_18_points_at_their_size(slides):
    """Type of 18.4 points is drawn at 144 dots an inch; the lesson's of 10 points at 300."""
    sizes = {}
    for number, slide in enumerate(slides):
        for shape in slide.shapes:
            if shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
                points, dots = (10, 300) if shape.name == "reading_a_forest" else (18.4, 144)
                sizes[number, shape.name] = points * dots * (shape.width / Inches(1)) / shape.image.size[0]
    assert len(sizes) > 15
    assert min(sizes.values()) >= 17.99, sizes


def test_no_letter_of_a_framed_picture_is_smaller_than_the_slides(review, whole_answers):
    for claim in ("C1", "C3", "C9", "C10"):
        for figure in evidence(review, claim, whole_answers).pictures(12.4, 5.4):
            shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
            scale = 12.4 / figure.get_figwidth()
            assert min(text.get_fontsize() for text in shown) * scale >= 17.99
            assert_clean(figure)
            assert not figure.source


def test_every_study_of_a_claim_stands_on_one_of_its_slides(review, whole_answers):
    found = evidence(review, "C3", whole_answers)
    said = [text for figure in found.pictures(12.4, 5.4) for text in figure.fingerprint()["texts"]]
    for label in direction_rows(review, "C3", whole_answers)["label"].unique():
        assert said.count(label) == 1


def test_every_picture_table_and_arrow_is_described(slides):
    described = []
    for slide in slides:
        shown = [shape for shape in slide.shapes if shape.shape_type in DESCRIBED]
        described += [shape._element.xpath(".//p:cNvPr")[0].get("descr") for shape in shown]
    assert len(described) > 15
    assert all(described)
    assert "Verdicts on 10 claims" in described[0]


def test_everything_lies_on_the_slide_and_nothing_on_the_title(content, slides):
    opened = Presentation(io.BytesIO(content))
    for slide in slides[1:]:
        title = slide.shapes.title
        for shape in slide.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= opened.slide_width
            assert 0 <= shape.top <= shape.top + shape.height <= opened.slide_height
            if shape.shape_id != title.shape_id:
                assert shape.top >= title.top + title.height


def test_the_words_of_a_title_fit_it(slides):
    for slide in slides[1:]:
        box = slide.shapes.title
        size = box.text_frame.paragraphs[0].runs[0].font.size.pt
        # Arial is at least a tenth narrower than the font that is measured.
        assert lines_of(box.text, 1.12 * box.width / Inches(1), size, bold=True) * 1.2 * size <= box.height.pt


def of_claim(slides, verdict):
    """Return the slides of a claim: their notes hold its wording first."""
    return [slide for slide in slides if notes(slide).startswith(f"THE ARTICLE SAYS\n{verdict.text}")]


def test_a_claim_has_its_finding_its_figure_and_all_of_it_in_the_notes(slides, whole_verdicts):
    verdict = whole_verdicts["C1"]
    slide = of_claim(slides, verdict)[0]
    assert verdict.wording.startswith(slide.shapes.title.text)
    said = notes(slide)
    for part in ("METHODS", "CERTAINTY", "LIMITS", "WHAT STANDS AGAINST IT", "REFERENCES"):
        assert f"\n{part}\n" in said
    assert verdict.wording in said
    assert verdict.against in said
    assert "restricted maximum likelihood" in said
    assert "Rejuvenation of severe acne scars by microneedling" in said
    [picture] = [shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]
    assert picture.name.startswith("forest_Q1b")
    assert any(verdict.verdict_label == frame.text for frame in frames(slide))


def test_a_forest_says_what_stands_against_the_claim_elsewhere(slides, whole_verdicts):
    [slide] = of_claim(slides, whole_verdicts["C4"])
    assert f"Against it: {whole_verdicts['C4'].brief_against}" in {frame.text for frame in frames(slide)}
    other = of_claim(slides, whole_verdicts["C2"])[0]
    assert not any(frame.text.startswith("Against it") for frame in frames(other))


def test_what_is_shown_follows_from_a_rule(review, whole_answers):
    assert main_question(review, "C1", whole_answers).question.id == "Q1b"
    assert main_question(review, "C4", whole_answers).question.id == "Q4a"
    # One study makes no forest: redness in 35 of 35 people is shown among the directions.
    assert main_question(review, "C3", whole_answers) is None
    named = {key: evidence(review, key, whole_answers) for key in ("C3", "C7", "C9", "C10")}
    assert [named[key].figure and named[key].figure.name.removesuffix("-1") for key in named] == [
        "effect_direction",
        None,
        "time_course",
        "cost_ranges",
    ]
    assert named["C7"].table["part"].tolist() == review.claim_parts.query("claim_id == 'C7'")["part"].tolist()


def test_the_table_of_findings_is_native_and_whole(slides, review):
    rows = []
    for slide in slides:
        if slide.shapes.title.text.startswith("Summary of findings"):
            [frame] = [shape for shape in slide.shapes if getattr(shape, "has_table", False)]
            rows += [row.cells[0].text for row in list(frame.table.rows)[1:]]
            assert "a. starts" in notes(slide)
    asked = review.questions.dropna(subset="summary_order").sort_values("summary_order")
    assert rows == asked["question"].tolist()


def test_rows_are_split_evenly():
    shares = (0.5, 0.5)
    split = pages([["a", "b"]] * 7, ["A", "B"], shares, width=Inches(10), height=Inches(2))
    assert sorted(map(len, split)) == [2, 2, 3]
    assert [i for page in split for i in page] == list(range(7))
    assert pages([["a", "b"]], ["A", "B"], shares, width=Inches(10), height=0) == [range(1)]


def test_arrows_point_at_the_marks_of_the_forest(whole_answers):
    """The spots, back in data coordinates, are the numbers of the result."""
    found = teaching_answer(whole_answers)
    assert found.question.id == "Q1b"
    marked = marked_forest(found)
    [axes] = marked.figure.axes
    pixels = marked.figure.get_size_inches() * marked.figure.dpi
    back = {
        name: axes.transData.inverted().transform((x * pixels[0], (1 - y) * pixels[1]))
        for name, (x, y) in marked.spots.items()
    }
    result, rows = found.result, found.effects.included.reset_index(drop=True)
    heavy = int(np.argmax(result.weights))
    assert back["square"] == pytest.approx([rows["yi"][heavy], heavy])
    assert back["diamond"] == pytest.approx([result.ci_high, result.k])
    assert back["bar"] == pytest.approx([result.pi_high, result.k + 1])
    assert back["null"][0] == pytest.approx(0, abs=1e-9)


def test_the_quiz_is_computed(whole_answers, whole_verdicts, slides):
    asked = quiz(whole_answers, whole_verdicts)
    result = whole_answers["Q1b"].result
    assert asked.choices[1] == f"B: {result.pi_low:.2f} to {result.pi_high:.2f}"
    assert asked.answer.startswith("B. ")
    assert asked.answer in notes(slides[-2])
    assert asked.answer not in "\n".join(frame.text for frame in frames(slides[-2]))


def test_without_a_pooled_answer_the_quiz_asks_for_verdicts(whole_verdicts):
    asked = quiz({}, whole_verdicts)
    supported = sum(each.verdict == "supported" for each in whole_verdicts.of("claim"))
    assert asked.answer.split(".")[0] in "ABC"
    assert dict(choice.split(": ") for choice in asked.choices)[asked.answer[0]] == str(supported)


def test_the_sources_are_those_of_the_deck(slides):
    said = notes(slides[-1])
    assert "Rejuvenation of severe acne scars by microneedling" in said
    assert "https://" in said
    assert "CC BY 4.0" in "\n".join(frame.text for frame in frames(slides[-1]))


def test_the_same_bytes_on_every_run(made, small):
    assert small == made()
    with zipfile.ZipFile(io.BytesIO(small)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_claims_are_chosen(made, small, review):
    said = titles(Presentation(io.BytesIO(small)).slides)
    [place] = [i for i, title in enumerate(said) if title.endswith("Who should not have it")]
    assert all("10 claims" in title for title in said[1:place])
    assert said[place + 1].startswith("Summary of findings")
    assert chosen(review, ["C10", "C1", "C10"]) == ["C10", "C1"]
    assert chosen(review, None) == review.claims["claim_id"].tolist()
    with pytest.raises(OptionError, match="Did you mean 'C1'"):
        made(claims=["c1"])
    with pytest.raises(InputError, match="at least one claim"):
        made(claims=[])
    with pytest.raises(InputError, match="must be a list"):
        made(claims="C1")


def test_answers_are_all_there(review, whole_answers):
    some = {key: found for key, found in whole_answers.items() if key not in {"Q1b", "Q4a"}}
    with pytest.raises(InputError, match=r"answers lack Q1b, Q4a"):
        deck(review, some)


def test_text_from_tables_cannot_break_out(review, whole_answers, whole_verdicts):
    verdict = replace(whole_verdicts["C7"], wording=f"Nobody {POISON}: none", against=POISON, text=POISON)
    found = layouts()
    claim_slide(found, review, verdict, evidence(review, "C7", whole_answers), whole_answers)
    saved = io.BytesIO()
    found.presentation.save(saved)
    [slide] = Presentation(saved).slides
    assert slide.shapes.title.text == "Nobody <b>&amp; _x0041_"
    assert "WHAT STANDS AGAINST IT\n<b>&amp; _x0041_\n" in notes(slide)


@pytest.mark.parametrize(
    ("wording", "shown"),
    [
        ("It helps (certainty: low), but not all: one study says so.", "It helps, but not all"),
        ("It is safe (no scars): one study.", "It is safe (no scars)"),
        (f"It is safe ({'in many words ' * 12}).", "Uncertain: “The claim”"),
        ("Long " * 60, "Uncertain: “The claim”"),
    ],
)
def test_a_headline_is_a_whole_sentence(whole_verdicts, wording, shown):
    verdict = replace(whole_verdicts["C6"], wording=wording, text="The claim.")
    assert headline(verdict, "short", 12, 26) == shown
    assert (
        headline(replace(verdict, text="word " * 80, wording="long " * 80), "short", 12, 26)
        == "Uncertain: short"
    )


def test_a_headline_without_room_ends_in_an_ellipsis(whole_verdicts):
    verdict = replace(whole_verdicts["C7"], wording="long " * 80)
    said = headline(verdict, "short", 1.5, 26, lines=1)
    assert said.endswith("…")


def test_white_is_cut_and_nothing_else():
    """A page of 3 inches with two lines, 2 inches of white between them."""
    page = np.full((300, 100, 3), 255, dtype=np.uint8)
    page[[20, 220], 10:90] = 0
    cut = trimmed(page, 100)
    assert cut.shape == (1 + 30 + 1 + 8, 88, 3)
    assert int((cut == 0).all(axis=2).sum()) == 160
    blank = np.full((5, 5, 3), 255, dtype=np.uint8)
    assert trimmed(blank, 100).shape == blank.shape


def template(path, *, kinds=("opening", "title", "text"), wide=True):
    """Write a template with a slide, a section and a red title, with the layouts named."""
    found = layouts()
    presentation = found.presentation if wide else Presentation()
    for layout in list(presentation.slide_layouts):
        if wide and layout.name not in {getattr(found, kind).name for kind in kinds}:
            presentation.slide_layouts.remove(layout)
    if kinds:
        presentation.slides.add_slide(presentation.slide_layouts[0]).shapes.title.text = "An example"
    presentation.save(path)
    if path.suffix == ".potx":
        as_template(path)
    return path


def as_template(path):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "[Content_Types].xml"
    parts[name] = parts[name].replace(b"presentation.main+xml", b"template.main+xml")
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def test_a_template_gives_its_layouts_and_not_its_slides(made, tmp_path):
    steps = []
    given = template(tmp_path / "house.potx")
    content = made(template=given, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(i, 7) for i in range(1, 8)]
    opened = Presentation(io.BytesIO(content))
    said = titles(opened.slides)
    assert "An example" not in said
    assert opened.slides[2].slide_layout.name == "Title Only"
    assert [layout.name for layout in opened.slide_layouts] == [
        "Title Slide",
        "Title and Content",
        "Title Only",
    ]
    assert {shape.placeholder_format.type for shape in opened.slides[0].placeholders} == {
        PP_PLACEHOLDER.CENTER_TITLE,
        PP_PLACEHOLDER.SUBTITLE,
    }
    assert not any("An example" in part for part in parts_of(content))


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        (
            ("opening", "text"),
            "no layout with a title over at least half.*Its layouts: Title Slide, Title and",
        ),
        (("title",), "no layout with a centred title.*nor with a title and one text"),
    ],
)
def test_a_template_without_a_layout_says_which(made, tmp_path, kinds, message):
    with pytest.raises(InputError, match=message):
        made(template=template(tmp_path / "poor.pptx", kinds=kinds))


def test_what_is_no_template_is_refused(made, tmp_path):
    with pytest.raises(InputError, match=r"1\.33 times as wide"):
        made(template=template(tmp_path / "old.pptx", wide=False))
    with pytest.raises(InputError, match="is not a file"):
        made(template=tmp_path / "none.pptx")
    (tmp_path / "text.pptx").write_text("no zip", encoding="utf-8")
    with pytest.raises(InputError, match=r"not a \.pptx or"):
        made(template=tmp_path / "text.pptx")
    with zipfile.ZipFile(tmp_path / "other.pptx", "w") as archive:
        archive.writestr("a.txt", "another zip")
    with pytest.raises(InputError, match=r"not a \.pptx or"):
        made(template=tmp_path / "other.pptx")


def fake_office(folder, script):
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def write(review, monkeypatch, small):
    """Write a deck that was made before."""
    monkeypatch.setattr("evidence.publish.deck.deck", lambda *_args, **_choices: small)
    return partial(write_deck, review)


def test_a_pdf_stands_beside_the_deck(write, tmp_path, monkeypatch):
    # What LibreOffice is asked for: --outdir is the sixth argument, the slides the seventh.
    program = fake_office(tmp_path, 'head -c 2 "$7" > "$6/deck.pdf"')
    monkeypatch.setattr(deck_pdf.shutil, "which", lambda _name: program)
    deck_file, pdf = write(tmp_path / "new" / "talk.pptx", pdf=True)
    assert pdf.name == "talk.pdf"
    assert pdf.read_bytes() == b"PK"
    assert len(Presentation(deck_file).slides) > 6


def test_nothing_is_replaced_before_all_is_whole(write, tmp_path, monkeypatch):
    target = tmp_path / "talk.pptx"
    target.write_text("older", encoding="utf-8")
    monkeypatch.setattr(deck_pdf.shutil, "which", lambda _name: None)
    with pytest.raises(InputError, match="needs LibreOffice"):
        write(target, pdf=True)
    program = fake_office(tmp_path, "echo broken >&2; exit 3")
    monkeypatch.setattr(deck_pdf.shutil, "which", lambda _name: program)
    with pytest.raises(InputError, match="broken"):
        write(target, pdf=True)
    assert target.read_text(encoding="utf-8") == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["soffice", "talk.pptx"]
    with pytest.raises(InputError, match="must end so"):
        write(tmp_path / "talk.odp")
    with pytest.raises(InputError, match="cannot be written"):
        write(target / "talk.pptx")


def test_the_command_writes_the_deck(tmp_path, monkeypatch, review, small):
    asked = {}
    monkeypatch.setattr(
        "evidence.publish.deck.deck", lambda *_args, **choices: asked.update(choices) or small
    )
    place = ["--data", str(review.folder), "--to", str(tmp_path / "talk.pptx")]
    result = CliRunner().invoke(app, ["deck", "--claims", "C7, C10", "--template", "our.potx", *place])
    assert result.exit_code == 0
    assert "talk.pptx" in result.output
    assert (asked["claims"], asked["template"]) == (["C7", "C10"], Path("our.potx"))
    assert (tmp_path / "talk.pptx").read_bytes() == small


def test_the_command_says_what_does_not_exist(tmp_path, review):
    place = ["--data", str(review.folder), "--to", str(tmp_path / "talk.pptx")]
    result = CliRunner().invoke(app, ["deck", "--claims", "C99", *place])
    assert result.exit_code == 2
    assert "C99" in result.output
    assert not list(tmp_path.iterdir())

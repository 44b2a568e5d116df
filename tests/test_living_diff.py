"""Two versions are compared row by row and answer by answer, as text, JSON and a page."""

from __future__ import annotations

import itertools
import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from copied_tables import DATA, change, contents, copy_of_data, git
from evidence.errors import InputError
from evidence.living import judgements as judgements_module
from evidence.living.diff import compare
from evidence.living.diff_page import page
from evidence.living.diff_words import text, told_apart
from evidence.living.estimates import paired_answers
from evidence.living.judgements import moved_judgements
from evidence.living.past import Version, version_at
from evidence.living.row_changes import row_changes
from evidence.review import load
from evidence.synthesis.answer import answers
from living_data import put, run, trial


@pytest.fixture(scope="module")
def old():
    return load(DATA)


@pytest.fixture(scope="module")
def added(tmp_path_factory, old):
    """Return the tables with the simulated trial, and what that changed."""
    folder = copy_of_data(tmp_path_factory.mktemp("added"))
    rows = trial()
    rows[0] |= {"studies.label": "Sim <script>alert(1)</script>", "studies.note": "a & b"}
    put(folder, rows)
    new = load(folder)
    return new, compare(Version("before", old), Version("after", new))


def test_no_answer_that_moved_is_missed(added, old):
    """Every question answered twice, the long way, against the few that the difference computed."""
    new, diff = added
    before, after = answers(old), answers(new)
    moved = {key for key in before if before[key].finding() != after[key].finding()}
    assert {each.question_id for each in diff.questions} == moved
    for each in diff.questions:
        assert each.before.finding == before[each.question_id].finding()
        assert each.after.finding == after[each.question_id].finding()
        assert (each.after.k, each.after.people) == (
            after[each.question_id].effects.k,
            after[each.question_id].people,
        )
    # Judgements are asked of all answers; those that were carried over must be the right ones too.
    one, two, _ = paired_answers(old, new)
    for key in ("Q1d", "Q4c", "Q1f", "Q1g"):
        assert one[key].finding() == before[key].finding()
        assert two[key].finding() == after[key].finding()
        pd.testing.assert_frame_equal(two[key].effects.table, after[key].effects.table)


def test_rows_are_named_with_their_keys(added):
    _, diff = added
    assert diff.counts("studies") == {"added": 1}
    assert diff.counts("arms") == {"added": 2}
    assert diff.counts("outcomes") == {"added": 4}
    assert diff.counts("contrasts") == {"added": 1}
    assert diff.tables == ("studies", "arms", "outcomes", "contrasts")
    keys = [each.key for each in diff.rows if each.table in {"arms", "contrasts"}]
    assert keys == ["sim2027 a", "sim2027 b", "sim2027.c01"]
    assert diff.old_version == load().changelog["version"].iloc[-1]
    assert diff.new_version == "1.1.0"


def test_a_changed_cell_is_named_before_and_after(repository):
    change(repository, "outcomes", ",16.39,3.43,", ",16.89,3.43,")
    result = run("diff", "--data", repository)
    assert result.exit_code == 0, result.output
    assert "HEAD (" in result.output
    assert "outcomes.csv: 1 changed" in result.output
    assert "~ alchalabi2020.r01: a, gb_quantitative, baseline, baseline" in result.output
    assert "      mean: 16.39 -> 16.89" in result.output
    assert re.search(r"^Q1b Microneedling alone", result.output, flags=re.MULTILINE)
    assert "groups or studies: 7 -> 7" in result.output


def test_nothing_changed_is_said(repository):
    result = run("diff", "HEAD", "--data", repository)
    assert result.exit_code == 0
    assert "No row of the tables differs." in result.output
    # The same number written otherwise, and rows in another order, are no difference.
    change(repository, "outcomes", ",16.39,3.43,", ",16.390,3.430,")
    path = repository / "claims.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([head, *reversed(rows)]), encoding="utf-8")
    assert "No row of the tables differs." in run("diff", "--data", repository).output


def test_a_label_changes_words_only(repository, old):
    # Q3a shows the one study with a number by its label; its numbers stay.
    change(repository, "studies", ",Saleh (journalmps 587),", ",Saleh 2020,")
    diff = compare(Version("a", old), Version("b", load(repository)))
    moved = {each.question_id: each for each in diff.questions}
    assert {"Q3a", "Q3a.edema", "Q3a.pain"} <= set(moved)
    assert all(each.in_words_only for each in moved.values())
    assert "In words only" in text(diff)


def test_a_key_may_hold_a_blank_cell(folder, old):
    path = folder / "components.csv"
    text = path.read_text(encoding="utf-8")
    assert "\nmn,,needling\n" in text
    path.write_text(text.replace("\nmn,,needling\n", "\nmn,,roller\n"), encoding="utf-8", newline="")
    found = row_changes(old, load(folder))
    assert [(each.table, each.key, each.kind) for each in found] == [("components", "mn", "changed")]
    assert [(cell.before, cell.after) for cell in found[0].cells] == [("needling", "roller")]


def test_revisions_of_git(repository):
    put(repository, trial())
    git(repository, "commit", "-qam", "a trial")
    git(repository, "tag", "with-trial")
    result = run("diff", "with-trial~1", "--data", repository)
    assert result.exit_code == 0, result.output
    assert "with-trial~1 (" in result.output
    assert "2 of 31 answers moved" in result.output
    assert "No row" in run("diff", "with-trial", "--data", repository).output
    for revision in ("no-such-tag", "--help-me", "HEAD~9"):
        result = run("diff", "--data", repository, "--", revision)
        assert result.exit_code == 2
        assert "neither a folder with studies.csv nor a revision" in result.output


def test_a_folder_takes_the_place_of_a_revision(folder):
    change(folder, "outcomes", ",16.39,3.43,", ",16.89,3.43,")
    result = run("diff", str(DATA), "--data", folder)
    assert result.exit_code == 0, result.output
    assert "mean: 16.39 -> 16.89" in result.output
    result = run("diff", "--data", folder)
    assert result.exit_code == 2
    assert "not in a git repository" in result.output


def test_a_table_that_did_not_exist_is_taken_as_it_is_now_and_named(folder):
    git(folder.parent, "init", "-q")
    content = (folder / "prisma.csv").read_bytes()
    (folder / "prisma.csv").unlink()
    git(folder.parent, "add", "-A")
    git(folder.parent, "commit", "-qm", "without")
    (folder / "prisma.csv").write_bytes(content)
    result = run("diff", "--data", folder)
    assert result.exit_code == 0, result.output
    assert re.search(r"Not there in HEAD \(\w{7}\), so taken as it is now: prisma.csv", result.output)


def test_a_version_that_does_not_fit_the_schema_names_files_and_columns(repository):
    path = repository / "questions.csv"
    now = path.read_bytes()
    path.write_bytes(now.replace(b",worthwhile,", b",worth,", 1))
    git(repository, "commit", "-qam", "an older schema")
    path.write_bytes(now)
    result = run("diff", "--data", repository)
    assert result.exit_code == 2
    assert "do not fit today's schema" in result.output
    assert "questions.csv (worthwhile, worth)" in result.output
    assert "Traceback" not in result.output
    git(repository.parent, "rm", "-rq", "--cached", "data")
    git(repository.parent, "commit", "-qm", "no tables")
    with pytest.raises(InputError, match="holds no tables"):
        version_at("HEAD", load(repository))


def test_json_holds_everything(repository):
    put(repository, trial())
    place = repository.parent / "out" / "diff.json"
    result = run("diff", "--json", place, "--data", repository)
    assert result.exit_code == 0, result.output
    found = json.loads(place.read_text(encoding="utf-8"))
    assert found["old"]["version"] == "1.0.0"
    assert found["new"]["version"] == "1.1.0"
    assert [row["key"] for row in found["rows"] if row["table"] == "arms"] == ["sim2027 a", "sim2027 b"]
    moved = {each["question_id"]: each for each in found["questions_moved"]}
    assert set(moved) == {"Q1b", "Q1e", "Q4c.scarring_mn"}
    assert moved["Q1e"]["before"]["k"] == 2
    assert moved["Q1e"]["after"]["k"] == 3
    assert moved["Q4c.scarring_mn"]["after"]["estimate"] is None
    [judged] = found["judgements_moved"]
    assert (judged["id"], judged["verdict_after"]) == ("Q1e", "Supported with reservations")


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, and its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_is_one_accessible_file(added):
    _, diff = added
    source = page(diff)
    found = Page(source)
    assert not found.open  # every element is closed
    assert found.all("html") == [{"lang": "en"}]
    assert len(found.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(each.get("scope") in {"row", "col"} for each in found.all("th"))
    assert len(found.all("caption")) == len(found.all("table"))
    pictures = found.all("img")
    assert len(pictures) == 4  # Q1b and Q1e before and after; Q4c.scarring_mn has nothing to draw
    for each in pictures:
        assert 0 < len(each["alt"]) <= 125
        assert each["src"].startswith("data:image/")
    identifiers = [each["id"] for _, each in found.elements if "id" in each]
    assert len(identifiers) == len(set(identifiers))
    assert "prefers-color-scheme: dark" in source
    assert "@media print" in source
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", source)
    assert not found.all("script")
    assert not found.all("link")


def test_the_page_escapes_what_the_tables_say(added):
    _, diff = added
    source = page(diff)
    assert "<script" not in source
    assert "Sim &lt;script&gt;alert(1)&lt;/script&gt;" in source
    assert "Sim <script>alert(1)</script>" in "".join(Page(source).words)


def test_a_page_that_cannot_be_written_is_named(repository):
    before = contents(repository)
    result = run("diff", "--html", repository / "claims.csv" / "page.html", "--data", repository)
    assert result.exit_code == 2
    assert "cannot be written" in result.output
    assert contents(repository) == before


def test_certainty_and_verdicts_that_moved(added, old, monkeypatch):
    new, _ = added
    rows = {
        id(old): [("claim", "C1", "Uncertain", "low"), ("question", "Q1e", "Uncertain", "very_low")],
        id(new): [("claim", "C1", "Uncertain", "low"), ("question", "Q1e", "Supported", "low")],
    }

    def judged(review, _answers):
        return pd.DataFrame(rows[id(review)], columns=judgements_module.COLUMNS)

    monkeypatch.setattr("evidence.living.diff.judgements", judged)
    diff = compare(Version("before", old), Version("after", new))
    said = text(diff)
    assert "question Q1e: Uncertain, certainty very low -> Supported, certainty low" in said
    assert "claim C1" not in said
    assert "Supported, certainty low" in page(diff)
    assert diff.to_dict()["judgements_moved"][0]["id"] == "Q1e"


def test_a_claim_that_is_new_has_nothing_before():
    columns = judgements_module.COLUMNS
    one = pd.DataFrame([("claim", "C1", "Supported", "low")], columns=columns)
    moved = moved_judgements(pd.DataFrame(columns=columns), one)
    assert moved.to_dict("records") == [
        {
            "kind": "claim",
            "id": "C1",
            "verdict_before": "",
            "verdict_after": "Supported",
            "certainty_before": "",
            "certainty_after": "low",
        }
    ]


def test_a_question_that_is_new_or_gone(repository, old):
    path = repository / "questions.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("Q1h.retinoid,")]
    path.write_text("".join(kept), encoding="utf-8")
    new = load(repository)
    gone = compare(Version("a", old), Version("b", new))
    [moved] = gone.questions
    assert (moved.question_id, moved.after) == ("Q1h.retinoid", None)
    assert "not asked" in text(gone)
    assert "not asked" in page(gone)
    [moved] = compare(Version("a", new), Version("b", old)).questions
    assert moved.before is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (0.481, 0.482, ("0.481", "0.482")),
        (1.0, 1.0, ("1.00", "1.00")),
        (-0.0001, 0.0001, ("-0.0001", "0.0001")),
        (float("nan"), float("nan"), ("none", "none")),
    ],
)
def test_numbers_that_differ_look_different(before, after, said):
    assert told_apart(before, after) == said

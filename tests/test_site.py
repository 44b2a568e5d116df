"""The site: links lead somewhere, text stays text, nothing is asked of a network; it works in a browser."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from browser import Watched, chromium, serious
from evidence.errors import InputError
from evidence.publish.site import build, places
from evidence.publish.site.build import CONTENTS, build_site
from evidence.publish.site.claim_pages import claim_pages
from evidence.publish.site.facts import gather
from evidence.publish.site.numbers import choice, effect
from evidence.publish.site.study_pages import study_pages
from evidence.publish.site.trials_page import trials_page
from evidence.review import Review
from evidence.robustness.sensitivity import sensitivity
from evidence.tables.load import Tables

ROOT = Path(__file__).resolve().parents[1]
KINDS = (
    "index.html",
    "claims/C1.html",
    "trials.html",
    "studies/alam2014.html",
    "figures.html",
    "notebooks.html",
    "notebooks/02_do_scars_improve.html",
    "docs/protocol.html",
    "glossary.html",
    "cite.html",
)
HOSTILE = (
    "<script>window.hit = 1</script>",
    '"><img src=x onerror="window.hit = 1">',
    "it's {{ 7 * 7 }} & {% raw %} <b>bold</b>",
    "emoji 🧑‍🔬 and שלום עולם in one",
    "long" * 125,
)


class Reader(HTMLParser):
    """What a page holds: tags with their attributes, ids, addresses and text."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.texts = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append((tag, named))
        self.ids += [named["id"]] if "id" in named else []
        self.links += [(tag, named[name]) for name in ("href", "src") if named.get(name)]

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def facts(whole_review, whole_answers, whole_verdicts):
    return gather(whole_review, whole_answers, whole_verdicts, choices=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory, facts, choices):
    folder = tmp_path_factory.mktemp("site") / "site"
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(build, "gather", lambda *_args: replace(facts, sensitivities=choices))
        build_site(facts.review, ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def choices(facts):
    """Return what other choices give for one question; for all of them it takes long."""
    return {"Q1b": sensitivity(facts.review, "Q1b")}


@pytest.fixture(scope="module")
def pages(site):
    return {
        path.relative_to(site).as_posix(): Reader(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
    }


def test_there_is_a_page_for_every_claim_study_document_and_notebook(pages, whole_review):
    wanted = {places.claim_page(key) for key in whole_review.claims["claim_id"]}
    wanted |= {places.study_page(key) for key in whole_review.studies["study_id"]}
    wanted |= {f"docs/{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    wanted |= {
        f"notebooks/{path.relative_to(ROOT / 'notebooks').with_suffix('').as_posix()}.html"
        for path in (ROOT / "notebooks").rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    }
    assert wanted <= pages.keys()
    assert set(KINDS) <= pages.keys()


def test_every_link_leads_to_a_file_and_a_place_in_it(site, pages):
    for place, page in pages.items():
        for tag, address in page.links:
            if address.startswith(("http://", "https://", "data:,")):
                assert tag == "a" or address == "data:,", f"{place} asks {address} of a network"
                continue
            target, _, anchor = address.partition("#")
            path = (site / place).parent / target if target else site / place
            assert path.resolve().is_relative_to(site.resolve()), (
                f"{place} links out of the folder: {address}"
            )
            assert path.is_file(), f"{place} links to {address}, which is not there"
            if anchor:
                known = pages[path.resolve().relative_to(site.resolve()).as_posix()].ids
                assert anchor in known, f"{place} links to {address}, which has no such part"


def test_every_page_has_one_heading_no_id_twice_and_words_for_each_picture(pages):
    for place, page in pages.items():
        tags = [tag for tag, _ in page.tags]
        assert tags.count("h1") == 1, place
        assert len(page.ids) == len(set(page.ids)), place
        assert all(named.get("alt") for tag, named in page.tags if tag == "img"), place


def test_each_estimate_leads_to_its_rows_and_each_row_to_its_source(pages, facts):
    entered = facts.effects.loc[facts.effects["included"]]
    for claim, asked in entered.groupby("claim_id"):
        links = {address for _, address in pages[places.claim_page(claim)].links}
        for key, study in asked[["question_id", "study_id"]].drop_duplicates().to_numpy():
            assert f"../{places.study_page(study)}#{key}" in links
            rows = [link for _, link in pages[places.study_page(study)].links if link.startswith("#row-")]
            assert rows, (key, study)
    for study, rows in facts.review.outcomes.groupby("study_id"):
        links = {address for _, address in pages[places.study_page(study)].links}
        assert set(rows["source"]) <= links, study


def test_numbers_are_those_of_the_answers(pages, facts):
    for key in ("Q1b", "Q1e", "Q4a"):
        found = facts.answers[key]
        text = pages[places.claim_page(found.question.claim_id)].text
        assert " ".join(found.finding().split()) in text
        assert found.headline() in text
    weights = (
        facts.effects.loc[facts.effects["question_id"] == "Q1b"].set_index("study_id")["weight"].dropna()
    )
    assert weights.sum() == pytest.approx(100)
    variances = facts.answers["Q1b"].effects.included.set_index("study_id")["vi"]
    inverse = 1 / (variances + facts.answers["Q1b"].result.tau2)
    assert (100 * inverse / inverse.sum()).to_dict() == pytest.approx(weights.to_dict())
    row = facts.effects.query("question_id == 'Q4a' and study_id == 'alqarqaz_nd'").to_dict("records")[0]
    # 0 of 39: the exact interval ends at 1 - 0.025 ** (1 / 39), by hand 9.0 %.
    assert effect(facts.answers["Q4a"], row) == "0 of 39: 0.0% (0.0% to 9.0%)"


def test_a_choice_without_an_interval_leaves_its_cells_empty(facts):
    gap = float("nan")
    row = {"choice": "c", "k": 0, "estimate": gap, "ci_low": gap, "ci_high": gap, "i2": gap}
    assert choice(facts.answers["Q1b"], row) == {
        "choice": "c",
        "k": "0",
        "estimate": "",
        "interval": "",
        "prediction": "",
        "i2": "",
    }


def test_the_whole_is_under_15_megabytes_and_the_first_page_under_500_kilobytes(site, pages):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 15e6
    needed = {"index.html"} | {
        link
        for tag, link in pages["index.html"].links
        if tag in ("img", "link", "script") and link != "data:,"
    }
    assert sum((site / name).stat().st_size for name in needed) < 500e3


def test_it_lists_its_files(site):
    listed = json.loads((site / CONTENTS).read_text(encoding="utf-8"))["files"]
    assert listed.keys() | {CONTENTS} == {
        path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()
    }


def hostile(review: Review, names: dict[str, str]) -> Review:
    """Return the review with odd names, notes and scales of some studies."""
    tables = {name: getattr(review, name) for name in Tables.__slots__}
    for name, columns in (
        ("studies", ("label", "title", "note", "journal")),
        ("outcomes", ("scale_name", "note", "timepoint_label")),
        ("arms", ("treatment_detail",)),
    ):
        frame = tables[name].copy()
        odd = frame["study_id"].map(names)
        for column in columns:
            frame[column] = frame[column].astype(object).where(odd.isna(), odd)
        tables[name] = frame
    return Review(**tables)


def test_text_from_the_tables_stays_text(facts):
    known = facts.effects.loc[facts.effects["claim_id"] == "C1", "study_id"].unique()
    names = dict(zip(known[: len(HOSTILE)], HOSTILE, strict=True))
    odd = facts.effects["study_id"].map(names)
    effects = facts.effects.assign(study=facts.effects["study"].where(odd.isna(), odd))
    references = dict(facts.references) | names
    changed = replace(facts, review=hostile(facts.review, names), effects=effects, references=references)
    written = dict(claim_pages(changed, {}, "v")) | dict(study_pages(changed, "v"))
    written["trials.html"] = trials_page(changed, "v")
    for key, text in names.items():
        for place in ("trials.html", places.study_page(key), "claims/C1.html"):
            assert text in "".join(Reader(written[place]).texts), (place, text)
    for place, content in written.items():
        tags = Reader(content).tags if place.endswith(".html") else []
        assert not [tag for tag, _ in tags if tag == "b"], place
        assert not [named for _, named in tags if "onerror" in named or named.get("src") == "x"], place
        scripts = [named.get("src") for tag, named in tags if tag == "script"]
        assert scripts == (["trials.js"] if place == "trials.html" else []), place


def test_an_address_that_is_none_is_no_link():
    from evidence.publish.site.render import address

    for text in (
        "javascript:alert(1)",
        "data:text/html,x",
        "https://x.org/ y",
        "https://x.org/'\"",
        float("nan"),
    ):
        assert address(text) == ""
    assert address(" https://doi.org/10.1/x ") == "https://doi.org/10.1/x"


@pytest.fixture
def small(monkeypatch, facts):
    monkeypatch.setattr(build, "gather", lambda *_args: facts)
    monkeypatch.setattr(build, "pictures_of", lambda *_args: {})
    monkeypatch.setattr(build, "claim_pages", lambda *_args: [("claims/C1.html", "one")])
    monkeypatch.setattr(build, "study_pages", lambda *_args: [])
    monkeypatch.setattr(build, "other_pages", lambda *_args: [("index.html", "front")])
    return facts.review


def test_a_second_build_changes_nothing_and_removes_what_is_no_longer_part(small, tmp_path, monkeypatch):
    folder = tmp_path / "site"
    build_site(small, tmp_path, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    mine = folder / "my_notes.txt"
    mine.write_text("kept", encoding="utf-8")
    build_site(small, tmp_path, folder)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    monkeypatch.setattr(build, "claim_pages", lambda *_args: [])
    build_site(small, tmp_path, folder)
    assert not (folder / "claims" / "C1.html").exists()
    assert mine.read_text(encoding="utf-8") == "kept"


def test_a_list_of_files_that_names_others_removes_none_of_them(small, tmp_path):
    folder = tmp_path / "site"
    build_site(small, tmp_path, folder)
    victim = tmp_path / "victim.txt"
    victim.write_text("kept", encoding="utf-8")
    (folder / CONTENTS).write_text(
        json.dumps({"files": {"../victim.txt": "", str(victim): ""}}), encoding="utf-8"
    )
    build_site(small, tmp_path, folder)
    assert victim.exists()


def test_a_build_that_stopped_is_taken_up_again(small, tmp_path, monkeypatch):
    def stops(*_args):
        raise KeyboardInterrupt

    folder = tmp_path / "site"
    with monkeypatch.context() as stopped:
        stopped.setattr(build, "study_pages", stops)
        with pytest.raises(KeyboardInterrupt):
            build_site(small, tmp_path, folder)
    build_site(small, tmp_path, folder)
    assert (folder / "index.html").is_file()


@pytest.mark.parametrize("content", ["{", "[]", '{"files": 3}'])
def test_a_folder_with_other_things_is_refused(small, tmp_path, content):
    (tmp_path / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty and holds no site"):
        build_site(small, tmp_path, tmp_path)
    (tmp_path / CONTENTS).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="no list of a site's files"):
        build_site(small, tmp_path, tmp_path)


# What only a browser can show.


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(site):
    return site.as_uri()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_opens_offline_without_errors_and_axe_finds_nothing_serious(browser, address, kind):
    for scheme, width in (("light", 1200), ("dark", 390)):
        context = browser.new_context(
            offline=True, color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        watched = Watched(context)
        watched.page.goto(f"{address}/{kind}")
        assert watched.overflow() == 0
        assert watched.errors == []
        assert all(asked.startswith((address, "data:")) for asked in watched.requests)
        if scheme == "light" or kind in ("index.html", "trials.html"):
            assert serious(watched.page) == []
        context.close()


def test_trials_are_searched_filtered_and_sorted(browser, address, facts):
    context = browser.new_context(offline=True)
    page = Watched(context).page
    page.goto(f"{address}/trials.html")
    shown = page.locator("#trials tbody tr:visible")
    assert (
        page.locator("#count").inner_text()
        == f"{len(facts.review.studies)} of {len(facts.review.studies)} studies"
    )
    page.get_by_label("Design").select_option(facts.label("design", "rct_split_face"))
    assert shown.count() == (facts.review.studies["design"] == "rct_split_face").sum()
    page.get_by_label("Search").fill("ALAM 2014")
    assert shown.count() == 1
    page.get_by_role("button", name="Show all").click()
    page.wait_for_function("document.querySelectorAll('#trials tbody tr:not([hidden])').length > 100")
    page.get_by_label("Usable number").select_option("yes")
    usable = facts.effects.loc[facts.effects["included"], "study_id"].nunique()
    assert shown.count() == usable
    page.get_by_role("button", name="Show all").click()
    heading = page.get_by_role("button", name="Year")
    heading.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.locator("#trials th[aria-sort]").get_attribute("aria-sort") == "descending"
    years = [text for text in page.locator("#trials tbody td:nth-child(2)").all_inner_texts() if text.strip()]
    assert years == sorted(years, reverse=True)
    assert int(years[0]) == int(facts.review.studies["year"].max())
    context.close()


def test_a_reader_finds_the_number_its_rows_and_the_file(browser, address, facts):
    context = browser.new_context()
    page = Watched(context).page
    page.goto(f"{address}/index.html")
    page.get_by_role("link", name="C1 ").first.click()
    page.get_by_role("link", name="Q1b:").first.click()
    row = page.locator("#Q1b tbody tr").first
    row.get_by_role("link").nth(1).click()
    assert page.url.endswith("#Q1b")
    behind = page.locator("#Q1b td:last-child a").first
    key = behind.inner_text()
    behind.click()
    assert page.url.endswith(f"#row-{key}")
    page.go_back()
    page.go_back()
    with page.expect_download() as download:
        page.locator("#Q1b").get_by_role("link", name="effect sizes of this question (CSV)").click()
    table = pd.read_csv(download.value.path())
    assert set(table["question_id"]) == {"Q1b"}
    assert (table["included"] == "yes").sum() == facts.answers["Q1b"].effects.k
    context.close()


def test_the_keyboard_alone_reaches_the_content(browser, address):
    context = browser.new_context(offline=True)
    page = Watched(context).page
    page.goto(f"{address}/index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    context.close()


def test_the_trials_stand_there_without_scripts_and_print_without_the_menu(browser, address, facts):
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/trials.html")
    assert page.locator("#trials tbody tr").count() == len(facts.review.studies)
    assert page.locator("#filters").is_hidden()
    page.emulate_media(media="print")
    assert page.locator("header nav").is_hidden()
    context.close()

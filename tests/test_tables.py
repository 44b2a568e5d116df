"""The tables hold everything that was extracted, agree with their description, and keep their sources."""

from __future__ import annotations

import json

import frictionless
import pandas as pd
import pytest

from evidence.publish.data_docs import data_documents
from evidence.review import load
from evidence.tables.flow import flow, has_usable_row
from evidence.tables.found import KINDS, found
from evidence.tables.references import csl_items, render
from evidence.tables.schema import TABLES


# Counts of the extraction, taken when it was closed.
@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("studies", 164),
        ("arms", 304),
        ("outcomes", 403),
        ("contrasts", 184),
        ("reviews", 44),
        ("review_estimates", 83),
        ("review_trials", 11),
        ("scales", 12),
        ("overlaps", 7),
        ("claims", 10),
    ],
)
def test_no_row_was_lost(review, table, rows):
    assert len(getattr(review, table)) == rows


def test_statements_and_prices_together_are_all_236(review):
    keys = [*review.claims_evidence["evidence_id"], *review.prices["price_id"]]
    assert sorted(keys) == [f"E{number:03d}" for number in range(1, 237)]


def test_usable_rows_and_studies(review):
    assert (review.outcomes["usable"] == "yes").sum() == 179
    assert has_usable_row(review).sum() == 59


def test_the_record_that_is_a_review_is_not_analysed(review):
    study = review.studies.set_index("study_id").loc["jdd8585"]
    assert study["why_not"] == "not_a_study"
    assert "jdd8585" not in set(review.outcomes.loc[review.outcomes["usable"] == "yes", "study_id"])


# Sums over whole columns as they were extracted: a digit changed anywhere in them shows.
@pytest.mark.parametrize(
    ("table", "column", "total"),
    [
        ("outcomes", "mean", 1899.54),
        ("outcomes", "sd", 410.71),
        ("outcomes", "events", 3051),
        ("outcomes", "total", 5954),
        ("outcomes", "n", 11721),
        ("outcomes", "change_mean", 178.52),
        ("outcomes", "change_pct", 2948.13),
        ("studies", "n_enrolled", 7041),
        ("arms", "n_arm", 7612),
        ("arms", "sessions", 736),
        ("contrasts", "p_num", 10.4491),
        ("review_estimates", "estimate", 1167.932),
        ("review_estimates", "ci_low", 61.110),
        ("review_estimates", "ci_high", 183.604),
        ("claims_evidence", "value_num", 8615.83),
    ],
)
def test_column_totals(review, table, column, total):
    assert getattr(review, table)[column].sum() == pytest.approx(total, abs=1e-6)


def test_every_number_has_its_source_and_place(review):
    for table in ("outcomes", "contrasts", "review_estimates"):
        frame = getattr(review, table)
        assert frame["source"].str.startswith("http").all()
        assert frame["locator"].notna().all()


def test_agreement_is_blank_only_where_there_is_no_number(review):
    rows = review.outcomes.loc[review.outcomes["usable"] == "yes"]
    assert rows["agreement"].notna().all()


def test_claims_and_questions_are_all_there(review):
    assert review.claims["claim_id"].tolist() == [f"C{number}" for number in range(1, 11)]
    parents = {key.split(".")[0] for key in review.questions["question_id"]}
    assert parents == {
        *(f"Q1{letter}" for letter in "abcdefghin"),
        *("Q2", "Q3a", "Q3b", "Q4a", "Q4b", "Q4c", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10"),
    }
    assert set(review.questions["claim_id"]) == set(review.claims["claim_id"])


def test_flow_adds_up(review):
    counts = flow(review)
    assert counts.records == counts.not_studies + sum(counts.not_eligible.values()) + counts.eligible
    assert counts.eligible == sum(counts.unusable.values()) + counts.usable
    assert counts.usable == 59


def test_found_counts_each_source_once(review):
    table = found(review)
    assert len(table) == len(review.claims) * len(KINDS)
    assert (table["usable"] <= table["count"]).all()
    row = table.set_index(["claim_id", "column"]).loc[("C1", "Randomised, against no treatment or sham")]
    assert (row["count"], row["usable"]) == (1, 1)


def test_generated_documents_are_in_step(review):
    for path, content in data_documents(review).items():
        assert path.read_text(encoding="utf-8") == content, f"{path.name}: run `evidence review`"


def test_datapackage_is_valid_and_names_every_column(review):
    descriptor = json.loads((review.folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        fields = [field["name"] for field in resource["schema"]["fields"]]
        assert fields == list(TABLES[resource["name"]].to_schema().columns)
    report = frictionless.Package(str(review.folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["type", "rowNumber", "fieldName", "note"])


def test_pandera_and_frictionless_agree_on_a_bad_cell(review, tmp_path):
    for path in review.folder.glob("*"):
        if path.suffix in {".csv", ".json"}:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    arms = tmp_path / "arms.csv"
    arms.write_text(
        arms.read_text(encoding="utf-8").replace(",mn_insulin,", ",mn_unknown,", 1), encoding="utf-8"
    )
    report = frictionless.Package(str(tmp_path / "datapackage.json")).validate()
    found_by_frictionless = report.flatten(["rowNumber", "fieldName"])
    assert found_by_frictionless == [[2, "treatment"]]
    with pytest.raises(Exception, match=r"arms.csv, row 2, column treatment, value 'mn_unknown'"):
        load(tmp_path)


def test_references_render_what_was_printed_and_nothing_else(review):
    [alam] = render(review, ["alam2014"])
    assert alam.startswith("1. Alam M, Han S, Pongprutthipan M")
    assert "2014" in alam
    assert "10.1001/jamadermatol.2013.8687" in alam
    items = {item["id"]: item for item in csl_items(review)}
    assert len(items) == 164 + 44
    # Its author and year were not printed in what was read.
    assert "author" not in items["pmid25196684"]
    assert "issued" not in items["pmid25196684"]


def test_unknown_reference_is_named_with_the_nearest(review):
    with pytest.raises(ValueError, match="Did you mean 'alam2014'"):
        render(review, ["alam2015"])


def test_tables_are_of_their_declared_types(review):
    for name, model in TABLES.items():
        frame = getattr(review, name)
        for column, field in model.to_schema().columns.items():
            is_number = pd.api.types.is_numeric_dtype(frame[column])
            assert is_number == str(field.dtype).startswith("float"), (name, column)

"""A simulated trial, and ways to add it to a copy of the tables. No trial of this name exists."""

from __future__ import annotations

import csv
from pathlib import Path

from typer.testing import CliRunner

from evidence.cli import app
from evidence.living.add import add, examine
from evidence.living.changelog import Entry
from evidence.living.filled import read_template
from evidence.living.remove import removal, remove
from evidence.review import load

SOURCE = "https://example.org/sim2027"
STUDY = {
    "studies.study_id": "sim2027",
    "studies.label": "Sim 2027",
    "studies.author_certainty": "printed",
    "studies.title": "A simulated trial of platelets, made up for a test",
    "studies.design": "rct_parallel",
    "studies.randomised": "yes",
    "studies.split_face": "no",
    "studies.blinding": "assessor_blinded",
    "studies.n_enrolled": "60",
    "studies.population": "facial_acne_scars",
    "studies.needling": "mn",
    "studies.retracted": "no",
    "studies.source_level": "abstract",
    "studies.source": SOURCE,
}
PLACE = {"outcomes.source": SOURCE, "outcomes.locator": "abstract"}
Cells = dict[str, str]


def arm(letter: str, treatment: str) -> Cells:
    return {
        "arms.arm_id": letter,
        "arms.arm_kind": "arm",
        "arms.treatment": treatment,
        "arms.needling": "mn",
        "arms.treatment_detail": "needling, 3 sessions",
        "arms.n_arm": "30",
    }


def score(kind: str, mean: str, sd: str) -> Cells:
    visit = ("baseline", "baseline") if kind == "baseline" else ("3 months", "yes")
    return PLACE | {
        "outcomes.outcome": "gb_quantitative",
        "outcomes.scale_name": "Goodman-Baron quantitative",
        "outcomes.higher_is": "worse",
        "outcomes.timepoint_label": visit[0],
        "outcomes.value_kind": kind,
        "outcomes.n": "30",
        "outcomes.mean": mean,
        "outcomes.sd": sd,
        "outcomes.primary_time": visit[1],
        "outcomes.usable": "yes",
    }


def comparison() -> Cells:
    return {
        "contrasts.arm_id_1": "a",
        "contrasts.arm_id_2": "b",
        "contrasts.contrast_type": "between_arm",
        "contrasts.outcome": "gb_quantitative",
        "contrasts.scale_name": "Goodman-Baron quantitative",
        "contrasts.effect_measure": "p_only",
        "contrasts.p_value": "0.002",
        "contrasts.paired": "no",
        "contrasts.direction": "favours mn_prp",
        "contrasts.source": SOURCE,
        "contrasts.locator": "abstract",
    }


def trial() -> list[Cells]:
    """Return the rows of the simulated trial's template: two arms, four numbers, one comparison."""
    return [
        STUDY | arm("a", "mn_prp") | score("baseline", "16.1", "3.2"),
        score("final", "8.0", "2.9"),
        arm("b", "mn") | score("baseline", "16.0", "3.1"),
        score("final", "10.5", "3.0"),
        comparison(),
    ]


def write_rows(path: Path, rows: list[Cells]) -> Path:
    """Write rows as a spreadsheet would: a header of every column that is used, blanks elsewhere."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(*arguments: str | Path, typed: str | None = None):
    return CliRunner().invoke(app, [str(each) for each in arguments], input=typed)


def put(folder: Path, rows: list[Cells], day: str | None = None) -> Entry:
    """Add rows without the command line, which also compares before and after."""
    review = load(folder)
    draft, problems = read_template(write_rows(folder.parent / "trial.csv", rows))
    examine(review, draft, problems)
    return add(review, draft, day=day)


def take_back(folder: Path, study_id: str = "sim2027", day: str | None = None) -> Entry | None:
    review = load(folder)
    return remove(review, removal(review, study_id), day=day)

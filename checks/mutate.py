"""Change single cells of data/ and see what notices: a rule, a suspicion, or a number that is printed.

Only cells behind an effect that enters a question are changed, each in every way a slip could change it. A
slip that goes unnoticed in a cell that may as well hold twice, half or a tenth more of its number, without a
printed number changing, enters none; it is kept apart. Run it from the project's folder:

    python checks/mutate.py                 # a sample, into checks/mutation.csv
    python checks/mutate.py --most 0        # all of them, which takes a quarter of an hour

The rules and suspicions speak when the tables are loaded. A printed number is an estimate with its interval,
a count of people or a finding: notebooks hold them, and their stored outputs are compared in the tests.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import math
import random
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

import evidence as ev
from evidence.effects.assemble import KINDS
from evidence.errors import DataError, EvidenceError, ScaleWarning
from evidence.publish.exchange.long_table import effects_long
from evidence.publish.site.numbers import effect
from evidence.publish.site.rows import behind
from evidence.synthesis.answer import Answer

DATA = Path(__file__).resolve().parents[1] / "data"
RESULT = Path(__file__).with_name("mutation.csv")
COLUMNS = (
    "table",
    "key",
    "column",
    "was",
    "becomes",
    "slip",
    "rule",
    "suspicion",
    "number",
    "noticed",
    "enters",
)
KEYS = {"outcomes": "result_id", "contrasts": "contrast_id", "studies": "study_id"}
NUMBERS = {
    "outcomes": ("n", "mean", "sd", "change_mean", "change_sd", "events", "total"),
    "contrasts": ("estimate", "ci_low", "ci_high"),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed cell, or a pair of cells that change places."""

    table: str
    key: str
    column: str
    was: str
    becomes: str
    slip: str
    study: str
    partner: str = ""


def mutants(review: ev.Review) -> list[Mutant]:
    """Return every slip of every cell behind an effect that enters a question."""
    effects = effects_long(review, ev.answers(review))
    entered = effects.loc[effects["included"]].to_dict("records")
    rows = {key: row["study_id"] for row in entered for key in behind(review, row)}
    found: list[Mutant] = []
    for table, columns in NUMBERS.items():
        cells = {row[KEYS[table]]: row for row in records(DATA / f"{table}.csv")}
        for key, study in rows.items():
            for column in columns if key in cells else ():
                found += [
                    Mutant(table, key, column, cells[key][column], value, slip, study)
                    for slip, value in slips(column, cells[key])
                ]
            if table == "outcomes" and key in cells:
                found += exchanged(cells, key, study)
    years = {row["study_id"]: row["year"] for row in records(DATA / "studies.csv")}
    for study in sorted(set(rows.values())):
        if years[study]:
            later = str(int(years[study]) - 1)
            found.append(Mutant("studies", study, "year", years[study], later, "year changed", study))
    return list(dict.fromkeys(found))


def slips(column: str, row: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what a hand could have typed instead of a number."""
    text = row[column]
    try:
        value = float(text)
    except ValueError:
        return
    for i, (one, other) in enumerate(itertools.pairwise(text)):
        if one.isdigit() and other.isdigit() and one != other:
            yield "digits swapped", text[:i] + other + one + text[i + 2 :]
            break
    if "." in text:
        yield "decimal moved", f"{10 * value:.10g}"
        yield "decimal moved", f"{value / 10:.10g}"
    if column in ("sd", "change_sd") and row.get("n"):
        yield "SE for SD", f"{value / math.sqrt(float(row['n'])):.3g}"
    if column in ("events", "total", "n"):
        yield "off by one", f"{value + 1:g}"
        yield "off by one", f"{value - 1:g}"
    if column == "events" and row.get("total"):
        yield "percent for count", f"{100 * value / float(row['total']):.0f}"
    if column in ("mean", "change_mean", "estimate", "ci_low", "ci_high") and value:
        yield "sign flipped", f"{-value:g}"


def exchanged(cells: dict[str, dict[str, str]], key: str, study: str) -> list[Mutant]:
    """Return the numbers of a row in the place of those of the other arm."""
    mine = cells[key]
    alike = ("study_id", "outcome", "scale_name", "timepoint_label", "value_kind", "threshold")
    for other, row in cells.items():
        if other > key and all(row[name] == mine[name] for name in alike) and row["arm_id"] != mine["arm_id"]:
            for column in ("mean", "events", "change_mean"):
                if mine[column] and row[column] and mine[column] != row[column]:
                    slip = "arms exchanged"
                    return [Mutant("outcomes", key, column, mine[column], row[column], slip, study, other)]
    return []


def records(path: Path) -> list[dict[str, str]]:
    """Return a table as text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def changed_text(path: Path, mutant: Mutant) -> str:
    """Return a table with the mutant in it."""
    rows = records(path)
    places = {row[KEYS[mutant.table]]: row for row in rows}
    places[mutant.key][mutant.column] = mutant.becomes
    if mutant.partner:
        places[mutant.partner][mutant.column] = mutant.was
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def of_effects(review: ev.Review) -> dict[str, Answer]:
    """Answer every question that effect sizes answer."""
    return {each.id: ev.answer(review, each.id) for each in review.all_questions() if each.kind in KINDS}


def printed(
    review: ev.Review, study: str, found: Mapping[str, Answer], *, entered_only: bool
) -> list[tuple[str, ...]]:
    """Return what is printed of the answers that a study has a part in, or of all that are handed in."""
    lines = []
    for key, answer in found.items():
        rows = effects_long(review, {key: answer})
        mine = rows.loc[(rows["study_id"] == study) & rows["included"]]
        if entered_only and mine.empty:
            continue
        said = [f"{effect(answer, row)} {row['n']} {row['reason']}" for row in mine.to_dict("records")]
        lines.append((key, answer.finding(), *said))
    return lines


def judged(mutants_of_a_part: list[Mutant]) -> list[tuple[object, ...]]:
    """Put each mutant into a copy of the tables, and see what notices."""
    whole = ev.load(DATA)
    found = of_effects(whole)
    known: dict[str, list[tuple[str, ...]]] = {}
    done = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        shutil.copytree(DATA, folder)
        for mutant in mutants_of_a_part:
            path = folder / f"{mutant.table}.csv"
            before = path.read_bytes()
            if mutant.study not in known:
                known[mutant.study] = printed(whole, mutant.study, found, entered_only=True)
            path.write_text(changed_text(path, mutant), encoding="utf-8")
            flags = noticed(folder, mutant.study, known[mutant.study])
            path.write_bytes(before)
            enters = any(flags)
            for other in () if enters else others(mutant):
                path.write_text(changed_text(path, other), encoding="utf-8")
                enters = enters or noticed(folder, mutant.study, known[mutant.study])[2]
                path.write_bytes(before)
            done.append(_row(mutant, *flags, enters))
    return done


def noticed(folder: Path, study: str, before: list[tuple[str, ...]]) -> tuple[bool, bool, bool]:
    """Say whether a rule, a suspicion and a printed number notice."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            review = ev.load(folder)
        except DataError:
            return True, False, False
        doubted = any(issubclass(each.category, ScaleWarning) for each in caught)
        try:
            found = {line[0]: ev.answer(review, line[0]) for line in before}
            return False, doubted, printed(review, study, found, entered_only=False) != before
        except EvidenceError:
            return False, doubted, True


def others(mutant: Mutant) -> Iterator[Mutant]:
    """Yield the cell with other numbers, one of which changes whatever the cell enters."""
    for factor in (2, 0.5, 1.1):
        yield replace(mutant, becomes=f"{factor * float(mutant.was):g}", partner="")


def _row(mutant: Mutant, rule: bool, suspicion: bool, number: bool, enters: bool) -> tuple[object, ...]:
    any_of_them = rule or suspicion or number
    flags = ["yes" if flag else "no" for flag in (rule, suspicion, number, any_of_them, enters)]
    cell = (mutant.table, mutant.key, mutant.column, mutant.was, mutant.becomes, mutant.slip)
    return (*cell, *flags)


def run(most: int, seed: int, workers: int) -> pd.DataFrame:
    """Judge a sample of the mutants (all of them for 0), in the order of the tables."""
    found = mutants(ev.load(DATA))
    chosen = found if not 0 < most < len(found) else random.Random(seed).sample(found, most)
    chosen = sorted(chosen, key=lambda each: (each.study, each.key, each.column, each.becomes))
    parts = [chosen[i::workers] for i in range(workers)]
    with ProcessPoolExecutor(workers) as pool:
        rows = [row for part in pool.map(judged, parts) for row in part]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(list(COLUMNS[:5]), ignore_index=True)
    table.attrs["of"] = len(found)
    return table


def summary(table: pd.DataFrame) -> str:
    """Return the shares noticed by kind of slip."""
    apart = (table["enters"] == "no").sum()
    table = table.loc[table["enters"] == "yes"]
    flags = table.assign(**{name: table[name] == "yes" for name in COLUMNS[6:]})
    flags["at once"] = flags["rule"] | flags["suspicion"]
    shares = flags.groupby("slip").agg(
        mutants=("slip", "size"),
        at_once=("at once", "mean"),
        number=("number", "mean"),
        noticed=("noticed", "mean"),
    )
    lines = [
        f"{slip}: {row.mutants:.0f} mutants, {row.noticed:.0%} noticed ({row.at_once:.0%} when loaded)"
        for slip, row in shares.iterrows()
    ]
    whole = f"all: {len(table)} mutants, {flags['noticed'].mean():.1%} noticed"
    return "\n".join([*lines, f"{whole}; {apart} more in cells that enter no number"])


def main() -> None:
    """Run, print the shares, and store every mutant with what noticed it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=400, help="how many mutants, 0 for all")
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--to", type=Path, default=RESULT)
    asked = parser.parse_args()
    table = run(asked.most, asked.seed, asked.workers)
    table.to_csv(asked.to, index=False, lineterminator="\n")
    print(f"A sample of {len(table)} of {table.attrs['of']} mutants, seed {asked.seed}.")
    print(summary(table))
    missed = table.loc[
        (table["noticed"] == "no") & (table["enters"] == "yes"),
        ["table", "key", "column", "was", "becomes", "slip"],
    ]
    print("Not noticed:\n" + missed.to_string(index=False) if len(missed) else "All were noticed.")


if __name__ == "__main__":
    main()

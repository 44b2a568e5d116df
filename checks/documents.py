"""Renew the computed parts of docs/trust.md from what the checks have stored.

python checks/documents.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from evidence.files import write_whole
from evidence.publish.generated import markdown_table, replace_in

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fuzz import commands, judge, questions  # noqa: E402

CHECKS, GOLDEN, DOCS = ROOT / "checks", ROOT / "tests" / "golden", ROOT / "docs"
DIVERGENCES = "known_divergences.json"


def references() -> str:
    """Count the cases that R's packages answered, and the fields in which this package differs on purpose."""
    counts = []
    for path in sorted(GOLDEN.glob("*.json")):
        if path.name != DIVERGENCES:
            cases = json.loads(path.read_text(encoding="utf-8"))
            counts.append((f"`{path.name}`", len(cases)))
    whole = sum(count for _, count in counts)
    differing = len(divergences())
    said = f"{whole} cases in {len(counts)} files; {differing} of their numbers differ for a written reason."
    return f"{markdown_table(['reference results', 'cases'], counts)}\n{said}"


def divergences() -> list[dict[str, object]]:
    """Return every number that differs from a peer's on purpose."""
    return json.loads((GOLDEN / DIVERGENCES).read_text(encoding="utf-8"))


def r_twin() -> str:
    """Say how far R agreed when it was last asked."""
    found = pd.read_csv(CHECKS / "r_agreement.csv")
    worst = found.loc[found.groupby("question", sort=False)["difference"].idxmax()]
    rows = [
        (
            row.question,
            (found["question"] == row.question).sum(),
            f"{row.difference:.0e}",
            f"{row.tolerance:.0e}",
            row.limited_by,
        )
        for row in worst.itertuples()
    ]
    names = ["script", "numbers", "worst difference", "allowed", "what limits it"]
    agreeing = (found["agrees"] == "yes").sum()
    return f"{markdown_table(names, rows)}\nR agrees in {agreeing} of {len(found)} numbers."


def mutation() -> str:
    """Say which slips were noticed when they were last tried."""
    found = pd.read_csv(CHECKS / "mutation.csv", dtype=str, keep_default_na=False)
    entering = found.loc[found["enters"] == "yes"]
    flags = entering.assign(
        **{name: entering[name] == "yes" for name in ("rule", "suspicion", "number", "noticed")}
    )
    flags["loaded"] = flags["rule"] | flags["suspicion"]
    rows = [
        (slip, len(part), f"{part['noticed'].mean():.0%}", f"{part['loaded'].mean():.0%}")
        for slip, part in flags.groupby("slip")
    ]
    rows.append(("all", len(flags), f"{flags['noticed'].mean():.1%}", f"{flags['loaded'].mean():.1%}"))
    names = ["slip", "tried", "noticed", "when the tables are loaded"]
    missed = entering.loc[entering["noticed"] == "no"]
    listed = [
        f"- {row.table}.csv, {row.key}, {row.column}: {row.was} typed as {row.becomes} ({row.slip})"
        for row in missed.itertuples()
    ]
    apart = (
        f"{len(found) - len(entering)} more slips were tried in cells that enter no printed number: it would"
        " not change with twice, half or a tenth more in the cell either."
    )
    missing = "\n".join(["", "", "Not noticed:", "", *listed]) if listed else ""
    return f"{markdown_table(names, rows)}\n{apart}{missing}"


def code_mutation() -> str:
    """Say which changes to the code a test noticed when they were last tried."""
    found = pd.read_csv(CHECKS / "code_mutation.csv", dtype=str, keep_default_na=False)
    explained = (found["result"] == "survived") & (found["reason"] != "")
    found["fate"] = found["result"].mask(explained, "explained")
    fates = ["killed", "explained", "survived"]
    counts = pd.crosstab(found["module"], found["fate"]).reindex(columns=fates, fill_value=0)
    rows = [(f"`{name}`", sum(row), *row) for name, *row in counts.itertuples()]
    rows.append(("all", len(found), *counts.sum()))
    days = f"Tried from {found['tried'].min()} to {found['tried'].max()}."
    return f"{markdown_table(['module', 'tried', *fates], rows)}\n{days}"


def fuzzing() -> str:
    """Say what inputs nobody would type came to when they were last handed in."""
    found = pd.read_csv(CHECKS / "fuzzing.csv")
    counts = ["inputs", "results", "refusals", "findings"]
    rows = [
        (f"`{row.target}`", row.about, *(f"{getattr(row, name):,}" for name in counts), _days(row))
        for row in found.itertuples()
    ]
    said = f"{found['findings'].sum():,} findings in {found['inputs'].sum():,} inputs."
    remarks = [f"`{row.target}`: {row.remark}" for row in found.dropna(subset=["remark"]).itertuples()]
    slow, refused = ", ".join(commands.SLOW), ", ".join(commands.REFUSED)
    limits = (
        f"An input may take {judge.LONGEST:g} seconds of the processor, a question {questions.LONGEST:g},"
        f" whose tables are loaded first, a command {commands.LONGEST:g}. Of the lines that name a slow"
        f" command ({slow}, a list of figures), one of {commands.SELDOM} asks for it in earnest, the"
        f" others for what it must refuse; {refused} are asked only for that."
    )
    table = markdown_table(["target", "an input is", *counts, "last run"], rows)
    return "\n\n".join(["\n".join([table, said]), limits, *remarks])


def _days(row: NamedTuple) -> str:
    return row.date if row.since == row.date else f"{row.since} to {row.date}"


def crashes() -> str:
    """Say what commands left behind that were killed when that was last tried."""
    found = pd.read_csv(CHECKS / "crash.csv")
    names = ["kills", "changed_some", "while_writing", "second_runs", "findings"]
    heads = ["command", "kills", "after a first file", "in a write", "second runs", "findings", "last run"]
    rows = [
        (f"`evidence {row.command}`", *(getattr(row, name) for name in names), row.date)
        for row in found.itertuples()
    ]
    return markdown_table(heads, rows)


def environments() -> str:
    """Say under which Pythons and versions the tests were run, and what came of it."""
    found = pd.read_csv(CHECKS / "environments.csv", dtype=str, keep_default_na=False)
    names = [name for name in found if name not in ("which", "minutes")]
    return markdown_table(["Python", *names[1:]], found[names].itertuples(index=False, name=None))


def benchmarks() -> str:
    """Say how long each task took in each package, and how many times as long as here."""
    found = pd.read_csv(CHECKS / "benchmarks.csv", dtype={"version": str, "same": str}, keep_default_na=False)
    packages = list(dict.fromkeys(found["package"]))
    rows = []
    for words, task in found.groupby("words", sort=False):
        cells = {row.package: _time(row) for row in task.itertuples()}
        rows.append((words, *(cells.get(package, "") for package in packages)))
    versions = found.drop_duplicates("package").set_index("package")["version"]
    named = ", ".join(f"{package} {versions[package]}" for package in packages)
    large = found.loc[found["megabytes"] != ""]
    memory = ", ".join(f"{row.package} {row.megabytes} MB" for row in large.itertuples())
    said = [
        markdown_table(["", *packages], rows),
        f"Medians in milliseconds; in brackets how many times as long as here. {named}.",
        f"{found['machine'].iloc[0]}, {found['date'].iloc[0]}.",
        f"{large['words'].iloc[0]}: the peak of memory rose by {memory}.",
    ]
    return "\n\n".join(said)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}"


def _time(row: NamedTuple) -> str:
    shown = _short(float(row.milliseconds))
    if row.package != "evidence":
        shown += f" ({_short(float(row.ratio))})"
    return shown + (" other number" if row.same == "no" else "")


BLOCKS = {
    "benchmarks.md": {"benchmarks": benchmarks},
    "trust.md": {
        "references": references,
        "r-twin": r_twin,
        "mutation": mutation,
        "code-mutation": code_mutation,
        "fuzzing": fuzzing,
        "crashes": crashes,
        "environments": environments,
    },
}


def renewed(name: str) -> str:
    """Return a document with its computed parts as they should be."""
    path = DOCS / name
    text = path.read_text(encoding="utf-8")
    for block, content in BLOCKS[name].items():
        text = replace_in(text, block, content(), path)
    return text


def main() -> None:
    """Renew every document, and say which changed."""
    for name in BLOCKS:
        changed = write_whole(DOCS / name, renewed(name))
        print(f"docs/{name}: {'renewed' if changed else 'as it was'}")


if __name__ == "__main__":
    main()

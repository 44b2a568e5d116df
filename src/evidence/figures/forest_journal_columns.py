"""Which columns a journal's forest plot has, in which order and under which headings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence.arguments import option
from evidence.figures.forest_arms import GROUPS, ArmCell, arm_cells, counted, refuse_missing
from evidence.figures.forest_journal import Journal
from evidence.figures.forest_journal_words import bracketed, measure_heading, total_label
from evidence.figures.forest_layout import HEADINGS
from evidence.figures.forest_rows import Plan, Row, known_columns


@dataclass(frozen=True, slots=True)
class Field:
    """A column of text: its heading, and the heading it shares with its neighbours."""

    name: str
    heading: str
    over: str = ""
    align: str = "right"


@dataclass(frozen=True, slots=True)
class Fields:
    """The columns left of the plot, without the labels, and right of it."""

    before: tuple[Field, ...]
    after: tuple[Field, ...]

    @property
    def every(self) -> tuple[Field, ...]:
        """All of them."""
        return self.before + self.after


def with_groups(plan: Plan, journal: Journal, asked: Sequence[str] | None, *, short: bool) -> Plan:
    """Settle the columns: those asked for, or what the journal shows of the two groups.

    Where the table does not hold what the groups are written from, the number of people stands in; `short`
    leaves both out, as on a slide.
    """
    effects, table = plan.effects, plan.studies
    cells = arm_cells(journal, table, effects.measure, effects.scale)
    if asked is None:
        people = [*cells] or ["n"] * bool(table["n"].notna().any())
        wanted = [*([] if short else people), "estimate", *["weight"] * bool(table["_weight"].notna().any())]
    else:
        wanted = list(dict.fromkeys(asked))
        for name in wanted:
            option("columns", name, [*GROUPS, *known_columns(effects)])
        if not cells and set(wanted) & set(GROUPS):
            refuse_missing(journal, effects.measure, effects.scale)
    made = {
        f"{group}.{i}": cell
        for group, of_group in cells.items()
        if group in wanted
        for i, cell in enumerate(of_group)
    }
    columns = [each for name in wanted for each in (_of_group(name, made) or [name])]
    return replace(plan, columns=tuple(columns), made=made)


def _of_group(name: str, made: Mapping[str, ArmCell]) -> list[str]:
    return [each for each in made if name in GROUPS and each.startswith(f"{name}.")]


def fields(journal: Journal, plan: Plan, headings: Mapping[str, str]) -> Fields:
    """Return the columns in the journal's order."""
    own = [name for name in plan.columns if name not in plan.made]
    for name in headings:
        option("headings", name, ("label", *GROUPS[: 2 if plan.made else 0], *own))
    known = {"n": journal.people, "weight": "Weight, %" if journal.name == "JAMA" else "Weight (%)"}
    words = HEADINGS | known | {"estimate": measure_heading(journal, plan)} | dict(headings)
    first = [
        _field(journal, plan, name, words) for name in plan.columns if name not in ("estimate", "weight")
    ]
    tail = {name: Field(name, words[name]) for name in ("estimate", "weight") if name in plan.columns}
    before = [*first, *(tail[name] for name in journal.before if name in tail)]
    return Fields(tuple(before), tuple(tail[name] for name in journal.after if name in tail))


def _field(journal: Journal, plan: Plan, name: str, words: Mapping[str, str]) -> Field:
    if name not in plan.made:
        plain = name not in ("n", "design", "route")
        align = "left" if plain else "right" if name == "n" else "center"
        return Field(name, words.get(name, name), align=align)
    heading, group = plan.made[name].piece.heading, name.partition(".")[0]
    if plan.axis.percent:  # shares are of one group
        return Field(name, heading, words.get(group, ""))
    arm = words.get(group, journal.arms[GROUPS.index(group)])
    if journal.arm_over:
        return Field(name, heading, arm)
    return Field(name, arm, heading, align="center")


def in_house_words(journal: Journal, plan: Plan, rows: Sequence[Row]) -> list[Row]:
    """Return the rows with the labels and the intervals that the journal writes."""
    changed = []
    for row in rows:
        if row.kind == "pooled":
            row = replace(row, label=total_label(journal, plan, overall=row.overall))
        elif row.kind == "prediction":
            row = replace(row, label=row.label.replace(" %", "%"))
        elif row.kind == "excluded" and not np.isfinite(row.yi):
            row = replace(row, cells={})  # its reason takes the room of the numbers it does not have
        if journal.brackets and "estimate" in row.cells and np.isfinite([row.yi, row.low, row.high]).all():
            row = replace(row, cells={**row.cells, "estimate": bracketed(plan, row)})
        changed.append(row)
    return changed


def reversed_scales(plan: Plan) -> str:
    """Name the studies whose scores were reversed, so that means and estimate agree for the reader."""
    table = plan.studies
    if counted(plan.effects.measure, plan.effects.scale) or not plan.made or "higher_is" not in table.columns:
        return ""
    worse = table.loc[table["included"] & (table["higher_is"] == "worse"), "label"]
    if worse.empty:
        return ""
    whose = "all studies" if len(worse) == plan.effects.k else ", ".join(worse)
    return f"Higher scores are worse, so the sign of the difference was reversed: {whose}"

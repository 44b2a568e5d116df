"""What must hold between cells, rows and tables; one small function a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from evidence.arguments import nearest
from evidence.errors import Problem, brief
from evidence.tables.fields import by_line
from evidence.tables.rules_judgement import JUDGEMENT_RULES
from evidence.tables.rules_prisma import PRISMA_RULES
from evidence.tables.schema import KEYS, LIST_SEPARATOR, TABLES

Frames = Mapping[str, pd.DataFrame]
MOST_LISTED = 25
SAME_KEY = "this key stands already in row"


def problems(frames: Frames) -> list[Problem]:
    """Return every breach of a rule, in the order of the tables and their lines.

    The rules on judgements and on the PRISMA diagram follow links between tables, and are asked once these
    are sound.
    """
    found = [problem for rule in RULES for problem in rule(frames)]
    linked = (*JUDGEMENT_RULES, *PRISMA_RULES)
    found = found or [problem for rule in linked for problem in rule(frames)]
    order = {f"{name}.csv": position for position, name in enumerate(TABLES)}
    return sorted(found, key=lambda p: (order[p.file], p.row or 0))


def _problem(table: str, line: Any, column: str, value: Any, remedy: str) -> Problem:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return Problem(f"{table}.csv", int(line), column, None if pd.isna(value) else str(value), remedy)


def _items(cell: str, many: bool) -> list[str]:
    return cell.split(LIST_SEPARATOR) if many else [cell]


def _keys_are_unique(frames: Frames) -> Iterator[Problem]:
    for name, key in KEYS.items():
        again = frames[name].duplicated(list(key))
        if not again.any():
            continue
        frame = frames[name][list(key)].astype(object).fillna("")
        for line, row in frame.loc[again].iterrows():
            value = ", ".join(str(cell) for cell in row if cell != "")
            same = frame.loc[(frame == row).all(axis=1)]
            remedy = f"{SAME_KEY} {same.index[0]}; every row needs its own."
            yield _problem(name, line, " + ".join(key), value, remedy)


def _references_exist(frames: Frames) -> Iterator[Problem]:
    vocabularies = frames["codes"].groupby("vocabulary")["code"].agg(list).to_dict()
    for name, model in TABLES.items():
        for column, field in model.to_schema().columns.items():
            yield from _dangling(frames, vocabularies, name, frames[name][column], field.metadata or {})


def _dangling(
    frames: Frames,
    vocabularies: Mapping[str, list[str]],
    name: str,
    cells: pd.Series,
    metadata: Mapping[str, Any],
) -> Iterator[Problem]:
    """Yield the cells of a column that name a code or a key which does not exist."""
    if "vocabulary" in metadata:
        known = vocabularies.get(metadata["vocabulary"], [])
        where = f"vocabulary {metadata['vocabulary']} in codes.csv"
    elif "refers_to" in metadata:
        target = metadata["refers_to"]
        known = frames[target][KEYS[target][0]].tolist()
        where = f"{target}.csv"
    else:
        return
    yield from _unknown(name, cells, set(known), where, metadata["many"])


def _unknown(table: str, cells: pd.Series, known: set[str], where: str, many: bool) -> Iterator[Problem]:
    filled = cells.dropna()
    if known.issuperset(item for cell in set(filled) for item in _items(cell, many)):
        return
    for line, cell in filled.items():
        for item in _items(cell, many):
            if item not in known:
                hint = nearest(item, sorted(known))
                few = f" It has {', '.join(sorted(known))}." if not hint and len(known) <= MOST_LISTED else ""
                remedy = f"{brief(item)!r} is not in the {where}.{hint}{few}"
                yield _problem(table, line, str(cells.name), cell, remedy)


def _arms_exist(frames: Frames) -> Iterator[Problem]:
    known = set(zip(frames["arms"]["study_id"], frames["arms"]["arm_id"], strict=True))
    for line, row in by_line(frames["outcomes"]):
        if (row["study_id"], row["arm_id"]) not in known:
            remedy = f"{row['study_id']} has no arm {row['arm_id']!r} in arms.csv."
            yield _problem("outcomes", line, "arm_id", row["arm_id"], remedy)
    for line, row in by_line(frames["contrasts"]):
        for column in ("arm_id_1", "arm_id_2"):
            for arm in row[column].split("+"):
                if arm != "baseline" and (row["study_id"], arm) not in known:
                    remedy = f"{row['study_id']} has no arm {arm!r} in arms.csv."
                    yield _problem("contrasts", line, column, row[column], remedy)


_ORDERED = (
    ("outcomes", "events", "total", "more events than people; the total must be at least as large"),
    ("claims_evidence", "events", "total", "more events than people; the total must be at least as large"),
    ("review_trials", "events1", "total1", "more events than people; the total must be at least as large"),
    ("review_trials", "events2", "total2", "more events than people; the total must be at least as large"),
    ("outcomes", "iqr_low", "iqr_high", "the first quartile is above the third"),
    ("outcomes", "scale_min", "scale_max", "the lowest value of the scale is above the highest"),
    ("scales", "min", "max", "the lowest value of the scale is above the highest"),
    ("contrasts", "ci_low", "ci_high", "the lower confidence limit is above the upper"),
    ("claims_evidence", "ci_low", "ci_high", "the lower confidence limit is above the upper"),
    ("claims_evidence", "value_low", "value_high", "the lower end of the range is above the upper"),
    ("review_estimates", "ci_low", "ci_high", "the lower confidence limit is above the upper"),
    ("review_trials", "ci_low", "ci_high", "the lower confidence limit is above the upper"),
    ("prices", "price_low", "price_high", "the lower end of the range is above the upper"),
    ("studies", "n_analysed", "n_enrolled", "more people analysed than enrolled"),
    ("studies", "female_n", "n_enrolled", "more women than people enrolled"),
)


def _pairs_are_ordered(frames: Frames) -> Iterator[Problem]:
    for table, low, high, wrong in _ORDERED:
        frame = frames[table]
        for line, row in frame.loc[frame[low] > frame[high], [low, high]].iterrows():
            yield _problem(table, line, low, row[low], f"{wrong} ({high} is {row[high]:g}).")


_WHOLE = {
    "studies": ("n_enrolled", "n_analysed", "female_n", "year", "year_candidate"),
    "arms": ("n_arm", "sessions"),
    "outcomes": ("n", "events", "total", "count_printed"),
    "claims_evidence": ("events", "total"),
    "review_estimates": ("k_studies", "n_participants"),
    "reviews": ("n_studies", "n_participants", "year"),
}
_NOT_WHOLE = "a count must be a whole number."


def _counts_are_whole(frames: Frames) -> Iterator[Problem]:
    for table, columns in _WHOLE.items():
        for column in columns:
            cells = frames[table][column].dropna()
            for line, value in cells.loc[cells % 1 != 0].items():
                yield _problem(table, line, column, value, _NOT_WHOLE)


def _baseline_has_no_time(frames: Frames) -> Iterator[Problem]:
    frame = frames["outcomes"]
    wrong = (frame["value_kind"] == "baseline") & (frame["timepoint_weeks"] > 0)
    for line, row in by_line(frame.loc[wrong]):
        remedy = "a baseline row lies at week 0; for a later visit write value_kind 'final'."
        yield _problem("outcomes", line, "timepoint_weeks", row["timepoint_weeks"], remedy)


def _values_fit_their_scale(frames: Frames) -> Iterator[Problem]:
    frame = frames["outcomes"]
    for column in ("mean", "median"):
        off = (frame[column] < frame["scale_min"]) | (frame[column] > frame["scale_max"])
        for line, row in by_line(frame.loc[off]):
            remedy = f"outside the scale, which runs from {row['scale_min']:g} to {row['scale_max']:g}."
            yield _problem("outcomes", line, column, row[column], remedy)


def _usable_rows_are_complete(frames: Frames) -> Iterator[Problem]:
    """A usable row holds what its kind of number needs; its n may stand in the visit before."""
    with_interval = frames["contrasts"].dropna(subset=["estimate", "ci_low", "ci_high"])
    has_interval = set(zip(with_interval["study_id"], with_interval["arm_id_1"], strict=True))
    needs = {"baseline": ("mean", "sd"), "final": ("mean", "sd"), "events": ("events", "total")}
    frame = frames["outcomes"]
    for line, row in by_line(frame.loc[frame["usable"] == "yes"]):
        kind = row["value_kind"]
        for column in needs.get(kind, ()):
            if pd.isna(row[column]):
                remedy = f"a usable row of kind {kind!r} needs {column}; fill it in or write usable 'no'."
                yield _problem("outcomes", line, column, row[column], remedy)
        known = pd.notna(row["sd"]) or pd.notna(row["change_sd"])
        has_spread = known or (row["study_id"], row["arm_id"]) in has_interval
        if kind in {"change", "percent_only"} and not has_spread:
            remedy = "a usable change needs its SD here or its interval in contrasts.csv."
            yield _problem("outcomes", line, "change_sd", row["change_sd"], remedy)
        if row["sd"] == 0 and row["n"] > 1:
            yield _problem("outcomes", line, "sd", row["sd"], "an SD of zero says that all scored alike.")


_NO_ADDRESS = "a source is an address that starts with https:// (a DOI as https://doi.org/...)."


def _sources_are_addresses(frames: Frames) -> Iterator[Problem]:
    for name, frame in frames.items():
        if "source" in frame:
            for line, value in frame["source"].items():
                if not _is_address(value):
                    yield _problem(name, line, "source", value, _NO_ADDRESS)


def _is_address(value: Any) -> bool:
    return str(value).startswith(("http://", "https://"))


def cell_remedy(frames: Frames, table: str, column: str, cell: str) -> str:
    """Say what the rules have against one filled cell by itself; '' if nothing."""
    metadata = TABLES[table].to_schema().columns[column].metadata or {}
    vocabularies = frames["codes"].groupby("vocabulary")["code"].agg(list).to_dict()
    cells = pd.Series([cell], index=[0], name=column)
    for problem in _dangling(frames, vocabularies, table, cells, metadata):
        return problem.remedy
    if column in _WHOLE.get(table, ()) and float(cell) % 1:
        return _NOT_WHOLE
    return _NO_ADDRESS if column == "source" and not _is_address(cell) else ""


RULES: tuple[Callable[[Frames], Iterator[Problem]], ...] = (
    _keys_are_unique,
    _references_exist,
    _arms_exist,
    _pairs_are_ordered,
    _counts_are_whole,
    _baseline_has_no_time,
    _values_fit_their_scale,
    _usable_rows_are_complete,
    _sources_are_addresses,
)

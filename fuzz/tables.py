"""`load`: tables whose cells, headers, bytes, line ends or encoding were changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

import evidence as ev
from evidence.tables.schema import TABLES
from fuzz.campaign import Target
from fuzz.judge import Verdict, judge
from fuzz.small_tables import contents, folder, read, written

CELLS = (
    "", " ", "nan", "NA", "inf", "-1", "0", "1", "1e308", "1e-320", "1e400", "0x1", "1,5", "٣", "2.5", "yes",
    "no", "unclear", "x", "a; b", "; ", "=1+1", "<b>", "é", "\u202e", "\U0001f4a9", "a\nb", 'a"b', "a" * 5000,
    "9" * 400, "https://x", "2026-02-30", "abbas2022", "minh2019", "a", "baseline", "final", "events",
    "primary", "mn", "00012", "-0", "+5", "1e2", "1_000", "True", "None", "\t", "\ufeff", "\x85", "\u2028",
)  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "latin-1", "cp1252", "utf-7", "utf-32")


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a table's name and what stands in its file instead."""
    name = draw(st.sampled_from(sorted(TABLES)))
    raw = contents()[name]
    rows = read(raw)
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        draw(_cells_changed(rows))
    raw = written(rows)
    return name, draw(_bytes_changed(raw)) if draw(st.integers(0, 3)) == 0 else raw


@st.composite
def _cells_changed(draw: st.DrawFn, rows: list[list[str]]) -> None:
    """Change rows in place, as a slip of the hand or of a spreadsheet would."""
    row = draw(st.integers(0, len(rows) - 1))
    if not rows[row]:
        return
    column = draw(st.integers(0, len(rows[row]) - 1))
    kind = draw(st.integers(0, 9))
    if kind <= 3:
        rows[row][column] = draw(st.one_of(st.sampled_from(CELLS), st.text(max_size=12)))
    elif kind == 4:
        other = draw(st.integers(0, len(rows) - 1))
        if len(rows[other]) > column:
            rows[row][column], rows[other][column] = rows[other][column], rows[row][column]
    elif kind == 5:
        rows.insert(row, list(rows[draw(st.integers(0, len(rows) - 1))]))
    elif kind == 6 and len(rows) > 1:
        del rows[row]
    elif kind == 7:
        del rows[row][column]
    elif kind == 8:
        rows[row].insert(column, draw(st.sampled_from(CELLS)))
    else:
        for each in rows:
            if len(each) > column:
                del each[column]


@st.composite
def _bytes_changed(draw: st.DrawFn, raw: bytes) -> bytes:
    at = draw(st.integers(0, len(raw)))
    kind = draw(st.integers(0, 6))
    if kind == 0:
        return raw[:at] + draw(st.binary(min_size=1, max_size=8)) + raw[at:]
    if kind == 1:
        return raw[:at] + raw[at + draw(st.integers(1, 40)) :]
    if kind == 2:
        return raw[:at]
    if kind == 3:
        return raw.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r", b"\n\n", b"\x0b"])))
    if kind == 4:
        text = raw.decode("utf-8", "replace")
        return text.encode(draw(st.sampled_from(ENCODINGS)), "replace")
    if kind == 5:
        return raw.replace(b",", draw(st.sampled_from([b";", b"\t", b",,", b"|"])))
    return draw(st.binary(max_size=60))


def sound(review: Any) -> Iterator[str]:
    """Yield what is wrong with loaded tables."""
    if not isinstance(review, ev.Review):
        yield "no review"
    for name in TABLES:
        if getattr(review, name).columns.duplicated().any():
            yield f"a column twice in {name}"


def judged(change: tuple[str, bytes]) -> Verdict:
    """Load the tables with one file changed; it is as before afterwards."""
    name, raw = change
    path = folder() / f"{name}.csv"
    path.write_bytes(raw)
    try:
        verdict = judge(lambda: ev.load(folder()), sound)
        if path.read_bytes() != raw:
            return Verdict("finding", "loading changed a table", name)
    finally:
        path.write_bytes(contents()[name])
    return verdict


ABOUT = "one table changed in its cells, rows, header, bytes, line ends or encoding"
TARGET = Target("load", ABOUT, changes(), judged)

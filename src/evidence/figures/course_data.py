"""Courses over time: the change of one group on one scale at each visit, and the panels they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.frames import checked, named, numbered, once, words, wrong
from evidence.figures.text import counted, number, spoken

COLUMNS = ("study_id", "label", "scale", "weeks", "visit", "value", "low", "high", "n")
POINTS = "points"
SDS = ("SD", "SDs", "standard deviations")


@dataclass(frozen=True, slots=True)
class Course:
    """The visits of one group in their order; `weeks` and the ends of intervals are NaN where not printed."""

    name: str
    scale: str
    unit: str
    visits: tuple[str, ...]
    weeks: FloatArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    n: float

    @property
    def dated(self) -> bool:
        """True if every visit has its week."""
        return bool(np.isfinite(self.weeks).all())

    def said(self) -> str:
        """Return every visit with its change, in words."""
        parts = []
        for i, visit in enumerate(self.visits):
            ends = f" ({number(self.low[i])} to {number(self.high[i])})" if self.has_interval(i) else ""
            week = "" if np.isnan(self.weeks[i]) else f"week {self.weeks[i]:g}"
            when = visit if not week else week if not visit else f"{visit} ({week})"
            parts.append(f"{when} {number(self.value[i])}{ends}")
        return "; ".join(parts)

    def has_interval(self, i: int) -> bool:
        """Tell whether a visit has an interval that is more than a point."""
        return bool(self.high[i] > self.low[i])


@dataclass(frozen=True, slots=True)
class Panel:
    """Courses that share both axes."""

    scale: str
    unit: str
    dated: bool
    courses: tuple[Course, ...]

    @property
    def visits(self) -> tuple[str, ...]:
        """Return the visits in order of appearance, where they have no common weeks."""
        return tuple(dict.fromkeys(visit for course in self.courses for visit in course.visits))

    def spots(self, course: Course) -> FloatArray:
        """Return where a course's visits stand on the horizontal axis."""
        if self.dated:
            return course.weeks
        return np.array([self.visits.index(visit) for visit in course.visits], dtype=float)

    @property
    def title(self) -> str:
        """Return what the panel shows."""
        if self.unit in SDS:
            return "Change from baseline, standard deviations"
        return f"{self.scale}: change from baseline, {self.unit}"


def panels(table: pd.DataFrame) -> tuple[Panel, ...]:
    """Read a data frame of courses and sort them into panels.

    Changes in standard deviations share a panel; points of one scale have one of their own, and so have
    courses whose weeks are not all printed, which stand by visit.

    Raises
    ------
    OptionError
        If a column is missing.
    InputError
        If the table is empty, a visit stands twice, a name is blank, a change is missing, or lies outside its
        interval.

    Examples
    --------
    >>> rows = [("s", "Minh 2019", "GB", w, f"visit {w}", w / 10, None, None, 31) for w in (0, 4)]
    >>> (panel,) = panels(pd.DataFrame(rows, columns=list(COLUMNS)))
    >>> panel.title, panel.courses[0].said()
    ('GB: change from baseline, points', 'visit 0 (week 0) 0.00; visit 4 (week 4) 0.40')
    """
    table = checked(table, COLUMNS, "a plot of courses")
    keys = [name for name in ("study_id", "arm_id", "scale", "unit") if name in table]
    once(table, [*keys, "visit"])
    frame = pd.DataFrame({name: named(table, name) for name in ("study_id", "label", "scale", "visit")})
    frame["arm_id"], frame["arm"] = words(table, "arm_id"), words(table, "arm")
    frame["unit"] = [unit or POINTS for unit in words(table, "unit")]
    for name in ("weeks", "value", "low", "high"):
        frame[name] = numbered(table, name, gaps=name != "value")
    frame["n"] = numbered(table, "n", low=0)
    frame.index = table.index
    outside = (frame["low"] > frame["value"]) | (frame["high"] < frame["value"])
    if outside.any():
        row = frame.loc[outside].iloc[0]
        remedy = f"it lies outside its interval, {row['low']:g} to {row['high']:g}."
        raise InputError(wrong(outside.idxmax(), "value", row["value"], remedy))
    found: dict[tuple[str, str, bool], list[Course]] = {}
    for _, rows in frame.groupby(["study_id", "arm_id", "scale", "unit"], sort=False):
        course = _course(rows)
        scale = "" if course.unit in SDS else course.scale
        found.setdefault((scale, course.unit, course.dated), []).append(course)
    return tuple(Panel(*key, tuple(courses)) for key, courses in found.items())


def _course(rows: pd.DataFrame) -> Course:
    if rows["weeks"].notna().all():
        rows = rows.sort_values("weeks", kind="stable")
    first = rows.iloc[0]
    numbers = (rows[name].to_numpy(dtype=float) for name in ("weeks", "value", "low", "high"))
    name = f"{first['label']}, {first['arm']}" if first["arm"] else first["label"]
    return Course(name, first["scale"], first["unit"], tuple(rows["visit"]), *numbers, n=rows["n"].max())


def short_alt(found: tuple[Panel, ...], studies: int) -> str:
    """Say how many groups and visits are shown."""
    courses = [course for panel in found for course in panel.courses]
    visits = [len(course.visits) for course in courses]
    noun, of = counted(len(courses), "course"), counted(studies, "study", "studies")
    span = f"{min(visits)}" if min(visits) == max(visits) else f"{min(visits)} to {max(visits)}"
    return f"Change over time: {noun} in {of}, each seen {span} {'time' if span == '1' else 'times'}."


def long_alt(found: tuple[Panel, ...], studies: int, title: str) -> str:
    """Say every change at every visit."""
    sentences = [short_alt(found, studies)]
    for panel in found:
        sentences.append(f"{panel.title}.")
        sentences += [f"{label(course, panel)}: {course.said()}." for course in panel.courses]
    return spoken(title, sentences)


def label(course: Course, panel: Panel) -> str:
    """Return a course's name, with its scale where the panel holds several, and its people."""
    scales = {each.scale for each in panel.courses}
    name = f"{course.name}, {course.scale}" if len(scales) > 1 else course.name
    return name if np.isnan(course.n) else f"{name} (n={course.n:g})"

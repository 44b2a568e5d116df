"""The language of the rules: `name=value|value; name=value`, read, matched and compared."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidence.arguments import nearest
from evidence.errors import InputError

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a rule to fit: for each name that counts, the values it may have.

    Attributes
    ----------
    allowed : dict of str to frozenset of str
        Empty for a rule that always fits.

    Examples
    --------
    >>> condition = Condition.read("direction=for|agrees; word=fails")
    >>> condition.fits({"direction": "for", "word": "fails"})
    True
    >>> condition.fits({"direction": "for", "word": "holds"})
    False
    """

    allowed: Mapping[str, frozenset[str]]

    @classmethod
    def read(cls, cell: Any) -> Condition:
        """Read a condition as it stands in a table; a blank cell always fits.

        Raises
        ------
        InputError
            If a part is not of the form name=value|value, or a name stands twice.
        """
        allowed: dict[str, frozenset[str]] = {}
        text = "" if pd.isna(cell) else str(cell)
        for part in filter(None, (piece.strip() for piece in text.split(";"))):
            name, equals, values = (piece.strip() for piece in part.partition("="))
            listed = [value.strip() for value in values.split("|")]
            if not (name and equals and all(listed)):
                raise InputError(f"{part!r} is not of the form name=value or name=value|value.")
            if name in allowed:
                raise InputError(f"{name!r} stands twice in the condition; join its values by |.")
            allowed[name] = frozenset(listed)
        return cls(allowed)

    def fits(self, facts: Facts) -> bool:
        """Say whether the condition holds for the facts."""
        return all(facts.get(name) in values for name, values in self.allowed.items())

    def meets(self, other: Condition) -> bool:
        """Say whether some facts fit both conditions."""
        shared = set(self.allowed) & set(other.allowed)
        return all(self.allowed[name] & other.allowed[name] for name in shared)

    def unknown(self, vocabulary: Mapping[str, Iterable[str]]) -> str:
        """Say what in the condition no facts can have; '' where all is known."""
        for name, values in self.allowed.items():
            if name not in vocabulary:
                return f"{name!r} is none of {', '.join(vocabulary)}.{nearest(name, vocabulary)}"
            known = list(vocabulary[name])
            for value in sorted(values):
                if value not in known:
                    return f"{name} can be {', '.join(known)}, not {value!r}.{nearest(value, known)}"
        return ""


def first_fit(conditions: Sequence[Condition], facts: Facts) -> int | None:
    """Return the position of the first condition that fits, None if none does.

    Examples
    --------
    >>> first_fit([Condition.read("a=no"), Condition.read("")], {"a": "yes"})
    1
    """
    return next((i for i, condition in enumerate(conditions) if condition.fits(facts)), None)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules that are asked in order: the first that fits decides.

    Attributes
    ----------
    conditions : tuple of Condition
    rows : tuple of dict
        The row of the table that each condition stands in.
    """

    conditions: tuple[Condition, ...]
    rows: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, table: pd.DataFrame) -> Rules:
        """Read the rules of a table with the columns `order` and `when`.

        Raises
        ------
        InputError
            If a condition cannot be read.
        """
        rows = tuple(table.sort_values("order", kind="stable").to_dict("records"))
        return cls(tuple(Condition.read(row["when"]) for row in rows), rows)

    def decide(self, facts: Facts) -> dict[str, Any]:
        """Return the row of the first rule that fits; that one does is checked when tables are loaded.

        Examples
        --------
        >>> table = pd.DataFrame({"order": [2, 1], "when": [None, "a=no"], "verdict": ["else", "no a"]})
        >>> Rules.read(table).decide({"a": "yes"})["verdict"]
        'else'
        """
        position = first_fit(self.conditions, facts)
        if position is None:
            raise InputError(f"No rule fits {'; '.join(f'{name}={value}' for name, value in facts.items())}.")
        return self.rows[position]


def decided(
    conditions: Sequence[Condition], vocabulary: Mapping[str, Sequence[str]]
) -> tuple[set[int], dict[str, str] | None]:
    """Try every combination of facts on conditions in order.

    Only names that some condition mentions are varied; the others cannot matter.

    Parameters
    ----------
    conditions : sequence of Condition
        In the order in which they are asked.
    vocabulary : mapping of str to sequence of str
        The values each fact can have.

    Returns
    -------
    reached : set of int
        Positions of the conditions that decide at least one combination.
    open_facts : dict or None
        A combination that no condition fits, if there is one.

    Examples
    --------
    >>> decided([Condition.read("a=no"), Condition.read("a=no; b=1")], {"a": ["yes", "no"], "b": ["1"]})
    ({0}, {'a': 'yes', 'b': '1'})
    """
    names = [name for name in vocabulary if any(name in each.allowed for each in conditions)]
    reached: set[int] = set()
    left_open: dict[str, str] | None = None
    for values in itertools.product(*(_unlike(name, vocabulary[name], conditions) for name in names)):
        facts = dict(zip(names, values, strict=True))
        position = first_fit(conditions, facts)
        if position is None:
            left_open = left_open or facts
        else:
            reached.add(position)
    return reached, left_open


def _unlike(name: str, values: Sequence[str], conditions: Sequence[Condition]) -> list[str]:
    """Return one value of each group that no condition tells apart."""
    groups = {
        tuple(value in each.allowed.get(name, values) for each in conditions): value
        for value in reversed(values)
    }
    return list(groups.values())


def answers_by_value(text: str) -> dict[str, str]:
    """Read `value=answer; value=answer` into a dict.

    Examples
    --------
    >>> answers_by_value("yes=PY; no=N")
    {'yes': 'PY', 'no': 'N'}
    """
    pairs = Condition.read(text).allowed
    return {value: next(iter(answer)) for value, answer in pairs.items()}

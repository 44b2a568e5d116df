"""The page that says where numbers differ from those of other programs, why, and how to get theirs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evidence.files import write_whole
from evidence.publish.generated import markdown_table
from evidence.publish.other_defaults import DEFAULTS, Default

KNOWN = Path("tests") / "golden" / "known_divergences.json"
PAGE = Path("docs") / "divergences.md"
# How the id of a reference case begins -> what computes it here.
METHODS = {
    "bayes": "`ev.bayes`",
    "che": "`ev.multilevel`, correlated and hierarchical effects",
    "cr2": "`ev.multilevel(...).robust`",
    "glmm": "`ev.glmm`",
    "influence": "`ev.cumulative`",
    "ml3": "`ev.multilevel`",
    "net": "`ev.network`",
    "pcurve": "`ev.p_curve`",
    "permutest": "`ev.permutation_test`",
    "pi": "`ev.pool`, intervals",
    "pool": "`ev.pool`",
    "prop": "`ev.proportion`",
    "sel3": "`ev.selection_model`",
}
_HEAD = """\
# Where our numbers differ from those of other programs

Written by `evidence review`; do not change it by hand.

The formulas are those of the field, and most numbers agree with R's packages to 1e-8. Two kinds of
difference remain: other defaults, which an option undoes, and numbers that still differ with the same
choices, each with its reason.

## Other defaults

`yi` and `vi` are estimates and sampling variances, `contrasts` a table of a network's comparisons.

"""
_NUMBERS = """
## Other numbers, with the same choices

Found by comparing with reference results in `tests/golden/`. *At most* is the largest difference that the
tests allow, relative to the number. No option gives these numbers; the reason says what would, and a test
decides by a second route which number is right.

"""


def write_divergences(root: Path) -> list[Path]:
    """Write the page of a project that holds the reference results; return it if it changed."""
    known = root / KNOWN
    if not known.is_file():
        return []
    text = divergences(json.loads(known.read_text(encoding="utf-8")))
    return [root / PAGE] if write_whole(root / PAGE, text) else []


def divergences(entries: Iterable[Mapping[str, Any]], defaults: Iterable[Default] = DEFAULTS) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    entries : iterable of mapping
        Known divergences: id of the reference case, field, peer, reason and tolerance.
    defaults : iterable of Default

    Returns
    -------
    str

    Examples
    --------
    >>> entry = {"id": "glmm_bcg", "field": "se", "peer": "R", "reason": "It stops.", "tolerance": 1e-5}
    >>> print(divergences([entry, entry | {"field": "beta", "tolerance": 2e-5}]).splitlines()[-1])
    | R | `ev.glmm` | beta, se | 1 | 2e-05 | It stops. |
    """
    settings = [(each.program, each.what, each.theirs, each.ours, each.why, _how(each)) for each in defaults]
    heading = ("program", "what", "its default", "here", "why", "to get its number")
    numbers = ("program", "computed here by", "numbers", "cases", "at most", "why")
    return _HEAD + markdown_table(heading, settings) + _NUMBERS + markdown_table(numbers, _grouped(entries))


def _how(default: Default) -> str:
    call = f"`{default.call}`" if default.call else ""
    return "; ".join(part for part in (call, default.remark) if part)


def _grouped(entries: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return one row a program, method and reason, in the order they were found."""
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for entry in entries:
        method = METHODS[entry["id"].partition("_")[0]]
        groups.setdefault((entry["peer"], method, entry["reason"]), []).append(entry)
    return [
        (
            peer,
            method,
            ", ".join(sorted({entry["field"] for entry in found})),
            str(len({entry["id"] for entry in found})),
            f"{max(entry['tolerance'] for entry in found):.0e}",
            reason,
        )
        for (peer, method, reason), found in groups.items()
    ]

"""Invented judgements of risk of bias for the tests of the figures that show them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.figures.rob_data import COLUMNS

DOMAINS = {
    "rob2": {
        "D1": "Randomisation",
        "DS": "Sides of one face",
        "D2": "Missing outcomes",
        "overall": "Overall",
    },
    "robins_i": {f"D{i}": f"Domain {i}" for i in range(1, 8)} | {"overall": "Overall"},
}
CODES = {
    "rob2": ("low", "some_concerns", "high"),
    "robins_i": ("low", "moderate", "serious", "critical", "no_information"),
}
BASES = ("facts", "person", "no information")


def judgements(
    studies: int, tools: tuple[str, ...] = ("rob2",), label: str = "Minh 2019", *, weight: bool = True
) -> pd.DataFrame:
    """Return judgements; one in twenty is missing, every third rests on nothing printed."""
    rng = np.random.default_rng(studies)
    rows = []
    for tool in tools:
        for i in range(studies):
            for domain, words in DOMAINS[tool].items():
                code, basis = str(rng.choice(CODES[tool])), str(rng.choice(BASES))
                missing = rng.random() < 0.05 and domain != "overall"
                named = (f"s{i}", f"{label} {i}", tool, tool.upper(), domain, words)
                rows += [] if missing else [(*named, code, code.replace("_", " "), basis)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.assign(weight=100 / studies) if weight else table


def judged_rows(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return rows of (study, domain, judgement, basis) of one tool."""
    full = [
        (s, f"Study {s}", "rob2", "RoB 2", d, f"About {d}", code, code, basis) for s, d, code, basis in rows
    ]
    return pd.DataFrame(full, columns=list(COLUMNS))

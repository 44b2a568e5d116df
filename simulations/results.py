"""Keep what a run found: one CSV a design, and beside them what made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

import evidence.effects
import evidence.synthesis
from evidence.files import write_whole
from simulations.scenarios import ROOT_SEED, Scenario

FOLDER = Path(__file__).parent / "results"
ABOUT = "about.json"
_WORLD = ("k", "n", "effect", "tau", "r", "share")
_ORDER = ("scenario", *_WORLD, "r_assumed", "method", "bias", "rmse", "tau2_bias", "ci_", "width_", "pi_")


def table(scenarios: Iterable[Scenario], found: Iterable[list[dict[str, Any]]]) -> pd.DataFrame:
    """Return one row a scenario and method; columns without a value in any row are left out."""
    rows = [
        {"scenario": each.number} | {name: getattr(each, name) for name in _WORLD} | row
        for each, rows in zip(scenarios, found, strict=True)
        for row in rows
    ]
    whole = pd.DataFrame(rows).dropna(axis="columns", how="all")
    return whole[sorted(whole, key=_place)]


def _place(column: str) -> int:
    """Place of a column, or of its kind; those of no kind come last."""
    known = (column, column.partition("_")[0] + "_")
    return next((place for place, name in enumerate(_ORDER) if name in known), len(_ORDER))


def store(tables: dict[str, pd.DataFrame], draws: int, folder: Path) -> list[Path]:
    """Write the tables, and what made each; designs that were not drawn keep theirs."""
    written = []
    for name, each in tables.items():
        text = each.to_csv(index=False, float_format="%.5g", lineterminator="\n")
        write_whole(folder / f"{name}.csv", text)
        written.append(folder / f"{name}.csv")
    made = made_with(draws) | {"date": date.today().isoformat()}
    about = _seeds() | {"designs": _made_before(folder) | dict.fromkeys(sorted(tables), made)}
    write_whole(folder / ABOUT, json.dumps(about, indent=1) + "\n")
    return [*written, folder / ABOUT]


def _made_before(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    return json.loads(path.read_text(encoding="utf-8"))["designs"] if path.is_file() else {}


def made_with(draws: int) -> dict[str, Any]:
    """Return what made the numbers of a design: versions and size."""
    return {
        "version": version("microneedling-evidence"),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "draws": draws,
    }


def _seeds() -> dict[str, Any]:
    return {
        "root_seed": ROOT_SEED,
        "seed_of_a_scenario": "SeedSequence(root_seed, spawn_key=(place of its design, scenario))",
    }


def kept_in(draws: int) -> str:
    """Return a name for the folder of unfinished work: another wherever the numbers may differ."""
    return hashlib.sha256(json.dumps([made_with(draws), _sources()]).encode()).hexdigest()[:16]


def _sources() -> str:
    """Fingerprint of the simulation and of the kernels it calls."""
    folders = [
        Path(__file__).parent,
        *(Path(each.__file__).parent for each in (evidence.effects, evidence.synthesis)),
    ]
    digest = hashlib.sha256()
    for path in (path for folder in folders for path in sorted(folder.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

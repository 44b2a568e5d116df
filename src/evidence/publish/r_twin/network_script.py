"""The network as R code: metafor's rma.mv with one heterogeneity for all comparisons."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.publish.exchange.cells import csv_text
from evidence.publish.r_twin.script import Twin, rendered
from evidence.synthesis.network_result import Network


def network_twin(network: Network) -> Twin:
    """Return the R script that fits a network of contrasts.

    Each study gives its contrasts with its first treatment; those of a study with several arms are
    correlated, c_ij = (v_0i + v_0j - v_ij) / 2. Their heterogeneity is that of one variance for all
    comparisons, correlated by a half (Higgins and Whitehead 1996).

    Raises
    ------
    InputError
        If the network was not fitted by REML.
    """
    if network.method != "REML":
        raise InputError(f"The R script of a network fits by REML, not by {network.method}.")
    rows, v = _contrasts(network)
    names = [f"t{code + 1}" for code in range(len(network.treatments))]
    design = pd.DataFrame(_design(network, rows), columns=names)
    kept = design.columns[(design != 0).any()]
    te, se = network.random.te(), network.random.se()
    first = {part: int(np.flatnonzero(network.random.part == part)[0]) for part in network.random.part}
    expected = {"tau2": network.tau2}
    for name in kept:
        code = names.index(name)
        reference = first[network.random.part[code]]
        expected |= {
            f"estimate_{name}": te[code, reference],
            f"se_{name}": se[code, reference],
        }
    columns = ["study", "treatment", "against", "te"]
    key = pd.DataFrame({"column": names, "treatment": network.treatments})
    files = {
        "network_contrasts.csv": csv_text(rows[columns]),
        "network_variances.csv": csv_text(pd.DataFrame(v, columns=[f"v{i + 1}" for i in range(len(v))])),
        "network_design.csv": csv_text(design[kept]),
        "network_treatments.csv": csv_text(key),
    }
    title = "All treatments in one network"
    script = rendered("network", title=title)
    return Twin("network", title, script, files, expected, 1e-6, "rma.mv optimises numerically")


def _contrasts(network: Network) -> tuple[pd.DataFrame, FloatArray]:
    """Return the contrasts of each study with its first treatment, and their variances and covariances."""
    pairs = network.pairs
    found, blocks = [], []
    for study in np.unique(pairs.study):
        mine = np.flatnonzero(pairs.study == study)
        between = {}
        for row in mine:
            one, other = int(pairs.first[row]), int(pairs.second[row])
            between[one, other] = (pairs.te[row], pairs.v[row])
            between[other, one] = (-pairs.te[row], pairs.v[row])
        base, *others = sorted({code for pair in between for code in pair})
        variance = {pair: v for pair, (_, v) in between.items()} | {(code, code): 0.0 for code in others}
        blocks.append(
            np.array(
                [
                    [(variance[base, i] + variance[base, j] - variance[i, j]) / 2 for j in others]
                    for i in others
                ]
            )
        )
        found += [
            {
                "study": pairs.studies[study],
                "treatment": network.treatments[code],
                "against": network.treatments[base],
                "te": between[code, base][0],
                "code": code,
                "base": base,
            }
            for code in others
        ]
    return pd.DataFrame(found), _diagonal(blocks)


def _diagonal(blocks: list[FloatArray]) -> FloatArray:
    size = sum(len(block) for block in blocks)
    whole, at = np.zeros((size, size)), 0
    for block in blocks:
        whole[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return whole


def _design(network: Network, rows: pd.DataFrame) -> FloatArray:
    """Return a column a treatment: 1 for it, -1 for what it stands against; none for the first of a part."""
    design = np.zeros((len(rows), len(network.treatments)))
    at = np.arange(len(rows))
    design[at, rows["code"]] = 1
    design[at, rows["base"]] -= 1
    part = network.random.part
    for each in np.unique(part):
        design[:, np.flatnonzero(part == each)[0]] = 0
    return design

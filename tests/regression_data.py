"""Invented studies that the tests of meta-regression share."""

import numpy as np


def invented(k, seed, p=2):
    """Return invented yi, vi and moderators with some heterogeneity."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(k, p - 1))
    vi = rng.uniform(0.02, 0.4, k)
    yi = 0.3 + x @ rng.normal(size=p - 1) + rng.normal(size=k) * np.sqrt(vi + 0.2)
    return yi, vi, {f"x{j}": x[:, j] for j in range(p - 1)}


YI, VI, MODERATORS = invented(24, 3, 3)
ONE = {"x0": MODERATORS["x0"]}


def design_of(moderators):
    return np.column_stack([np.ones(len(next(iter(moderators.values())))), *moderators.values()])

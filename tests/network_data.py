"""Networks of invented numbers, and the same statistics by dense matrices and by listing paths."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from scipy import linalg, optimize

# Two trials of three arms, one of four, several designs, closed loops: arms of invented studies.
MIXED = pd.DataFrame(
    {
        "study": list("aabbccddeeeffffggghhii"),
        "treatment": list("PQPQPRQSPQRPQRSQRSRSPS"),
        "mean": [
            *(5.0, 4.2, 5.3, 4.9, 4.8, 3.1, 4.1, 3.9, 5.6, 4.4, 3.7),
            *(5.2, 4.9, 3.8, 3.2, 4.7, 4.0, 3.0, 3.3, 2.8, 5.5, 4.9),
        ],
        "sd": [
            *(1.1, 1.4, 0.9, 1.2, 1.6, 1.3, 1.0, 1.1, 1.2, 1.0, 1.5),
            *(1.0, 1.3, 1.1, 0.9, 1.2, 1.4, 1.1, 1.0, 1.2, 0.8, 1.1),
        ],
        "n": [
            *(30, 28, 41, 44, 25, 27, 60, 55, 33, 31, 30),
            *(22, 20, 24, 21, 38, 40, 36, 45, 47, 29, 33),
        ],
    }
)


def contrasts(arms: pd.DataFrame = MIXED) -> pd.DataFrame:
    """Contrast rows of arm rows, mean differences."""
    rows = []
    for study, group in arms.groupby("study", sort=False):
        for (_, one), (_, two) in itertools.combinations(group.iterrows(), 2):
            variance = one["sd"] ** 2 / one["n"] + two["sd"] ** 2 / two["n"]
            te, se = one["mean"] - two["mean"], variance**0.5
            rows.append((study, one["treatment"], two["treatment"], te, se))
    return pd.DataFrame(rows, columns=["study", "t1", "t2", "te", "se"])


class Dense:
    """Multivariate meta-regression of m - 1 contrasts a study, every matrix in full.

    `take` gives, study by study, the positions of the contrasts that enter (by default those of its first
    arm); `independent` leaves out the covariance of sampling errors.
    """

    def __init__(self, table, *, take=None, independent=False, columns=None):
        table = pd.DataFrame(table)
        names = sorted(set(table["t1"]) | set(table["t2"]), key=lambda x: (x.casefold(), x))
        self.names = names
        x, y, errors, random = [], [], [], []
        for study, group in table.groupby("study", sort=False):
            variance = {}
            for row in group.itertuples():
                variance[row.t1, row.t2] = variance[row.t2, row.t1] = row.se**2
            arms = {name for pair in variance for name in pair}
            variance |= {(name, name): 0.0 for name in arms}
            rows = list(group.itertuples())
            chosen = (take or {}).get(study)
            if chosen is None:
                base = rows[0].t1
                chosen = [i for i, row in enumerate(rows) if base in (row.t1, row.t2)]
            rows = [rows[i] for i in chosen]
            assert len(rows) == len(arms) - 1
            for row in rows:
                y.append(row.te)
                x.append([(name == row.t1) - (name == row.t2) for name in names])
            v = variance
            cross = [
                [v[a.t1, b.t2] + v[a.t2, b.t1] - v[a.t1, b.t1] - v[a.t2, b.t2] for b in rows] for a in rows
            ]
            errors.append(np.diag([row.se**2 for row in rows]) if independent else np.array(cross) / 2)
            last = np.array(x[-len(rows) :], dtype=float)
            random.append(last @ last.T / 2)
        self.y = np.array(y)
        full = np.array(x, dtype=float)
        self.x = full[:, 1:] if columns is None else full @ columns
        self.errors, self.random = linalg.block_diag(*errors), linalg.block_diag(*random)

    def at(self, t):
        """Estimates, their covariance, Q and the inverse of the covariance."""
        inverse = np.linalg.inv(self.errors + t * self.random)
        covariance = np.linalg.inv(self.x.T @ inverse @ self.x)
        beta = covariance @ self.x.T @ inverse @ self.y
        residual = self.y - self.x @ beta
        return beta, covariance, residual @ inverse @ residual, inverse

    def log_likelihood(self, t, restricted=True):
        _, covariance, q, inverse = self.at(t)
        value = np.linalg.slogdet(inverse)[1] - q
        return (value + np.linalg.slogdet(covariance)[1] if restricted else value) / 2

    def p_matrix(self, t):
        _, covariance, _, inverse = self.at(t)
        return inverse - inverse @ self.x @ covariance @ self.x.T @ inverse

    def maximum(self, restricted=True):
        def score(t):
            p, inverse = self.p_matrix(t), self.at(t)[3]
            trace = np.trace((p if restricted else inverse) @ self.random)
            return self.y @ p @ self.random @ p @ self.y - trace

        if score(0.0) <= 0:
            return 0.0
        return optimize.brentq(score, 0.0, 50.0, xtol=1e-15, rtol=1e-14)

    def moments(self):
        df = self.y.size - self.x.shape[1]
        return max((self.at(0.0)[2] - df) / np.trace(self.p_matrix(0.0) @ self.random), 0.0)

    def matrices(self, t):
        """All differences, and their standard errors."""
        beta, covariance, *_ = self.at(t)
        beta = np.append(0.0, beta)
        whole = np.zeros((beta.size, beta.size))
        whole[1:, 1:] = covariance
        own = np.diag(whole)
        return beta[:, None] - beta, np.sqrt(np.maximum(own[:, None] + own - 2 * whole, 0))


def walk_shares(flow, start, end):
    """Shares of the edges in a random walk along `flow`, by listing every path."""
    shares = {}

    def follow(node, path, chance):
        if node == end:
            for edge in path:
                shares[edge] = shares.get(edge, 0.0) + chance / len(path)
            return
        out = flow[node][flow[node] > 1e-12].sum()
        for other in np.flatnonzero(flow[node] > 1e-12):
            edge = tuple(sorted((node, int(other))))
            follow(int(other), [*path, edge], chance * flow[node][other] / out)

    follow(start, [], 1.0)
    return shares

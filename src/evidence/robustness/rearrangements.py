"""Sign flips and row permutations: all different ones, or many drawn at random."""

from __future__ import annotations

from math import factorial, prod

import numpy as np
from numpy.typing import NDArray

from evidence.arguments import FloatArray

Orders = NDArray[np.int16]


def all_flips(k: int) -> FloatArray:
    """Half of the 2^k ways to flip signs, shape (2^(k-1), k): the first study keeps its sign.

    The other half are their mirror images. The first row flips nothing.

    Examples
    --------
    >>> all_flips(2).tolist()
    [[1.0, 1.0], [1.0, -1.0]]
    """
    numbers = np.arange(2 ** (k - 1), dtype=np.uint32)[:, None]
    bits = numbers >> np.arange(k - 1, dtype=np.uint32) & np.uint32(1)
    return np.concatenate([np.ones((len(bits), 1)), 1.0 - 2.0 * bits], axis=1)


def drawn_flips(k: int, n: int, generator: np.random.Generator) -> FloatArray:
    """No flip, then n drawn at random, shape (n + 1, k)."""
    drawn = 1.0 - 2.0 * generator.integers(0, 2, (n, k))
    return np.concatenate([np.ones((1, k)), drawn])


def count_orders(groups: NDArray[np.intp]) -> int:
    """Number of different orders of rows, of which those of the same group are alike.

    Examples
    --------
    >>> count_orders(np.array([0, 1, 1, 2]))
    12
    """
    return factorial(groups.size) // prod(factorial(int(size)) for size in np.bincount(groups))


def all_orders(groups: NDArray[np.intp]) -> Orders:
    """All different orders of groups, shape (n, k).

    Examples
    --------
    >>> all_orders(np.array([0, 1, 1])).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    orders, left = np.empty((1, 0), dtype=np.int16), np.bincount(groups)[None]
    for _ in range(groups.size):  # each beginning goes on with every group of which one is left
        row, group = np.nonzero(left)
        orders = np.concatenate([orders[row], group[:, None].astype(np.int16)], axis=1)
        left = left[row]
        left[np.arange(row.size), group] -= 1
    return orders


def drawn_orders(groups: NDArray[np.intp], n: int, generator: np.random.Generator) -> Orders:
    """The order as it is, then n drawn at random, shape (n + 1, k)."""
    drawn = generator.permuted(np.tile(groups, (n, 1)), axis=1)
    return np.concatenate([groups[None], drawn]).astype(np.int16)

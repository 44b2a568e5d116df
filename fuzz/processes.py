"""Blocks of a target in several processes at once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from itertools import count

from joblib import Parallel, delayed

from fuzz.campaign import Blocks, Tally, Target, block, in_turn
from fuzz.targets import TARGETS


def shared_by(workers: int) -> Blocks:
    """Return the way to go through the blocks with so many processes."""
    return in_turn if workers == 1 else partial(_at_once, workers)


def _at_once(workers: int, target: Target, many: int, start: int, tally: Tally) -> Iterator[Tally]:
    """Yield the blocks that follow those of a tally, in their order."""
    # Each block may hold all that is missing: what the others will have come to is not known yet.
    most = many - tally.inputs
    pool = Parallel(n_jobs=workers, return_as="generator", pre_dispatch=workers)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*tasks which were still being processed")  # more than were needed
        yield from pool(delayed(_block)(target.name, most, start + number) for number in count(tally.blocks))


def _block(name: str, most: int, start: int) -> Tally:
    """Judge a block of a target by its name: the target itself does not travel between processes."""
    return block(TARGETS[name], most, start)

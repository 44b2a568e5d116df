"""Let many changes in quick succession cost one computation, that of the last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SECONDS = 0.05


class Debounced:
    """Calls a function once for all the calls of a short while; at once where no event loop runs.

    The first call of a burst starts the clock, so that a long burst is answered on its way, not only
    when it ends.

    Parameters
    ----------
    run : callable
    seconds : float
    """

    def __init__(self, run: Callable[[], None], seconds: float = SECONDS) -> None:
        self._run = run
        self._seconds = seconds
        self._waiting: asyncio.TimerHandle | None = None

    def __call__(self, *_: object) -> None:
        """Ask for a run; what the caller hands over is not looked at."""
        if self._waiting is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._run()
            return
        self._waiting = loop.call_later(self._seconds, self._now)

    def _now(self) -> None:
        self._waiting = None
        self._run()

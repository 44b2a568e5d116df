"""Judge one input: a result, a refusal, or a finding (another error, a warning, a hang, a silent gap)."""

from __future__ import annotations

import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from evidence.errors import EvidenceError, EvidenceWarning

RESULT, REFUSAL, FINDING = "result", "refusal", "finding"
LONGEST = 2.0  # seconds of the processor that one input may take
LONGEST_MESSAGE = 20_000  # letters; tables with many problems say fifty of them


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one input came to; `what` and `where` are of a finding."""

    kind: str
    what: str = ""
    where: str = ""


class HangError(BaseException):
    """An input took too long. No handler of errors may take it for one of its own."""


def judge(
    call: Callable[[], Any], sound: Callable[[Any], Iterable[str]], *, longest: float = LONGEST
) -> Verdict:
    """Make a call and say what it came to.

    Parameters
    ----------
    call : callable
    sound : callable
        Takes the result and yields what is wrong with it.
    longest : float
        Seconds of the processor.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> judge(lambda: 1 / 0, lambda _: ()).what
    'ZeroDivisionError'
    """
    started = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with stopped_after(longest):
                verdict = _said(call, sound)
        except HangError as error:
            verdict = Verdict(FINDING, f"more than {longest:g} s", _place(error))
    if verdict.kind == FINDING:
        return verdict
    for warning in caught:
        if not issubclass(warning.category, EvidenceWarning):
            return Verdict(FINDING, f"{warning.category.__name__}: {warning.message}", _at(warning))
    if time.process_time() - started > longest:
        return Verdict(FINDING, f"more than {longest:g} s", "")
    return verdict


def _said(call: Callable[[], Any], sound: Callable[[Any], Iterable[str]]) -> Verdict:
    try:
        result = call()
    except EvidenceError as error:
        if not 0 < len(str(error)) <= LONGEST_MESSAGE:
            return Verdict(FINDING, f"a message of {len(str(error))} letters", _place(error))
        return Verdict(REFUSAL)
    except Exception as error:  # noqa: BLE001 (any other error is what is looked for)
        return Verdict(FINDING, type(error).__name__, _place(error))
    wrong = next(iter(sound(result)), None)
    return Verdict(RESULT) if wrong is None else Verdict(FINDING, wrong, "the result")


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Stop what runs too long, where the system has timers of the processor; elsewhere nothing is stopped."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _stop(_signal: int, _frame: object) -> None:
    raise HangError


def _place(error: BaseException) -> str:
    """Name the last line of the package that an error came from."""
    lines = traceback.extract_tb(error.__traceback__)
    ours = [line for line in lines if "/evidence/" in line.filename.replace("\\", "/")] or lines
    return f"{_short(ours[-1].filename)}:{ours[-1].lineno}"


def _at(warning: warnings.WarningMessage) -> str:
    return f"{_short(warning.filename)}:{warning.lineno}"


def _short(file: str) -> str:
    return file.replace("\\", "/").rpartition("/evidence/")[2]

"""Figures of your own: registered by name, then drawn, listed and exported like those of the review."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from evidence.errors import EvidenceError, InputError
from evidence.figures.figure import EvidenceFigure
from evidence.figures.style import house_style

Draw = Callable[..., EvidenceFigure]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_REGISTERED: dict[str, Draw] = {}


def register(name: str, draw: Draw | None = None) -> Any:
    """Put a figure of your own into the catalogue, from where it is drawn and exported as any other.

    Parameters
    ----------
    name : str
        Name in the catalogue and stem of its files: a letter, then letters, digits, "_" or "-".
    draw : callable, optional
        Called as ``draw(review, preset=...)``; returns an `EvidenceFigure`. Left out, `register` is a
        decorator. It draws in the colours of `evidence.figures.style`; those of the preset follow.

    Returns
    -------
    callable
        `draw` as it was given, or the decorator.

    Raises
    ------
    InputError
        If the name cannot be that of a file, another function has it, or `draw` cannot be called so.

    Examples
    --------
    >>> @register("our_flow")
    ... def our_flow(review, *, preset="web"):
    ...     from evidence.figures.study_flow import study_flow
    ...     return study_flow(review, title="What we found", preset=preset)
    >>> "our_flow" in registered()
    True
    >>> forget("our_flow")
    """
    if draw is None:
        return functools.partial(_decorated, name)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name of a figure: a letter, then letters, digits, '_' or '-'.")
    if not callable(draw) or not _takes_a_review(draw):
        raise InputError(
            f"{name!r}: {draw!r} must be a function that is called as draw(review, preset='web')."
        )
    known = _REGISTERED.get(name)
    if known is not None and _origin(known.__wrapped__) != _origin(draw):
        raise InputError(f"A figure called {name!r} is registered already: {known.__wrapped__!r}.")
    _REGISTERED[name] = _checked(name, draw)
    return draw


def registered() -> Mapping[str, Draw]:
    """Return the figures registered so far by name."""
    return dict(_REGISTERED)


def forget(name: str) -> None:
    """Take a registered figure out of the catalogue."""
    _REGISTERED.pop(name, None)


def register_from(path: str | os.PathLike[str]) -> list[str]:
    """Run a Python file that registers figures; return the names it added or renewed.

    Raises
    ------
    InputError
        If there is no such file, it fails, or it registers nothing.
    """
    path = Path(path)
    if path.suffix != ".py" or not path.is_file():
        raise InputError(f"{path} is no Python file to take figures from.")
    before = dict(_REGISTERED)
    spec = importlib.util.spec_from_file_location(f"figures_of_{path.stem}", path)
    try:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except EvidenceError:
        raise
    except Exception as error:
        raise InputError(f"{path} failed: {type(error).__name__}: {error}") from error
    names = [name for name, draw in _REGISTERED.items() if before.get(name) is not draw]
    if not names:
        raise InputError(f"{path} registers no figure; it should call evidence.figures.register(name, draw).")
    return names


def _decorated(name: str, draw: Draw) -> Draw:
    return register(name, draw)


def _origin(draw: Any) -> tuple[Any, Any]:
    """Return what stays the same when the cell or the file of a function runs again."""
    return getattr(draw, "__module__", None), getattr(draw, "__qualname__", repr(draw))


def _takes_a_review(draw: Draw) -> bool:
    try:
        inspect.signature(draw).bind("review", preset="web")
    except (TypeError, ValueError):
        return False
    return True


def _checked(name: str, draw: Draw) -> Draw:
    @functools.wraps(draw)
    def drawn(review: Any, *, preset: str = "web") -> EvidenceFigure:
        figure = draw(review, preset=preset)
        if not isinstance(figure, EvidenceFigure):
            raise InputError(
                f"The figure {name!r} must be an EvidenceFigure; its function gave a {type(figure).__name__}."
            )
        return figure

    decorated = house_style()(drawn)
    decorated.__wrapped__ = draw
    return decorated

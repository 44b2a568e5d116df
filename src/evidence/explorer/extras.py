"""Packages that only an exploration needs."""

from __future__ import annotations

from importlib.util import find_spec

from evidence.errors import InputError


def need(*packages: str) -> None:
    """Make sure that packages beyond the usual ones are there.

    Raises
    ------
    InputError
        Naming those that are not, and the command that installs them.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise InputError(
            f"Exploring by hand needs {' and '.join(missing)}: pip install 'microneedling-evidence[explore]'"
        )

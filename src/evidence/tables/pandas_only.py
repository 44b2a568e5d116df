"""pandera for pandas alone: left to itself it imports every library of tables it finds, which takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Let an import of a module fail, as where it is not installed, unless it was imported already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


with _hidden("dask.dataframe"):
    import pandera.pandas as pa
    from pandera.errors import SchemaErrors
    from pandera.typing.pandas import Series

    with suppress(ImportError):
        import pandera.typing.dask  # noqa: F401  # it looks for dask when it is first imported

__all__ = ["SchemaErrors", "Series", "pa"]

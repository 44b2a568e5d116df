"""What a figure draws, as numbers and words that no version of matplotlib changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.colors import to_hex


def rounded(values: Any) -> Any:
    """Round numbers, alone or nested, to 6 decimals; NaN and infinite become None.

    Examples
    --------
    >>> rounded([[1 / 3, -1e-9], [float("nan"), 2]])
    [[0.333333, 0.0], [None, 2.0]]
    """
    array = np.round(np.ma.filled(np.ma.asarray(values, dtype=float), np.nan), 6) + 0.0
    return np.where(np.isfinite(array), array, None).tolist()


def fingerprint(figure: Any) -> dict[str, Any]:
    """Return what a figure draws; see `EvidenceFigure.fingerprint`."""
    return {
        "name": figure.name,
        "texts": [text.get_text() for text in figure.texts],
        "axes": [_axes_fingerprint(axes) for axes in figure.axes],
    }


def _axes_fingerprint(axes: Any) -> dict[str, Any]:
    patches = [patch for patch in axes.patches if patch.get_visible()]
    outlines = [patch.get_patch_transform().transform_path(patch.get_path()).vertices for patch in patches]
    points = [shown for shown in axes.collections if len(shown.get_offsets()) and not _is_lines(shown)]
    return {
        "label": axes.get_label(),
        "xlim": rounded(axes.get_xlim()),
        "ylim": rounded(axes.get_ylim()),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "title": axes.get_title(loc="left") or axes.get_title(),
        "xticks": [tick.get_text() for tick in axes.get_xticklabels()],
        "yticks": [tick.get_text() for tick in axes.get_yticklabels()],
        "lines": [
            {
                "xy": rounded(line.get_xydata()),
                "style": line.get_linestyle(),
                "color": to_hex(line.get_color(), keep_alpha=True),
            }
            for line in axes.lines
        ],
        "segments": [
            rounded(each) for shown in axes.collections if _is_lines(shown) for each in shown.get_segments()
        ],
        "markers": [
            {
                "xy": rounded(shown.get_offsets()),
                "area": rounded(shown.get_sizes()),
                "colors": _colors(shown),
            }
            for shown in points
        ],
        "polygons": [rounded(vertices) for vertices in outlines],
        "fills": [to_hex(patch.get_facecolor(), keep_alpha=True) for patch in patches],
        "texts": [text.get_text() for text in axes.texts],
    }


def _colors(shown: Any) -> list[str] | list[float]:
    """Colours of points, or the numbers that a scale of colours will colour when it draws them."""
    if shown.get_array() is not None:
        return rounded(shown.get_array())
    return [to_hex(color, keep_alpha=True) for color in shown.get_facecolors()]


def _is_lines(shown: Any) -> bool:
    return hasattr(shown, "get_segments")

"""A bar of judgements: a stretch a judgement, hatched so that it is read in grey, with its percent inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.figures.canvas import put
from evidence.figures.rob_shares import Share
from evidence.figures.style import INK, PAPER, RULE, Preset
from evidence.figures.symbols import JUDGEMENTS, tint
from evidence.figures.text import text_width

_LIGHT = 0.16


def swatch(code: str, *, silent: bool = False) -> Callable[[Axes, float, float, float], None]:
    """Return what draws the sample of a judgement in a key."""
    return partial(_draw_swatch, share=Share(code, silent, 0, 0))


def _draw_swatch(axes: Axes, x: float, y: float, size: float, *, share: Share) -> None:
    half, high = 0.72 * size / 72, 0.42 * size / 72
    _draw_stretch(axes, share, x - half, y - high, 2 * half, 2 * high, size / 1.3)


def draw_bar(
    axes: Axes, shares: tuple[Share, ...], middle: float, width: float, height: float, style: Preset
) -> None:
    """Draw a bar `width` inches wide for all studies; what was not judged stays white."""
    top, em = middle - height / 2, style.em
    frame = {"facecolor": PAPER, "edgecolor": RULE, "linewidth": 0.06 * style.base, "zorder": 1}
    axes.add_patch(Rectangle((0, top), width, height, clip_on=False, **frame))
    for share in shares:
        x, wide = share.start / 100 * width, share.percent / 100 * width
        _draw_stretch(axes, share, x, top, wide, height, style.base)
        words = f"{share.percent:.0f}%"
        room = text_width(words, style.small, True) + 0.4 * em
        if room + 0.3 * em > wide:
            continue
        ground = {"facecolor": _fill(share), "edgecolor": "none", "zorder": 3}
        low = 1.05 * em
        axes.add_patch(Rectangle((x + (wide - room) / 2, middle - low / 2), room, low, **ground))
        color = PAPER if JUDGEMENTS[share.code].ink == PAPER and not share.silent else INK
        put(axes, words, x + wide / 2, middle, size=style.small, bold=True, align="center", color=color)


def _fill(share: Share) -> str:
    color = JUDGEMENTS[share.code].color
    return tint(color, _LIGHT) if share.silent else color


def _draw_stretch(
    axes: Axes, share: Share, x: float, top: float, width: float, height: float, base: float
) -> None:
    """Draw a stretch of a bar with the hatch of its judgement."""
    look = JUDGEMENTS[share.code]
    patch = Rectangle((x, top), width, height, facecolor=_fill(share), edgecolor=INK, zorder=2, clip_on=False)
    patch.set(linewidth=0.06 * base, label=f"{share.code}{' silent' if share.silent else ''}")
    if look.hatch:
        patch.set(hatch=look.hatch, hatchcolor=(0.1, 0.1, 0.1, 0.45), hatch_linewidth=0.07 * base)
    axes.add_patch(patch)

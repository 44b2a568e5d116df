"""Other coats of colour: what each colour of the house becomes on a dark page and in print without colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PALETTE,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
)

Rgb = tuple[float, float, float]

NEAR = 0.05  # furthest a colour may lie from a mixture of the house's, as a distance in RGB


@dataclass(frozen=True, slots=True, eq=False)
class Coat:
    """What the house colours become.

    Attributes
    ----------
    name : str
    page, ink : str
        In place of white and of the house's ink.
    hues : mapping of str to str
        In place of each colour of the palette.
    hatches : mapping of str to str
        Hatch of areas in a colour, where hue no longer tells areas apart.
    words : mapping of str to str
        Patterns of words that name a look, and what to say instead.
    """

    name: str
    page: str
    ink: str
    hues: Mapping[str, str]
    hatches: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)


# What is deep on white is bright on black, so that words for depth change sides.
_ON_BLACK = {
    r"\bdarker\b": "brighter",
    r"\bdark(?=\s+(?:band|part|grey)|, middle|: low|\))": "bright",
    r"\bDark(?=\s+(?:band|part))": "Bright",
    r"\blight(?=\s+(?:band|part)|, nine|: judged|\))": "dim",
    r"\bLight(?=\s+(?:band|part))": "Dim",
    r"\bwhite(?=\s+(?:region|rim)|: not)": "black",
}

COATS = {
    "dark": Coat(
        "dark",
        page="#14171A",
        ink="#E8EAEC",
        hues={
            BLUE: "#3289D3",
            VERMILLION: "#F26522",
            GREEN: "#1AA87E",
            ORANGE: "#F0AE2E",
            SKY: "#A8E2FD",
            PURPLE: "#E593C2",
            YELLOW: "#FBF48A",
        },
        words=_ON_BLACK,
    ),
    # Steps of lightness: 26, 42, 55, 64, 73, 81 and 91 of 100 (CIE L*), far enough apart to be named.
    "grey": Coat(
        "grey",
        page="#FFFFFF",
        ink=INK,
        hues={
            BLUE: "#3E3E3E",
            GREEN: "#636363",
            VERMILLION: "#848484",
            PURPLE: "#9B9B9B",
            SKY: "#B3B3B3",
            ORANGE: "#CACACA",
            YELLOW: "#E5E5E5",
        },
        hatches={VERMILLION: "////", ORANGE: "////", GREEN: "....", PURPLE: "xxxx"},
        words={
            r"\bits hue\b": "its shade",
            r"\bBlue(?=\s+(?:cells|favours))": "Plain",
            r"\borange(?=\s+(?:the|ones))": "hatched",
        },
    ),
}


@lru_cache(maxsize=4096)
def parts(color: Rgb) -> tuple[tuple[tuple[str, float], ...], float]:
    """Take a colour apart into shares of the palette and of black, the rest being paper.

    A colour of the house is one hue, tinted or shaded, or lies on the way from one hue to another.

    Parameters
    ----------
    color : tuple of float
        Red, green and blue, 0 to 1.

    Returns
    -------
    hues : tuple of (str, float)
        Shares of colours of the palette.
    black : float

    Raises
    ------
    InputError
        If the colour is no mixture of the house's colours.

    Examples
    --------
    >>> parts(to_rgb("#FFFFFF")), parts(to_rgb(BLUE))
    (((), 0.0), ((('#0072B2', 1.0),), 0.0))
    """
    covered = 1 - np.array(color)
    if np.ptp(covered) < 0.012:
        return (), round(float(covered.mean()), 6)
    fits = [_tinted(covered, hue) for hue in PALETTE]
    fits += [_between(covered, *pair) for pair in combinations(PALETTE, 2)]
    away, hues, black = min(fits, key=lambda fit: (round(fit[0] + 0.05 * fit[2], 4), len(fit[1])))
    if away > NEAR:
        known = ", ".join(PALETTE)
        raise InputError(
            f"{to_hex(color)} is no colour of the house, so that no other coat has one for it; draw in"
            f" {known}, INK, MUTED or RULE of evidence.figures.style, or in tints of them."
        )
    return hues, black


def _tinted(covered: FloatArray, hue: str) -> tuple[float, tuple[tuple[str, float], ...], float]:
    """Fit one hue with black; return the distance left, the share of the hue, and that of black."""
    own = 1 - np.array(to_rgb(hue))
    both = np.column_stack([own, np.ones(3)])
    share, black = np.linalg.lstsq(both, covered, rcond=None)[0]
    if black < 0:
        share, black = covered @ own / (own @ own), 0.0
    share = max(float(share), 0.0)
    away = float(np.linalg.norm(covered - share * own - black))
    return away, ((hue, round(share, 6)),), round(float(black), 6)


def _between(covered: FloatArray, one: str, other: str) -> tuple[float, tuple[tuple[str, float], ...], float]:
    """Fit the straight way from one hue to another."""
    start, end = (1 - np.array(to_rgb(hue)) for hue in (one, other))
    way = end - start
    share = float(np.clip((covered - start) @ way / (way @ way), 0, 1))
    away = float(np.linalg.norm(covered - start - share * way))
    return away, ((one, round(1 - share, 6)), (other, round(share, 6))), 0.0


@lru_cache(maxsize=4096)
def recoloured(color: Rgb, coat: str) -> Rgb:
    """Return what a colour becomes in a coat.

    Examples
    --------
    >>> to_hex(recoloured(to_rgb(BLUE), "dark")), to_hex(recoloured(to_rgb("#FFFFFF"), "dark"))
    ('#3289d3', '#14171a')
    """
    worn = COATS[coat]
    hues, black = parts(color)
    page = np.array(to_rgb(worn.page))
    deepest = 1 - to_rgb(INK)[0]
    mixed = page + black / deepest * (np.array(to_rgb(worn.ink)) - page)
    for hue, share in hues:
        mixed += share * (np.array(to_rgb(worn.hues[hue])) - page)
    red, green, blue = np.clip(mixed, 0, 1).round(6).tolist()
    return red, green, blue


def luminance(color: Rgb) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, W3C 2023), 0 to 1.

    Examples
    --------
    >>> luminance((1, 1, 1)), luminance((0, 0, 0))
    (1.0, 0.0)
    """
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear).round(6))


def contrast(one: Rgb, other: Rgb) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, W3C 2023), 1 to 21.

    Examples
    --------
    >>> contrast((0, 0, 0), (1, 1, 1))
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)

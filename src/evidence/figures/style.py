"""The house style: colours, type sizes and the settings under which every figure is drawn and saved."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

import matplotlib as mpl
import matplotlib.style
from cycler import cycler

from evidence.arguments import option

# Okabe & Ito (2008), "Color Universal Design": told apart with every common kind of colour vision.
BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
ORANGE = "#E69F00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
YELLOW = "#F0E442"
PALETTE = (BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE, YELLOW)

INK = "#1A1A1A"
MUTED = "#595959"
RULE = "#8C8C8C"
STRIPE = "#F4F6F8"
PAPER = "#FFFFFF"
LIGHT = "light"

BRIEF_DISCLAIMER = "Not medical advice."  # on slides, where every word takes room from the finding
DISCLAIMER = f"{BRIEF_DISCLAIMER} Built from what is public about each trial, mostly abstracts."
DRAWN_FOR: ContextVar[str] = ContextVar("drawn_for", default="web")
FRAME: ContextVar[tuple[float, float] | None] = ContextVar("frame", default=None)
_FRAME_EDGE = 0.04  # inches; a frame has the slide's own margins around it

RC = {
    "font.family": "DejaVu Sans",
    "svg.hashsalt": "evidence",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.hinting": "none",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@runtime_checkable
class Paintable(Protocol):
    """A page whose colours can be changed when it is drawn."""

    def paint(self, coat: str) -> None:
        """Take another coat of colours."""


class HouseStyle(ContextDecorator):
    """The house settings, from `with` to its end; see `house_style`."""

    def __enter__(self) -> HouseStyle:
        self._settings = ExitStack()
        self._settings.enter_context(matplotlib.style.context("default"))
        self._settings.enter_context(mpl.rc_context(RC))
        return self

    def __exit__(self, *_: object) -> None:
        self._settings.close()

    def __call__(self, draw: Callable[..., Any]) -> Callable[..., Any]:
        """Let a function draw under the house settings, and its figure wear the colours of the preset."""

        @functools.wraps(draw)
        def drawn(*args: Any, **options: Any) -> Any:
            style = options.get("preset") or "web"
            before = DRAWN_FOR.set(style)
            try:
                with HouseStyle():
                    page = draw(*args, **options)
            finally:
                DRAWN_FOR.reset(before)
            if isinstance(page, Paintable):
                page.paint(preset(style).coat)
            return page

        return drawn


def house_style() -> HouseStyle:
    """Draw under the house settings and put the caller's own back afterwards.

    It starts from matplotlib's own defaults, so that a matplotlibrc file on the reader's machine changes
    nothing. As a decorator of a function that draws it also gives the finished figure the colours of the
    function's `preset`, so that the function itself draws in the colours above only.

    Examples
    --------
    >>> with house_style():
    ...     mpl.rcParams["font.family"]
    ['DejaVu Sans']
    """
    return HouseStyle()


PageT = TypeVar("PageT", bound="Page")


@dataclass(frozen=True, slots=True)
class Preset:
    """Type sizes (points) and measures (inches) of one place a figure is shown in.

    Attributes
    ----------
    name : str
        Layout it takes: "web", "paper" or "slide".
    base, small, fine, title : float
        Points of the body, of notes and keys, of the source line, and of the title.
    width : float
        Width the page aims at; it grows only when the text cannot be had narrower.
    label_width : float
        Widest a column of study labels may be before its text is wrapped.
    plot_width : float
        Narrowest a plotting area may be.
    margin : float
        White edge.
    dpi : int
        Dots an inch of a PNG.
    aspect : float or None
        Width over height, where the page must have a fixed shape.
    coat : str
        "light" for the colours above, or a name of `colours.COATS`.
    """

    name: str
    base: float
    small: float
    fine: float
    title: float
    width: float
    label_width: float
    plot_width: float
    margin: float
    dpi: int
    aspect: float | None = None
    coat: str = LIGHT

    @property
    def em(self) -> float:
        """Size of the body type, inches."""
        return self.base / 72

    @property
    def scale(self) -> float:
        """How much larger its type is than that of the layout it takes."""
        return self.base / PRESETS[self.name].base


_WEB = Preset("web", 10, 9, 8.5, 13, 9.0, 3.0, 3.0, 0.25, 150)
_PAPER = Preset("paper", 8, 7, 7, 9.5, 7.0, 2.2, 1.8, 0.1, 600)
PRESETS = {
    "web": _WEB,
    "paper": _PAPER,
    "slide": Preset("slide", 18.4, 18.4, 18.4, 24, 40 / 3, 4.0, 3.4, 0.35, 144, 16 / 9),
    "paper-single": Preset("paper", 6.5, 6, 5.5, 7.5, 3.4, 1.1, 1.0, 0.05, 600),
    "poster": Preset("web", 25, 22, 20, 34, 22.5, 7.5, 7.5, 0.6, 150),
    "web-dark": replace(_WEB, coat="dark"),
    "print-grey": replace(_PAPER, coat="grey"),
}


class Page(Protocol):
    """Anything measured in inches."""

    width: float
    height: float


def shaped(measure: Callable[[float], PageT], style: Preset) -> PageT:
    """Measure a page, widening it little by little until it is as wide for its height as the preset asks.

    Text wraps less the wider the page, so that the first page wide enough has the largest type.
    """
    page = measure(style.width)
    while style.aspect is not None and page.width < style.aspect * page.height:
        page = measure(1.01 * page.width)
    return page


def preset(name: str) -> Preset:
    """Return a preset by its name.

    "web", "paper" (double column), "paper-single" (single column), "slide" (16:9), "poster", "web-dark"
    (light ink on a dark page) and "print-grey" (a paper's double column in greys).

    Raises
    ------
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> preset("web").base, preset("slide").aspect > 1
    (10, True)
    """
    found, frame = PRESETS[option("preset", name, PRESETS)], FRAME.get()
    if frame is None or found.aspect is None:
        return found
    width, height = frame
    return replace(found, width=width, aspect=width / height, margin=_FRAME_EDGE)


@contextmanager
def framed(width: float, height: float) -> Iterator[None]:
    """Draw figures for slides in the shape of a frame, inches, on one whose words are around it.

    They keep the type of a slide and leave out the foot, which the slide's own words hold.
    """
    before = FRAME.set((width, height))
    try:
        yield
    finally:
        FRAME.reset(before)

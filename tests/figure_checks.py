"""What the tests of the figures share: invented studies, a pooled result, and a look for overlapping text."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.transforms import Bbox

from evidence.effects.effects import Effects
from evidence.figures.style import house_style

# Text that a table may hold and a figure must survive: markup, emoji, letters from right to left, no blanks.
HARD = (
    "A name that takes up a lot of room, with $x_1$ & <b>bold</b>, " * 3,
    "\U0001f600 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u200f<script>alert('x')</script>",
    "Unbreakable" * 9,
)


@dataclass
class StandIn:
    """A pooled result with numbers that are given, not computed."""

    effects: Effects
    weights: np.ndarray | None
    estimate: float = 0.8
    ci_low: float = 0.5
    ci_high: float = 1.1
    pi_low: float = -0.2
    pi_high: float = 1.8
    tau2: float = 0.57
    i2: float = 94.6
    q: float = 120.34
    q_df: int = 6
    q_p: float = 1e-9
    level: float = 0.95
    method: str = "REML"
    test: str = "adhoc"
    k: int = field(init=False)

    def __post_init__(self) -> None:
        self.k = self.effects.k


def invented(k: int, *, excluded: int = 0, **changes: object) -> Effects:
    """Return invented studies; the first excluded one has no number."""
    rng = np.random.default_rng(k)
    rows = k + excluded
    names = ("Abbas", "El-Domyati", "Ibrahim", "Minh", "Zhang")
    table = pd.DataFrame(
        {
            "label": [f"{names[i % 5]} {2000 + i}" for i in range(rows)],
            "yi": np.round(rng.normal(0.8, 0.6, rows), 3),
            "vi": np.round(rng.uniform(0.02, 0.2, rows), 3),
            "n": rng.integers(12, 120, rows).astype(float),
            "design": [
                ("rct_split_face", "nonrandomised_parallel", "single_arm")[i % 3] for i in range(rows)
            ],
            "route": [("arm means and SDs", "p value")[i % 2] for i in range(rows)],
            "included": [True] * k + [False] * excluded,
            "reason": [""] * k + ["no spread is printed in the abstract"] * excluded,
        }
    )
    if excluded:
        table.loc[k, ["yi", "vi"]] = np.nan
    for name, values in changes.items():
        table[name] = values
    return Effects(table, measure="SMD", title="A finding", favours=("favours control", "favours needling"))


def pooled(effects: Effects, **changes: object) -> StandIn:
    """Return a stand-in whose weights run 1, 2, 3, ... and add up to 100."""
    weights = np.arange(1, effects.k + 1, dtype=float)
    return StandIn(effects, 100 * weights / weights.sum(), **changes)


def with_changes(effects: Effects, **changes: object) -> Effects:
    """Return the same rows under another measure, scale, title or direction."""
    names = ("measure", "scale", "title", "favours")
    return Effects(effects.table, **({name: getattr(effects, name) for name in names} | changes))


def drawn(figure) -> dict:
    """Return the fingerprint of a figure's first axes."""
    return figure.fingerprint()["axes"][0]


def text_boxes(figure) -> list[tuple[str, Bbox]]:
    """Return every text that is drawn with its box in pixels."""
    with house_style():
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        texts = list(figure.texts)
        for axes in figure.axes:
            texts += [*axes.texts, *(axes.get_xticklabels() if axes.axison else ())]
        drawn = [text for text in texts if text.get_text() and text.get_visible()]
        return [(text.get_text(), text.get_window_extent(renderer)) for text in drawn]


def assert_clean(figure) -> None:
    """Assert that no text is clipped, touches another, or runs into a plot it does not belong to."""
    boxes = text_boxes(figure)
    page = figure.bbox
    for text, box in boxes:
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1
        assert inside, f"{text!r} leaves the page: {box} in {page}"
    for (one, a), (other, b) in combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 0.5 or down <= 0.5, (
            f"{one!r} and {other!r} overlap by {across:.1f} x {down:.1f} pixels"
        )
    for axes in figure.axes:
        plot = axes.get_window_extent()
        own = {text.get_text() for text in axes.texts}
        for text, box in boxes:
            across = min(box.x1, plot.x1) - max(box.x0, plot.x0)
            down = min(box.y1, plot.y1) - max(box.y0, plot.y0)
            assert text in own or across <= 0.5 or down <= 0.5, f"{text!r} runs into the plot"

"""The network graph: which treatments studies compared, by how many studies and in how many people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.network_page import Sheet, add_frame, place_words, sheet
from evidence.figures.style import BLUE, INK, MUTED, PAPER, RULE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import LEADING, counted, printable, shortened, text_width, wrapped
from evidence.synthesis.network_pairs import IntArray
from evidence.synthesis.network_result import Network

BoolArray = NDArray[np.bool_]

_EDGE = "#7391A8"  # at least 3:1 on white
_RADIUS = {"web": 1.75, "paper": 1.35, "slide": 1.7}  # of the circle, inches, up to eight treatments
_FEW = 10
_SLIDE_LABEL, _FULL_LABEL = 11.0, 13.7  # ems
_CROWD = 8
_NODE = 2.4  # diameter of the largest node, ems
_LEAST_NODE = 0.06  # area of the smallest node relative to the largest, so that it can be seen
_THICK = 0.55  # width of the thickest line, of the type size
_THIN = 0.08
_SPOTS = (0.5, 0.4, 0.6, 0.33, 0.67, 0.27, 0.73, 0.22, 0.78)


@dataclass(frozen=True, slots=True)
class Graph:
    """What is drawn: treatments in the order of the circle, and the comparisons between them.

    Attributes
    ----------
    names : tuple of str
    size : array, shape (n,)
        People, or studies where people are not known for all.
    studies : array of int, shape (n,)
    unit : str
        What `size` counts.
    ends : array of int, shape (e, 2)
    count : array of int, shape (e,)
        Studies that made the comparison.
    """

    names: tuple[str, ...]
    size: FloatArray
    studies: IntArray
    unit: str
    ends: IntArray
    count: IntArray

    @property
    def angles(self) -> FloatArray:
        """Places on the circle, from the top clockwise, half a step on so that none stands on the axis."""
        n = len(self.names)
        return np.pi / 2 - 2 * np.pi * (np.arange(n) + 0.5) / n

    @property
    def right(self) -> BoolArray:
        """Which treatments are written at the right."""
        return np.cos(self.angles) > -1e-9


@house_style()
def network_graph(
    result: Network,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "network_graph",
) -> EvidenceFigure:
    """Draw which treatments were compared.

    Treatments stand on a circle, part by part of the network and in alphabetical order. The area of a node is
    the number of people (of studies, where people are not known), the width of a line the number of studies,
    printed on it where there is room.

    Parameters
    ----------
    result : Network
    title, subtitle, source : str, optional
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result is no network.

    Examples
    --------
    >>> from evidence.synthesis.network import network
    >>> table = {"study": ["x", "y"], "t1": ["a", "b"], "t2": ["b", "c"], "te": [1, 2], "se": [1, 1]}
    >>> print(network_graph(network(table)).alt)
    Network of 3 treatments: 2 studies make 2 of 3 possible comparisons.
    """
    if not isinstance(result, Network):
        raise InputError(f"network_graph draws a network, not {type(result).__name__}.")
    graph = _graph(result)
    style = preset_called(preset)
    key = (
        f"Area of a circle: {graph.unit}. Width of a line, and the number on it where there is room:"
        " studies that compared the two."
    )
    page = sheet(style, (title or "", subtitle or ""), key, source, lambda w: _needed(graph, style, w))
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(_alt(result, graph), ALT_LENGTH),
        long_alt=_long_alt(result, graph),
        caption=f"{_alt(result, graph)} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    _draw(figure, page, graph)
    return figure


def _graph(result: Network) -> Graph:
    pairs, part = result.pairs, result.random.part
    n = len(result.treatments)
    order = np.lexsort((np.arange(n), part))
    place = np.empty(n, dtype=int)
    place[order] = np.arange(n)
    arms = np.unique(
        np.concatenate([pairs.study * n + place[pairs.first], pairs.study * n + place[pairs.second]])
    )
    studies = np.bincount(arms % n, minlength=n)
    people = pairs.people[order]
    known = bool(np.isfinite(people).all())
    ends = np.sort(np.column_stack([place[pairs.first], place[pairs.second]]), axis=1)
    edges, count = np.unique(ends, axis=0, return_counts=True)
    names = tuple(printable(result.treatments[code]) for code in order)
    unit = "people" if known else "studies"
    return Graph(names, people if known else studies.astype(float), studies, unit, edges, count)


def _label(graph: Graph, code: int) -> str:
    words = counted(int(graph.studies[code]), "study", "studies")
    return (
        f"{words}, {counted(round(graph.size[code]), 'person', 'people')}"
        if graph.unit == "people"
        else words
    )


def _blocks(graph: Graph, style: Preset, room: float) -> list[list[tuple[str, float, str]]]:
    """Lines of each label: the name, and below it how much is known, where a slide has room for that."""
    lines = []
    for code, name in enumerate(graph.names):
        named = [(line, style.base, INK) for line in wrapped(name, room, style.base, lines=3)]
        below = [] if _full(graph, style) else wrapped(_label(graph, code), room, style.small)
        lines.append([*named, *((line, style.small, MUTED) for line in below)])
    return lines


def _full(graph: Graph, style: Preset) -> bool:
    """Return whether a slide has room for the names only."""
    return style.aspect is not None and len(graph.names) > _FEW


def _between(graph: Graph, style: Preset) -> float:
    """Return the space between labels, inches."""
    return (0.1 if _full(graph, style) else 0.35) * style.em


def _height(lines: list[tuple[str, float, str]]) -> float:
    return sum(size * LEADING / 72 for _, size, _ in lines)


def _widest(graph: Graph, style: Preset) -> float:
    whole = max(text_width(name, style.base) for name in graph.names)
    below = max(text_width(_label(graph, code), style.small) for code in range(len(graph.names)))
    most = style.label_width
    if style.aspect is not None:  # the circle takes the width that labels leave
        most = (_FULL_LABEL if _full(graph, style) else _SLIDE_LABEL) * style.em
    return max(min(whole, most), min(below, most)) + 0.02


def _radius(graph: Graph, style: Preset) -> float:
    return style.scale * _RADIUS[style.name] * max(1.0, len(graph.names) / _CROWD) ** 0.5


def _needed(graph: Graph, style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the circle and the labels on both its sides need."""
    room, radius = _widest(graph, style), _radius(graph, style)
    blocks = _blocks(graph, style, room)
    right = graph.right
    gap = _between(graph, style)
    stacks = [
        sum(_height(lines) + gap for lines, here in zip(blocks, right == side, strict=True) if here)
        for side in (True, False)
    ]
    if _full(graph, style):  # the circle takes the height of the labels
        radius = (max(stacks) - 1.6 * _NODE * style.em) / 2
    height = max(2 * radius + 1.6 * _NODE * style.em, *stacks)
    return max(inner, 2 * (radius + room + 3 * style.em)), height


def _draw(figure: EvidenceFigure, page: Sheet, graph: Graph) -> None:
    """Draw in inches from the middle of the circle."""
    style = page.preset
    axes = add_frame(figure, page, style.margin, page.top, (page.inner, page.middle), "network")
    axes.set_xlim(-page.inner / 2, page.inner / 2)
    axes.set_ylim(-page.middle / 2, page.middle / 2)
    room = _widest(graph, style)
    radius = min((page.middle - 1.6 * _NODE * style.em) / 2, page.inner / 2 - room - 3 * style.em)
    spots = radius * np.column_stack([np.cos(graph.angles), np.sin(graph.angles)])
    chord = 2 * radius * np.sin(np.pi / len(graph.names))
    widest = min(_NODE * style.em, 0.8 * chord) * 72
    area = widest**2 * np.maximum(graph.size / graph.size.max(), _LEAST_NODE)
    for (one, two), count in zip(graph.ends, graph.count, strict=True):
        width = style.base * max(_THICK * count / graph.count.max(), _THIN)
        axes.plot(*spots[[one, two]].T, color=_EDGE, linewidth=width, solid_capstyle="butt", zorder=1)
    look = {"facecolor": BLUE, "edgecolor": PAPER, "linewidths": 0.1 * style.base, "zorder": 3}
    axes.scatter(*spots.T, s=area, **look)
    for text, (x, y) in _numbers(graph, spots, np.sqrt(area) / 144, style):
        shown = axes.text(
            x, y, text, size=style.small, color=INK, ha="center", va="center_baseline", zorder=4
        )
        shown.set_bbox({"boxstyle": "square,pad=0.12", "facecolor": PAPER, "edgecolor": "none"})
    _labels(axes, page, graph, spots, np.sqrt(area) / 144, room)


def _numbers(
    graph: Graph, spots: FloatArray, radii: FloatArray, style: Preset
) -> list[tuple[str, tuple[float, float]]]:
    """Numbers of studies with their places: clear of other lines, of nodes, and of each other."""
    done: list[tuple[str, tuple[float, float]]] = []
    boxes = np.empty((0, 4))
    for row in np.argsort(-graph.count, kind="stable"):
        one, two = spots[graph.ends[row]]
        text = f"{graph.count[row]}"
        half = np.array([text_width(text, style.small) / 2 + 0.04, 0.75 * style.small / 72])
        others = np.delete(graph.ends, row, axis=0)
        for share in _SPOTS:
            spot = one + share * (two - one)
            if (np.linalg.norm(spots - spot, axis=1) < radii + np.linalg.norm(half)).any():
                continue
            away = _distances(spot, spots[others[:, 0]], spots[others[:, 1]])
            if (away < float(half.max())).any():
                continue
            if ((np.abs(boxes[:, :2] - spot) >= boxes[:, 2:] + half).any(axis=1)).all():
                done.append((text, (float(spot[0]), float(spot[1]))))
                boxes = np.vstack([boxes, [*spot, *half]])
                break
    return done


def _distances(spot: FloatArray, starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Distance of a point from line segments."""
    along = ends - starts
    share = np.clip(np.vecdot(spot - starts, along) / np.vecdot(along, along), 0, 1)
    return np.linalg.norm(starts + share[:, None] * along - spot, axis=1)


def _labels(axes, page: Sheet, graph: Graph, spots: FloatArray, radii: FloatArray, room: float) -> None:
    """Write the labels in a column on each side, pushed apart, with a line to the node of each."""
    style = page.preset
    blocks = _blocks(graph, style, room)
    heights = np.array([_height(lines) for lines in blocks])
    gap = _between(graph, style)
    for side in (1.0, -1.0):
        here = np.flatnonzero(graph.right if side > 0 else ~graph.right)
        here = here[np.argsort(-spots[here, 1], kind="stable")]
        centres = spread(spots[here, 1], heights[here] + gap, page.middle / 2)
        x = side * (np.abs(spots[:, 0]).max() + radii.max() + 1.3 * style.em)
        for code, centre in zip(here, centres, strict=True):
            start = spots[code, 0] + side * radii[code]
            ends = [start, x - side * 0.2 * style.em], [spots[code, 1], centre]
            axes.plot(*ends, color=RULE, linewidth=0.06 * style.base, linestyle=":", zorder=0)
            top = centre + heights[code] / 2
            for line, size, color in blocks[code]:
                middle = top - size * LEADING / 72 / 2
                align = "left" if side > 0 else "right"
                axes.text(
                    x,
                    middle,
                    line,
                    size=size,
                    color=color,
                    ha=align,
                    va="center_baseline",
                    parse_math=False,
                )
                top -= size * LEADING / 72


def spread(wanted: FloatArray, heights: FloatArray, limit: float) -> FloatArray:
    """Move centres, given from top to bottom, as little as needed for boxes of these heights to stay apart.

    Boxes stay within `limit` above and below 0, as long as they fit there. Neighbours that touch are moved
    together, to the mean of where they want to be.

    Examples
    --------
    >>> spread(np.array([0.1, 0.0]), np.array([1.0, 1.0]), 5.0).round(2)
    array([ 0.55, -0.45])
    """
    groups: list[list[int]] = []
    places: list[float] = []  # centre of each group
    for box in range(wanted.size):
        groups.append([box])
        places.append(_place(wanted, heights, [box], limit))
        while len(groups) > 1:
            upper, lower = groups[-2], groups[-1]
            if places[-2] - heights[upper].sum() / 2 >= places[-1] + heights[lower].sum() / 2 - 1e-12:
                break
            groups[-2:] = [upper + lower]
            places[-2:] = [_place(wanted, heights, groups[-1], limit)]
    centres = np.empty(wanted.size)
    for group, place in zip(groups, places, strict=True):
        tops = place + heights[group].sum() / 2 - np.concatenate([[0.0], np.cumsum(heights[group])[:-1]])
        centres[group] = tops - heights[group] / 2
    return centres


def _place(wanted: FloatArray, heights: FloatArray, group: list[int], limit: float) -> float:
    """Centre of a group that brings its boxes nearest to where they want to be, within the limits."""
    inside = heights[group]
    offsets = inside.sum() / 2 - (np.cumsum(inside) - inside / 2)
    centre = float(np.mean(wanted[group] - offsets))
    reach = max(limit - inside.sum() / 2, 0.0)
    return float(np.clip(centre, -reach, reach))


def _alt(result: Network, graph: Graph) -> str:
    n = len(graph.names)
    joined = "" if len(result.subnetworks) == 1 else f" in {len(result.subnetworks)} parts"
    studies = counted(result.k, "study", "studies")
    verb = "makes" if result.k == 1 else "make"
    return (
        f"Network of {n} treatments{joined}: {studies} {verb} {len(graph.count)} of"
        f" {n * (n - 1) // 2} possible comparisons."
    )


def _long_alt(result: Network, graph: Graph) -> str:
    nodes = "; ".join(f"{name}: {_label(graph, code)}" for code, name in enumerate(graph.names))
    edges = "; ".join(
        f"{graph.names[one]} and {graph.names[two]} {count}"
        for (one, two), count in zip(graph.ends, graph.count, strict=True)
    )
    return f"{_alt(result, graph)} {nodes}. Studies of each comparison: {edges}."

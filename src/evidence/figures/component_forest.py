"""The component forest plot: what each component of combined treatments adds."""

from __future__ import annotations

import numpy as np

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, robust_limits, ticks
from evidence.figures.interval_rows import Rows, draw_rows, needed
from evidence.figures.network_page import place_words, sheet
from evidence.figures.slides import turned
from evidence.figures.style import Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, p_value, printable, shortened
from evidence.synthesis.component_result import Components


@house_style()
def component_forest(
    result: Components,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    favours: tuple[str, str] | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "component_forest",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw what each component, and each interaction, adds, as a forest plot.

    A component that the data cannot tell from others stands there without an estimate.

    Parameters
    ----------
    result : Components
    title, subtitle, source : str, optional
    favours : (str, str), optional
        What lies below and above no effect.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        Draw this page of a figure spread over several slides; default all on one.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result is no component network.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.synthesis.components import components
    >>> table = {"study": list("xyz"), "t1": ["mn", "mn + prp", "mn + prp"], "t2": ["none", "none", "mn"],
    ...          "te": [-0.5, -0.9, -0.3], "se": [0.2, 0.2, 0.2]}
    >>> print(component_forest(components(table, inactive="none", method="DL")).alt)
    Forest plot of 2 components: mn −0.53 (−0.85 to −0.21), prp −0.33 (−0.65 to −0.01).
    """
    if not isinstance(result, Components):
        raise InputError(f"component_forest draws a component network, not {type(result).__name__}.")
    units = axis(result.scale, result.measure, None)
    style = preset_called(preset)
    every = _rows(result, units, style, favours)
    leaf, shown = turned([[i] for i in range(len(every.labels))], page)
    rows = every.only(shown)
    subtitle = leaf.subtitle(subtitle or "")
    key = _key(result, units)
    words = title or "", subtitle or ""
    laid = sheet(style, words, key, source, lambda w: needed(rows, style, w))
    said = [f"{name} {each}" for name, each in zip(rows.labels, rows.words, strict=True)]
    alt = f"Forest plot of {counted(len(said), 'component')}: {', '.join(said)}."
    figure = EvidenceFigure(
        laid.width,
        laid.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(alt), ALT_LENGTH),
        long_alt=f"{alt} {key} {result.method_text()}",
        caption=f"{key} {result.method_text()}",
        dpi=style.dpi,
    )
    place_words(figure, laid)
    draw_rows(figure, laid, rows, "components")
    figure.pages = leaf.count
    return figure


def _rows(result: Components, units: Axis, style: Preset, favours: tuple[str, str] | None) -> Rows:
    table = result.summary()
    te, low, high = (units.drawn(table[name]) for name in ("te", "ci_low", "ci_high"))
    limits = robust_limits(te, low, high, [*low, *high], [], null=units.null)
    words = tuple(
        units.estimate(*each) if np.isfinite(each[0]) else "not estimable"
        for each in table[["te", "ci_low", "ci_high"]].to_numpy()
    )
    spots, marks = ticks(units, limits, style.plot_width, style.small)
    heading = f"{units.short} ({100 * result.level:g} % CI)"
    return Rows(
        tuple(printable(name) for name in table["component"]),
        words,
        te,
        low,
        high,
        headings=("Component", heading),
        limits=limits,
        ticks=tuple(zip(spots, marks, strict=True)),
        null=units.null,
        sides=("", "") if favours is None else favours,
    )


def _key(result: Components, units: Axis) -> str:
    """What is drawn, how additive the components are, and what cannot be told."""
    against = "" if result.inactive is None else f" to {result.inactive}"
    unit = "" if result.measure == "GEN" else f"{units.long[0].lower()}{units.long[1:]}, "
    effects = "random effects" if result.model == "random" else "common effect"
    parts = [f"What each component adds{against}: {unit}{effects}."]
    if result.q_difference_df:
        parts.append(
            f"Additivity: Q = {result.q_difference:.2f}, df = {result.q_difference_df},"
            f" {p_value(result.q_difference_p)}."
        )
    if result.unidentified:
        parts.append(f"Not estimable, for the data cannot tell them apart: {', '.join(result.unidentified)}.")
    return " ".join(parts)

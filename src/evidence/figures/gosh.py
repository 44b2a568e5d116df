"""The GOSH plot: the pooled results of all subsets of studies, and what one study does to them."""

from __future__ import annotations

from functools import partial

from evidence.arguments import option
from evidence.errors import InputError
from evidence.figures import gosh_words as say
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.gosh_cloud import cloud_of
from evidence.figures.gosh_panels import draw_panels, panels_size
from evidence.figures.gosh_plot import draw_plot, plot_size
from evidence.figures.network_page import place_words, sheet
from evidence.figures.style import house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import printable, shortened
from evidence.robustness.gosh_result import Gosh

AGAINST = ("i2", "tau2")


@house_style()
def gosh(
    result: Gosh,
    *,
    study: str | int | None = None,
    each: bool = False,
    against: str = "i2",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "gosh",
) -> EvidenceFigure:
    """Draw the pooled estimates of all subsets against their heterogeneity.

    After Olkin, Dahabreh and Trikalinos 2012, Res Synth Methods 3:214. The subsets are counted in cells, so
    that a million of them make a small file; the distributions of both axes stand along the sides.

    Parameters
    ----------
    result : Gosh
    study : str or int, optional
        Colour the subsets by whether they hold this study, named by its label or its position (from 0).
    each : bool
        Draw a small panel a study, each coloured by its own study, in place of one plot; the study that
        separates the subsets most stands first.
    against : {"i2", "tau2"}
        What the vertical axis shows.
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
        If the result is not that of `ev.gosh`, holds no subset of two or more studies, or `study` and `each`
        are both given.
    OptionError
        If there is no such study, axis or preset.

    Examples
    --------
    >>> from evidence.robustness.subsets import gosh as pool_subsets
    >>> result = pool_subsets(yi=[0.1, 0.2, 0.15, 1.4], vi=[0.03, 0.05, 0.04, 0.04])
    >>> print(gosh(result, study="Study 4").alt)
    GOSH plot of all 11 subsets of 4 studies: pooled 0.12 to 0.80; all studies 0.46; coloured by Study 4.
    """
    if not isinstance(result, Gosh):
        raise InputError(f"gosh draws the result of ev.gosh, not {type(result).__name__}.")
    option("each", each, (True, False))
    if each and study is not None:
        raise InputError("each=True colours a panel a study; leave study= out.")
    cloud = cloud_of(result, option("against", against, AGAINST))
    style = preset_called(preset)
    at = None if study is None else result.position(study)
    table = result.summary()
    by = "each study in turn" if each else None if at is None else printable(result.labels[at])
    words = say.key(result, each=each, coloured=by is not None)
    measured = partial(panels_size, cloud, style) if each else partial(plot_size, cloud, style, at)
    page = sheet(style, (title or "", subtitle or ""), words, source, measured)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(say.short_alt(result, cloud.units, by), ALT_LENGTH),
        long_alt=say.long_alt(cloud, table),
        caption=f"{say.short_alt(result, cloud.units, by)} {words}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    if each:
        draw_panels(figure, page, cloud, table)
    else:
        draw_plot(figure, page, cloud, at)
    return figure

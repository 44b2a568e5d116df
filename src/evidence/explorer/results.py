"""The results of an exploration as widgets: answer, figure, differences, and what can be taken home."""

from __future__ import annotations

from functools import lru_cache

import ipywidgets as widgets

from evidence.errors import InputError
from evidence.explorer import page, take_home
from evidence.explorer.compute import Engine, Result
from evidence.explorer.differences import differences
from evidence.explorer.script import script
from evidence.explorer.state import State, format_link
from evidence.figures.catalogue import answer_forest
from evidence.figures.figure import EvidenceFigure

DRAWN = 32
# Verdana has the widths of DejaVu Sans where that is not installed.
FONTS = b"'DejaVu Sans', Verdana, sans-serif"
OUT_OF_DATE = "Out of date: these are the last choices that could be computed."


class ResultsPane:
    """Shows results one after the other, the words before the picture, for a picture takes longest.

    Parameters
    ----------
    engine : Engine
    served : bool
        Whether a server shows it at an address, which then carries the choices.
    """

    def __init__(self, engine: Engine, *, served: bool) -> None:
        self._engine, self._served = engine, served
        self._drawn = lru_cache(DRAWN)(self._draw)
        self._result: Result | None = None
        self._names: list[str] = []
        self.warning = widgets.HTML()
        self.answer = widgets.HTML()
        self.figure = widgets.HTML()
        self.differences = widgets.HTML()
        self.downloads = widgets.HTML()
        self.make_figures = widgets.Button(description="Make the figure files")
        self.figures = widgets.HTML()
        self.link = widgets.HTML()
        self.code = widgets.HTML()
        self.brief = widgets.HTML()
        self.brief.add_class("evidence-brief")
        self.make_figures.on_click(self._make_figures)
        self.answer.add_class("evidence-answer")
        self.box = widgets.VBox(self._children())
        self.box.add_class("evidence-results")

    def _children(self) -> list[widgets.Widget]:
        return [
            widgets.HTML(page.heading(2, "Answer")),
            self.warning,
            self.answer,
            self.figure,
            widgets.HTML(page.heading(2, "What differs from the primary analysis")),
            self.differences,
            widgets.HTML(page.heading(2, "Take it with you")),
            self.downloads,
            self.make_figures,
            self.figures,
            self.link,
            self.code,
            self.brief,
        ]

    def show(self, result: Result) -> None:
        """Show a result."""
        self._result = result
        primary = self._engine(result.state.primary())
        self.warning.value = ""
        self.answer.value = page.answer(result, primary=result.state == primary.state)
        beside = differences(self._engine.review, primary, result)
        self.differences.value = page.differences(beside)
        self.brief.value = page.brief(beside)
        self.link.value = page.link(format_link(result.state), served=self._served)
        text = script(self._engine.review, result.state)
        self.code.value = page.code(text)
        files = [take_home.rows_file(result), take_home.code_file(result, text)]
        self._names = [each.label for each in files]
        self.downloads.value = page.downloads(files)
        self.figures.value = ""
        try:
            self.figure.value = page.picture(*self._drawn(result.state))
        except InputError as error:
            self.figure.value = page.paragraph(str(error))
            self.make_figures.disabled = True
        else:
            self.make_figures.disabled = False

    def go_stale(self) -> None:
        """Keep what is shown, say that it is out of date, and let nothing of it be taken home."""
        self.warning.value = page.paragraph(OUT_OF_DATE, "evidence-stale")
        self.downloads.value = page.without_downloads(self._names)
        self.make_figures.disabled = True
        self.figures.value = self.link.value = self.brief.value = ""

    def _make_figures(self, _button: object) -> None:
        figure, _picture = self._drawn(self._result.state)
        self.figures.value = page.downloads(take_home.figure_files(self._result, figure))

    def _draw(self, state: State) -> tuple[EvidenceFigure, bytes]:
        found = self._engine(state).answer
        marks = ["not the primary analysis", *(["with a hypothetical trial"] if state.trial else [])]
        title = None if state == state.primary() else f"{found.headline()} ({', '.join(marks)})"
        figure = answer_forest(found, title=title)
        # Letters as text, which is drawn and sent in a third of the time; files have their outlines.
        return figure, figure.to_bytes("svg", editable=True).replace(b"'DejaVu Sans'", FONTS)

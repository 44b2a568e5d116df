"""The house layouts of journals for a forest plot: their columns, marks and turns of phrase."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.figures.forest_draw import Marks
from evidence.figures.style import BLUE, GREEN, INK, MUTED

LAYOUTS = ("evidence", "RevMan", "BMJ", "JAMA")


@dataclass(frozen=True, slots=True)
class Piece:
    """A column of one arm: its heading, and how its cell is written for a study and for all studies."""

    heading: str
    cell: str
    total: str = ""


@dataclass(frozen=True, slots=True)
class Journal:
    """How one journal lays out a forest plot.

    Attributes
    ----------
    name : str
    studies : str
        Heading over the labels.
    total, subtotal : str
        Labels of the pooled results; "{level}" stands for the level and "{k}" for the number of studies.
    means, counts : tuple of Piece
        Columns of an arm where means, and where events, were compared.
    people : str
        Heading over the number of people.
    arms : (str, str)
        Names of the two groups where the caller has none.
    arm_over : bool
        The name of the group stands over its columns; otherwise the heading of the piece stands over both.
    before, after : tuple of str
        "weight" and "estimate", left and right of the plot.
    brackets : bool
        Intervals are written "[0.1, 0.9]"; otherwise "(0.1 to 0.9)".
    plot_heading : bool
        What is measured stands over the plot, too.
    marks : Marks
        How the marks look where events were counted.
    marks_of_means : Marks or None
        How they look otherwise, if different.
    spacing : float
        Height of the rows, relative to the plain layout.
    favours : str
        How the word is spelt.
    favours_above : bool
        The two directions stand over the plot, not under its axis.
    """

    name: str
    studies: str
    total: str
    subtotal: str
    means: tuple[Piece, ...]
    counts: tuple[Piece, ...]
    people: str
    arms: tuple[str, str]
    arm_over: bool
    before: tuple[str, ...]
    after: tuple[str, ...]
    brackets: bool
    plot_heading: bool
    marks: Marks
    marks_of_means: Marks | None = None
    spacing: float = 1.0
    favours: str = "Favours"
    favours_above: bool = False

    def look(self, *, counts: bool) -> Marks:
        """Return how the marks look: RevMan has blue squares for events and green ones for means."""
        return self.marks if counts or self.marks_of_means is None else self.marks_of_means


_VIOLET = "#5E4B9B"
_NAVY = "#1F3F6E"

JOURNALS = {
    "RevMan": Journal(
        "RevMan",
        studies="Study or subgroup",
        total="Total ({level} CI)",
        subtotal="Subtotal ({level} CI)",
        means=(Piece("Mean", "{mean}"), Piece("SD", "{sd}"), Piece("Total", "{n}", "{n}")),
        counts=(Piece("Events", "{events}", "{events}"), Piece("Total", "{total}", "{total}")),
        people="Total",
        arms=("Experimental", "Control"),
        arm_over=True,
        before=("weight", "estimate"),
        after=(),
        brackets=True,
        plot_heading=True,
        marks=Marks(square=BLUE, line=INK, diamond="#000000", bar=MUTED, through=False),
        marks_of_means=Marks(square=GREEN, line=INK, diamond="#000000", bar=MUTED, through=False),
    ),
    "BMJ": Journal(
        "BMJ",
        studies="Study",
        total="Total ({level} CI)",
        subtotal="Subtotal ({level} CI)",
        means=(Piece("Mean (SD)/total", "{mean} ({sd})/{n}", "{n}"),),
        counts=(Piece("No of events/total", "{events}/{total}", "{events}/{total}"),),
        people="No of people",
        arms=("Intervention", "Control"),
        arm_over=False,
        before=(),
        after=("weight", "estimate"),
        brackets=False,
        plot_heading=True,
        marks=Marks(square=_VIOLET, line=_VIOLET, diamond=_VIOLET, bar="#B9AEDB"),
        spacing=1.2,
    ),
    "JAMA": Journal(
        "JAMA",
        studies="Source",
        total="Total",
        subtotal="Subtotal",
        means=(Piece("Mean (SD)", "{mean} ({sd})"), Piece("Total, No.", "{n}", "{n}")),
        counts=(Piece("Events, No.", "{events}", "{events}"), Piece("Total, No.", "{total}", "{total}")),
        people="Total, No.",
        arms=("Intervention", "Control"),
        arm_over=True,
        before=("estimate",),
        after=("weight",),
        brackets=False,
        plot_heading=False,
        marks=Marks(square=_NAVY, line=INK, diamond=_NAVY, bar="#9DB2CF", through=False),
        favours="Favors",
        favours_above=True,
    ),
}

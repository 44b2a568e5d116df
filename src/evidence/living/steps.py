"""What the guided way asks of a study, an arm, a number and a comparison, and what it proposes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evidence.living.draft import NewRow

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sofar:
    """What was answered so far.

    Attributes
    ----------
    rows : sequence of NewRow
        The rows that are complete.
    cells : dict of str to str
        The row in the making.
    """

    rows: Sequence[NewRow]
    cells: Cells

    @property
    def study(self) -> Cells:
        """The study's cells."""
        return self.rows[0].cells if self.rows else {}

    def arms(self) -> list[str]:
        """Return the letters of the arms."""
        return [row.cells["arm_id"] for row in self.rows if row.table == "arms"]

    def last(self, table: str, column: str, otherwise: str = "") -> str:
        """Return what the last row of a table says in a column."""
        said = [row.cells[column] for row in self.rows if row.table == table and column in row.cells]
        return said[-1] if said else otherwise


def _nothing(_sofar: Sofar) -> str:
    return ""


def _always(_cells: Cells) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to ask.

    Attributes
    ----------
    column : str
    propose : callable
        From what was answered so far to the answer that Enter gives.
    asked : callable
        From the cells so far to whether the question is asked at all.
    needed : bool
        Whether it must be answered although the table would take a blank.
    """

    column: str
    propose: Callable[[Sofar], str] = _nothing
    asked: Callable[[Cells], bool] = _always
    needed: bool = False


def _saying(word: str) -> Callable[[Sofar], str]:
    return lambda _sofar: word


def _kind_is(*kinds: str) -> Callable[[Cells], bool]:
    return lambda cells: cells.get("value_kind") in kinds


def _randomised(sofar: Sofar) -> str:
    design = sofar.cells.get("design", "")
    return "yes" if design.startswith("rct") else "not_applicable" if design == "single_arm" else "no"


def _split_face(sofar: Sofar) -> str:
    return "yes" if sofar.cells.get("design", "").endswith("split_face") else "no"


def _next_letter(sofar: Sofar) -> str:
    taken = sofar.arms()
    return next((letter for letter in "abcdefghijklmnop" if letter not in taken), "")


def _needling(sofar: Sofar) -> str:
    treatment = sofar.cells.get("treatment", "")
    return "mnrf" if treatment.startswith("mnrf") else "mn" if treatment.startswith("mn") else "none"


def _scale(sofar: Sofar) -> str:
    """Propose the scale that was named last for the same outcome."""
    same = [
        row.cells for row in sofar.rows if row.cells.get("outcome", "") == sofar.cells.get("outcome", None)
    ]
    return same[-1].get("scale_name", "") if same else ""


def _higher_is(sofar: Sofar) -> str:
    scale = sofar.cells.get("scale_name")
    same = [row.cells.get("higher_is", "") for row in sofar.rows if row.cells.get("scale_name") == scale]
    return same[-1] if same else ""


def _visit(sofar: Sofar) -> str:
    is_baseline = sofar.cells.get("value_kind") == "baseline"
    return "baseline" if is_baseline else sofar.last("outcomes", "timepoint_label").replace("baseline", "")


def _primary(sofar: Sofar) -> str:
    return "baseline" if sofar.cells.get("value_kind") == "baseline" else "yes"


def _source(sofar: Sofar) -> str:
    return sofar.study.get("source", "")


def _paired(sofar: Sofar) -> str:
    within = "baseline" in {sofar.cells.get("arm_id_1"), sofar.cells.get("arm_id_2")}
    return "yes" if within or sofar.study.get("split_face") == "yes" else "no"


def _contrast_type(sofar: Sofar) -> str:
    return "within_arm" if sofar.cells.get("arm_id_2") == "baseline" else "between_arm"


_SCORES = _kind_is("baseline", "final")
_WITH_ESTIMATE: Callable[[Cells], bool] = lambda cells: cells.get("effect_measure") not in {"p_only", "none"}  # noqa: E731

STEPS: dict[str, tuple[Step, ...]] = {
    "studies": (
        Step("study_id"),
        Step("label"),
        Step("title"),
        Step("author_certainty", _saying("printed")),
        Step("design"),
        Step("randomised", _randomised),
        Step("split_face", _split_face),
        Step("blinding", _saying("not_stated")),
        Step("n_enrolled"),
        Step("population", _saying("facial_acne_scars")),
        Step("needling", _saying("mn")),
        Step("retracted", _saying("no")),
        Step("source_level", _saying("abstract")),
        Step("source"),
    ),
    "arms": (
        Step("arm_id", _next_letter),
        Step("arm_kind", lambda sofar: "side" if sofar.study.get("split_face") == "yes" else "arm"),
        Step("treatment"),
        Step("needling", _needling),
        Step("treatment_detail"),
        Step("n_arm"),
    ),
    "outcomes": (
        Step("arm_id", lambda sofar: sofar.last("outcomes", "arm_id", sofar.arms()[0])),
        Step("outcome", lambda sofar: sofar.last("outcomes", "outcome")),
        Step("value_kind"),
        Step("scale_name", _scale),
        Step("threshold_class", asked=lambda cells: cells.get("outcome") == "responder", needed=True),
        Step("higher_is", _higher_is, asked=_kind_is("baseline", "final", "change"), needed=True),
        Step("timepoint_label", _visit),
        Step("n", lambda sofar: sofar.last("outcomes", "n"), asked=_kind_is("baseline", "final", "change")),
        Step("mean", asked=_SCORES),
        Step("sd", asked=_SCORES),
        Step("change_mean", asked=_kind_is("change")),
        Step("change_sd", asked=_kind_is("change")),
        Step("change_pct", asked=_kind_is("percent_only")),
        Step("events", asked=_kind_is("events")),
        Step("total", lambda sofar: sofar.last("outcomes", "total"), asked=_kind_is("events")),
        Step("primary_time", _primary),
        Step("usable", _saying("yes")),
        Step("source", _source),
        Step("locator", lambda sofar: sofar.last("outcomes", "locator", "abstract")),
    ),
    "contrasts": (
        Step("arm_id_1", lambda sofar: sofar.arms()[0]),
        Step("arm_id_2", lambda sofar: (sofar.arms()[1:] or ["baseline"])[0]),
        Step("contrast_type", _contrast_type),
        Step("outcome", lambda sofar: sofar.last("outcomes", "outcome")),
        Step("scale_name", _scale),
        Step("effect_measure", _saying("p_only")),
        Step("estimate", asked=_WITH_ESTIMATE),
        Step("ci_low", asked=_WITH_ESTIMATE),
        Step("ci_high", asked=_WITH_ESTIMATE),
        Step("p_value"),
        Step("paired", _paired),
        Step("direction", _saying("no difference")),
        Step("source", _source),
        Step("locator", lambda sofar: sofar.last("contrasts", "locator", "abstract")),
    ),
}

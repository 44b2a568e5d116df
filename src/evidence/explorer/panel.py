"""`Explorer`: controls beside the answer they lead to; a choice that cannot be made leaves the last one."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from evidence.effects.assemble import KINDS
from evidence.errors import EvidenceError
from evidence.explorer import TITLE, page
from evidence.explorer.compute import LEFT_OUT, Engine, Result
from evidence.explorer.debounce import Debounced
from evidence.explorer.forms import ChoiceForm, StudyForm, TrialForm
from evidence.explorer.results import ResultsPane
from evidence.explorer.state import State
from evidence.explorer.trial import EFFECT, STUDY_ID, Trial
from evidence.review import Review


class Explorer:
    """The page as widgets.

    Parameters
    ----------
    review : Review
    state : State
        What is shown first.
    message : str
        What to say at the head, such as why a link could not be followed.
    served : bool
        Whether a server shows it at an address, which then carries the choices.

    Attributes
    ----------
    widget : VBox
    result : Result
        The last that could be computed.
    stale : bool
        Whether the choices that are set now could not be computed.
    """

    def __init__(self, review: Review, state: State, *, message: str = "", served: bool = False) -> None:
        self.engine = Engine(review)
        self.result = self.engine(state)
        self.stale = False
        self._filling = False
        self._later = Debounced(self.refresh)
        asked = [(f"{each.id} {each.text}", each.id) for each in review.all_questions() if each.kind in KINDS]
        self.question = widgets.Dropdown(options=asked, description="Question", value=state.question)
        self.question.observe(self._other_question, "value")
        self.reset = widgets.Button(description="Back to the primary analysis")
        self.reset.on_click(self._other_question)
        self.studies = StudyForm(self._changed)
        self.results = ResultsPane(self.engine, served=served)
        self.message = widgets.HTML(page.alert("The link was not followed.", message) if message else "")
        self.message.add_class("evidence-message")
        self._forms = widgets.VBox([])
        self._forms.add_class("evidence-choices")
        self.widget = self._page()
        self._fill(self.result.state)
        self._show(self.result)

    def _page(self) -> widgets.VBox:
        head = widgets.HTML(page.head())
        columns = widgets.HBox([self._forms, self.results.box])
        columns.add_class("evidence-columns")
        whole = widgets.VBox([head, self.message, columns])
        whole.add_class("evidence-explorer")
        return whole

    def state(self) -> State:
        """Return the choices that are set.

        Raises
        ------
        InputError
            If a number was typed that is none.
        """
        return State(
            self.question.value,
            **self.choices.read(),
            without=self.studies.read(),
            trial=self.trial.read(),
        )

    def refresh(self) -> None:
        """Compute what is set and show it; where that cannot be, say why and keep the last result."""
        try:
            self.result = self.engine(self.state())
        except (EvidenceError, ValueError, ArithmeticError) as error:
            self.stale = True
            self.message.value = page.alert("Not computed.", str(error))
            self.results.go_stale()
            return
        self.stale = False
        self.message.value = ""
        self._show(self.result)

    def _changed(self, *_: object) -> None:
        if not self._filling:
            self._later()

    def _other_question(self, *_: object) -> None:
        """Start from the primary analysis of the question that is chosen."""
        self._fill(State(self.question.value))
        self._changed()

    def _other_measure(self, *_: object) -> None:
        """Ask for the numbers of the trial anew, since they stood for another measure."""
        if self._filling:
            return
        kept = self.result.state.trial
        self._ask_for_trial(None if kept is None or kept.kind == EFFECT else kept)
        self._changed()

    def _fill(self, state: State) -> None:
        """Make the controls of a question, set to a state."""
        self._filling = True
        question = self.engine.review.question(state.question)
        self.choices = ChoiceForm(question, state, self._changed)
        if "measure" in self.choices.controls:
            self.choices.controls["measure"].observe(self._other_measure, "value")
        self.studies.show(_with_a_number(self.engine(state)), state.without)
        self.trial = TrialForm(question, state.measure_of(question), state.trial, self._changed)
        self._arrange()
        self._filling = False

    def _ask_for_trial(self, trial: Trial | None) -> None:
        question = self.engine.review.question(self.question.value)
        measure = self.choices.controls["measure"].value
        self.trial = TrialForm(question, measure, trial, self._changed)
        self._arrange()

    def _arrange(self) -> None:
        self._forms.children = (
            widgets.HTML(page.heading(2, "Choices")),
            self.question,
            self.reset,
            self.choices.box,
            widgets.HTML(
                page.heading(3, "Studies taken in") + page.paragraph("Uncheck one to leave it out.")
            ),
            self.studies.box,
            widgets.HTML(
                page.heading(3, "A hypothetical trial")
                + page.paragraph("What would one more trial with these numbers change?")
            ),
            self.trial.box,
        )

    def _show(self, result: Result) -> None:
        self._filling = True
        self.studies.show(_with_a_number(result), result.state.without)
        self._filling = False
        self.results.show(result)

    def __repr__(self) -> str:
        found = self.result.answer
        return f"{TITLE}: {found.question.text}. {page.sentence(found.number())}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self.widget._repr_mimebundle_() | {"text/plain": repr(self)}


def _with_a_number(result: Result) -> dict[str, str]:
    """Return the labels of the studies with a number by their ids, those left out by hand among them."""
    table = result.answer.effects.table
    rows = table.loc[table["included"] | (table["reason"] == LEFT_OUT)].drop_duplicates("study_id")
    rows = rows.loc[rows["study_id"] != STUDY_ID].sort_values("label", key=lambda labels: labels.str.lower())
    return dict(zip(rows["study_id"], rows["label"], strict=True))

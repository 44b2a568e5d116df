"""The controls of an exploration: choices, studies and the hypothetical trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from evidence.explorer import page
from evidence.explorer.choices import Choice, choices_for
from evidence.explorer.state import State, number
from evidence.explorer.trial import KIND_LABELS, Trial, fields, kinds_for
from evidence.tables.question import Question

Changed = Callable[[object], None]
_NO_TRIAL = "none"


class ChoiceForm:
    """One control a choice of a question."""

    def __init__(self, question: Question, state: State, changed: Changed) -> None:
        # An empty measure or model is the question's own.
        self.controls = {
            choice.name: _control(choice, choice.primary if level == "" else level)
            for choice in choices_for(question)
            for level in [getattr(state, choice.name)]
        }
        for control in self.controls.values():
            control.observe(changed, "value")
        self.box = widgets.VBox(list(self.controls.values()))

    def read(self) -> dict[str, Any]:
        """Return the levels that are chosen, by name."""
        return {name: control.value for name, control in self.controls.items()}


def _control(choice: Choice, level: str | float) -> widgets.Dropdown | widgets.FloatText:
    label = f"{choice.label} (primary: {choice.primary})"
    if not choice.levels:
        return widgets.FloatText(value=level, step=0.05, description=label)
    options = [(words, code) for code, words in choice.levels.items()]
    return widgets.Dropdown(options=options, value=level, description=label)


class StudyForm:
    """A check box a study that has a number."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._boxes: dict[str, widgets.Checkbox] = {}
        self._out_of_sight: set[str] = set()
        self.box = widgets.VBox([])

    def show(self, labels: Mapping[str, str], without: tuple[str, ...]) -> None:
        """Show these studies, by id, those of `without` unchecked."""
        self._out_of_sight = set(without) - set(labels)
        if list(labels) != list(self._boxes):
            self._make(labels)
        for study_id, check in self._boxes.items():
            check.value = study_id not in without

    def _make(self, labels: Mapping[str, str]) -> None:
        for old in self._boxes.values():
            old.close()
        self._boxes = {
            study_id: widgets.Checkbox(value=True, description=label, indent=False)
            for study_id, label in labels.items()
        }
        for check in self._boxes.values():
            check.observe(self._changed, "value")
        self.box.children = tuple(self._boxes.values())

    def read(self) -> tuple[str, ...]:
        """Return the studies that are left out."""
        unchecked = {study_id for study_id, check in self._boxes.items() if not check.value}
        return tuple(sorted(unchecked | self._out_of_sight))

    def check(self, study_id: str, value: bool) -> None:
        """Check or uncheck a study."""
        self._boxes[study_id].value = value


class TrialForm:
    """The numbers of a hypothetical trial; it is added when all are filled in."""

    def __init__(self, question: Question, measure: str, trial: Trial | None, changed: Changed) -> None:
        self._question, self._measure, self._changed = question, measure, changed
        kinds = kinds_for(question, measure)
        self.kind = widgets.Dropdown(
            options=[("none", _NO_TRIAL), *((KIND_LABELS[kind], kind) for kind in kinds)],
            value=trial.kind if trial else _NO_TRIAL,
            description="Describe it by",
        )
        self.numbers: dict[str, widgets.Text] = {}
        self._said = widgets.HTML()
        self.box = widgets.VBox([])
        self._ask(trial.numbers if trial else ())
        self.kind.observe(self._other_kind, "value")

    def _other_kind(self, change: object) -> None:
        self._ask(())
        self._changed(change)

    def _ask(self, numbers: tuple[float, ...]) -> None:
        for old in self.numbers.values():
            old.close()
        asked = {} if self.kind.value == _NO_TRIAL else fields(self._question, self._measure, self.kind.value)
        self.numbers = {
            name: widgets.Text(description=label, continuous_update=False) for name, label in asked.items()
        }
        for control, value in zip(self.numbers.values(), numbers, strict=False):
            control.value = f"{value:.15g}"
        for control in self.numbers.values():
            control.observe(self._changed, "value")
        self.box.children = (self.kind, *self.numbers.values(), self._said)

    def read(self) -> Trial | None:
        """Return the trial; None where none is described, or not yet in full.

        Raises
        ------
        InputError
            If what was typed is no number.
        """
        missing = [each.description for each in self.numbers.values() if not each.value.strip()]
        self._said.value = (
            page.paragraph(f"The trial is added when all is filled in. Still missing: {'; '.join(missing)}.")
            if missing
            else ""
        )
        if missing or not self.numbers:
            return None
        return Trial(self.kind.value, tuple(number(each.value) for each in self.numbers.values()))

"""What several test files need and nobody changes: the review, its answers and its verdicts, made once."""

from __future__ import annotations

import pytest

from copied_tables import copy_of_data, git
from evidence.certainty.verdict import verdicts
from evidence.living import commands, diff, estimates
from evidence.review import load
from evidence.synthesis.answer import answers
from evidence.tables.schema import TABLES


@pytest.fixture(scope="session")
def whole_review():
    return load()


@pytest.fixture(scope="session")
def review(whole_review):
    """Return the same under a shorter name, which a module may give to other tables."""
    return whole_review


@pytest.fixture(scope="session")
def whole_answers(whole_review):
    return answers(whole_review)


@pytest.fixture(scope="session")
def whole_verdicts(whole_review, whole_answers):
    return verdicts(whole_review, whole_answers)


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the tables, to be changed."""
    return copy_of_data(tmp_path)


@pytest.fixture
def repository(folder):
    """Return a copy of the tables that git knows."""
    git(folder.parent, "init", "-q")
    git(folder.parent, "add", "-A")
    git(folder.parent, "commit", "-qm", "tables")
    return folder


@pytest.fixture
def without_the_difference(monkeypatch):
    """Let additions be silent on what they changed: that takes most of their time, and has its own tests."""
    monkeypatch.setattr(commands, "_print_difference", lambda _review: None)


@pytest.fixture(autouse=True)
def known_answers_are_not_computed_again(request, monkeypatch):
    """Let comparisons of versions take the answers and judgements of the tables as they are from here."""
    if not request.module.__name__.startswith("test_living"):
        return
    review, found = (request.getfixturevalue(name) for name in ("whole_review", "whole_answers"))
    answer, judgements = estimates.answer, diff.judgements
    judged = request.getfixturevalue("whole_judgements")

    def unchanged(other):
        return all(
            getattr(other, name).equals(getattr(review, name)) for name in TABLES if name != "changelog"
        )

    monkeypatch.setattr(
        estimates, "answer", lambda other, key: found[key] if unchanged(other) else answer(other, key)
    )
    monkeypatch.setattr(
        diff, "judgements", lambda other, known: judged if unchanged(other) else judgements(other, known)
    )


@pytest.fixture(scope="session")
def whole_judgements(whole_review, whole_answers):
    return diff.judgements(whole_review, whole_answers)

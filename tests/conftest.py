"""What several test files need and nobody changes: the review, its answers and its verdicts, made once."""

from __future__ import annotations

import pytest

from evidence.certainty.verdict import verdicts
from evidence.review import load
from evidence.synthesis.answer import answers


@pytest.fixture(scope="session")
def whole_review():
    return load()


@pytest.fixture(scope="session")
def whole_answers(whole_review):
    return answers(whole_review)


@pytest.fixture(scope="session")
def whole_verdicts(whole_review, whole_answers):
    return verdicts(whole_review, whole_answers)

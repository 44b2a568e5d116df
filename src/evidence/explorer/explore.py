"""`explore`: the exploration of a question in a notebook, or on a page that a server shows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from evidence.arguments import instance
from evidence.errors import InputError
from evidence.explorer.extras import need
from evidence.explorer.state import State, checked, first_question, parse_link
from evidence.review import Review, checked_review, load

if TYPE_CHECKING:
    from evidence.explorer.panel import Explorer


def explore(
    question: str | None = None, *, review: Review | None = None, link: str | None = None
) -> Explorer:
    """Change the choices of an analysis by hand and see at once what they do to the answer.

    Parameters
    ----------
    question : str, optional
        Id of a question that effect sizes answer; default the first that is pooled.
    review : Review, optional
        Default `ev.load()`.
    link : str, optional
        Choices as an earlier exploration gave them, such as "q=Q1b&r=0.7"; data only, nothing in it is run.

    Returns
    -------
    Explorer
        Shown as controls in JupyterLab; `result` is the last result.

    Raises
    ------
    OptionError
        If the question, or a part of the link, does not exist.
    InputError
        If ipywidgets is not installed, or the link names another question.

    Examples
    --------
    >>> import evidence as ev
    >>> explorer = ev.explore(link="q=Q1b&r=0.9&without=minh2019")
    >>> explorer.result.answer.effects.k
    6
    """
    need("ipywidgets")
    from evidence.explorer.panel import Explorer

    review = load() if review is None else checked_review(review)
    if question is not None:
        review.question(question)
    if link is not None:
        instance("link", link, str, "text, as an earlier exploration gave it")
        state = parse_link(review, link, question_id=question)
        if question not in (None, state.question):
            raise InputError(f"question={question!r}, but the link is of {state.question}; leave one out.")
        return Explorer(review, state)
    start = checked(review, State(first_question(review) if question is None else question))
    if not _served():
        return Explorer(review, start)
    try:
        state, message = (
            parse_link(review, os.environ.get("QUERY_STRING", ""), question_id=start.question),
            "",
        )
    except InputError as error:
        state, message = start, f"{error} Shown is the primary analysis."
    return Explorer(review, state, message=message, served=True)


def _served() -> bool:
    """Tell whether a page of Voilà is made of this notebook; it names itself as CGI servers do."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")

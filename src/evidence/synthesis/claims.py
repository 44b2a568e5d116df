"""The claims with what was found, as a table for the README and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evidence.review import Review, checked_review
from evidence.synthesis.answer import Answer, checked_answers
from evidence.tables.found import found


def claims_summary(review: Review, answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Say for each claim what its first question found, or what was found to read.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer
        Answers by question id.

    Returns
    -------
    DataFrame
        One row a claim: claim_id, claim, question, found.
    """
    checked_review(review)
    checked_answers(answers)
    sources = found(review).groupby("claim_id")[["count", "usable"]].sum()
    rows = []
    for claim in review.claims.to_dict("records"):
        key = claim["claim_id"]
        mine = [answer for answer in answers.values() if answer.question.claim_id == key]
        count, usable = sources.loc[key]
        for answer in mine or [None]:
            said = answer.finding() if answer else f"{count} sources, {usable} with a number; not pooled."
            rows.append(
                {
                    "claim_id": key,
                    "claim": claim["claim"],
                    "question": f"{answer.question.id} {answer.question.text}" if answer else "",
                    "found": said,
                }
            )
    return pd.DataFrame(rows)


def summary_markdown(summary: pd.DataFrame) -> str:
    """Return the summary as a Markdown table, without parts of questions for which no number was found."""
    lines = ["| the article says | what was asked | what was found |", "| --- | --- | --- |"]
    last = ""
    for row in summary.to_dict("records"):
        question = row["question"].split(" ", 1)
        if "." in question[0] and "none with a usable number" in row["found"]:
            continue
        claim = f"**{row['claim_id']}** {row['claim']}" if row["claim_id"] != last else ""
        last = row["claim_id"]
        cells = (claim, row["question"], row["found"])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)

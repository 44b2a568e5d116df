"""The verdicts as tables: for the README, and for the chart of all claims."""

from __future__ import annotations

import pandas as pd

from evidence.certainty.verdict_result import Verdict, Verdicts, checked_verdicts
from evidence.review import Review, checked_review

HEAD = ("the article says", "verdict", "certainty", "what was found", "strongest evidence against it")


def verdict_markdown(verdicts: Verdicts) -> str:
    """Return the verdicts on the claims as a Markdown table.

    Parameters
    ----------
    verdicts : Verdicts

    Returns
    -------
    str
        One row a claim.
    """
    lines = [f"| {' | '.join(HEAD)} |", f"| {' | '.join('---' for _ in HEAD)} |"]
    for verdict in verdicts.of("claim"):
        cells = (
            f"**{verdict.id}** {verdict.text}",
            f"**{verdict.verdict_label}**",
            verdict.certainty_label,
            verdict.brief,
            verdict.brief_against or "nothing measured",
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Escape what Markdown would read as table, tag or emphasis in text from the tables."""
    for mark, escaped in (("|", "\\|"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(mark, escaped)
    return text


def verdict_rows(review: Review, verdicts: Verdicts) -> pd.DataFrame:
    """Return the verdicts on the claims as the verdict chart takes them.

    Parameters
    ----------
    review : Review
    verdicts : Verdicts

    Returns
    -------
    DataFrame
        One row a claim: claim_id, claim, short, verdict, verdict_label, certainty, certainty_label, estimate,
        against and reason (the one thing a slide shows).
    """
    checked_review(review)
    checked_verdicts(verdicts)
    short = review.claims.set_index("claim_id")["short"]
    rows = [
        {
            "claim_id": verdict.id,
            "claim": verdict.text,
            "short": short[verdict.id],
            "verdict": verdict.verdict,
            "verdict_label": verdict.verdict_label,
            "certainty": verdict.certainty,
            "certainty_label": verdict.certainty_label,
            "estimate": verdict.brief,
            "against": verdict.brief_against,
            "reason": _reason(verdict),
        }
        for verdict in verdicts.of("claim")
    ]
    return pd.DataFrame(rows)


def _reason(verdict: Verdict) -> str:
    """Return the one thing to say: the counter-evidence where it decided, else the rule or what was found."""
    if verdict.verdict in {"overstated", "contradicted"} or verdict.facts["counterweight"] == "yes":
        return verdict.brief_against
    if verdict.verdict in {"supported", "supported_with_reservations"}:
        return verdict.brief
    return verdict.because

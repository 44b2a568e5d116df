"""The verdicts as a table for the README and for the terminal."""

from __future__ import annotations

from evidence.certainty.verdict_result import Verdicts

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
        found = verdict.estimate if verdict.facts["measured"] == "yes" else verdict.wording
        cells = (
            f"**{verdict.id}** {verdict.text}",
            f"**{verdict.verdict_label}**",
            verdict.certainty_label,
            found,
            verdict.against,
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Escape what Markdown would read as table, tag or emphasis in text from the tables."""
    for mark, escaped in (("|", "\\|"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(mark, escaped)
    return text

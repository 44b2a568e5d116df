"""The pieces of the page: HTML made from results, every text in it escaped."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from evidence.explorer import TITLE
from evidence.explorer.compute import Result
from evidence.explorer.differences import Difference, table_of
from evidence.figures.figure import EvidenceFigure
from evidence.figures.table import Table

INTRODUCTION = (
    "Change a choice and see what it does to the answer. The primary analysis was fixed before the numbers;"
    " what you choose here is an exploration, and no verdict of the review. Not medical advice."
)


def head() -> str:
    """Return what stands at the head of the page, its style sheet included."""
    return style() + heading(1, TITLE) + paragraph(INTRODUCTION)


def style() -> str:
    """Return the style sheet of the page."""
    sheet = files("evidence.explorer").joinpath("explorer.css").read_text(encoding="utf-8")
    return f"<style>{sheet}</style>"


def heading(level: int, text: str) -> str:
    """Return a heading."""
    return f"<h{level}>{html.escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph, of a class of the style sheet where one is named."""
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{html.escape(text)}</p>"


def alert(head: str, text: str) -> str:
    """Return a message that a screen reader says at once."""
    return (
        f'<div class="evidence-alert" role="alert"><strong>{html.escape(head)}</strong>'
        f" {html.escape(text)}</div>"
    )


def sentence(text: str) -> str:
    """Return words with a capital at their head; a symbol such as g stays as it is."""
    return text if text[1:2] == " " else text[:1].upper() + text[1:]


def answer(result: Result, *, primary: bool) -> str:
    """Return what was found in words, with its certainty and its verdict."""
    said = result.answer
    which = "This is the primary analysis." if primary else "This is not the primary analysis."
    rows = [("Certainty", f"{result.certainty.label}: {result.certainty.reasons()}")]
    if result.verdict is not None:
        verdict = f"{result.verdict.verdict_label}: {result.verdict.because}"
        rows.insert(0, ("Verdict by the rules", verdict))
    if result.answer.result is not None:
        rows.append(("Method", result.answer.result.method_text()))
    rows += [("Note", note) for note in result.notes]
    pairs = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>" for name, text in rows)
    return (
        f"{paragraph(said.question.text, 'evidence-question')}"
        f"{paragraph(sentence(said.finding()), 'evidence-number')}"
        f"{paragraph(which, 'evidence-which')}<dl>{pairs}</dl>"
    )


def brief(found: Sequence[Difference]) -> str:
    """Return estimate and interval alone: for a small screen, and to be read out after a change."""
    here = {each.what: each.here for each in found}
    changed = "changed" if any(each.changed and each.chosen for each in found) else "primary analysis"
    words = f"{here['Estimate']} ({here['95 % interval']}), {changed}"
    return f"<div>{html.escape(words)}</div>"


def picture(figure: EvidenceFigure, svg: bytes) -> str:
    """Return a figure with its alternative text, and below it the same in words."""
    address = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode('ascii')}"
    width = round(figure.get_figwidth() * 96)
    return (
        '<div class="evidence-scroll" tabindex="0" role="region" aria-label="Forest plot">'
        f'<img alt="{html.escape(figure.alt)}" width="{width}" src="{address}"></div>'
        f"<details><summary>The picture in words</summary><p>{html.escape(figure.long_alt)}</p></details>"
    )


def differences(found: Sequence[Difference]) -> str:
    """Return what differs from the primary analysis: a sentence, and the table."""
    changed = [each.what for each in found if each.changed and each.chosen]
    said = f"Changed by you: {', '.join(changed)}." if changed else "Nothing is changed."
    table = Table(table_of(tuple(found)), caption="The primary analysis beside this one")
    return (
        f'{paragraph(said)}<div class="evidence-scroll" tabindex="0" role="region"'
        f' aria-label="What differs from the primary analysis">{table._repr_html_()}</div>'
    )


@dataclass(frozen=True, slots=True)
class Download:
    """A file that a reader may take home."""

    name: str
    label: str
    media_type: str
    content: bytes


def downloads(found: Sequence[Download]) -> str:
    """Return links that hold their files, so that nothing is asked of the server."""
    return " ".join(
        f'<a class="evidence-download" download="{html.escape(each.name)}"'
        f' href="data:{each.media_type};base64,{base64.b64encode(each.content).decode("ascii")}">'
        f"{html.escape(each.label)}</a>"
        for each in found
    )


def without_downloads(labels: Sequence[str]) -> str:
    """Return the same names as text that cannot be followed."""
    return " ".join(
        f'<span class="evidence-download" role="link" aria-disabled="true">{html.escape(label)}</span>'
        for label in labels
    )


def code(text: str) -> str:
    """Return Python code, folded away."""
    return (
        "<details><summary>Python code that gives this number</summary>"
        f'<pre tabindex="0"><code>{html.escape(text)}</code></pre></details>'
    )


def link(query: str, *, served: bool) -> str:
    """Return the link to a state: an address where a server shows it, else the call that opens it."""
    if served:
        return f'<a class="evidence-link" href="?{html.escape(query)}">Link to these choices</a>'
    return f"<p>To come back to these choices: <code>ev.explore(link={html.escape(repr(query))})</code></p>"

"""The verdict chart: every claim with its verdict, how sure one may be, and what stands for and against."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from evidence.figures.canvas import inch_axes, rule
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.frames import checked, coded, named, once, words
from evidence.figures.slides import turned
from evidence.figures.source_line import ending
from evidence.figures.style import INK, RULE, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import CERTAINTIES, VERDICTS
from evidence.figures.text import counted, shortened, spoken
from evidence.figures.verdict_chip import draw_chips
from evidence.figures.verdict_layout import KEY, Claim, Sheet, arrange, edge

COLUMNS = (
    "claim_id",
    "claim",
    "short",
    "verdict",
    "verdict_label",
    "certainty",
    "certainty_label",
    "estimate",
    "against",
)
_FOUND_FOR = ("supported", "supported_with_reservations")


@house_style()
def verdict_chart(
    table: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "verdict_chart",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the verdict on every claim.

    A verdict is a chip with a symbol, a colour and its words, above a bar that says where it stands between
    supported (left) and contradicted (right). Certainty is shown as the four circles of GRADE. On a slide a
    row holds the short claim and one reason.

    Parameters
    ----------
    table : DataFrame
        One row a claim, columns claim_id, claim (its wording), short, verdict (code), verdict_label,
        certainty (code), certainty_label, estimate (what was found) and against (the strongest evidence
        against the claim), the last two blank where there is none. A column reason, if there is one, is what
        a slide shows; otherwise it is the estimate of a supported claim, and what stands against another.
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        Draw this page of a chart spread over pages of at most 12 claims; default all on one.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    OptionError
        If a column is missing, or a verdict or a certainty is no known code.
    InputError
        If the table is empty, a claim stands twice, or an id, a claim or a label is blank; if there is
        no such page.

    Examples
    --------
    >>> row = ("C1", "It works.", "Works", "uncertain", "Uncertain", "low", "low", "g 0.4 (-0.1 to 0.9)", "")
    >>> figure = verdict_chart(pd.DataFrame([row], columns=list(COLUMNS)))
    >>> print(figure.alt)
    Verdicts on 1 claim: 1 uncertain.
    >>> figure.long_alt
    'Verdicts on 1 claim: 1 uncertain. C1 (It works): Uncertain; certainty low; found: g 0.4 (-0.1 to 0.9).'
    """
    claims = _claims(checked(table, COLUMNS, "a verdict chart"))
    style = preset_called(preset)
    leaf, shown = turned([[claim] for claim in claims], page)
    subtitle = leaf.subtitle(subtitle or "")
    sheet = arrange(shown, style, title, subtitle, ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(_alt(claims)), ALT_LENGTH),
        long_alt=_long_alt(shown, title or ""),
        caption=f"{title.rstrip('.')}. {KEY}" if title else KEY,
        dpi=style.dpi,
    )
    figure.pages = leaf.count
    _draw(figure, sheet, shown)
    return figure


def _claims(table: pd.DataFrame) -> list[Claim]:
    once(table, ("claim_id",))
    full = ("claim_id", "claim", "verdict_label", "certainty_label")
    texts = {name: named(table, name) for name in full}
    texts |= {name: words(table, name) for name in ("short", "estimate", "against", "reason")}
    verdicts = coded(table, "verdict", VERDICTS)
    certainties = coded(table, "certainty", CERTAINTIES)
    claims = []
    for i, (verdict, certainty) in enumerate(zip(verdicts, certainties, strict=True)):
        row = {name: cells[i] for name, cells in texts.items()}
        first, second = ("estimate", "against") if verdict in _FOUND_FOR else ("against", "estimate")
        reason = row.pop("reason") or row[first] or row[second]
        row["short"] = row["short"] or row["claim"].rstrip(".")
        claims.append(Claim(row.pop("claim_id"), verdict=verdict, certainty=certainty, reason=reason, **row))
    return claims


def _draw(figure: EvidenceFigure, sheet: Sheet, claims: list[Claim]) -> None:
    style, em = sheet.preset, sheet.preset.em
    slide = style.aspect is not None
    sheet.heading.place(figure, style.margin, edge(style))
    sheet.footer.place(figure, style.margin, sheet.height - edge(style) - sheet.footer.height)
    for column in sheet.columns:
        column.heading.place(
            figure, column.left, sheet.top - (0.1 if slide else 0.4) * em - column.heading.height
        )
    edges = (0.5 * style.margin, sheet.width - 0.5 * style.margin)
    rule(figure, sheet.top, *edges, color=INK, points=0.08 * style.base)
    height = sum(sheet.heights)
    axes = inch_axes(figure, sheet.chips_left, sheet.top, sheet.chips.width, height, "verdicts")
    top = 0.0
    for i, row in enumerate(sheet.heights):
        for column in sheet.columns:
            cell = column.cells[i]
            cell.place(figure, column.left, sheet.top + top + (row - cell.height) / 2)
        draw_chips(axes, sheet.chips, i, claims[i].verdict, top + row / 2)
        top += row
        rule(figure, sheet.top + top, *edges, color=RULE, points=0.04 * style.base)


def _alt(claims: list[Claim]) -> str:
    counts = Counter(each.verdict for each in claims)
    listed = ", ".join(f"{counts[code]} {look.word}" for code, look in VERDICTS.items() if counts[code])
    return f"Verdicts on {counted(len(claims), 'claim')}: {listed}."


def _long_alt(claims: list[Claim], title: str) -> str:
    sentences = [_alt(claims)]
    for each in claims:
        parts = [each.verdict_label, f"certainty {each.certainty_label}"]
        parts += [f"found: {each.estimate.rstrip('.')}"] if each.estimate else []
        parts += [f"against it: {each.against.rstrip('.')}"] if each.against else []
        sentences.append(f"{each.id} ({each.claim.rstrip('.')}): {'; '.join(parts)}.")
    return spoken(title, sentences)

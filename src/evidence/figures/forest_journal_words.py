"""What a journal's forest plot says in words: headings, heterogeneity, the test and the two directions."""

from __future__ import annotations

from typing import Any

from evidence.figures import forest_words as say
from evidence.figures.forest_journal import Journal
from evidence.figures.forest_rows import Plan
from evidence.figures.text import number

_POOLED_BY = {
    "EE": "IV, fixed",
    "CE": "IV, fixed",
    "FE": "IV, fixed",
    "MH": "M-H, fixed",
    "Peto": "Peto, fixed",
}
_SUBSCRIPTS = str.maketrans("0123456789.", "₀₁₂₃₄₅₆₇₈₉.")


def measure_heading(journal: Journal, plan: Plan) -> str:
    """Write what the estimates are, in one line or two."""
    level = say.per_cent(plan.level).replace(" ", "")
    long = plan.axis.long.removesuffix(" (log scale)")
    if journal.name == "RevMan":
        model = _model(plan.pooled)
        return f"{long.replace('Standardised', 'Std.')}\n{f'{model}, ' if model else ''}{level} CI"
    if journal.name == "BMJ":
        return f"{long}\n({level} CI)"
    return f"{plan.axis.short} ({level} CI)"


def _model(pooled: Any) -> str:
    if pooled is None:
        return ""
    code = str(getattr(pooled, "method", ""))
    if getattr(pooled, "primary", None) is not None:
        return ""
    return _POOLED_BY.get(code, "IV, random" if say.method(pooled).startswith("random effects") else "")


def axis_label(journal: Journal, plan: Plan) -> str:
    """Write what stands under the axis: no more than the heading over the plot leaves unsaid."""
    long = plan.axis.long
    if journal.plot_heading:
        return "Log scale" if plan.axis.ratio else ""
    return long.replace("Standardised", "Standardized") if journal.favours == "Favors" else long


def total_label(journal: Journal, plan: Plan, *, overall: bool) -> str:
    """Write the label of a pooled result."""
    level = say.per_cent(plan.level).replace(" ", "")
    return (journal.total if overall else journal.subtotal).format(level=level)


def directions(journal: Journal, favours: tuple[str, str]) -> tuple[str, str]:
    """Spell the two directions as the journal does; words that begin otherwise stay as they are.

    Examples
    --------
    >>> from evidence.figures.forest_journal import JOURNALS
    >>> directions(JOURNALS["JAMA"], ("favours laser", "better than before"))
    ('Favors laser', 'Better than before')
    """
    return tuple(_direction(journal, text.strip()) for text in favours)


def _direction(journal: Journal, text: str) -> str:
    first, blank, rest = text.partition(" ")
    if first.lower() in ("favours", "favors"):
        return f"{journal.favours}{blank}{rest}"
    return f"{text[:1].upper()}{text[1:]}"


def bracketed(plan: Plan, row: Any) -> str:
    """Write an estimate with its interval, or the prediction interval alone."""
    units = plan.axis
    interval = f"[{units.number(row.low)}, {units.number(row.high)}]"
    return interval if row.kind == "prediction" else f"{units.number(row.yi)} {interval}"


def footer(journal: Journal, plan: Plan) -> list[str]:
    """Write the lines under the plot: the model, its heterogeneity and the test of no effect."""
    pooled = plan.pooled
    if pooled is None:
        return [say.unpooled_note(plan)]
    model = say.method(pooled)
    test = "" if plan.axis.percent else _test(journal, pooled)  # a share has no value of no effect
    return [_heterogeneity(journal, pooled), test, f"Pooled: {model}" if model else ""]


def _heterogeneity(journal: Journal, pooled: Any) -> str:
    tau, chi = ("Tau²", "Chi²") if journal.name == "RevMan" else ("τ²", "χ²")
    parts = []
    if say.known(pooled, "tau2"):
        parts.append(f"{tau} = {say.significant(pooled.tau2)}")
    if all(say.known(pooled, name) for name in ("q", "q_df", "q_p")):
        df, q, p = f"{float(pooled.q_df):.6g}", number(float(pooled.q), 2), _p(journal, pooled.q_p)
        if journal.name == "JAMA":
            parts.append(f"{chi}{df.translate(_SUBSCRIPTS)} = {q}, {p}")
        elif journal.name == "BMJ":
            parts.append(f"{chi} = {q}, df = {df}, {p}")
        else:
            parts.append(f"{chi} = {q}, df = {df} ({p})")
    if say.known(pooled, "i2"):
        parts.append(f"I² = {number(float(pooled.i2), 0)}% ({say.i2_kind(pooled)})")
    return f"Heterogeneity: {'; '.join(parts)}" if parts else ""


def _test(journal: Journal, pooled: Any) -> str:
    if not all(say.known(pooled, name) for name in ("statistic", "p")):
        return ""
    value = number(float(pooled.statistic), 2)
    bounded = say.known(pooled, "df")
    letter = "t" if bounded else "z"
    letter = letter.upper() if journal.name == "RevMan" else letter
    found = (
        f"{letter}{float(pooled.df):.3g}".translate(_SUBSCRIPTS)
        if bounded and journal.name == "JAMA"
        else letter
    )
    df = f", df = {float(pooled.df):.3g}" if bounded and journal.name != "JAMA" else ""
    p = _p(journal, pooled.p)
    tail = f" ({p})" if journal.name == "RevMan" else f", {p}"
    return f"Test for overall effect: {found} = {value}{df}{tail}"


def _p(journal: Journal, value: float) -> str:
    """Write a p value as the journal does.

    Examples
    --------
    >>> from evidence.figures.forest_journal import JOURNALS
    >>> [_p(JOURNALS[name], 0.0304) for name in ("RevMan", "BMJ", "JAMA")]
    ['P = 0.03', 'P = 0.03', 'P = .03']
    """
    value = float(value)
    least = 0.00001 if journal.name == "RevMan" else 0.001
    digits = 2 if value >= 0.01 else 5 if journal.name == "RevMan" and value < 0.001 else 3
    if value < least:
        text = f"P < {least:.5f}" if journal.name == "RevMan" else "P < 0.001"
    else:
        text = "P > 0.99" if value > 0.99 else f"P = {value:.{digits}f}"
    return text.replace(" 0.", " .") if journal.name == "JAMA" else text

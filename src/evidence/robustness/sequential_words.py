"""What a sequential analysis says in words: its conclusion, what tempers it, and how it was had."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evidence.robustness.spending import SPENDING_WORDS
from evidence.synthesis.pool_words import TAU2_WORDS

FEW = 5  # studies below which heterogeneity can hardly be estimated

_ADJUSTED = {
    "diversity": "divided by 1 - D2, with a diversity D2 of {:.0f} % (Wetterslev et al. 2009)",
    "i2": "divided by 1 - I2, with an I2 of {:.0f} % (Wetterslev et al. 2008)",
    "given": "divided by 1 - {:g} % for the heterogeneity that was expected",
}
_FROM = {
    "given": "the smallest difference worth finding",
    "pooled": "the pooled estimate of the same studies",
    "low_bias": "the pooled estimate of the studies at low risk of bias",
}
_PLACES = {
    "futility": ", in the futility wedge",
    "benefit": ", beyond the boundary for benefit",
    "harm": ", beyond the boundary for harm",
}
_TEST = {
    "z": "normal (Wald) tests",
    "t": "normal scores of t tests",
    "knha": "normal scores of Hartung-Knapp tests",
    "adhoc": "normal scores of Hartung-Knapp tests, never more certain than Wald's",
    "KR": "normal scores of Kenward-Roger tests",
}


def studies(count: float) -> str:
    """Write a number of studies.

    Examples
    --------
    >>> studies(1), studies(3)
    ('1 study', '3 studies')
    """
    return f"{count:.0f} study" if count == 1 else f"{count:.0f} studies"


def conclusion(result: Any) -> str:
    """Write what the curve shows."""
    share = f"{100 * result.fraction[-1]:.0f} % of the required information is there"
    sought = f"an effect as large as {_written(result.delta, result.scale)}"
    if result.conclusion in ("benefit", "harm"):
        side = result.side if result.conclusion == "benefit" else -result.side
        favours = result.favours[1 if side > 0 else 0]
        told = f" ({favours})" if favours else ""
        at = result.decided_at
        return (
            f"The curve crossed the boundary for {result.conclusion}{told} at look {at + 1}"
            f" ({result.added[at]}), with {100 * result.fraction[at]:.0f} % of the required information."
        )
    if result.conclusion == "required size reached":
        return (
            f"The required information is there ({100 * result.fraction[-1]:.0f} %) and the curve had crossed"
            f" no boundary by then; with {sought} it would have, with a chance of"
            f" {100 * result.attained_power:.0f} %."
        )
    if result.conclusion == "futility":
        return f"The curve lies in the futility wedge ({share}): {sought} is unlikely."
    return f"The curve has crossed no boundary and {share}: undecided.{_missing(result)}"


def _written(value: float, scale: str) -> str:
    text = f"{value:.3g}".replace("-", "−")
    return f"{text} on the log scale" if scale == "log" else text


def _missing(result: Any) -> str:
    people = result.required_people - result.people[-1]
    if not people > 0:
        return ""
    return f" About {math.ceil(people):,} more people would be needed."


def notes(facts: dict[str, Any]) -> tuple[str, ...]:
    """Write what must temper the reading of a result with these fields."""
    parts = [
        *_on_order(facts),
        *_on_delta(facts),
        *_on_heterogeneity(facts),
        *_on_information(facts),
        *_on_curve(facts),
    ]
    return tuple(parts)


def _on_order(facts: dict[str, Any]) -> list[str]:
    if not facts["order"]:
        return ["studies stand in the order of the table, which need not be that in which they appeared"]
    if facts["ties"]:
        return [f"studies of the same {facts['order']} are looks of their own, in the order of the table"]
    return []


def _on_delta(facts: dict[str, Any]) -> list[str]:
    side = "benefit is taken to lie on the side of that estimate"
    if facts["delta_from"] == "pooled":
        return [
            "delta is the pooled estimate of the same studies: the size is made from what it should judge,"
            f" and is too small where that estimate is too large; {side}"
        ]
    if facts["delta_from"] == "low_bias":
        return [f"delta is what the studies at low risk of bias show; {side}"]
    return []


def _on_heterogeneity(facts: dict[str, Any]) -> list[str]:
    k, share = facts["k"][-1], facts["heterogeneity"]
    if facts["adjust"] == "given":
        return []
    if facts["method"] == "EE":
        if facts["adjust"] == "diversity":
            return ["a common effect has no diversity: the required size allows for no heterogeneity"]
        return []
    if k == 1:
        return ["one study says nothing of heterogeneity: the required size does not allow for it"]
    if k < FEW:
        return [
            f"{studies(k)} cannot say how much studies differ ({share:.0f} %), on which the required size"
            " rests; sizes that allow for 25 % and 50 % should stand beside it"
        ]
    if share == 0:
        return [
            "heterogeneity is estimated as 0, the least it can be: a size that allows for 25 % should stand"
            " beside it"
        ]
    return []


def _on_information(facts: dict[str, Any]) -> list[str]:
    parts, fraction = [], facts["fraction"]
    early = int(np.count_nonzero((facts["alpha_spent"] == 0) & (fraction < 1)))
    if early == fraction.size:
        parts.append("no look has the information to be judged by")
    elif early:
        first = "the first" if early == 1 else f"the first {early}"
        parts.append(f"the information of {first} of {fraction.size} looks is too little to judge by")
    if fraction[-1] > 1:
        look = int(np.flatnonzero(fraction >= 1)[0])
        words = f"the information is {fraction[-1]:.2f} times what is required"
        if look < fraction.size - 1:
            words += f"; look {look + 1} reached it and spent all alpha: later looks have no boundary"
        parts.append(words)
    if facts["no_people"]:
        parts.append(f"people are not counted: their number is not known for {facts['no_people']}")
    return parts


def _on_curve(facts: dict[str, Any]) -> list[str]:
    parts, alpha, p = [], facts["alpha"], facts["p"]
    decided, last = facts["conclusion"], facts["status"][-1]
    if decided not in ("benefit", "harm") and p < alpha:
        parts.append(
            f"by a single test the result would be significant (p = {p:.2g}); allowing for repeated looks and"
            " missing information it is not"
        )
    if decided in ("benefit", "harm") and _came_back(facts):
        where = f"Z is {_written(facts['z'][-1], '')} at the last look"
        parts.append(f"the curve came back: {where}{_PLACES.get(last, '')}")
    if not math.isfinite(facts["multiplier"]):
        parts.append("without a boundary the adjusted interval has no ends")
    elif facts["interval_at"] < len(facts["status"]) - 1:
        parts.append(
            f"the adjusted interval is that of look {facts['interval_at'] + 1}, the last with a boundary; the"
            f" estimate of all studies is {_written(facts['estimate'][-1], facts['scale'])} (p = {p:.2g} by a"
            " single test)"
        )
    return parts


def _came_back(facts: dict[str, Any]) -> bool:
    """Whether the curve ends short of the boundary that it crossed, or of the last that there was."""
    sign = 1 if facts["conclusion"] == "benefit" else -1
    edge = facts["upper"][np.isfinite(facts["upper"])][-1]
    return bool(sign * math.copysign(1.0, facts["delta"]) * facts["z"][-1] < edge)


def method_sentence(result: Any) -> str:
    """Write how the analysis was had, true to the options."""
    by = f"in the order of {result.order or 'the table'}"
    model = (
        "a common effect"
        if result.method == "EE"
        else f"random effects (between-study variance by {TAU2_WORDS[result.method]})"
    )
    sides = "two-sided" if result.two_sided else "one-sided"
    share = _ADJUSTED[result.adjust].format(result.heterogeneity)
    unit = "people" if result.unit == "people" else "inverse variance"
    wedge = (
        "non-binding futility boundaries by spending beta likewise (Pampallona et al. 2001)"
        if result.beta_spending
        else "no futility boundaries"
    )
    return (
        f"Trial sequential analysis of {studies(result.k[-1])} {by}: cumulative meta-analysis with {model}, Z"
        f" from {_TEST[result.test]}. Required information to find {_written(result.delta, result.scale)}"
        f" ({_FROM[result.delta_from]}) with {sides} alpha {100 * result.alpha:g} % and power"
        f" {100 * result.power:g} %, {share}; information counted in {unit}. Boundaries by"
        f" {SPENDING_WORDS[result.spending]} of alpha spending (Lan and DeMets 1983), {wedge}; the interval"
        " is a repeated confidence interval (Jennison and Turnbull 1989)."
    )

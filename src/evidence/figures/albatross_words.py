"""What an albatross plot says in words: how its contours are meant, what is left out, alternative texts."""

from __future__ import annotations

from evidence.figures.albatross_rows import Picture
from evidence.figures.figure import ALT_LENGTH
from evidence.figures.text import counted, spoken


def short_alt(shown: Picture, first: str, second: str) -> str:
    """Return how many studies of how many people favour what; names too long for it are left out."""
    sides = [study.direction for study in shown.studies]
    n = [study.n for study in shown.studies]
    people = f"{min(n):,.0f} people" if min(n) == max(n) else f"{min(n):,.0f} to {max(n):,.0f} people"
    ahead, behind, none = (sides.count(side) for side in ("first", "second", ""))
    studies = counted(len(sides), "study", "studies")
    verb = "favours" if ahead == 1 else "favour"
    for one, other in ((first, second), ("the first treatment", "the second"), ("one side", "the other")):
        favours = f"{ahead} {verb} {one}, {behind} {other}"
        said = f"Albatross plot of {studies} of {people}: {favours}, {none} without a direction."
        if len(said) <= ALT_LENGTH:
            break
    return said


def notes(shown: Picture, measure: str, baseline: float, contours: bool) -> str:
    """Return what must be known beside the key."""
    parts = []
    if contours:
        equal = abs(shown.ratio - 1) < 0.005
        groups = "of equal size" if equal else f"in the ratio {shown.ratio:.2g} to 1"
        risk = f" and a risk of {100 * baseline:g}% with the second treatment" if measure == "OR" else ""
        parts.append(
            f"Lines join the p values that one effect would give, by number of people, in two separate groups"
            f" {groups}{risk}; a split-face trial mostly needs fewer people."
        )
    dodged = len({study.n for study in shown.studies}) < len(shown.studies)
    parts.append("Dotted: p = 0.05.")
    if dodged:
        parts.append("Marks that would cover each other are set slightly apart.")
    if shown.left_out:
        reasons = [reason for _, reason in shown.left_out]
        listed = "; ".join(f"{reasons.count(reason)} ({reason})" for reason in dict.fromkeys(reasons))
        parts.append(f"Not drawn: {listed}.")
    return " ".join(parts)


def caption(shown: Picture, measure: str, said: str) -> str:
    """Return how the figure is read."""
    what = "standardised mean differences" if measure == "SMD" else "odds ratios"
    studies = counted(len(shown.studies), "study", "studies")
    return (
        f"p values of {studies} against numbers of people, with contours of {what} (Harrison et al. 2017)."
        f" {said} A label that finds no room is left out; the description of the figure names every study."
    )


def long_alt(
    shown: Picture, contours: tuple[float, ...], measure: str, sides: tuple[str, str], title: str
) -> str:
    """Return every number in words."""
    first, second = sides
    favours = {"first": f"favours {first}", "second": f"favours {second}", "": "no direction printed"}
    sentences = [short_alt(shown, first, second)]
    if contours:
        listed = ", ".join(f"{value:g}" for value in contours)
        sentences.append(f"Contours of {measure} {listed} on both sides.")
    for study in shown.studies:
        group = f" ({study.group})" if study.group else ""
        sentences.append(
            f"{study.label}{group}: {study.n:,.0f} people, {study.p}, {favours[study.direction]}."
        )
    sentences += [f"{label}: not drawn, {reason}." for label, reason in shown.left_out]
    return spoken(title, sentences)

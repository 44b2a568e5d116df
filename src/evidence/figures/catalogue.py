"""Every figure of the review by name, drawn from the review alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations

import pandas as pd

from evidence.arguments import option
from evidence.certainty.risk_of_bias import risk_of_bias
from evidence.certainty.rob_tools import OVERALL
from evidence.certainty.verdict import verdicts
from evidence.certainty.verdict_result import Verdicts
from evidence.certainty.verdict_table import verdict_rows
from evidence.effects.assemble import KINDS
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.figures.catalogue_plain import plain_figures, without_number
from evidence.figures.catalogue_robustness import ENOUGH, robustness_figures
from evidence.figures.component_forest import component_forest
from evidence.figures.evidence_map import evidence_map
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest import forest
from evidence.figures.forest_journal import LAYOUTS
from evidence.figures.known_answers import every_answer, known_answers
from evidence.figures.network_graph import network_graph
from evidence.figures.p_score_plot import p_score_plot
from evidence.figures.prisma import prisma
from evidence.figures.registry import registered
from evidence.figures.remember import remembered, unchanged
from evidence.figures.rob_summary import rob_summary
from evidence.figures.slides import check_page, pages, turning
from evidence.figures.source_line import cited
from evidence.figures.study_flow import study_flow
from evidence.figures.style import PRESETS
from evidence.figures.verdict_chart import verdict_chart
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.network_answer import NetworkAnswer, network_answer
from evidence.synthesis.pool import Pooled
from evidence.synthesis.proportion import Proportion
from evidence.tables.flow import flow
from evidence.tables.found import found
from evidence.tables.prisma import prisma as prisma_counts
from evidence.tables.question import Question

Draw = Callable[..., EvidenceFigure]
FOREST = "forest_"
_SHARES = ("xi", "n", "design", "estimate")


_found = remembered(found)


def draw_evidence_map(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw the claims against the kinds of evidence found for each."""
    table = _found(review)
    return evidence_map(
        table,
        title="What was found for each claim, and how much of it prints a number",
        subtitle=f"{table['count'].sum()} sources, {table['usable'].sum()} of them with a number",
        noun="sources (counted once a claim)",
        preset=preset,
    )


def draw_study_flow(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw the way from records found to usable numbers."""
    counts = flow(review)
    title = f"{counts.usable} of {counts.eligible} studies print a number that can be used"
    subtitle = f"{counts.records} records on this review's list, and why studies leave on the way"
    return study_flow(counts, title=title, subtitle=subtitle, preset=preset)


@remembered
def _verdicts(review: Review) -> Verdicts:
    """Return the verdicts on all claims, of which every preset of the chart is drawn."""
    return verdicts(review, every_answer(review))


def draw_verdict_chart(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw the verdict on each of the article's claims."""
    judged = _verdicts(review)
    supported = sum(verdict.verdict == "supported" for verdict in judged.of("claim"))
    count = len(judged.of("claim"))
    some = f"{supported or 'None'} of the article's {count} claims"
    title = f"{some} {'is' if supported < 2 else 'are'} supported without reservations"
    subtitle = f"{count} claims against what {flow(review).eligible} studies print"
    return verdict_chart(verdict_rows(review, judged), title=title, subtitle=subtitle, preset=preset)


@remembered
def _judged(review: Review) -> pd.DataFrame:
    """Return the judgements of which every page of the figure is drawn."""
    return risk_of_bias(review).judgements


def draw_risk_of_bias(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw the risk of bias of all eligible studies, tool by tool."""
    found = _judged(review)
    overall = found.loc[found["domain"] == OVERALL]
    low = int((overall["judgement"] == "low").sum())
    return rob_summary(
        found.drop(columns="weight"),
        title=f"{low or 'None'} of {len(overall)} studies {'is' if low < 2 else 'are'} at low risk of bias",
        preset=preset,
        name="risk_of_bias",
    )


def draw_prisma(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw the PRISMA 2020 diagram; its title says whether the search is on record."""
    counts = prisma_counts(review)
    known = [counts.get(key) for key in ("database_results", "records_screened")]
    searched = any(box is not None and box.n is not None for box in known)
    tail = "the search is on record" if searched else "the search itself is not on record"
    title = f"{flow(review).eligible} studies included; {tail}"
    return prisma(counts, title=title, subtitle="PRISMA 2020 flow of records and studies", preset=preset)


@remembered
def _network(review: Review) -> NetworkAnswer:
    """Return the network that three figures draw."""
    return network_answer(review)


def _joined(found: NetworkAnswer) -> str:
    treatments = len(found.network.treatments)
    return f"Standardised mean differences of {treatments} treatments, {found.entered} studies"


def draw_network_graph(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw which treatments were compared with which."""
    found = _network(review)
    title = f"{found.entered} of {found.found} controlled studies can be joined in a network"
    return network_graph(found.network, title=title, subtitle=_joined(found), preset=preset)


def draw_network_components(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw what each component of the treatments adds, in the additive model of the network."""
    return component_forest(
        _network(review).components,
        title="What each component adds, if components add up (exploratory)",
        subtitle=_joined(_network(review)),
        favours=("worse", "better"),
        preset=preset,
        name="network_components",
    )


def draw_network_ranks(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw the P-scores of the treatments with their intervals."""
    network = _network(review).network
    ranks = network.ranks()
    pairs = list(combinations(zip(ranks["rank_low"], ranks["rank_high"], strict=True), 2))
    overlap = sum(max(one[0], other[0]) <= min(one[1], other[1]) for one, other in pairs)
    share = 100 * overlap / len(pairs)
    return p_score_plot(
        network,
        title=f"{share:.0f} % of pairs of treatments have ranks that overlap (exploratory)",
        subtitle=_joined(_network(review)),
        preset=preset,
        name="network_ranks",
    )


def draw_forest(
    review: Review,
    question_id: str,
    *,
    preset: str = "web",
    layout: str | None = None,
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the forest plot of a question: its answer, and the studies that could not be used."""
    return answer_forest(known_answers(review)[question_id], preset=preset, layout=layout, page=page)


def answer_forest(
    found_answer: Answer,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    preset: str = "web",
    layout: str | None = None,
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the forest plot of an answer, with its headline for a title unless another is given.

    The subtitle counts what was found, unless another is given.
    Studies without a usable number are shown where two treatments are compared; the arms of a
    before-after question are too many and are counted in the subtitle. `layout` and `page` are those of
    `forest`; a journal's layout chooses its own columns and stands in the name of the figure.
    """
    effects, question = found_answer.effects, found_answer.question
    compared = question.kind == "contrast"
    if not effects.k and not compared:
        raise InputError(f"{question.id}: no group has a number that can be used; there is nothing to draw.")
    shown = _with_directions(effects) if compared else _included(effects)
    result = found_answer.result
    if isinstance(result, Pooled):
        result = replace(result, source=shown)
    shares = question.kind == "proportion" and layout in (None, "evidence")
    return forest(
        shown if result is None else result,
        effects=shown if isinstance(result, Proportion) else None,
        title=found_answer.headline() if title is None else title,
        subtitle=what_was_found(found_answer) if subtitle is None else subtitle,
        columns=(("xi", "n", "estimate") if preset == "slide" else _SHARES) if shares else None,
        headings={"xi": "Events", "n": "People"} if shares else None,
        xlim=_all_people(effects) if question.kind == "proportion" else None,
        # On a slide the reports without a number are counted in the subtitle, listed where no other stands.
        show_excluded=compared and (preset != "slide" or not effects.k),
        preset=preset,
        name=figure_name(question.id, layout),
        layout=layout,
        page=page,
    )


def _all_people(effects: Effects) -> tuple[float, float] | None:
    """Return an axis of all people where most of a group had the event; a cut one would exaggerate."""
    shares = effects.included["xi"] / effects.included["ni"]
    return (-4, 104) if shares.max() > 0.5 else None


def _included(effects: Effects) -> Effects:
    return replace(effects, table=effects.included)


def _with_directions(effects: Effects) -> Effects:
    """Let the reason of a study without a number end in what its source says of the direction."""
    table = effects.table.copy()
    said = (table["direction"] != "") & ~table["included"]
    table.loc[said, "reason"] += "; the source: " + table.loc[said, "direction"]
    return replace(effects, table=table)


def what_was_found(found_answer: Answer) -> str:
    """Return how many reports or arms were found for an answer, and how many have a number."""
    effects, people = found_answer.effects, found_answer.people
    what = "reports" if found_answer.question.kind == "contrast" else "arms"
    whose = f" ({people:.0f} people)" if effects.k and people > 0 else ""
    return f"{len(effects.table)} {what} found, {effects.k} with a usable number{whose}"


def figure_name(question_id: str, layout: str | None = None) -> str:
    """Return the name of a question's forest plot, with its layout where that is a journal's.

    Examples
    --------
    >>> figure_name("Q1d.any"), figure_name("Q1b", "JAMA")
    ('forest_Q1d_any', 'forest_Q1b_JAMA')
    """
    name = f"forest_{question_id.replace('.', '_')}"
    return name if layout in (None, "evidence") else f"{name}_{layout}"


def catalogue(review: Review) -> Mapping[str, Draw]:
    """Return every figure of the review by name; each is drawn by calling it with the review.

    A question gets its forest plot as soon as it stands in questions.csv and one study has a number, and
    figures that doubt its pooled mean as soon as three studies have one; pictures in plain words where its
    answer can be given in people or as a pooled change. Figures of your own follow; see
    `evidence.figures.register`.
    """
    questions = review.all_questions()
    included = {key: review.effects(key).included for key in _asked(questions)}
    studies = {key: rows["study_id"].nunique() for key, rows in included.items()}
    empty = {figure_name(key) for key, count in studies.items() if not count}
    few = [names for key, names in robustness_figures(questions).items() if studies[key] < ENOUGH]
    left_out = empty.union(*few, without_number(review, included))
    return {name: figure for name, figure in _figures(questions).items() if name not in left_out}


def _asked(questions: Sequence[Question]) -> list[str]:
    return [question.id for question in questions if question.kind in KINDS]


def _figures(questions: Sequence[Question]) -> dict[str, Draw]:
    own, house = registered(), _house_figures(questions)
    if taken := sorted(own.keys() & house.keys()):
        raise InputError(f"Register {taken[0]!r} under another name: the review has a figure of this one.")
    return {name: cited(drawn) for name, drawn in (house | own).items()}


def _house_figures(questions: Sequence[Question]) -> dict[str, Draw]:
    forests = {figure_name(key): partial(draw_forest, question_id=key) for key in _asked(questions)}
    return {
        "verdict_chart": draw_verdict_chart,
        "evidence_map": draw_evidence_map,
        "study_flow": draw_study_flow,
        "prisma": draw_prisma,
        "risk_of_bias": draw_risk_of_bias,
        "network_graph": draw_network_graph,
        "network_components": draw_network_components,
        "network_ranks": draw_network_ranks,
        **forests,
        **plain_figures(questions),
        **{name: drawn for names in robustness_figures(questions).values() for name, drawn in names.items()},
    }


def figure_names(review: Review) -> list[str]:
    """Return the names that can be asked for, those of questions with too few numbers among them."""
    return list(_figures(review.all_questions()))


def check_layout(name: str, layout: str | None) -> None:
    """Raise an error if a figure cannot be drawn in a layout."""
    if layout is None:
        return
    if not _has_layouts(name):
        raise InputError(f"layout={layout!r} is for forest plots; {name} is none.")
    option("layout", layout, LAYOUTS)


def _has_layouts(name: str) -> bool:
    return name.startswith(FOREST) and name not in registered()


def draw(
    review: Review, name: str, *, preset: str = "web", layout: str | None = None, page: int | None = None
) -> EvidenceFigure:
    """Draw one figure of the catalogue.

    Parameters
    ----------
    review : Review
    name : str
        A name of the catalogue.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    layout : str, optional
        "evidence", "RevMan", "BMJ" or "JAMA", for a forest plot.
    page : int, optional
        This page of a figure with too many rows for one slide; default all on one.

    Raises
    ------
    OptionError
        If there is no such figure or preset; the nearest name is given.
    InputError
        If a layout is asked for a figure that is no forest plot of a question, or there is no such page.
    """
    figures = _figures(review.all_questions())
    drawn = figures[option("figure", name, figures)]
    option("preset", preset, PRESETS)
    check_layout(name, layout)
    if _has_layouts(name):
        return drawn(review, preset=preset, layout=layout, page=page)
    if page is None or name in registered():
        return drawn(review, preset=preset)
    with turning(page):
        figure = drawn(review, preset=preset)
    check_page(page, figure.pages)
    return figure


def draw_pages(
    review: Review, name: str, *, preset: str = "web", layout: str | None = None
) -> list[EvidenceFigure]:
    """Draw one figure of the catalogue, as several where it is for slides and has too many rows for one."""
    with unchanged(review):
        if preset == "slide":
            return pages(draw, review, name, preset=preset, layout=layout)
        return [draw(review, name, preset=preset, layout=layout)]

"""The front page, all figures, the glossary and how to cite."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.certainty.summary_of_findings import symbols
from evidence.certainty.verdict_table import verdict_rows
from evidence.publish.site import places
from evidence.publish.site.facts import Facts
from evidence.publish.site.pictures import Pictures
from evidence.publish.site.render import page
from evidence.publish.site.terms import TERMS
from evidence.tables.flow import flow

CHART = "verdict_chart"
_VOCABULARIES = (
    ("verdict", "Verdicts"),
    ("certainty", "Certainty"),
    ("design", "Designs"),
    ("outcome", "Outcomes"),
    ("treatment", "Treatments"),
    ("caution", "Cautions"),
    ("why_not", "Why a study has no usable number"),
)


def front_page(facts: Facts, pictures: Pictures, version: str) -> str:
    """Return the front page: the claims, the verdicts and the chart."""
    counts = flow(facts.review)
    reasons = dict(verdict_rows(facts.review, facts.verdicts)[["claim_id", "reason"]].to_numpy())
    claims = [
        {"verdict": claim, "symbols": symbols(claim.certainty), "reason": reasons[claim.id]}
        for claim in facts.claims
    ]
    return page(
        "front",
        places.FRONT,
        "Does microneedling work for acne scars?",
        version,
        claims=claims,
        counts=counts,
        chart=pictures.get(CHART),
    )


def other_pages(facts: Facts, pictures: Pictures, version: str) -> Iterator[tuple[str, str]]:
    """Return place and content of the pages that are one of their kind."""
    yield places.FRONT, front_page(facts, pictures, version)
    yield (
        places.FIGURES,
        page("figures", places.FIGURES, "All figures", version, pictures=list(pictures.values())),
    )
    codes = facts.review.codes
    groups = [
        (words, codes.loc[codes["vocabulary"] == name].to_dict("records")) for name, words in _VOCABULARIES
    ]
    yield places.GLOSSARY, page("glossary", places.GLOSSARY, "Glossary", version, terms=TERMS, groups=groups)
    yield (
        places.CITE,
        page("cite", places.CITE, "How to cite", version, references=list(facts.references.values())),
    )

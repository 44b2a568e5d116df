"""The tables of rules and judgements: risk of bias, certainty, parts of claims, verdicts, changelog."""

from __future__ import annotations

from evidence.tables.fields import Table, code, key, link, need, number, text
from evidence.tables.pandas_only import Series

ROLE = "Role of who judged, such as reviewer or methodologist."
DATE = "Day of the judgement, YYYY-MM-DD."
WHEN = "Condition: name=value|value; name=value. Blank: always."


class Prisma(Table):
    """One row a count of the PRISMA 2020 flow diagram, with the keys of the PRISMA2020 template."""

    data: Series[str] = text("Key of the count; blank for the headings of the diagram.")
    node: Series[str] = text("Node of the diagram in the template.")
    box: Series[str] = key("Box of the diagram in the template.")
    description: Series[str] = need("What is counted.")
    boxtext: Series[str] = need("Text in the box.")
    tooltips: Series[str] = text("Remark on the count.")
    url: Series[str] = text("Page the box links to.")
    n: Series[str] = text(
        "The count, or reasons as 'Reason, 3; Reason, 4'. Blank: not known, or computed from the tables."
    )


class RobTools(Table):
    """One row a tool for risk of bias, and the questions and designs it is for."""

    tool: Series[str] = key("Key.")
    label: Series[str] = need("Name of the tool.")
    question_kinds: Series[str] = code("question_kind", "Kinds of question it is for.", many=True)
    designs: Series[str] = code("design", "Designs it is for.", many=True)
    source: Series[str] = need("Address of the tool.")
    note: Series[str] = text("How it is used here.")


class RobQuestions(Table):
    """One row a signalling question of a tool, in our words, and the recorded fact that may answer it."""

    tool: Series[str] = link("rob_tools", "Tool.")
    domain: Series[str] = key("Domain of the tool.")
    domain_label: Series[str] = need("Domain in words.")
    in_start: Series[str] = code(
        "yes_no", "Does the start of the certainty rating allow for this domain already?"
    )
    signal: Series[str] = key("Number of the signalling question.")
    wording: Series[str] = need("The question in our words.")
    fact: Series[str] = code("rob_fact", "Recorded fact that may answer it.", optional=True)
    answers: Series[str] = text("Answer by value of the fact: value=answer; value=answer.")


class RobRules(Table):
    """One row a rule from answers to the judgement of a domain; the first that fits decides."""

    tool: Series[str] = link("rob_tools", "Tool.")
    domain: Series[str] = key("Domain of the tool.")
    order: Series[float] = number("Place of the rule within its domain.", ge=1)
    when: Series[str] = text(WHEN)
    judgement: Series[str] = code("rob_judgement", "Judgement if the rule fits.")


class RiskOfBias(Table):
    """One row a person's answer to a signalling question; it overrules what is derived from facts."""

    study_id: Series[str] = link("studies", "Study.")
    tool: Series[str] = link("rob_tools", "Tool.")
    signal: Series[str] = need("Number of the signalling question.")
    answer: Series[str] = code("rob_answer", "Answer.")
    reason: Series[str] = need("What the answer rests on.")
    role: Series[str] = need(ROLE)
    date: Series[str] = need(DATE)
    source: Series[str] = need("Address of the source.")


class GradeOverrides(Table):
    """One row a person's step in the certainty of a question; it replaces the computed one."""

    question_id: Series[str] = link("questions", "Question.")
    domain: Series[str] = code("grade_domain", "Reason for rating down or up.")
    step: Series[float] = number(
        "Levels down (negative) or up (positive); 0 takes a computed step back.", ge=-3, le=2
    )
    reason: Series[str] = need("Why.")
    role: Series[str] = need(ROLE)
    date: Series[str] = need(DATE)


class ClaimParts(Table):
    """One row a part of a claim that can hold or fail by itself, and where its evidence stands."""

    part_id: Series[str] = key("Key.")
    claim_id: Series[str] = link("claims", "Claim.")
    part: Series[str] = need("The part in words, as they complete 'the claim that ...'.")
    role: Series[str] = code("part_role", "The core of the claim, or a further word of it.")
    universal: Series[str] = code(
        "yes_no", "Does the part speak of all, so that one counter-example disproves it?"
    )
    questions: Series[str] = link("questions", "Questions whose answers bear on it.", many=True)
    analysis: Series[str] = code("part_analysis", "Within-study comparison that bears on it.", optional=True)
    populations: Series[str] = code("evidence_population", "Whose results are direct evidence.", many=True)
    counter_outcomes: Series[str] = code(
        "outcome", "Harms that are counter-examples where they occurred.", many=True
    )
    counter_when: Series[str] = text(f"Which studies they count in. {WHEN}")
    note: Series[str] = text("What a careful reader should know.")


class TreatmentComponents(Table):
    """One row a treatment, and the components that a network of treatments takes it to be made of."""

    treatment: Series[str] = code("treatment", "Treatment code.")
    treatment_tag: Series[str] = text("Only arms with this tag; blank: all others of the treatment.")
    components: Series[str] = need("Components joined by ' + '; {tag} stands for the arm's tag.")


class VerdictRules(Table):
    """One row a rule from what was found to a verdict; the fitting rule of lowest order decides."""

    rule_id: Series[str] = key("Key.")
    order: Series[float] = number("Rules of one order must not contradict each other.", ge=1)
    when: Series[str] = text(WHEN)
    verdict: Series[str] = code("verdict", "Verdict if the rule fits.")
    because: Series[str] = need("The rule in plain words.")
    wording: Series[str] = need("Sentence for readers; names in braces are filled in.")


class Changelog(Table):
    """One row a version of the tables."""

    version: Series[str] = key("Version: major.minor.patch.")
    date: Series[str] = need("Day, YYYY-MM-DD.")
    change: Series[str] = need("What changed and why.")
    sha256: Series[str] = key("Hash over the tables of this version.")


JUDGEMENT_TABLES: dict[str, type[Table]] = {
    "prisma": Prisma,
    "rob_tools": RobTools,
    "rob_questions": RobQuestions,
    "rob_rules": RobRules,
    "risk_of_bias": RiskOfBias,
    "grade_overrides": GradeOverrides,
    "claim_parts": ClaimParts,
    "components": TreatmentComponents,
    "verdict_rules": VerdictRules,
    "changelog": Changelog,
}
JUDGEMENT_KEYS: dict[str, tuple[str, ...]] = {
    "prisma": ("box", "description"),
    "rob_questions": ("tool", "signal"),
    "rob_rules": ("tool", "domain", "order"),
    "risk_of_bias": ("study_id", "tool", "signal"),
    "grade_overrides": ("question_id", "domain"),
    "components": ("treatment", "treatment_tag"),
}

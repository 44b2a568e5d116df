"""One pandera model a table: its columns, their types, ranges and vocabularies."""

from __future__ import annotations

from typing import Any

import pandera.pandas as pa
from pandera.typing.pandas import Series

LIST_SEPARATOR = "; "


def _key(description: str) -> Any:
    return pa.Field(description=description, str_matches=r"^\S+$")


def _need(description: str) -> Any:
    return pa.Field(description=description)


def _text(description: str) -> Any:
    return pa.Field(description=description, nullable=True)


def _code(vocabulary: str, description: str, *, optional: bool = False, many: bool = False) -> Any:
    """Return a column whose values stand in codes.csv under `vocabulary`."""
    metadata = {"vocabulary": vocabulary, "many": many}
    return pa.Field(description=description, nullable=optional or many, metadata=metadata)


def _link(table: str, description: str, *, optional: bool = False, many: bool = False) -> Any:
    """Return a column whose values are keys of another table."""
    metadata = {"refers_to": table, "many": many}
    return pa.Field(description=description, nullable=optional or many, metadata=metadata)


def _number(description: str, **limits: float) -> Any:
    return pa.Field(description=description, nullable=True, **limits)


class Table(pa.DataFrameModel):
    """Parent of the tables: no unknown columns, text turned into numbers where numbers belong."""

    class Config:
        """What holds for every table."""

        strict = True
        coerce = True


class Studies(Table):
    """One row a study: what it was, where it was published, why it may not be usable."""

    study_id: Series[str] = _key("Key: first author and year where printed, else a short readable label.")
    label: Series[str] = _need("Short name for figures and tables.")
    first_author: Series[str] = _text("First author, only where printed in what was read.")
    author_certainty: Series[str] = _code("author_certainty", "How sure the first author's name is.")
    author_candidate: Series[str] = _text("A name that was not printed in what was read.")
    year: Series[float] = _number("Year of publication, only where printed.", ge=1900, le=2100)
    year_candidate: Series[float] = _number("A year that was not printed in what was read.", ge=1900, le=2100)
    authors: Series[str] = _text("Authors as printed, family name and initials, separated by '; '.")
    title: Series[str] = _need("Title; in brackets where it was not seen.")
    journal: Series[str] = _text("Journal as printed.")
    volume: Series[str] = _text("Volume as printed.")
    issue: Series[str] = _text("Issue as printed.")
    pages: Series[str] = _text("Pages or article number as printed.")
    doi: Series[str] = _text("Digital object identifier, without address.")
    pmid: Series[str] = _text("PubMed identifier.")
    registry: Series[str] = _text("Trial registration number.")
    country: Series[str] = _text("Country of the study.")
    design: Series[str] = _code("design", "Design of the study.")
    randomised: Series[str] = _code("randomised", "Was treatment allocated at random?")
    split_face: Series[str] = _code("yes_no", "Were sides of one face compared?")
    blinding: Series[str] = _code("blinding", "Who did not know the treatment.")
    n_enrolled: Series[float] = _number("People enrolled.", ge=1)
    n_analysed: Series[float] = _number("People analysed.", ge=1)
    age_mean: Series[float] = _number("Mean age in years.", gt=0, lt=120)
    female_n: Series[float] = _number("Number of women.", ge=0)
    fitzpatrick: Series[str] = _text("Fitzpatrick skin types as printed.")
    scar_types: Series[str] = _text("Scar types as printed.")
    baseline_severity: Series[str] = _text("Severity at baseline as printed.")
    population: Series[str] = _code("population", "Who was treated.")
    needling: Series[str] = _code("needling", "Kind of needling over all arms.")
    overlap_group: Series[str] = _link("overlaps", "Studies that may share participants.", optional=True)
    retracted: Series[str] = _code("yes_no", "Was the report retracted?")
    why_not: Series[str] = _code("why_not", "Why no number of the study can be used.", many=True)
    source_level: Series[str] = _code("source_level", "Best level of the report that was read.")
    source: Series[str] = _need("Address to cite: DOI, else PubMed, else registry, else page.")
    other_sources: Series[str] = _text("Further pages read, separated by '; '.")
    note: Series[str] = _text("What a careful reader should know.")


class Arms(Table):
    """One row an arm or side of the face."""

    study_id: Series[str] = _link("studies", "Study the arm belongs to.")
    arm_id: Series[str] = _key("Letter of the arm; unique within the study.")
    arm_kind: Series[str] = _code("arm_kind", "Parallel or single arm, side of the face, or a pooled row.")
    treatment: Series[str] = _code("treatment", "Treatment code.")
    treatment_tag: Series[str] = _text("What exactly, where the code is wide.")
    needling: Series[str] = _code("needling", "Kind of needling in this arm.")
    treatment_detail: Series[str] = _need("Treatment as described.")
    needle_mm: Series[float] = _number("Needle length in millimetres.", gt=0)
    sessions: Series[float] = _number("Number of sessions.", ge=1)
    interval_weeks: Series[float] = _number("Weeks between sessions; monthly is written as 4.", gt=0)
    n_arm: Series[float] = _number("People in the arm.", ge=1)
    n_arm_note: Series[str] = _text("How the number of people was had, where it was not printed.")


class Outcomes(Table):
    """One row an arm, outcome, threshold and visit, with the numbers as printed."""

    result_id: Series[str] = _key("Key.")
    study_id: Series[str] = _link("studies", "Study.")
    arm_id: Series[str] = _need("Arm of the study.")
    outcome: Series[str] = _code("outcome", "What was measured.")
    scale_name: Series[str] = _need("Scale or event in words.")
    threshold: Series[str] = _text("Threshold of response as worded.")
    threshold_class: Series[str] = _code("threshold_class", "Class of the threshold.", optional=True)
    higher_is: Series[str] = _code("higher_is", "Which end of the scale is good.", optional=True)
    scale_min: Series[float] = _number("Lowest value the scale allows.")
    scale_max: Series[float] = _number("Highest value the scale allows.")
    subgroup: Series[str] = _text("Part of the arm; blank for the whole arm.")
    timepoint_weeks: Series[float] = _number("Weeks since the start of treatment; baseline is 0.", ge=0)
    timepoint_label: Series[str] = _need("Visit as worded.")
    value_kind: Series[str] = _code("value_kind", "Kind of number in the row.")
    n: Series[float] = _number("People behind the number.", ge=1)
    mean: Series[float] = _number("Mean, in points of the scale.")
    sd: Series[float] = _number("Standard deviation, in points of the scale.", ge=0)
    se: Series[float] = _number("Standard error of the mean.", ge=0)
    median: Series[float] = _number("Median.")
    iqr_low: Series[float] = _number("First quartile.")
    iqr_high: Series[float] = _number("Third quartile.")
    change_mean: Series[float] = _number("Mean change from baseline; positive is improvement.")
    change_sd: Series[float] = _number("Standard deviation of the change.", ge=0)
    change_pct: Series[float] = _number("Percent change; positive is improvement.")
    events: Series[float] = _number("People with the event.", ge=0)
    total: Series[float] = _number("People observed.", ge=1)
    pct_printed: Series[str] = _text("A percent without a usable denominator, as printed.")
    count_printed: Series[float] = _number("A count without a usable denominator.", ge=0)
    p_within: Series[str] = _text("p value against baseline, as printed.")
    category_set: Series[str] = _text("Exclusive categories of one distribution share this name.")
    category_rank: Series[float] = _number("Rank within the distribution; higher is better.", ge=0)
    usable: Series[str] = _code("yes_no", "Complete, whole arm, facial acne scars, not retracted?")
    primary_time: Series[str] = _code("primary_time", "Is this the visit to take?", optional=True)
    usable_note: Series[str] = _text("Why not usable, or how.")
    caution: Series[str] = _code("caution", "What to be careful about.", many=True)
    agreement: Series[str] = _code("agreement", "How many readers agreed on the numbers.", optional=True)
    source: Series[str] = _need("Address of the source.")
    locator: Series[str] = _need("Where in the source.")
    note: Series[str] = _text("What a careful reader should know.")


class Contrasts(Table):
    """One row a printed comparison: between arms, or of an arm with its baseline."""

    contrast_id: Series[str] = _key("Key.")
    study_id: Series[str] = _link("studies", "Study.")
    arm_id_1: Series[str] = _need("First arm.")
    subgroup_1: Series[str] = _text("Part of the first arm.")
    arm_id_2: Series[str] = _need("Second arm, several joined by +, or 'baseline'.")
    subgroup_2: Series[str] = _text("Part of the second arm.")
    contrast_type: Series[str] = _code("contrast_type", "What is compared.")
    outcome: Series[str] = _code("outcome", "What was measured.")
    scale_name: Series[str] = _need("Scale or event in words.")
    scale_detail: Series[str] = _text("Label of the scale as printed.")
    threshold: Series[str] = _text("Threshold of response as worded.")
    subgroup: Series[str] = _text("Part of both arms.")
    higher_is: Series[str] = _code("higher_is", "Which end of the scale is good.", optional=True)
    timepoint_weeks: Series[float] = _number("Weeks since the start of treatment.", ge=0)
    timepoint_label: Series[str] = _text("Visit as worded.")
    effect_measure: Series[str] = _code("effect_measure", "Kind of estimate.")
    estimate: Series[float] = _number("Estimate; positive is improvement within an arm.")
    ci_low: Series[float] = _number("Lower confidence limit.")
    ci_high: Series[float] = _number("Upper confidence limit.")
    ci_level: Series[float] = _number("Confidence level in percent.", gt=50, lt=100)
    p_value: Series[str] = _text("p value as printed.")
    p_op: Series[str] = _code("p_op", "How the p value is bounded.", optional=True)
    p_num: Series[float] = _number("p value as a number.", ge=0, le=1)
    paired: Series[str] = _code("paired", "Are the two measured in the same people?")
    direction: Series[str] = _need("Which treatment the source says did better.")
    direction_detail: Series[str] = _text("More on the direction.")
    agreement: Series[str] = _code("agreement", "How many readers agreed on the numbers.", optional=True)
    source: Series[str] = _need("Address of the source.")
    locator: Series[str] = _need("Where in the source.")
    note: Series[str] = _text("What a careful reader should know.")


class Reviews(Table):
    """One row an earlier systematic review."""

    review_id: Series[str] = _key("Key.")
    first_author: Series[str] = _text("First author as printed.")
    year: Series[float] = _number("Year of publication.", ge=1900, le=2100)
    title: Series[str] = _text("Title.")
    journal: Series[str] = _text("Journal.")
    doi: Series[str] = _text("Digital object identifier.")
    pmid: Series[str] = _text("PubMed identifier.")
    condition: Series[str] = _code("evidence_population", "What was treated.")
    comparison: Series[str] = _need("What was compared.")
    n_studies: Series[float] = _number("Studies included.", ge=0)
    n_participants: Series[float] = _number("People included.", ge=0)
    search_until: Series[str] = _text("Date up to which the review searched.")
    search_note: Series[str] = _text("More on the search.")
    source: Series[str] = _need("Address of the source.")
    note: Series[str] = _text("What a careful reader should know.")


class ReviewEstimates(Table):
    """One row a pooled estimate of an earlier review, as printed."""

    estimate_id: Series[str] = _key("Key.")
    review_id: Series[str] = _link("reviews", "Review.")
    condition: Series[str] = _code("evidence_population", "What was treated.")
    needling: Series[str] = _code("review_needling", "Kind of needling.")
    comparison: Series[str] = _need("What was compared.")
    outcome: Series[str] = _code("outcome", "What was measured.")
    outcome_text: Series[str] = _need("Outcome as worded.")
    scale: Series[str] = _text("Scale as worded.")
    effect_measure: Series[str] = _code("effect_measure", "Kind of estimate.")
    is_effect: Series[str] = _code("yes_no", "Is it an effect with an estimate (not a rank, not a p value)?")
    estimate: Series[float] = _number("Estimate.")
    ci_low: Series[float] = _number("Lower confidence or credible limit.")
    ci_high: Series[float] = _number("Upper confidence or credible limit.")
    p_value: Series[str] = _text("p value as printed.")
    p_op: Series[str] = _code("p_op", "How the p value is bounded.", optional=True)
    p_num: Series[float] = _number("p value as a number.", ge=0, le=1)
    i2_percent: Series[float] = _number("I2 in percent.", ge=0, le=100)
    tau2: Series[float] = _number("Between-study variance.", ge=0)
    k_studies: Series[float] = _number("Studies behind the estimate.", ge=1)
    n_participants: Series[float] = _number("People behind the estimate.", ge=1)
    model: Series[str] = _code("model", "Model of the pooling.", optional=True)
    direction: Series[str] = _text("Which side the review says it favours.")
    caution: Series[str] = _code("caution", "What to be careful about.", many=True)
    source: Series[str] = _need("Address of the source.")
    locator: Series[str] = _need("Where in the source.")
    note: Series[str] = _text("What a careful reader should know.")


class ReviewTrials(Table):
    """One row a trial as an earlier review tabulates it; a cross-check, not analysed."""

    review_trial_id: Series[str] = _key("Key.")
    review_id: Series[str] = _link("reviews", "Review.")
    study_id: Series[str] = _link("studies", "The same study here, where known.", optional=True)
    study_label: Series[str] = _need("Study as the review names it.")
    outcome: Series[str] = _need("Outcome as worded.")
    treatment_1: Series[str] = _need("First treatment as worded.")
    n1: Series[float] = _number("People, first treatment.", ge=1)
    mean1: Series[float] = _number("Mean, first treatment.")
    mean1_text: Series[str] = _text("Mean as printed, where it is a range.")
    sd1: Series[float] = _number("Standard deviation, first treatment.", ge=0)
    events1: Series[float] = _number("Events, first treatment.", ge=0)
    total1: Series[float] = _number("Total, first treatment.", ge=1)
    treatment_2: Series[str] = _text("Second treatment as worded.")
    n2: Series[float] = _number("People, second treatment.", ge=1)
    mean2: Series[float] = _number("Mean, second treatment.")
    sd2: Series[float] = _number("Standard deviation, second treatment.", ge=0)
    events2: Series[float] = _number("Events, second treatment.", ge=0)
    total2: Series[float] = _number("Total, second treatment.", ge=1)
    effect_measure: Series[str] = _code("effect_measure", "Kind of estimate.", optional=True)
    estimate: Series[float] = _number("Estimate.")
    ci_low: Series[float] = _number("Lower confidence limit.")
    ci_high: Series[float] = _number("Upper confidence limit.")
    source: Series[str] = _need("Address of the source.")
    note: Series[str] = _text("What a careful reader should know.")


class ClaimsEvidence(Table):
    """One row a statement or number that bears on a claim, from any kind of source."""

    evidence_id: Series[str] = _key("Key.")
    claim_id: Series[str] = _link("claims", "Claim it bears on.")
    study_id: Series[str] = _link("studies", "The same study in studies.csv.", optional=True)
    review_id: Series[str] = _link("reviews", "The same review in reviews.csv.", optional=True)
    source_label: Series[str] = _need("Source in short.")
    kind: Series[str] = _code("evidence_kind", "Kind of source.")
    population: Series[str] = _code("evidence_population", "Who was treated.")
    needling: Series[str] = _code("evidence_needling", "Is it microneedling?")
    what_was_measured: Series[str] = _need("What was measured or stated.")
    value_op: Series[str] = _code("p_op", "How the value is bounded.", optional=True)
    value_num: Series[float] = _number("Value.")
    value_low: Series[float] = _number("Lower end of a range.")
    value_high: Series[float] = _number("Upper end of a range.")
    value_text: Series[str] = _text("Value as printed, where no number fits.")
    unit: Series[str] = _text("Unit.")
    sd: Series[float] = _number("Standard deviation.", ge=0)
    n: Series[float] = _number("People or reports.", ge=0)
    events: Series[float] = _number("People with the event.", ge=0)
    total: Series[float] = _number("People observed.", ge=1)
    ci_low: Series[float] = _number("Lower confidence limit.")
    ci_high: Series[float] = _number("Upper confidence limit.")
    p_op: Series[str] = _code("p_op", "How the p value is bounded.", optional=True)
    p_num: Series[float] = _number("p value as a number.", ge=0, le=1)
    statement_only: Series[str] = _code("yes_no", "A statement without a number?")
    matching_rows: Series[str] = _text("Rows of outcomes.csv or contrasts.csv with the same number.")
    caution: Series[str] = _code("caution", "What to be careful about.", many=True)
    title: Series[str] = _need("Title of the source.")
    doi: Series[str] = _text("Digital object identifier.")
    source: Series[str] = _need("Address of the source.")
    note: Series[str] = _text("What a careful reader should know.")


class Prices(Table):
    """One row a price as printed on a page."""

    price_id: Series[str] = _key("Key; continues the numbering of claims_evidence.csv.")
    claim_id: Series[str] = _link("claims", "Claim it bears on.")
    source_label: Series[str] = _need("Source in short.")
    service: Series[str] = _need("What is priced, as worded.")
    treatment_scope: Series[str] = _code("treatment_scope", "What the price covers.")
    price_kind: Series[str] = _code("price_kind", "A range or an average.")
    price: Series[float] = _number("Average price.", gt=0)
    price_low: Series[float] = _number("Lower end of the range.", gt=0)
    price_high: Series[float] = _number("Upper end of the range.", gt=0)
    currency: Series[str] = _need("Currency code.")
    per: Series[str] = _need("What the price is for.")
    year: Series[float] = _number("Year of the page, where it can be told.", ge=1990, le=2100)
    caution: Series[str] = _code("caution", "What to be careful about.", many=True)
    title: Series[str] = _need("Title of the page.")
    source: Series[str] = _need("Address of the page.")
    note: Series[str] = _text("What a careful reader should know.")


class Scales(Table):
    """One row a scale."""

    scale_id: Series[str] = _key("Key.")
    name: Series[str] = _need("Name of the scale.")
    outcome: Series[str] = _code("outcome", "Outcome code it belongs to.")
    min: Series[float] = _number("Lowest value.")
    max: Series[float] = _number("Highest value.")
    higher_is: Series[str] = _code("higher_is", "Which end of the scale is good.", optional=True)
    direction_text: Series[str] = _text("Direction in words.")
    n_items: Series[float] = _number("Number of items.", ge=1)
    items_text: Series[str] = _text("Items in words.")
    mid_value: Series[float] = _number("Minimal important difference.", gt=0)
    mid_text: Series[str] = _text("Minimal important difference in words.")
    source: Series[str] = _need("Address of the source.")
    note: Series[str] = _text("What a careful reader should know.")


class Overlaps(Table):
    """One row a group of studies that may share participants."""

    overlap_group: Series[str] = _key("Key.")
    studies: Series[str] = _link("studies", "Studies of the group.", many=True)
    ground: Series[str] = _need("Why overlap is suspected.")
    advice: Series[str] = _need("What an analysis should do.")


class Claims(Table):
    """One row a claim of the article, in our words."""

    claim_id: Series[str] = _key("Key.")
    claim: Series[str] = _need("The claim.")
    kind: Series[str] = _code("claim_kind", "Kind of claim.")
    short: Series[str] = _need("The claim in a few words, for figures.")


class Questions(Table):
    """One row a PICO question: which arms, which outcome, which measure, which model."""

    question_id: Series[str] = _key("Key; parts of one question share what stands before the dot.")
    claim_id: Series[str] = _link("claims", "Claim it answers.")
    question: Series[str] = _need("The question in words.")
    kind: Series[str] = _code("question_kind", "How it is answered.")
    treatment: Series[str] = _code("treatment", "Treatment in question.", many=True)
    comparator: Series[str] = _code("treatment", "Treatment it is compared with.", many=True)
    comparator_tags: Series[str] = _text("Only these treatment tags of the comparator, separated by '; '.")
    outcomes: Series[str] = _code("outcome", "Outcomes in order of preference.", many=True)
    threshold_classes: Series[str] = _code("threshold_class", "Classes of response that enter.", many=True)
    scales: Series[str] = _text("Only these scale names, separated by '; '.")
    measure: Series[str] = _text("Effect measure code.")
    model: Series[str] = _text("Primary model in words.")
    favours_low: Series[str] = _text("What a value below no effect means.")
    favours_high: Series[str] = _text("What a value above no effect means.")
    note: Series[str] = _text("What a careful reader should know.")


class Codes(Table):
    """One row a code of a vocabulary."""

    vocabulary: Series[str] = _key("Name of the vocabulary.")
    code: Series[str] = _need("Code as it stands in the tables.")
    label: Series[str] = _need("Label for figures and tables.")
    meaning: Series[str] = _text("More on the meaning.")


TABLES: dict[str, type[Table]] = {
    "studies": Studies,
    "arms": Arms,
    "outcomes": Outcomes,
    "contrasts": Contrasts,
    "reviews": Reviews,
    "review_estimates": ReviewEstimates,
    "review_trials": ReviewTrials,
    "claims_evidence": ClaimsEvidence,
    "prices": Prices,
    "scales": Scales,
    "overlaps": Overlaps,
    "claims": Claims,
    "questions": Questions,
    "codes": Codes,
}

KEYS: dict[str, tuple[str, ...]] = {
    "arms": ("study_id", "arm_id"),
    "codes": ("vocabulary", "code"),
} | {
    name: (next(iter(model.to_schema().columns)),)
    for name, model in TABLES.items()
    if name not in {"arms", "codes"}
}

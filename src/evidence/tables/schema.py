"""One pandera model a table: its columns, their types, ranges and vocabularies."""

from __future__ import annotations

from evidence.tables.fields import LIST_SEPARATOR, Table, code, key, link, need, number, text
from evidence.tables.pandas_only import Series
from evidence.tables.schema_judgement import JUDGEMENT_KEYS, JUDGEMENT_TABLES

__all__ = ["KEYS", "LIST_SEPARATOR", "TABLES", "Table"]


class Studies(Table):
    """One row a study: what it was, where it was published, why it may not be usable."""

    study_id: Series[str] = key("Key: first author and year where printed, else a short readable label.")
    label: Series[str] = need("Short name for figures and tables.")
    first_author: Series[str] = text("First author, only where printed in what was read.")
    author_certainty: Series[str] = code("author_certainty", "How sure the first author's name is.")
    author_candidate: Series[str] = text("A name that was not printed in what was read.")
    year: Series[float] = number("Year of publication, only where printed.", ge=1900, le=2100)
    year_candidate: Series[float] = number("A year that was not printed in what was read.", ge=1900, le=2100)
    authors: Series[str] = text("Authors as printed, family name and initials, separated by '; '.")
    title: Series[str] = need("Title; in brackets where it was not seen.")
    journal: Series[str] = text("Journal as printed.")
    volume: Series[str] = text("Volume as printed.")
    issue: Series[str] = text("Issue as printed.")
    pages: Series[str] = text("Pages or article number as printed.")
    doi: Series[str] = text("Digital object identifier, without address.")
    pmid: Series[str] = text("PubMed identifier.")
    registry: Series[str] = text("Trial registration number.")
    country: Series[str] = text("Country of the study.")
    design: Series[str] = code("design", "Design of the study.")
    randomised: Series[str] = code("randomised", "Was treatment allocated at random?")
    split_face: Series[str] = code("yes_no", "Were sides of one face compared?")
    blinding: Series[str] = code("blinding", "Who did not know the treatment.")
    n_enrolled: Series[float] = number("People enrolled.", ge=1)
    n_analysed: Series[float] = number("People analysed.", ge=1)
    age_mean: Series[float] = number("Mean age in years.", gt=0, lt=120)
    female_n: Series[float] = number("Number of women.", ge=0)
    fitzpatrick: Series[str] = text("Fitzpatrick skin types as printed.")
    scar_types: Series[str] = text("Scar types as printed.")
    baseline_severity: Series[str] = text("Severity at baseline as printed.")
    population: Series[str] = code("population", "Who was treated.")
    needling: Series[str] = code("needling", "Kind of needling over all arms.")
    overlap_group: Series[str] = link("overlaps", "Studies that may share participants.", optional=True)
    retracted: Series[str] = code("yes_no", "Was the report retracted?")
    why_not: Series[str] = code("why_not", "Why no number of the study can be used.", many=True)
    source_level: Series[str] = code("source_level", "Best level of the report that was read.")
    source: Series[str] = need("Address to cite: DOI, else PubMed, else registry, else page.")
    other_sources: Series[str] = text("Further pages read, separated by '; '.")
    note: Series[str] = text("What a careful reader should know.")


class Arms(Table):
    """One row an arm or side of the face."""

    study_id: Series[str] = link("studies", "Study the arm belongs to.")
    arm_id: Series[str] = key("Letter of the arm; unique within the study.")
    arm_kind: Series[str] = code("arm_kind", "Parallel or single arm, side of the face, or a pooled row.")
    treatment: Series[str] = code("treatment", "Treatment code.")
    treatment_tag: Series[str] = text("What exactly, where the code is wide.")
    needling: Series[str] = code("needling", "Kind of needling in this arm.")
    treatment_detail: Series[str] = need("Treatment as described.")
    needle_mm: Series[float] = number("Needle length in millimetres.", gt=0)
    sessions: Series[float] = number("Number of sessions.", ge=1)
    interval_weeks: Series[float] = number("Weeks between sessions; monthly is written as 4.", gt=0)
    n_arm: Series[float] = number("People in the arm.", ge=1)
    n_arm_note: Series[str] = text("How the number of people was had, where it was not printed.")


class Outcomes(Table):
    """One row an arm, outcome, threshold and visit, with the numbers as printed."""

    result_id: Series[str] = key("Key.")
    study_id: Series[str] = link("studies", "Study.")
    arm_id: Series[str] = need("Arm of the study.")
    outcome: Series[str] = code("outcome", "What was measured.")
    scale_name: Series[str] = need("Scale or event in words.")
    threshold: Series[str] = text("Threshold of response as worded.")
    threshold_class: Series[str] = code("threshold_class", "Class of the threshold.", optional=True)
    higher_is: Series[str] = code("higher_is", "Which end of the scale is good.", optional=True)
    scale_min: Series[float] = number("Lowest value the scale allows.")
    scale_max: Series[float] = number("Highest value the scale allows.")
    subgroup: Series[str] = text("Part of the arm; blank for the whole arm.")
    timepoint_weeks: Series[float] = number("Weeks since the start of treatment; baseline is 0.", ge=0)
    timepoint_label: Series[str] = need("Visit as worded.")
    value_kind: Series[str] = code("value_kind", "Kind of number in the row.")
    n: Series[float] = number("People behind the number.", ge=1)
    mean: Series[float] = number("Mean, in points of the scale.")
    sd: Series[float] = number("Standard deviation, in points of the scale.", ge=0)
    se: Series[float] = number("Standard error of the mean.", ge=0)
    median: Series[float] = number("Median.")
    iqr_low: Series[float] = number("First quartile.")
    iqr_high: Series[float] = number("Third quartile.")
    change_mean: Series[float] = number("Mean change from baseline; positive is improvement.")
    change_sd: Series[float] = number("Standard deviation of the change.", ge=0)
    change_pct: Series[float] = number("Percent change; positive is improvement.")
    events: Series[float] = number("People with the event.", ge=0)
    total: Series[float] = number("People observed.", ge=1)
    pct_printed: Series[str] = text("A percent without a usable denominator, as printed.")
    count_printed: Series[float] = number("A count without a usable denominator.", ge=0)
    p_within: Series[str] = text("p value against baseline, as printed.")
    category_set: Series[str] = text("Exclusive categories of one distribution share this name.")
    category_rank: Series[float] = number("Rank within the distribution; higher is better.", ge=0)
    usable: Series[str] = code("yes_no", "Complete, whole arm, facial acne scars, not retracted?")
    primary_time: Series[str] = code("primary_time", "Is this the visit to take?", optional=True)
    usable_note: Series[str] = text("Why not usable, or how.")
    caution: Series[str] = code("caution", "What to be careful about.", many=True)
    agreement: Series[str] = code("agreement", "How many readers agreed on the numbers.", optional=True)
    source: Series[str] = need("Address of the source.")
    locator: Series[str] = need("Where in the source.")
    note: Series[str] = text("What a careful reader should know.")


class Contrasts(Table):
    """One row a printed comparison: between arms, or of an arm with its baseline."""

    contrast_id: Series[str] = key("Key.")
    study_id: Series[str] = link("studies", "Study.")
    arm_id_1: Series[str] = need("First arm.")
    subgroup_1: Series[str] = text("Part of the first arm.")
    arm_id_2: Series[str] = need("Second arm, several joined by +, or 'baseline'.")
    subgroup_2: Series[str] = text("Part of the second arm.")
    contrast_type: Series[str] = code("contrast_type", "What is compared.")
    outcome: Series[str] = code("outcome", "What was measured.")
    scale_name: Series[str] = need("Scale or event in words.")
    scale_detail: Series[str] = text("Label of the scale as printed.")
    threshold: Series[str] = text("Threshold of response as worded.")
    subgroup: Series[str] = text("Part of both arms.")
    higher_is: Series[str] = code("higher_is", "Which end of the scale is good.", optional=True)
    timepoint_weeks: Series[float] = number("Weeks since the start of treatment.", ge=0)
    timepoint_label: Series[str] = text("Visit as worded.")
    effect_measure: Series[str] = code("effect_measure", "Kind of estimate.")
    estimate: Series[float] = number("Estimate; positive is improvement within an arm.")
    ci_low: Series[float] = number("Lower confidence limit.")
    ci_high: Series[float] = number("Upper confidence limit.")
    ci_level: Series[float] = number("Confidence level in percent.", gt=50, lt=100)
    p_value: Series[str] = text("p value as printed.")
    p_op: Series[str] = code("p_op", "How the p value is bounded.", optional=True)
    p_num: Series[float] = number("p value as a number.", ge=0, le=1)
    paired: Series[str] = code("paired", "Are the two measured in the same people?")
    direction: Series[str] = need("Which treatment the source says did better.")
    direction_detail: Series[str] = text("More on the direction.")
    agreement: Series[str] = code("agreement", "How many readers agreed on the numbers.", optional=True)
    source: Series[str] = need("Address of the source.")
    locator: Series[str] = need("Where in the source.")
    note: Series[str] = text("What a careful reader should know.")


class Reviews(Table):
    """One row an earlier systematic review."""

    review_id: Series[str] = key("Key.")
    first_author: Series[str] = text("First author as printed.")
    year: Series[float] = number("Year of publication.", ge=1900, le=2100)
    title: Series[str] = text("Title.")
    journal: Series[str] = text("Journal.")
    doi: Series[str] = text("Digital object identifier.")
    pmid: Series[str] = text("PubMed identifier.")
    condition: Series[str] = code("evidence_population", "What was treated.")
    comparison: Series[str] = need("What was compared.")
    n_studies: Series[float] = number("Studies included.", ge=0)
    n_participants: Series[float] = number("People included.", ge=0)
    search_until: Series[str] = text("Date up to which the review searched.")
    search_note: Series[str] = text("More on the search.")
    source: Series[str] = need("Address of the source.")
    note: Series[str] = text("What a careful reader should know.")


class ReviewEstimates(Table):
    """One row a pooled estimate of an earlier review, as printed."""

    estimate_id: Series[str] = key("Key.")
    review_id: Series[str] = link("reviews", "Review.")
    condition: Series[str] = code("evidence_population", "What was treated.")
    needling: Series[str] = code("review_needling", "Kind of needling.")
    comparison: Series[str] = need("What was compared.")
    outcome: Series[str] = code("outcome", "What was measured.")
    outcome_text: Series[str] = need("Outcome as worded.")
    scale: Series[str] = text("Scale as worded.")
    effect_measure: Series[str] = code("effect_measure", "Kind of estimate.")
    is_effect: Series[str] = code("yes_no", "Is it an effect with an estimate (not a rank, not a p value)?")
    estimate: Series[float] = number("Estimate.")
    ci_low: Series[float] = number("Lower confidence or credible limit.")
    ci_high: Series[float] = number("Upper confidence or credible limit.")
    p_value: Series[str] = text("p value as printed.")
    p_op: Series[str] = code("p_op", "How the p value is bounded.", optional=True)
    p_num: Series[float] = number("p value as a number.", ge=0, le=1)
    i2_percent: Series[float] = number("I2 in percent.", ge=0, le=100)
    tau2: Series[float] = number("Between-study variance.", ge=0)
    k_studies: Series[float] = number("Studies behind the estimate.", ge=1)
    n_participants: Series[float] = number("People behind the estimate.", ge=1)
    model: Series[str] = code("model", "Model of the pooling.", optional=True)
    direction: Series[str] = text("Which side the review says it favours.")
    caution: Series[str] = code("caution", "What to be careful about.", many=True)
    source: Series[str] = need("Address of the source.")
    locator: Series[str] = need("Where in the source.")
    note: Series[str] = text("What a careful reader should know.")


class ReviewTrials(Table):
    """One row a trial as an earlier review tabulates it; a cross-check, not analysed."""

    review_trial_id: Series[str] = key("Key.")
    review_id: Series[str] = link("reviews", "Review.")
    study_id: Series[str] = link("studies", "The same study here, where known.", optional=True)
    study_label: Series[str] = need("Study as the review names it.")
    outcome: Series[str] = need("Outcome as worded.")
    treatment_1: Series[str] = need("First treatment as worded.")
    n1: Series[float] = number("People, first treatment.", ge=1)
    mean1: Series[float] = number("Mean, first treatment.")
    mean1_text: Series[str] = text("Mean as printed, where it is a range.")
    sd1: Series[float] = number("Standard deviation, first treatment.", ge=0)
    events1: Series[float] = number("Events, first treatment.", ge=0)
    total1: Series[float] = number("Total, first treatment.", ge=1)
    treatment_2: Series[str] = text("Second treatment as worded.")
    n2: Series[float] = number("People, second treatment.", ge=1)
    mean2: Series[float] = number("Mean, second treatment.")
    sd2: Series[float] = number("Standard deviation, second treatment.", ge=0)
    events2: Series[float] = number("Events, second treatment.", ge=0)
    total2: Series[float] = number("Total, second treatment.", ge=1)
    effect_measure: Series[str] = code("effect_measure", "Kind of estimate.", optional=True)
    estimate: Series[float] = number("Estimate.")
    ci_low: Series[float] = number("Lower confidence limit.")
    ci_high: Series[float] = number("Upper confidence limit.")
    source: Series[str] = need("Address of the source.")
    note: Series[str] = text("What a careful reader should know.")


class ClaimsEvidence(Table):
    """One row a statement or number that bears on a claim, from any kind of source."""

    evidence_id: Series[str] = key("Key.")
    claim_id: Series[str] = link("claims", "Claim it bears on.")
    part_id: Series[str] = link("claim_parts", "Part of the claim it bears on.", optional=True)
    bearing: Series[str] = code("bearing", "Does it speak for or against the part?")
    study_id: Series[str] = link("studies", "The same study in studies.csv.", optional=True)
    review_id: Series[str] = link("reviews", "The same review in reviews.csv.", optional=True)
    source_label: Series[str] = need("Source in short.")
    kind: Series[str] = code("evidence_kind", "Kind of source.")
    population: Series[str] = code("evidence_population", "Who was treated.")
    needling: Series[str] = code("evidence_needling", "Is it microneedling?")
    what_was_measured: Series[str] = need("What was measured or stated.")
    value_op: Series[str] = code("p_op", "How the value is bounded.", optional=True)
    value_num: Series[float] = number("Value.")
    value_low: Series[float] = number("Lower end of a range.")
    value_high: Series[float] = number("Upper end of a range.")
    value_text: Series[str] = text("Value as printed, where no number fits.")
    unit: Series[str] = text("Unit.")
    sd: Series[float] = number("Standard deviation.", ge=0)
    n: Series[float] = number("People or reports.", ge=0)
    events: Series[float] = number("People with the event.", ge=0)
    total: Series[float] = number("People observed.", ge=1)
    ci_low: Series[float] = number("Lower confidence limit.")
    ci_high: Series[float] = number("Upper confidence limit.")
    p_op: Series[str] = code("p_op", "How the p value is bounded.", optional=True)
    p_num: Series[float] = number("p value as a number.", ge=0, le=1)
    statement_only: Series[str] = code("yes_no", "A statement without a number?")
    matching_rows: Series[str] = text("Rows of outcomes.csv or contrasts.csv with the same number.")
    caution: Series[str] = code("caution", "What to be careful about.", many=True)
    title: Series[str] = need("Title of the source.")
    doi: Series[str] = text("Digital object identifier.")
    source: Series[str] = need("Address of the source.")
    note: Series[str] = text("What a careful reader should know.")


class Prices(Table):
    """One row a price as printed on a page."""

    price_id: Series[str] = key("Key; continues the numbering of claims_evidence.csv.")
    claim_id: Series[str] = link("claims", "Claim it bears on.")
    source_label: Series[str] = need("Source in short.")
    service: Series[str] = need("What is priced, as worded.")
    treatment_scope: Series[str] = code("treatment_scope", "What the price covers.")
    price_kind: Series[str] = code("price_kind", "A range or an average.")
    price: Series[float] = number("Average price.", gt=0)
    price_low: Series[float] = number("Lower end of the range.", gt=0)
    price_high: Series[float] = number("Upper end of the range.", gt=0)
    currency: Series[str] = need("Currency code.")
    per: Series[str] = need("What the price is for.")
    year: Series[float] = number("Year of the page, where it can be told.", ge=1990, le=2100)
    caution: Series[str] = code("caution", "What to be careful about.", many=True)
    title: Series[str] = need("Title of the page.")
    source: Series[str] = need("Address of the page.")
    note: Series[str] = text("What a careful reader should know.")


class Scales(Table):
    """One row a scale."""

    scale_id: Series[str] = key("Key.")
    name: Series[str] = need("Name of the scale.")
    outcome: Series[str] = code("outcome", "Outcome code it belongs to.")
    min: Series[float] = number("Lowest value.")
    max: Series[float] = number("Highest value.")
    higher_is: Series[str] = code("higher_is", "Which end of the scale is good.", optional=True)
    direction_text: Series[str] = text("Direction in words.")
    n_items: Series[float] = number("Number of items.", ge=1)
    items_text: Series[str] = text("Items in words.")
    mid_value: Series[float] = number("Minimal important difference.", gt=0)
    mid_text: Series[str] = text("Minimal important difference in words.")
    source: Series[str] = need("Address of the source.")
    note: Series[str] = text("What a careful reader should know.")


class Overlaps(Table):
    """One row a group of studies that may share participants."""

    overlap_group: Series[str] = key("Key.")
    studies: Series[str] = link("studies", "Studies of the group.", many=True)
    ground: Series[str] = need("Why overlap is suspected.")
    advice: Series[str] = need("What an analysis should do.")


class Claims(Table):
    """One row a claim of the article, in our words."""

    claim_id: Series[str] = key("Key.")
    claim: Series[str] = need("The claim.")
    kind: Series[str] = code("claim_kind", "Kind of claim.")
    short: Series[str] = need("The claim in a few words, for figures.")


class Questions(Table):
    """One row a PICO question: which arms, which outcome, which measure, which model."""

    question_id: Series[str] = key("Key; parts of one question share what stands before the dot.")
    claim_id: Series[str] = link("claims", "Claim it answers.")
    question: Series[str] = need("The question in words.")
    kind: Series[str] = code("question_kind", "How it is answered.")
    treatment: Series[str] = code("treatment", "Treatment in question.", many=True)
    comparator: Series[str] = code("treatment", "Treatment it is compared with.", many=True)
    comparator_tags: Series[str] = text("Only these treatment tags of the comparator, separated by '; '.")
    outcomes: Series[str] = code("outcome", "Outcomes in order of preference.", many=True)
    threshold_classes: Series[str] = code("threshold_class", "Classes of response that enter.", many=True)
    scales: Series[str] = text("Only these scale names, separated by '; '.")
    measure: Series[str] = text("Effect measure code.")
    model: Series[str] = text("Primary model in words.")
    favours_low: Series[str] = text("What a value below no effect means.")
    favours_high: Series[str] = text("What a value above no effect means.")
    claim_side: Series[str] = code(
        "claim_side", "Side on which the claim lies; blank: no verdict.", optional=True
    )
    benchmark: Series[float] = number("Value that takes the place of no effect, on the reader's scale.")
    worthwhile: Series[float] = number(
        "Smallest value worth having on the claim's side, on the reader's scale."
    )
    limits_source: Series[str] = text("Where the benchmark and the worthwhile value come from.")
    indirectness: Series[str] = code(
        "indirectness", "How the question misses what the claim says.", many=True
    )
    summary_order: Series[float] = number("Place in the summary of findings.", ge=1, le=7)
    note: Series[str] = text("What a careful reader should know.")


class Codes(Table):
    """One row a code of a vocabulary."""

    vocabulary: Series[str] = key("Name of the vocabulary.")
    code: Series[str] = need("Code as it stands in the tables.")
    label: Series[str] = need("Label for figures and tables.")
    meaning: Series[str] = text("More on the meaning.")


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
} | JUDGEMENT_TABLES

_COMPOSITE = {"arms": ("study_id", "arm_id"), "codes": ("vocabulary", "code")} | JUDGEMENT_KEYS
KEYS: dict[str, tuple[str, ...]] = {
    name: _COMPOSITE.get(name, (next(iter(model.to_schema().columns)),)) for name, model in TABLES.items()
}

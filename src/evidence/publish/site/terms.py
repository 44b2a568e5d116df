"""Terms of statistics in the words of this review, for readers who meet them for the first time."""

TERMS = (
    (
        "Absolute effect",
        "How many people of 100, or how many points of a scale, a treatment makes a difference to.",
    ),
    (
        "Certainty (GRADE)",
        "How sure one can be that the true answer lies near the number: high, moderate, low or"
        " very low. It starts high for randomised trials and is rated down for risk of bias,"
        " inconsistency, indirectness, imprecision and publication bias.",
    ),
    (
        "Confidence interval (95 %)",
        "A range computed so that, over many repeated studies, 95 of 100 such ranges would hold"
        " the true average.",
    ),
    ("Effect size", "A number for how much better or worse, on a scale that lets studies be compared."),
    (
        "Forest plot",
        "A figure with a row a study: a square for its estimate, a line for its interval, a diamond for all.",
    ),
    (
        "Hartung-Knapp",
        "A way to compute the confidence interval of a pooled estimate that is honest with few"
        " studies; here it is never narrower than the usual (Wald) one.",
    ),
    ("Heterogeneity", "Differences between the true effects of studies, beyond chance."),
    ("I²", "The share of the differences between studies that chance does not explain, in per cent."),
    ("k", "The number of studies, or of groups, in an analysis."),
    (
        "Odds ratio, risk ratio",
        "How many times as likely an event is with one treatment as with another; 1 means alike.",
    ),
    (
        "Pooled estimate",
        "The weighted average over studies. With random effects it is the mean of effects that"
        " differ from study to study.",
    ),
    (
        "Prediction interval",
        "Where the true effect of a new, similar study should lie. It is wider than the"
        " confidence interval where studies differ.",
    ),
    (
        "p value",
        "How often chance alone would give a result at least as far from no effect. Not the"
        " chance that the claim is true.",
    ),
    ("Publication bias", "Studies, or numbers in them, that are missing because of what they found."),
    ("REML", "Restricted maximum likelihood: the way the variance between studies is estimated here."),
    ("Risk of bias", "How far the way a study was done may have moved its result."),
    ("Split-face", "A study in which each side of a face gets another treatment."),
    (
        "Standardised mean change",
        "How far a group moved from before to after, in standard deviations of its scores before."
        " A change over time is not yet an effect of the treatment.",
    ),
    (
        "Standardised mean difference (g)",
        "The difference between two groups in standard deviations, with a correction for small studies.",
    ),
    ("tau²", "The variance of the true effects between studies."),
)

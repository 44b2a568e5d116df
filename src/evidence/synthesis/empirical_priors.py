"""Predictive distributions of tau^2 from the meta-analyses of Cochrane reviews, by outcome and comparison."""

from __future__ import annotations

from evidence.arguments import option

# Turner et al. 2015 (Stat Med 34:984), Table IV: log-normal for tau^2 of log odds ratios.
# Outcome -> mean and standard deviation of log tau^2 for each comparison in turn.
TURNER_COMPARISONS = (
    "pharma vs placebo",
    "pharma vs pharma",
    "non-pharma vs placebo",
    "non-pharma vs pharma",
    "non-pharma vs non-pharma",
)
TURNER = {
    "all-cause mortality": ((-3.95, -4.18, -4.17, -2.92, -3.50), (1.34, 1.41, 1.55, 1.02, 1.26)),
    "obstetric": ((-3.52, -3.75, -3.74, -2.49, -3.08), (1.74, 1.79, 1.91, 1.50, 1.68)),
    "cause-specific mortality or major morbidity": (
        (-3.71, -3.95, -3.93, -2.68, -3.27),
        (1.74, 1.79, 1.91, 1.51, 1.68),
    ),
    "resource use": ((-2.34, -2.58, -2.56, -1.31, -1.90), (1.74, 1.79, 1.91, 1.50, 1.68)),
    "surgical or device success": ((-2.14, -2.37, -2.36, -1.11, -1.69), (1.74, 1.79, 1.91, 1.50, 1.68)),
    "withdrawals": ((-2.99, -3.23, -3.21, -1.96, -2.55), (1.74, 1.79, 1.91, 1.51, 1.68)),
    "internal structure": ((-2.71, -2.94, -2.93, -1.67, -2.26), (1.74, 1.79, 1.92, 1.51, 1.68)),
    "general physical health": ((-2.29, -2.53, -2.51, -1.26, -1.85), (1.53, 1.58, 1.72, 1.25, 1.46)),
    "adverse events": ((-1.87, -2.10, -2.10, -0.84, -1.43), (1.52, 1.58, 1.71, 1.24, 1.45)),
    "infection or new disease": ((-2.49, -2.73, -2.71, -1.46, -2.05), (1.52, 1.58, 1.71, 1.24, 1.45)),
    "signs or symptoms": ((-2.06, -2.29, -2.28, -1.03, -1.61), (1.51, 1.58, 1.71, 1.24, 1.45)),
    "pain": ((-1.83, -2.06, -2.05, -0.80, -1.38), (1.52, 1.58, 1.71, 1.25, 1.45)),
    "quality of life": ((-2.54, -2.78, -2.77, -1.51, -2.10), (1.54, 1.60, 1.73, 1.27, 1.47)),
    "mental health": ((-2.12, -2.35, -2.34, -1.09, -1.67), (1.53, 1.60, 1.72, 1.27, 1.47)),
    "biological markers": ((-1.77, -2.00, -1.99, -0.74, -1.33), (1.52, 1.58, 1.71, 1.24, 1.45)),
    "subjective outcomes": ((-2.70, -2.93, -2.92, -1.67, -2.26), (1.52, 1.58, 1.71, 1.25, 1.45)),
}
TURNER_ANY = (-2.56, 1.74)  # page 993: any outcome, any comparison

# Rhodes, Turner and Higgins 2015 (J Clin Epidemiol 68:52), Table 3: log-t with 5 df for tau^2 of standardised
# mean differences, areas other than cancer and respiratory disease. Mental health outcomes are left out: one
# location in circulation (-3.85) breaks the additive pattern of the table (-2.85).
RHODES_COMPARISONS = ("pharma vs placebo", "pharma vs pharma", "non-pharma")
RHODES = {
    "obstetric": ((-4.13, -4.40, -3.99), (2.34, 2.31, 2.11)),
    "resource use": ((-2.55, -2.83, -2.41), (2.73, 2.70, 2.57)),
    "internal or external structure": ((-2.43, -2.70, -2.29), (2.50, 2.46, 2.32)),
    "general physical health, adverse events, pain, quality of life": (
        (-3.16, -3.44, -3.02),
        (2.50, 2.44, 2.27),
    ),
    "signs or symptoms, infection or new disease": ((-3.00, -3.27, -2.86), (2.50, 2.47, 2.33)),
    "biological markers": ((-3.41, -3.68, -3.27), (2.83, 2.78, 2.66)),
    "subjective outcomes": ((-2.76, -3.03, -2.62), (2.58, 2.59, 2.41)),
}
RHODES_ANY = (-3.44, 2.59)  # section 3.3: any outcome, any comparison
RHODES_DF = 5.0


def turner(outcome: str | None = None, comparison: str | None = None) -> tuple[float, float, str]:
    """Mean and standard deviation of log tau^2 for log odds ratios, and the setting in words.

    Raises
    ------
    OptionError
        If the outcome or the comparison is not in Table IV of Turner et al. 2015.

    Examples
    --------
    >>> turner("adverse events", "non-pharma vs pharma")
    (-0.84, 1.24, 'adverse events, non-pharma vs pharma')
    """
    if outcome is None:
        return *TURNER_ANY, "any outcome"
    means, sds = TURNER[option("tau_prior's outcome", outcome, TURNER)]
    at = TURNER_COMPARISONS.index(option("tau_prior's comparison", comparison, TURNER_COMPARISONS))
    return means[at], sds[at], f"{outcome}, {comparison}"


def rhodes(outcome: str | None = None, comparison: str | None = None) -> tuple[float, float, float, str]:
    """Location, scale and degrees of freedom of log tau^2 for standardised mean differences, and the setting.

    Raises
    ------
    OptionError
        If the outcome or the comparison is not in Table 3 of Rhodes et al. 2015, or left out here.

    Examples
    --------
    >>> rhodes("subjective outcomes", "non-pharma")
    (-2.62, 2.41, 5.0, 'subjective outcomes, non-pharma')
    """
    if outcome is None:
        return *RHODES_ANY, RHODES_DF, "any outcome"
    locations, scales = RHODES[option("tau_prior's outcome", outcome, RHODES)]
    at = RHODES_COMPARISONS.index(option("tau_prior's comparison", comparison, RHODES_COMPARISONS))
    return locations[at], scales[at], RHODES_DF, f"{outcome}, {comparison}"

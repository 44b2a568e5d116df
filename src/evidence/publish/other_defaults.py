"""What other programs do by default where this package does otherwise, and the option that follows them."""

from __future__ import annotations

from typing import NamedTuple


class Default(NamedTuple):
    """A default of another program that gives another number.

    Attributes
    ----------
    program, what, theirs, ours : str
    why : str
        Why this package does otherwise.
    call : str
        The call here that gives their number, of `yi` and `vi`, or of `contrasts`; empty if none does.
    remark : str
        What stands in place of the call, or beside it.
    """

    program: str
    what: str
    theirs: str
    ours: str
    why: str
    call: str = ""
    remark: str = ""


_WALD = "Wald intervals hold too rarely with few studies (see notebooks/methods/coverage)"

DEFAULTS = (
    Default(
        "metafor",
        "interval of the mean (`rma`)",
        'normal, Wald (`test = "z"`)',
        "Hartung-Knapp, never narrower than Wald",
        _WALD,
        'ev.pool(yi=yi, vi=vi, test="z")',
    ),
    Default(
        "metafor",
        "prediction interval (`predict`)",
        "distribution and standard error of the test",
        "`ev.pool`: t with k - 2 degrees of freedom; the review's primary analysis: as metafor",
        "Higgins et al. (2009)",
        'ev.pool(yi=yi, vi=vi, prediction="test")',
    ),
    Default(
        "meta",
        "interval of the mean (`metagen`)",
        'normal, Wald (`method.random.ci = "classic"`)',
        "Hartung-Knapp, never narrower than Wald",
        _WALD,
        'ev.pool(yi=yi, vi=vi, test="z", prediction="V")',
        'its prediction intervals are "V", "HTS", "HK", "KR" and "S" here too',
    ),
    Default(
        "meta",
        "I2",
        "from Q",
        "`i2` from tau2, `i2_q` from Q",
        "I2 then belongs to the tau2 that was used",
        "ev.pool(yi=yi, vi=vi).i2_q",
    ),
    Default(
        "netmeta",
        "heterogeneity of a network",
        'DerSimonian-Laird (`method.tau.netmeta = "DL"`)',
        "REML, with the covariance of the contrasts of a trial",
        "the estimator of the other analyses",
        'ev.network(contrasts, method="DL")',
    ),
    Default(
        "bayesmeta",
        "priors",
        "improper uniform for tau and for the mean",
        "half-normal(0.5) for tau, normal(0, 4) for the mean",
        "with few studies a flat prior leaves tau without an upper bound",
        'ev.bayes(yi=yi, vi=vi, tau_prior=("uniform", 10), mu_prior=None)',
        "a wide bound comes near the improper prior",
    ),
    Default(
        "bayesmeta",
        "interval",
        "the shortest",
        "with equal tails",
        "it keeps its meaning when the scale is changed",
        remark='no option; in R, `interval.type = "central"` gives ours',
    ),
    Default(
        "RevMan",
        "random effects, until January 2025 the only choice",
        "DerSimonian-Laird, Wald",
        "REML, Hartung-Knapp, never narrower than Wald",
        _WALD + "; Cochrane's advice since",
        'ev.pool(yi=yi, vi=vi, method="DL", test="z")',
        "[Cochrane on the change](https://methods.cochrane.org/methods-cochrane/"
        "random-effects-meta-analysis-methods-intervention-reviews)",
    ),
    Default(
        "RevMan",
        "Hartung-Knapp-Sidik-Jonkman interval (HKSJ)",
        "Hartung and Knapp (2001); whether it is widened to Wald was not found in public",
        "never narrower than Wald",
        "Hartung-Knapp can be far too narrow where estimates lie close by chance",
        'ev.pool(yi=yi, vi=vi, test="knha")',
    ),
    Default(
        "RevMan",
        "standardised mean difference",
        "small-sample correction 1 - 3 / (4 N - 9), variance with N - 3.94",
        "exact correction, large-sample variance",
        "Hedges (1981); the numbers of metafor",
        remark="no option: enter their g and standard error as `yi` and `vi`",
    ),
)

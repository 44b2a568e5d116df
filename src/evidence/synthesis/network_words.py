"""How a network was fitted, in the words of a methods section."""

from __future__ import annotations

from evidence.synthesis.pool_words import TAU2_WORDS

_MOMENTS = "the generalised method of moments (DerSimonian-Laird)"


def tau2_notes(df: int, tau2: float) -> list[str]:
    """What a reader should know of an estimate of tau2."""
    if df == 0:
        return ["no degree of freedom is left: tau2 cannot be estimated, random effects have tau2 = 0"]
    return ["tau2 is estimated as 0, the least it can be"] if tau2 == 0 else []


def tau2_words(method: str) -> str:
    """Name an estimator of the between-study variance of a network."""
    return _MOMENTS if method == "DL" else TAU2_WORDS[method]


def network_sentence(
    *, k: int, n: int, parts: int, method: str, model: str, level: float, predicted: bool
) -> str:
    """Write how a network was fitted, true to the options.

    Examples
    --------
    >>> network_sentence(k=4, n=3, parts=1, method="DL", model="common", level=0.95, predicted=False)
    'Common-effect network meta-analysis of 4 studies of 3 treatments by generalised least squares
    (graph-theoretical method, Rücker 2012), multi-arm studies with the covariance of their contrasts; 95 %
    confidence intervals by the normal distribution; ranking by P-scores (Rücker and Schwarzer 2015).'
    """
    kind = "Random-effects" if model == "random" else "Common-effect"
    joined = "" if parts == 1 else f", in {parts} sub-networks that no study joins"
    words = [
        f"{kind} network meta-analysis of {k} studies of {n} treatments{joined} by generalised least squares"
        " (graph-theoretical method, Rücker 2012), multi-arm studies with the covariance of their contrasts"
    ]
    if model == "random":
        words.append(f"one between-study variance for all comparisons by {tau2_words(method)}")
    percent = f"{100 * level:g} %"
    words.append(f"{percent} confidence intervals by the normal distribution")
    if predicted:
        words.append(
            f"{percent} prediction intervals by a t distribution with one degree of freedom fewer than Q"
        )
    words.append("ranking by P-scores (Rücker and Schwarzer 2015)")
    return "; ".join(words) + "."


def component_sentence(
    *,
    k: int,
    n: int,
    parts: int,
    components: int,
    interactions: int,
    inactive: str | None,
    method: str,
    model: str,
    level: float,
) -> str:
    """Write how a component network was fitted, true to the options."""
    kind = "Random-effects" if model == "random" else "Common-effect"
    joined = "" if parts == 1 else f" in {parts} sub-networks"
    extra = f" and {interactions} interaction{'s' if interactions > 1 else ''}" if interactions else ""
    words = [
        f"{kind} additive component network meta-analysis (Rücker, Petropoulou and Schwarzer 2020) of"
        f" {k} studies of {n} treatments{joined}, with {components} active components{extra}"
    ]
    if inactive is not None:
        words.append(f"{inactive} taken as inactive")
    if model == "random":
        words.append(f"one between-study variance for all comparisons by {tau2_words(method)}")
    words.append(f"{100 * level:g} % confidence intervals by the normal distribution")
    words.append(
        "additivity tested by the difference of Q from the network with an effect for each treatment"
    )
    return "; ".join(words) + "."

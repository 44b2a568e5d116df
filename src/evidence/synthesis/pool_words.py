"""How a pooled estimate was had, in the words of a methods section."""

from __future__ import annotations

TAU2_WORDS = {
    "DL": "the DerSimonian-Laird estimator",
    "HE": "the Hedges-Olkin estimator",
    "HS": "the Hunter-Schmidt estimator",
    "HSk": "the Hunter-Schmidt estimator with small-sample correction (Brannick et al. 2019)",
    "SJ": "the Sidik-Jonkman estimator",
    "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood",
    "EB": "the empirical Bayes estimator (Morris 1983)",
    "PM": "the Paule-Mandel estimator",
    "PMM": "the median-unbiased Paule-Mandel estimator (Viechtbauer 2021)",
}
_TEST = {
    "z": "a normal distribution (Wald)",
    "t": "a t distribution with k - 1 degrees of freedom and the Wald standard error",
    "knha": "the Hartung-Knapp method (Hartung and Knapp 2001)",
    "adhoc": "the Hartung-Knapp method, never narrower than Wald (Knapp and Hartung 2003)",
    "KR": "the Kenward-Roger method (Partlett and Riley 2017)",
    "HC": "the method of Henmi and Copas (2010), common-effect weights with random-effects error",
}
_PREDICTION = {
    "HTS": "after Higgins, Thompson and Spiegelhalter (2009; t with k - 2 degrees of freedom)",
    "V": "with t on k - 1 degrees of freedom and the Wald standard error (Veroniki et al. 2019)",
    "HK": "with t on k - 1 degrees of freedom and the Hartung-Knapp standard error (Partlett and Riley 2017)",
    "KR": "after Kenward and Roger (Partlett and Riley 2017)",
    "S": "with the normal distribution and the Wald standard error (Skipka 2006)",
    "test": "with the distribution and standard error of the test of the mean",
}
_INTERVAL = {
    "QP": "by the Q-profile method (Viechtbauer 2007)",
    "PL": "by profile likelihood (Hardy and Thompson 1996)",
}


def method_sentence(
    *, k: int, method: str, test: str, level: float, prediction: str, tau2_interval: str
) -> str:
    """Write how the estimate was had, true to the options.

    Examples
    --------
    >>> method_sentence(k=4, method="EE", test="z", level=0.9, prediction="none", tau2_interval="none")
    'Common-effect (inverse-variance) meta-analysis of 4 studies; 90 % confidence interval by a normal
    distribution (Wald); no prediction interval.'
    """
    percent = f"{100 * level:g} %"
    if k == 1:
        return f"One study: its own estimate with its {percent} normal-theory interval; nothing was pooled."
    if method == "EE":
        parts = [f"Common-effect (inverse-variance) meta-analysis of {k} studies"]
    elif method == "IVhet":
        parts = [
            f"Inverse-variance heterogeneity model (Doi et al. 2015) of {k} studies",
            f"between-study variance by {TAU2_WORDS['DL']}",
        ]
    else:
        parts = [
            f"Random-effects meta-analysis of {k} studies",
            f"between-study variance by {TAU2_WORDS[method]}",
        ]
    if tau2_interval != "none":
        parts[-1] += f", its {percent} interval {_INTERVAL[tau2_interval]}"
    parts.append(f"{percent} confidence interval by {_TEST[test]}")
    if prediction == "none":
        parts.append("no prediction interval")
    else:
        parts.append(f"{percent} prediction interval {_PREDICTION[prediction]}")
    return "; ".join(parts) + "."

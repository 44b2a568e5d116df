"""Three-level models and cluster-robust tests: metafor, clubSandwich, dense matrices, properties, options."""

import functools
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from evidence.effects.effects import Effects
from evidence.errors import FewStudiesWarning, InputError, OptionError, TooFewStudiesError
from evidence.synthesis.multilevel import multilevel
from evidence.synthesis.nested import evaluate, nested
from evidence.synthesis.pool import pool
from evidence.synthesis.robust import robust

GOLDEN = Path(__file__).parent / "golden"
CASES = {case["id"]: case for case in json.loads((GOLDEN / "multilevel.json").read_text("utf-8"))}
DIVERGENCES = {
    (entry["id"], entry["field"]): entry
    for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
}
SEVEN = {
    "yi": [0.1, 0.3, 0.5, 0.2, 0.9, 0.7, 0.4],
    "vi": [0.05, 0.02, 0.04, 0.03, 0.06, 0.02, 0.05],
    "outer": list("aabbcde"),
}
# Clusters of several sizes, units of several effects, both variances above 0.
NESTED = {
    "yi": [0.9, 1.1, 0.2, -0.3, -0.2, 0.5, 1.6, 1.1, 1.8, 0.1, 0.4, -0.6, 0.8],
    "vi": [0.05, 0.02, 0.04, 0.03, 0.06, 0.02, 0.05, 0.07, 0.03, 0.02, 0.04, 0.05, 0.03],
    "outer": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6],
    "inner": [1, 1, 2, 1, 1, 2, 1, 2, 2, 1, 2, 1, 1],
}


def rho_of(case):
    return case["args"]["rho"] if case["kind"] == "che" else None


@functools.cache
def fitted(case_id):
    return multilevel(**CASES[case_id]["input"], rho=rho_of(CASES[case_id]))


def fields(case_id):
    result = fitted(case_id)
    tested = result.robust("CR2")
    shown = tested if CASES[case_id]["kind"] == "robust" else result
    return {
        "beta": shown.estimate,
        "se": shown.se,
        "ci_lb": shown.ci_low,
        "ci_ub": shown.ci_high,
        "sigma2": result.sigma2,
        "ll": result.log_likelihood,
        "Q": result.q,
        "df": tested.df,
        "pval": tested.p,
        "robust_se": tested.se,
        "robust_df": tested.df,
    }


@pytest.mark.parametrize("case_id", CASES)
def test_agrees_with_metafor_and_clubsandwich(case_id):
    got = fields(case_id)
    for field, expected in CASES[case_id]["expected"].items():
        known = DIVERGENCES.get((case_id, field), {"tolerance": 1e-8})
        assert got[field] == pytest.approx(expected, rel=known["tolerance"], abs=1e-12), field


def test_divergences_are_no_wider_than_an_optimiser_explains():
    mine = {key: entry["tolerance"] for key, entry in DIVERGENCES.items() if key[0] in CASES}
    assert max(mine.values()) <= 1e-6
    assert not any(field in ("ll", "Q") for _, field in mine)


# The second route: every matrix in full, and the score from its textbook formula.


class Dense:
    def __init__(self, yi, vi, outer, inner=None, rho=0.0):
        self.y, v = np.array(yi, dtype=float), np.array(vi, dtype=float)
        k = self.y.size
        outer = np.array(outer)
        inner = np.arange(k) if inner is None else np.array(inner)
        self.outer = outer
        same = (outer[:, None] == outer).astype(float)
        unit = same * (inner[:, None] == inner)
        self.parts = (same, unit)
        self.errors = rho * same * np.sqrt(np.outer(v, v))
        np.fill_diagonal(self.errors, v)

    def covariance(self, sigma2):
        return self.errors + sigma2[0] * self.parts[0] + sigma2[1] * self.parts[1]

    def at(self, sigma2, restricted=True):
        """Log-likelihood, score, mean and its standard error."""
        k, ones = self.y.size, np.ones(self.y.size)
        covariance = self.covariance(sigma2)
        inverse = np.linalg.inv(covariance)
        precision = ones @ inverse @ ones
        p = inverse - np.outer(inverse @ ones, ones @ inverse) / precision
        q = self.y @ p @ self.y
        value = k * math.log(2 * math.pi) + np.linalg.slogdet(covariance)[1] + q
        if restricted:
            value += math.log(precision) - math.log(2 * math.pi) - math.log(k)
        inside = p if restricted else inverse
        score = [0.5 * (self.y @ p @ part @ p @ self.y - np.trace(inside @ part)) for part in self.parts]
        return -value / 2, np.array(score), ones @ inverse @ self.y / precision, precision**-0.5

    def bias_reduced(self, sigma2):
        """CR2 by Cholesky factors and full hat matrices: variance, and Satterthwaite df by traces."""
        k, ones = self.y.size, np.ones((self.y.size, 1))
        f = self.covariance(sigma2)
        w = np.linalg.inv(f)
        m = 1 / float((ones.T @ w @ ones)[0, 0])
        residual = np.eye(k) - m * ones @ ones.T @ w
        e = residual @ self.y
        rows, variance = [], 0.0
        for name in np.unique(self.outer):
            c = np.flatnonzero(self.outer == name)
            d = np.linalg.cholesky(f[np.ix_(c, c)]).T
            b = d @ (residual @ f @ residual.T)[np.ix_(c, c)] @ d.T
            a = d.T @ linalg.inv(linalg.sqrtm(b)).real @ d
            g = m * (ones.T @ w)[:, c] @ a
            variance += float((g @ e[c])[0]) ** 2
            rows.append((g @ residual[c])[0])
        p = np.array(rows) @ f @ np.array(rows).T
        return variance, np.trace(p) ** 2 / np.sum(p**2), np.trace(p)


def dense_of(case):
    return Dense(**case["input"], rho=rho_of(case) or 0.0)


@pytest.mark.parametrize("case_id", [i for i, case in CASES.items() if "sigma2" in case["expected"]])
def test_the_score_sides_with_us(case_id):
    case = CASES[case_id]
    dense, result = dense_of(case), fitted(case_id)
    expected = case["expected"]
    ours, theirs = dense.at(result.sigma2), dense.at(expected["sigma2"])
    assert np.abs(ours[1]).max() < 1e-3 * np.abs(theirs[1]).max()
    assert ours[0] >= theirs[0] - 1e-12
    assert ours[0] == pytest.approx(result.log_likelihood, rel=1e-12)
    assert (result.estimate, result.se) == pytest.approx(ours[2:], rel=1e-10)
    # At the peer's variances the formulas give the peer's numbers.
    assert theirs[2:] == pytest.approx((expected["beta"], expected["se"]), rel=1e-10)


@pytest.mark.parametrize("case_id", [i for i, case in CASES.items() if case["kind"] != "multilevel"])
def test_at_the_peers_variances_the_robust_test_is_the_peers(case_id):
    case = CASES[case_id]
    name = case_id.split("_")[1]
    expected = case["expected"]
    sigma2 = expected.get("sigma2") or CASES[f"ml3_{name}"]["expected"]["sigma2"]
    got = robust(fitted(case_id).data, sigma2, expected["beta"])
    se, df = expected.get("robust_se") or expected["se"], expected.get("robust_df") or expected["df"]
    assert (got.se, got.df) == pytest.approx((se, df), rel=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("sigma2", [(0.0, 0.0), (0.2, 0.0), (0.0, 0.3), (0.15, 0.08), (40.0, 1e-4)])
@pytest.mark.parametrize("restricted", [True, False])
def test_likelihood_and_gradient_equal_the_dense_ones(rho, sigma2, restricted):
    dense = Dense(**NESTED, rho=rho)
    data = nested(*(np.array(NESTED[name]) for name in ("yi", "vi", "outer", "inner")), rho)
    got = evaluate(data, np.array([sigma2]), restricted=restricted)
    value, score, mean, se = dense.at(sigma2, restricted)
    assert got.value[0] == pytest.approx(value, rel=1e-11)
    assert got.gradient[0] == pytest.approx(score, rel=1e-9, abs=1e-10)
    assert data.origin + got.mean[0] == pytest.approx(mean, rel=1e-10)
    assert got.precision[0] == pytest.approx(se**-2, rel=1e-10)


@pytest.mark.parametrize("rho", [None, 0.5])
@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("rows", [NESTED, SEVEN], ids=["nested", "seven"])
def test_no_point_of_a_fine_grid_is_higher(rho, method, rows):
    result = multilevel(**rows, rho=rho, method=method)
    dense = Dense(**rows, rho=rho or 0.0)
    top, score, *_ = dense.at(result.sigma2, method == "REML")
    assert top == pytest.approx(result.log_likelihood, rel=1e-11)
    steps = np.concatenate([[0], np.geomspace(1e-5, 3, 25)])
    assert max(dense.at((a, b), method == "REML")[0] for a in steps for b in steps) <= top + 1e-12
    for variance, slope in zip(result.sigma2, score, strict=True):
        assert slope == pytest.approx(0, abs=1e-7) if variance > 0 else slope <= 1e-9


@pytest.mark.parametrize("rho", [0.0, 0.6])
@pytest.mark.parametrize("rows", [NESTED, SEVEN], ids=["nested", "seven"])
def test_cr2_by_cholesky_and_hat_matrices(rho, rows):
    result = multilevel(**rows, rho=rho)
    variance, df, expectation = Dense(**rows, rho=rho).bias_reduced(result.sigma2)
    got = result.robust("CR2")
    assert got.se**2 == pytest.approx(variance, rel=1e-9)
    assert got.df == pytest.approx(df, rel=1e-9)
    assert expectation == pytest.approx(result.se**2, rel=1e-9)  # unbiased under the working model
    assert got.p == pytest.approx(2 * stats.t.sf(abs(got.statistic), df), rel=1e-9)
    half = stats.t.ppf(0.975, df) * got.se
    assert (got.ci_low, got.ci_high) == pytest.approx((got.estimate - half, got.estimate + half))


def test_robust_by_hand():
    """Five clusters of one effect, equal variances: CR0 is a sum of squares over m^2, CR2 over m (m - 1)."""
    y = np.array([0.0, 1.0, 2.0, 4.0, 8.0])
    result = multilevel(yi=y, vi=[1.0] * 5, outer=range(5))
    squares = np.sum((y - 3.0) ** 2)
    assert result.robust("CR0").se ** 2 == pytest.approx(squares / 25)
    assert result.robust("CR1").se ** 2 == pytest.approx(squares / 20)
    assert result.robust("CR2").se ** 2 == pytest.approx(squares / 20)
    assert result.robust("CR2").df == pytest.approx(4)
    assert result.estimate == pytest.approx(3)


def test_i2_by_level_as_printed_on_the_metafor_site():
    """Konstantopoulos 2011 data: 95.19 % in all, 63.32 % between and 31.86 % within districts."""
    result = fitted("ml3_konst")
    assert (result.i2, *result.i2_levels) == pytest.approx((95.19, 63.32, 31.86), abs=0.006)


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_i2_by_dense_matrices(rho):
    result = multilevel(**NESTED, rho=rho)
    w = np.linalg.inv(Dense(**NESTED, rho=rho).errors)
    p = w - np.outer(w.sum(axis=1), w.sum(axis=0)) / w.sum()
    typical = (result.k - 1) / np.trace(p)
    assert result.i2 == pytest.approx(100 * sum(result.sigma2) / (sum(result.sigma2) + typical), rel=1e-10)
    assert result.q == pytest.approx(np.array(NESTED["yi"]) @ p @ np.array(NESTED["yi"]), rel=1e-10)
    assert result.q_p == pytest.approx(stats.chi2.sf(result.q, 12), rel=1e-9)


ROWS = st.lists(st.tuples(st.floats(-2, 2), st.floats(0.02, 1)), min_size=3, max_size=10)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_one_effect_a_cluster_is_an_ordinary_meta_analysis(rows):
    y, v = np.array(rows).T
    result = multilevel(yi=y, vi=v, outer=np.arange(y.size), rho=0.7)
    pooled = pool(yi=y, vi=v, method="REML", test="z")
    assert sum(result.sigma2) == pytest.approx(pooled.tau2, rel=1e-6, abs=1e-9)
    assert (result.estimate, result.se) == pytest.approx((pooled.estimate, pooled.se), rel=1e-6, abs=1e-8)
    assert result.sigma2[1] == 0
    assert any("cannot be told apart" in note for note in result.notes)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), rho=st.sampled_from([0.0, 0.4, 0.8]))
def test_order_names_place_and_scale_do_not_matter(seed, rho):
    rng = np.random.default_rng(seed)
    y, v = rng.normal(0.3, 0.6, 14), rng.uniform(0.02, 0.2, 14)
    outer, inner = np.repeat([0, 1, 2, 3, 4, 5], [4, 3, 1, 2, 3, 1]), rng.integers(0, 2, 14)
    plain = multilevel(yi=y, vi=v, outer=outer, inner=inner, rho=rho)
    order = rng.permutation(14)
    names = np.array(list("fbdaec"))[outer]
    other = multilevel(yi=10 - 3 * y[order], vi=9 * v[order], outer=names[order], inner=inner[order], rho=rho)
    assert other.estimate == pytest.approx(10 - 3 * plain.estimate, rel=1e-8)
    assert other.sigma2 == pytest.approx(9 * np.array(plain.sigma2), rel=1e-6, abs=1e-9)
    tests = [result.robust("CR2") for result in (plain, other)]
    assert tests[1].se == pytest.approx(3 * tests[0].se, rel=1e-7)
    assert tests[1].df == pytest.approx(tests[0].df, rel=1e-6)


def test_rho_zero_is_the_plain_model():
    plain, zero = multilevel(**NESTED), multilevel(**NESTED, rho=0)
    assert plain.to_dict() == zero.to_dict()
    assert plain.rho == 0


def test_copies_gain_no_precision_when_their_errors_are_correlated():
    y, v = np.array([0.1, 0.5, 0.3, 0.9, 0.4, 0.6]), np.full(6, 0.1)
    once = pool(yi=y, vi=v, test="z")
    twice = {"yi": np.repeat(y, 2), "vi": np.repeat(v, 2), "outer": np.repeat(np.arange(6), 2)}
    as_copies = multilevel(**twice, rho=0.9999)
    as_independent = multilevel(**twice)
    assert as_copies.se == pytest.approx(once.se, rel=1e-3)
    assert as_copies.se > as_independent.se
    assert as_copies.estimate == pytest.approx(once.estimate, rel=1e-6)


def test_inner_units_share_their_effect():
    """Two copies in one unit with independent errors are one effect of half the variance."""
    y, v = np.array([0.1, 0.5, 1.3, 0.9, -0.4, 0.6]), np.array([0.1, 0.2, 0.1, 0.3, 0.1, 0.2])
    outer = np.array([0, 0, 1, 1, 2, 2])
    once = multilevel(yi=y, vi=v / 2, outer=outer)
    twice = multilevel(
        yi=np.tile(y, 2), vi=np.tile(v, 2), outer=np.tile(outer, 2), inner=np.tile(np.arange(6), 2)
    )
    assert (twice.estimate, twice.se) == pytest.approx((once.estimate, once.se), rel=1e-8)
    assert twice.sigma2 == pytest.approx(once.sigma2, rel=1e-7, abs=1e-10)


def test_every_option_changes_the_number():
    base = multilevel(**NESTED)
    assert multilevel(**NESTED, rho=0.6).se != pytest.approx(base.se, rel=1e-3)
    assert multilevel(**NESTED, method="ML").sigma2[0] < base.sigma2[0]
    assert multilevel(**NESTED, level=0.9).ci_high < base.ci_high
    with_t = multilevel(**NESTED, test="t")
    assert (with_t.df, base.df) == (12, math.inf)
    assert with_t.p == pytest.approx(2 * stats.t.sf(abs(base.statistic), 12)) and with_t.p > base.p
    no_units = multilevel(**{name: x for name, x in NESTED.items() if name != "inner"})
    assert no_units.sigma2 != pytest.approx(base.sigma2, rel=1e-3)
    regrouped = multilevel(**{**NESTED, "outer": [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4]})
    assert regrouped.se != pytest.approx(base.se, rel=1e-3)
    errors = [base.robust(kind).se for kind in ("CR0", "CR1", "CR2")]
    assert errors[0] < errors[1] and len(set(errors)) == 3
    assert errors[1] == pytest.approx(errors[0] * math.sqrt(6 / 5))
    assert base.robust(level=0.8).ci_high < base.robust().ci_high
    assert multilevel(**NESTED, level=0.8).robust().level == 0.8


def test_tables_words_and_columns():
    frame = pd.DataFrame(NESTED).rename(columns={"outer": "study_id", "inner": "arm"})
    frame["included"] = [True] * 12 + [False]
    effects = Effects(frame, measure="OR", scale="log")
    result = multilevel(effects, inner="arm", rho=0.6)
    by_hand = multilevel(**{name: x[:12] for name, x in NESTED.items()}, rho=0.6)
    assert result.estimate == by_hand.estimate and result.clusters == 5
    assert multilevel(frame, outer="study_id", inner="arm", rho=0.6).estimate == result.estimate
    assert result.display()["ci_low"] == pytest.approx(math.exp(result.ci_low))
    assert "correlated at 0.6" in result.method_text() and "5 clusters" in result.method_text()
    assert "independent" in multilevel(effects).method_text()
    assert result.summary().loc[0, "sigma2_outer"] == result.sigma2[0]
    assert '"data"' not in json.dumps(result.to_dict())
    tested = result.robust()
    assert tested.summary().loc[0, "type"] == "CR2" and "Satterthwaite" in tested.method_text()
    assert json.dumps(tested.to_dict()) and "<table" in tested._repr_html_()


def test_few_clusters_are_loud():
    with pytest.warns(FewStudiesWarning, match="3 clusters are too few"):
        found = multilevel(yi=[0.1, 0.4, 0.2, 0.6], vi=[0.1] * 4, outer=list("aabc")).robust()
    assert len(found.notes) == 2 and "degrees of freedom" in found.notes[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert multilevel(**SEVEN).robust().clusters == 5


def test_five_equal_clusters_have_four_degrees_of_freedom_which_are_enough():
    yi = [0.1, 0.3, 0.2, 0.7, -0.1, 0.4, 0.6, 0.5, 0.0, 0.2]
    found = multilevel(yi=yi, vi=[0.1] * 10, outer=list("aabbccddee")).robust()
    assert found.df == pytest.approx(4)
    assert found.notes == ()


def test_variances_at_their_edge_are_said():
    result = multilevel(yi=[0.3, 0.3, 0.3, 0.3], vi=[0.1] * 4, outer=list("aabb"))
    assert result.sigma2 == (0, 0) and result.i2 == 0
    assert len(result.notes) == 2


@pytest.mark.parametrize(
    ("choices", "error", "message"),
    [
        ({"rho": 1.2}, InputError, "rho=1.2 must lie between 0 and 1"),
        ({"rho": 1}, InputError, "not copies"),
        ({"rho": -0.1}, InputError, "rho=-0.1"),
        ({"rho": math.nan}, InputError, "rho=nan"),
        ({"rho": "0.6"}, InputError, "rho='0.6'"),
        ({"outer": ["a"] * 7}, TooFewStudiesError, "one cluster"),
        ({"outer": list("aabb")}, InputError, "outer has 4 values where 7 are needed"),
        ({"outer": [1, 1, 2, None, 3, 4, 5]}, InputError, "outer is missing at position 3"),
        ({"outer": None}, InputError, "needs outer"),
        ({"outer": "study"}, InputError, "not a column"),
        ({"inner": [1, 2]}, InputError, "inner has 2 values"),
        ({"vi": [0.1, 0.1, -0.1, 0.1, 0.1, 0.1, 0.1]}, InputError, "Study 3 has vi=-0.1"),
        ({"vi": [0.1, 0.1]}, InputError, "vi has 2 values where 7 are needed"),
        ({"method": "DL"}, OptionError, "'REML', 'ML'"),
        ({"test": "knha"}, OptionError, "'z', 't'"),
        ({"level": 95}, InputError, "0.95"),
        ({"yi": None, "vi": None}, InputError, "needs effects"),
    ],
)
def test_mistakes_are_named(choices, error, message):
    with pytest.raises(error, match=message):
        multilevel(**{**SEVEN, **choices})


def test_unknown_columns_and_types_are_named():
    frame = pd.DataFrame({"yi": [0.1, 0.2], "vi": [0.1, 0.1], "study_id": ["a", "b"]})
    with pytest.raises(InputError, match="'trial' is not a column of effects; it has"):
        multilevel(frame, outer="trial")
    with pytest.raises(OptionError, match="Did you mean 'CR2'"):
        multilevel(**SEVEN).robust("cr2")
    with pytest.raises(InputError, match=r"0\.95"):
        multilevel(**SEVEN).robust(level=95)


@pytest.mark.parametrize(
    "given",
    [
        {"yi": [14.6, -5.7, -3.0, 4.4, -15.9], "vi": [0.41, 0.44, 0.25, 0.03, 0.47], "rho": 0.9}
        | {"outer": [1, 2, 0, 2, 0], "method": "ML"},
        {"yi": [-1.1, -0.2, 2.3, 1.8, -0.3], "vi": [0.04, 0.28, 0.47, 0.42, 0.36], "rho": 0.6}
        | {"outer": [1, 2, 2, 2, 2], "method": "REML"},
    ],
    ids=["ML", "REML"],
)
@pytest.mark.parametrize("unit", [2.0**-20, 2.0**20])
def test_units_do_not_matter_where_rounding_hides_the_top(given, unit):
    """No step of these two fits raises the likelihood by more than its rounding before they are done."""
    other = multilevel(**given | {"yi": unit * np.array(given["yi"]), "vi": unit**2 * np.array(given["vi"])})
    assert np.array(other.sigma2) / unit**2 == pytest.approx(multilevel(**given).sigma2, rel=1e-9)


def test_hard_cases_settle():
    rng = np.random.default_rng(11)
    outer = np.repeat(np.arange(400), 5)
    y = 0.2 + rng.normal(0, 0.3, 400)[outer] + rng.normal(0, 0.2, 2000) + rng.normal(0, 0.1, 2000)
    large = multilevel(yi=y, vi=np.full(2000, 0.01), outer=outer)
    assert large.sigma2 == pytest.approx((0.09, 0.04), rel=0.2)
    spread = multilevel(yi=[1e-3, 2.0, 5.0, -7.0], vi=[1e-9, 1.0, 10.0, 0.5], outer=list("aabb"), rho=0.99)
    dense = Dense([1e-3, 2.0, 5.0, -7.0], [1e-9, 1.0, 10.0, 0.5], list("aabb"), rho=0.99)
    assert dense.at(spread.sigma2)[0] == pytest.approx(spread.log_likelihood, rel=1e-6)

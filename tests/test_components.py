"""Component networks: netmeta, dense matrices, disconnected networks, interactions, what cannot be told."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import evidence as ev
from evidence.errors import InputError, OptionError
from network_data import Dense

GOLDEN = Path(__file__).parent / "golden"
CASE = next(
    case
    for case in json.loads((GOLDEN / "network.json").read_text("utf-8"))
    if case["kind"] == "component_network"
)
TOY = pd.DataFrame(CASE["input"])
# Effects that differ enough for tau2 to be above 0.
APART = TOY.assign(te=[-0.5, -1.8, 0.35, -0.9, -0.4, -1.55, 0.6])


def dense(table, terms):
    """The additive model by dense matrices: `terms` gives the columns of a treatment."""
    treatments = sorted(set(table["t1"]) | set(table["t2"]), key=lambda x: (x.casefold(), x))
    return Dense(table, columns=np.array([terms(name) for name in treatments], dtype=float))


def additive(name):
    parts = [part.strip() for part in name.split("+")]
    return [component in parts for component in ("laser", "mn", "peel", "prp")]


def test_agrees_with_netmeta():
    fitted = ev.components(TOY, inactive="none", method=CASE["args"]["method_tau"])
    expected = CASE["expected"]
    assert list(fitted.components) == expected["comps"]
    common = ev.components(TOY, inactive="none", model="common")
    for got, kind in ((fitted, "random"), (common, "common")):
        assert got.component_estimates == pytest.approx(np.array(expected[f"comp_{kind}"]), rel=1e-10)
        assert got.component_se == pytest.approx(np.array(expected[f"comp_se_{kind}"]), rel=1e-10)
    assert fitted.q_additive == pytest.approx(expected["Q_additive"], rel=1e-9)
    assert (fitted.q_additive_df, fitted.tau2) == (expected["df_additive"], expected["tau2"])


@pytest.mark.parametrize("method", ["REML", "ML", "DL"])
def test_dense_matrices_give_the_same_components(method):
    fitted, route = ev.components(APART, inactive="none", method=method), dense(APART, additive)
    tau2 = route.moments() if method == "DL" else route.maximum(method == "REML")
    assert fitted.tau2 == pytest.approx(tau2, rel=1e-9) and tau2 > 0.01
    beta, covariance, *_ = route.at(tau2)
    assert fitted.component_estimates == pytest.approx(beta, rel=1e-9)
    assert fitted.component_se == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-9)
    contrast = np.array([1, -1, 0, 1.0])
    found = fitted.estimate("laser + prp", "mn")
    assert found.te == pytest.approx(contrast @ beta, rel=1e-9)
    assert found.se == pytest.approx(math.sqrt(contrast @ covariance @ contrast), rel=1e-9)
    alone = fitted.estimate("peel")
    assert (alone.te, alone.t2) == (pytest.approx(beta[2]), "none")
    half = stats.t.ppf(0.975, 2) * math.sqrt(tau2 + found.se**2)
    assert (found.pi_low, found.pi_high) == pytest.approx((found.te - half, found.te + half))


def test_additivity_is_tested_by_the_difference_of_q():
    fitted, network = ev.components(APART, inactive="none"), ev.network(APART)
    assert (fitted.q, fitted.q_df) == (pytest.approx(network.q), network.q_df)
    assert fitted.q_additive == pytest.approx(dense(APART, additive).at(0.0)[2])
    assert fitted.q_difference == pytest.approx(fitted.q_additive - fitted.q)
    assert fitted.q_difference_df == 2
    excess = max(fitted.q_additive - fitted.q_additive_df, 0)
    assert fitted.i2 == pytest.approx(100 * excess / fitted.q_additive) and fitted.i2 > 0
    assert fitted.q_difference_p == pytest.approx(stats.chi2.sf(fitted.q_difference, 2))
    shown = fitted.heterogeneity().set_index("term")
    assert shown.loc["Q, difference (additivity)", "p"] == fitted.q_difference_p


def test_single_components_are_the_network():
    """Without combinations the model is that of the network."""
    table = TOY.replace({"mn + prp": "A + none", "laser + prp": "B", "mn + peel": "C"})
    fitted, network = ev.components(table, inactive="none"), ev.network(table, reference="none")
    assert fitted.tau2 == pytest.approx(network.tau2, abs=1e-12)
    against = dict(zip(network.treatments, network.te, strict=True))
    assert dict(zip(fitted.components, fitted.component_estimates, strict=True)) == pytest.approx(
        {name.removesuffix(" + none"): te for name, te in against.items() if name != "none"}
    )
    assert fitted.p_scores == pytest.approx(network.p_scores)
    assert fitted.league()["te"].to_numpy() == pytest.approx(network.league()["te"].to_numpy(), abs=1e-10)
    assert any("additivity cannot be tested" in note for note in fitted.notes)
    assert (fitted.q_difference, fitted.q_difference_df) == (0, 0) and math.isnan(fitted.q_difference_p)


def test_interactions_add_columns():
    def terms(name):
        return [*additive(name), {"mn", "prp"} <= {part.strip() for part in name.split("+")}]

    for given_as in (["mn*prp"], [("prp", "mn")]):
        fitted = ev.components(APART, inactive="none", interactions=given_as, method="DL")
        route = dense(APART, terms)
        assert fitted.components[-1] == "mn*prp"
        beta, covariance, *_ = route.at(fitted.tau2)
        assert fitted.tau2 == pytest.approx(route.moments(), rel=1e-9)
        assert fitted.component_estimates == pytest.approx(beta, rel=1e-8)
        assert fitted.component_se == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-8)
        assert fitted.estimate("mn + prp", "none").te == pytest.approx(beta[1] + beta[3] + beta[4])
    assert "and 1 interaction" in fitted.method_text()


DISCONNECTED = pd.DataFrame(
    {
        "study": list("uvwxyz"),
        "t1": ["mn", "mn + prp", "prp", "laser + prp", "laser", "laser + prp"],
        "t2": ["none", "mn", "none", "laser + peel", "laser + peel", "laser"],
        "te": [-0.5, -0.4, -0.2, 0.1, 0.2, -0.3],
        "se": [0.2, 0.25, 0.3, 0.2, 0.2, 0.3],
    }
)


def test_common_components_bridge_parts_that_nothing_joins():
    fitted = ev.components(DISCONNECTED, inactive="none")
    assert fitted.subnetworks == (("laser", "laser + peel", "laser + prp"), ("mn", "mn + prp", "none", "prp"))
    assert fitted.unidentified == ("laser",)  # it is in every arm of its part
    at = fitted.components.index("laser")
    assert math.isnan(fitted.component_estimates[at]) and math.isnan(fitted.component_se[at])
    assert any("cannot tell these components apart" in n and n.endswith(": laser") for n in fitted.notes)
    assert fitted.estimate("peel", "none").te == pytest.approx(fitted.estimate("laser + peel", "laser").te)
    assert math.isfinite(fitted.estimate("mn + peel", "none").te)
    with pytest.raises(
        InputError, match="laser against none cannot be estimated: the data do not tell laser"
    ):
        fitted.estimate("laser")
    joined = pd.concat([DISCONNECTED, DISCONNECTED.iloc[:1].assign(study="q", t1="laser", te=-0.7)])
    whole = ev.components(joined, inactive="none")
    assert whole.unidentified == () and np.isfinite(whole.league()["te"]).all()
    both = DISCONNECTED[DISCONNECTED["t1"] != "laser"]
    network = ev.network(DISCONNECTED)
    assert fitted.q_df == network.q_df and fitted.q == pytest.approx(network.q)
    assert len(ev.components(both, inactive="none").subnetworks) == 2


def test_disconnected_parts_by_dense_matrices():
    table = pd.concat(
        [
            DISCONNECTED[DISCONNECTED["study"].isin(["u", "v", "w", "x"])],
            pd.DataFrame(
                {"study": ["t"], "t1": ["mn + peel"], "t2": ["prp + peel"], "te": [0.2], "se": [0.3]}
            ),
        ]
    )
    fitted = ev.components(table, inactive="none", model="common")

    def terms(name):
        parts = [part.strip() for part in name.split("+")]
        return [component in parts for component in ("mn", "peel", "prp")]

    beta, covariance, q, _ = dense(table, terms).at(0.0)
    estimates = dict(zip(fitted.components, fitted.component_estimates, strict=True))
    assert [estimates[name] for name in ("mn", "peel", "prp")] == pytest.approx(beta)
    errors = dict(zip(fitted.components, fitted.component_se, strict=True))
    assert [errors[name] for name in ("mn", "peel", "prp")] == pytest.approx(np.sqrt(np.diag(covariance)))
    assert fitted.q_additive == pytest.approx(q) and fitted.q_additive_df == 2


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.1, 10))
def test_directions_names_and_scale_do_not_matter(seed, factor):
    rng = np.random.default_rng(seed)
    table = APART.assign(te=rng.normal(size=7))
    other = pd.DataFrame(
        {"study": table["study"], "t1": table["t2"], "t2": table["t1"], "te": -factor * table["te"]}
    )
    other["se"] = factor * table["se"]
    for column in ("t1", "t2"):
        other[column] = other[column].str.replace("mn", "zz").str.replace(" + ", "/", regex=False)
    one = ev.components(table, inactive="none")
    two = ev.components(other.sample(frac=1, random_state=seed), inactive="none", sep="/")
    label = {"mn": "zz"}
    estimates = dict(zip(two.components, two.component_estimates, strict=True))
    for name, te in zip(one.components, one.component_estimates, strict=True):
        assert estimates[label.get(name, name)] == pytest.approx(factor * te, rel=1e-6, abs=1e-7)
    assert two.tau2 == pytest.approx(factor**2 * one.tau2, rel=1e-5, abs=1e-8)
    assert one.estimate("mn + prp", "laser").te == pytest.approx(
        one.estimate("mn").te + one.estimate("prp").te - one.estimate("laser").te
    )


def test_without_an_inactive_component_each_has_an_effect():
    fitted = ev.components(TOY)
    assert "none" in fitted.components and fitted.inactive is None
    beta = dense(TOY, lambda name: [*additive(name), name == "none"]).at(fitted.tau2)[0]
    estimates = dict(zip(fitted.components, fitted.component_estimates, strict=True))
    assert [estimates[name] for name in ("laser", "mn", "peel", "prp", "none")] == pytest.approx(beta)
    assert fitted.estimate("mn", "none").te == pytest.approx(beta[1] - beta[4])
    assert fitted.estimate("mn").t2 == "no active component"
    assert "taken as inactive" not in fitted.method_text()
    assert "none taken as inactive" in ev.components(TOY, inactive="none").method_text()


@pytest.mark.parametrize(
    ("choices", "error", "message"),
    [
        ({"inactive": "nome"}, OptionError, "inactive='nome' was given to nobody.*Did you mean 'none'"),
        ({"interactions": ["mn*prb"]}, OptionError, "'prb' of interaction.*Did you mean 'prp'"),
        ({"interactions": ["mn*none"]}, OptionError, "or is inactive"),
        ({"interactions": ["mn"]}, InputError, "needs two components or more"),
        ({"interactions": ["mn*laser"]}, InputError, "no treatment holds all its components"),
        ({"interactions": ["mn*prp", "prp*mn"]}, InputError, "'mn[*]prp' is given twice"),
        ({"sep": ""}, InputError, "sep=''"),
        ({"sep": "/"}, InputError, "No treatment is a combination: none holds sep='/'.*use ev.network"),
        ({"sep": "n"}, InputError, "has an empty component beside 'n'"),
        ({"method": "PM"}, OptionError, "'REML', 'DL', 'ML'"),
        ({"model": "fixed"}, OptionError, "'random', 'common'"),
        ({"small_values": "bad"}, OptionError, "'desirable', 'undesirable'"),
        ({"level": 95}, InputError, "0.95"),
    ],
)
def test_choices_that_do_not_fit_are_refused(choices, error, message):
    with pytest.raises(error, match=message):
        ev.components(TOY, **{"inactive": "none", **choices})


def test_names_that_cannot_be_right_are_named():
    def fit(**columns):
        return ev.components({"study": ["x"], "te": [1.0], "se": [1.0], **columns}, inactive="p")

    with pytest.raises(InputError, match=r"'a [+] a' names a component twice"):
        fit(t1=["a + a"], t2=["p"])
    with pytest.raises(InputError, match=r"'a[+]b' and 'b[+]a' have the same components"):
        ev.components(
            {"study": ["x", "y"], "te": [1, 1], "se": [1, 1], "t1": ["a+b", "b+a"], "t2": ["p", "p"]}
        )
    with pytest.raises(InputError, match="every contrast compares equal components"):
        fit(t1=["a + p"], t2=["a"])


def test_combinations_that_cannot_be_had_are_refused():
    fitted = ev.components(TOY, inactive="none")
    with pytest.raises(
        OptionError, match=r"Component 'lasr' of 'lasr' was given to nobody.*Did you mean 'laser'"
    ):
        fitted.estimate("lasr")
    with pytest.raises(InputError, match="have the same active components"):
        fitted.estimate("mn + none", "mn")
    assert fitted.estimate("mn + none", "prp").te == fitted.estimate("mn", "prp").te


def test_tables_words_and_ranks():
    fitted = ev.components(APART, inactive="none", measure="OR", interactions=["mn*prp"])
    shown = fitted.summary().set_index("component")
    assert shown.loc["mn", "treatments"] == 3 and shown.loc["mn*prp", "treatments"] == 1
    assert shown.loc["mn", "te"] == fitted.component_estimates[fitted.components.index("mn")]
    assert fitted.scale == "log"
    assert fitted.estimate("mn").display()["te"] == pytest.approx(math.exp(fitted.estimate("mn").te))
    assert len(fitted.ranks(draws=500)) == 7 and fitted.league_table().shape == (7, 7)
    assert json.dumps(fitted.to_dict()) and "<table" in fitted._repr_html_()
    assert "restricted maximum likelihood" in fitted.method_text()
    assert "Common-effect" in ev.components(TOY, model="common").method_text()

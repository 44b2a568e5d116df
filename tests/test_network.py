"""Networks: netmeta, dense matrices, hand calculation, properties."""

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
from evidence.errors import InputError
from evidence.synthesis.network import fit_network
from evidence.synthesis.network_input import read_network
from evidence.synthesis.network_kernels import solve
from network_data import MIXED, Dense, contrasts, walk_shares

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    case["id"]: case
    for case in json.loads((GOLDEN / "network.json").read_text("utf-8"))
    if case["kind"] == "network"
}
DIVERGENCES = {
    (entry["id"], entry["field"]): entry["tolerance"]
    for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
}
REML = [case_id for case_id in CASES if case_id.endswith("REML")]


def at_the_peers_tau2(case_id):
    """The network of a case with tau2 as the peer has it."""
    case = CASES[case_id]
    return fit_network(
        read_network("network", case["input"], None),
        method=case["args"]["method_tau"],
        model="random",
        reference=None,
        small_values="desirable",
        level=0.95,
        tau2=case["expected"]["tau2"],
    )


def split_columns(fitted, comparisons):
    """Splits in the order and direction of the peer's "a:b"."""
    table = fitted.splits()
    row = {(one, two): (i, 1) for i, (one, two) in enumerate(zip(table["t1"], table["t2"], strict=True))}
    row |= {(two, one): (i, -1) for (one, two), (i, _) in list(row.items())}
    place, sign = np.array([row[tuple(name.split(":"))] for name in comparisons]).T
    found = {name: table[name].to_numpy()[place] for name in ("te_direct", "te_indirect", "p", "share")}
    return found | {name: sign * found[name] for name in ("te_direct", "te_indirect")}


def fields(case_id):
    fitted = at_the_peers_tau2(case_id)
    split = split_columns(fitted, CASES[case_id]["expected"]["split_comparison"])
    own = ev.network(CASES[case_id]["input"], method=CASES[case_id]["args"]["method_tau"])
    return {
        "trts": list(fitted.treatments),
        "te_random": fitted.random.te().ravel(),
        "se_random": fitted.random.se().ravel(),
        "te_common": fitted.common.te().ravel(),
        "se_common": fitted.common.se().ravel(),
        "tau2": own.tau2,
        "I2": fitted.i2 / 100,
        "Q": fitted.q,
        "df_Q": fitted.q_df,
        "Q_inc": fitted.q_between,
        "Q_het": fitted.q_within,
        "pscore_random": fitted.p_scores,
        "split_direct": split["te_direct"],
        "split_indirect": split["te_indirect"],
        "split_p": split["p"],
        "direct_evidence_prop": split["share"],
    }


@pytest.mark.parametrize("case_id", CASES)
def test_agrees_with_netmeta(case_id):
    expected, got = dict(CASES[case_id]["expected"]), fields(case_id)
    expected.pop("split_comparison")
    # Where all evidence is direct the peer divides rounding errors, or prints nothing; so do we.
    whole = np.array(expected["direct_evidence_prop"]) > 1 - 1e-8
    assert np.isnan(got["split_indirect"][whole]).all() and np.isnan(got["split_p"][whole]).all()
    for field, values in expected.items():
        if field == "trts":
            assert got[field] == values
            continue
        wanted = np.array([math.nan if x is None else x for x in np.atleast_1d(values)], dtype=float)
        if field in ("split_indirect", "split_p"):
            wanted[whole] = math.nan
        tolerance = DIVERGENCES.get((case_id, field), 1e-9)
        assert np.atleast_1d(got[field]) == pytest.approx(wanted, rel=tolerance, abs=1e-11, nan_ok=True), (
            field
        )


@pytest.mark.parametrize("case_id", [i for i in CASES if i not in REML])
def test_our_own_tau2_gives_the_peers_numbers(case_id):
    case = CASES[case_id]
    fitted = ev.network(case["input"], method="DL")
    assert fitted.random.te().ravel() == pytest.approx(np.array(case["expected"]["te_random"]), abs=1e-11)
    assert fitted.p_scores == pytest.approx(np.array(case["expected"]["pscore_random"]), rel=1e-9)


def multi_arm(table):
    table = pd.DataFrame(table)
    count = table["study"].value_counts()
    return [study for study in table["study"].unique() if count[study] > 1]


# The contrasts of three that reproduce the peer: those of the first arm, or of the third.
TAKEN = {"net_senn_REML": {"Willms1999": (0, 2)}, "net_smoking_REML": {"1": (0, 1), "2": (1, 2)}}


@pytest.mark.parametrize("case_id", REML)
def test_the_peers_reml_takes_correlated_errors_as_independent(case_id):
    case = CASES[case_id]
    expected, ours = case["expected"]["tau2"], ev.network(case["input"]).tau2
    choices = [(0, 1), (0, 2), (1, 2)]
    names = multi_arm(case["input"])
    right = [Dense(case["input"], take=dict.fromkeys(names, pair)).maximum() for pair in choices]
    assert right == pytest.approx([ours] * 3, rel=1e-9)  # whichever contrasts enter
    wrong = {
        pair: Dense(case["input"], take=dict.fromkeys(names, pair), independent=True).maximum()
        for pair in choices
    }
    assert max(wrong.values()) > 1.01 * min(wrong.values())
    peers = Dense(case["input"], take=TAKEN[case_id], independent=True).maximum()
    assert peers == pytest.approx(expected, rel=2e-6)
    dense = Dense(case["input"])
    assert dense.log_likelihood(ours) > dense.log_likelihood(expected)


@pytest.mark.parametrize("restricted", [True, False])
def test_no_tau2_has_a_higher_likelihood(restricted):
    dense, fitted = Dense(contrasts()), ev.network(contrasts(), method="REML" if restricted else "ML")
    top = dense.log_likelihood(fitted.tau2, restricted)
    grid = np.concatenate([[0.0], np.geomspace(1e-5, 10, 60)])
    assert max(dense.log_likelihood(t, restricted) for t in grid) <= top + 1e-12
    assert fitted.tau2 == pytest.approx(dense.maximum(restricted), rel=1e-9)


@pytest.mark.parametrize("method", ["REML", "ML", "DL"])
@pytest.mark.parametrize("arms", [True, False])
def test_dense_matrices_give_the_same_network(method, arms):
    table = contrasts()
    fitted = ev.network(MIXED, measure="MD", method=method) if arms else ev.network(table, method=method)
    dense = Dense(table)
    tau2 = dense.moments() if method == "DL" else dense.maximum(method == "REML")
    assert fitted.tau2 == pytest.approx(tau2, rel=1e-9)
    for fit, t in ((fitted.random, tau2), (fitted.common, 0.0)):
        te, se = dense.matrices(t)
        assert fit.te() == pytest.approx(te, rel=1e-9, abs=1e-11)
        assert fit.se() == pytest.approx(se, rel=1e-9, abs=1e-11)
    assert fitted.q == pytest.approx(dense.at(0.0)[2], rel=1e-10)
    low, high = fitted.tau2_ci
    assert dense.at(high)[2] == pytest.approx(stats.chi2.ppf(0.025, fitted.q_df), rel=1e-8)
    assert low == 0 or dense.at(low)[2] == pytest.approx(stats.chi2.ppf(0.975, fitted.q_df), rel=1e-8)


@pytest.mark.parametrize("method", ["REML", "ML", "DL"])
def test_standard_error_of_tau2_by_dense_traces(method):
    fitted, dense = ev.network(contrasts(), method=method), Dense(contrasts())
    p = dense.p_matrix(0.0 if method == "DL" else fitted.tau2) @ dense.random
    if method == "DL":
        total = dense.p_matrix(0.0) @ (dense.errors + fitted.tau2 * dense.random)
        wanted = math.sqrt(2 * np.trace(total @ total)) / np.trace(p)
    elif method == "REML":
        wanted = math.sqrt(2 / np.trace(p @ p))
    else:
        inside = dense.at(fitted.tau2)[3] @ dense.random
        wanted = math.sqrt(2 / np.trace(inside @ inside))
    assert fitted.tau2_se == pytest.approx(wanted, rel=1e-9)


def test_a_triangle_by_hand():
    """a-b 1, b-c 1 and a-c 5, variances 1: the loop is open by 3, each edge gives a third, 2 / 3 is left."""
    table = {"study": list("xyz"), "t1": list("aba"), "t2": list("bcc"), "te": [1, 1, 5], "se": [1, 1, 1]}
    fitted = ev.network(table, method="DL", model="common")
    assert [fitted.estimate(*pair).te for pair in ("ab", "bc", "ac")] == pytest.approx([2, 2, 4])
    assert fitted.estimate("a", "b").se == pytest.approx(math.sqrt(2 / 3))
    assert (fitted.q, fitted.q_df) == (pytest.approx(3), 1)
    assert (fitted.q_within, fitted.q_between, fitted.q_between_df) == (0, pytest.approx(3), 1)
    assert fitted.i2 == pytest.approx(200 / 3)
    # tr P = 3 - 3 * 2 / 3 = 1, so that tau2 = (3 - 1) / 1; the same for REML, for one
    # residual contrast is left.
    assert fitted.tau2 == pytest.approx(2)
    assert ev.network(table).tau2 == pytest.approx(2)
    split = fitted.splits().set_index(["t1", "t2"])
    assert split.loc[("a", "c"), ["share", "te_direct", "te_indirect"]].tolist() == pytest.approx(
        [2 / 3, 5, 2]
    )
    assert split.loc[("a", "c"), "statistic"] == pytest.approx(3 / math.sqrt(3))
    assert split.loc[("a", "c"), "p"] == pytest.approx(stats.chi2.sf(3, 1))
    shares = fitted.contributions("a", "c").set_index("source")["share"]
    assert shares.to_dict() == pytest.approx({"a:c": 2 / 3, "a:b": 1 / 6, "b:c": 1 / 6})
    heat = fitted.net_heat()
    assert heat.heat == pytest.approx(np.ones((3, 3)))  # detaching any design closes the loop
    assert heat.share == pytest.approx(np.full((3, 3), 1 / 6) + np.eye(3) / 2)


def test_p_scores_of_two_by_hand():
    table = {"study": ["x"], "t1": ["a"], "t2": ["b"], "te": [-1.0], "se": [1.0]}
    good, bad = (ev.network(table, small_values=word) for word in ("desirable", "undesirable"))
    assert good.p_scores == pytest.approx(stats.norm.cdf([1, -1]))
    assert bad.p_scores == pytest.approx(stats.norm.cdf([-1, 1]))


STUDIES = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.1, 2)), min_size=2, max_size=8)


@settings(max_examples=40, deadline=None)
@given(rows=STUDIES, method=st.sampled_from(["REML", "DL", "ML"]))
def test_two_treatments_are_an_ordinary_meta_analysis(rows, method):
    te, se = np.array(rows).T
    table = {"study": range(te.size), "t1": "a", "t2": "b", "te": te, "se": se}
    fitted = ev.network(pd.DataFrame(table), method=method, reference="b")
    pooled = ev.pool(yi=te, vi=se**2, method=method, test="z")
    found = fitted.estimate("a", "b")
    scale = 1 + abs(pooled.estimate)
    assert fitted.tau2 == pytest.approx(pooled.tau2, rel=1e-6, abs=1e-8)
    assert found.te == pytest.approx(pooled.estimate, rel=1e-6, abs=1e-7 * scale)
    assert (found.se, found.ci_low) == pytest.approx((pooled.se, pooled.ci_low), rel=1e-6, abs=1e-7)
    assert fitted.tau2_ci == pytest.approx(pooled.tau2_ci, rel=1e-6, abs=1e-8)
    assert (fitted.q, fitted.q_df) == (pytest.approx(pooled.q, rel=1e-8, abs=1e-10), pooled.q_df)
    if te.size > 2:
        assert (found.pi_low, found.pi_high) == pytest.approx(
            (pooled.pi_low, pooled.pi_high), rel=1e-6, abs=1e-7
        )
    else:
        assert math.isnan(found.pi_low)
    if te.size > 1 and fitted.tau2 > 0:
        assert fitted.tau2_se == pytest.approx(pooled.tau2_se, rel=1e-5)


def random_network(seed):
    rng = np.random.default_rng(seed)
    rows = []
    for study in range(12):
        arms = rng.permutation(list("ABCDE"))[: rng.integers(2, 5)]
        rows += [
            (f"s{study}", name, rng.normal(), rng.uniform(0.5, 2), int(rng.integers(10, 80))) for name in arms
        ]
    return contrasts(pd.DataFrame(rows, columns=["study", "treatment", "mean", "sd", "n"]))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.floats(0.01, 100))
def test_names_directions_order_and_scale_do_not_matter(seed, factor):
    table = random_network(seed)
    rng = np.random.default_rng(seed)
    other = table.sample(frac=1, random_state=seed).reset_index(drop=True)
    flipped = rng.random(len(other)) < 0.5
    new = other.copy()
    new.loc[flipped, ["t1", "t2"]] = other.loc[flipped, ["t2", "t1"]].to_numpy()
    new["te"] = factor * np.where(flipped, -other["te"], other["te"])
    new["se"] *= factor
    label = dict(zip("ABCDE", rng.permutation(list("VWXYZ")), strict=True))
    new["t1"], new["t2"] = new["t1"].map(label), new["t2"].map(label)
    one, two = ev.network(table), ev.network(new)
    assert two.tau2 == pytest.approx(factor**2 * one.tau2, rel=1e-6, abs=1e-9 * factor**2)
    assert (two.q, two.q_within) == pytest.approx((one.q, one.q_within), rel=1e-7, abs=1e-9)
    for a in one.treatments:
        for b in one.treatments:
            if a != b:
                wanted = one.estimate(a, b)
                got = two.estimate(label[a], label[b])
                assert got.te == pytest.approx(factor * wanted.te, rel=1e-6, abs=1e-7 * factor)
                assert got.se == pytest.approx(factor * wanted.se, rel=1e-6)
    assert {label[a]: p for a, p in zip(one.treatments, one.p_scores, strict=True)} == pytest.approx(
        dict(zip(two.treatments, two.p_scores, strict=True)), rel=1e-6
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), model=st.sampled_from(["random", "common"]))
def test_estimates_are_consistent_and_shares_add_up(seed, model):
    fitted = ev.network(random_network(seed), model=model)
    te = fitted.fit.te()
    assert te[0, 1] + te[1, 2] == pytest.approx(te[0, 2], abs=1e-10)
    assert te == pytest.approx(-te.T, abs=1e-12)
    assert fitted.p_scores.mean() == pytest.approx(0.5)
    assert fitted.q == pytest.approx(fitted.q_within + fitted.q_between, rel=1e-8, abs=1e-9)
    assert fitted.q_df == fitted.q_within_df + fitted.q_between_df
    for by in ("comparison", "study"):
        shares = fitted.contributions(by=by).groupby(["t1", "t2"])["share"]
        assert shares.sum().to_numpy() == pytest.approx(1.0)
    split = fitted.splits()
    has = split["k"] > 0
    assert (split.loc[has, "share"] <= 1 + 1e-9).all() and (split.loc[~has, "share"] == 0).all()
    mixed = split["share"] * split["te_direct"] + (1 - split["share"]) * split["te_indirect"]
    both = has & split["p"].notna()
    assert mixed[both].to_numpy() == pytest.approx(split.loc[both, "te"].to_numpy())


def test_an_arm_split_in_two_studies_is_not_counted_twice():
    """A three-arm study is worth less than three two-arm studies, and as much as its arms."""
    trial = MIXED[MIXED["study"] == "e"]
    whole = ev.network(trial, measure="MD")
    for (one, two), row in zip(("PQ", "PR", "QR"), contrasts(trial).itertuples(), strict=True):
        assert whole.estimate(one, two).te == pytest.approx(row.te)
        assert whole.estimate(one, two).se == pytest.approx(row.se)
    apart = contrasts(trial).assign(study=["e1", "e2", "e3"])
    assert ev.network(apart, model="common").estimate("P", "Q").se < whole.estimate("P", "Q").se


def test_within_designs_is_the_saturated_model():
    table, fitted = contrasts(), ev.network(contrasts())
    design = (
        table.groupby("study")[["t1", "t2"]]
        .agg(set)
        .apply(lambda r: "".join(sorted(r["t1"] | r["t2"])), axis=1)
    )
    within = sum(
        Dense(table[table["study"].isin(group.index)]).at(0.0)[2] for _, group in design.groupby(design)
    )
    assert fitted.q_within == pytest.approx(within, rel=1e-9)
    designs = fitted.designs().set_index("design")
    assert designs["q_within"].sum() == pytest.approx(within) and designs["studies"].sum() == 9
    assert designs.loc["P:Q", "q_within"] == pytest.approx(
        Dense(table[table["study"].isin(["a", "b"])]).at(0.0)[2]
    )


def detached(table, design_of, design):
    """The table in which the arms of a design's studies carry names of their own."""
    new = table.copy()
    inside = new["study"].map(design_of) == design
    for column in ("t1", "t2"):
        new.loc[inside, column] = new.loc[inside, column] + "'"
    return new


def test_the_heat_matrix_by_fitting_again():
    table = contrasts()
    fitted = ev.network(table)
    arms = table.groupby("study")[["t1", "t2"]].agg(set)
    design_of = {s: ":".join(sorted(r.t1 | r.t2)) for s, r in zip(arms.index, arms.itertuples(), strict=True)}
    heat = fitted.net_heat(model="common")
    assert np.trace(heat.heat) == pytest.approx(fitted.q_between)
    assert heat.share.sum(axis=1) == pytest.approx(1.0)
    table_of = fitted.designs().set_index("design")["q_between_detached"]
    for column, design in enumerate(heat.designs):
        free = ev.network(detached(table, design_of, design))
        assert table_of[design] == pytest.approx(free.q_between, abs=1e-9)
        assert fitted.q_between - heat.heat[:, column].sum() == pytest.approx(free.q_between, abs=1e-9)
    assert len(heat.summary()) == len(heat.designs) ** 2
    assert fitted.net_heat().tau2 == fitted.tau2


@pytest.mark.parametrize("times", [1, 6])
def test_q_between_under_random_effects(times):
    table = contrasts()
    table["te"] *= times
    fitted = ev.network(table)
    assert (fitted.tau2_within > 0) == (times == 6)
    arms = table.groupby("study")[["t1", "t2"]].agg(set)
    design_of = {s: ":".join(sorted(r.t1 | r.t2)) for s, r in zip(arms.index, arms.itertuples(), strict=True)}
    apart = table.copy()
    for column in ("t1", "t2"):
        apart[column] += "@" + apart["study"].map(design_of)
    saturated = ev.network(apart, method="DL")
    assert len(saturated.subnetworks) == len(set(design_of.values()))
    assert fitted.tau2_within == pytest.approx(saturated.tau2, rel=1e-9)
    wald = Dense(table).at(saturated.tau2)[2] - solve(saturated.system, saturated.tau2).q
    assert fitted.q_between_random == pytest.approx(wald, rel=1e-8)


@pytest.mark.parametrize("pair", ["PQ", "PS", "QR"])
def test_contributions_by_listing_every_path(pair):
    fitted = ev.network(contrasts(), model="common")
    names = fitted.treatments
    n = len(names)
    weights = np.zeros((n, n))
    for study in contrasts()["study"].unique():
        one = contrasts()[contrasts()["study"] == study]
        variance = np.zeros((n, n))
        used = sorted({names.index(x) for x in [*one["t1"], *one["t2"]]})
        for row in one.itertuples():
            i, j = names.index(row.t1), names.index(row.t2)
            variance[i, j] = variance[j, i] = row.se**2
        block = variance[np.ix_(used, used)]
        centre = np.eye(len(used)) - 1 / len(used)
        weights[np.ix_(used, used)] -= np.linalg.pinv(-0.5 * centre @ block @ centre)
    np.fill_diagonal(weights, 0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    start, end = (names.index(x) for x in pair)
    current = np.linalg.pinv(laplacian) @ (np.eye(n)[start] - np.eye(n)[end])
    flow = np.maximum(weights * (current[:, None] - current), 0)
    wanted = {f"{names[i]}:{names[j]}": share for (i, j), share in walk_shares(flow, start, end).items()}
    assert fitted.contributions().index.is_unique
    got = fitted.contributions(*pair).set_index("source")["share"].to_dict()
    assert got == pytest.approx(wanted, rel=1e-9)


def test_sidde_is_the_network_without_the_studies():
    table, fitted = contrasts(), ev.network(contrasts())
    split = fitted.splits(kind="SIDDE").set_index(["t1", "t2"])
    with_it = table[(table["t1"] == "P") & (table["t2"] == "Q")]["study"]
    te, se = Dense(table[~table["study"].isin(with_it)]).matrices(fitted.tau2)
    assert split.loc[("P", "Q"), ["te_indirect", "se_indirect"]].tolist() == pytest.approx(
        [te[0, 1], se[0, 1]]
    )
    two_arm = ev.network(table[~table["study"].isin(["e", "f", "g"])])
    one, two = two_arm.splits(), two_arm.splits(kind="SIDDE")  # without multi-arm studies both are one
    for column in ("te_direct", "te_indirect", "se_indirect", "p"):
        assert one[column].to_numpy() == pytest.approx(two[column].to_numpy(), rel=1e-8, nan_ok=True)


def test_ranks_are_those_of_the_joint_distribution():
    fitted = ev.network(CASES["net_smoking_DL"]["input"])
    table = fitted.ranks(draws=200_000, seed=3).set_index("treatment")
    scores = dict(zip(fitted.treatments, fitted.p_scores, strict=True))
    assert table["sucra"].to_dict() == pytest.approx(scores, abs=0.003)
    assert (table["p_score"] == pd.Series(scores)[table.index]).all()
    assert table["p_score"].is_monotonic_decreasing
    assert (table["rank_low"] <= table["mean_rank"]).all() and (
        table["mean_rank"] <= table["rank_high"]
    ).all()
    assert table["best"].sum() == pytest.approx(1)
    gram = fitted.rankogram(draws=1000)
    assert gram.groupby("treatment")["probability"].sum().to_numpy() == pytest.approx(1.0)
    assert gram.groupby("rank")["probability"].sum().to_numpy() == pytest.approx(1.0)
    assert fitted.ranks(seed=5).equals(fitted.ranks(seed=5))
    assert not fitted.ranks(seed=5).equals(fitted.ranks(seed=6))
    first = ev.network(CASES["net_smoking_DL"]["input"], level=0.5).ranks()
    assert (first["rank_high"] - first["rank_low"]).sum() < (table["rank_high"] - table["rank_low"]).sum()


def test_ranks_do_not_depend_on_the_signs_of_eigenvectors(monkeypatch):
    """Linear-algebra libraries choose them as they like, so that machines would differ."""
    fitted = ev.network(random_network(3))
    before, eigh = fitted.ranks(seed=5), np.linalg.eigh

    def flipped(matrix):
        values, vectors = eigh(matrix)
        return values, vectors * np.where(np.arange(values.size) % 2, -1, 1)

    monkeypatch.setattr(np.linalg, "eigh", flipped)
    assert ev.network(random_network(3)).ranks(seed=5).equals(before)


def test_intervals_of_ranks_and_scores_are_those_of_the_draws():
    fitted = ev.network(CASES["net_smoking_DL"]["input"])
    table = fitted.ranks(draws=100, seed=3).set_index("treatment")
    gram = fitted.rankogram(draws=100, seed=3)
    n = len(fitted.treatments)
    for name, rows in gram.groupby("treatment"):
        ranks = np.repeat(rows["rank"].to_numpy(), np.rint(100 * rows["probability"]).astype(int))
        low, high = np.quantile(ranks, [0.025, 0.975], method="inverted_cdf")
        assert table.loc[name, ["rank_low", "rank_high"]].tolist() == [low, high]
        scores = (n - ranks) / (n - 1)
        assert table.loc[name, "sucra"] == pytest.approx(scores.mean())
        assert table.loc[name, "p_score_low"] == pytest.approx((n - high) / (n - 1))
        assert table.loc[name, "p_score_high"] == pytest.approx((n - low) / (n - 1))
        assert (
            scores.min() <= table.loc[name, "p_score_low"] <= table.loc[name, "p_score_high"] <= scores.max()
        )
    with pytest.raises(InputError, match="draws=99"):
        fitted.ranks(draws=99)


def test_league_reads_row_against_column():
    fitted = ev.network(contrasts(), measure="OR", reference="R")
    league = fitted.league().set_index(["treatment", "comparator"])
    assert league.loc[("P", "S"), "te"] == fitted.estimate("P", "S").te == -fitted.estimate("S", "P").te
    assert league.loc[("P", "P"), "te"] == 0 and math.isnan(league.loc[("P", "P"), "p"])
    order = league.index.get_level_values(0).unique()
    assert list(order) == [fitted.treatments[i] for i in np.argsort(-fitted.p_scores)]
    square = fitted.league_table(digits=3)
    assert square.index.name == "row against column" and square.loc["P", "P"] == ""
    found = fitted.estimate("P", "S").display()
    assert square.loc["P", "S"] == f"{found['te']:.3f} ({found['ci_low']:.3f} to {found['ci_high']:.3f})"
    common = fitted.league(model="common").set_index(["treatment", "comparator"])
    assert common.loc[("P", "S"), "te"] == fitted.estimate("P", "S", model="common").te
    found = fitted.estimate("P", "S", model="common").display()
    said = f"{found['te']:.3f} ({found['ci_low']:.3f} to {found['ci_high']:.3f})"
    assert fitted.league_table(model="common", digits=3).loc["P", "S"] == said != square.loc["P", "S"]
    against = fitted.summary().set_index("treatment")
    assert against.loc["P", "te"] == fitted.estimate("P", "R").te and "R" not in against.index
    assert json.dumps(fitted.to_dict()) and "pairs" not in fitted.to_dict()


def test_without_another_way_there_is_no_indirect_evidence():
    tree = pd.DataFrame(
        {"study": [*"abcd"], "t1": [*"PPQR"], "t2": [*"QQRS"], "te": [1.0, 2, 3, 4], "se": 1.0}
    )
    split = ev.network(tree).splits(kind="SIDDE").set_index(["t1", "t2"])
    for pair in (("P", "Q"), ("Q", "R"), ("R", "S")):  # gone with its studies, or in two parts without them
        assert split.loc[pair, ["te_indirect", "se_indirect", "difference", "p"]].isna().all()
    assert split.loc[("P", "Q"), "te_direct"] == pytest.approx(1.5)
    assert split.loc[("P", "S"), "te_indirect"] == pytest.approx(1.5 + 3 + 4)


@pytest.mark.parametrize(
    ("method", "te", "v", "inside"),
    [
        ("REML", [-0.5, -0.7, -0.6, 2.2], [4.53, 0.02, 0.03, 0.95], True),
        ("REML", [1.4, 0.9, 0.3, -6.7], [0.51, 0.05, 4.03, 7.75], False),
        ("ML", [0.9, -2.6, 0.6, -1.3, -3.3, -3.0], [3.83, 8.12, 0.02, 5.57, 0.99, 4.08], True),
        ("ML", [-0.4, 3.6, -1.7, -1.0], [0.03, 2.95, 0.31, 1.48], False),
    ],
)
def test_of_several_maxima_the_highest_is_taken(method, te, v, inside):
    """Two treatments, so that the likelihood can be written down; it has a maximum at 0 and one inside."""
    te, v = np.array(te), np.array(v)
    table = pd.DataFrame({"study": range(len(te)), "t1": "P", "t2": "Q", "te": te, "se": np.sqrt(v)})

    def height(t):
        w = 1 / (v + t)
        q = w @ (te - w @ te / w.sum()) ** 2
        return (np.log(w).sum() - q - (np.log(w.sum()) if method == "REML" else 0)) / 2

    heights = np.array([height(t) for t in np.concatenate([[0], np.geomspace(1e-3, 50, 400)])])
    assert ((heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])).sum() == 1 and heights[
        0
    ] > heights[1]
    found = ev.network(table, method=method).tau2
    assert (found > 0) == inside
    assert height(found) >= heights.max() - 1e-12


def test_a_comparison_says_which_effects_it_takes():
    for model, words in (("random", "(random effects)"), ("common", "(common effect)")):
        assert words in ev.network(contrasts(), model=model).estimate("P", "Q").method_text()


def test_tables_of_a_network_hold_its_numbers():
    fitted = ev.network(contrasts(), reference="P")
    shown = fitted.heterogeneity().set_index("term").iloc[:, 0]
    assert (shown["tau2, lower bound"], shown["tau2, upper bound"]) == fitted.tau2_ci
    table = fitted.summary()
    assert list(table.index) == [0, 1, 2] and list(table["treatment"]) == ["Q", "R", "S"]
    assert list(table.columns[:2]) == ["treatment", "reference"]

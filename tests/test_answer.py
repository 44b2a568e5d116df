"""Questions answered by the primary model, said in sentences, and repeated under other choices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evidence.errors import OptionError
from evidence.publish.generated import replace_block
from evidence.robustness.sensitivity import sensitivity
from evidence.synthesis.answer import answer, share_of
from evidence.synthesis.claims import claims_summary, summary_markdown
from evidence.synthesis.pool import pool


@pytest.fixture(scope="module")
def all_answers(whole_answers):
    return whole_answers


def test_microneedling_before_and_after_is_what_the_protocol_expects(review):
    """Made with metafor (SMCR, r = 0.5, REML, ad hoc Knapp-Hartung) from the same seven arms."""
    result = answer(review, "Q1b").result
    shown = [result.estimate, result.ci_low, result.ci_high, result.pi_low, result.pi_high]
    assert [round(value, 2) for value in shown] == [1.96, 1.24, 2.69, 0.04, 3.88]
    assert result.k == 7


def test_one_study_is_shown_not_pooled(review):
    found = answer(review, "Q1g")
    assert found.result is None
    assert found.finding().startswith("One study, not pooled: dermatologypaper 2021 g 0.73 (0.39 to 1.07")


def test_the_sham_trial_is_shown_with_its_printed_intervals(review):
    found = answer(review, "Q1a")
    assert found.result is None
    assert "(0.20 to 6.50; 15 people)" in found.finding()
    assert "(-2.30 to 3.50; 15 people)" in found.finding()
    assert found.headline().endswith("one study only")


def test_no_number_is_said(review):
    said = answer(review, "Q1h.peel_added").finding()
    assert said.startswith(
        "8 reports found, none with a usable number. Directions printed without a usable number: "
    )


def test_directions_of_the_others_are_counted(review):
    """Seven studies of microneedling against ablative laser print no number; most favour laser."""
    others = review.effects("Q1g").excluded["direction"]
    favour = int((others == "favours ablative fractional laser").sum())
    assert favour > 1
    assert f"favours ablative fractional laser ({favour})" in answer(review, "Q1g").finding()


@pytest.mark.parametrize("groups", [1, 2])
def test_two_groups_are_a_share_and_one_is_none(review, groups):
    effects, question = review.effects("Q4a"), review.question("Q4a")
    few = replace(effects, table=effects.included.head(groups))
    found = share_of(few, question.model)
    assert (found is None) if groups == 1 else (found.k == 2)


def test_harms_are_primary_by_the_exact_interval(review):
    found = answer(review, "Q4a")
    assert found.result.primary.startswith("exact")
    assert found.finding().startswith("2 of 192 people in 5 groups: 1.0%")
    assert "if groups differ" in found.finding()


def test_people_of_two_sides_count_once(review):
    # Two split-face studies of 35 and 40 people.
    assert answer(review, "Q1e").people == 75


def test_headlines_follow_the_interval(all_answers):
    for found in all_answers.values():
        if found.result is None or not hasattr(found.result, "tau2_interval"):
            continue
        crosses = found.result.ci_low <= 0 <= found.result.ci_high
        cautious = "no clear" in found.headline() or "too few" in found.headline()
        assert cautious == crosses, found.headline()


def test_two_studies_that_agree_are_not_called_no_difference(review):
    """The interval of two studies rests on one degree of freedom; where both point is said instead."""
    assert (
        answer(review, "Q1i.plasma")
        .headline()
        .endswith("favours plasma radiofrequency in both studies, too few for a clear interval")
    )


def test_groups_that_disagree_are_said_to(review):
    assert answer(review, "Q1d").headline().endswith("groups disagree (0% to 94%)")


def test_counts_without_a_denominator_are_said(review):
    assert "Counts printed without a denominator" in answer(review, "Q4a").finding()
    assert "PMID 25196684 (Asian skin) 2" in answer(review, "Q4c.scarring_mn").finding()


def test_trials_without_information_on_a_ratio_are_shown_not_pooled(review):
    rows = review.effects("Q1h").excluded.set_index("study_id")
    assert "all or none" in rows.loc["pmid21269351", "reason"]


def test_every_effect_question_has_an_answer(review, all_answers):
    kinds = {question.id: question.kind for question in review.all_questions()}
    assert set(all_answers) == {
        key for key, kind in kinds.items() if kind in {"change", "contrast", "proportion"}
    }


def test_summary_has_each_claim_and_the_readme_table_the_main_questions(review, all_answers):
    summary = claims_summary(review, all_answers)
    assert summary["claim_id"].unique().tolist() == review.claims["claim_id"].tolist()
    table = summary_markdown(summary)
    assert "Q1b" in table
    # Parts of questions stand in it only if a number was found.
    assert "Q4a.mnrf" in table
    assert "Q1h.retinoid" not in table


def test_readme_is_in_step(review, all_answers):
    readme = review.folder.parent / "README.md"
    block = summary_markdown(claims_summary(review, all_answers))
    assert replace_block(readme, "findings", block) == readme.read_text(encoding="utf-8"), (
        "run `evidence review`"
    )


def test_sensitivity_repeats_the_primary_analysis(review):
    table = sensitivity(review, "Q1b").set_index("choice")
    primary = answer(review, "Q1b").result
    assert table.loc["primary analysis", "estimate"] == pytest.approx(primary.estimate, rel=1e-12)
    assert table.loc["common effect", "estimate"] == pytest.approx(primary.common_estimate, rel=1e-12)
    assert table.loc["standardised by the SD of the change", "k"] == 8
    assert table.loc["randomised only", "k"] == 0
    assert np.isnan(table.loc["randomised only", "estimate"])
    assert sum(choice.startswith("without ") for choice in table.index) == 2 + 7
    others = table.drop(index=["primary analysis", "without doubtful rows"]).dropna(subset=["estimate"])
    columns = ["estimate", "ci_low", "ci_high", "pi_low", "pi_high"]
    changed = (others[columns] - table.loc["primary analysis", columns]).abs().max(axis=1) > 1e-9
    assert changed.all(), others.index[~changed]


def test_leaving_one_out_equals_pooling_the_others(review):
    table = sensitivity(review, "Q1b").set_index("choice")
    effects = review.effects("Q1b")
    keep = effects.included["label"] != "Minh 2019"
    others = pool(yi=effects.yi[keep], vi=effects.vi[keep])
    assert table.loc["without Minh 2019", "estimate"] == pytest.approx(others.estimate, rel=1e-12)


def test_sensitivity_of_ratios_stands_on_the_reader_s_scale(review):
    """Thresholds of response are joined here only; the answer shows the trials apart."""
    assert answer(review, "Q1h").result is None
    table = sensitivity(review, "Q1h").set_index("choice")
    expected = np.exp(pool(review.effects("Q1h")).estimate)
    assert table.loc["all rows joined", "estimate"] == pytest.approx(expected)


def test_sensitivity_of_shares(review):
    table = sensitivity(review, "Q1d").set_index("choice")
    # Two groups of nobody and three of nearly everybody: without the two the rest agree.
    assert table.loc["without doubtful rows", "k"] < table.loc["primary analysis", "k"]
    assert table.loc["exact interval of the summed counts", "estimate"] == pytest.approx(107 / 184)


def test_sensitivity_is_for_questions_with_effects(review):
    with pytest.raises(OptionError, match="Q7 is a description"):
        sensitivity(review, "Q7")

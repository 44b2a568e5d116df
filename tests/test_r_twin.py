"""The R scripts: stable, safe whatever the tables hold, and in agreement with this package where R is."""

import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import evidence as ev
from evidence.cli import app
from evidence.errors import InputError
from evidence.publish.r_twin import agreement as agreeing
from evidence.publish.r_twin.agreement import agreement, write_twins
from evidence.publish.r_twin.network_script import network_twin
from evidence.publish.r_twin.script import _METHODS, _PREDICTIONS, _TESTS, pooled_twin, twin


@pytest.fixture(scope="module")
def network(whole_review):
    return ev.network_answer(whole_review).network


@pytest.fixture(scope="module")
def made(whole_answers, network):
    return ev.r_twin(*whole_answers.values(), network).scripts


def test_every_pooled_answer_has_a_script(made, whole_answers):
    pooled = {key for key, found in whole_answers.items() if found.result is not None}
    assert {each.name for each in made} == pooled | {"network"}


def test_a_script_names_what_was_done(whole_answers):
    script = twin(whole_answers["Q1b"]).script
    assert script.startswith("# Q1b: Microneedling alone, scar severity before and after\n")
    assert 'method = "REML", test = "adhoc"' in script
    assert "binom.test" in twin(whole_answers["Q4a"]).script


def test_r_repeats_every_primary_estimate(made):
    if shutil.which("Rscript") is None:
        pytest.skip("no Rscript is installed; estimates were not repeated in R")
    table = agreement(made)
    assert len(table) == sum(len(each.expected) for each in made)
    assert table["agrees"].all(), table.loc[~table["agrees"]].to_string()
    # A table that could not fail would be no proof.
    wrong = replace(made[0], expected=made[0].expected | {"estimate": made[0].expected["estimate"] + 1e-6})
    assert not agreement([wrong])["agrees"].all()


def test_a_question_cannot_leave_the_comment_it_stands_in(whole_answers):
    found = whole_answers["Q1b"]
    odd = replace(found.question, text='first\nsystem("rm x")\r# "quoted')
    script = twin(replace(found, question=odd)).script
    lines = script.replace("\r", "\n").splitlines()
    assert not [line for line in lines if "system" in line and not line.startswith("#")]


def test_labels_of_studies_reach_r_as_data_only(whole_answers):
    found = whole_answers["Q1b"]
    table = found.effects.table.copy()
    table.loc[table["included"], "label"] = ['=1+1";system("x")', "a,b", "c\nd", "é", "'", "#", "\\"]
    effects = ev.Effects(table, found.effects.measure, found.effects.scale, found.effects.title)
    made = twin(replace(found, effects=effects, result=replace(found.result, source=effects)))
    assert "system" not in made.script
    content = made.files["effects_Q1b.csv"]
    assert len(content.splitlines()) == 9  # a heading, seven studies, one of them on two lines
    assert '"\'=1+1"";system(""x"")"' in content


def test_contrasts_of_a_study_with_several_arms_are_correlated():
    # By hand: variances of single arms 0.1, 0.2, 0.3, so that both contrasts share that of the first arm.
    table = pd.DataFrame(
        {
            "study": ["x", "x", "x", "y", "z"],
            "t1": ["a", "a", "b", "a", "b"],
            "t2": ["b", "c", "c", "b", "c"],
            "te": [1.0, 2.0, 1.0, 1.1, 0.8],
            "se": np.sqrt([0.3, 0.4, 0.5, 0.25, 0.3]),
        }
    )
    made = network_twin(ev.network(table, method="REML"))
    variances = pd.read_csv(pd.io.common.StringIO(made.files["network_variances.csv"])).to_numpy()
    assert variances[:2, :2] == pytest.approx(np.array([[0.3, 0.1], [0.1, 0.4]]))
    assert variances[2:, 2:] == pytest.approx(np.diag([0.25, 0.3]))
    assert set(made.expected) == {"tau2", "estimate_t2", "se_t2", "estimate_t3", "se_t3"}


def test_what_was_not_pooled_has_no_script(whole_answers):
    assert not ev.r_twin(whole_answers["Q1a"]).scripts
    with pytest.raises(InputError, match="Q1a: nothing was pooled"):
        twin(whole_answers["Q1a"])
    other = replace(whole_answers["Q1b"].result, prediction="KR")
    with pytest.raises(InputError, match=r"does not repeat .* prediction interval KR"):
        twin(replace(whole_answers["Q1b"], result=other))


def test_r_repeats_every_method_that_rma_knows(whole_answers):
    if shutil.which("Rscript") is None:
        pytest.skip("no Rscript is installed; estimates were not repeated in R")
    effects = whole_answers["Q1b"].effects
    choices = [(method, "knha", "none", 0.95) for method in sorted(_METHODS)]
    choices += [("DL", test, "test", 0.9) for test in sorted(_TESTS)]
    choices += [("ML", test, made, 0.8) for test in ("adhoc", "z") for made in sorted(_PREDICTIONS)]
    made = []
    for method, test, prediction, level in choices:
        result = ev.pool(effects, method=method, test=test, prediction=prediction, level=level)
        made.append(pooled_twin(result, f"{method}_{test}_{prediction}"))
        assert ("pi_low" in made[-1].expected) == (prediction != "none")
    table = agreement(made)
    assert table["agrees"].all(), table.loc[~table["agrees"]].to_string()


def test_answers_estimates_and_networks_are_offered_together(whole_answers, network, tmp_path):
    effects = ev.Effects(pd.DataFrame({"yi": [0.2, 0.4], "vi": [0.1, 0.2], "label": ["<b>A</b>", "B"]}))
    offered = ev.r_twin(whole_answers["Q1b"], whole_answers["Q1a"], network, ev.pool(effects))
    assert [each.name for each in offered.scripts] == ["Q1b", "network", "pooled"]
    assert offered.scripts[2].title == "A pooled estimate, k = 2"
    lines = repr(offered).splitlines()
    assert lines[0] == f"Q1b.R (reads effects_Q1b.csv): {whole_answers['Q1b'].question.text}"
    assert lines[3].startswith("Q1a: nothing was pooled")
    paths = offered.write(tmp_path / "scripts")
    assert {path.name for path in paths} >= {"Q1b.R", "network.R", "pooled.R", "effects_pooled.csv", "all.R"}


def test_a_notebook_shows_scripts_folded_and_as_text(whole_answers):
    found = whole_answers["Q1b"]
    odd = replace(found.question, text="a </pre><script>alert(1)</script>")
    shown = ev.r_twin(replace(found, question=odd))._repr_html_()
    assert shown.startswith("<details><summary>Q1b.R (reads effects_Q1b.csv): a &lt;/pre&gt;&lt;script&gt;")
    assert "<script>" not in shown
    assert "rma(yi, vi" in shown


def test_offering_refuses_what_is_no_estimate_and_two_of_one_name(whole_answers):
    with pytest.raises(InputError, match="found must be an answer, a pooled estimate or a network"):
        ev.r_twin("Q1b")
    with pytest.raises(InputError, match=r"Two scripts would be called Q1b\.R"):
        ev.r_twin(whole_answers["Q1b"], whole_answers["Q1b"])


def test_agreement_of_what_is_offered(whole_answers):
    if shutil.which("Rscript") is None:
        pytest.skip("no Rscript is installed; estimates were not repeated in R")
    table = ev.r_twin(whole_answers["Q4a"]).agreement()
    assert table["agrees"].all()
    assert table["quantity"].tolist() == ["proportion", "proportion_low", "proportion_high"]


def test_scripts_are_written_with_one_that_runs_them_all(made, tmp_path):
    paths = write_twins(made[:2], tmp_path)
    names = sorted(path.name for path in paths)
    assert names == ["Q1b.R", "Q1c.R", "all.R", "effects_Q1b.csv", "effects_Q1c.csv"]
    assert 'c("Q1b", "Q1c")' in (tmp_path / "all.R").read_text(encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in paths}
    write_twins(made[:2], tmp_path)
    assert {path: path.stat().st_mtime_ns for path in paths} == before


def test_without_r_it_says_how_to_get_it(made, monkeypatch):
    monkeypatch.setattr(agreeing.shutil, "which", lambda _name: None)
    with pytest.raises(InputError, match="install R"):
        agreement(made)


def test_the_command_names_questions_and_refuses_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    wrong = run(app, ["r-twin", "Q1bb"])
    assert wrong.exit_code == 2
    assert "Q1b" in wrong.output
    nothing = run(app, ["r-twin", "Q1a"])
    assert nothing.exit_code == 2
    assert "nothing was pooled" in nothing.output
    alone = run(app, ["r-twin", "Q4a", "--csv", "found.csv"])
    assert alone.exit_code == 2
    assert "together with --run" in alone.output
    done = run(app, ["r-twin", "Q4a", "--to", "scripts"])
    assert done.exit_code == 0, done.output
    assert re.findall(r"Written: (\S+)", done.output) == [
        "scripts/Q4a.R",
        "scripts/effects_Q4a.csv",
        "scripts/all.R",
    ]

"""Exploring by hand: links carry choices and nothing else, and numbers are those of the house's functions."""

from __future__ import annotations

import ast
import asyncio
import base64
import json
import math
import re
import socket
from dataclasses import replace
from importlib.resources import files

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import evidence as ev
from evidence.cli import app
from evidence.errors import InputError, OptionError
from evidence.explorer import extras, page, server
from evidence.explorer.compute import LEFT_OUT, Engine
from evidence.explorer.debounce import Debounced
from evidence.explorer.differences import CHANGED, differences, table_of
from evidence.explorer.results import OUT_OF_DATE
from evidence.explorer.script import script
from evidence.explorer.state import State, checked, format_link, parse_link
from evidence.explorer.trial import STUDY_ID, Trial
from evidence.publish.notebooks import WIDGET_VIEW, stored
from evidence.robustness.sensitivity import CAUTIONS
from evidence.synthesis.answer import PRIMARY

pytest.importorskip("ipywidgets")

MEANS = Trial("means", (10.0, 6.0, 2.0, 2.5, 30.0))
# One state for every choice, and for every way to describe a trial.
STATES = [
    State("Q1b"),
    State("Q1b", r=0.9),
    State("Q1b", measure="SMCC", method="DL", test="HC", prediction="none"),
    State("Q1b", method="EE", test="z", without=("minh2019", "mps587")),
    State("Q1b", trial=MEANS, r=0.2),
    State("Q1e", trial=Trial("means", (5.0, 1.0, 20.0, 4.0, 1.5, 22.0)), prediction="HTS"),
    State("Q1h", measure="RD", trial=Trial("effect", (0.1, 0.05))),
    State("Q1h", trial=Trial("events", (5.0, 20.0, 8.0, 22.0))),
    State("Q1d", model="PLO DL", trial=Trial("events", (0.0, 20.0)), without=("ali2024",)),
    State("Q4a", model="PAS REML", cautions="without doubtful rows"),
    State("Q1b", cautions="without doubtful rows"),
]


@pytest.fixture(scope="module")
def engine(whole_review):
    return Engine(whole_review)


@pytest.fixture
def explorer(whole_review, engine, monkeypatch):
    """Return an exploration that takes what was computed before from the engine of the module."""
    monkeypatch.setattr("evidence.explorer.panel.Engine", lambda _review: engine)
    return ev.explore("Q1b", review=whole_review)


# Links


numbers = st.floats(0, 1e6, exclude_min=True).filter(lambda x: x * x > 0)
trials = st.none() | st.tuples(st.floats(-1e6, 1e6), numbers).map(lambda pair: Trial("effect", pair))


@settings(max_examples=60, deadline=None)
@given(
    r=st.floats(0, 1, exclude_max=True),
    measure=st.sampled_from(["", "SMCR", "SMCC"]),
    method=st.sampled_from(["REML", "DL", "PM", "EE"]),
    test=st.sampled_from(["z", "t", "knha", "adhoc"]),
    prediction=st.sampled_from(["HTS", "V", "test", "none"]),
    design=st.sampled_from(["all designs", "randomised only"]),
    cautions=st.sampled_from(["all rows", "without doubtful rows", "without imputed denominators"]),
    trial=trials,
)
def test_a_link_brings_back_every_choice(whole_review, **choices):
    state = checked(whole_review, State("Q1b", **choices))
    assert parse_link(whole_review, format_link(state)) == state


@pytest.mark.parametrize("state", STATES, ids=format_link)
def test_a_link_brings_back_states_of_every_kind(whole_review, state):
    assert parse_link(whole_review, "?" + format_link(state)) == state


def test_a_link_without_parts_is_the_primary_analysis(whole_review):
    assert parse_link(whole_review, "") == State("Q1b")
    assert parse_link(whole_review, "", question_id="Q1e") == State("Q1e")


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("q=Q99", "no question 'Q99'"),
        ("q=Q2", "only effect sizes can be explored"),
        ("q=Q1b&tau=DL", "unknown part 'tau'"),
        ("q=Q1b&method=dl", "Did you mean 'DL'"),
        ("q=Q1b&method=__import__('os')", "is not one of"),
        ("q=Q1b&r=1", "below 1"),
        ("q=Q1b&r=nan", "not a plain number"),
        ("q=Q1b&r=1e999", "below 1"),
        ("q=Q1b&r=0.5&r=0.6", "twice"),
        ("q=Q1b&r=٣", "not a plain number"),
        ("q=Q1b&without=nobody2020", "no study 'nobody2020'"),
        ("q=Q1b&without=<script>", "not the id of a study"),
        ("q=Q1b&trial=effect:1", "are 2 numbers"),
        ("q=Q1b&trial=effect:1:0", "Standard error is 0; it must be above 0"),
        ("q=Q1b&trial=means:10:6:2:2:1", "People is 1; it must be a whole number, 2 or more"),
        ("q=Q1b&trial=events:1:2", "not 'events'"),
        ("q=Q1b&trial=effect:inf:1", "not a plain number"),
        ("q=Q4a&trial=events:9:3", "from 0 to the number of people (3)"),
        ("q=Q4a&r=0.6", "r plays no part in Q4a"),
        ("q=Q4a&method=DL", "method plays no part in Q4a"),
        ("q=Q1b&model=exact", "model plays no part in Q1b"),
        ("q=Q1h&method=DL", "shown without pooling"),
        ("q=Q1b&", "cannot be read"),
        ("nonsense", "cannot be read"),
        ("q=Q1b&r=" + "1" * 5000, "characters"),
    ],
)
def test_a_link_with_anything_else_is_refused(whole_review, link, said):
    with pytest.raises(InputError, match="(?s)" + "".join(f"[{c}]" if c in "()" else c for c in said)):
        parse_link(whole_review, link)


# Numbers


@pytest.mark.parametrize("key", ["Q1a", "Q1b", "Q1e", "Q1h", "Q4a", "Q3a"])
def test_the_primary_state_is_the_answer_of_the_review(engine, key):
    result, answer = engine(State(key)), ev.answer(engine.review, key)
    assert result.answer.finding() == answer.finding()
    assert result.certainty.taken() == ev.grade(engine.review, key, found=answer).taken()
    if answer.question.claim_side:
        assert result.verdict == ev.verdict(engine.review, key, {key: answer})
    else:
        assert result.verdict is None


@pytest.mark.parametrize("r", [0.0, 0.9])
def test_another_correlation_pools_the_effects_of_it(engine, r):
    expected = ev.pool(engine.review.effects("Q1b", r=r), **PRIMARY)
    assert engine(State("Q1b", r=r)).answer.result.to_dict() == expected.to_dict()


def test_other_models_and_rows_are_those_of_the_house(engine):
    effects = engine.review.effects("Q1b", without_cautions=CAUTIONS)
    expected = ev.pool(effects, method="PM", test="z", prediction="HTS")
    state = State("Q1b", method="PM", test="z", prediction="HTS", cautions="without doubtful rows")
    assert engine(state).numbers() == expected.display()
    rows = engine.review.effects("Q4a", measure="PAS").included
    shares = ev.proportion(
        xi=rows["xi"].to_numpy(float), ni=rows["ni"].to_numpy(float), measure="PAS", method="DL"
    )
    assert engine(State("Q4a", model="PAS DL")).numbers()["ci_high"] == shares.proportion_high


def test_a_study_left_out_is_the_refit_without_it(engine):
    result = engine(State("Q1b", without=("minh2019",)))
    refits = ev.leave_one_out(engine.review.effects("Q1b")).summary()
    row = refits.loc[refits.iloc[:, 0].astype(str).str.contains("Minh 2019")].iloc[0]
    assert result.answer.result.estimate == pytest.approx(row["estimate"], rel=1e-10)
    table = result.answer.effects.table.set_index("study_id")
    assert table.loc["minh2019", "reason"] == LEFT_OUT


def test_a_hypothetical_trial_is_pooled_as_one_more_study(engine):
    effects = engine.review.effects("Q1b", r=0.2)
    own = ev.escalc("SMCR", m1i=10, m2i=6, sd1i=2, sd2i=2.5, ni=30, ri=0.2)
    expected = ev.pool(yi=np.append(effects.yi, own["yi"]), vi=np.append(effects.vi, own["vi"]), **PRIMARY)
    result = engine(State("Q1b", r=0.2, trial=MEANS))
    assert result.answer.result.estimate == pytest.approx(expected.estimate, rel=1e-12)
    assert result.answer.people == engine(State("Q1b")).answer.people + 30
    mixed = engine(State("Q1b", trial=MEANS, without=("alchalabi2020", "mps587"))).answer.effects
    assert mixed.included["study_id"].iloc[-1] == STUDY_ID, "it stands below the studies, whoever is left out"
    published = engine(State("Q1b", r=0.2))
    assert result.certainty.taken() == published.certainty.taken()
    assert result.verdict == published.verdict


def test_a_ratio_is_typed_as_a_ratio(engine):
    result = engine(State("Q1h", trial=Trial("effect", (2.0, 0.5))))
    row = result.answer.effects.table.set_index("study_id").loc[STUDY_ID]
    assert (row["yi"], row["vi"]) == (math.log(2), 0.25)
    assert "nan" not in result.answer.finding()


def test_a_trial_that_is_too_good_is_doubted(engine):
    trial = Trial("means", (10.0, 2.0, 1.0, 1.0, 30.0))
    assert any("not a standard error" in note for note in engine(State("Q1b", trial=trial)).notes)
    assert not any("not a standard error" in note for note in engine(State("Q1b", trial=MEANS)).notes)


def test_options_that_do_not_fit_each_other_are_refused(engine):
    with pytest.raises(OptionError, match="KR"):
        engine(State("Q1b", method="DL", test="KR"))


# Code and differences


@pytest.mark.parametrize("state", STATES, ids=format_link)
def test_the_code_of_a_state_gives_its_number(engine, state, capsys, monkeypatch):
    monkeypatch.setattr(ev, "load", lambda: engine.review)  # the same tables, read once
    result = engine(state).answer
    names = {"__name__": "explored"}
    exec(compile(script(engine.review, state), "script", "exec"), names)
    assert capsys.readouterr().out
    assert names["effects"].k == result.effects.k
    assert np.sort(names["effects"].yi) == pytest.approx(np.sort(result.effects.yi), rel=1e-12)
    if result.result is None:
        assert "result" not in names
    else:
        ours, theirs = result.result, names["result"]
        for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
            assert getattr(theirs, name) == pytest.approx(getattr(ours, name), rel=1e-9, nan_ok=True)


def test_only_what_was_changed_is_said_to_be(engine):
    primary = engine(State("Q1b"))
    same = differences(engine.review, primary, primary)
    assert not any(each.changed for each in same)
    here = engine(State("Q1b", r=0.9, without=("minh2019",), trial=MEANS))
    found = differences(engine.review, primary, here)
    chosen = {each.what: each.here for each in found if each.chosen and each.changed}
    assert list(chosen) == ["Correlation within people", "Studies left out", "Hypothetical trial"]
    assert chosen["Studies left out"] == "Minh 2019"
    assert "SD after 2.5" in chosen["Hypothetical trial"]
    words = table_of(found).set_index("What")["Changed?"]
    assert words["Correlation within people"] == words["Estimate"] == CHANGED
    assert words["Effect measure"] != CHANGED


# The page


def test_text_of_the_tables_is_escaped(engine):
    result = engine(State("Q1b"))
    evil = "<script>alert(1)</script>"
    asked = replace(
        result, answer=replace(result.answer, question=replace(result.answer.question, text=evil))
    )
    assert "<script" not in page.answer(asked, primary=True)
    assert "<script" not in page.alert(evil, evil) + page.code(evil) + page.link(evil, served=True)


def test_a_change_shows_at_once_and_an_error_keeps_the_last_result(explorer):
    before = explorer.results.answer.value
    explorer.choices.controls["r"].value = 0.9
    shown = explorer.results.answer.value
    assert explorer.result.state == State("Q1b", r=0.9)
    assert shown != before
    assert "not the primary analysis" in explorer.results.figure.value
    explorer.choices.controls["r"].value = 2.0
    assert explorer.stale
    assert explorer.result.state == State("Q1b", r=0.9)
    assert "r=2.0 must be at least 0 and below 1" in explorer.message.value
    assert 'role="alert"' in explorer.message.value
    assert explorer.results.answer.value == shown
    assert OUT_OF_DATE in explorer.results.warning.value
    assert "href" not in explorer.results.downloads.value
    assert explorer.results.make_figures.disabled
    explorer.choices.controls["r"].value = 0.5
    assert not explorer.stale
    assert not explorer.message.value
    assert not explorer.results.warning.value
    assert explorer.results.downloads.value.count('href="data:') == 2


def test_studies_come_and_go_and_all_can_be_undone(explorer):
    explorer.studies.check("minh2019", False)
    assert explorer.result.state.without == ("minh2019",)
    explorer.choices.controls["design"].value = "randomised only"
    assert explorer.result.answer.effects.k == 0
    assert "nothing to draw" in explorer.results.figure.value
    explorer.choices.controls["design"].value = "all designs"
    assert explorer.result.state == State("Q1b", without=("minh2019",))
    explorer.reset.click()
    assert explorer.result.state == State("Q1b")
    assert explorer.studies.read() == ()


def test_a_trial_is_added_when_all_its_numbers_are_there(explorer):
    explorer.trial.kind.value = "effect"
    explorer.trial.numbers["effect"].value = "0.5"
    assert explorer.result.state.trial is None
    assert not explorer.stale
    explorer.trial.numbers["se"].value = "0,2"
    assert "not a plain number" in explorer.message.value
    explorer.trial.numbers["se"].value = "0.2"
    assert explorer.result.state.trial == Trial("effect", (0.5, 0.2))
    explorer.choices.controls["measure"].value = "SMCC"
    assert explorer.result.state == State("Q1b", measure="SMCC"), "an effect of another measure is gone"


def test_another_question_starts_from_its_primary_analysis(explorer):
    explorer.choices.controls["r"].value = 0.9
    explorer.question.value = "Q1h"
    assert explorer.result.state == State("Q1h")
    assert "method" not in explorer.choices.controls


def test_the_figure_files_are_made_when_they_are_asked_for(explorer):
    assert not explorer.results.figures.value
    explorer.results.make_figures.click()
    assert 'href="data:image/png;base64,iVBOR' in explorer.results.figures.value
    svg = re.search(r'href="data:image/svg\+xml;base64,([^"]+)"', explorer.results.figures.value)[1]
    assert b"<text" not in base64.b64decode(svg), "a file that is taken home brings its letters along"


def test_a_burst_of_changes_costs_one_computation():
    runs = []

    async def burst():
        later = Debounced(lambda: runs.append(len(runs)), seconds=0.001)
        for _ in range(2):
            for _ in range(20):
                later(None)
            await asyncio.sleep(0.1)

    asyncio.run(burst())
    assert runs == [0, 1]


def test_a_link_that_cannot_be_followed_says_why(whole_review, monkeypatch):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    monkeypatch.setenv("QUERY_STRING", "q=Q1h&r=7&x=<b>")
    explorer = ev.explore("Q3a", review=whole_review)
    assert explorer.result.state == State("Q3a")
    assert "The link has an unknown part" in explorer.message.value
    monkeypatch.setenv("QUERY_STRING", "q=Q1h&measure=RD")
    explorer = ev.explore("Q3a", review=whole_review)
    assert explorer.result.state == State("Q1h", measure="RD")
    assert 'href="?q=Q1h&amp;measure=RD"' in explorer.results.link.value


def test_explore_takes_a_question_or_a_link(whole_review):
    with pytest.raises(InputError, match="leave one out"):
        ev.explore("Q3a", review=whole_review, link="q=Q1h")
    with pytest.raises(OptionError, match="no question 'Q1'"):
        ev.explore("Q1", review=whole_review)


def test_what_is_not_installed_is_named_with_the_command(monkeypatch, whole_review):
    monkeypatch.setattr(extras, "find_spec", lambda _name: None)
    with pytest.raises(
        InputError, match=r"needs ipywidgets: pip install 'microneedling-evidence\[explore\]'"
    ):
        ev.explore(review=whole_review)
    with pytest.raises(InputError, match="needs voila and ipywidgets"):
        server.serve(whole_review.folder)


def test_a_stored_notebook_keeps_words_and_no_view():
    output = nbformat.v4.new_output(
        "execute_result", {"text/plain": "words", WIDGET_VIEW: {"model_id": "random"}}, execution_count=1
    )
    cell = nbformat.v4.new_code_cell("x", outputs=[output], execution_count=1)
    kept = json.loads(stored(nbformat.v4.new_notebook(cells=[cell])))
    assert list(kept["cells"][0]["outputs"][0]["data"]) == ["text/plain"]


# The server


def test_the_server_is_of_this_machine_and_of_one_notebook(tmp_path):
    notebook = tmp_path / "explorer.ipynb"
    told = server.settings(notebook, 18888)
    assert told["Voila"]["ip"] == "127.0.0.1"
    assert told["Voila"]["notebook_path"] == str(notebook)
    assert told["Voila"]["tornado_settings"]["allow_remote_access"] is False
    assert "http" not in told["Voila"]["tornado_settings"]["headers"]["Content-Security-Policy"]
    assert told["VoilaConfiguration"]["allow_template_override"] == "NO"
    cells = json.loads(server.notebook_of(tmp_path / 'it\'s "here"', "Q1b"))["cells"]
    assert [cell["metadata"] for cell in cells] == [{}]
    ast.parse("".join(cells[0]["source"]))


def test_the_page_asks_nothing_of_other_hosts():
    shared = files("evidence.explorer")
    template = shared.joinpath("jupyter/voila/templates/evidence/index.html.j2").read_text(encoding="utf-8")
    assert "://" not in template + page.style()


def test_a_taken_port_is_refused():
    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        with pytest.raises(InputError, match="leave it out for a free one"):
            server.free_port(taken.getsockname()[1])
    with pytest.raises(InputError, match="between 1024 and 65535"):
        server.free_port(80)


def test_the_command_hands_on_what_was_asked(monkeypatch, whole_review):
    asked = {}
    monkeypatch.setattr(server, "serve", lambda folder, **options: asked.update(options, folder=folder))
    done = CliRunner().invoke(app, ["explore", "Q1e", "--no-browser", "--port", "8866"])
    assert done.exit_code == 0
    asked.pop("ready")("http://here")
    assert asked == {"folder": whole_review.folder, "question": "Q1e", "port": 8866, "browser": False}


def test_the_command_refuses_an_unknown_question():
    done = CliRunner().invoke(app, ["explore", "Q99", "--no-browser"])
    assert done.exit_code == 2
    assert "no question 'Q99'" in done.stderr

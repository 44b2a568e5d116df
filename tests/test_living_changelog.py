"""The changelog tells of every version of the tables, and the last one is the data as they are."""

from __future__ import annotations

import pytest

from copied_tables import DATA, change, contents, git, table
from evidence.errors import DataError, InputError, OptionError
from evidence.living.changelog import entries, next_version
from evidence.living.log import bump_between, log
from evidence.review import load
from evidence.tables.fingerprint import data_hash
from living_data import put, run, take_back, trial


def test_the_last_entry_of_the_changelog_is_the_data_as_they_are():
    review = load(DATA)
    logged = entries(review.changelog)
    assert logged[-1].sha256 == data_hash(review), 'the tables changed: evidence log "what changed"'
    numbers = [tuple(map(int, entry.version.split("."))) for entry in logged]
    assert numbers == sorted(set(numbers))


def test_the_hash_leaves_out_the_changelog_and_nothing_else(folder):
    before = data_hash(load(folder))
    change(folder, "changelog", "First version", "The first version")
    assert data_hash(load(folder)) == before
    for path in folder.glob("*.csv"):
        if path.name != "changelog.csv":
            kept = path.read_bytes()
            path.write_bytes(kept.replace(b"\n", b"\n\n", 1))
            assert data_hash(load(folder)) != before, path.name
            path.write_bytes(kept)


def test_an_addition_and_a_removal_are_logged(folder):
    entry = put(folder, trial(), day="2027-01-02")
    last = table(folder, "changelog")[-1]
    assert last["version"] == entry.version == "1.1.0"
    assert last["date"] == "2027-01-02"
    assert last["change"] == "Added sim2027 (Sim 2027): 2 arms, 4 numbers, 1 comparison"
    assert last["sha256"] == data_hash(load(folder))
    rows = trial()
    rows[0] |= {"studies.study_id": "sim2028", "studies.label": "Sim 2028", "studies.title": "Quite another"}
    put(folder, rows)
    assert take_back(folder).version == "1.3.0"
    last = table(folder, "changelog")[-1]
    assert last["change"] == "Removed sim2027 (Sim 2027): 2 arms, 4 numbers, 1 comparison"
    assert last["sha256"] == data_hash(load(folder))


def test_only_the_last_addition_is_taken_back_without_a_trace(folder):
    before = contents(folder)
    put(folder, trial())
    rows = trial()
    rows[0] |= {"studies.study_id": "sim20", "studies.label": "Sim 20", "studies.title": "Quite another"}
    put(folder, rows)
    assert take_back(folder, "sim20") is None
    assert take_back(folder, "sim2027") is None
    assert contents(folder) == before


def test_check_says_when_the_tables_are_not_those_that_were_logged(folder):
    result = run("check", folder)
    assert "Worth a look" not in result.output
    change(folder, "outcomes", ",16.39,3.43,", ",16.89,3.43,")
    result = run("check", folder)
    assert result.exit_code == 0
    assert "Worth a look" in result.output
    assert "changelog.csv, row 2, column sha256: the tables changed since version 1.0.0" in result.output
    # An addition does not hide what was changed by hand before it.
    assert put(folder, trial()).change.endswith("; other changes since 1.0.0 were not logged")


@pytest.mark.parametrize(
    ("name", "old", "new", "version"),
    [
        ("outcomes", ",16.39,3.43,", ",16.89,3.43,", "1.1.0"),
        ("studies", "Abbas 2022", "Abbas (2022)", "1.0.1"),
    ],
)
def test_log_decides_how_much_changed(repository, name, old, new, version):
    change(repository, name, old, new)
    result = run("log", "corrected", "--data", repository)
    assert result.exit_code == 0, result.output
    assert f"Version {version}," in result.output
    assert table(repository, "changelog")[-1]["version"] == version
    assert "Worth a look" not in run("check", repository).output


def test_log_finds_the_last_version_in_an_older_commit(repository):
    change(repository, "outcomes", ",16.39,3.43,", ",16.89,3.43,")
    git(repository, "commit", "-qam", "a change that was not logged")
    change(repository, "studies", "Abbas 2022", "Abbas (2022)")
    assert log(load(repository), "both", day="2027-01-01").version == "1.1.0"


def test_log_needs_to_be_told_where_git_does_not_hold_the_last_version(folder):
    change(folder, "studies", "Abbas 2022", "Abbas (2022)")
    result = run("log", "label", "--data", folder)
    assert result.exit_code == 2
    assert "--bump patch" in result.output
    assert run("log", "label", "--bump", "patch", "--data", folder).exit_code == 0
    assert table(folder, "changelog")[-1]["version"] == "1.0.1"


def test_log_refuses_what_makes_no_sense(folder):
    result = run("log", "nothing", "--data", folder)
    assert result.exit_code == 2
    assert "Nothing changed in the tables since version 1.0.0" in result.output
    change(folder, "studies", "Abbas 2022", "Abbas (2022)")
    with pytest.raises(InputError, match="Say what changed"):
        log(load(folder), "  ")
    with pytest.raises(OptionError, match="'major', 'minor', 'patch'"):
        log(load(folder), "label", bump="huge")


def test_a_column_that_came_or_went_is_a_major_change():
    old = {"claims": b"claim_id,claim\nC1,x\n"}
    assert bump_between(old, {"claims": b"claim_id,claim,note\nC1,x,\n"}) == "major"
    assert bump_between(old, old | {"scales": b"scale_id\n"}) == "major"
    assert bump_between(old, {"claims": b"claim_id,claim\nC1,y\n"}) == "minor"
    assert bump_between(old, {"claims": b"claim_id,claim\n"}) == "minor"
    assert next_version("1.9.3", "major") == "2.0.0"


def test_versions_that_do_not_increase_are_named(folder):
    path = folder / "changelog.csv"
    line = path.read_text(encoding="utf-8").splitlines()[1]
    with path.open("a", encoding="utf-8") as handle:
        handle.write(f"{line}\n{line.replace('1.0.0', 'one', 1)}\n".replace("1.0.0", "0.9.0", 1))
    with pytest.raises(DataError) as caught:
        entries(load(folder).changelog)
    first, second = map(str, caught.value.problems)
    assert first.startswith("changelog.csv, row 3, column version, value '0.9.0': versions increase")
    assert second.startswith("changelog.csv, row 4, column version, value 'one': a version is three numbers")
    assert run("check", folder).exit_code == 1

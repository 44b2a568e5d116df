"""What `escalc` refuses, how it says so, and that every option it takes changes the number."""

import warnings

import numpy as np
import pandas as pd
import pytest

from evidence.effects.checks import numbers
from evidence.effects.effects import Effects
from evidence.effects.measures import MEASURES, escalc
from evidence.errors import InputError, OptionError, ScaleWarning

EXAMPLES = {
    "m1i": [10.0, 12.0],
    "sd1i": [2.0, 4.0],
    "n1i": [12, 20],
    "m2i": [8.0, 9.0],
    "sd2i": [3.0, 3.0],
    "n2i": [15, 18],
    "ni": [15, 22],
    "ri": [0.4, 0.6],
    "ai": [0, 9],
    "bi": [3, 4],
    "ci": [6, 5],
    "di": [7, 8],
    "xi": [0, 9],
    "mi": [6.0, 7.0],
    "sdi": [2.0, 3.0],
}
MD = {name: EXAMPLES[name] for name in MEASURES["MD"].columns}
MC = {name: EXAMPLES[name] for name in MEASURES["MC"].columns}
OR = {name: EXAMPLES[name] for name in MEASURES["OR"].columns}
PAIRS = {name: EXAMPLES[name] for name in MEASURES["MPOR"].columns}


def example(code):
    return {name: EXAMPLES[name] for name in MEASURES[code].columns}


@pytest.mark.parametrize("code", sorted(MEASURES))
def test_every_kind_of_variance_differs_or_does_not_exist(code):
    seen = [tuple(escalc(code, vtype=vtype, **example(code))["vi"]) for vtype in MEASURES[code].vtypes]
    assert len(set(seen)) == len(seen)
    with pytest.raises(OptionError, match="'LS'"):
        escalc(code, vtype="XX", **example(code))


@pytest.mark.parametrize("code", sorted(MEASURES))
def test_every_correction_differs_or_is_refused(code):
    choices = ({"to": "all"}, {"to": "none"}, {"add": 0.25}, {"to": "all", "add": 0.25})
    plain = escalc(code, **example(code))
    if MEASURES[code].correct is None:
        for choice in choices:
            with pytest.raises(OptionError, match="no continuity correction"):
                escalc(code, **choice, **example(code))
        return
    with_correction = [escalc(code, **choice, **example(code)) for choice in choices]
    for table in with_correction:
        assert not table.equals(plain)


@pytest.mark.parametrize("code", sorted(MEASURES))
def test_if0all_is_all_if_there_is_a_zero_and_none_if_not(code):
    if MEASURES[code].correct is None:
        with pytest.raises(OptionError, match="if0all"):
            escalc(code, to="if0all", **example(code))
        return
    without_zero = {name: values[1:] for name, values in example(code).items()}
    assert escalc(code, to="if0all", **example(code)).equals(escalc(code, to="all", **example(code)))
    assert escalc(code, to="if0all", **without_zero).equals(escalc(code, to="none", **without_zero))


def test_options_are_refused_by_name():
    with pytest.raises(OptionError, match="Did you mean 'SMD'"):
        escalc("smd", **MD)
    with pytest.raises(OptionError, match="which has 'LS', 'HO'"):
        escalc("MD", vtype="UB", **MD)
    with pytest.raises(OptionError, match="Did you mean 'only0'"):
        escalc("OR", to="only", **OR)
    with pytest.raises(OptionError, match="no effect"):
        escalc("OR", add=0.1, to="none", **OR)
    for add in (-1, float("nan"), "0.5", None):
        with pytest.raises(InputError, match="add="):
            escalc("OR", add=add, **OR)


def test_columns_are_refused_by_name():
    with pytest.raises(OptionError, match=r"no column 'sd1'.*Did you mean 'sd1i'"):
        escalc("MD", **{("sd1" if name == "sd1i" else name): x for name, x in MD.items()})
    with pytest.raises(OptionError, match="lacks sd2i, n2i; it takes m1i"):
        escalc("MD", **{name: x for name, x in MD.items() if name not in ("sd2i", "n2i")})
    with pytest.raises(OptionError, match="takes no column 'ri'"):
        escalc("MD", **MD, ri=0.5)
    with pytest.raises(OptionError, match="takes no column 'bi'"):
        escalc("OR", **OR, bi=[1, 2])


BAD = [
    ("MD", MD, "n1i", [1, 20], "n1i=1 in the study at position 0"),
    ("MD", MD, "sd2i", [3, -0.5], "sd2i=-0.5 in the study at position 1"),
    ("SMD", MD, "n2i", [15, 0], "n2i=0"),
    ("SMD1", MD, "sd2i", [0, 3], "sd2i=0 in the study at position 0; .*SD of zero"),
    ("ROM", MD, "m1i", [10, -1], "m1i=-1 in the study at position 1; .*true zero"),
    ("CVR", MD, "m2i", [0, 9], "m2i=0"),
    ("CVR", MD, "sd1i", [0, 3], "sd1i=0"),
    ("MC", MC, "ri", [0.4, 1.2], "ri=1.2 in the study at position 1; ri must lie between -1 and 1"),
    ("MC", MC, "ni", [1, 20], "ni=1"),
    ("SMCR", MC, "sd1i", [0, 3], "sd1i=0"),
    ("SMCRH", MC, "sd1i", [2, 0], "sd1i=0"),
    ("ROMC", MC, "m1i", [10, 0], "m1i=0"),
    ("OR", OR, "ai", [13, 9], "ai=13, n1i=12 in the study at position 0; ai cannot be greater than n1i"),
    ("OR", OR, "ci", [6, -1], "ci=-1 in the study at position 1; ci cannot be negative"),
    ("RD", OR, "n2i", [0, 18], "n2i=0"),
    ("MPOR", PAIRS, "bi", [-3, 4], "bi=-3"),
    ("PLO", example("PLO"), "xi", [3, 23], "xi=23, ni=22 in the study at position 1"),
    ("PLO", example("PLO"), "ni", [0, 23], "ni=0"),
    ("SMN", example("SMN"), "sdi", [2, 0], "sdi=0"),
    ("SDLN", example("SDLN"), "sdi", [2, 0], "sdi=0"),
    ("MNLN", example("MNLN"), "mi", [6, -6], "mi=-6"),
    ("MN", example("MN"), "ni", [1, 9], "ni=1"),
]


@pytest.mark.parametrize(("code", "columns", "name", "values", "message"), BAD)
def test_impossible_numbers_name_study_and_value(code, columns, name, values, message):
    with pytest.raises(InputError, match=message):
        escalc(code, **{**columns, name: values})


def test_spreads_of_zero_are_refused_only_where_they_divide():
    one_zero = {**MD, "sd1i": [0.0, 4.0]}
    for code in ("MD", "SMD", "SMDH", "SMD1", "ROM"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScaleWarning)
            assert escalc(code, **one_zero).notna().all(axis=None)
    for code in ("SMD", "SMDH", "SMCRPH"):
        with pytest.raises(InputError, match="sd1i=0, sd2i=0 in the study at position 0"):
            columns = {**example(code), "sd1i": [0.0, 4.0], "sd2i": [0.0, 3.0]}
            escalc(code, **columns)
    with pytest.raises(InputError, match=r"sd1i=3, sd2i=3, ri=1 .*the change has an SD of zero"):
        escalc("SMCC", m1i=5, sd1i=3, m2i=4, sd2i=3, ni=20, ri=1)


def test_the_study_is_named_by_its_label():
    labels = ["Cho 2020", "Lee 2021"]
    columns = {name: pd.Series(x, index=labels) for name, x in MD.items()}
    columns["sd1i"] = pd.Series([2.0, -4.0], index=labels)
    with pytest.raises(InputError, match=r"position 1 \('Lee 2021'\)"):
        escalc("MD", **columns)


def test_index_is_kept_and_must_agree():
    index = pd.Index(["a", "b"], name="study")
    columns = {name: pd.Series(x, index=index) for name, x in MD.items()}
    assert escalc("MD", **columns).index.equals(index)
    assert escalc("MD", **{**columns, "n1i": 12}).index.equals(index)
    assert escalc("MD", **MD).index.equals(pd.RangeIndex(2))
    with pytest.raises(InputError, match="different indexes"):
        escalc("MD", **{**columns, "n1i": pd.Series([12, 20], index=["b", "a"])})


def test_shapes_and_text_are_refused():
    with pytest.raises(InputError, match="n1i has 3"):
        escalc("MD", **{**MD, "n1i": [12, 20, 3]})
    with pytest.raises(InputError, match="sd1i must hold numbers only"):
        escalc("MD", **{**MD, "sd1i": ["2,5", 3]})
    with pytest.raises(InputError, match="one-dimensional"):
        escalc("MD", **{**MD, "sd1i": [[2.0, 3.0]]})
    with pytest.raises(InputError, match="m1i holds inf at position 1"):
        escalc("MD", **{**MD, "m1i": [1.0, np.inf]})


NOT_MET = {
    ("SMD1", "sd1i"),
    ("SMCR", "sd2i"),
    ("MPRR", "di"),
    ("MPORC", "ai"),
    ("MPORC", "di"),
    ("MPPETO", "ai"),
    ("MPPETO", "di"),
}


@pytest.mark.parametrize("code", sorted(MEASURES))
@pytest.mark.parametrize("gap", [None, np.nan])
def test_a_gap_costs_one_study_and_no_other(code, gap):
    whole = escalc(code, **example(code))
    for name in MEASURES[code].columns:
        table = escalc(code, **{**example(code), name: [gap, EXAMPLES[name][1]]})
        if (code, name) in NOT_MET:
            assert table.iloc[0].notna().all()
        else:
            assert table.iloc[0].isna().all()
        assert table.iloc[1].equals(whole.iloc[1])


def test_missing_values_of_pandas_are_gaps():
    column = pd.Series([pd.NA, 20], dtype="Int64")
    table = escalc("MD", **{**MD, "n1i": column})
    assert table["vi"].isna().tolist() == [True, False]
    assert escalc("MD", **{**MD, "n1i": pd.NA}).isna().all(axis=None)


def test_no_studies_give_an_empty_table():
    table = escalc("OR", ai=[], n1i=[], ci=[], n2i=[])
    assert table.shape == (0, 2)
    assert escalc("SMD", vtype="AV", **{name: [] for name in MD}).shape == (0, 2)


def test_a_standard_error_typed_as_an_sd_is_noticed():
    with pytest.warns(ScaleWarning, match=r"3\.\d\d in the study at position 1") as caught:
        escalc("SMD", **{**MD, "sd1i": [2.0, 0.9], "sd2i": [3.0, 0.7]})
    assert len(caught) == 1
    assert "position 0" not in str(caught[0].message)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        escalc("SMN", mi=20, sdi=1, ni=30)


def test_a_measure_that_does_not_exist_for_a_study_is_nan_in_both():
    table = escalc("OR", to="none", ai=[0, 4], n1i=10, ci=[3, 3], n2i=10)
    assert table.isna().to_numpy().tolist() == [[True, True], [False, False]]
    assert escalc("PHI", ai=0, n1i=10, ci=0, n2i=10).isna().all(axis=None)
    assert escalc("PHI", ai=2, n1i=10, ci=0, n2i=10).notna().all(axis=None)


def test_counts_need_not_be_whole():
    assert escalc("RD", ai=2.5, n1i=10, ci=1, n2i=10)["yi"].iloc[0] == pytest.approx(0.15)


SMALLEST = [  # the fewest people that a measure takes, with yi and vi by hand
    ("MD", {"m1i": 10, "sd1i": 2, "n1i": 2, "m2i": 8, "sd2i": 3, "n2i": 2}, 2, 4 / 2 + 9 / 2),
    ("MC", {"m1i": 10, "sd1i": 2, "m2i": 8, "sd2i": 3, "ni": 2, "ri": 0.5}, 2, (4 + 9 - 6) / 2),
    ("RD", {"ai": 1, "n1i": 1, "ci": 0, "n2i": 1, "to": "none"}, 1, 0),
    ("MN", {"mi": 6, "sdi": 2, "ni": 2}, 6, 4 / 2),
    ("PR", {"xi": 1, "ni": 1, "to": "none"}, 1, 0),
]


@pytest.mark.parametrize(("code", "given", "yi", "vi"), SMALLEST, ids=[case[0] for case in SMALLEST])
def test_the_smallest_groups_are_taken(code, given, yi, vi):
    assert escalc(code, **given).iloc[0].tolist() == pytest.approx([yi, vi], abs=1e-15)


def test_whole_numbers_in_a_series_become_floats():
    assert numbers("ni", pd.Series([1, 2])).dtype == numbers("ni", [1, 2]).dtype == float
    assert np.isnan(numbers("ni", pd.Series([1, pd.NA], dtype="Int64"))[1])


def test_effects_show_four_decimals_no_row_numbers_and_no_markup():
    shown = Effects(pd.DataFrame({"label": ["<b>A"], "yi": [0.123456], "vi": [1.0]}))._repr_html_()
    assert "<td>0.1235</td>" in shown
    assert "<td>&lt;b&gt;A</td>" in shown
    assert "border=" not in shown
    assert "<th></th>" not in shown  # nothing stands over the numbers of rows

"""`Table`: headed, escaped, rounded, and the same in words."""

import numpy as np
import pandas as pd
import pytest

from evidence.errors import InputError
from evidence.figures.table import Table


@pytest.fixture
def table():
    frame = pd.DataFrame(
        {
            "study": ["<b>A</b> & $x$", 'Q"'],
            "n": [12, 7],
            "yi": [-0.001, np.nan],
            "ok": [True, False],
            "note": [None, "x"],
        }
    )
    return Table(frame, caption="Two <studies>")


def test_html_has_scopes_alignment_and_no_raw_markup(table):
    html = table._repr_html_()
    assert '<caption style="text-align:left">Two &lt;studies&gt;</caption>' in html
    assert html.count('scope="col"') == 5
    assert html.count('scope="row"') == 2
    assert '<th scope="row" style="text-align:left">&lt;b&gt;A&lt;/b&gt; &amp; $x$</th>' in html
    assert '<th scope="col" style="text-align:right">n</th>' in html
    assert '<td style="text-align:right">12</td><td style="text-align:right">0.00</td>' in html
    assert '<td style="text-align:left">yes</td>' in html
    assert "<b>" not in html


def test_plain_text_shows_the_same_cells(table):
    lines = repr(table).splitlines()
    assert lines[0] == "Two <studies>"
    assert lines[1].split() == ["study", "n", "yi", "ok", "note"]
    assert lines[2].split() == ["<b>A</b>", "&", "$x$", "12", "0.00", "yes"]
    assert lines[3].split() == ['Q"', "7", "no", "x"]


def test_long_text_is_not_cut():
    assert "y" * 300 in repr(Table(pd.DataFrame({"a": ["y" * 300]})))


def test_digits_and_missing_change_the_cells():
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1.23456, np.nan]})
    shown = repr(Table(frame, digits=4, missing="–"))
    assert "1.2346" in shown
    assert "–" in shown


def test_a_named_index_becomes_the_first_column():
    frame = pd.DataFrame({"b": [1]}, index=pd.Index(["row"], name="a"))
    assert '<th scope="row" style="text-align:left">row</th>' in Table(frame)._repr_html_()


def test_two_level_headings_are_joined():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("id", ""), ("arm", "n")]))
    assert ">arm n</th>" in Table(frame)._repr_html_()


def test_an_empty_table_says_so():
    assert repr(Table(pd.DataFrame({"a": [], "b": []}))) == "no rows; columns: a, b"


def test_wrong_arguments_are_refused():
    with pytest.raises(InputError, match="DataFrame, not list"):
        Table([1])
    with pytest.raises(InputError, match="digits=-1"):
        Table(pd.DataFrame({"a": [1]}), digits=-1)

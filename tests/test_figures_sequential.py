"""The figure of a sequential analysis: points and boundaries where the result puts them, words apart."""

import json

import numpy as np
import pytest

import evidence as ev
from evidence.errors import InputError, OptionError
from evidence.figures import sequential as draw
from evidence.figures.sequential_words import percent
from figure_checks import HARD, assert_clean, drawn, invented, with_changes


def analysis(k=7, *, delta=0.5, labels=None, scale="identity", measure="SMD", **options):
    """Return a sequential analysis of invented studies."""
    effects = invented(k) if labels is None else invented(k, label=labels)
    return ev.sequential(with_changes(effects, scale=scale, measure=measure), delta=delta, **options)


def alike(y, k, *, delta, **options):
    """Return a sequential analysis of k studies with nearly the same estimate."""
    rng = np.random.default_rng(k)
    yi = y + rng.normal(0, 0.05, k)
    return ev.sequential(yi=yi, vi=np.full(k, 0.08), delta=delta, method="EE", **options)


RESULTS = {
    "crossed": lambda: analysis(7),
    "one study": lambda: analysis(1),
    "two studies, little information": lambda: analysis(2, delta=0.05),
    "futile": lambda: alike(0.02, 16, delta=0.22),
    "size reached": lambda: alike(0.02, 16, delta=0.4),
    "harm": lambda: alike(0.5, 9, delta=-0.3),
    "one-sided": lambda: alike(0.3, 9, delta=-0.2, two_sided=False),
    "without futility": lambda: analysis(5, delta=0.3, futility=False),
    "far too much": lambda: alike(0.5, 12, delta=1.2),
    "many": lambda: analysis(45, delta=0.3),
    "by people": lambda: analysis(12, delta=0.3, unit="people"),
}


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        *((name, "web") for name in RESULTS),
        *((name, preset) for name in ("crossed", "futile", "many") for preset in ("paper", "slide")),
    ],
)
def test_nothing_overlaps_and_all_stays_on_the_page(name, preset):
    figure = draw(RESULTS[name](), preset=preset, title="A finding", source="A source")
    assert_clean(figure)
    assert 0 < len(figure.alt) <= 125
    frame = figure.axes[0].get_window_extent()
    for text in figure.axes[0].texts:
        box = text.get_window_extent()
        assert frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1
        assert frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
def test_hard_labels_stay_within(preset):
    labels = [HARD[i % 3] for i in range(7)]
    assert_clean(draw(analysis(7, labels=labels), preset=preset, title=HARD[0], source=HARD[2]))


def test_points_stand_at_the_looks():
    result = analysis(7)
    marks = drawn(draw(result))["markers"]
    points = np.vstack([each["xy"] for each in marks])
    points = points[np.argsort(points[:, 0])]
    assert points == pytest.approx(np.column_stack([100 * result.fraction, result.z]), abs=1e-5)
    crossed = [status in ("benefit", "harm") for status in result.status]
    assert len(marks) == 2 and len(marks[1]["xy"]) == sum(crossed)


def test_boundaries_stand_where_the_result_puts_them():
    result = alike(0.02, 16, delta=0.22)
    lines = [np.array(line["xy"]) for line in drawn(draw(result))["lines"]]
    there = np.isfinite(result.upper)
    expected = np.column_stack([100 * result.fraction[there], result.upper[there]])
    for side in (1, -1):
        assert any(
            line.shape == expected.shape and np.allclose(line, expected * (1, side), atol=1e-5)
            for line in lines
        )
    final = result.next_look([1.0])["boundary"].iloc[0]
    assert any(np.allclose(line[-1], (100, final), atol=1e-5) for line in lines)
    (wedge,) = drawn(draw(result))["polygons"]
    wedge = np.array(wedge)
    first = np.flatnonzero(~np.isnan(result.futility))[0]
    assert wedge[:, 0].min() == pytest.approx(100 * result.fraction[first], abs=1e-5)
    at = wedge[np.isclose(wedge[:, 0], 100 * result.fraction[-1], atol=1e-5), 1]
    assert (at.min(), at.max()) == pytest.approx((-result.futility[-1], result.futility[-1]), abs=1e-5)


def test_beyond_the_required_size_nothing_lies_ahead():
    figure = draw(alike(0.02, 16, delta=0.4))
    assert "dashed" not in figure.caption
    assert "dashed" in draw(alike(0.02, 16, delta=0.22)).caption
    assert drawn(figure)["xlim"][1] > 100 * alike(0.02, 16, delta=0.4).fraction[-1]


def test_words_give_every_number():
    result = analysis(7)
    figure = draw(result, title="A finding")
    assert "A finding." in repr(figure) and result.words() in repr(figure)
    for look, label in enumerate(result.added):
        assert f"Look {look + 1} ({label}): {percent(result.fraction[look])}" in repr(figure)
    texts = " ".join(text.get_text() for text in figure.texts)
    assert f"Required: {int(np.ceil(result.required_people)):,} people" in texts
    for word in ("Benefit", "Harm", "Futility", "Cumulative Z", "favours needling", "favours control"):
        assert word in texts
    for note in result.notes:
        assert note[1:] in figure.caption
    assert "look 45" not in repr(draw(analysis(7))).lower()
    assert "more looks are not told" in repr(draw(analysis(70, delta=0.3)))


def test_only_what_is_drawn_is_explained():
    plain = draw(analysis(5, delta=0.3, futility=False))
    assert "wedge" not in plain.caption
    assert "Futility" not in [text.get_text() for text in plain.texts]
    tiny = draw(analysis(2, delta=0.02))
    assert "solid lines" not in tiny.caption
    assert "diamonds" not in draw(alike(0.02, 16, delta=0.22)).caption
    one = draw(alike(0.3, 9, delta=-0.2, two_sided=False))
    assert "Harm" not in [text.get_text() for text in one.texts]


def test_ratios_are_shown_as_readers_know_them():
    result = analysis(7, scale="log", measure="OR", delta=0.4)
    figure = draw(result)
    assert f"OR {np.exp(result.estimate[-1]):.2f}" in figure.subtitle
    assert "on the log scale" in figure.caption


def test_options():
    result = analysis(7)
    assert len(draw(result, labels=False).axes[0].texts) == 0
    assert draw(result, subtitle="").subtitle == ""
    assert draw(result, name="mine").name == "mine"
    width, height = draw(result, preset="slide").get_size_inches()
    assert width / height == pytest.approx(16 / 9)
    with pytest.raises(InputError, match="not Pooled"):
        draw(ev.pool(yi=[1, 2], vi=[1, 1]))
    with pytest.raises(InputError, match="labels='no'"):
        draw(result, labels="no")
    with pytest.raises(OptionError, match="preset='billboard'"):
        draw(result, preset="billboard")


def test_the_same_bytes_on_every_run():
    first, second = (draw(analysis(7)) for _ in range(2))
    assert first.to_bytes("svg") == second.to_bytes("svg")
    assert json.dumps(first.fingerprint()) == json.dumps(second.fingerprint())

"""The PRISMA diagram: known counts in boxes, unknown ones named as such, columns where there are keys."""

from __future__ import annotations

import pytest

from evidence.errors import InputError
from evidence.figures.catalogue import draw
from evidence.figures.prisma import prisma
from evidence.review import load
from evidence.tables.prisma import KEYS, Box, Prisma
from figure_checks import HARD, assert_clean

SINGLE = tuple(key for key in KEYS if not key.startswith(("previous", "other", "total")))


def invented(keys: tuple[str, ...] = KEYS, *, reasons: int = 3, known: bool = True, text: str = "") -> Prisma:
    """Return counts for keys, with so many reasons where reasons are given."""
    boxes = []
    for i, key in enumerate(keys):
        with_reasons = key in ("dbr_excluded", "other_excluded", "new_unusable")
        listed = {f"{text} reason {j}": j + 1 for j in range(reasons)} if with_reasons and known else {}
        n = (sum(listed.values()) if listed else 10 * i) if known else None
        words = text or key.replace("_", " ").capitalize()
        boxes.append(Box(key, words, n, listed, "recorded" if known else "not known"))
    return Prisma(tuple(boxes))


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("keys", [KEYS, SINGLE, KEYS[:1], ("new_studies", "new_unusable")])
@pytest.mark.parametrize("reasons", [1, 2, 7, 40])
def test_nothing_overlaps(preset, keys, reasons):
    counts = invented(keys, reasons=reasons)
    assert_clean(prisma(counts, preset=preset, title="The finding", source="A source " * 20))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    headings = dict.fromkeys(("newstud", "othstud", "prevstud", "identification", "screening"), hard)
    counts = Prisma(invented(text=hard).boxes, headings)
    assert_clean(prisma(counts, preset=preset, title=hard))


def test_what_is_not_known_is_named_and_dashed():
    figure = prisma(invented(("records_screened", "records_excluded"), known=False))
    shown = texts(figure)
    assert "Records screened: not recorded" in shown
    assert not any("n=" in text for text in shown)
    dashed = [
        patch for patch in figure.artists + figure.patches if patch.get_linestyle() not in ("-", "solid")
    ]
    assert len(dashed) >= 2
    assert figure.alt == "PRISMA 2020 flow. 2 of 2 counts are not recorded."


def test_columns_are_drawn_where_their_keys_are():
    one = texts(prisma(invented(SINGLE)))
    assert "Previous studies" not in one
    assert not any("other methods" in text for text in one)
    every = " ".join(texts(prisma(invented())))
    assert "via databases and registers" in every
    assert "via other" in every
    assert "Total studies (n=240)" in every
    merged = texts(prisma(invented(("database_results", "website_results"))))
    assert merged.index("Website results (n=10)") == merged.index("Database results (n=0)") + 1


def test_words_give_every_count():
    boxes = (
        Box("records_screened", "Records screened", None, how="not known"),
        Box("dbr_assessed", "Studies assessed", 20),
        Box("dbr_excluded", "Studies excluded", 5, {"retracted": 1, "other scars": 4}),
        Box("new_studies", "Studies included", 15),
    )
    figure = prisma(Prisma(boxes), title="Fifteen studies")
    assert figure.alt == "PRISMA 2020 flow: 20 studies assessed, 15 included. 1 of 4 counts is not recorded."
    assert repr(figure) == (
        f"Fifteen studies. {figure.alt} Screening. Records screened: not recorded. Studies assessed (n=20)."
        " Studies excluded (n=5) [1 retracted; 4 other scars]. Included. Studies included (n=15)."
    )
    assert "Page et al., BMJ 2021;372:n71" in " ".join(texts(figure))


def test_the_projects_own_diagram():
    review = load()
    for preset in ("web", "paper", "slide"):
        figure = draw(review, "prisma", preset=preset)
        assert_clean(figure)
        assert "Studies assessed for eligibility (n=164)" in texts(figure)
    assert figure.get_figwidth() / figure.get_figheight() == pytest.approx(16 / 9, rel=1e-3)


def test_every_option_changes_the_figure():
    plain = prisma(invented())
    for option in ({"title": "T"}, {"source": "S"}, {"name": "other"}):
        assert prisma(invented(), **option).fingerprint() != plain.fingerprint()
    assert prisma(invented(), preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_counts_that_are_none_are_refused():
    for wrong in (Prisma(()), {"records_screened": 3}):
        with pytest.raises(InputError, match="holds no count"):
            prisma(wrong)

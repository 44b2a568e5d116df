"""Six figures as pictures: what no list of numbers tells, such as colours, hatches and what lies on what.

The pictures stand in tests/golden/images. After a wanted change look at the new ones, and store them with
`pytest tests/test_golden_images.py --mpl-generate-path=tests/golden/images`.
"""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.figures.catalogue import draw
from evidence.figures.funnel import funnel
from evidence.figures.gosh import gosh as gosh_plot
from evidence.figures.rob_traffic import rob_traffic
from rob_cases import judgements

PINNED = "3.11"
DOTS = 45  # an inch: enough to tell, small enough to store

pytestmark = pytest.mark.skipif(
    not mpl.__version__.startswith(f"{PINNED}."), reason=f"stored pictures are those of matplotlib {PINNED}"
)
same_picture = pytest.mark.mpl_image_compare(
    baseline_dir="golden/images",
    tolerance=0.1,  # of 255; one matplotlib draws the same picture everywhere
    style="default",
    savefig_kwargs={"dpi": DOTS, "metadata": {"Software": None}},
)


def simulated(k: int) -> dict[str, list[float]]:
    """Return k simulated effects, the small studies the larger ones."""
    random = np.random.default_rng(20)
    vi = np.linspace(0.01, 0.3, k)
    return {"yi": (0.4 + np.sqrt(vi) + random.normal(0, np.sqrt(vi))).tolist(), "vi": vi.tolist()}


@same_picture
def test_verdicts(whole_review):
    return draw(whole_review, "verdict_chart")


@same_picture
def test_forest_of_a_paper(whole_review):
    return draw(whole_review, "forest_Q1b", preset="paper")


@same_picture
def test_network(whole_review):
    return draw(whole_review, "network_graph")


@same_picture
def test_risk_of_bias_with_all_its_signs():
    return rob_traffic(judgements(7, ("rob2", "robins_i")), title="Simulated judgements")


@same_picture
def test_funnel_with_contours_and_line():
    effects = pd.DataFrame(simulated(14))
    return funnel(ev.pool(effects), title="Simulated studies", line=ev.egger(effects, force=True))


@same_picture
def test_subsets_with_and_without_a_study():
    return gosh_plot(ev.gosh(**simulated(8)), study="Study 8", title="Simulated studies", preset="slide")

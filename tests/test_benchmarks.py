"""What is timed beside other packages is the same work: all that are here find the same number."""

import math
import re
from pathlib import Path

import pytest

from checks.benchmarks.tasks import OURS, tasks

R_TASKS = Path(__file__).resolve().parents[1] / "checks" / "benchmarks" / "tasks.R"
# Larger problems are the same call; draws at random are not compared.
TASKS = {
    task.name: task for task in tasks() if not re.search(r"_\d{3,}$", task.name) or task.name == "smd_1000"
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TASKS)
def test_packages_find_the_same_number(name):
    task = TASKS[name]
    ours = task.calls[OURS]()
    assert math.isfinite(ours)
    for package, call in task.calls.items():
        assert call() == pytest.approx(ours, rel=1e-4), package


def test_r_knows_the_tasks_that_have_data():
    known = set(re.findall(r"^  (\w+) = function", R_TASKS.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert known == {task.name for task in tasks() if task.data} - {"glmm_18"}  # metafor needs lme4 for it

"""The functions that pool: estimates with variances, counts of two groups, shares, moderators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import strategies as st

import evidence as ev
from fuzz.campaign import Target
from fuzz.judge import Verdict, judge
from fuzz.odd import arrays, now_and_then, numbers_near, odd
from fuzz.variants import neighbours

METHODS = ("EE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM")
TESTS = ("z", "t", "knha", "adhoc", "KR", "HC")
OPTIONS: dict[str, dict[str, tuple[Any, ...]]] = {
    "pool": {
        "method": (*METHODS, "IVhet"),
        "test": TESTS,
        "prediction": ("HTS", "V", "HK", "KR", "S", "test", "none", None),
        "tau2_interval": ("QP", "PL"),
    },
    "metareg": {"method": METHODS, "test": TESTS[:4]},
    "proportion": {
        "measure": ("PLO", "PAS", "PFT", "PR", "PLN"),
        "method": ("GLMM", "exact", *METHODS),
        "test": TESTS,
    },
    "mantel_haenszel": {"measure": ("OR", "RR", "RD"), "correct": (0, 0.5, 1e3)},
    "peto": {},
    "glmm": {
        "measure": ("OR", "OR", "RR"),
        "model": ("UM.FS", "UM.RS", "CM.EL", "CM.AL"),
        "test": ("z", "t"),
    },
    "beta_binomial": {"measure": ("OR", "OR", "RR"), "interval": ("profile", "wald")},
}
LEVELS = (0.95, 0.9, 0.5, 0.999999, 1e-9)
UNITS = (1.0, 1.0, 1.0, 1e-8, 1e8, 1e-150, 1e150)
_LIMITS = (20, 200, 10**4, 10**6, 10**12)


@st.composite
def calls(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw the arguments of one call of a function."""
    size = draw(st.integers(0, 6))
    given = draw({"pool": _estimates, "metareg": _moderated, "proportion": _shares}.get(name, _counts)(size))
    for option, values in OPTIONS[name].items():
        if draw(st.booleans()):
            given[option] = draw(now_and_then(st.sampled_from(values)))
    if draw(st.integers(0, 4)) == 0:
        given["level"] = draw(now_and_then(st.sampled_from(LEVELS), odd))
    return given


@st.composite
def _estimates(draw: st.DrawFn, size: int) -> dict[str, Any]:
    unit = draw(st.sampled_from(UNITS))
    y = draw(arrays(numbers_near(-3, 3).map(lambda value: value * unit), size))
    v = draw(arrays(numbers_near(1e-3, 4).map(lambda value: abs(value) * unit * unit), size))
    return {"yi": y, "vi": v}


@st.composite
def _moderated(draw: st.DrawFn, size: int) -> dict[str, Any]:
    values = draw(st.sampled_from([numbers_near(0, 20), st.integers(2000, 2020), st.sampled_from("abc")]))
    moderators = draw(now_and_then(arrays(values, size).map(lambda column: {"x": column})))
    return draw(_estimates(size)) | {"moderators": moderators}


@st.composite
def _groups(draw: st.DrawFn, size: int, names: tuple[str, str]) -> dict[str, Any]:
    most = draw(st.sampled_from(_LIMITS))
    rare = draw(st.booleans())
    totals = draw(st.lists(st.integers(1, most), min_size=size, max_size=size))
    events = [draw(st.integers(0, min(total, 3) if rare else total)) for total in totals]
    fault = draw(st.integers(0, 5))
    if fault == 0:
        return {
            names[0]: draw(arrays(st.integers(0, most), size)),
            names[1]: draw(arrays(st.just(most), size)),
        }
    return {names[0]: events, names[1]: totals}


@st.composite
def _counts(draw: st.DrawFn, size: int) -> dict[str, Any]:
    return draw(_groups(size, ("ai", "n1i"))) | draw(_groups(size, ("ci", "n2i")))


@st.composite
def _shares(draw: st.DrawFn, size: int) -> dict[str, Any]:
    given = draw(_groups(size, ("xi", "ni")))
    if draw(st.integers(0, 4)) == 0:
        given["labels"] = draw(now_and_then(st.just([f"Group {i}" for i in range(size)])))
    return given


def sound(result: Any) -> Iterator[str]:
    """Yield what is wrong with a pooled result."""
    rare = getattr(result, "primary", "") and not np.isfinite(result.estimate)
    names = ("proportion", "proportion_low", "proportion_high") if rare else ("estimate", "ci_low", "ci_high")
    middle, low, high = (float(getattr(result, name)) for name in names)
    if not np.isfinite([middle, low, high]).all():
        yield f"{names[0]} {middle} ({low} to {high})"
    slack = 1e-9 * max(1e-300, abs(low), abs(high))
    if not low - slack <= middle <= high + slack:
        yield "the estimate lies outside its interval"
    if not rare and not hasattr(result, "primary") and not float(result.se) >= 0:
        yield f"a standard error of {result.se}"
    if not rare and not (np.isnan(result.p) or 0 <= result.p <= 1):
        yield f"a p value of {result.p}"
    if result.tau2 < 0 or np.isinf(result.tau2):
        yield f"tau2 of {result.tau2}"


def sound_regression(result: Any) -> Iterator[str]:
    """Yield what is wrong with a meta-regression."""
    for name in ("beta", "se", "ci_low", "ci_high"):
        if not np.isfinite(getattr(result, name)).all():
            yield f"{name} holds a gap"
    if not (result.ci_low <= result.ci_high).all():
        yield "an interval upside down"


def judged(name: str, given: dict[str, Any]) -> Verdict:
    """Judge one call."""
    check = sound_regression if name == "metareg" else sound
    return judge(lambda: getattr(ev, name)(**given), check)


def _target(name: str, about: str) -> Target:
    return Target(name, about, calls(name), lambda given: judged(name, given), neighbours)


TARGETS = (
    _target("pool", "estimates and variances of any size, all options"),
    _target("metareg", "estimates, variances and a moderator of any kind"),
    _target("proportion", "events of groups, rare and common, up to 10^12 people"),
    _target("mantel_haenszel", "events of two groups, up to 10^12 people"),
    _target("peto", "events of two groups, up to 10^12 people"),
    _target("glmm", "events of two groups, up to 10^12 people"),
    _target("beta_binomial", "events of two groups, up to 10^12 people"),
)

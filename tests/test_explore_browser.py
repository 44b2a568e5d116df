"""The page of an exploration in a browser: it opens, answers, stays on this machine, and suits everybody."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from browser import chromium, serious

pytest.importorskip("voila", reason="Voilà is not installed")

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60_000  # milliseconds for a kernel to start on a busy machine
NUMBER, PICTURE = ".evidence-number", ".evidence-results img"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    code = "from pathlib import Path; from evidence.explorer.server import serve;"
    code += "serve(Path('data'), browser=False, ready=print)"
    command = [sys.executable, "-u", "-c", code]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield re.search(r"http://\S+", server.stdout.readline())[0]
    finally:
        server.terminate()
        server.wait(30)
        server.stdout.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with chromium() as opened:
        yield opened


def visit(browser, address: str, query: str = "") -> SimpleNamespace:
    """Open the page as somebody who was never here, and note what it asks for and complains of."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    seen = SimpleNamespace(page=page, hosts=set(), errors=[], sockets=[])
    page.on("request", lambda request: seen.hosts.add(urlsplit(request.url).hostname))
    page.on("websocket", lambda socket: seen.hosts.add(urlsplit(socket.url).hostname))
    page.on("websocket", lambda socket: seen.sockets.append(socket.url))
    page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(address + query)
    page.wait_for_selector(PICTURE, timeout=PATIENCE)
    return seen


@pytest.fixture(scope="module")
def visitor(browser, address) -> SimpleNamespace:
    return visit(browser, address)


@pytest.fixture(scope="module")
def other(browser, address) -> SimpleNamespace:
    """Return somebody else, who comes by a link that cannot be followed."""
    return visit(browser, address, "?q=Q1e&r=7")


def answered(page, act) -> str:
    """Do something, and return the number that stands there afterwards."""
    before = page.inner_text(NUMBER)
    act()
    page.wait_for_function(
        "([place, old]) => document.querySelector(place).innerText !== old",
        arg=[NUMBER, before],
        timeout=PATIENCE,
    )
    return page.inner_text(NUMBER)


def typed(page, label: str, text: str) -> None:
    field = page.get_by_label(label)
    field.fill(text)
    field.press("Tab")


def test_it_shows_the_primary_analysis(visitor, whole_review):
    from evidence.synthesis.answer import answer

    number = answer(whole_review, "Q1b").number()
    assert visitor.page.inner_text(NUMBER) == number[0].upper() + number[1:]
    assert visitor.page.get_attribute(PICTURE, "alt").startswith("Forest plot of 7 studies")
    assert visitor.page.title() == visitor.page.inner_text("h1") == "Explore the evidence"


def test_axe_finds_nothing_serious(visitor):
    assert serious(visitor.page) == []


def test_a_change_changes_the_number_and_the_address(visitor):
    page = visitor.page
    number = answered(page, lambda: typed(page, "Correlation within people (primary: 0.5)", "0.9"))
    page.wait_for_url("**/?q=Q1b&r=0.9")
    fewer = answered(page, lambda: page.get_by_label("Minh 2019").press("Space"))
    assert fewer != number
    assert "6 groups" in fewer
    page.wait_for_url("**/?q=Q1b&r=0.9&without=minh2019")
    read_out = page.locator("[aria-live=polite]").inner_text()
    assert re.search(r"\d\.\d\d to \d\.\d\d\), changed", read_out)
    assert page.locator("tr", has_text="Studies left out").get_by_text("changed").is_visible()


def test_a_number_that_cannot_be_is_said_and_the_last_result_stays(visitor):
    page = visitor.page
    number = page.inner_text(NUMBER)
    typed(page, "Correlation within people (primary: 0.5)", "3")
    page.get_by_role("alert").get_by_text("must be at least 0 and below 1").wait_for(timeout=PATIENCE)
    assert page.inner_text(NUMBER) == number
    assert page.get_by_role("button", name="Make the figure files").is_disabled()
    typed(page, "Correlation within people (primary: 0.5)", "0.9")
    page.get_by_role("alert").wait_for(state="detached", timeout=PATIENCE)


def test_the_rows_can_be_taken_home(visitor):
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("link", name="Rows as CSV").click()
    assert download.value.suggested_filename == "explored_Q1b.csv"
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("minh2019,") and "left out by hand" in line for line in lines)


def test_a_wrong_link_is_said_and_the_primary_analysis_is_shown(other):
    assert "r=7.0 must be at least 0 and below 1" in other.page.get_by_role("alert").inner_text()
    assert "This is the primary analysis." in other.page.inner_text(".evidence-which")


def test_two_visitors_share_nothing(visitor, other):
    mine = visitor.page.inner_text(NUMBER)
    answered(
        other.page,
        lambda: other.page.get_by_label("Question").select_option(
            "Q1c RF microneedling alone, scar severity before and after"
        ),
    )
    assert visitor.page.inner_text(NUMBER) == mine
    assert "r=0.9" in visitor.page.url
    assert "r=" not in other.page.url


def test_a_phone_needs_no_scrolling_sideways(visitor):
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.page.locator(".evidence-brief").is_visible()


def test_nothing_left_this_machine_and_nothing_went_wrong(visitor, other):
    for each in (visitor, other):
        assert each.hosts - {None} == {"127.0.0.1"}
        assert each.errors == []


def test_a_page_that_is_left_ends_its_kernel(other, address):
    kernel = re.search(r"kernels/([0-9a-f-]+)", other.sockets[0])[1]
    asked = f"{address}api/kernels/{kernel}"
    assert other.page.request.get(asked).status == 200
    other.page.goto("about:blank")
    for _ in range(100):
        if other.page.request.get(asked).status == 404:
            return
        other.page.wait_for_timeout(100)
    pytest.fail("the kernel goes on")

"""Every address somebody may read is looked at in a browser: no barrier, no violation, nothing asked of others.

The list comes from the access table, and the table is whole (tests/core/test_access.py): an address nobody visits here
is one that nobody may read.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.access import ROWS
from tests.browser.conftest import Stage
from tests.browser.stage import viewers
from tests.browser.watch import Watched, barriers, overflow

Visit = Callable[..., Watched]
VISITS = [(row.name, who) for row in ROWS if row.method == "get" for who in viewers(row)]
PAGES_IN_DARK = [
    ("start", "-"), ("register_interest", "-"), ("account_login", "-"), ("questionnaire", "N"), ("partnerships", "-"),
    ("admin:index", "K"), ("admin:municipalities_candidate_changelist", "K"), ("admin:matching_proposal_changelist", "K"),
]  # fmt: skip
FORMS = [
    ("account_login", "-"),
    ("account_reset_password", "-"),
    ("register_interest", "-"),
    ("question_page", "N"),
]


@pytest.mark.parametrize(("name", "who"), VISITS, ids=[f"{name}-{who}" for name, who in VISITS])
def test_page_has_no_barrier_and_fits_a_narrow_screen(
    stage: Stage, visit: Visit, name: str, who: str
) -> None:
    watched = visit(who)
    kind = watched.context.request.get(stage.origin + stage.paths[name])
    assert kind.status == 200, kind.url
    if not kind.headers["content-type"].startswith("text/html"):
        return
    page = watched.open(stage.paths[name])
    assert barriers(page) == []
    assert overflow(page) <= 0


@pytest.mark.parametrize(("name", "who"), PAGES_IN_DARK)
def test_page_has_no_barrier_in_the_dark(stage: Stage, visit: Visit, name: str, who: str) -> None:
    page = visit(who, color_scheme="dark").open(stage.paths[name])
    assert barriers(page) == []


@pytest.mark.parametrize("language", ["nb", "nn", "en", "uk"])
@pytest.mark.parametrize(("name", "who"), [("start", "-"), ("register_interest", "-"), ("admin:index", "K")])
def test_page_says_its_language_and_has_no_barrier_in_it(
    stage: Stage, visit: Visit, name: str, who: str, language: str
) -> None:
    watched = visit(who)
    watched.context.add_cookies([{"name": "language", "value": language, "url": stage.origin}])
    page = watched.open(stage.paths[name])
    assert page.locator("html").get_attribute("lang") == language
    assert barriers(page) == []


@pytest.mark.parametrize(("name", "who"), FORMS)
def test_empty_form_gets_a_summary_that_takes_focus(stage: Stage, visit: Visit, name: str, who: str) -> None:
    page = visit(who).open(stage.paths[name])
    for text in page.locator(
        "main form input:is([type=text], [type=email], [type=tel], [type=password])"
    ).all():
        text.fill("")
    page.locator("main form button[type=submit]").first.click()
    summary = page.locator(".ds-error-summary")
    expect(summary).to_be_focused()
    first = summary.locator("a").first
    first.click()
    expect(page.locator(str(first.get_attribute("href")))).to_be_focused()
    assert barriers(page) == []


@pytest.mark.parametrize("who", ["-", "K"])
def test_missing_page_has_no_barrier(visit: Visit, who: str) -> None:
    page = visit(who).open("/finnes-ikke/")
    assert barriers(page) == []
    assert overflow(page) <= 0


def test_language_buttons_change_the_language_and_stay_on_the_page(stage: Stage, visit: Visit) -> None:
    page = visit("-").open(stage.paths["privacy"])
    page.get_by_role("button", name="Українська").click()
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    assert page.url == stage.origin + stage.paths["privacy"]


def test_keyboard_reaches_the_content_first(stage: Stage, visit: Visit) -> None:
    page = visit("-").open(stage.paths["start"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#hovedinnhold")).to_be_focused()


def test_portal_sets_only_the_cookies_it_tells_of(stage: Stage, visit: Visit) -> None:
    watched = visit("K")
    watched.open(stage.paths["start"])
    watched.open(stage.paths["admin:index"])
    told = watched.open(stage.paths["cookies"]).locator("main tbody th").all_inner_texts()
    assert {cookie["name"] for cookie in watched.context.cookies()} <= {name.strip() for name in told}

"""A whole decision without a mouse: from the front page to the approval and its undoing, and shortcuts for whoever wants them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Stage, fill
from tests.browser.watch import Watched, barriers, person
from tests.databases import MIGRATED, SqliteTemplates, demo_environment
from tests.services import portal_server

MOST_TABS = 150


@pytest.fixture(scope="module")
def own_stage(tmp_path_factory: pytest.TempPathFactory, sqlite_templates: SqliteTemplates) -> Iterator[Stage]:
    """Serve a world of this module's own, for what is decided here is gone for other tests."""
    folder = tmp_path_factory.mktemp("keyboard")
    sqlite_templates.copy(MIGRATED, file := folder / "portal.sqlite3")
    env = {**demo_environment(f"sqlite:///{file}", folder), "UNDO_MINUTES": "10"}
    told = fill(env, folder)
    # The starting server loads the registers, whose reported partnerships take places of the real Poltava too.
    with sqlite3.connect(file) as base:
        base.execute("UPDATE municipalities_candidate SET capacity = 9")
    with portal_server(env) as origin:
        yield Stage(origin, told["paths"], told["cookies"])


@pytest.fixture
def kari(browser: Browser, own_stage: Stage) -> Iterator[Watched]:
    """Kari's browser, in which nothing may go wrong."""
    watched = person(browser, own_stage.origin, own_stage.cookies["K"])
    yield watched
    watched.context.close()
    assert watched.wrong == []


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what the selector names has focus, as somebody without a mouse does."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_a25_whole_decision_is_made_and_undone_by_keyboard_alone(kari: Watched, own_stage: Stage) -> None:
    page = kari.open(own_stage.paths["admin:index"])
    tab_to(page, "a[data-code=to_approve]")
    page.keyboard.press("Enter")
    expect(page.locator("#decide")).to_be_visible()
    assert barriers(page) == []
    tab_to(page, "a[href='#decide']")
    page.keyboard.press("Enter")
    tab_to(page, "#decide a[data-key=a]")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=no_conflict]")).to_be_visible()
    tab_to(page, "input[name=no_conflict]")
    page.keyboard.press("Space")
    tab_to(page, "form button.desk-button--primary")
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/undo/']")).to_be_visible()
    assert barriers(page) == []
    tab_to(page, "form[action$='/undo/'] button")
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/undo/']")).to_have_count(0)


def test_shortcuts_are_off_until_they_are_wanted(kari: Watched, own_stage: Stage) -> None:
    page = kari.open(own_stage.paths["admin:index"])
    page.keyboard.press("?")
    assert page.url == own_stage.origin + own_stage.paths["admin:index"]
    page.goto(own_stage.origin + own_stage.paths["admin:shortcuts"])
    page.locator("button[name=on]").click()
    expect(page.locator("button[name=on][value='0']")).to_be_visible()
    page.goto(own_stage.origin + own_stage.paths["admin:index"])
    page.keyboard.press("?")
    page.wait_for_url(own_stage.origin + own_stage.paths["admin:shortcuts"])
    page.locator("button[name=on]").click()

"""The first days of a portal that is no demo, in a browser: everybody comes in by mail and app, one loses the phone, one leaves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.watch import launch
from tests.journeys import entrance, walk
from tests.journeys.entrance import Portal
from tests.journeys.walk import Walker
from tests.services import free_port, portal_server

STAFF = {
    "kari@ks.example": ("Kari Nordmann", "coordinator", "nb"),
    "guro@ks.example": ("Guro Solberg", "approver", "nb"),
    "lars@ks.example": ("Lars Leser", "reader", "nb"),
    "andrij@auc.example": ("Andrij Kovalenko", "auc_editor", "uk"),
    "olena@auc.example": ("Olena Bondar", "auc_reader", "uk"),
}
ASTRID = "astrid@ks.example"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Tell the portal that it is real, and that its mail goes nowhere: the walk reads it in the outbox."""
    settings = {
        "PORTAL_MODE": "embedded",
        "DEMO": "0",
        "VAR_DIR": str(tmp_path),
        "PORT": str(free_port()),
        "REDIS_URL": "",
    }
    settings["EMAIL_URL"] = "consolemail://"
    settings["DATABASE_URL"] = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    return {**os.environ, **settings}


@pytest.fixture
def portal(env: dict[str, str], tmp_path: Path, chromium: str) -> Iterator[Portal]:
    with portal_server(env, int(env["PORT"])) as origin, sync_playwright() as playwright:
        browser = launch(playwright, chromium)
        yield Portal(origin, browser, tmp_path / "portal.sqlite3")
        browser.close()


def test_staff_come_in_work_lose_a_phone_and_leave(portal: Portal, env: dict[str, str]) -> None:
    output = entrance.create_administrator(env, ASTRID, "Astrid Drift")
    assert f"Astrid Drift <{ASTRID}>" in output
    assert str(portal.database) in output
    astrid = entrance.log_in(portal, ASTRID)
    astrid.follow("/konto/to-trinn/app/")
    entrance.connect(astrid)
    for address, (name, role, language) in STAFF.items():
        entrance.invite(astrid, address, name, role, language)
    people = {address: entrance.accept(portal, address) for address in STAFF}
    work(*people.values())
    kari_loses_her_phone(portal, astrid)
    guro_leaves(portal, astrid, people["guro@ks.example"])
    for person in (astrid, *people.values()):
        walk.done(person)


def work(kari: Walker, guro: Walker, lars: Walker, andrij: Walker, olena: Walker) -> None:
    """Each does one thing of the role: a round is opened and read, a candidate proposed, confirmed and read."""
    kari.follow("/desk/municipalities/round/add/")
    kari.type("name", "Round 1")
    kari.type("opens_at", "2026-01-01T08:00")
    kari.press("main input[name=_save]")
    lars.follow("/desk/municipalities/round/")
    assert "Round 1" in lars.page.locator("#result_list").inner_text()
    andrij.follow("/desk/municipalities/candidate/")
    andrij.follow("/desk/municipalities/candidate/add/")
    andrij.type("q", walk.HROMADA)
    andrij.press()
    andrij.press("main form[method=post] button[type=submit]")
    walk.propose_category(andrij)
    for reader in (guro, olena):
        reader.follow("/desk/municipalities/candidate/")
        reader.search(walk.HROMADA)
        reader.press(f"a[href*='/candidate/{andrij.number()}/']")
    assert olena.page.locator("form[action*='/confirm']").count() == 0
    guro.press("form[action*='/confirm'] button")
    assert guro.page.locator("form[action*='/confirm']").count() == 0


def kari_loses_her_phone(portal: Portal, astrid: Walker) -> None:
    """Kari stands before the second step, is helped by Astrid, and connects another phone; nobody else would be let in so."""
    kari = entrance.log_in(portal, "kari@ks.example")
    kari.page.wait_for_url("**/konto/to-trinn/kode/")
    entrance.remove_second_factor(astrid, "Kari")
    assert "/konto/logg-inn/" in portal.mail_to("kari@ks.example", number=2)
    assert "/desk/core/user/" in portal.mail_to(ASTRID)
    walk.done(kari)
    kari = entrance.log_in(portal, "kari@ks.example")
    kari.follow("/konto/to-trinn/app/")
    entrance.connect(kari, look=True)
    walk.done(kari)


def guro_leaves(portal: Portal, astrid: Walker, guro: Walker) -> None:
    """Guro's account is closed: she is out at once, and the password opens nothing."""
    entrance.deactivate(astrid, "Guro")
    guro.page.reload()
    guro.page.wait_for_url("**/konto/logg-inn/**")
    guro.type("login", "guro@ks.example")
    guro.type("password", entrance.PASSWORD)
    guro.press()
    guro.page.wait_for_url("**/konto/sperret/**")


@pytest.fixture(autouse=True)
def _loop_of_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's loop runs in this thread; nothing here asks Django's database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

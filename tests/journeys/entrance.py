"""How staff come into a portal that is no demo: invited by mail, a password, an authenticator app, and back when the phone is lost."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser

from tests.browser.watch import barriers
from tests.journeys.walk import PATIENCE, Walker
from tests.services import ROOT

PASSWORD = "long-enough-for-staff"
SECRET = ".secret"


@dataclass(frozen=True)
class Portal:
    """A served portal, the browser that looks at it, and the database its mails can be read from."""

    origin: str
    browser: Browser
    database: Path

    def enter(self, path: str) -> Walker:
        """Return somebody with a browser of their own, on a page."""
        walker = Walker.enter(self.browser, self.origin)
        walker.page.goto(self.origin + path)
        return walker

    def mail_to(self, address: str, *, number: int = 1) -> str:
        """Return the text of the mail with this number to an address, once it is written."""
        until = time.monotonic() + PATIENCE
        while True:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as rows:
                texts = rows.execute(
                    'SELECT message FROM post_office_email WHERE "to" = ? ORDER BY id', [address]
                ).fetchall()
            if len(texts) >= number:
                return str(texts[number - 1][0])
            assert time.monotonic() < until, f"no mail {number} to {address}"
            time.sleep(0.1)


def create_administrator(env: dict[str, str], address: str, name: str) -> str:
    """Make the first administrator as an operator does; return what the command says."""
    command = [sys.executable, "manage.py", "createadmin", address, name, "--password-stdin"]
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=f"{PASSWORD}\n", text=True, capture_output=True, check=True
    )
    return done.stdout


def log_in(portal: Portal, address: str) -> Walker:
    """Give address and password; where that leads is for the caller to say."""
    walker = portal.enter("/konto/logg-inn/")
    walker.type("login", address)
    walker.type("password", PASSWORD)
    walker.press()
    return walker


def invite(astrid: Walker, address: str, name: str, role: str, language: str = "nb") -> None:
    """Make a user at the desk."""
    astrid.page.goto(astrid.watched.origin + "/desk/core/user/add/")
    astrid.type("email", address)
    astrid.type("name", name)
    astrid.choose("organisation", address.split("@")[1].partition(".")[0])
    astrid.choose("language", language)
    astrid.choose("roles", role)
    astrid.press("main input[name=_save]")
    astrid.page.wait_for_url("**/desk/core/user/")


def accept(portal: Portal, address: str) -> Walker:
    """Open the invitation from the mail, choose a password, connect an app; return somebody at the desk."""
    link = re.search(rf"{portal.origin}(/konto/lenke/\S+)", portal.mail_to(address))
    assert link is not None
    walker = portal.enter(link[1])
    for field in ("password1", "password2"):
        walker.type(field, PASSWORD)
    walker.press()
    connect(walker)
    return walker


def connect(walker: Walker, *, look: bool = False) -> None:
    """Connect an authenticator app and go on to the desk; with `look`, the pages are searched for barriers."""
    walker.page.wait_for_url("**/konto/to-trinn/app/")
    faults = barriers(walker.page) if look else []
    walker.type("code", code(walker.page.locator(SECRET).inner_text()))
    walker.press()
    walker.page.wait_for_url("**/konto/to-trinn/reservekoder/")
    faults += barriers(walker.page) if look else []
    assert faults == []
    walker.press("main .cluster a[href='/desk/']")
    walker.page.wait_for_url("**/desk/")


def code(secret: str) -> str:
    """Return the six digits an app shows now; as people do, wait for the next ones when these are about to go."""
    if (left := 30 - time.time() % 30) < 4:
        time.sleep(left)
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def remove_second_factor(astrid: Walker, name: str) -> None:
    """Open a user's page and remove a second factor that is lost."""
    open_user(astrid, name)
    astrid.follow("/second-factor/")
    astrid.type("reason", "Lost phone; spoke with her")
    astrid.press("main form.desk-form button")


def deactivate(astrid: Walker, name: str) -> None:
    """Open a user's page and close the account."""
    open_user(astrid, name)
    astrid.page.locator("main [name=is_active]").uncheck()
    astrid.press("main input[name=_save]")


def open_user(astrid: Walker, name: str) -> None:
    """Find a user in the list and open the page."""
    astrid.page.goto(astrid.watched.origin + "/desk/core/user/")
    astrid.search(name)
    astrid.press("#result_list tbody th a")

"""The whole walk as a person does it, only clicking and typing: answer → candidate and need → match → approval → agreement → figures.

Links and buttons are found by where they lead and what they are called in the page, not by their words, so that the
walk holds in every language.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from django.utils import timezone
from playwright.sync_api import Browser, Page

from kommunesamarbeid.core.demo import DEMO_LOGINS
from tests.browser.watch import Watched, person

HROMADA = "UA53040030000088898"  # Lubny, of which no partnership is reported
MUNICIPALITY = "1804"  # Bodø
PATIENCE = 60.0


@dataclass
class Walker:
    """Somebody at a screen of their own."""

    watched: Watched
    page: Page

    @classmethod
    def enter(cls, browser: Browser, origin: str) -> Walker:
        """Open the front page."""
        watched = person(browser, origin)
        return cls(watched, watched.open("/"))

    def follow(self, end: str) -> None:
        """Click the link whose address ends so, whatever filters it carries along."""
        self.press(f"a[href$='{end}'], a[href*='{end}?']")

    def press(self, selector: str = "main form button[type=submit]") -> None:
        """Press a button or link and wait for the page it leads to."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()

    def type(self, name: str, text: str) -> None:
        """Type into the field with this name."""
        self.page.locator(f"main [name='{name}']").fill(text)

    def choose(self, name: str, value: str) -> None:
        """Choose in the list, or tick, the field with this name."""
        box = self.page.locator(
            f"main input[name='{name}'][value='{value}'], main input[type=checkbox][name='{name}']:not([value])"
        )
        searched = self.page.locator(f"main [name='{name}'][data-chooser]")
        if box.count():
            box.check()
        elif searched.count() and not searched.is_visible():
            field = self.page.locator("main [role=combobox]")
            field.fill(value)
            field.press("Enter")
        else:
            self.page.locator(f"main select[name='{name}']").select_option(value)

    def search(self, words: str) -> None:
        """Search in a list of the desk."""
        self.page.locator("#searchbar").fill(words)
        self.press("#changelist-search input[type=submit]")

    def reload_until(self, selector: str) -> None:
        """Load the page again until it shows something, as a person who waits does."""
        until = time.monotonic() + PATIENCE
        while not self.page.locator(selector).count():
            assert time.monotonic() < until, f"{self.page.url} never showed {selector}"
            time.sleep(0.5)
            self.page.reload()

    def number(self) -> str:
        """Return the number in the page's address."""
        found = re.search(r"/(\d+)/", self.page.url)
        assert found, self.page.url
        return found[1]


def log_in(browser: Browser, origin: str, role: str) -> Walker:
    """Log in as one of the demo's staff and stand at the desk."""
    login = next(one for one in DEMO_LOGINS if one.role == role)
    walker = Walker.enter(browser, origin)
    walker.follow("/konto/logg-inn/")
    walker.type("login", login.email)
    walker.type("password", login.password)
    walker.press()
    walker.page.wait_for_url("**/desk/")
    return walker


def answer(browser: Browser, origin: str) -> None:
    """Mona answers page by page and submits."""
    mona = open_form(browser, origin)
    fill_pages(mona)
    mona.page.wait_for_url("**/skjema/kontroller/")
    mona.page.locator("main form input[type=checkbox]").first.check()
    mona.press()
    mona.page.wait_for_url("**/skjema/kvittering/")
    done(mona)


def open_form(browser: Browser, origin: str) -> Walker:
    """Mona asks for a link, opens it from her mail and stands at the first page of the questionnaire."""
    mona = Walker.enter(browser, origin)
    mona.follow("/meld-interesse/")
    mona.choose("municipality", MUNICIPALITY)
    mona.type("email", "mona@bodo.example")
    mona.press()
    mona.page.wait_for_url("**/meld-interesse/sendt/")
    mona.follow("/demo/mail/")
    mona.press("main a[href*='/demo/mail/']")
    mona.press("main a[href*='/lenke/']")
    mona.press()
    mona.page.wait_for_url("**/skjema/")
    if mona.page.locator("main form button[type=submit]").count():
        mona.press()
    mona.press("main a[href*='/skjema/side/']")
    return mona


def fill_pages(mona: Walker) -> None:
    """Fill each page as it comes: what must be answered, and Education as what Bodø can lead."""
    for _step in range(60):
        if "/skjema/side/" not in mona.page.url:
            return
        fill_page(mona)
        before = mona.page.url
        mona.press("main button[name=go][value=next]")
        if mona.page.url == before:
            summary = mona.page.locator(".ds-error-summary").all_inner_texts()
            raise AssertionError(f"{before}: {summary}")
        if mona.page.url.endswith("/skjema/"):  # the task list, between sections
            go_on(mona)


def go_on(mona: Walker) -> None:
    """Open the first section that is not done, else the page that checks the answers."""
    left = "main li:has(.ds-tag) a[href*='/skjema/side/']"
    if mona.page.locator(left).count():
        mona.press(left)
    else:
        mona.follow("/skjema/kontroller/")


def fill_page(mona: Walker) -> None:
    """Answer one page by its address."""
    key = mona.page.url.rstrip("/").rpartition("/")[2]
    typed = {
        "contact": {
            "contact_name": "Mona Berg",
            "contact_title": "Rådgiver",
            "contact_email": "mona@bodo.example",
        },
        "capacity": {"capacity": "1"},
    }
    chosen = {
        "anchoring": [("anchoring", "mayor")],
        "offers": [("offers", "education")],
        "offer-education": [("offer_education_level", "4")],
        "horizon": [("horizons", "long")],
        "staff-hours": [("staff_hours", "10_25")],
        "refusal": [("refusal", "none")],
        "preference": [("preference", "none")],
        "languages": [("languages", "en"), ("interpreter", "yes")],
        "scope": [("scope_understood", "yes")],
        "existing": [("existing_contact", "no")],
    }
    for name, text in typed.get(key, {}).items():
        mona.type(name, text)
    for name, value in chosen.get(key, []):
        mona.choose(name, value)


def mark_ready(kari: Walker) -> None:
    """Kari reads Bodø's answer and marks it ready."""
    kari.follow("/desk/municipalities/response/")
    kari.search("Bodø")
    kari.press("#result_list tbody th a")
    kari.press("form[action$='/ready/'] button, form[action$='/mark-ready/'] button")


def candidate(browser: Browser, origin: str, kari: Walker) -> None:
    """Andrij adds Lubny with consent and an urgent need; Kari confirms the category he proposes; it is ready."""
    andrij = log_in(browser, origin, "auc_editor")
    andrij.follow("/desk/municipalities/candidate/")
    andrij.follow("/desk/municipalities/candidate/add/")
    andrij.type("q", HROMADA)
    andrij.press()
    andrij.press("main form[method=post] button[type=submit]")
    number = andrij.number()
    propose_category(andrij)
    record_consent(andrij)
    add_need(andrij)
    kari.follow("/desk/")
    kari.follow("/desk/municipalities/candidate/")
    kari.search(HROMADA)
    kari.press(f"a[href*='/candidate/{number}/']")
    kari.press("form[action*='/confirm'] button")
    for state in ("under_review", "ready"):
        andrij.page.reload()
        andrij.follow("/move/")
        andrij.choose("to", state)
        andrij.press("main form[method=post] button[type=submit]")
    done(andrij)


def propose_category(andrij: Walker) -> None:
    """Propose that Lubny is outside the war zone."""
    andrij.follow("/category/")
    andrij.choose("category", "outside")
    andrij.type("source", "Demo: invented source")
    andrij.type("reason", "Demo: invented reason")
    andrij.press("main form[method=post] button[type=submit]")


def record_consent(andrij: Walker) -> None:
    """Record that Lubny agrees to be listed publicly."""
    andrij.follow("/consent/")
    andrij.choose("scope", "public")
    andrij.type("given_by", "Mayor's office")
    andrij.press("main form[method=post] button[type=submit]")


def add_need(andrij: Walker) -> None:
    """Add a critical need within education, and go back to the candidate."""
    andrij.press("a[href*='add-need'], a[href*='/needs/add/'], a[href$='/need/add/']")
    theme = andrij.page.locator(
        "main select[name=theme] option", has_text=re.compile("skole|освіта", re.IGNORECASE)
    ).first
    andrij.choose("theme", str(theme.get_attribute("value")))
    andrij.choose("horizon", "long")
    andrij.choose("urgency", "1")
    andrij.press("main form[method=post] button[type=submit]")
    # The need stands among the hromada's needs; from there back to the candidate.
    andrij.press("main a[href*='/candidate/'][href$='/change/']")


def match(kari: Walker) -> None:
    """Kari computes, reads that the plan is proved, and sends its proposals to review."""
    kari.follow("/desk/")
    kari.follow("/desk/matching/matchrun/")
    kari.follow("/desk/matching/matchrun/new/")
    kari.press("main form[method=post] button[type=submit]")
    kari.reload_until("a[href$='/publish/']")
    kari.follow("/publish/")
    kari.press("main form[method=post] button[type=submit]")


def approve(approver: Walker) -> None:
    """Open the proposal of Bodø and Lubny and approve it without a conflict of interest."""
    approver.follow("/desk/")
    approver.follow("/desk/matching/proposal/")
    approver.search("Bodø")
    approver.press("#result_list tbody th a")
    approver.follow("/approve/")
    approver.page.locator("main [name=no_conflict]").check()
    approver.press("main form[method=post] button[type=submit]")


def keep(kari: Walker) -> None:
    """When both sides are introduced, Kari records the two dates and both sides' consents."""
    kari.follow("/desk/")
    kari.follow("/desk/matching/agreement/")
    kari.search("Bodø")
    kari.press("#result_list tbody th a")
    kari.reload_until("[data-state=introduced]")
    for kind in ("no_decision", "signature"):
        kari.follow("/milestone/")
        kari.choose("kind", kind)
        kari.type("on", timezone.localdate().strftime("%d.%m.%Y"))
        kari.type("source", "Demo: minutes")
        kari.press("main form[method=post] button[type=submit]")
    for side in ("no", "ua"):
        kari.follow("/consent/")
        kari.choose("side", side)
        kari.type("given_on", timezone.localdate().strftime("%d.%m.%Y"))
        kari.type("given_by", "Mayor's office")
        kari.press("main form[method=post] button[type=submit]")


def figures(browser: Browser, origin: str) -> list[str]:
    """Return the rows of the public list of partnerships that name Bodø."""
    reader = Walker.enter(browser, origin)
    reader.follow("/partnerskap/")
    rows = reader.page.locator("main table tr", has_text="Bodø").all_inner_texts()
    done(reader)
    return rows


def done(walker: Walker) -> None:
    """Leave, after a walk on which no page did anything wrong."""
    assert walker.watched.wrong == []
    walker.watched.context.close()

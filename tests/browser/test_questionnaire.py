"""The questionnaire in a browser: with and without JavaScript, by keyboard alone, on a bad line, and what it weighs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.watch import Watched, barriers, overflow
from tests.journeys import walk

Visit = Callable[..., Watched]
FORM_PAGES = (
    "contact",
    "anchoring",
    "offers",
    "horizon",
    "capacity",
    "languages",
    "existing",
    "refugees",
    "notes",
)
WITH_ERRORS = {"contact": "contact_name", "anchoring": "", "offers": "", "capacity": "capacity", "scope": ""}
OWN_SCRIPTS = 30 * 1024
COLD, WARM, REQUESTS = 100 * 1024, 15 * 1024, 10


def open_page(visit: Visit, page: str, **options: Any) -> Page:
    """Open a page of the questionnaire as Mona, in English."""
    watched = visit("N", **options)
    watched.context.add_cookies([{"name": "language", "value": "en", "url": watched.origin}])
    return watched.open(f"/skjema/side/{page}/")


def ask_for_link(visit: Visit, **options: Any) -> walk.Walker:
    """Bindal, which has not answered yet, asks for a link on the page for it."""
    watched = visit("-", **options)
    return walk.Walker(watched, watched.open("/meld-interesse/"))


def open_mailed_link(walker: walk.Walker) -> None:
    """Open the link that was mailed last, as somebody does who reads the mail."""
    walker.follow("/demo/mail/")
    walker.press("main a[href*='/demo/mail/']")
    walker.press("main a[href*='/lenke/']")


def test_f26_whole_journey_without_javascript(visit: Visit) -> None:
    bindal = ask_for_link(visit, java_script_enabled=False)
    bindal.page.locator("main select[name=municipality]").select_option("1811")
    bindal.type("email", "mona@bindal.example")
    bindal.press("main form button[type=submit]")
    open_mailed_link(bindal)
    bindal.press()
    bindal.press("main a[href*='/skjema/side/']")

    walk.fill_pages(bindal)
    bindal.page.locator("main form input[type=checkbox]").first.check()
    bindal.press()

    assert bindal.page.url.endswith("/skjema/kvittering/")
    assert re.search(r"\b[0-9A-Z]{2,}-?[0-9A-Z]+\b", bindal.page.locator("main .reference").inner_text())


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until the focus is on what is meant, as somebody without a mouse does."""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{page.url}: the keyboard never reached {selector}")


def press_enter(page: Page) -> None:
    """Press Enter and wait for the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


@dataclass
class Keyboard:
    """Fills a page with the keyboard alone: the answers are those of the walk."""

    page: Page
    typed: list[str] = field(default_factory=list)

    def type(self, name: str, text: str) -> None:
        """Go to a field and write."""
        tab_to(self.page, f"main [name='{name}']")
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, name: str, value: str) -> None:
        """Go to a group and choose: Space for a checkbox, arrows for radios."""
        wanted = f"main input[name='{name}'][value='{value}'], main input[type=checkbox][name='{name}']:not([value])"
        box = self.page.locator(wanted).first
        if box.is_checked():
            return
        if box.get_attribute("type") == "checkbox":
            tab_to(self.page, wanted)
            self.page.keyboard.press("Space")
        else:
            tab_to(self.page, f"main input[type=radio][name='{name}']")
            self.page.keyboard.press("Space")
            for _press in range(10):
                if box.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        expect(box).to_be_checked()


def test_f26_whole_journey_by_keyboard_alone(visit: Visit) -> None:
    bindal = ask_for_link(visit)
    page = bindal.page
    tab_to(page, "[role=combobox]")
    page.keyboard.type("bind")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab_to(page, "main [name=email]")
    page.keyboard.type("ola@bindal.example")
    press_enter(page)
    open_mailed_link(bindal)
    tab_to(page, "main form button")
    press_enter(page)
    assert page.url.endswith("/skjema/")
    tab_to(page, "main a[href*='/skjema/side/contact/']")
    press_enter(page)

    for _step in range(60):
        if page.url.endswith("/skjema/kontroller/"):
            break
        if page.url.endswith("/skjema/"):
            left = "main li:has(.ds-tag) a[href*='/skjema/side/']"
            tab_to(page, left if page.locator(left).count() else "main a[href$='/skjema/kontroller/']")
        else:
            walk.fill_page(Keyboard(page))  # type: ignore[arg-type]  # it has the two methods that filling needs
            tab_to(page, "main button[name=go][value=next]")
        press_enter(page)
    tab_to(page, "main input[type=checkbox]")
    page.keyboard.press("Space")
    tab_to(page, "main form button[type=submit]")
    press_enter(page)

    assert page.url.endswith("/skjema/kvittering/")


def test_enter_in_a_field_is_next_step_and_not_the_first_button_of_the_header(visit: Visit) -> None:
    page = open_page(visit, "capacity")
    page.locator("[name=capacity]").fill("2")
    page.locator("[name=capacity]").press("Enter")

    expect(page).to_have_url(re.compile("/skjema/side/travel/"))
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("typed", ["bodo", "BODØ", "1804", "Bod"])
def test_f04_municipality_is_found_as_people_write_it_and_its_code_is_posted(
    visit: Visit, typed: str
) -> None:
    page = visit("-").open("/meld-interesse/")
    field = page.get_by_role("combobox")
    field.fill(typed)
    expect(page.get_by_role("option").first).to_contain_text("Bodø")
    assert barriers(page) == []

    field.press("Enter")

    expect(field).to_have_value("Bodø")
    assert page.locator("select[name=municipality]").evaluate("select => select.value") == "1804"


def test_f04_what_is_no_municipality_is_not_posted_and_the_error_leads_to_the_field(visit: Visit) -> None:
    page = visit("-").open("/meld-interesse/")
    page.get_by_role("combobox").fill("Atlantis")
    page.locator("main form button[type=submit]").last.click()

    page.locator(".ds-error-summary a").first.click()
    expect(page.get_by_role("combobox")).to_be_focused()


def test_f08_draft_is_saved_on_leaving_the_field_and_said_so(visit: Visit) -> None:
    page = open_page(visit, "notes")
    page.locator("textarea").fill("Saved by itself")
    page.locator("textarea").blur()

    expect(page.get_by_role("status")).to_have_text(re.compile(r"^Draft saved at \d\d\.\d\d$"))
    page.reload()
    expect(page.locator("textarea")).to_have_value("Saved by itself")


def test_f08_bad_line_warns_and_keeps_the_text(visit: Visit) -> None:
    page = open_page(visit, "notes")
    page.context.set_offline(True)
    page.locator("textarea").fill("Written in a tunnel")
    page.locator("textarea").blur()

    expect(page.get_by_role("status")).to_contain_text("could not be saved just now")
    expect(page.locator("textarea")).to_have_value("Written in a tunnel")
    page.context.set_offline(False)
    page.locator("textarea").press_sequentially(".")
    page.locator("textarea").blur()
    expect(page.get_by_role("status")).to_contain_text("Draft saved at")


def test_f10_warning_comes_five_minutes_before_the_end_and_one_button_extends(visit: Visit) -> None:
    watched = visit("N")
    watched.context.add_cookies([{"name": "language", "value": "en", "url": watched.origin}])
    page = watched.context.new_page()
    page.clock.install()
    page.goto(f"{watched.origin}/skjema/side/notes/")

    page.clock.fast_forward("19:40:00")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.clock.fast_forward("00:15:01")
    expect(page.get_by_role("alertdialog", name="Do you want to stay signed in?")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Stay signed in").press("Enter")
    expect(page.get_by_role("alertdialog")).to_have_count(0)


def test_f11_follow_up_unfolds_under_its_choice_hides_keeps_and_is_submitted(visit: Visit) -> None:
    page = open_page(visit, "existing")
    yes, no = (
        page.locator("[name=existing_contact][value=yes]"),
        page.locator("[name=existing_contact][value=no]"),
    )
    places, text = (
        page.get_by_label("Ukrainian municipalities"),
        page.get_by_label("What kind of contact is it?"),
    )
    no.check()
    expect(places).to_be_hidden()
    yes.check()
    expect(places).to_be_visible()
    assert barriers(page) == []
    text.fill("We met in 2019")
    no.check()
    expect(text).to_be_hidden()
    page.locator("main button[value=next]").click()
    expect(page).to_have_url(re.compile("/skjema/side/refugees/"))

    page.locator("main button[value=previous]").click()
    yes.check()
    expect(text).to_have_value("We met in 2019")
    page.locator("main button[value=next]").click()

    expect(page).to_have_url(re.compile("/skjema/side/refugees/"))
    page.goto(page.url.replace("/side/refugees/", "/kontroller/"))
    expect(page.locator("main")).to_contain_text("We met in 2019")


def test_f11_keyboard_meets_the_follow_up_after_its_choice_and_only_when_it_is_open(visit: Visit) -> None:
    page = open_page(visit, "horizon")
    short, long = page.locator("[name=horizons][value=short]"), page.locator("[name=horizons][value=long]")
    short.uncheck()
    expect(short).to_have_attribute("aria-expanded", "false")
    short.press("Tab")
    expect(long).to_be_focused()

    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(short).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.name") == "short_term_capacity"
    assert page.locator(f"#{short.get_attribute('aria-controls')}").locator(":focus").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_f11_error_in_a_follow_up_is_led_to_and_fits_a_narrow_screen(visit: Visit, scheme: str) -> None:
    page = open_page(visit, "existing", color_scheme=scheme, viewport={"width": 320, "height": 640})
    page.locator("[name=existing_contact][value=yes]").check()
    page.get_by_label("Ukrainian municipalities").fill("Atlantis")
    page.locator("main button[value=next]").click()

    expect(page.locator(".ds-error-summary")).to_be_focused()
    assert (barriers(page), overflow(page) <= 0) == ([], True)
    page.locator(".ds-error-summary a").click()
    expect(page.get_by_label("Ukrainian municipalities")).to_be_focused()
    page.get_by_label("Ukrainian municipalities").fill("")
    page.locator("main button[value=next]").click()
    expect(page).to_have_url(re.compile("/skjema/side/"))


def test_f11_without_javascript_the_follow_up_is_on_the_next_page(visit: Visit) -> None:
    page = open_page(visit, "horizon", java_script_enabled=False)
    page.locator("[name=horizons][value=short]").check()
    assert page.locator("[name=short_term_capacity]").count() == 0

    page.locator("main button[value=next]").click()

    expect(page).to_have_url(re.compile("/skjema/side/short-term/"))
    page.locator("main button[value=next]").click()
    page.locator("main button[value=previous]").click()
    expect(page).to_have_url(re.compile("/skjema/side/short-term/"))


def test_f17_counter_counts_as_the_server_does(visit: Visit) -> None:
    page = open_page(visit, "notes")
    area, counter = page.locator("textarea"), page.locator(".draft-counter")

    area.fill("a\n😀")
    expect(counter).to_have_text("1,997 characters left")
    area.fill("x" * 2003)
    expect(counter).to_have_text("3 characters too many")


def test_f28_language_buttons_keep_the_page_and_what_is_written(visit: Visit) -> None:
    page = open_page(visit, "notes")
    page.locator("textarea").fill("Not saved yet")
    page.get_by_role("button", name="Nynorsk").click()

    expect(page.locator("html")).to_have_attribute("lang", "nn")
    expect(page).to_have_url(re.compile("/skjema/side/notes/$"))
    expect(page.locator("textarea")).to_have_value("Not saved yet")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", WITH_ERRORS)
def test_f15_page_with_errors_has_no_barrier_and_fits(visit: Visit, page: str, scheme: str) -> None:
    shown = open_page(visit, page, color_scheme=scheme)
    if WITH_ERRORS[page]:
        shown.locator(f"[name={WITH_ERRORS[page]}]").fill("")
    # Radios cannot be taken back by hand: the page is sent empty, as on a first visit.
    shown.evaluate(
        "document.querySelectorAll('main input:checked').forEach(input => { input.checked = false })"
    )
    shown.locator("main button[name=go][value=next]").click()

    expect(shown.locator(".ds-error-summary")).to_be_focused()
    assert shown.title().startswith("Error:")
    assert barriers(shown) == []
    assert overflow(shown) <= 0


def test_f27_zoom_of_400_percent_and_large_text_need_no_sideways_scroll(visit: Visit) -> None:
    page = open_page(visit, "offers", viewport={"width": 320, "height": 256})

    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    small = page.evaluate("""[...document.querySelectorAll('main button, main input:not([type=hidden], .ds-sr-only)')]
        .map(one => (one.labels?.[0] ?? one).getBoundingClientRect()).filter(box => box.height && box.height < 24).length""")
    assert small == 0


def test_f01_all_questions_print_on_four_sheets(visit: Visit) -> None:
    page = visit("-").open("/skjema/alle-sporsmal/")

    sheets = re.findall(rb"/Type ?/Page\b(?!s)", page.pdf(format="A4"))

    assert 1 <= len(sheets) <= 4


@pytest.mark.parametrize("page", FORM_PAGES)
def test_step_weighs_at_most_100_kib_cold_and_15_warm(visit: Visit, page: str) -> None:
    watched = visit("N")
    tab = watched.context.new_page()
    line = watched.context.new_cdp_session(tab)
    line.send("Network.enable")
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}
    line.on(
        "Network.responseReceived", lambda told: urls.update({told["requestId"]: told["response"]["url"]})
    )
    line.on(
        "Network.loadingFinished",
        lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])}),
    )

    tab.goto(f"{watched.origin}/skjema/side/{page}/", wait_until="networkidle")
    cold = {key: size for key, size in sizes.items() if not urls.get(key, "").startswith("data:")}
    scripts = sum(size for key, size in cold.items() if urls[key].endswith(".js"))
    sizes.clear()
    tab.goto(f"{watched.origin}/skjema/side/{page}/", wait_until="networkidle")

    assert (sum(cold.values()) <= COLD, len(cold) <= REQUESTS, 0 < scripts <= OWN_SCRIPTS) == (
        True,
        True,
        True,
    ), (cold, urls)
    assert 0 < sum(sizes.values()) <= WARM

"""A page is watched while it is used: what it logs, what its policy blocks, what it asks of others, what axe finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request

# Each new context is a window to Chromium, which loads two pages of its own for the popup of the address bar: they took more
# than the portal's page. The last list counts, so what Playwright turns off is said again.
NOT_WANTED = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying",
    "OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning",
)  # fmt: skip
# Chromium asks for services of its maker unless told not to; --no-sandbox lets it run as root.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", f"--disable-features={','.join(NOT_WANTED)}",
]  # fmt: skip
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation",
    event => console.error(`blocked by policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"""
# `preload` would make axe fetch style sheets into inline ones, which the policy rightly blocks.
AXE = {
    "preload": False,
    "resultTypes": ["violations"],
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
}
NARROW = {"width": 320, "height": 640}


@dataclass
class Watched:
    """A browser context of one person, and everything wrong that its pages did."""

    context: BrowserContext
    origin: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(TELL_VIOLATIONS)
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.wrong.append(f"page error: {error.error}"))
        self.context.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        """Note errors and warnings; that a page answered 4xx on purpose is not one."""
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        """Note requests to anybody else, and files of our own that are not there."""
        if not request.url.startswith((self.origin, "data:")):
            self.wrong.append(f"asked elsewhere: {request.url}")

    def open(self, path: str) -> Page:
        """Open a path in a new page; note every file of it that did not come."""
        page = self.context.new_page()
        page.on("response", lambda answer: self._missing(page, answer.url, answer.status))
        page.goto(self.origin + path, wait_until="load")
        return page

    def _missing(self, page: Page, url: str, status: int) -> None:
        if status >= 400 and url.startswith((f"{self.origin}/static/", f"{self.origin}/favicon")):
            self.wrong.append(f"missing: {status} {url}")


def launch(playwright: Playwright, program: str) -> Browser:
    """Start the machine's own Chromium."""
    return playwright.chromium.launch(executable_path=program, args=FLAGS)


def person(browser: Browser, origin: str, cookies: dict[str, str] | None = None, **options: Any) -> Watched:
    """Return a watched context with somebody's cookies."""
    context = browser.new_context(**options)
    for name, value in (cookies or {}).items():
        context.add_cookies([{"name": name, "value": value, "url": origin}])
    return Watched(context, origin)


def barriers(page: Page) -> list[str]:
    """Return what axe finds, one line for each rule: id, how often, the first place."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{rule['id']} ×{len(rule['nodes'])}: {rule['nodes'][0]['html'][:200]}" for rule in found]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than a window of 320."""
    page.set_viewport_size({"width": NARROW["width"], "height": NARROW["height"]})
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

"""Measure the questionnaire: CPU of its largest pages against a bare form, and whole journeys by 32 visitors at once.

`python -m tests.bench.questionnaire` (about two minutes) starts a private PostgreSQL and Redis and the portal as
`make serve` runs it, and prints one line per figure with its limit; it ends with 1 when a limit is passed.
`cpu` and `journey` as an argument run one half.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg2

from tests.faults.served import SECRET, Postgres, Redis, served
from tests.services import ROOT, private_postgres, private_redis

VISITORS, WARMING = 32, 3
RATIO_LIMIT, SLOWEST_LIMIT = 6.0, 3.0
ROUNDS, ASKS = 9, 20
SAID_TOKEN = re.compile(r"/lenke/([\w-]{43})/")
PAGES = {
    "register": "/meld-interesse/", "themes": "/skjema/side/offers/", "oblasts": "/skjema/side/refugees/",
    "contact": "/skjema/side/contact/", "follow-up": "/skjema/side/existing/", "task list": "/skjema/", "check": "/skjema/kontroller/",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run what was asked for and return 1 when a limit is passed."""
    if arguments[:1] == ["--time"]:
        print(json.dumps(time_pages(arguments[1])))
        return 0
    with ExitStack() as stack:
        database = Postgres(stack.enter_context(private_postgres()))
        broker = Redis(stack.enter_context(private_redis()))
        portal = stack.enter_context(served(database, broker, 1))
        passed = []
        if "journey" not in arguments:
            passed.append(cpu(database.url, portal.visitors[0].session))
        if "cpu" not in arguments:
            import django

            os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
            django.setup()  # only to read the answers that the tests give
            passed.append(journeys(portal.origin, database.url))
    return 0 if all(passed) else 1


# --- CPU --------------------------------------------------------------------------------------------------------
def cpu(url: str, session: str) -> bool:
    """Time our pages and the bare form in turns, each in a process of its own on the same database."""
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": "",
        "PORTAL_MODE": "embedded",
        "DEMO": "0",
        "BENCH_SESSION": session,
        "SECRET_KEY": SECRET,
    }
    found: dict[str, list[float]] = {}
    for which in ("bare", "ours") * 3:
        command = [sys.executable, "-m", "tests.bench.questionnaire", "--time", which]
        done = subprocess.run(command, check=True, cwd=ROOT, env=env, capture_output=True, text=True)
        for name, seconds in json.loads(done.stdout.splitlines()[-1]).items():
            found.setdefault(name, []).append(seconds)
    bare = min(found.pop("bare"))
    print(f"bare five-field form page: {bare * 1000:.2f} ms of CPU")
    ratios = {name: min(times) / bare for name, times in found.items()}
    for name, ratio in sorted(ratios.items(), key=lambda item: -item[1]):
        print(
            f"{name:<12} {min(found[name]) * 1000:6.2f} ms of CPU, {ratio:4.1f} × bare (limit {RATIO_LIMIT:.0f})"
        )
    return max(ratios.values()) <= RATIO_LIMIT


def time_pages(which: str) -> dict[str, float]:
    """Return seconds of CPU per page: the median of several rounds, after a warming one."""
    client = bare_client() if which == "bare" else our_client()
    pages = {"bare": "/form/"} if which == "bare" else PAGES
    return {name: seconds_of(client, path) for name, path in pages.items()}


def seconds_of(client: Any, path: str) -> float:
    """Return the median CPU time of one GET."""
    assert client.get(path).status_code == 200, path
    times = []
    for _round in range(ROUNDS):
        start = time.process_time()
        for _ask in range(ASKS):
            client.get(path)
        times.append((time.process_time() - start) / ASKS)
    return statistics.median(times)


def our_client() -> Any:
    """Return a browser of a contact with a full draft, in the portal's own settings."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    django.setup()
    from django.test import Client

    client = Client(SERVER_NAME="localhost", HTTP_ACCEPT_ENCODING="gzip")
    client.cookies["sessionid"] = os.environ["BENCH_SESSION"]
    return client


def bare_client() -> Any:
    """Return a browser of a project as `startproject` makes it, with one form of five fields and its session read."""
    import django
    import environ
    from django import forms
    from django.conf import settings
    from django.http import HttpRequest, HttpResponse
    from django.shortcuts import render
    from django.urls import path

    middleware = (
        "security.SecurityMiddleware",
        "common.CommonMiddleware",
        "csrf.CsrfViewMiddleware",
        "clickjacking.XFrameOptionsMiddleware",
    )
    page = "<!DOCTYPE html><html><body><form method=post>{% csrf_token %}{{ form.as_p }}<button>Send</button></form></body></html>"
    loaders = [
        (
            "django.template.loaders.cached.Loader",
            [("django.template.loaders.locmem.Loader", {"form.html": page})],
        )
    ]
    processors = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"]
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DATABASES={"default": dict(environ.Env.db_url_config(os.environ["DATABASE_URL"]))},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        MIDDLEWARE=[
            *(f"django.middleware.{name}" for name in middleware),
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": loaders, "context_processors": processors},
            }
        ],
    )
    django.setup()

    class Bare(forms.Form):
        name = forms.CharField()
        email = forms.EmailField()
        count = forms.IntegerField()
        kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B"), ("c", "C")])
        text = forms.CharField(widget=forms.Textarea)

    def show(request: HttpRequest) -> HttpResponse:
        request.session.get("anything")
        return render(request, "form.html", {"form": Bare()})

    globals()["urlpatterns"] = [path("form/", show)]
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.cookies["sessionid"] = os.environ["BENCH_SESSION"]
    return client


# --- journeys ---------------------------------------------------------------------------------------------------
@dataclass
class Journey:
    """One visitor on the way from the start page to the receipt, over one kept connection, with the time of each step."""

    origin: str
    database: str
    number: str
    cookies: dict[str, str] = field(default_factory=lambda: {"language": "nb"})
    times: list[tuple[str, float]] = field(default_factory=list)
    line: http.client.HTTPConnection | None = None

    def ask(
        self, step: str, method: str, path: str, body: list[tuple[str, str]] | None = None
    ) -> tuple[int, str, str]:
        """Ask once, note how long it took, keep the cookies."""
        to = urlsplit(self.origin)
        line = self.line = self.line or http.client.HTTPConnection(str(to.hostname), to.port, timeout=60)
        head = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": self.origin,
        }
        if body is not None:
            head["Content-Type"] = "application/x-www-form-urlencoded"
            body = [("csrfmiddlewaretoken", self.cookies["csrftoken"]), *body]
        start = time.perf_counter()
        line.request(method, path, urlencode(body) if body is not None else None, head)
        answer = line.getresponse()
        page = answer.read().decode()
        self.times.append((step, time.perf_counter() - start))
        for crumb in answer.headers.get_all("Set-Cookie") or ():
            name, _is, value = crumb.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), page

    def go(self) -> str:
        """Walk the whole way; return what is wrong, or nothing."""
        email = f"mona@{self.host()}"
        self.ask("start", "GET", "/")
        self.ask("register", "GET", "/meld-interesse/")
        if (
            self.ask(
                "ask for link", "POST", "/meld-interesse/", [("municipality", self.number), ("email", email)]
            )[0]
            != 302
        ):
            return "no link was mailed"
        link = f"/lenke/{self.token(email)}/"
        self.ask("link", "GET", link)
        status, to, _page = self.ask("open link", "POST", link, [])
        for _step in range(60):
            if status != 302:
                return f"{status} before {to}"
            if to == "/skjema/":
                to = self.next_section()
            if to == "/skjema/kontroller/":
                break
            status, to = self.fill(to)
        self.ask("check", "GET", to)
        status, to, _page = self.ask("submit", "POST", to, [("declaration", "on")])
        if (status, to) != (302, "/skjema/kvittering/"):
            return f"not received: {status} {to}"
        return "" if self.ask("receipt", "GET", to)[0] == 200 else "no receipt"

    def next_section(self) -> str:
        """Open the task list and choose the first section that is not completed, else the check page."""
        page = self.ask("task list", "GET", "/skjema/")[2]
        left = re.findall(
            r'<li>\s*<a class="ds-link" href="(/skjema/side/[\w-]+/)"[^>]*>[^<]*</a>\s*<span class="ds-tag"',
            page,
        )
        return left[0] if left else "/skjema/kontroller/"

    def fill(self, address: str) -> tuple[int, str]:
        """Open a page and answer it."""
        from tests.municipalities.answers import ANSWERS, MONA

        answers = {**ANSWERS, **MONA, "contact_email": f"mona@{self.host()}"}
        page = self.ask("page", "GET", address)[2]
        form = page[page.index("data-questionnaire") :]
        names = dict.fromkeys(re.findall(r'name="([a-z]\w*)"', form))
        body = [
            (name, value)
            for name, value in re.findall(r'type="hidden" name="(seen|was|for)" value="([^"]*)"', form)
        ]
        for name in names:
            value = answers.get(name, "")
            body += [(name, one) for one in (value if isinstance(value, list) else [value]) if one]
        status, to, _page = self.ask("step", "POST", address, [*body, ("go", "next")])
        return status, to

    def host(self) -> str:
        """Return the mail domain of the municipality."""
        site = rows(
            self.database, "SELECT website FROM municipalities_municipality WHERE number = %s", self.number
        )[0][0]
        return str(urlsplit(site).hostname).removeprefix("www.")

    def token(self, email: str) -> str:
        """Return the token mailed to an address."""
        mail = rows(
            self.database, 'SELECT message FROM post_office_email WHERE "to" = %s ORDER BY id DESC', email
        )[0][0]
        found = SAID_TOKEN.search(mail)
        assert found is not None
        return found[1]


def journeys(origin: str, database: str) -> bool:
    """Let 32 visitors go the whole way at once, and print failures, the median step and the slowest step's p95."""
    query = "SELECT number FROM municipalities_municipality WHERE website LIKE 'https://www.%%.kommune.no%%' ORDER BY number DESC LIMIT %s"
    numbers = [row[0] for row in rows(database, query, VISITORS)]
    walkers = [Journey(origin, database, number) for number in numbers]
    warm = [Journey(origin, database, row[0]) for row in rows(database, query, VISITORS + WARMING)[VISITORS:]]
    for one in warm:  # each process of the server has compiled its templates once when the crowd comes
        said, took = one.go(), sum(seconds for _step, seconds in one.times)
        print(f"one visitor alone: {said or 'received'}, {took:.1f} s, {len(one.times)} requests")
    start = time.perf_counter()
    with ThreadPoolExecutor(VISITORS) as crowd:
        wrong = [said for said in crowd.map(Journey.go, walkers) if said]
    took = time.perf_counter() - start
    by_step: dict[str, list[float]] = {}
    for walker in walkers:
        for step, seconds in walker.times:
            by_step.setdefault(step, []).append(seconds)
    median = statistics.median(seconds for times in by_step.values() for seconds in times)
    stored = rows(database, "SELECT count(*) FROM municipalities_responseversion")[0][0]
    print(f"{VISITORS} at once: {len(wrong)} failures {wrong[:3]}, {stored} versions stored, {took:.1f} s")
    for step, times in by_step.items():
        print(
            f"  {step:<13} n {len(times):4}  median {statistics.median(times) * 1000:6.0f} ms  p95 {p95(times) * 1000:6.0f} ms"
        )
    slowest = max(by_step, key=lambda step: p95(by_step[step]))
    ratio = p95(by_step[slowest]) / median
    print(
        f"median step {median * 1000:.0f} ms; slowest step: {slowest}, p95 = {ratio:.2f} × median (limit {SLOWEST_LIMIT:.0f})"
    )
    return not wrong and stored == VISITORS + WARMING and ratio <= SLOWEST_LIMIT


def p95(times: list[float]) -> float:
    """Return the time that 95 of 100 stay under."""
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


def rows(database: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return what the database says."""
    line = psycopg2.connect(database)
    try:
        with line.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())
    finally:
        line.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

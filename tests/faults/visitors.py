"""Municipal contacts who have filled in everything but the declaration, in a served portal's database.

`python -m tests.faults.visitors NUMBER` (environment of the service) makes them and prints, as JSON, each one's session
cookie and reference. It runs in a process of its own, for the test's process has another database open.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

CHECK = "/skjema/kontroller/"
RECEIPT = "/skjema/kvittering/"


@dataclass
class Visitor:
    """One contact's browser: it keeps its session, asks, and sends the same form again when told to."""

    origin: str
    session: str
    reference: str
    answers: list[tuple[int, str]] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, where to, and the page; 0 when nobody answered."""
        to = urlsplit(self.origin)
        sent = {
            "Cookie": f"sessionid={self.session}; csrftoken={'c' * 32}; language=en",
            "Origin": self.origin,
        }
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        line = http.client.HTTPConnection(str(to.hostname), to.port, timeout=20)
        try:
            line.request(method, path, urlencode(body) if body is not None else None, sent)
            answer = line.getresponse()
            page = answer.read().decode()
        except OSError:
            return 0, "", ""
        finally:
            line.close()
        return answer.status, answer.headers.get("Location", ""), page

    def submit(self) -> bool:
        """Send the declaration once; say whether the portal led to the receipt."""
        status, to, page = self.ask("POST", CHECK, {"declaration": "on", "csrfmiddlewaretoken": "c" * 32})
        self.answers.append((status, to))
        self.pages.append(page)
        return (status, to) == (302, RECEIPT)

    def submit_until_received(self, patience: float) -> None:
        """Send the same form again, as somebody does who is told to try once more, until the receipt comes."""
        until = time.monotonic() + patience
        while not self.submit() and time.monotonic() < until:
            time.sleep(0.4)

    def write(self, page: str, values: dict[str, str]) -> tuple[int, str]:
        """Open a page of the questionnaire and save it; return status and where to."""
        address = f"/skjema/side/{page}/"
        shown = self.ask("GET", address)[2]
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
        status, to, _page = self.ask(
            "POST", address, {**hidden, "csrfmiddlewaretoken": "c" * 32, "go": "next", **values}
        )
        return status, to


def make(number: int) -> list[dict[str, str]]:
    """Make the visitors: contact, opened link, session, and a full draft."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from kommunesamarbeid.core.roles import Actor
    from municipalities.models import ContactPerson, Municipality
    from municipalities.questionnaire.structure import all_pages
    from municipalities.responses.drafts import save_draft, start_response
    from tests.municipalities.answers import ANSWERS, MONA
    from tests.places import round_open
    from tests.world import link_for

    made, now = [], timezone.now()
    for party in Municipality.objects.filter(kind="municipality").order_by("number")[:number]:
        mona = ContactPerson.objects.create(
            municipality=party, email=f"mona@m{party.number}.example", created_at=now
        )
        link, by = link_for(mona), Actor.contact(mona.pk)
        response = start_response(municipality=party, round=round_open(), contact=mona, by=by, at=now)
        values: dict[str, Any] = {**ANSWERS, **MONA, "contact_email": mona.email}
        values["saved"] = [page.key for _section, page in all_pages(values)]
        save_draft(response=response, values=values, by=by, at=now, seen_number=0)
        store = SessionStore()
        store["access"] = {"active": link.pk, "links": [link.pk], "seen": int(now.timestamp())}
        store.create()
        made.append({"session": str(store.session_key), "reference": response.reference})
    return made


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    django.setup()
    print(json.dumps(make(int(sys.argv[1]))))

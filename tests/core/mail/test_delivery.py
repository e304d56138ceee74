"""A mail comes out once and by its own number, a refused one is tried again and given up, and a server that is away costs none."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from post_office.models import STATUS, Email
from pytest_django.fixtures import Settings

from kommunesamarbeid.core.mail import delivery
from kommunesamarbeid.core.mail.letters import LETTERS
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.tasks import flush_mail, purge
from tests.mail_server import MailServer, mail_server
from tests.people import NOW, make_user
from tests.services import free_port

pytestmark = pytest.mark.django_db
SMTP = "django.core.mail.backends.smtp.EmailBackend"
MISSING = "kommunesamarbeid.core.mail.transport.MissingTransport"


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """A mail server that the portal is told to use."""
    with mail_server() as running:
        use(settings, SMTP, running.port)
        yield running


def use(settings: Settings, backend: str, port: int = 0) -> None:
    settings.POST_OFFICE = {**settings.POST_OFFICE, "BACKENDS": {"default": backend}}
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 1


def queue(*names: str) -> None:
    """Queue a mail to each."""
    to = [Recipient("contact", 7, f"{name}@bodo.example", "nb") for name in names]
    queue_mails(
        [("link", recipient) for recipient in to],
        case_reference="NO-1",
        at=NOW,
        context=LETTERS["link"].sample,
    )


def states() -> list[int]:
    return list(Email.objects.order_by("pk").values_list("status", flat=True))


def standing() -> delivery.Standing:
    return delivery.standing(at=timezone.now())


def test_mails_come_out_once_each_by_a_number_of_its_own(server: MailServer) -> None:
    queue("mona", "kari", "guro")
    flush_mail()
    flush_mail()
    assert [mail["To"] for mail in server.mails] == [
        "mona@bodo.example",
        "kari@bodo.example",
        "guro@bodo.example",
    ]
    assert [mail["Message-ID"] for mail in server.mails] == list(
        Email.objects.order_by("pk").values_list("message_id", flat=True)
    )
    assert [number.endswith("@kommunesamarbeid.example>") for number in server.times] == [True] * 3
    assert (states(), [mail.logs.count() for mail in Email.objects.all()]) == ([STATUS.sent] * 3, [1] * 3)


def test_a_lock_file_from_before_stops_nothing(
    server: MailServer, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "1.lock").write_text(str(os.getppid()), encoding="ascii")
    (tmp_path / "post_office.lock").symlink_to(tmp_path / "1.lock")
    queue("mona")
    flush_mail()
    assert len(server.mails) == 1


def test_a_refused_address_is_tried_for_hours_and_given_up_while_the_others_come_out(
    server: MailServer,
) -> None:
    server.on_recipient = lambda address: "450 come later" if address.startswith("mona") else "250 ok"
    queue("mona", "kari")
    begun = at = timezone.now()
    assert delivery.send_due(at=at) == 1
    tries = 1
    while (mona := Email.objects.get(to="mona@bodo.example")).status != STATUS.failed:
        at = mona.scheduled_time
        delivery.send_due(at=at - timedelta(seconds=1))
        delivery.send_due(at=at)
        tries += 1
    assert (tries, mona.logs.count(), timedelta(hours=8) < at - begun < timedelta(hours=9)) == (21, 21, True)
    assert "450" in mona.logs.all()[0].message
    assert len(server.mails) == 1


def test_a_server_that_is_away_costs_no_mail_a_try_and_is_told_at_once(settings: Settings) -> None:
    use(settings, SMTP, free_port())
    queue("mona", "kari")
    flush_mail()
    assert (states(), standing().due, standing().is_still) == ([STATUS.queued] * 2, 2, True)
    assert set(Email.objects.values_list("number_of_retries", "scheduled_time")) == {(None, None)}
    with mail_server() as back:
        use(settings, SMTP, back.port)
        flush_mail()
        assert len(back.mails) == 2
    assert (standing().due, standing().is_still) == (0, False)


def test_where_no_transport_is_chosen_mail_stays(settings: Settings) -> None:
    use(settings, MISSING)
    queue("mona")
    flush_mail()
    assert (states(), standing().is_still) == ([STATUS.queued], True)


def test_a_server_that_says_nothing_is_left_after_the_timeout(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use(settings, SMTP, silent.getsockname()[1])
        queue("mona", "kari")
        begun = time.monotonic()
        flush_mail()
        assert (time.monotonic() - begun < 5, states(), standing().is_still) == (
            True,
            [STATUS.queued] * 2,
            True,
        )


def test_a_mail_on_which_the_server_breaks_off_lets_the_others_go_first(server: MailServer) -> None:
    def break_off(mail: Any) -> str:
        if mail["To"].startswith("mona"):
            raise ConnectionAbortedError
        return "250 taken"

    server.on_mail = break_off
    queue("mona", "kari")
    flush_mail()
    assert (states(), len(server.mails)) == ([STATUS.requeued, STATUS.queued], 1)
    flush_mail()
    assert (states(), standing().refused, standing().is_still) == ([STATUS.requeued, STATUS.sent], 1, False)


@pytest.mark.parametrize(("names", "statements"), [(("mona",), 4 + 1), (("mona", "kari", "guro"), 3 * 4 + 1)])
def test_a_mail_costs_four_statements_and_a_round_one_more(
    server: MailServer, names: tuple[str, ...], statements: int
) -> None:
    queue(*names)
    with CaptureQueriesContext(connection) as captured:
        delivery.send_due(at=timezone.now())
    assert len([query for query in captured if '"post_office_' in query["sql"]]) == statements


def test_what_is_still_to_be_sent_is_never_erased(settings: Settings) -> None:
    settings.DEMO = False
    queue("mona", "kari", "guro")
    Email.objects.update(created=timezone.now() - timedelta(days=31))
    Email.objects.filter(to="kari@bodo.example").update(status=STATUS.sent)
    Email.objects.filter(to="guro@bodo.example").update(status=STATUS.failed)
    purge()
    assert [mail.to for mail in Email.objects.all()] == [["mona@bodo.example"]]


def waited(minutes: int) -> datetime:
    """Let all queued mails have waited; return since when."""
    since = timezone.now() - timedelta(minutes=minutes)
    Email.objects.update(created=since)
    return since


@pytest.mark.parametrize(("minutes", "state"), [(4, "working"), (6, "degraded")])
def test_readyz_tells_how_long_the_oldest_mail_waits(client: Client, minutes: int, state: str) -> None:
    queue("mona", "kari")
    waited(minutes)
    readiness = client.get("/readyz").json()
    assert (readiness["mail"], readiness["mail_due"], readiness["mail_oldest_seconds"] // 60) == (
        state,
        2,
        minutes,
    )


@pytest.mark.parametrize(("who", "sees"), [("kari", True), ("astrid", True), ("andrij", False)])
def test_the_desk_tells_everybody_in_ks_that_mail_stands_still(who: str, sees: bool) -> None:
    queue("mona", "kari")
    waited(6)
    client = Client()
    client.force_login(make_user(who))
    shown = [block.template for block in client.get(reverse("admin:index")).context["blocks"]]
    assert ("admin/mail_standing.html" in shown) is sees

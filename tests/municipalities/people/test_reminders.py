"""Mails nobody presses a button for (M-01), and the address one leaves while registration is closed (F-30)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from kommunesamarbeid.core.models import AuditEvent, MailRecord
from municipalities.models import ContactPerson, Response, Round
from municipalities.people.notices import (
    NoSuchNotice,
    ask_for_notice,
    end_notice,
    find_notice,
    notice_token,
    send_notices,
)
from municipalities.people.reminders import remind
from municipalities.responses.responses import withdraw_response
from municipalities.tasks import send_reminders
from tests.municipalities.answers import begun_response, contact, submitted_response
from tests.people import NOW, actor
from tests.places import municipality, round_open

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ADDRESS = "ny@bodo.kommune.no"


def sent(template: str) -> int:
    """Return how many mails of a template were written."""
    return MailRecord.objects.filter(template=template).count()


def closes(at: object) -> None:
    """Let the round close then."""
    Round.objects.update(closes_at=at)


@pytest.mark.parametrize(("days", "mails"), [(13.9, 0), (14.0, 1)])
def test_a_draft_untouched_for_fourteen_days_is_reminded_of(days: float, mails: int) -> None:
    begun_response()

    assert (remind(at=NOW + timedelta(days=days)), sent("draft_untouched")) == (mails, mails)


def test_a_reminder_is_sent_once_until_somebody_writes_again() -> None:
    response = begun_response()
    for days in (14, 15, 30):
        remind(at=NOW + timedelta(days=days))
    assert sent("draft_untouched") == 1

    Response.objects.filter(pk=response.pk).update(draft_saved_at=NOW + timedelta(days=31))
    remind(at=NOW + timedelta(days=45))

    assert sent("draft_untouched") == 2


def test_the_deadline_is_told_a_week_and_a_day_before_each_once() -> None:
    begun_response()
    end = NOW + timedelta(days=9)
    closes(end)

    told = [remind(at=end - timedelta(hours=hours)) for hours in (7 * 24 + 1, 7 * 24, 100, 24, 1, 0, -1)]

    assert (told, sent("deadline_week"), sent("deadline_day")) == ([0, 1, 0, 1, 0, 0, 0], 1, 1)


def test_only_who_has_a_draft_is_reminded() -> None:
    submitted_response("1804")
    withdrawn = begun_response("5501")
    withdraw_response(response=withdrawn, by=actor("kari"), at=NOW, reason="x")
    closes(NOW + timedelta(days=1))

    assert remind(at=NOW + timedelta(hours=2)) == 0


def test_l09_a_reminder_is_in_the_written_standard_with_a_reference_and_no_answer() -> None:
    response = begun_response("4621")

    remind(at=NOW + timedelta(days=14))

    letter = Email.objects.get()
    assert (letter.to, MailRecord.objects.get().language) == (["mona@voss.kommune.no"], "nn")
    assert (
        response.reference in letter.message,
        "Spesialpedagogikk" in letter.message,
        "/lenke/" in letter.message,
    ) == (
        True,
        False,
        False,
    )


def test_the_beat_task_sends_both_and_may_come_twice() -> None:
    begun_response()
    Response.objects.update(draft_saved_at=timezone.now() - timedelta(days=20))
    ask_for_notice(municipality=municipality(), email=ADDRESS, at=timezone.now())

    send_reminders()
    send_reminders()

    assert (sent("draft_untouched"), sent("round_open")) == (1, 1)


# --- told when registration opens ---------------------------------------------------------------------------


def test_f30_an_address_is_one_row_and_the_mail_says_how_to_take_it_off() -> None:
    for _time in range(2):
        ask_for_notice(municipality=municipality(), email=ADDRESS.upper(), at=NOW)

    person = ContactPerson.objects.get()
    assert (person.email, person.notice_asked_at, sent("notice_asked")) == (ADDRESS, NOW, 1)
    assert f"/varsle-meg/av/{notice_token(person)}/" in Email.objects.get().message


def test_f30_who_asked_is_told_once_when_it_opens_and_is_then_erased() -> None:
    ask_for_notice(municipality=municipality(), email=ADDRESS, at=NOW)
    assert send_notices(at=NOW) == 0
    round_open()

    assert [send_notices(at=NOW), send_notices(at=NOW)] == [1, 0]

    person = ContactPerson.objects.get()
    assert (person.email, person.erased_at, sent("round_open")) == ("", NOW, 1)
    assert ADDRESS not in str(list(AuditEvent.objects.values_list("data", flat=True)))


def test_f30_a_contact_of_a_case_is_told_and_not_erased() -> None:
    submitted_response()
    ask_for_notice(municipality=municipality(), email=contact().email, at=NOW)

    send_notices(at=NOW)

    assert (contact().erased_at, contact().notice_asked_at) == (None, None)


def test_f30_the_address_is_taken_off_and_erased_by_the_button_never_by_looking() -> None:
    ask_for_notice(municipality=municipality(), email=ADDRESS, at=NOW)
    token = notice_token(ContactPerson.objects.get())
    client = Client()

    client.get(f"/varsle-meg/av/{token}/")
    assert ContactPerson.objects.get().email == ADDRESS
    client.post(f"/varsle-meg/av/{token}/")

    assert ContactPerson.objects.get().email == ""
    with pytest.raises(NoSuchNotice):
        end_notice(token=token, at=NOW)


def test_f30_a_token_of_another_purpose_takes_nobody_off() -> None:
    ask_for_notice(municipality=municipality(), email=ADDRESS, at=NOW)

    for token in ("", "x", signing.dumps(ContactPerson.objects.get().pk)):
        with pytest.raises(NoSuchNotice):
            find_notice(token)


def test_f30_the_closed_page_leads_to_the_sign_up_and_to_ks() -> None:
    round_open()
    Round.objects.update(closes_at=timezone.now() - timedelta(days=1))
    client = Client()

    page = client.get("/meld-interesse/").content.decode()
    municipality()
    answer = client.post("/varsle-meg/", {"municipality": "1804", "email": ADDRESS})

    assert ['href="/varsle-meg/"' in page, 'href="/om-ordningen/#kontakt"' in page] == [True, True]
    assert (answer["Location"], ContactPerson.objects.get().email) == ("/varsle-meg/notert/", ADDRESS)


def test_f32_the_sign_up_is_limited_and_has_a_trap_for_machines() -> None:
    municipality()
    client = Client()
    form = {"municipality": "1804", "email": ADDRESS}

    trapped = client.post("/varsle-meg/", {**form, "website": "x"})
    answers = [client.post("/varsle-meg/", form).status_code for _time in range(7)]

    assert (trapped["Location"], answers[-1]) == ("/varsle-meg/notert/", 429)
    assert [
        client.post("/varsle-meg/", {"municipality": "9", "email": "x"}).status_code,
        sent("notice_asked"),
    ] == [422, 1]

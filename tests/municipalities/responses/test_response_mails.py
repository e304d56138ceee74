"""KS hears of submitted answers at once, once a day or never: a reference or a number, and a link (F-22)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from post_office.models import Email

from kommunesamarbeid.core.accounts.staff import choose_response_mails
from kommunesamarbeid.core.models import AuditEvent, MailRecord, User
from kommunesamarbeid.core.roles import Actor
from municipalities.responses.response_mails import DAY, MORNING, SETTLED, send_digest, send_digests
from municipalities.responses.responses import save_draft, submit_response
from municipalities.tasks import tell_of_responses
from tests.desk import desk
from tests.municipalities.answers import contact, submitted_response
from tests.people import NOW, actor, staff

pytestmark = pytest.mark.django_db
SETTINGS = "/desk/settings/"
NAMES = ("Mona", "Bodø", "Spesialpedagogikk", "bodo.kommune.no", "education")


@pytest.fixture
def kari() -> User:
    """Kari, who was told this morning of what had come until then."""
    choose_response_mails(choice="off", by=actor("kari"), at=NOW - DAY)
    choose_response_mails(choice="daily", by=actor("kari"), at=NOW - timedelta(hours=2))
    return staff("kari")


def change_answers(number: str, at: datetime) -> None:
    """Submit a municipality's answers again with something changed."""
    response = submitted_response(number).response
    by = Actor.contact(contact(number).pk)
    values = {"notes": f"Changed {at}", "capacity": "2"}
    save_draft(response=response, values=values, by=by, at=at, seen_number=response.draft_number)
    submit_response(response=response, by=by, at=at, language="nb")


def digests() -> list[tuple[int | None, str]]:
    """Return who got a daily mail, and its subject."""
    found = MailRecord.objects.filter(template="response_digest").select_related("email").order_by("pk")
    return [(one.recipient_id, one.email.subject if one.email else "") for one in found]


def test_f22_daily_mail_counts_municipalities_since_the_last_one(kari: User) -> None:
    change_answers("1804", NOW + timedelta(hours=1))
    submitted_response("1811")

    assert send_digests(at=NOW + DAY) == 1
    assert digests() == [(kari.pk, "2 svar sendt inn eller endret")]

    change_answers("5501", NOW + DAY)
    assert send_digests(at=NOW + 2 * DAY) == 1
    assert digests()[1:] == [(kari.pk, "1 svar sendt inn eller endret")]


def test_f22_daily_mail_is_a_number_and_one_link_in_the_persons_language(kari: User) -> None:
    User.objects.filter(pk=kari.pk).update(language="uk")
    submitted_response()
    send_digests(at=NOW + DAY)

    mail = Email.objects.get(to__contains=kari.email)

    assert mail.subject == "1 відповідь надіслано або змінено"
    assert mail.message.count(settings.BASE_URL) == 1
    assert f"{settings.BASE_URL}/desk/municipalities/response/" in mail.message
    assert [name for name in NAMES if name in mail.subject + mail.message] == []


def test_l35_daily_mail_tells_mail_programs_where_to_stop_it(kari: User) -> None:
    submitted_response()
    send_digests(at=NOW + DAY)

    headers = Email.objects.get(to__contains=kari.email).headers

    assert headers == {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{settings.BASE_URL}{SETTINGS}>",
    }


def test_f22_nothing_is_mailed_when_nothing_came_nor_before_the_morning(kari: User) -> None:
    assert send_digests(at=NOW + DAY) == 0
    submitted_response()
    night = timezone.localtime(NOW + 2 * DAY).replace(hour=6, minute=59)

    assert (send_digests(at=night), digests()) == (0, [])


def test_f22_mail_comes_once_a_day_however_often_it_is_asked(kari: User) -> None:
    submitted_response()

    assert [send_digests(at=NOW + DAY + timedelta(hours=hour)) for hour in (0, 1, 9)] == [1, 0, 0]
    assert len(digests()) == 1


def test_f22_second_worker_that_read_the_same_person_mails_nothing(kari: User) -> None:
    submitted_response()
    read_by_both = [User.objects.get(pk=kari.pk) for _worker in range(2)]

    assert [send_digest(user=user, at=NOW + DAY) for user in read_by_both] == [1, 0]
    assert len(digests()) == 1


def test_f22_mail_that_could_not_be_written_is_written_the_next_time(kari: User) -> None:
    submitted_response()
    with transaction.atomic():
        assert send_digests(at=NOW + DAY) == 1
        transaction.set_rollback(True)

    assert send_digests(at=NOW + DAY) == 1


def test_f22_submission_that_may_be_under_way_is_counted_the_next_day_and_only_then(kari: User) -> None:
    submitted_response("1811")
    change_answers("1804", NOW + DAY - SETTLED + timedelta(seconds=1))

    assert [send_digests(at=NOW + days * DAY) for days in (1, 2, 3)] == [1, 1, 0]

    assert digests() == [
        (kari.pk, "2 svar sendt inn eller endret"),
        (kari.pk, "1 svar sendt inn eller endret"),
    ]


def test_f22_at_once_is_one_mail_for_each_submission_with_reference_and_link(kari: User) -> None:
    choose_response_mails(choice="at_once", by=actor("kari"), at=NOW)
    version = submitted_response()
    change_answers("1804", NOW + timedelta(hours=1))

    mails = Email.objects.filter(to__contains=kari.email)

    assert [mail.subject for mail in mails] == [
        f"Et spørreskjema er sendt inn: {version.response.reference}"
    ] * 2
    assert (
        f"{settings.BASE_URL}/desk/municipalities/response/{version.response.pk}/change/" in mails[0].message
    )
    assert [name for name in NAMES if name in mails[0].subject + mails[0].message] == []
    assert send_digests(at=NOW + DAY) == 0


@pytest.mark.parametrize("who", ["lars", "andrij", "astrid"])
def test_f22_whoever_does_not_review_answers_gets_no_mail_and_has_no_choice(who: str) -> None:
    person = staff(who)
    User.objects.filter(pk=person.pk).update(response_mails="at_once")
    submitted_response()
    User.objects.filter(pk=person.pk).update(response_mails="daily")
    send_digests(at=NOW + DAY)

    assert not MailRecord.objects.filter(recipient_kind="user").exists()
    assert "response_mails" not in desk(who).get(SETTINGS).content.decode()
    assert desk(who).post(SETTINGS, {"response_mails": "off"}).status_code == 403


def test_f22_off_is_off_and_who_has_left_is_not_told(kari: User) -> None:
    choose_response_mails(choice="off", by=actor("kari"), at=NOW)
    User.objects.filter(pk=staff("guro").pk).update(is_active=False)
    submitted_response()

    assert send_digests(at=NOW + DAY) == 0


def test_f22_daily_is_the_default_and_the_choice_is_ones_own_on_the_settings_page() -> None:
    guro = desk("guro")
    assert (
        '<input type="radio" id="response-mails-daily" name="response_mails" value="daily" checked>'
        in " ".join(guro.get(SETTINGS).content.decode().split())
    )

    assert guro.post(SETTINGS, {"response_mails": "at_once"})["Location"] == SETTINGS
    assert guro.post(SETTINGS, {"response_mails": "hourly"}).status_code == 400

    assert (staff("guro").response_mails, staff("kari").response_mails) == ("at_once", "daily")
    event = AuditEvent.objects.get(action="user.response_mails")
    assert (event.actor_id, event.data) == (staff("guro").pk, {"choice": "at_once"})


def test_f22_database_refuses_a_choice_that_does_not_exist() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=staff("kari").pk).update(response_mails="hourly")


def test_f22_the_task_runs_by_the_portals_clock_and_may_come_twice(kari: User) -> None:
    submitted_response()
    is_morning = timezone.localtime().hour >= MORNING

    tell_of_responses()
    tell_of_responses()

    assert len(digests()) == (1 if is_morning else 0)

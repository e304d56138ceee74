"""A side that no mail reaches is not silent: nothing lapses for it, KS is told, and its time begins when it is reached."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from post_office.models import STATUS, Email

from kommunesamarbeid.core.models import MailRecord, User
from matching.agreements import introductions
from matching.choices import Reply, Side
from matching.decisions import workload
from matching.models import Agreement
from matching.reports import partner_view
from matching.states import AgreementState, EndReason
from municipalities.models import ContactPerson
from tests.desk import browser
from tests.matching.partners import AFTER_UNDO, introduced, mona, olha, say
from tests.municipalities.answers import contact
from tests.people import NOW, actor, staff
from tests.places import municipality

pytestmark = pytest.mark.django_db
NO, UA = Side.NORWEGIAN, Side.UKRAINIAN
DAYS = [7, 12]


def after(days: int) -> datetime:
    """Return the time so many days after the introduction."""
    return AFTER_UNDO + timedelta(days=days)


def swept(*days: int) -> list[tuple[int, int, int]]:
    """Return how many mails were sent, sides told of and pairs ended on each day, as the sweep does it."""
    return [
        (
            introductions.remind_due(at=after(day), after_days=DAYS),
            introductions.tell_unreached(at=after(day)),
            introductions.expire_due(at=after(day), days=14),
        )
        for day in days
    ]


def undeliverable(template: str) -> None:
    """Let every mail of this kind fail, as post-office does after its last try."""
    Email.objects.filter(record__template__in=[template, f"{template}_reminder"]).update(status=STATUS.failed)


def half_answered() -> Agreement:
    """Return Bodø and Poltava, introduced; Poltava has said yes."""
    agreement = introduced()
    say(agreement, UA, Reply.YES, actor("andrij"), days=0)
    return agreement


def test_where_nobody_has_an_address_nothing_lapses_and_ks_is_told_once() -> None:
    agreement = half_answered()
    ContactPerson.objects.filter(municipality=municipality()).update(erased_at=NOW, email="")

    assert swept(0, 1, 7, 14, 40) == [(0, 0, 0), (0, 1, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0)]

    agreement.refresh_from_db()
    assert agreement.state == AgreementState.INTRODUCED


def test_where_no_mail_comes_out_nothing_lapses_and_the_introduction_is_tried_again_each_week() -> None:
    half_answered()
    found = []
    for day in (0, 1, 6, 7, 8, 14, 15):
        undeliverable("introduction")
        found += swept(day)

    assert found == [(0, 0, 0), (0, 1, 0), (0, 0, 0), (1, 0, 0), (0, 0, 0), (1, 0, 0), (0, 0, 0)]


def test_address_that_stops_working_after_the_introduction_does_not_make_its_side_silent() -> None:
    half_answered()
    introductions.remind_due(at=after(7), after_days=DAYS)
    undeliverable("introduction")

    assert swept(12, 16) == [(0, 1, 0), (1, 0, 0)]


def test_time_of_a_side_begins_when_it_is_reached_and_its_page_says_so() -> None:
    agreement = half_answered()
    undeliverable("introduction")
    ContactPerson.objects.filter(municipality=municipality()).update(email="")
    assert swept(14) == [(0, 1, 0)]
    ContactPerson.objects.filter(municipality=municipality()).update(email="mona@bodo.kommune.no")

    assert swept(20, 22, 27, 32, 33) == [(1, 0, 0), (0, 0, 0), (1, 0, 0), (1, 0, 0), (0, 0, 0)]
    agreement.refresh_from_db()
    assert partner_view.seen_by(agreement, municipality(), at=after(33)).reply_by == after(34)
    assert swept(34) == [(0, 0, 1)]


def test_side_that_was_reached_and_stayed_silent_ends_it_also_where_the_other_was_not() -> None:
    agreement = introduced()
    undeliverable("introduction")
    swept(7, 12)

    assert swept(14)[0][2] == 1

    agreement.refresh_from_db()
    assert agreement.end_reason == EndReason.NO_ANSWER


def test_ks_is_told_of_each_side_by_a_link_and_the_reference_only() -> None:
    agreement = introduced()
    for template in ("introduction", "introduction_hromada", "introduction_auc"):
        undeliverable(template)

    assert introductions.tell_unreached(at=after(1)) == 2

    records = MailRecord.objects.filter(template__contains="unreached").order_by("template")
    assert [(row.template[-2:], row.recipient_id) for row in records] == [
        ("no", staff("kari").pk),
        ("ua", staff("kari").pk),
    ]
    said = " ".join(f"{mail.subject} {mail.message}" for mail in Email.objects.filter(record__in=records))
    names = ("Bodø", "Poltava", "Полтава", "@")
    assert [part in said for part in (agreement.reference, f"/agreement/{agreement.pk}/change/", *names)] == [
        True
    ] * 2 + [False] * 4


def test_where_the_case_owner_has_left_everybody_of_ks_who_decides_is_told() -> None:
    half_answered()
    undeliverable("introduction")
    guro = staff("guro")
    User.objects.filter(pk=staff("kari").pk).update(is_active=False)

    assert [introductions.tell_unreached(at=after(day)) for day in (1, 2)] == [1, 0]

    assert MailRecord.objects.get(template="introduction_unreached_no").recipient_id == guro.pk


def test_case_page_and_front_page_show_it_to_ks_until_somebody_is_reached() -> None:
    agreement, kari = half_answered(), browser("kari")
    undeliverable("introduction")
    introductions.tell_unreached(at=after(1))
    page = reverse("admin:matching_agreement_change", args=[agreement.pk])
    listed = f"{reverse('admin:matching_agreement_changelist')}?due=unreached"
    assert [
        row.number
        for row in workload.my_work(actor("kari"), at=after(1), required=["ks_first"])
        if row.code == "unreached"
    ] == [1]
    assert (
        "Ingen på norsk side" in kari.get(page).content.decode(),
        agreement.reference in kari.get(listed).content.decode(),
    ) == (True, True)
    assert "Ingen på norsk side" not in browser("andrij").get(page).content.decode()

    introductions.remind_due(at=after(8), after_days=DAYS)

    assert ("Ingen på norsk side" in kari.get(page).content.decode(), workload.unreached().count()) == (
        False,
        0,
    )


def test_an_answer_taken_by_phone_takes_it_off_the_desk() -> None:
    agreement = half_answered()
    undeliverable("introduction")
    introductions.tell_unreached(at=after(1))
    assert workload.unreached().get() == agreement

    say(agreement, NO, Reply.TALK, actor("kari"), days=2)

    assert (workload.unreached().count(), introductions.unreached(agreement)) == (0, [])


def test_contact_added_to_a_silent_side_is_introduced_too_and_has_its_time() -> None:
    introduced()
    ContactPerson.objects.create(hromada=olha().hromada, email="ny@poltava.example", created_at=NOW)
    say(Agreement.objects.get(), NO, Reply.YES, mona())

    assert swept(13)[0][0] == 3  # two who have heard of it are reminded

    assert [
        mail.to
        for mail in Email.objects.filter(record__queued_at=after(13), record__template="introduction_hromada")
    ] == [["ny@poltava.example"]]
    assert contact("1804").email == "mona@bodo.kommune.no"

"""AUC's editors are told once a week how many hromadas wait: a link and a number, nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from post_office.models import Email

from kommunesamarbeid.core.models import MailRecord, User
from municipalities.candidates.candidates import record_consent
from municipalities.needs import suggestions
from municipalities.needs.need_reminders import remind, week_of
from municipalities.tasks import remind_needs
from tests.municipalities.hromadas import voice
from tests.municipalities.pool import LVIV, POLTAVA, add_need, pooled_candidate
from tests.people import NOW, actor, make_user

pytestmark = pytest.mark.django_db

OLD = NOW - timedelta(days=100)


def test_each_editor_is_told_once_a_week_however_often_it_is_asked() -> None:
    add_need(pooled_candidate(POLTAVA), at=OLD)
    make_user("olena")
    assert [remind(at=NOW), remind(at=NOW + timedelta(hours=6)), remind(at=NOW + timedelta(days=6))] == [
        1,
        0,
        0,
    ]
    assert remind(at=NOW + timedelta(days=7)) == 1
    told = MailRecord.objects.order_by("pk").values_list("recipient_id", "case_reference", "language")
    assert list(told) == [
        (actor("andrij").id, "needs-2026-W48", "uk"),
        (actor("andrij").id, "needs-2026-W49", "uk"),
    ]


def test_the_mail_is_a_number_and_a_link_in_ukrainian() -> None:
    for katottg in (POLTAVA, LVIV):
        add_need(pooled_candidate(katottg), text_uk="Поради", at=OLD)
    remind(at=NOW)
    mail = Email.objects.get()
    assert mail.subject == "2 громади чекають на підтвердження"
    assert "/desk/municipalities/need/work/" in mail.message
    assert [word for word in ("Поради", "Полтава", "Poltava", "education") if word in mail.message] == []


def test_nobody_is_told_when_nobody_waits() -> None:
    add_need(pooled_candidate(), at=NOW)
    assert remind(at=NOW) == 0
    assert not Email.objects.exists()


def test_who_has_left_is_not_told() -> None:
    add_need(pooled_candidate(), at=OLD)
    User.objects.update(is_active=False)
    assert remind(at=NOW) == 0


def test_the_week_is_counted_where_the_portal_is() -> None:
    assert week_of(NOW.replace(month=12, day=31)) == "needs-2026-W53"
    assert week_of(NOW.replace(year=2027, month=1, day=4)) == "needs-2027-W01"


def test_the_task_may_come_twice() -> None:
    add_need(pooled_candidate(), at=OLD - timedelta(days=400))
    remind_needs()
    remind_needs()
    assert MailRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("before", "after", "mails"),
    [("public", "norwegian", 1), ("norwegian", "none", 1), ("norwegian", "public", 0)],
)
def test_editors_are_told_at_once_when_a_consent_is_taken_back(before: str, after: str, mails: int) -> None:
    candidate = pooled_candidate()
    record_consent(
        candidate=candidate, scope=before, given_on=OLD.date(), given_by="Рада", by=actor("andrij"), at=OLD
    )
    suggestions.suggest_consent(
        candidate=candidate, scope=after, given_by="Рада", by=voice(candidate), at=NOW
    )
    assert (
        MailRecord.objects.filter(template="consent_waiting", recipient_id=actor("andrij").id).count()
        == mails
    )
    assert [
        word
        for word in ("Полтава", "Poltava", "Рада")
        if any(word in mail.message for mail in Email.objects.all())
    ] == []

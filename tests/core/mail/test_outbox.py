"""A mail is written with the act, in the recipient's language, sent after its time, and can be taken back before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from post_office.models import STATUS, Email
from pytest_django.fixtures import Settings

from kommunesamarbeid.core.mail.outbox import Recipient, cancel_mails, queue_mail
from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.tasks import flush_mail
from tests.people import NOW

pytestmark = pytest.mark.django_db
MONA = Recipient("contact", 7, "mona@bodo.example", "nb")


@pytest.fixture(autouse=True)
def _real_outbox(settings: Settings, tmp_path: Path) -> None:
    """pytest-django swaps the mail backend; these tests are about the real one and a template of their own."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "test_case.txt").write_text(
        "{% autoescape off %}{% if LANGUAGE_CODE == 'nn' %}Emne{% endif %}Subject {{ case_reference }}\n\nOpen {{ base_url }}/x\n{% endautoescape %}",
        encoding="utf-8",
    )
    settings.TEMPLATES = [
        {**django_settings.TEMPLATES[0], "DIRS": [tmp_path, *django_settings.TEMPLATES[0]["DIRS"]]}
    ]


def queue(reference: str = "NO-1", **more: object) -> MailRecord:
    return queue_mail("test_case", to=MONA, case_reference=reference, at=NOW, **more)  # type: ignore[arg-type]  # times only


def test_a_queued_mail_is_a_row_with_subject_body_and_no_address_in_our_record() -> None:
    record = queue()
    assert record.email is not None
    assert (record.email.subject, record.email.to) == ("Subject NO-1", ["mona@bodo.example"])
    assert record.email.message == f"Open {django_settings.BASE_URL}/x\n"
    assert "mona" not in str(
        {
            field.name: getattr(record, field.name)
            for field in MailRecord._meta.fields
            if field.name != "email"
        }
    )


def test_what_looks_like_a_template_in_a_text_is_sent_as_it_stands() -> None:
    record = queue("{{ 7|add:1 }} & <b>")
    assert record.email is not None
    assert record.email.subject == "Subject {{ 7|add:1 }} & <b>"


def test_a_mail_is_rolled_back_with_the_act_that_queued_it() -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert (MailRecord.objects.count(), Email.objects.count()) == (0, 0)


def test_flushing_sends_what_is_due_once_and_leaves_what_waits() -> None:
    due, waits = queue(), queue("NO-2", send_after=NOW + timedelta(days=3650))
    flush_mail()
    flush_mail()
    assert Email.objects.get(record=due).status == STATUS.sent
    assert Email.objects.get(record=waits).status == STATUS.queued
    assert Email.objects.get(record=due).logs.count() == 1


def test_mails_of_a_case_can_be_taken_back_until_they_are_sent() -> None:
    queue("NO-3", send_after=NOW + timedelta(days=3650))
    queue("NO-4", send_after=NOW + timedelta(days=3650))
    assert cancel_mails("NO-3", at=NOW) == 1
    assert [record.case_reference for record in MailRecord.objects.filter(cancelled_at__isnull=True)] == [
        "NO-4"
    ]
    assert Email.objects.count() == 1

"""The audit trail cannot be changed, and a change behind the portal's back is found."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from kommunesamarbeid.core.audit import record, record_view, seal_audit, verify_audit
from kommunesamarbeid.core.models import AccessLogEntry, AuditEvent
from kommunesamarbeid.core.roles import SYSTEM
from tests.people import NOW, actor
from tests.places import municipality

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sealed_start() -> None:
    """Migrating itself leaves a row (the first scheme); a seal over it makes the counts here begin at nothing."""
    seal_audit(at=NOW)


def three_events() -> None:
    for number in range(3):
        record("test.done", municipality(), by=SYSTEM, at=NOW, data={"number": number})


def drop_trigger() -> None:
    postgres = " ON core_auditevent" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER core_auditevent_no_update{postgres}")


def test_an_audit_row_can_be_neither_changed_nor_deleted() -> None:
    three_events()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.update(action="test.other")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()
    assert AuditEvent.objects.filter(action="test.done").count() == 3


def test_seals_cover_every_row_once_and_verify() -> None:
    three_events()
    before = verify_audit().sealed
    first = seal_audit(at=NOW)
    assert first is not None
    assert seal_audit(at=NOW) is None
    three_events()
    second = seal_audit(at=NOW)
    assert second is not None
    assert second.previous == first.digest
    assert (verify_audit().sealed - before, verify_audit().unsealed, verify_audit().broken) == (6, 0, ())


def test_a_row_changed_behind_the_trigger_breaks_its_seal() -> None:
    three_events()
    seal = seal_audit(at=NOW)
    assert seal is not None
    drop_trigger()
    AuditEvent.objects.filter(pk=seal.first_id).update(reason="forged")
    assert verify_audit().broken == (seal.last_id,)


def test_rows_not_sealed_yet_are_counted() -> None:
    three_events()
    assert verify_audit().unsealed == 3


def test_a_view_of_restricted_fields_is_logged_with_ids_only() -> None:
    kari = actor("kari")
    record_view(municipality(), by=kari, at=NOW, purpose="contact")
    entry = AccessLogEntry.objects.get()
    assert (entry.actor_id, entry.object_type, entry.purpose) == (
        kari.id,
        "municipalities.municipality",
        "contact",
    )

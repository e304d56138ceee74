"""F-21 … F-25 on the municipality's own side and KS's desk: receipts, versions, the second opening, withdrawal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from post_office.models import STATUS, Email

from kommunesamarbeid.core.models import AuditEvent, MailRecord
from kommunesamarbeid.core.refusals import ReasonMissing
from kommunesamarbeid.core.roles import Actor, NotAllowed
from municipalities.access.links import save_mailbox
from municipalities.models import Municipality, Response, Round
from municipalities.questionnaire.answers import Codebook
from municipalities.questionnaire.summary import Row, changes
from municipalities.responses.references import read_reference
from municipalities.responses.responses import (
    ResponseRefused,
    ask_to_reopen,
    reopen_response,
    save_draft,
    submit_response,
)
from municipalities.responses.rounds import accepts_changes
from tests.desk import desk, response_page
from tests.municipalities.answers import contact, submitted_response
from tests.municipalities.browsing import browser, fill_draft, post_page, submit
from tests.people import NOW, actor
from tests.places import municipality

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
LATER = NOW + timedelta(days=30)


def words(client: Client, address: str) -> str:
    """Return a page as text on one line."""
    return " ".join(client.get(address).content.decode().split())


def closed() -> Response:
    """Return a submitted response whose round closed yesterday."""
    response = submitted_response().response
    response.round.closes_at = LATER - timedelta(days=1)
    response.round.save()
    return response


def mona() -> Actor:
    """Return Mona of Bodø."""
    return Actor.contact(contact().pk)


def test_f21_receipt_says_the_reference_what_comes_next_with_dates_and_whom_to_write_to() -> None:
    client = browser()
    closes = timezone.now() + timedelta(days=5)
    Round.objects.update(closes_at=closes)
    fill_draft(client)
    page = " ".join(submit(client).content.decode().split())
    reference = Response.objects.get().reference

    assert (page.count(reference), read_reference(reference.lower().replace("-", " "))) == (1, reference)
    assert page.count(date_format(timezone.localtime(closes))) == 2
    assert page.count(date_format(timezone.localtime(closes), "DATETIME_FORMAT")) == 1
    assert ['href="/kommunens-side/versjon/1/pdf/"' in page, 'href="mailto:' in page] == [True, True]


def test_f22_receipt_goes_to_the_submitter_and_the_office_in_the_written_standard_without_answers() -> None:
    save_mailbox(municipality=municipality("4621"), address="post@voss.example", by=actor("kari"), at=NOW)
    version = submitted_response("4621")

    letters = Email.objects.order_by("id")
    assert [letter.to for letter in letters] == [["mona@voss.kommune.no"], ["post@voss.example"]]
    assert list(MailRecord.objects.order_by("id").values_list("template", "language", "recipient_kind")) == [
        ("receipt", "nn", "contact"),
        ("receipt_office", "nn", "office"),
    ]
    for letter in letters:
        assert (version.response.reference in letter.message, "Spesialpedagogikk" in letter.message) == (
            True,
            False,
        )
        assert "/lenke/" not in letter.message


def test_f22_a_mail_that_could_not_be_delivered_is_seen_by_ks() -> None:
    response = submitted_response().response
    assert "could not be delivered" not in words(desk("kari"), response_page(response))

    Email.objects.update(status=STATUS.failed)

    assert "Receipt (nb)" in words(desk("kari"), response_page(response))
    assert "<strong>could not be delivered</strong>" in words(desk("kari"), response_page(response))


def test_only_ks_keeps_an_offices_address_and_the_audit_does_not_repeat_it() -> None:
    bodo = municipality()
    desk("kari").post(
        f"/desk/municipalities/municipality/{bodo.pk}/mailbox/", {"mailbox": "post@bodo.example"}
    )

    assert Municipality.objects.get(pk=bodo.pk).mailbox == "post@bodo.example"
    assert "post@" not in str(AuditEvent.objects.get(action="municipality.mailbox").data)
    with pytest.raises(NotAllowed):
        save_mailbox(municipality=bodo, address="x@y.example", by=actor("andrij"), at=NOW)


def test_f23_an_edit_is_a_new_version_and_the_old_one_counts_until_it_is_submitted() -> None:
    client = browser()
    fill_draft(client)
    submit(client)

    post_page(client, "notes", {"notes": "Nytt"})
    assert [version.answers.get("notes") for version in Response.objects.get().versions.all()] == [None]
    submit(client)

    assert [(v.number, v.answers.get("notes")) for v in Response.objects.get().versions.all()] == [
        (2, "Nytt"),
        (1, None),
    ]


def test_f23_what_changed_between_versions_is_shown_to_the_municipality_and_ks() -> None:
    client = browser()
    fill_draft(client)
    submit(client)
    post_page(client, "notes", {"notes": "Nytt"})
    submit(client)

    for page in (
        words(client, "/kommunens-side/versjon/2/"),
        words(desk("kari"), response_page(Response.objects.get())),
    ):
        assert ("What changed since version 1" in page, "Nytt" in page) == (True, True)
    assert "What changed" not in words(client, "/kommunens-side/versjon/1/")


def test_f23_changes_name_what_was_answered_otherwise_added_and_not_asked_any_more() -> None:
    before = submitted_response().answers
    after = {
        **before,
        "anchoring": "idea",
        "notes": "Nytt",
        "offers": {"education": before["offers"]["education"]},
    }

    changed = changes(before, after, Codebook())

    assert [(change.label, said(change.before), said(change.after)) for change in changed] == [
        ("How far has the political anchoring come?", "Adopted by the council", "An idea, not discussed yet"),
        ("What can you contribute with?", "education, youth", "education"),
        ("Is there anything else KS should know?", "", "Nytt"),
        ("Body", "Kommunestyret", None),
        ("Date", "March 12, 2026", None),
        ("Case number", "26/123", None),
        ("youth: How can you contribute?", "Can advise", None),
    ]


def said(row: Row | None) -> str | None:
    """Return an answer as one text; None when it was not asked."""
    return None if row is None else ", ".join(row.values) or row.value


def test_f23_after_the_deadline_the_answers_are_read_only_and_ks_can_be_asked_once() -> None:
    response = closed()
    assert accepts_changes(response, at=LATER) is False

    ask_to_reopen(response=response, by=mona(), at=LATER)
    ask_to_reopen(response=response, by=mona(), at=LATER + timedelta(days=1))

    assert (
        Response.objects.get().reopen_asked_at,
        AuditEvent.objects.filter(action="response.reopen_asked").count(),
    ) == (
        LATER,
        1,
    )


def test_f23_before_the_deadline_there_is_nothing_to_ask() -> None:
    response = submitted_response().response

    with pytest.raises(ResponseRefused):
        ask_to_reopen(response=response, by=mona(), at=LATER)


def test_f23_ks_opens_one_municipality_until_a_date_with_a_reason_and_the_old_version_counts() -> None:
    response, other = closed(), submitted_response("5501").response
    until = LATER + timedelta(days=3)

    reopen_response(response=response, until=until, reason="Nytt vedtak", by=actor("kari"), at=LATER)

    opened = Response.objects.select_related("round", "contact", "deputy").get(pk=response.pk)
    assert [accepts_changes(opened, at=at) for at in (LATER, until - timedelta(seconds=1), until)] == [
        True,
        True,
        False,
    ]
    assert accepts_changes(Response.objects.select_related("round").get(pk=other.pk), at=LATER) is False
    save_draft(
        response=opened, values={"notes": "Nytt"}, by=mona(), at=LATER, seen_number=opened.draft_number
    )
    assert opened.versions.count() == 1
    assert submit_response(response=opened, by=mona(), at=LATER, language="nb").number == 2


def test_f23_opening_is_told_by_mail_and_stands_in_the_history_with_its_reason() -> None:
    response = closed()
    Email.objects.all().delete()

    reopen_response(
        response=response, until=LATER + timedelta(days=3), reason="Nytt vedtak", by=actor("kari"), at=LATER
    )

    event = AuditEvent.objects.get(action="response.reopened")
    assert (event.reason, event.data) == ("Nytt vedtak", {"until": (LATER + timedelta(days=3)).isoformat()})
    assert [record.template for record in MailRecord.objects.filter(email__isnull=False)] == ["reopened"]
    assert Response.history.first().history_change_reason == "Nytt vedtak"


@pytest.mark.parametrize(
    ("reason", "days", "failure"), [("  ", 3, ReasonMissing), ("Vedtak", -1, ResponseRefused)]
)
def test_f23_opening_needs_a_reason_and_a_day_that_is_not_past(
    reason: str, days: int, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        reopen_response(
            response=closed(), until=LATER + timedelta(days=days), reason=reason, by=actor("kari"), at=LATER
        )


def test_f23_only_ks_opens() -> None:
    for who in ("lars", "andrij", "olena", "astrid"):
        with pytest.raises(NotAllowed):
            reopen_response(response=closed(), until=LATER, reason="x", by=actor(who), at=NOW)


def test_f23_the_desk_opens_until_the_end_of_the_day_that_is_written() -> None:
    response = submitted_response().response
    day = timezone.localdate() + timedelta(days=4)

    desk("kari").post(response_page(response, "reopen"), {"until": day.isoformat(), "reason": "Vedtak"})

    until = Response.objects.get().reopened_until
    assert until is not None
    assert timezone.localtime(until).strftime("%Y-%m-%d %H:%M") == f"{day} 23:59"


def test_f24_withdrawing_asks_first_and_excludes_at_once() -> None:
    client = browser()
    fill_draft(client)
    submit(client)
    reference = Response.objects.get().reference
    assert reference in words(client, "/kommunens-side/trekk-interessen/")
    assert Response.objects.get().state == "submitted"

    client.post("/kommunens-side/trekk-interessen/")

    assert (Response.objects.get().state, AuditEvent.objects.filter(action="response.withdrawn").count()) == (
        "withdrawn",
        1,
    )
    page = words(client, "/kommunens-side/")
    assert f"{reference} is withdrawn. The case is kept, but not used." in page
    assert ("/kommunens-side/versjon/1/" in page, "(counts now)" in page) == (True, False)
    assert client.get("/kommunens-side/versjon/1/").status_code == 200


def test_own_side_shows_panels_urgent_ones_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from municipalities.access import panels

    def provider(*, party: object, at: object) -> list[panels.Panel]:
        return [
            panels.Panel("components/alert.html", {"text": "x"}),
            panels.Panel("components/receipt_panel.html", {"heading": "x"}, urgent=True),
        ]

    client = browser()
    monkeypatch.setattr(panels, "PROVIDERS", [provider])

    page = words(client, "/kommunens-side/")

    assert page.index('class="receipt"') < page.index("Where the case stands") < page.rindex("ds-alert")

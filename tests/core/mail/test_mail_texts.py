"""KS's own mail texts: sent in place of the standard one, kept with every change, and no mail is lost by them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from kommunesamarbeid.core.mail.composing import standard_with_marks
from kommunesamarbeid.core.mail.letters import LETTERS, RECEIPT_PAGE
from kommunesamarbeid.core.mail.mail_texts import (
    StaleText,
    Unsound,
    changes_of,
    paragraphs_of,
    restore_standard,
    save_text,
    unused_texts,
)
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mail
from kommunesamarbeid.core.models import AuditEvent, MailText
from kommunesamarbeid.core.roles import NotAllowed
from tests.municipalities.browsing import browser, fill_draft, submit
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
RECEIPT = LETTERS["receipt"]
OWN = {"subject": "Takk: {reference}", "body": "Takk for svaret.\n\nDet ligger her:\n{link}"}


def save(who: str = "kari", *, seen: int = 0, **words: Any) -> MailText:
    language = words.pop("language", "nb")
    letter = words.pop("letter", RECEIPT)
    return save_text(
        letter=letter, language=language, seen_edition=seen, by=actor(who), at=NOW, **{**OWN, **words}
    )


def sent(language: str = "nb", **more: Any) -> Email:
    to = Recipient("contact", 7, "mona@bodo.example", language)
    record = queue_mail("receipt", to=to, case_reference="NO-1", at=NOW, **more)
    assert record.email is not None
    return record.email


def standard_subject(language: str = "nb") -> str:
    return standard_with_marks(RECEIPT, language)[0].replace("{reference}", "NO-1")


def test_a_mail_goes_out_in_the_own_text_of_its_language_and_in_the_standard_text_of_the_others() -> None:
    save()
    assert sent().subject == "Takk: NO-1"
    assert sent().message == "Takk for svaret.\n\nDet ligger her:\nhttp://localhost:8000/meld-interesse/\n"
    assert sent("nn").subject == standard_subject("nn")


def test_a_mail_in_the_outbox_keeps_the_text_it_was_queued_with() -> None:
    waiting = sent(send_after=NOW + timedelta(minutes=10))
    save()
    waiting.refresh_from_db()
    assert waiting.subject == standard_subject()
    assert sent().subject == "Takk: NO-1"


@pytest.mark.parametrize(
    "broken",
    [{"body": "Hei {navn} {link}"}, {"body": "Uten vei inn"}, {"subject": "{{ 7|add:1 }}"}, {"subject": ""}],
)
def test_a_text_that_cannot_be_filled_gives_way_to_the_standard_text_and_ks_is_told_once(
    broken: dict[str, str],
) -> None:
    save()
    MailText.objects.update(**broken)  # as a text would be that outlived a placeholder
    assert [sent().subject, sent().subject] == [standard_subject()] * 2
    assert [text.name for text in unused_texts()] == ["receipt"]
    told = AuditEvent.objects.get(action="mail_text.not_used")
    assert told.data == {"name": "receipt", "language": "nb", "edition": 1, "why": "Unfillable"}
    save(seen=1, subject="Ny: {reference}")
    assert unused_texts() == []


def test_a_change_is_kept_with_who_when_before_and_after_and_stands_in_the_audit() -> None:
    save()
    text = save("guro", seen=1, subject="Takk skal dere ha: {reference}")
    changes = [(change.by, change.at, change.before[0], change.after[0]) for change in changes_of(text)]
    assert [(str(by), at, before, after) for by, at, before, after in changes] == [
        ("Guro Solberg", NOW, "Takk: {reference}", "Takk skal dere ha: {reference}"),
        ("Kari Nordmann", NOW, "", "Takk: {reference}"),
    ]
    rows = (
        AuditEvent.objects.filter(action="mail_text.changed").order_by("id").values_list("actor_id", "data")
    )
    assert list(rows) == [
        (actor("kari").id, {"name": "receipt", "language": "nb", "edition": 1}),
        (actor("guro").id, {"name": "receipt", "language": "nb", "edition": 2}),
    ]


def test_going_back_to_the_standard_text_keeps_the_own_one_in_the_history() -> None:
    save()
    text = restore_standard(letter=RECEIPT, language="nb", seen_edition=1, by=actor("kari"), at=NOW)
    assert sent().subject == standard_subject()
    assert (changes_of(text)[0].before, changes_of(text)[0].after) == (
        (OWN["subject"], OWN["body"]),
        ("", ""),
    )
    assert AuditEvent.objects.filter(action="mail_text.standard").count() == 1


def test_what_equals_the_standard_text_stays_the_standard_text() -> None:
    subject, body = standard_with_marks(RECEIPT, "nb")
    text = save(subject=subject, body=body.replace("\n", "\r\n"))
    assert (text.body, text.edition, list(changes_of(text))) == ("", 0, [])


def test_of_two_editors_the_second_is_shown_what_the_first_has_saved() -> None:
    save()
    with pytest.raises(StaleText) as stale:
        save("guro", subject="Annet emne")
    assert stale.value.current.subject == "Takk: {reference}"
    with pytest.raises(StaleText):
        restore_standard(letter=RECEIPT, language="nb", seen_edition=0, by=actor("guro"), at=NOW)
    assert MailText.objects.get().edition == 1


@pytest.mark.parametrize("who", ["lars", "andrij", "olena", "astrid"])
def test_only_coordinators_and_approvers_of_ks_write_texts(who: str) -> None:
    with pytest.raises(NotAllowed):
        save(who)
    with pytest.raises(NotAllowed):
        restore_standard(letter=RECEIPT, language="nb", seen_edition=0, by=actor(who), at=NOW)
    assert not MailText.objects.exists()


def test_a_text_that_cannot_be_sent_is_not_kept_and_a_language_nobody_gets_it_in_is_no_language() -> None:
    with pytest.raises(Unsound) as unsound:
        save(subject="", body="Uten lenke")
    assert [field for field, _why in unsound.value.faults] == ["subject", "body"]
    with pytest.raises(KeyError):
        save(language="uk")
    assert not MailText.objects.exists()


def test_a_national_identity_number_is_never_kept_in_a_text() -> None:
    assert save(body="Født 01819010001.\n{link}").body == "Født .\n{link}"


@pytest.mark.parametrize(
    "row",
    [
        {"name": "receipt", "language": "nb"},
        {"name": "link", "language": "de"},
        {"name": "link", "language": "nb", "subject": "x"},
    ],
)
def test_the_database_holds_one_text_per_mail_and_language_and_no_subject_without_a_text(
    row: dict[str, str],
) -> None:
    save()
    with pytest.raises(IntegrityError), transaction.atomic():
        MailText.objects.create(**row)


def test_the_receipt_page_thanks_in_ks_s_own_paragraphs_in_the_language_of_the_page_and_runs_nothing() -> (
    None
):
    save(letter=RECEIPT_PAGE, language="en", subject="", body="Thank you <b>all</b>!\n\nSee you\nin Bodø.")
    mona = browser()
    fill_draft(mona)
    page = submit(mona).content.decode()
    assert '<p class="ds-paragraph">Thank you &lt;b&gt;all&lt;/b&gt;!</p>' in page
    assert '<p class="ds-paragraph">See you<br>in Bodø.</p>' in page
    assert paragraphs_of("receipt_page", "nb") == []

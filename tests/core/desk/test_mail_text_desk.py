"""The desk's mail texts: one list of what goes out, a preview as it would be sent, and nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from kommunesamarbeid.core.mail.composing import standard_with_marks
from kommunesamarbeid.core.mail.letters import LETTERS, TEXTS
from kommunesamarbeid.core.mail.mail_texts import save_text
from kommunesamarbeid.core.models import MailText
from tests.desk import desk, text
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
OWN = {"subject": "Takk: {reference}", "body": "Takk for svaret.\n\n{link}"}

STANDARD_NN = standard_with_marks(LETTERS["receipt"], "nn")[0].replace("{reference}", "NO-7K4M-2X")


def url(verb: str, *args: str) -> str:
    return reverse(f"admin:core_mailtext_{verb}", args=args)


def post(who: str = "kari", *args: str, **typed: str) -> Any:
    return desk(who).post(url("edit", *(args or ("receipt", "nb"))), {**OWN, "edition": "0", **typed})


def own_text(name: str = "receipt", language: str = "nb", who: str = "guro") -> MailText:
    return save_text(letter=LETTERS[name], language=language, **OWN, seen_edition=0, by=actor(who), at=NOW)


@pytest.mark.parametrize("changed", [(), ("receipt", "reopened", "withdrawn")])
def test_list_shows_every_mail_and_page_in_the_same_few_statements(
    changed: tuple[str, ...], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = desk("lars")
    for name in changed:
        own_text(name)
    client.get(url("changelist"))
    with django_assert_num_queries(6):
        page = client.get(url("changelist"))
    assert [name for name in TEXTS if url("letter", name) not in page.content.decode()] == []
    assert text(page).count("own text") == len(changed)
    assert text(page).count("changed by Guro Solberg") == len(changed)


def test_page_of_a_mail_shows_it_as_it_goes_out_now_in_each_language_and_what_it_carries() -> None:
    own_text()
    page = text(desk("lars").get(url("letter", "receipt")))
    assert "Takk: NO-7K4M-2X" in page
    assert STANDARD_NN in page
    assert "<code>{link}</code>" in page
    assert f'href="{url("edit", "receipt", "nb")}"' not in page


def test_form_begins_with_the_standard_text_and_its_placeholders() -> None:
    form = desk("kari").get(url("edit", "receipt", "nb")).context["form"]
    assert form["subject"].value() == standard_with_marks(LETTERS["receipt"], "nb")[0]
    assert form["body"].value().endswith("{link}")


def test_preview_is_what_would_be_sent_in_each_language_and_saves_nothing() -> None:
    page = post(preview="1")
    previews = [(each["code"], each["subject"], each["body"]) for each in page.context["previews"]]
    assert previews[0] == (
        "nb",
        "Takk: NO-7K4M-2X",
        "Takk for svaret.\n\nhttp://localhost:8000/meld-interesse/",
    )
    assert previews[1][:2] == ("nn", STANDARD_NN)
    assert page.context["form"]["subject"].value() == "Takk: {reference}"
    assert not MailText.objects.exists()


@pytest.mark.parametrize("button", ["preview", "save"])
def test_what_is_wrong_is_said_at_the_fields_and_nothing_typed_is_lost(button: str) -> None:
    page = post(subject="{link}", body="Hei {navn} {% now 'Y' %}", **{button: "1"})
    assert sorted(page.context["form"].errors) == ["body", "subject"]
    assert "This text has no {navn}, {% now &#x27;Y&#x27; %}." in text(page)
    assert "Hei {navn} {% now &#x27;Y&#x27; %}</textarea>" in text(page)
    assert not MailText.objects.exists()


def test_a_saved_text_is_told_of_and_stands_on_the_page() -> None:
    answer = post()
    assert answer["Location"] == url("letter", "receipt")
    assert "Takk: NO-7K4M-2X" in text(desk("kari").get(answer["Location"]))
    assert MailText.objects.get().updated_by_id == actor("kari").id


def test_the_second_of_two_editors_sees_both_texts_and_can_save_over_the_first() -> None:
    own_text()
    page = post(subject="Mitt emne")
    assert page.status_code == 409
    assert page.context["versions"] == [
        (
            "Subject",
            '<span class="desk-text">Takk: {reference}</span>',
            '<span class="desk-text">Mitt emne</span>',
        )
    ]
    assert "Saved by Guro Solberg" in text(page)
    assert post(subject="Mitt emne", edition=page.context["form"]["edition"].value()).status_code == 302
    assert MailText.objects.get().subject == "Mitt emne"


def test_one_button_goes_back_to_the_standard_text_and_the_changes_show_before_and_after() -> None:
    own_text()
    kari = desk("kari")
    kari.post(url("standard", "receipt", "nb"), {"edition": "0"})
    assert MailText.objects.get().body == OWN["body"]  # an older page was seen
    told = kari.post(url("standard", "receipt", "nb"), {"edition": "1"}, follow=True)
    assert "The standard text is used again." in text(told)
    changes = kari.get(url("history", "receipt", "nb"))
    assert [(change.before[0], change.after[0]) for change in changes.context["changes"]] == [
        ("Takk: {reference}", ""),
        ("", "Takk: {reference}"),
    ]
    assert "standard text" in text(changes)


@pytest.mark.parametrize("args", [("no_such_mail", "nb"), ("receipt", "uk"), ("hromada_link", "nb")])
def test_a_mail_that_does_not_exist_or_never_goes_out_in_the_language_is_not_found(
    args: tuple[str, str],
) -> None:
    assert desk("kari").get(url("edit", *args)).status_code == 404


def test_the_front_page_tells_whoever_may_mend_it_that_a_text_could_not_be_used() -> None:
    own_text()
    MailText.objects.update(unused_since=NOW)
    shown = [
        url("edit", "receipt", "nb") in desk(who).get(reverse("admin:index")).content.decode()
        for who in ("kari", "lars")
    ]
    assert shown == [True, False]
    assert "cannot be used" in text(desk("kari").get(url("changelist")))


def test_the_thank_you_text_is_written_in_its_language_and_removed_again() -> None:
    page = ("receipt_page", "nn")
    assert "subject" not in desk("kari").get(url("edit", *page)).context["form"].fields
    assert post("kari", *page, body="Takk!\n\nVi høyrest.").status_code == 302
    assert "<p>Takk!</p>" in text(desk("kari").get(url("letter", "receipt_page")))
    desk("kari").post(url("standard", *page), {"edition": "1"})
    assert MailText.objects.get().body == ""

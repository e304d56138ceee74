"""Behind their links the two sides see each other as far as they may, answer, and report; nobody else sees anything."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from matching.agreements.agreements import introduce_due, undo_agreement
from matching.choices import Reply, Side
from matching.models import Agreement, ReportedDecision
from matching.states import AgreementState, EndReason
from municipalities.access.panels import panels_of
from municipalities.choices import LinkRight, NeedVisibility
from municipalities.models import ContactPerson, KnownPartnership, Need
from tests.matching.builders import proposal
from tests.matching.partners import AFTER_UNDO, agreement_in, approve, olha, opened_agreement
from tests.municipalities.answers import contact
from tests.people import NOW, actor, staff
from tests.places import hromada, municipality
from tests.world import link_for

pytestmark = pytest.mark.django_db
A = AgreementState


def behind_link(person: ContactPerson, right: str = LinkRight.SUBMIT) -> Client:
    """Return the browser of a contact that has opened its link."""
    link = link_for(person)
    type(link).objects.filter(pk=link.pk).update(right=right)
    client = Client()
    session = client.session
    session["access"] = {"active": link.pk, "links": [link.pk], "seen": int(timezone.now().timestamp())}
    session.save()
    return client


def mona(**values: Any) -> Client:
    return behind_link(contact("1804"), **values)


def at(name: str, agreement: Agreement) -> str:
    return reverse(name, args=[agreement.reference])


def told(client: Client) -> tuple[str, bool]:
    """Return the state, what it means and what comes next, as the municipality's own page says it, and whether it may withdraw."""
    page = client.get("/kommunens-side/").content.decode()
    return page.partition('id="state"')[2].partition("</dd>")[0], reverse("withdraw_interest") in page


def test_both_sides_see_each_other_and_both_yes_is_mutual() -> None:
    agreement = agreement_in(A.INTRODUCED)
    norwegian, ukrainian = mona(), behind_link(olha())
    assert "Poltava" in norwegian.get(at("partnership", agreement)).content.decode()
    assert "Bodø" in ukrainian.get(at("hromada_partnership", agreement)).content.decode()
    norwegian.post(at("partnership_reply", agreement), {"reply": Reply.YES})
    ukrainian.post(at("hromada_reply", agreement), {"reply": Reply.YES})
    agreement.refresh_from_db()
    assert agreement.state == A.MUTUAL


def test_no_needs_a_reason_at_the_field_and_ends_it() -> None:
    agreement, client = agreement_in(A.INTRODUCED), mona()
    refused = client.post(at("partnership_reply", agreement), {"reply": Reply.NO})
    assert (refused.status_code, "reason" in refused.context["form"].errors) == (422, True)
    client.post(at("partnership_reply", agreement), {"reply": Reply.NO, "reason": "No staff."})
    agreement.refresh_from_db()
    assert agreement.end_reason == EndReason.DECLINED_NO
    assert client.get(at("partnership", agreement)).status_code == 404


def test_before_the_introduction_neither_side_sees_that_there_is_anybody() -> None:
    agreement = opened_agreement()
    assert mona().get(at("partnership", agreement)).status_code == 404
    assert behind_link(olha()).get(at("hromada_partnership", agreement)).status_code == 404
    assert panels_of(municipality("1804"), at=NOW) == panels_of(hromada(), at=NOW) == []


@pytest.mark.parametrize("language", ["nb", "nn", "en", "uk"])
def test_until_the_introduction_ones_own_page_says_the_same_as_before_the_approval(language: str) -> None:
    found, client = proposal(), mona()
    client.cookies["language"] = language
    before = told(client)
    approve(found)

    assert told(client) == before

    introduce_due(at=AFTER_UNDO)
    assert told(client) != before


def test_who_did_what_keeps_silent_about_a_pair_that_was_undone() -> None:
    found, client = proposal(), mona()
    before = client.get("/kommunens-side/tilgang/").context["log"]
    agreement = approve(found)
    assert agreement is not None
    approved = client.get("/kommunens-side/tilgang/").context["log"]

    undo_agreement(agreement=agreement, by=actor("kari"), at=NOW)

    assert (approved, client.get("/kommunens-side/tilgang/").context["log"]) == (before, before)
    assert [row["what"] for row in before].count("merket svarene som klare") == 1


def test_partner_sees_no_need_that_is_not_opened_and_never_its_text() -> None:
    agreement = agreement_in(A.INTRODUCED)
    Need.objects.update(text_en="Secret shelter", text_uk="Таємниця")
    client = mona()
    assert "Barnehage og skole" not in client.get(at("partnership", agreement)).content.decode()
    Need.objects.update(visibility=NeedVisibility.PARTNERS)
    text = client.get(at("partnership_profile", agreement)).content.decode()
    assert "Barnehage og skole" in text
    assert [word for word in ("Secret shelter", "Таємниця") if word in text] == []


def test_partner_reads_of_other_partners_abroad_only_what_stands_on_a_public_page() -> None:
    agreement, client = agreement_in(A.INTRODUCED), mona()
    facts = {"hromada": hromada(), "partner_country": "SE", "partner_level": "municipality", "kind": "signed"}
    KnownPartnership.objects.create(
        key="SE-1", partner_name="Umeå", source="https://avisa.example/2", **facts
    )
    KnownPartnership.objects.create(key="SE-2", partner_name="Luleå", source="Letter of 3 May", **facts)

    pages = [
        client.get(at(name, agreement)).content.decode() for name in ("partnership", "partnership_profile")
    ]

    assert [("Umeå" in page, "Luleå" in page) for page in pages] == [(True, False)] * 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", "Referansenummer"),
        ("nn", "Referansenummer"),
        ("en", "Reference number"),
        ("uk", "Реєстраційний номер"),
    ],
)
def test_sheet_for_the_council_is_a_tagged_pdf_in_the_readers_language(
    language: str, words: str, read_pdf: Any
) -> None:
    agreement, client = agreement_in(A.INTRODUCED), mona()
    Need.objects.update(text_en="Secret shelter", text_uk="Таємниця", visibility=NeedVisibility.PARTNERS)
    client.cookies["language"] = language
    answer = client.get(at("partnership_profile_pdf", agreement))
    pdf = read_pdf(answer.content)
    assert (answer["Content-Type"], pdf.info["Tagged"], pdf.info["Pages"]) == ("application/pdf", "yes", "1")
    assert f"-{language}.pdf" in answer["Content-Disposition"]
    assert [part in pdf.words for part in (words, agreement.reference, "Secret", "Таємниця")] == [
        True,
        True,
        False,
        False,
    ]


def test_sheet_that_the_desk_passes_on_holds_only_what_a_partner_may_see(read_pdf: Any) -> None:
    agreement, desk = agreement_in(A.INTRODUCED), Client()
    desk.force_login(staff("kari"))
    Need.objects.update(visibility=NeedVisibility.INTERNAL)
    names = [("agreement", agreement.pk), ("proposal", agreement.proposal_id)]
    made = [
        read_pdf(desk.get(reverse(f"admin:matching_{name}_profile_pdf", args=[pk, "ua", "nb"])).content).words
        for name, pk in names
    ]
    assert [("Poltava" in words, "Barnehage og skole" in words) for words in made] == [(True, False)] * 2
    shown = desk.get(reverse("admin:matching_agreement_profile", args=[agreement.pk, "ua"])).content.decode()
    assert "Barnehage og skole" in shown


def test_sheet_in_a_language_the_portal_does_not_have_is_not_there() -> None:
    agreement, desk = agreement_in(A.INTRODUCED), Client()
    desk.force_login(staff("kari"))
    assert (
        desk.get(reverse("admin:matching_agreement_profile_pdf", args=[agreement.pk, "ua", "xx"])).status_code
        == 404
    )


def test_hromada_sees_the_themes_of_the_offer_and_neither_its_words_nor_a_person() -> None:
    agreement = agreement_in(A.INTRODUCED)
    client = behind_link(olha())
    text = "".join(
        client.get(at(name, agreement)).content.decode()
        for name in ("hromada_partnership", "hromada_profile")
    )
    assert "Barnehage og skole" in text
    assert [word for word in ("Spesialpedagogikk", "Mona", "mona@", "755 55 000") if word in text] == []


def test_link_for_filling_in_does_not_answer() -> None:
    agreement = agreement_in(A.INTRODUCED)
    refused = mona(right=LinkRight.EDIT).post(at("partnership_reply", agreement), {"reply": Reply.YES})
    assert (refused.status_code, agreement.replies.count()) == (422, 0)


def test_panel_is_urgent_until_the_side_has_answered() -> None:
    agreement, client = agreement_in(A.INTRODUCED), mona()
    assert [panel.urgent for panel in panels_of(municipality("1804"), at=NOW)] == [True]
    client.post(at("partnership_reply", agreement), {"reply": Reply.TALK})
    panels = panels_of(municipality("1804"), at=NOW)
    assert [(panel.urgent, panel.data.reply) for panel in panels] == [(False, Reply.TALK)]
    assert [panel.data.side for panel in panels_of(hromada(), at=NOW)] == [Side.UKRAINIAN]


def test_municipality_reports_its_decision_once_and_ks_confirms_it() -> None:
    agreement, client = agreement_in(A.IN_PROCESS), mona()
    given = {"on": "20.11.2025", "source": "https://bodo.example/minutes", "case_number": "25/9"}
    client.post(at("partnership_decision", agreement), given)
    again = client.post(at("partnership_decision", agreement), given)
    report = ReportedDecision.objects.get()
    assert (again.status_code, agreement.milestones.count(), report.contact) == (200, 0, contact("1804"))


def test_decision_is_not_reported_before_both_have_said_yes() -> None:
    agreement = agreement_in(A.INTRODUCED)
    mona().post(at("partnership_decision", agreement), {"on": "2025", "source": "Minutes"})
    assert ReportedDecision.objects.count() == 0


@pytest.mark.parametrize("state", [A.INTRODUCED, A.IN_PROCESS])
def test_page_of_a_partnership_takes_few_statements(state: str, django_assert_max_num_queries: Any) -> None:
    agreement, client = agreement_in(state), mona()
    with django_assert_max_num_queries(20):
        assert client.get(at("partnership", agreement)).status_code == 200

"""Joint applications (P-01): the lead names, each member confirms itself, and nobody stands in two at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.roles import Actor
from municipalities.choices import WrittenStandard
from municipalities.models import JointMember, Municipality, Response
from municipalities.responses.drafts import NotYourResponse
from municipalities.responses.joint_applications import (
    CannotJoin,
    MemberBound,
    confirm_member,
    end_membership,
    members_at,
    name_member,
    ties_of,
)
from municipalities.responses.responses import withdraw_response
from municipalities.responses.rounds import RoundClosed
from tests.municipalities.answers import contact, submitted_response
from tests.municipalities.browsing import browser, mail_link
from tests.people import NOW
from tests.places import municipality, round_open
from tests.world import link_for

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
LATER = NOW + timedelta(hours=1)


def by(number: str = "1804") -> Actor:
    """Return the contact of a municipality."""
    return Actor.contact(contact(number).pk)


def named(number: str = "1811", *, lead: str = "1804") -> JointMember:
    """Return a member that the lead has named."""
    response = Response.objects.filter(municipality__number=lead).first() or submitted_response(lead).response
    return name_member(response=response, municipality=municipality(number), by=by(lead), at=NOW)


def confirmed(number: str = "1811", *, lead: str = "1804") -> JointMember:
    """Return a member that has confirmed."""
    member = named(number, lead=lead)
    confirm_member(member=member, by=by(number), at=LATER)
    return member


def test_a_member_counts_when_it_has_confirmed_and_not_before() -> None:
    member = named()
    assert list(JointMember.objects.in_force().others()) == []

    confirm_member(member=member, by=by("1811"), at=LATER)

    assert list(JointMember.objects.in_force().others()) == [member]
    assert [party.number for party in members_at(member.response, LATER)] == ["1811"]
    assert members_at(member.response, NOW) == []


def test_the_member_is_asked_by_mail_at_its_office_and_its_contacts_with_no_link_that_opens() -> None:
    Municipality.objects.filter(pk=municipality("1811").pk).update(mailbox="post@bindal.example")
    link_for(contact("1811"))

    named()

    letters = Email.objects.filter(record__template="joint_invitation").order_by("id")
    assert [letter.to for letter in letters] == [["post@bindal.example"], ["mona@bindal.kommune.no"]]
    assert [("/lenke/" in letter.message, "/meld-interesse/" in letter.message) for letter in letters] == [
        (False, True)
    ] * 2
    assert set(
        MailRecord.objects.filter(template="joint_invitation").values_list("recipient_kind", flat=True)
    ) == {
        "office",
        "contact",
    }


@pytest.mark.parametrize("standard", [WrittenStandard.NB, WrittenStandard.NN])
def test_the_mail_that_asks_carries_the_reference_and_not_who_asks(standard: str) -> None:
    Municipality.objects.filter(pk=municipality("1811").pk).update(
        mailbox="post@bindal.example", written_standard=standard
    )

    member = named()

    mail = Email.objects.get(record__template="joint_invitation")
    said = mail.subject + mail.message
    reference, lead = member.response.reference, member.response.municipality
    assert [part in said for part in (reference, lead.name, lead.county.name, "Bindal")] == [
        True,
        False,
        False,
        False,
    ]


def test_only_the_named_municipality_confirms_and_only_the_lead_names() -> None:
    member = named()

    with pytest.raises(NotYourResponse):
        confirm_member(member=member, by=by("5501"), at=LATER)
    with pytest.raises(NotYourResponse):
        name_member(response=member.response, municipality=municipality("5501"), by=by("1811"), at=LATER)


def test_a_municipality_is_in_one_joint_application_per_round() -> None:
    confirmed("1811", lead="1804")
    other = submitted_response("5501").response

    for number in ("1811", "1804", "5501"):
        with pytest.raises(CannotJoin):
            name_member(response=other, municipality=municipality(number), by=by("5501"), at=LATER)


def test_named_by_two_it_confirms_one() -> None:
    first, second = named("1811", lead="1804"), named("1811", lead="5501")
    confirm_member(member=second, by=by("1811"), at=LATER)

    with pytest.raises(CannotJoin):
        confirm_member(member=first, by=by("1811"), at=LATER)


def test_the_database_refuses_a_second_joint_application_too() -> None:
    confirmed("1811", lead="1804")
    other = submitted_response("5501").response

    with pytest.raises(IntegrityError), transaction.atomic():
        JointMember.objects.create(
            response=other,
            municipality=municipality("1811"),
            round=round_open(),
            named_at=NOW,
            confirmed_at=LATER,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        JointMember.objects.create(
            response=other,
            municipality=municipality("1804"),
            round=round_open(),
            named_at=NOW,
            confirmed_at=LATER,
            is_lead=True,
        )


def test_a_lead_alone_again_may_join_another_one() -> None:
    member = named("1811", lead="1804")
    end_membership(member=member, by=by("1804"), at=LATER)

    assert confirmed("1804", lead="5501").confirmed_at == LATER


def test_a_name_taken_back_cannot_be_confirmed() -> None:
    member = named()
    end_membership(member=JointMember.objects.get(pk=member.pk), by=by("1804"), at=LATER)

    with pytest.raises(CannotJoin):
        confirm_member(member=member, by=by("1811"), at=LATER)


def test_a_member_leaves_by_itself_but_not_when_there_is_a_partner() -> None:
    member = confirmed()
    Response.objects.filter(pk=member.response_id).update(state="matched", submitted_at=NOW)
    member.response.refresh_from_db()
    with pytest.raises(MemberBound):
        end_membership(member=member, by=by("1811"), at=LATER)
    Response.objects.filter(pk=member.response_id).update(state="ready")
    member.response.refresh_from_db()

    end_membership(member=member, by=by("1811"), at=LATER)

    assert list(JointMember.objects.open()) == []


def test_nobody_joins_or_is_named_when_there_is_a_partner_also_where_the_page_is_older() -> None:
    member = named()
    assert member.response.state == "submitted"
    Response.objects.filter(pk=member.response_id).update(state="matched", submitted_at=NOW)

    with pytest.raises(MemberBound):
        confirm_member(member=member, by=by("1811"), at=LATER)
    member.response.state = "submitted"
    with pytest.raises(RoundClosed):
        name_member(response=member.response, municipality=municipality("5501"), by=by(), at=LATER)

    assert [row.confirmed_at for row in JointMember.objects.others()] == [None]


def test_a_member_does_not_leave_an_application_that_has_got_its_partner_since_the_page_was_read() -> None:
    member = confirmed()
    Response.objects.filter(pk=member.response_id).update(state="matched", submitted_at=NOW)

    with pytest.raises(MemberBound):
        end_membership(member=member, by=by("1811"), at=LATER)

    assert list(JointMember.objects.in_force().others()) == [member]


def test_f24_a_withdrawn_application_sets_its_members_free() -> None:
    member = confirmed()

    withdraw_response(response=member.response, by=by(), at=LATER)

    assert (list(JointMember.objects.open()), ties_of(municipality("1811"))) == ([], ([], []))


def test_nobody_is_named_after_the_deadline() -> None:
    response = submitted_response().response
    response.round.closes_at = NOW - timedelta(days=1)

    with pytest.raises(RoundClosed):
        name_member(response=response, municipality=municipality("1811"), by=by(), at=NOW)


def test_a_named_municipality_sees_it_first_and_confirms_with_a_button() -> None:
    lead = browser("1804")
    lead.post("/kommunens-side/sammen/", {"municipality": municipality("1811").number})

    member = browser("1811")
    page = " ".join(member.get("/kommunens-side/").content.decode().split())
    member.post(f"/kommunens-side/sammen/{JointMember.objects.others().get().pk}/bekreft/")

    assert ("Bodø (Nordland) wants to apply together with you" in page, Response.objects.count()) == (True, 1)
    assert "Bindal (confirmed)" in " ".join(lead.get("/kommunens-side/").content.decode().split())
    assert mail_link("1811", "annen@bindal.kommune.no") != ""


@pytest.mark.parametrize(
    ("state", "said"),
    [("matched", "Det er avgjort hvem som er med"), ("withdrawn", "Dette kunne ikke bekreftes")],
)
def test_whoever_confirms_too_late_reads_why(state: str, said: str) -> None:
    member, mona = named(), browser("1811")
    mona.post("/sprak/", {"language": "nb"})
    if state == "withdrawn":
        withdraw_response(response=member.response, by=by(), at=LATER)
    else:
        Response.objects.filter(pk=member.response_id).update(state=state, submitted_at=NOW)

    page = mona.post(f"/kommunens-side/sammen/{member.pk}/bekreft/", follow=True)

    assert (page.status_code, said in page.content.decode()) == (200, True)
    assert list(JointMember.objects.in_force().others()) == []

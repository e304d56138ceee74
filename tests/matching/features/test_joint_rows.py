"""A joint application in the search and in the agreement: one row with the lead's code, everybody a party (P-01)."""

from __future__ import annotations

import pytest

from kommunesamarbeid.core.roles import Actor
from matching.agreements import open_agreement
from matching.agreements.agreements import mail_plan
from matching.engine.scores.criteria import DEFAULT_WEIGHTS
from matching.features.axes import read_ties
from matching.features.encoding import encode
from matching.features.norwegian import read_norwegian
from matching.models import Scheme
from matching.pairs.capacity import NoCapacity
from municipalities.models import JointMember
from municipalities.responses.joint_applications import confirm_member, name_member
from tests.matching.builders import matchable, proposal
from tests.municipalities.answers import contact, ready_response
from tests.people import NOW, TODAY, actor
from tests.places import municipality

pytestmark = pytest.mark.django_db


def joined(number: str = "1811", *, lead: str = "1804") -> JointMember:
    """Return a member that takes part in the lead's application."""
    response = municipality(lead).responses.get()
    member = name_member(
        response=response, municipality=municipality(number), by=Actor.contact(contact(lead).pk), at=NOW
    )
    confirm_member(member=member, by=Actor.contact(contact(number).pk), at=NOW)
    return member


def test_the_row_has_the_leads_code_and_county_and_everybodys_inhabitants() -> None:
    matchable("1804")
    joined("1811")

    rows, out = read_norwegian(TODAY, read_ties(TODAY))

    assert [(row.code, row.county, row.population) for row in rows] == [("1804", "18", 53712 + 1390)]
    assert (out, rows[0].members) == ([], (municipality("1811").pk,))


def test_a_member_has_no_row_of_its_own_and_brings_its_highest_level() -> None:
    matchable("1804", offer_education_level="2", offer_youth_level="3")
    ready_response("1811", offer_education_level="4", offer_youth_level="2")
    assert len(read_norwegian(TODAY, read_ties(TODAY))[0]) == 2
    joined("1811")

    rows, out = read_norwegian(TODAY, read_ties(TODAY))

    assert {slug: offer["level"] for slug, offer in rows[0].answers["offers"].items()} == {
        "education": 4,
        "youth": 3,
    }
    assert [(row.code, row.rule) for row in out] == [("1811", "inactive")]


def test_a_named_member_that_has_not_confirmed_changes_nothing() -> None:
    matchable("1804")
    before = encode(as_of=TODAY, scheme=Scheme(version=1, weights=DEFAULT_WEIGHTS.as_dict())).digest

    name_member(
        response=municipality().responses.get(),
        municipality=municipality("1811"),
        by=Actor.contact(contact().pk),
        at=NOW,
    )

    assert encode(as_of=TODAY, scheme=Scheme(version=1, weights=DEFAULT_WEIGHTS.as_dict())).digest == before


def test_one_member_with_unknown_inhabitants_makes_the_sum_unknown() -> None:
    matchable("1804")
    joined("1811")
    type(municipality("1811")).objects.filter(number="1811").update(population=None)

    assert read_norwegian(TODAY, read_ties(TODAY))[0][0].population is None


def test_all_become_parties_of_the_agreement_and_hear_of_it() -> None:
    matchable("1804")
    joined("1811")
    pair = proposal()

    agreement = open_agreement(proposal=pair, by=actor("kari"), at=NOW, undo_minutes=0)

    parties = agreement.parties.order_by("-is_lead").values_list("municipality__number", "is_lead")
    assert list(parties) == [("1804", True), ("1811", False)]
    assert [template for template, _to in mail_plan(pair)].count("introduction") == 2


def test_a_partner_of_one_member_is_no_candidate_for_the_whole() -> None:
    matchable("1804", capacity="2")
    joined("1811")
    pair = proposal()
    open_agreement(proposal=pair, by=actor("kari"), at=NOW, undo_minutes=0)
    pair.candidate.__class__.objects.update(capacity=2)

    features = encode(as_of=TODAY, scheme=Scheme(version=1, weights=DEFAULT_WEIGHTS.as_dict()))

    assert (features.rows.codes, features.pairs.rules) == (("1804",), ("already_partners",))


def test_the_scarcest_member_sets_the_places_in_the_search_and_under_lock() -> None:
    matchable("1804", capacity="2")
    ready_response("1811", capacity="1")
    joined("1811")
    pair = proposal()
    assert [row.capacity for row in read_norwegian(TODAY, read_ties(TODAY))[0]] == [1]
    open_agreement(proposal=pair, by=actor("kari"), at=NOW, undo_minutes=0)
    pair.candidate.hromada_id = other_hromada()

    with pytest.raises(NoCapacity):
        open_agreement(proposal=pair, by=actor("kari"), at=NOW, undo_minutes=0)


def test_a_proposal_of_its_own_is_withdrawn_when_the_member_confirms() -> None:
    matchable("1804")
    pair = proposal()
    ready_response("5501")

    joined("1804", lead="5501")

    pair.refresh_from_db()
    assert (pair.state, pair.response.state) == ("withdrawn", "ready")


def other_hromada() -> int:
    """Return the id of another hromada, so that the pair itself is new."""
    from tests.municipalities.pool import LVIV
    from tests.places import hromada

    return hromada(LVIV).pk

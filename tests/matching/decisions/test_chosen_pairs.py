"""KS chooses another pair: points as of today, what it displaces gives way with the reason, and no rule or place is walked over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.refusals import ReasonMissing
from kommunesamarbeid.core.roles import NotAllowed
from matching.choices import PairRuleKind, ProposalOrigin, Side, Verdict
from matching.decisions import chosen_pairs
from matching.decisions.decisions import NotAskedFor, reject_proposal
from matching.models import Alternative, Proposal
from matching.pairs.pair_rules import lift_rule
from matching.states import ProposalState
from matching.wording import rule_text
from municipalities.models import Candidate, Response
from tests.matching.builders import matchable, published_run, ruled_pair, two_pairs
from tests.matching.partners import approve
from tests.municipalities.answers import ready_response
from tests.municipalities.pool import POLTAVA, TESTIVSKA, ready_candidate
from tests.people import NOW, TODAY, actor

pytestmark = pytest.mark.django_db
P = ProposalState


def alternative(side: Side = Side.NORWEGIAN) -> Alternative:
    """Return the first alternative of a run of two pairs, of one side."""
    two_pairs()
    published_run()
    return Alternative.objects.filter(side=side).order_by("rank", "id")[0]


def choose(row: Alternative, who: str = "kari", reason: str = "They know each other.") -> Proposal:
    return chosen_pairs.choose_pair(
        response=row.response,
        candidate=row.candidate,
        by=actor(who),
        at=NOW,
        reason=reason,
        instead_of=row.proposal,
    )


@pytest.mark.parametrize("side", Side)
def test_alternative_is_proposed_and_what_wants_the_same_places_gives_way(side: Side) -> None:
    row = alternative(side)
    made = choose(row)
    gone = Proposal.objects.filter(superseded_by=made)
    assert (made.origin, made.state, made.forced_price, made.origin_reason) == (
        ProposalOrigin.ALTERNATIVE,
        P.PROPOSED,
        row.price,
        "They know each other.",
    )
    assert {(each.state, each.decisions.get().verdict) for each in gone} == {(P.WITHDRAWN, Verdict.WITHDRAW)}
    assert (gone.count(), row.proposal in gone) == (2, True)


def test_a21_points_of_a_chosen_pair_add_up_and_are_what_the_run_gave_it() -> None:
    row = alternative()
    made = choose(row)
    assert made.points == sum(each["points"] for each in made.breakdown) == row.points


@pytest.mark.parametrize("which", ["instead_of", "other"])
def test_locked_pair_never_gives_way_until_somebody_lifts_the_lock(which: str) -> None:
    row = alternative()
    weighed = chosen_pairs.weigh_choice(
        response=row.response, candidate=row.candidate, at=NOW, instead_of=row.proposal
    )
    stands = next(each for each in weighed.displaced if (each == row.proposal) == (which == "instead_of"))
    rule = ruled_pair(
        PairRuleKind.LOCK, stands.response.municipality.number, stands.candidate.hromada.katottg
    )
    again = chosen_pairs.weigh_choice(
        response=row.response, candidate=row.candidate, at=NOW, instead_of=row.proposal
    )
    assert (again.locked, stands in again.displaced, again.is_open) == ([stands], False, False)
    with pytest.raises(chosen_pairs.Locked):
        choose(row)
    assert set(Proposal.objects.values_list("state", flat=True)) == {P.PROPOSED}
    lift_rule(rule=rule, by=actor("kari"), at=NOW, reason="Both have agreed.")
    made = choose(row)
    stands.refresh_from_db()
    assert (stands.state, stands.superseded_by) == (P.WITHDRAWN, made)


def test_lock_that_has_run_out_holds_nothing_back() -> None:
    row = alternative()
    party, katottg = row.proposal.response.municipality.number, row.proposal.candidate.hromada.katottg
    ruled_pair(PairRuleKind.LOCK, party, katottg, until=TODAY)
    later = chosen_pairs.weigh_choice(
        response=row.response, candidate=row.candidate, at=NOW + timedelta(days=1), instead_of=row.proposal
    )
    assert later.locked == []


def test_pair_by_hand_needs_the_same_approvals() -> None:
    made = choose(alternative())
    with pytest.raises(NotAskedFor):
        approve(made, "andrij", "auc")
    assert approve(made, "guro") is not None


def test_side_with_two_places_keeps_its_other_proposal() -> None:
    matchable("1804", POLTAVA, capacity="2")
    ready_candidate(TESTIVSKA, languages=["en"], interpreter=True)
    published_run()
    kept = Proposal.objects.order_by("-points")[0]
    other = Proposal.objects.exclude(pk=kept.pk).get()
    reject_proposal(proposal=other, by=actor("kari"), at=NOW, reason_code="geography", reason="Far.")
    made = chosen_pairs.choose_pair(
        response=other.response,
        candidate=other.candidate,
        by=actor("kari"),
        at=NOW,
        reason="Not far after all.",
    )
    kept.refresh_from_db()
    assert (made.origin, kept.state) == (ProposalOrigin.BY_HAND, P.PROPOSED)


def test_pair_that_a_rule_forbids_is_refused_in_words() -> None:
    ready_response("1804", refusal="outside")
    ready_response("5501")
    candidate = ready_candidate(POLTAVA, languages=["en"], interpreter=True)
    published_run()
    response = Response.objects.get(municipality__number="1804")
    with pytest.raises(chosen_pairs.Forbidden) as refused:
        chosen_pairs.choose_pair(
            response=response, candidate=candidate, by=actor("kari"), at=NOW, reason="Please."
        )
    assert refused.value.args == ("category_refused", "")
    assert str(refused.value) == rule_text("category_refused")


def test_place_that_a_partnership_holds_is_never_displaced() -> None:
    row = alternative()
    assert approve(row.proposal) is not None
    with pytest.raises(chosen_pairs.Forbidden) as refused:
        choose(row)
    assert refused.value.args == ("no_capacity", Side.NORWEGIAN)
    assert Proposal.objects.filter(superseded_by__isnull=False).count() == 0


def test_pair_that_is_proposed_already_is_not_proposed_twice() -> None:
    row = alternative()
    with pytest.raises(chosen_pairs.AlreadyProposed):
        chosen_pairs.choose_pair(
            response=row.proposal.response,
            candidate=row.proposal.candidate,
            by=actor("kari"),
            at=NOW,
            reason="Again.",
        )


def test_pair_of_an_older_run_is_not_chosen() -> None:
    row = alternative()
    published_run()
    with pytest.raises(chosen_pairs.NoRunUnderReview):
        choose(row)


def test_choice_without_a_reason_is_refused_also_by_the_database() -> None:
    row = alternative()
    with pytest.raises(ReasonMissing):
        choose(row, reason=" ")
    made = choose(row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(origin_reason="")


@pytest.mark.parametrize("who", ["lars", "andrij", "astrid"])
def test_choosing_is_ks_coordinators_and_approvers(who: str) -> None:
    with pytest.raises(NotAllowed):
        choose(alternative(), who)


def test_weighing_a_choice_writes_nothing() -> None:
    row = alternative()
    before = AuditEvent.objects.count(), Proposal.objects.count()
    choice = chosen_pairs.weigh_choice(
        response=row.response, candidate=row.candidate, at=NOW, instead_of=row.proposal
    )
    assert (choice.is_open, choice.price, len(choice.displaced)) == (True, row.price, 2)
    assert (AuditEvent.objects.count(), Proposal.objects.count()) == before
    assert Candidate.objects.count() == 2

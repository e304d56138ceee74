"""The desk decides: what each reader sees of a pair, what the acts do, and how a refusal is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kommunesamarbeid.core.models import User
from matching.agreements.agreements import introduce_due, undo_agreement
from matching.choices import DecisionKind, RejectReason
from matching.decisions.decisions import hold_proposal
from matching.models import Agreement, Proposal
from matching.states import AgreementState, EndReason, ProposalState
from tests.desk import browser
from tests.matching.builders import matchable, proposal, published_run, two_pairs
from tests.matching.partners import approve
from tests.municipalities.pool import LVIV
from tests.people import NOW, actor, make_user

pytestmark = pytest.mark.django_db
P, A = ProposalState, AgreementState
SECRETS = ("Mona Berg", "mona@", "755 55 000", "Spesialpedagogikk", "Hemmelig ønske", "Kommunestyret")


def at(verb: str, found: Proposal) -> str:
    return reverse(f"admin:matching_proposal_{verb}", args=[found.pk])


def page(client: Client, found: Proposal) -> str:
    return client.get(at("change", found)).content.decode()


def post(client: Client, verb: str, found: Proposal, **data: Any) -> Any:
    return client.post(at(verb, found), {"seen": found.state, **data})


def give(client: Client, found: Proposal, kind: str = DecisionKind.KS_FIRST) -> Any:
    return post(client, "approve", found, kind=kind, no_conflict="on")


def test_page_shows_both_sides_points_that_add_up_and_alternatives() -> None:
    two_pairs()
    found = proposal()
    text = page(browser("kari"), found)
    assert sum(row["points"] for row in found.breakdown) == found.points
    for words in (
        "Bodø ↔ ",
        "Nordland",
        "Spesialpedagogikk og skoleledelse.",
        f"{found.points:,}".replace(",", "\u202f"),
    ):
        assert words in text
    assert found.alternatives.exists()


def test_auc_sees_the_pair_without_contacts_free_text_or_wishes() -> None:
    matchable(preference="outside", preference_reason="Hemmelig ønske", notes="Hemmelig ønske")
    found = proposal()
    client = browser("andrij")
    agreement = approve(found)
    assert agreement is not None
    pages = [at("change", found), reverse("admin:matching_agreement_change", args=[agreement.pk])]
    pages += [reverse(f"admin:matching_{model}_changelist") for model in ("proposal", "agreement")]
    texts = "".join(client.get(address).content.decode() for address in pages)
    assert "Бод" in texts or "Bodø" in texts
    assert [secret for secret in SECRETS if secret in texts] == []


def test_ks_reasons_stay_with_ks() -> None:
    found = proposal()
    hold_proposal(proposal=found, by=actor("kari"), at=NOW, reason="The mayor hesitates.")
    assert "The mayor hesitates." in page(browser("kari"), found)
    assert "The mayor hesitates." not in page(browser("andrij"), found)


def test_approval_is_confirmed_with_who_is_told_and_opens_the_partnership() -> None:
    found, client = proposal(), browser("kari")
    told = client.get(at("approve", found)).content.decode()
    assert "Bodø (Nordland)" in told
    answer = give(client, found)
    assert (answer.status_code, answer["Location"]) == (302, at("change", found))
    assert Agreement.objects.get().state == A.OPENED
    assert reverse("admin:matching_agreement_undo", args=[Agreement.objects.get().pk]) in page(client, found)


def test_approval_without_the_tick_is_refused_at_the_field_and_keeps_the_note() -> None:
    found = proposal()
    answer = post(browser("kari"), "approve", found, kind=DecisionKind.KS_FIRST, reason="A good pair.")
    assert (answer.status_code, Agreement.objects.count()) == (200, 0)
    assert "no_conflict" in answer.context["form"].errors
    assert "A good pair." in answer.content.decode()


def test_two_approvals_by_ks_and_auc_open_the_partnership(settings: Any) -> None:
    settings.APPROVALS_REQUIRED = ["ks_first", "auc"]
    found = proposal()
    give(browser("kari"), found)
    assert Agreement.objects.count() == 0
    give(browser("andrij"), found, DecisionKind.AUC)
    assert Agreement.objects.count() == 1


def test_second_approval_is_not_offered_to_the_first_approver(settings: Any) -> None:
    settings.APPROVALS_REQUIRED = ["ks_first", "ks_second"]
    found, guro = proposal(), browser("guro")
    give(guro, found)
    assert at("approve", found) not in page(guro, found)
    assert give(guro, found, DecisionKind.KS_SECOND).status_code == 200
    assert Agreement.objects.count() == 0


def test_kind_somebody_may_not_give_is_forbidden(settings: Any) -> None:
    settings.APPROVALS_REQUIRED = ["ks_first", "auc"]
    assert give(browser("kari"), proposal(), DecisionKind.AUC).status_code == 403


def test_deciding_something_decided_meanwhile_is_a_plain_conflict() -> None:
    found, client = proposal(), browser("kari")
    approve(found, "guro")
    answer = client.post(
        at("reject", found), {"seen": P.PROPOSED, "reason_code": "other", "reason": "Too late."}
    )
    assert (answer.status_code, found.decisions.count()) == (409, 1)


def test_page_of_a_place_taken_meanwhile_says_so_in_words() -> None:
    found = proposal()
    Agreement.objects.all().delete()
    other = approve(found)
    assert other is not None
    undo_agreement(agreement=other, by=actor("kari"), at=NOW)
    answer = give(browser("kari"), Proposal.objects.get(pk=found.pk))
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("verb", "data", "state"),
    [
        ("reject", {"reason_code": RejectReason.SECURITY, "reason": "Not safe."}, P.REJECTED),
        ("hold", {"reason": "Waiting."}, P.HELD),
        ("withdraw", {"reason": "Wrong."}, P.WITHDRAWN),
    ],
)
def test_act_is_done_and_leads_back(verb: str, data: dict[str, str], state: str) -> None:
    found = proposal()
    answer = post(browser("kari"), verb, found, **data)
    found.refresh_from_db()
    assert (answer.status_code, answer["Location"], found.state) == (302, at("change", found), state)


@pytest.mark.parametrize("verb", ["reject", "hold", "withdraw"])
def test_act_without_words_is_refused_at_the_field(verb: str) -> None:
    found = proposal()
    answer = post(browser("kari"), verb, found, reason=" ")
    found.refresh_from_db()
    assert (answer.status_code, found.state) == (200, P.PROPOSED)
    assert "reason" in answer.context["form"].errors


def test_held_proposal_is_taken_up_again() -> None:
    found, client = proposal(), browser("kari")
    post(client, "hold", found, reason="Waiting.")
    found.refresh_from_db()
    post(client, "resume", found)
    found.refresh_from_db()
    assert found.state == P.PROPOSED


def test_undo_on_the_desk_ends_the_partnership() -> None:
    found, client = proposal(), browser("kari")
    give(client, found)
    agreement = Agreement.objects.get()
    client.post(reverse("admin:matching_agreement_undo", args=[agreement.pk]))
    agreement.refresh_from_db()
    assert agreement.end_reason == EndReason.UNDONE


def test_undo_is_gone_when_the_window_has_closed() -> None:
    found, client = proposal(), browser("kari")
    give(client, found)
    introduce_due(at=timezone.now() + timedelta(minutes=11))
    assert reverse("admin:matching_agreement_undo", args=[Agreement.objects.get().pk]) not in page(
        client, found
    )


def test_list_shows_published_proposals_only() -> None:
    found = proposal()
    Proposal.objects.filter(pk=found.pk).update(run=found.run)
    client = browser("kari")
    assert (
        client.get(reverse("admin:matching_proposal_changelist")).content.decode().count("Bodø ↔ Poltava")
        == 1
    )


@pytest.mark.parametrize("pairs", [1, 2])
def test_list_takes_the_same_few_statements_at_any_size(pairs: int, django_assert_num_queries: Any) -> None:
    if pairs == 2:
        matchable("5501", LVIV)
    matchable()
    published_run()
    client = browser("kari")
    with django_assert_num_queries(12):
        assert client.get(reverse("admin:matching_proposal_changelist")).status_code == 200


def test_approval_takes_at_most_31_statements(django_assert_max_num_queries: Any) -> None:
    found, client = proposal(), browser("kari")
    make_user("andrij") if not User.objects.filter(email__startswith="andrij@").exists() else None
    with django_assert_max_num_queries(31):
        assert give(client, found).status_code == 302

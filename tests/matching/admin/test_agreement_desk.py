"""The desk keeps partnerships: dates as typed, consents by side, steps, and co-operations that existed before."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from matching.choices import MilestoneKind, Precision, Side
from matching.models import Agreement
from matching.states import AgreementState
from tests.desk import browser
from tests.matching.partners import consent_both, dated, existing_agreement, introduced, opened_agreement
from tests.municipalities.pool import LVIV
from tests.people import TODAY
from tests.places import hromada, municipality

pytestmark = pytest.mark.django_db
A, K = AgreementState, MilestoneKind


def at(verb: str, agreement: Agreement) -> str:
    return reverse(f"admin:matching_agreement_{verb}", args=[agreement.pk])


def act(client: Client, verb: str, agreement: Agreement, **data: Any) -> Any:
    return client.post(at(verb, agreement), data)


@pytest.mark.parametrize(
    ("typed", "on", "precision"),
    [
        ("2025", date(2025, 1, 1), Precision.YEAR),
        ("06.2026", date(2026, 6, 1), Precision.MONTH),
        ("2026-06", date(2026, 6, 1), Precision.MONTH),
        ("12.6.2026", date(2026, 6, 12), Precision.DAY),
        (" 2026-06-12 ", date(2026, 6, 12), Precision.DAY),
    ],
)
def test_milestone_date_is_as_precise_as_typed(typed: str, on: date, precision: str) -> None:
    agreement = existing_agreement()
    act(browser("kari"), "milestone", agreement, kind=K.SIGNATURE, on=typed, source="Minutes")
    milestone = agreement.milestones.get()
    assert (milestone.on, milestone.precision) == (on, precision)


@pytest.mark.parametrize("typed", ["", "yesterday", "31.02.2026", "12.13.2026", "0000", "12.06.2999", "1e3"])
def test_date_that_is_none_is_told_at_the_field_and_kept(typed: str) -> None:
    agreement = existing_agreement()
    answer = act(browser("kari"), "milestone", agreement, kind=K.SIGNATURE, on=typed, source="Minutes of May")
    assert (answer.status_code, agreement.milestones.count()) == (200, 0)
    assert "on" in answer.context["form"].errors
    assert "Minutes of May" in answer.content.decode()


def test_identity_number_in_a_source_is_refused() -> None:
    agreement = existing_agreement()
    answer = act(
        browser("kari"), "milestone", agreement, kind=K.SIGNATURE, on="2026", source="Signed by 01017000027"
    )
    assert ("source" in answer.context["form"].errors, agreement.milestones.count()) == (True, 0)


def test_milestone_is_corrected_from_what_stands() -> None:
    agreement, client = existing_agreement(), browser("kari")
    dated(agreement, K.SIGNATURE, date(2026, 6, 1), precision=Precision.MONTH)
    form = client.get(at("milestone", agreement), {"kind": K.SIGNATURE}).context["form"]
    assert (form.initial["on"], form.initial["source"]) == ("06.2026", "Minutes of the council")


def test_auc_is_offered_ukrainian_milestones_and_the_ukrainian_consent() -> None:
    agreement, client = existing_agreement(), browser("andrij")
    kinds = [
        value
        for value, _label in client.get(at("milestone", agreement)).context["form"].fields["kind"].choices
    ]
    sides = [
        value for value, _label in client.get(at("consent", agreement)).context["form"].fields["side"].choices
    ]
    assert (kinds, sides) == (
        ["ua_clearance_sent", "ua_clearance_given", "ua_decision", "ua_registration"],
        [Side.UKRAINIAN],
    )


def test_consents_of_both_sides_are_recorded_and_withdrawn() -> None:
    agreement, client = existing_agreement(), browser("kari")
    for side in Side:
        act(client, "consent", agreement, side=side, given_on=TODAY.strftime("%d.%m.%Y"), given_by="mayor")
    assert agreement.consents.count() == 2
    first = agreement.consents.get(side=Side.NORWEGIAN)
    client.post(reverse("admin:matching_agreement_withdraw_consent", args=[agreement.pk, first.pk]))
    first.refresh_from_db()
    assert first.withdrawn_at is not None


def test_agreement_moves_on_the_desk() -> None:
    agreement = existing_agreement(state=A.MUTUAL)
    act(browser("kari"), "move", agreement, to=A.IN_PROCESS, seen=A.MUTUAL)
    agreement.refresh_from_db()
    assert agreement.state == A.IN_PROCESS


def test_an_answer_given_by_telephone_is_recorded_at_the_desk() -> None:
    agreement = introduced()
    done = act(browser("kari"), "reply", agreement, side="no", reply="yes", reason="")
    assert done["Location"] == at("change", agreement)
    assert [(row.side, row.reply) for row in agreement.replies.all()] == [(Side.NORWEGIAN, "yes")]


def test_step_that_is_not_in_the_table_is_not_offered() -> None:
    agreement = existing_agreement(state=A.MUTUAL)
    answer = act(browser("kari"), "move", agreement, to=A.ACTIVE, seen=A.MUTUAL)
    assert "to" in answer.context["form"].errors


def test_move_of_something_moved_meanwhile_is_a_plain_conflict() -> None:
    agreement = existing_agreement(state=A.IN_PROCESS)
    answer = act(browser("kari"), "move", agreement, to=A.SUSPENDED, seen=A.ACTIVE, reason="War.")
    assert answer.status_code == 409


def test_ending_needs_reason_and_words_and_keeps_the_facts() -> None:
    agreement, client = existing_agreement(), browser("kari")
    consent_both(agreement)
    assert act(client, "end", agreement, reason="completed", text="", seen=A.ACTIVE).status_code == 200
    act(client, "end", agreement, reason="completed", text="All done.", seen=A.ACTIVE)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.consents.count()) == (A.ENDED, 2)


def test_existing_cooperation_is_entered_by_code() -> None:
    client = browser("kari")
    data = {
        "municipality": municipality("5501").pk,
        "hromada": hromada(LVIV).pk,
        "state": A.ACTIVE,
        "kind": "cooperation",
        "source": "Letter of 3 May",
    }
    answer = client.post(reverse("admin:matching_agreement_add"), data)
    assert answer["Location"] == at("change", Agreement.objects.get())


def test_entering_the_same_pair_twice_is_told_in_words() -> None:
    agreement, client = existing_agreement(), browser("kari")
    data = {
        "municipality": municipality().pk,
        "hromada": agreement.hromada_id,
        "state": A.ACTIVE,
        "kind": "other",
        "source": "Letter",
    }
    answer = client.post(reverse("admin:matching_agreement_add"), data)
    assert (answer.status_code, Agreement.objects.count()) == (200, 1)
    assert answer.context["form"].non_field_errors()


def test_page_tells_which_mails_wait_without_saying_to_whom() -> None:
    agreement = opened_agreement()
    text = browser("kari").get(at("change", agreement)).content.decode()
    assert agreement.reference in text
    assert "mona@" not in text


@pytest.mark.parametrize("pairs", [1, 2])
def test_list_takes_the_same_few_statements_at_any_size(pairs: int, django_assert_num_queries: Any) -> None:
    existing_agreement()
    if pairs == 2:
        existing_agreement("5501", LVIV)
    client = browser("kari")
    with django_assert_num_queries(10):
        assert client.get(reverse("admin:matching_agreement_changelist")).status_code == 200


def test_address_of_no_agreement_is_not_found() -> None:
    client = browser("kari")
    assert client.get("/desk/matching/agreement/999/change/").status_code == 404
    assert client.get("/desk/matching/agreement/abc/change/").status_code == 404

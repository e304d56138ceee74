"""A partnership from opening to end: capacity on both sides, the undo window, steps, and what existed before."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from post_office.models import Email

from kommunesamarbeid.core.lifecycle import NotAStep, StaleState
from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.refusals import ReasonMissing, SourceMissing
from kommunesamarbeid.core.roles import SYSTEM, NotAllowed
from matching.agreements import agreements, existing_cooperation
from matching.agreements.agreements import end_agreement, introduce_due, move_agreement, undo_agreement
from matching.agreements.existing_cooperation import record_reported
from matching.choices import AgreementKind, MilestoneKind, Origin, Precision
from matching.models import Agreement, AgreementParty
from matching.pairs import capacity
from matching.states import AGREEMENT_TRANSITIONS, AgreementState, EndReason, ProposalState
from municipalities.models import KnownPartnership
from municipalities.states import ResponseState
from tests.matching.builders import matchable, proposal
from tests.matching.partners import (
    AFTER_UNDO,
    WAYS,
    agreement_in,
    approve,
    dated,
    existing_agreement,
    opened_agreement,
    taken_by,
)
from tests.municipalities.pool import LVIV, POLTAVA
from tests.people import NOW, actor
from tests.places import hromada, municipality

pytestmark = pytest.mark.django_db
A = AgreementState


def known(number: str = "1804", katottg: str = POLTAVA, **values: object) -> KnownPartnership:
    """Return a Norwegian partnership read in a public source."""
    facts = {
        "key": f"NO|{number}|{katottg}",
        "partner_country": "NO",
        "partner_name": "Bodø",
        "partner_level": "municipality",
        "kind": "signed",
        "year": 2025,
        "reported_on": "2025-07",
        "source": "https://avisa.example/1",
        **values,
    }
    return KnownPartnership.objects.create(
        municipality=municipality(number), hromada=hromada(katottg), **facts
    )


def mails(agreement: Agreement) -> list[tuple[str, str]]:
    """Return template and language of what waits or went out for a case."""
    rows = MailRecord.objects.filter(case_reference=agreement.reference, cancelled_at=None)
    return list(rows.order_by("id").values_list("template", "language"))


# --- opening -------------------------------------------------------------------------------------------


def test_opened_agreement_takes_a_place_on_both_sides() -> None:
    assert taken_by(opened_agreement()) == (1, 1)


def test_municipality_with_room_for_two_stays_ready_after_one() -> None:
    matchable("1804", capacity="2")
    agreement = opened_agreement()
    assert agreement.proposal is not None
    agreement.proposal.response.refresh_from_db()
    assert (agreement.proposal.response.state, taken_by(agreement)) == (ResponseState.READY, (1, 1))


def test_agreement_is_refused_when_the_municipality_has_no_place_left() -> None:
    found = proposal()
    existing_agreement("1804", LVIV)
    with pytest.raises(capacity.NoCapacity) as refusal:
        approve(found)
    assert (refusal.value.side, Agreement.objects.count()) == ("no", 1)


def test_agreement_of_partners_is_refused_by_room_and_constraint() -> None:
    matchable("1804", capacity="2")
    found = proposal()
    existing = existing_agreement()
    with pytest.raises(capacity.AlreadyPartners):
        approve(found)
    other = Agreement.objects.create(
        reference="PA-X", origin=Origin.EXISTING, hromada=existing.hromada, opened_at=NOW, updated_at=NOW
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementParty.objects.create(
            agreement=other, municipality=municipality("1804"), hromada=existing.hromada
        )


def test_suspended_agreement_still_takes_its_places() -> None:
    agreement = agreement_in(A.SUSPENDED)
    assert taken_by(agreement) == (1, 1)


def test_mails_wait_for_the_undo_window_and_name_no_partner() -> None:
    agreement = opened_agreement()
    assert mails(agreement) == [("introduction", "nb"), ("introduction_auc", "uk")]
    waiting = Email.objects.filter(record__case_reference=agreement.reference)
    assert {mail.scheduled_time for mail in waiting} == {AFTER_UNDO}
    for mail in waiting:
        assert agreement.reference in mail.message
        assert not {"Poltava", "Полтава", "Bodø", "Mona"} & set(mail.message.replace(",", " ").split())


def test_norwegian_mail_is_in_the_municipalitys_written_standard() -> None:
    matchable("4621")
    assert mails(opened_agreement())[0] == ("introduction", "nn")


# --- undo and introduction ---------------------------------------------------------------------------------


def test_undo_within_the_window_sends_nothing_and_frees_both_places() -> None:
    agreement = opened_agreement()
    undo_agreement(agreement=agreement, by=actor("kari"), at=AFTER_UNDO - timedelta(seconds=1))
    assert agreement.proposal is not None
    response = agreement.proposal.response
    response.refresh_from_db()
    assert (agreement.end_reason, agreement.proposal.state, response.state) == (
        EndReason.UNDONE,
        ProposalState.WITHDRAWN,
        ResponseState.READY,
    )
    assert (mails(agreement), Email.objects.filter(scheduled_time=AFTER_UNDO).count()) == ([], 0)
    assert taken_by(agreement) == (0, 0)


def test_undo_after_the_window_is_refused() -> None:
    with pytest.raises(agreements.UndoClosed):
        undo_agreement(agreement=opened_agreement(), by=actor("kari"), at=AFTER_UNDO)


def test_undo_is_for_ks() -> None:
    with pytest.raises(NotAllowed):
        undo_agreement(agreement=opened_agreement(), by=actor("andrij"), at=NOW)


def test_introduction_comes_when_the_window_closes_and_only_once() -> None:
    agreement = opened_agreement()
    assert [
        introduce_due(at=AFTER_UNDO - timedelta(seconds=1)),
        introduce_due(at=AFTER_UNDO),
        introduce_due(at=AFTER_UNDO),
    ] == [
        0,
        1,
        0,
    ]
    agreement.refresh_from_db()
    assert (agreement.state, agreement.introduced_at, len(mails(agreement))) == (A.INTRODUCED, AFTER_UNDO, 2)


def test_undo_of_something_introduced_meanwhile_is_refused() -> None:
    seen = opened_agreement()
    introduce_due(at=AFTER_UNDO)
    with pytest.raises(StaleState):
        undo_agreement(agreement=seen, by=actor("kari"), at=NOW)


def test_introduction_by_hand_waits_for_the_window() -> None:
    with pytest.raises(agreements.UndoStillOpen):
        move_agreement(agreement=opened_agreement(), to=A.INTRODUCED, by=actor("kari"), at=NOW)


# --- steps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", list(A))
def test_agreement_moves_only_along_the_table(source: str) -> None:
    agreement = agreement_in(source)
    dated(agreement, MilestoneKind.SIGNATURE) if source != A.ENDED else None
    for to in A:
        copy = Agreement.objects.get(pk=agreement.pk)
        if to not in AGREEMENT_TRANSITIONS[source]:
            with pytest.raises(NotAStep):
                step(copy, to)
            continue
        with transaction.atomic():
            step(copy, to)
            assert Agreement.objects.get(pk=agreement.pk).state == to
            transaction.set_rollback(True)


def step(agreement: Agreement, to: str) -> None:
    """Do the act that leads to a state."""
    if to == A.ENDED:
        end_agreement(
            agreement=agreement, reason=EndReason.OTHER, text="Done.", by=actor("kari"), at=AFTER_UNDO
        )
    else:
        move_agreement(agreement=agreement, to=to, by=actor("kari"), at=AFTER_UNDO, reason="A step.")


def test_every_state_has_its_way() -> None:
    assert set(WAYS) == set(A) - {A.ENDED}


def test_signed_needs_a_dated_signature_and_the_clearance_or_a_reason() -> None:
    agreement = agreement_in(A.IN_PROCESS)
    with pytest.raises(agreements.SignatureMissing):
        move_agreement(agreement=agreement, to=A.SIGNED, by=actor("kari"), at=AFTER_UNDO)
    dated(agreement, MilestoneKind.SIGNATURE)
    with pytest.raises(agreements.ClearanceMissing):
        move_agreement(agreement=agreement, to=A.SIGNED, by=actor("kari"), at=AFTER_UNDO)
    dated(agreement, MilestoneKind.UA_CLEARANCE_GIVEN, by=actor("andrij"))
    move_agreement(agreement=agreement, to=A.SIGNED, by=actor("kari"), at=AFTER_UNDO)
    assert agreement.state == A.SIGNED


def test_suspending_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        move_agreement(agreement=existing_agreement(), to=A.SUSPENDED, by=actor("kari"), at=NOW)


def test_agreement_somebody_else_moved_is_a_conflict() -> None:
    first = agreement_in(A.INTRODUCED)
    second = Agreement.objects.get(pk=first.pk)
    move_agreement(agreement=first, to=A.MUTUAL, by=actor("kari"), at=AFTER_UNDO)
    with pytest.raises(StaleState):
        move_agreement(agreement=second, to=A.MUTUAL, by=actor("guro"), at=AFTER_UNDO)


def test_ended_agreement_frees_the_pair_and_makes_the_response_ready() -> None:
    agreement = agreement_in(A.INTRODUCED)
    end_agreement(
        agreement=agreement,
        reason=EndReason.NO_ANSWER,
        text="Silent for a month.",
        by=actor("kari"),
        at=AFTER_UNDO,
    )
    assert agreement.proposal is not None
    agreement.proposal.response.refresh_from_db()
    assert agreement.proposal.response.state == ResponseState.READY
    assert not agreement.parties.filter(is_open=True).exists()


def test_completed_agreement_leaves_the_old_answer_alone() -> None:
    agreement = agreement_in(A.INTRODUCED)
    end_agreement(
        agreement=agreement, reason=EndReason.COMPLETED, text="Done.", by=actor("kari"), at=AFTER_UNDO
    )
    assert agreement.proposal is not None
    agreement.proposal.response.refresh_from_db()
    assert agreement.proposal.response.state == ResponseState.MATCHED


@pytest.mark.parametrize(
    ("reason", "text"), [(EndReason.OTHER, " "), (EndReason.UNDONE, "Undo."), ("fancy", "Text.")]
)
def test_ending_needs_a_reason_of_the_list_and_words(reason: str, text: str) -> None:
    with pytest.raises(ReasonMissing):
        end_agreement(agreement=existing_agreement(), reason=reason, text=text, by=actor("kari"), at=NOW)


@pytest.mark.parametrize("who", ["lars", "andrij", "astrid"])
def test_steps_are_for_ks_coordinators(who: str) -> None:
    agreement = existing_agreement()
    with pytest.raises(NotAllowed):
        move_agreement(agreement=agreement, to=A.SUSPENDED, by=actor(who), at=NOW, reason="No.")
    with pytest.raises(NotAllowed):
        end_agreement(agreement=agreement, reason=EndReason.OTHER, text="No.", by=actor(who), at=NOW)


# --- what existed before ---------------------------------------------------------------------------------------


def test_reported_partnership_becomes_an_agreement_once() -> None:
    known()
    assert [record_reported(by=SYSTEM, at=NOW), record_reported(by=SYSTEM, at=NOW)] == [1, 0]
    agreement = Agreement.objects.get()
    signature = agreement.milestones.get()
    assert (agreement.origin, agreement.state, agreement.source) == (
        Origin.REPORTED,
        A.SIGNED,
        "https://avisa.example/1",
    )
    assert (signature.on, signature.precision) == (date(2025, 7, 1), Precision.MONTH)


@pytest.mark.parametrize(
    ("kind", "active", "state", "paper"),
    [
        ("signed", True, A.ACTIVE, AgreementKind.COOPERATION),
        ("intent", None, A.IN_PROCESS, AgreementKind.INTENT),
        ("cooperation", True, A.IN_PROCESS, AgreementKind.COOPERATION),
        ("project", None, A.IN_PROCESS, AgreementKind.OTHER),
    ],
)
def test_reported_partnership_is_no_further_than_its_source_says(
    kind: str, active: bool | None, state: str, paper: str
) -> None:
    known(kind=kind, active=active)
    record_reported(by=SYSTEM, at=NOW)
    assert Agreement.objects.values_list("state", "kind").get() == (state, paper)


def test_reported_partnership_that_has_ended_is_left_out() -> None:
    known(active=False)
    assert record_reported(by=SYSTEM, at=NOW) == 0


def test_what_is_known_from_a_letter_only_is_not_reported_to_everybody() -> None:
    known(source="Letter of 3 May")
    assert record_reported(by=SYSTEM, at=NOW) == 0


def test_existing_cooperation_takes_over_the_reported_one_with_its_dates() -> None:
    known()
    record_reported(by=SYSTEM, at=NOW)
    agreement = existing_agreement()
    assert agreement.milestones.get().kind == MilestoneKind.SIGNATURE
    assert [(a.origin, a.state) for a in Agreement.objects.order_by("id")] == [
        (Origin.REPORTED, A.ENDED),
        (Origin.EXISTING, A.ACTIVE),
    ]
    assert record_reported(by=SYSTEM, at=NOW) == 0


@pytest.mark.parametrize(
    ("values", "failure"),
    [({"source": " "}, SourceMissing), ({"state": A.OPENED}, ValueError), ({"state": A.ENDED}, ValueError)],
)
def test_existing_cooperation_needs_a_source_and_a_living_state(
    values: dict[str, str], failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        existing_agreement(**values)


@pytest.mark.parametrize(
    ("text", "year", "expected"),
    [
        ("2025-07-11", 2025, (date(2025, 7, 11), Precision.DAY)),
        ("2025-07", 2025, (date(2025, 7, 1), Precision.MONTH)),
        ("2025", None, (date(2025, 1, 1), Precision.YEAR)),
        ("2026-01", 2025, (date(2025, 1, 1), Precision.YEAR)),
        ("", 2024, (date(2024, 1, 1), Precision.YEAR)),
        ("", None, None),
    ],
)
def test_reported_date_is_only_as_precise_as_the_source(
    text: str, year: int | None, expected: object
) -> None:
    assert existing_cooperation.reported_date(text, year) == expected

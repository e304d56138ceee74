"""The demo has something to show on every page, says of everything that it is invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import models, transaction
from django.db.models import F
from pytest_django.plugin import DjangoDbBlocker

from kommunesamarbeid.core.demo import DEMO_LOGINS
from kommunesamarbeid.core.models import AuditEvent, User
from matching.choices import MilestoneKind, Origin, Side
from matching.demo import seed
from matching.demo.seed import LEFT_FREE
from matching.models import Agreement, Decision, MatchRun, Milestone, Proposal
from matching.states import AgreementState, ProposalState, RunState
from municipalities.candidates.candidates import assessments_on
from municipalities.choices import Category, DamageBand
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    Consent,
    ContactPerson,
    Need,
    NeedComment,
    Response,
    Teaching,
)
from municipalities.registers.loader import load_registers
from municipalities.states import CandidateState, ResponseState
from tests.people import NOW, TODAY

SIZE: dict[str, Any] = {"municipalities": 48, "candidates": 80, "required": ["ks_first"], "undo_minutes": 10}


@pytest.fixture(scope="module")
def _demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Seed once; each test runs in a savepoint of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_registers(at=NOW - timedelta(days=400))
        seed(seed=1, end=NOW, **SIZE)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(_demo: None, db: None) -> None:
    """The seeded database."""


def states(model: type[models.Model], **only: Any) -> set[str]:
    return set(model._default_manager.filter(**only).order_by().values_list("state", flat=True))


def test_answers_and_candidates_stand_in_every_state(demo: None) -> None:
    assert states(Response) == set(ResponseState.values)
    assert states(Candidate) == set(CandidateState.values)
    assert Response.objects.filter(municipality__kind="county").count() == 1
    assert Response.objects.filter(versions__number=2).exists()
    assert (Response.objects.count(), Candidate.objects.count()) == (48, 80)


def test_categories_are_of_both_kinds_and_some_wait_for_either_organisation(demo: None) -> None:
    held = assessments_on(TODAY)
    waiting = CategoryAssessment.objects.filter(confirmed_at=None)
    assert {assessment.category for assessment in held.values()} == {Category.WAR_ZONE, Category.OUTSIDE}
    assert set(waiting.values_list("proposed_for", flat=True)) == {"ks", "auc"}
    assert waiting.filter(category=Category.UNDETERMINED).exists()


def test_needs_are_old_and_fresh_and_open_withdrawn_or_partly_met(demo: None) -> None:
    confirmed = Need.objects.current().order_by("confirmed_on").values_list("confirmed_on", flat=True)
    assert confirmed[0] < TODAY - timedelta(days=120)
    assert confirmed[len(confirmed) - 1] > TODAY - timedelta(days=60)
    assert set(Need.objects.values_list("status", flat=True)) == {"open", "partly_met", "withdrawn"}
    assert Need.objects.filter(comments__accepted_at__isnull=False).exists()


def test_both_runs_are_published_and_proved(demo: None) -> None:
    assert states(MatchRun) == {RunState.PUBLISHED}
    assert MatchRun.objects.filter(proved=True, total=F("bound"), pairs__gt=5).count() == 2
    assert states(Proposal) >= {
        ProposalState.PROPOSED,
        ProposalState.HELD,
        ProposalState.APPROVED,
        ProposalState.REJECTED,
        ProposalState.EXPIRED,
    }


def test_partnerships_have_come_differently_far(demo: None) -> None:
    assert states(Agreement, origin=Origin.MATCHED) >= {
        AgreementState.OPENED,
        AgreementState.INTRODUCED,
        AgreementState.MUTUAL,
        AgreementState.IN_PROCESS,
        AgreementState.SIGNED,
        AgreementState.ACTIVE,
        AgreementState.ENDED,
    }
    assert Agreement.objects.filter(origin=Origin.EXISTING).count() == 3
    lived = Agreement.objects.filter(origin=Origin.MATCHED, state=AgreementState.ACTIVE)
    both = [{consent.side for consent in agreement.consents.all()} == set(Side.values) for agreement in lived]
    assert any(both)
    assert all(
        {m.kind for m in agreement.milestones.all()} == set(MilestoneKind.values) for agreement in lived
    )


def test_one_approval_can_still_be_undone(demo: None) -> None:
    opened = Agreement.objects.get(state=AgreementState.OPENED)
    assert opened.undo_until is not None
    assert NOW < opened.undo_until < NOW + timedelta(minutes=10)


def test_everything_says_that_it_is_invented(demo: None) -> None:
    assert not Candidate.objects.filter(is_fictional=False).exists()
    assert not Agreement.objects.exclude(origin=Origin.REPORTED).filter(is_fictional=False).exists()
    assert set(CategoryAssessment.objects.values_list("reason", flat=True)) == {
        "Demo: oppdiktet vurdering",
        "Демо: вигадана оцінка",
    }
    assert not Need.objects.exclude(text_en__startswith="Demo: ").exists()
    answers = Response.objects.filter(versions__isnull=False).values_list("versions__answers", flat=True)
    texts = [said["notes"] for said in answers] + [
        offer["text"] for said in answers for offer in said["offers"].values()
    ]
    assert {text.partition(":")[0] for text in texts} == {"Demo"}
    assert Teaching.objects.exists()


def test_ks_writes_in_bokmal_and_auc_in_ukrainian(demo: None) -> None:
    matched = Milestone.objects.filter(agreement__origin=Origin.MATCHED)
    written = {
        *CategoryAssessment.objects.values_list("proposed_by__organisation", "reason"),
        *CategoryAssessment.objects.values_list("proposed_by__organisation", "source"),
        *Consent.objects.values_list("recorded_by__organisation", "given_by"),
        *NeedComment.objects.values_list("written_by__organisation", "text"),
        *Decision.objects.exclude(reason="").values_list("decided_by__organisation", "reason"),
        *matched.values_list("recorded_by__organisation", "source"),
    }
    assert {text for organisation, text in written if organisation == "auc"} == {
        "Демо: вигадана оцінка",
        "Офіційний перелік територій бойових дій",
        "Демо: офіс мера",
        "Демо: вигадане джерело",
    }
    assert {text for organisation, text in written if organisation == "ks"} == {
        "Demo: oppdiktet vurdering",
        "Offisiell liste over kamphandlinger",
        "Demo: en oppdiktet kilde",
        "Demo: en oppdiktet begrunnelse.",
        "Demo: Flere norske kommuner tilbyr dette. Kan tidshorisonten være lengre?",
        "Demo: venter på møtet i kommunestyret",
    }


def test_no_damage_is_claimed_and_nobody_real_can_be_written_to(demo: None) -> None:
    assert set(CategoryAssessment.objects.values_list("damage", flat=True)) == {DamageBand.UNKNOWN}
    assert not ContactPerson.objects.exclude(email__endswith=".example").exists()
    assert not User.objects.exclude(email__endswith=".example").exists()


def test_reported_partnerships_stay_facts_with_their_source(demo: None) -> None:
    reported = Agreement.objects.filter(origin=Origin.REPORTED)
    assert reported.count() == 14
    assert not reported.filter(is_fictional=True).exists()
    assert not reported.exclude(source__startswith="http").exists()


def test_audit_reads_in_the_order_of_time(demo: None) -> None:
    # The first scheme is there from the first migrate, whose time is the clock's.
    lived = list(
        AuditEvent.objects.exclude(action="scheme.published").order_by("id").values_list("at", flat=True)
    )
    seeded = [at for at in lived if at >= NOW - timedelta(days=365)]
    assert len(seeded) > 500
    assert [at for at in seeded if at > NOW] == []
    assert seeded == sorted(seeded)


def test_staff_can_log_in_and_two_municipalities_are_left_for_the_visitor(demo: None) -> None:
    for login in DEMO_LOGINS:
        user = User.objects.get(email=login.email)
        assert user.check_password(login.password)
        assert [group.name for group in user.groups.all()] == [login.role]
    assert not Response.objects.filter(municipality__number__in=LEFT_FREE).exists()

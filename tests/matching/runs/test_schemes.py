"""Schemes are drafted by one person and put in force by another, one at a time, with a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from kommunesamarbeid.core.lifecycle import NotAStep, StaleState
from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.refusals import ReasonMissing, SamePerson
from kommunesamarbeid.core.roles import NotAllowed
from matching.choices import SchemeState
from matching.engine.scores.criteria import DEFAULT_WEIGHTS
from matching.models import Scheme
from matching.runs import schemes
from matching.runs.schemes import SchemeValues
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db


def draft(who: str = "kari", reason: str = "Learning counts more", **values: object) -> Scheme:
    drafted = replace(SchemeValues(), **values)  # type: ignore[arg-type]  # the fields' own types
    return schemes.draft_scheme(values=drafted, reason=reason, by=actor(who), at=NOW)


def test_first_scheme_is_there_and_is_made_once() -> None:
    first = schemes.ensure_default_scheme(at=NOW)
    assert schemes.ensure_default_scheme(at=NOW) == first
    assert (first.version, first.state, first.weights) == (
        1,
        SchemeState.PUBLISHED,
        DEFAULT_WEIGHTS.as_dict(),
    )


def test_draft_gets_the_next_number_and_leaves_the_one_in_force() -> None:
    scheme = draft()
    assert (scheme.version, scheme.state) == (2, SchemeState.DRAFT)
    assert schemes.current_scheme().version == 1


def test_publish_needs_a_second_person() -> None:
    scheme = draft("kari")
    with pytest.raises(SamePerson):
        schemes.publish_scheme(scheme=scheme, by=actor("kari"), at=NOW, reason="Agreed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Scheme.objects.filter(pk=scheme.pk).update(published_at=NOW, published_by=scheme.drafted_by_id)


def test_publish_retires_the_one_before() -> None:
    scheme, before = draft("kari"), schemes.current_scheme()
    schemes.publish_scheme(scheme=scheme, by=actor("guro"), at=NOW, reason="Agreed with AUC")
    before.refresh_from_db()
    assert (before.state, schemes.current_scheme().pk) == (SchemeState.RETIRED, scheme.pk)
    assert AuditEvent.objects.filter(action="scheme.published", reason="Agreed with AUC").count() == 1


def test_publish_twice_is_no_step_and_a_stale_draft_is_refused() -> None:
    scheme = draft("kari")
    seen = Scheme.objects.get(pk=scheme.pk)
    schemes.publish_scheme(scheme=scheme, by=actor("guro"), at=NOW, reason="Agreed")
    with pytest.raises(NotAStep):
        schemes.publish_scheme(scheme=scheme, by=actor("guro"), at=NOW, reason="Again")
    with pytest.raises((StaleState, NotAStep)):
        schemes.publish_scheme(scheme=seen, by=actor("guro"), at=NOW, reason="Again")
    assert schemes.current_scheme().pk == scheme.pk


@pytest.mark.parametrize(
    "weights",
    [
        DEFAULT_WEIGHTS.as_dict() | {"theme": 3_900},
        DEFAULT_WEIGHTS.as_dict() | {"theme": 4_050, "contact": 450},
        DEFAULT_WEIGHTS.as_dict() | {"theme": 900, "likeness": 4_600},
        {"theme": 10_000},
    ],
)
def test_draft_with_wrong_weights_is_refused(weights: dict[str, int]) -> None:
    with pytest.raises(schemes.WrongWeights):
        draft(weights=weights)


def test_draft_needs_a_reason_and_the_power() -> None:
    with pytest.raises(ReasonMissing):
        draft(reason="  ")
    for who in ("lars", "andrij", "astrid"):
        with pytest.raises(NotAllowed):
            draft(who)


def test_drop_draft_retires_it_and_never_the_one_in_force() -> None:
    scheme = draft()
    schemes.drop_draft(scheme=scheme, by=actor("kari"), at=NOW)
    assert scheme.state == SchemeState.RETIRED
    with pytest.raises(NotAStep):
        schemes.drop_draft(scheme=schemes.current_scheme(), by=actor("kari"), at=NOW)

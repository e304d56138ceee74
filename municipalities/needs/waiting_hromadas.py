"""Which hromadas wait for AUC: needs to confirm, changes the hromada has sent, suggestions from KS.

The longest waiting first.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from municipalities.choices import ConsentScope, SuggestionKind, SuggestionOutcome, Urgency
from municipalities.models import Candidate, Need, NeedComment, Suggestion
from municipalities.states import CandidateState

CONFIRMED_FOR = timedelta(days=90)
"""How long a confirmation holds (N-01)."""


def due(today: date) -> Q:
    """Return the condition on current needs: confirmed too long ago, or a date of theirs has passed."""
    return Q(confirmed_on__lt=today - CONFIRMED_FOR) | Q(valid_to__lt=today) | Q(urgent_to__lt=today)


def is_due(need: Need, today: date) -> bool:
    """Say of one need what `due` says of many."""
    return need.confirmed_on < today - CONFIRMED_FOR or any(
        day is not None and day < today for day in (need.valid_to, need.urgent_to)
    )


def _number(rows: QuerySet[Any], path: str) -> Coalesce:
    """Return the number of rows per candidate as a subquery: joins would multiply each other."""
    counted = (
        rows.filter(**{path: OuterRef("pk")})
        .order_by()
        .values(path)
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def waiting_candidates(today: date) -> QuerySet[Any]:
    """Return the candidates that wait for AUC, annotated `due_needs`, `urgent_needs`, `changes`, `comments`,
    `oldest_on`.

    First those who take back a consent (it must not wait), then by the oldest confirmation, then by urgency.
    One query.
    """
    current = Need.objects.current()
    waiting = Suggestion.objects.filter(outcome=SuggestionOutcome.WAITING)
    comments = NeedComment.objects.filter(accepted_at=None, need__in=current)
    oldest = (
        current.filter(candidate=OuterRef("pk"))
        .order_by()
        .values("candidate")
        .annotate(first=Min("confirmed_on"))
        .values("first")
    )
    less = Q(after__scope=ConsentScope.NONE.value) & ~Q(before__scope=ConsentScope.NONE.value)
    less |= Q(after__scope=ConsentScope.NORWEGIAN.value, before__scope=ConsentScope.PUBLIC.value)
    refusals = waiting.filter(less, kind=SuggestionKind.CONSENT)
    return (
        Candidate.objects.exclude(state=CandidateState.NOT_NOW)
        .select_related("hromada__oblast")
        .annotate(
            due_needs=_number(current.filter(due(today)), "candidate"),
            urgent_needs=_number(current.filter(due(today), urgency=Urgency.CRITICAL), "candidate"),
            changes=_number(waiting, "candidate"),
            comments=_number(comments, "need__candidate"),
            refusals=_number(refusals, "candidate"),
            oldest_on=Subquery(oldest),
        )
        .filter(Q(due_needs__gt=0) | Q(changes__gt=0) | Q(comments__gt=0))
        .order_by("-refusals", F("oldest_on").asc(nulls_last=True), "-urgent_needs", "hromada__katottg")
    )

"""Named database constraints in one line each, so that rules hold also where Python is walked round."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from django.db import models
from django.db.models import F, Q


def one_of(field: str, values: Iterable[str], *, name: str) -> models.CheckConstraint:
    """The column holds one of `values`."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": sorted(values)}), name=name)


def both_or_neither(*fields: str, name: str) -> models.CheckConstraint:
    """All the columns are null, or none is (`x_at` and `x_by`)."""
    none = Q(**{f"{field}__isnull": True for field in fields})
    every = Q(**{f"{field}__isnull": False for field in fields})
    return models.CheckConstraint(condition=none | every, name=name)


def exactly_one(*fields: str, name: str) -> models.CheckConstraint:
    """Exactly one of the columns is set."""
    condition = Q(pk__in=[])
    for chosen in fields:
        condition |= Q(**{f"{field}__isnull": field != chosen for field in fields})
    return models.CheckConstraint(condition=condition, name=name)


def in_order(*fields: str, name: str) -> models.CheckConstraint:
    """The dates do not run backwards; null is allowed anywhere."""
    condition = Q()
    for earlier, later in pairwise(fields):
        condition &= (
            Q(**{f"{earlier}__isnull": True})
            | Q(**{f"{later}__isnull": True})
            | Q(**{f"{later}__gte": F(earlier)})
        )
    return models.CheckConstraint(condition=condition, name=name)


def between(field: str, low: int, high: int, *, name: str) -> models.CheckConstraint:
    """The number lies in [low, high]."""
    return models.CheckConstraint(condition=Q(**{f"{field}__gte": low, f"{field}__lte": high}), name=name)

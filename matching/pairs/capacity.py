"""How many partners a party has capacity for: stated by itself, taken by agreements that have not ended,
read under lock.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.refusals import Refused
from matching.choices import Side
from matching.models import Agreement, AgreementParty
from municipalities.models import Hromada, JointMember, Municipality, Response, ResponseVersion


class NoCapacity(Refused):
    """One side has no capacity left; `side` says which."""

    def __init__(self, side: Side) -> None:
        super().__init__(side.value)
        self.side = side

    def __str__(self) -> str:
        if self.side == Side.NORWEGIAN:
            return _(
                "The Norwegian municipality has no place left: it has as many partnerships as it wished for."
            )
        return _(
            "The Ukrainian municipality has no place left: it has as many partnerships as it wished for."
        )


class AlreadyPartners(Refused):
    """The pair has an agreement that has not ended."""

    message = gettext_lazy("These two are partners already.")


def lock_and_read(municipality: int, hromada: int, response: int) -> int:
    """Lock as `lock_sides`, and return how many partnerships the municipality wishes for
    by the response's last version.
    """
    stated = Subquery(_stated(response))
    wished = (
        Municipality.objects.select_for_update().filter(pk=municipality).values_list(stated, flat=True).get()
    )
    list(Hromada.objects.select_for_update().filter(pk=hromada).values_list("pk"))
    return wished or 1


def lock_members(response: Response) -> list[Municipality]:
    """Lock the members of a joint application and the lead in one order, and return the members;
    one query without any.
    """
    members = JointMember.objects.in_force().others().filter(response=response)
    ids = sorted(members.values_list("municipality_id", flat=True))
    if not ids:
        return []
    locked = (
        Municipality.objects.select_for_update()
        .filter(pk__in=[*ids, response.municipality_id])
        .order_by("pk")
    )
    return [municipality for municipality in locked if municipality.pk != response.municipality_id]


def members_left(members: list[Municipality], hromada: Hromada, lead_wished: int) -> list[int]:
    """Return each member's capacity left; one that has stated none takes part with the lead's.

    Raises AlreadyPartners.
    """
    left = []
    for member in members:
        taken = capacity_taken(member.pk, hromada.pk)
        if taken.is_pair:
            raise AlreadyPartners
        last = (
            member.responses.open()
            .exclude(submitted_at__isnull=True)
            .order_by("-submitted_at", "-id")
            .first()
        )
        stated = _stated(last.pk).first() if last is not None else None
        left.append((stated or lead_wished) - taken.norwegian)
    return left


class CapacityTaken(NamedTuple):
    """Capacity taken on both sides by agreements that have not ended,
    and whether the two are partners already.
    """

    norwegian: int
    ukrainian: int
    is_pair: bool


def capacity_taken(municipality: int, hromada: int) -> CapacityTaken:
    """Count both sides in one statement; an agreement
    with several Norwegian parties takes one of the hromada's.
    """
    rows = AgreementParty.objects.filter(Q(municipality=municipality) | Q(hromada=hromada), is_open=True)
    agreements = set(rows.values_list("agreement_id", "municipality_id", "hromada_id"))
    return CapacityTaken(
        norwegian=sum(party == municipality for _agreement, party, _hromada in agreements),
        ukrainian=len({agreement for agreement, _party, partner in agreements if partner == hromada}),
        is_pair=any((party, partner) == (municipality, hromada) for _agreement, party, partner in agreements),
    )


def _stated(response: int) -> QuerySet[ResponseVersion, int | None]:
    """Return the query for how many partnerships a response's last submitted version wishes for;
    null when it does not say.
    """
    capacity = Cast(KT("answers__capacity"), IntegerField())
    versions = ResponseVersion.objects.filter(response=response).order_by("-number")
    return versions.annotate(capacity=capacity).values_list("capacity", flat=True)[:1]


def open_pair(municipality: Municipality, hromada: Hromada) -> Agreement | None:
    """Return the agreement of the two that has not ended."""
    party = AgreementParty.objects.select_related("agreement").filter(
        municipality=municipality, hromada=hromada, is_open=True
    )
    open_party = party.first()
    return open_party.agreement if open_party is not None else None


def refuse_open_pair(municipality: Municipality, hromada: Hromada) -> None:
    """Refuse two that are partners already. Raises AlreadyPartners."""
    if open_pair(municipality, hromada) is not None:
        raise AlreadyPartners

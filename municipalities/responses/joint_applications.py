"""Municipalities apply together: the lead answers and names them, and each counts when it has confirmed
itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.events import emit
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.roles import Actor
from municipalities.access import office_of, recipient_of
from municipalities.choices import LinkStatus
from municipalities.models import ContactPerson, JointMember, Municipality, Response
from municipalities.responses.drafts import ResponseRefused, require_own
from municipalities.responses.rounds import RoundClosed, accepts_changes
from municipalities.states import ResponseState


class CannotJoin(ResponseRefused):
    """The municipality is in another joint application of the round, is the lead itself, or has been named
    already.
    """


class MemberBound(ResponseRefused):
    """The application has a partner: who takes part is settled in the agreement, and KS changes it there."""


@transaction.atomic
def name_member(*, response: Response, municipality: Municipality, by: Actor, at: datetime) -> JointMember:
    """Name a municipality that applies together with the lead.

    It is asked by mail, and counts when it has confirmed.

    Raises NotYourResponse, RoundClosed and CannotJoin.
    """
    require_own(by, response.municipality_id, submit=True)
    _lock(response, municipality.pk)
    if not accepts_changes(response, at=at):
        raise RoundClosed(response.reference)
    if municipality.pk == response.municipality_id or municipality.valid_to is not None:
        raise CannotJoin(municipality.number)
    if _elsewhere(municipality.pk, response) or _elsewhere(response.municipality_id, response):
        raise CannotJoin(municipality.number)
    if response.members.open().filter(municipality=municipality).exists():
        raise CannotJoin(municipality.number)
    if not response.members.open().filter(is_lead=True).exists():
        JointMember.objects.create(
            response=response,
            municipality_id=response.municipality_id,
            round_id=response.round_id,
            is_lead=True,
            named_at=at,
            confirmed_at=at,
            confirmed_by_id=by.id,
        )
    member = JointMember.objects.create(
        response=response, municipality=municipality, round_id=response.round_id, named_at=at
    )
    record("joint.named", response, by=by, at=at, data={"municipality": municipality.pk})
    letters = [("joint_invitation", recipient) for recipient in _ways_to(municipality)]
    queue_mails(letters, case_reference=response.reference, at=at)
    return member


@transaction.atomic
def confirm_member(*, member: JointMember, by: Actor, at: datetime) -> None:
    """The named municipality confirms: it is now part of the application and has no row of its own in a
    search.

    Raises NotYourResponse, MemberBound when the application has a partner, and CannotJoin when the
    municipality is in another joint application or the naming is not open any more.
    """
    require_own(by, member.municipality_id, submit=True)
    _lock(member.response, member.municipality_id)
    if member.response.state == ResponseState.MATCHED:
        raise MemberBound(member.response.reference)
    if member.response.state == ResponseState.WITHDRAWN or _elsewhere(
        member.municipality_id, member.response
    ):
        raise CannotJoin(member.response.reference)
    waiting = JointMember.objects.open().filter(pk=member.pk, confirmed_at__isnull=True)
    # Compare-and-swap: the lead may take the name back while the member confirms.
    if waiting.update(confirmed_at=at, confirmed_by_id=by.id) != 1:
        raise CannotJoin(member.response.reference)
    member.confirmed_at, member.confirmed_by_id = at, by.id
    record("joint.confirmed", member.response, by=by, at=at, data={"municipality": member.municipality_id})
    for response in Response.objects.open().filter(
        municipality=member.municipality_id, round=member.round_id
    ):
        # No partner of its own any more while it takes part.
        emit("response_joined", by=by, at=at, response=response)


@transaction.atomic
def end_membership(*, member: JointMember, by: Actor, at: datetime) -> None:
    """Take a municipality out: the lead takes the name back, or the municipality itself says no or leaves.

    Raises NotYourResponse, and MemberBound when the application has a partner.
    """
    ours = ContactPerson.objects.filter(pk=by.id or 0).values_list("municipality_id", flat=True).first()
    own_side_id = (
        member.municipality_id if ours == member.municipality_id else member.response.municipality_id
    )
    require_own(by, own_side_id, submit=True)
    _lock(member.response, member.municipality_id)
    if member.response.state == ResponseState.MATCHED and member.confirmed_at is not None:
        raise MemberBound(member.response.reference)
    if JointMember.objects.open().filter(pk=member.pk, is_lead=False).update(ended_at=at) != 1:
        return
    if not member.response.members.open().others().exists():
        member.response.members.open().update(ended_at=at)  # the lead is alone again
    data = {"municipality": member.municipality_id, "own": own_side_id == member.municipality_id}
    record("joint.ended", member.response, by=by, at=at, data=data)


def end_joint(*, response: Response, by: Actor, at: datetime) -> None:
    """End every membership of a withdrawn application: its members may apply again.

    Call inside a transaction.
    """
    if count := response.members.open().update(ended_at=at):
        record("joint.dissolved", response, by=by, at=at, data={"members": count})


def members_of(response: Response) -> list[JointMember]:
    """Return the municipalities named beside the lead, those that wait for an answer too."""
    return list(response.members.open().others().select_related("municipality__county"))


def ties_of(municipality: Municipality) -> tuple[list[JointMember], list[JointMember]]:
    """Return whom the municipality has named and where it is named itself, in one query."""
    involved = Q(municipality=municipality) | Q(response__municipality=municipality)
    living = (
        JointMember.objects.open().others().filter(involved).exclude(response__state=ResponseState.WITHDRAWN)
    )
    related = ("municipality__county", "response__municipality__county")
    rows = list(living.select_related(*related).order_by("municipality__number"))
    named = [row for row in rows if row.municipality_id != municipality.pk]
    return named, [row for row in rows if row.municipality_id == municipality.pk]


def members_at(response: Response, at: datetime) -> list[Municipality]:
    """Return the municipalities that took part beside the lead at a time."""
    then = response.members.others().filter(confirmed_at__lte=at).exclude(ended_at__lte=at)
    return [member.municipality for member in then.select_related("municipality__county")]


def memberships_of(municipality: Municipality) -> list[JointMember]:
    """Return where a municipality is named by another one, the latest first."""
    memberships = municipality.memberships.open().others().exclude(response__state=ResponseState.WITHDRAWN)
    return list(
        memberships.select_related("response__municipality__county", "response__round").order_by("-id")
    )


def _elsewhere(municipality: int, response: Response) -> bool:
    """Say whether the municipality takes part in another joint application of the round."""
    in_force = JointMember.objects.in_force().filter(municipality=municipality, round=response.round_id)
    return in_force.exclude(response=response).exists()


def _lock(response: Response, municipality: int) -> None:
    """Lock the answer and bring its state up to date, then the parties in one order.

    Two who name each other never wait in a ring.

    An approval takes the answer's lock too: whoever has confirmed before it is a party, and whoever comes
    after it is refused.
    """
    response.refresh_from_db(fields=["state"], from_queryset=Response.objects.select_for_update())
    parties = Municipality.objects.select_for_update().filter(pk__in=[response.municipality_id, municipality])
    list(parties.order_by("pk").values_list("pk"))


def _ways_to(municipality: Municipality) -> Iterator[Recipient]:
    """Yield the office and every contact who holds an accepted link: no mail carries a link that opens
    anything.
    """
    if office := office_of(municipality):
        yield office
    holders = ContactPerson.objects.filter(
        municipality=municipality,
        erased_at__isnull=True,
        access_ended_at__isnull=True,
        links__status=LinkStatus.ACCEPTED,
        links__used_at__isnull=False,
        links__revoked_at__isnull=True,
    )
    yield from (
        recipient_of(person) for person in holders.select_related("municipality").distinct().order_by("pk")
    )

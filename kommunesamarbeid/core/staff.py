"""Users of KS and AUC exist, have roles of their own organisation, and no one changes their own;
mails are each one's own choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import Recipient
from kommunesamarbeid.core.models import ResponseMails, User
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import ROLES, Actor, May, require, roles_with


class OwnRoles(Refused):
    """Somebody tried to change their own roles."""

    message = _("Nobody changes their own roles. The other changes were not saved either.")


class ForeignRole(Refused):
    """A role of the other organisation."""

    message = _("This role belongs to the other organisation.")
    field = "roles"


def foreign_roles(roles: Iterable[str], organisation: str) -> list[str]:
    """Return the role codes that are not of `organisation`."""
    return [code for code in roles if ROLES[code].organisation != organisation]


def holders(*powers: May) -> QuerySet[User]:
    """Return the active users who have one of the powers, each once, by id; the rows can be locked."""
    codes = roles_with(*powers)
    in_role = Group.objects.filter(user=OuterRef("pk"), name__in=codes)
    return User.objects.filter(Exists(in_role), is_active=True).order_by("pk")


def recipient_of(user: User) -> Recipient:
    """Return how to write to a user: the address, in the language the user has chosen."""
    return Recipient("user", user.pk, user.email, user.language)


@transaction.atomic
def save_user(*, user: User, roles: Iterable[str], by: Actor, at: datetime) -> User:
    """Save a user's facts and set its roles.

    A new user gets no password: its owner sets one through the reset mail. Raises NotAllowed, OwnRoles,
    ForeignRole.
    """
    require(by, May.MANAGE_USERS)
    wanted, had = set(roles), set(user.groups.values_list("name", flat=True)) if user.pk else set()
    if foreign_roles(wanted, user.organisation):
        raise ForeignRole
    if user.pk == by.id and wanted != had & ROLES.keys():
        raise OwnRoles
    if not user.pk:
        user.set_unusable_password()
    user.save()
    user.groups.set(Group.objects.filter(name__in=wanted))
    record(
        "user.saved",
        user,
        by=by,
        at=at,
        data={"roles": sorted(wanted), "had": sorted(had), "active": user.is_active},
    )
    return user


@transaction.atomic
def choose_response_mails(*, choice: str, by: Actor, at: datetime) -> None:
    """Keep how the actor wants to hear of submitted answers; a daily mail counts from when it was chosen.

    Raises NotAllowed.
    """
    require(by, May.REVIEW_RESPONSES)
    changes: dict[str, object] = {"response_mails": choice}
    if choice == ResponseMails.DAILY:
        changes["responses_told_at"] = at
    if User.objects.filter(pk=by.id or 0).exclude(response_mails=choice).update(**changes):
        record("user.response_mails", User(pk=by.id), by=by, at=at, data={"choice": choice})

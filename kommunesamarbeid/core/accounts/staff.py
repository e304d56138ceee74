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

from kommunesamarbeid.core.accounts.invitations import invite, may_be_invited
from kommunesamarbeid.core.accounts.login import forget_other_addresses
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.models import ResponseMails, User
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import ROLES, Actor, May, require, roles_with

ADMINISTRATOR = "administrator"


class OwnRoles(Refused):
    """Somebody tried to change their own roles."""

    message = _("Nobody changes their own roles.")
    field = "roles"


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


class LastAdministrator(Refused):
    """Nobody would be left who can let others in."""

    message = _(
        "This is the only active administrator. Give somebody else the role first: otherwise nobody could "
        "let people in."
    )
    field = "roles"


def check_user(*, user: User, roles: Iterable[str], organisation: str, is_active: bool, by: Actor) -> None:
    """Refuse what a user may not become, in a transaction: active administrators are locked until it ends.

    Raises NotAllowed, OwnRoles, ForeignRole, LastAdministrator.
    """
    require(by, May.MANAGE_USERS)
    wanted = set(roles)
    if foreign_roles(wanted, organisation):
        raise ForeignRole
    if user.pk and user.pk == by.id and wanted != _roles_of(user):
        raise OwnRoles
    if not (is_active and ADMINISTRATOR in wanted):
        active = holders(May.MANAGE_USERS).select_for_update(no_key=True)
        if list(active.values_list("pk", flat=True)) == [user.pk]:
            raise LastAdministrator(field="is_active" if ADMINISTRATOR in wanted else "roles")


@transaction.atomic
def save_user(*, user: User, roles: Iterable[str], by: Actor, at: datetime) -> User:
    """Save a user's facts and set its roles.

    A new user, or one at a new address who has not come in, is invited by mail.

    Raises NotAllowed, OwnRoles, ForeignRole, LastAdministrator.
    """
    wanted = set(roles)
    check_user(user=user, roles=wanted, organisation=user.organisation, is_active=user.is_active, by=by)
    had = _roles_of(user) if user.pk else set()
    was_at = User.objects.filter(pk=user.pk).values_list("email", flat=True).first() if user.pk else None
    if not user.pk:
        user.set_unusable_password()
    user.save()
    user.groups.set(Group.objects.filter(name__in=wanted))
    forget_other_addresses(user)
    record(
        "user.saved",
        user,
        by=by,
        at=at,
        data={"roles": sorted(wanted), "had": sorted(had), "active": user.is_active},
    )
    if user.email != was_at and may_be_invited(user):
        invite(user=user, by=by, at=at)
    return user


def _roles_of(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True)) & ROLES.keys()


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

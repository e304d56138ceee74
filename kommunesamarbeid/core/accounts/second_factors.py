"""A lost second factor is taken away by another administrator: with a reason, on record, told to both, every
login ended.
"""

from __future__ import annotations

from datetime import datetime

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require


class OwnFactor(Refused):
    """An administrator tried to take away their own: that is done on their own pages, with the
    factor itself.
    """

    message = _("Nobody removes their own second factor here. Ask another administrator.")


class NoFactor(Refused):
    """The user has none."""

    message = _("The user has no second factor now.")


HAS_FACTOR = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP))
"""For a list of users: does each have an authenticator app."""


def has_second_factor_of_own(user: User) -> bool:
    """Say whether the user has connected an authenticator app."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


@transaction.atomic
def remove_second_factor(*, user: User, by: Actor, at: datetime, reason: str) -> None:
    """Take away app and recovery codes.

    The user connects a new app at the next login, and both are told by mail.

    Raises NotAllowed, OwnFactor, NoFactor, ReasonMissing.
    """
    require(by, May.MANAGE_USERS)
    if user.pk == by.id:
        raise OwnFactor
    if not reason.strip():
        raise ReasonMissing(message=_("Write a reason."))
    removed, _by_model = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise NoFactor
    end_logins(user)
    record("user.second_factor_removed", user, by=by, at=at, reason=reason.strip())
    administrator = User.objects.get(pk=by.id or 0)
    queue_mails(
        [("factor_removed", Recipient.of(user)), ("factor_removed_by", Recipient.of(administrator))],
        case_reference=f"user-{user.pk}",
        at=at,
        context={"user": user.pk},
    )


def end_logins(user: User) -> None:
    """End every login of the user, also one that waits for its second step: a lost phone may be in somebody's
    hands.
    """
    for session in Session.objects.iterator():
        data = session.get_decoded()
        half_way = data.get(LOGIN_SESSION_KEY) or {}
        if data.get(SESSION_KEY) == str(user.pk) or half_way.get("user_pk") == user_pk_to_url_str(user):
            session.delete()

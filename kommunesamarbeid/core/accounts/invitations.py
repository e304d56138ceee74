"""Whoever is made at the desk gets a signed link by mail that sets the first password, once, and proves the
address.

What a link is good for is read from the user's row, so a used one is a link that no longer fits: there is
nothing to keep and nothing to clean up. A mail scanner that follows the link changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts.login import prove_address
from kommunesamarbeid.core.accounts.second_factors import has_second_factor_of_own
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mail
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor, May, require

DAYS = 7
SALT = "core.invitation"


class InvitationFault(Exception):
    """The link opens nothing; `words` say why, to somebody who reads `language` where that is known."""

    words: str | Promise

    def __init__(self, language: str = "") -> None:
        super().__init__()
        self.language = language


class LinkBroken(InvitationFault):
    """Not a link of ours, or a part of one."""

    words = _("The link was cut short on its way to you. Copy all of it from the e-mail.")


class LinkExpired(InvitationFault):
    """Too many days have gone."""

    words = _("The invitation is too old.")


class LinkUsed(InvitationFault):
    """It has set a password, or the user has come in or got another address since."""

    words = _("The invitation has been used, or your account has changed since it was sent.")


class AccountClosed(InvitationFault):
    """The user was deactivated."""

    words = _("The account is closed. If you think that is wrong, ask an administrator at KS.")


class NothingToInviteTo(Exception):
    """The user is deactivated, or has come in already and has a second factor."""


def may_be_invited(user: User) -> bool:
    """Say whether an invitation would let the user in: active, and not in with a second factor already."""
    return user.is_active and not has_second_factor_of_own(user)


@transaction.atomic
def invite(*, user: User, by: Actor, at: datetime) -> None:
    """Mail the user a link that works once within `DAYS`; earlier ones work until one of them is used.

    Raises NotAllowed, NothingToInviteTo.
    """
    require(by, May.MANAGE_USERS)
    if not may_be_invited(user):
        raise NothingToInviteTo
    record("user.invited", user, by=by, at=at)
    queue_mail(
        "staff_invitation",
        to=Recipient.of(user),
        case_reference=f"user-{user.pk}",
        at=at,
        context={"token": make_token(user=user, at=at), "days": DAYS},
    )


def make_token(*, user: User, at: datetime) -> str:
    """Return what makes the link secret: the user, until when, and a fingerprint of what its use changes,
    signed.
    """
    until = int((at + timedelta(days=DAYS)).timestamp())
    return _signer().sign(f"{user.pk}-{until}-{_fingerprint(user)}")


def find_invited(*, token: str, at: datetime) -> User:
    """Return whom the link is for; nothing changes. Raises InvitationFault."""
    try:
        number, until, fingerprint = _signer().unsign(token).split("-")
    except BadSignature:
        raise LinkBroken from None
    user = User.objects.filter(pk=int(number)).first()
    if user is None or not constant_time_compare(fingerprint, _fingerprint(user)):
        raise LinkUsed(user.language if user is not None else "")
    if not user.is_active:
        raise AccountClosed(user.language)
    if at.timestamp() > int(until):
        raise LinkExpired(user.language)
    return user


@transaction.atomic
def accept_invitation(*, token: str, password: str, at: datetime) -> User:
    """Set the password and prove the address; of two at once the second finds the link used. Raises InvitationFault."""
    invited = find_invited(token=token, at=at)
    User.objects.select_for_update(no_key=True).filter(pk=invited.pk).values_list("pk").get()
    user = find_invited(token=token, at=at)
    user.set_password(password)
    user.save(update_fields=["password"])
    prove_address(user)
    record("user.entered", user, by=Actor.of(user), at=at)
    return user


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")


def _fingerprint(user: User) -> str:
    entered = user.last_login.isoformat() if user.last_login else ""
    return salted_hmac(
        SALT, f"{user.pk}|{user.email}|{user.password}|{entered}", algorithm="sha256"
    ).hexdigest()[:16]

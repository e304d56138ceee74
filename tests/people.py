"""The fixed cast: every test about who may what uses these people and no others."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.contrib.auth.models import Group

from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import ROLES, Actor

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)

STAFF = {
    "kari": ("coordinator", "Kari Nordmann", "nb"),
    "guro": ("approver", "Guro Solberg", "nb"),
    "lars": ("reader", "Lars Leser", "nb"),
    "andrij": ("auc_editor", "Andrij Kovalenko", "uk"),
    "olena": ("auc_reader", "Olena Bondar", "uk"),
    "astrid": ("administrator", "Astrid Drift", "nb"),
}


def make_user(who: str) -> User:
    """Make one of the cast with its role; Kari coordinates for KS, Guro approves, Andrij edits for AUC."""
    code, name, language = STAFF[who]
    organisation = ROLES[code].organisation
    user = User.objects.create_user(
        f"{who}@{organisation}.example", name=name, organisation=organisation, language=language
    )
    user.groups.add(Group.objects.get(name=code))
    return user


def actor(who: str) -> Actor:
    """Return the actor of one of the cast, making the user when needed."""
    return Actor.of(staff(who))


def staff(who: str) -> User:
    """Return the user of one of the cast, made when needed."""
    code, _name, _language = STAFF[who]
    email = f"{who}@{ROLES[code].organisation}.example"
    return User.objects.filter(email=email).first() or make_user(who)

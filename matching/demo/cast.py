"""The demo's staff exist, with the roles and passwords that the login page tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.demo import DEMO_LOGINS
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import ROLES, SYSTEM, Actor


@dataclass(frozen=True)
class Cast:
    """Who acts in the demo."""

    kari: Actor
    guro: Actor
    andrij: Actor


def hire(*, at: datetime) -> Cast:
    """Make the demo's staff; who is there already keeps their password."""
    actors = {}
    for login in DEMO_LOGINS:
        user = User.objects.filter(email=login.email).first() or User.objects.create_user(
            login.email,
            login.password,
            name=login.name,
            organisation=ROLES[login.role].organisation,
            language=login.language,
            joined_at=at,
        )
        user.groups.set(Group.objects.filter(name=login.role))
        record("user.saved", user, by=SYSTEM, at=at, data={"roles": [login.role]})
        actors[login.role] = Actor.of(user)
    return Cast(actors["coordinator"], actors["approver"], actors["auc_editor"])

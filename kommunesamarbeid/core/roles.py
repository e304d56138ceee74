"""Who may what, as data: roles, their powers and their admin rights are declared here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.models import Organisation, User

KS, AUC = Organisation.KS, Organisation.AUC


class May(StrEnum):
    """One power each; services ask for these, never for a role."""

    READ_RESPONSES = "read_responses"
    READ_NORWEGIAN_CONTACTS = "read_norwegian_contacts"
    READ_UKRAINIAN_CONTACTS = "read_ukrainian_contacts"
    REVIEW_RESPONSES = "review_responses"
    OPEN_ROUNDS = "open_rounds"
    EDIT_TEXTS = "edit_texts"
    ACCEPT_ADDRESSES = "accept_addresses"
    READ_CANDIDATES = "read_candidates"
    REVIEW_CANDIDATES = "review_candidates"
    PROPOSE_CATEGORY = "propose_category"
    EDIT_NEEDS = "edit_needs"
    COMMENT_NEEDS = "comment_needs"
    DRAFT_SCHEME = "draft_scheme"
    PUBLISH_SCHEME = "publish_scheme"
    START_RUNS = "start_runs"
    READ_PROPOSALS = "read_proposals"
    APPROVE_FIRST = "approve_first"
    APPROVE_SECOND = "approve_second"
    APPROVE_AUC = "approve_auc"
    KEEP_AGREEMENTS = "keep_agreements"
    KEEP_UKRAINIAN_STEPS = "keep_ukrainian_steps"
    PUBLISH = "publish"
    MANAGE_USERS = "manage_users"
    READ_AUDIT = "read_audit"


@dataclass(frozen=True)
class Role:
    """A role: its letter in the access table, its name, its powers, and which models its desk shows."""

    letter: str
    code: str
    label: str | Promise
    organisation: str
    may: frozenset[May]
    views: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


_KS_VIEWS = (
    "municipalities.municipality", "municipalities.hromada", "municipalities.county", "municipalities.oblast",
    "municipalities.theme", "municipalities.round", "municipalities.response", "municipalities.candidate",
    "municipalities.need", "municipalities.categoryassessment", "municipalities.officiallistedition",
    "municipalities.officiallistentry", "municipalities.knownpartnership", "municipalities.offeredthrough",
    "municipalities.listreview", "matching.scheme", "matching.matchrun", "matching.scenario",
    "matching.pairrule",
    "matching.proposal", "matching.agreement", "core.mailtext",
)  # fmt: skip
_AUC_VIEWS = (
    "municipalities.hromada", "municipalities.oblast", "municipalities.theme", "municipalities.candidate",
    "municipalities.need", "municipalities.categoryassessment", "municipalities.officiallistedition",
    "municipalities.officiallistentry", "municipalities.knownpartnership", "municipalities.offeredthrough",
    "municipalities.listreview", "matching.proposal", "matching.agreement",
)  # fmt: skip
_READ_KS = frozenset({May.READ_RESPONSES, May.READ_CANDIDATES, May.READ_PROPOSALS, May.READ_AUDIT})
_COORDINATOR = _READ_KS | {
    May.READ_NORWEGIAN_CONTACTS,
    May.READ_UKRAINIAN_CONTACTS,
    May.REVIEW_RESPONSES,
    May.OPEN_ROUNDS,
    May.EDIT_TEXTS,
    May.ACCEPT_ADDRESSES,
    May.REVIEW_CANDIDATES,
    May.PROPOSE_CATEGORY,
    May.COMMENT_NEEDS,
    May.DRAFT_SCHEME,
    May.PUBLISH_SCHEME,
    May.START_RUNS,
    May.APPROVE_FIRST,
    May.KEEP_AGREEMENTS,
}
_COORDINATOR_CHANGES = ("municipalities.contactperson", "municipalities.round")

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role(
            "K",
            "coordinator",
            _("KS coordinator"),
            KS,
            frozenset(_COORDINATOR),
            _KS_VIEWS + _COORDINATOR_CHANGES,
            _COORDINATOR_CHANGES,
        ),
        Role(
            "G",
            "approver",
            _("KS approver"),
            KS,
            frozenset(_COORDINATOR | {May.APPROVE_SECOND, May.PUBLISH}),
            _KS_VIEWS + _COORDINATOR_CHANGES,
            _COORDINATOR_CHANGES,
        ),
        Role("L", "reader", _("KS reader"), KS, _READ_KS, _KS_VIEWS),
        Role(
            "U",
            "auc_editor",
            _("AUC editor"),
            AUC,
            frozenset(
                {
                    May.READ_CANDIDATES,
                    May.READ_UKRAINIAN_CONTACTS,
                    May.REVIEW_CANDIDATES,
                    May.PROPOSE_CATEGORY,
                    May.EDIT_NEEDS,
                    May.READ_PROPOSALS,
                    May.APPROVE_AUC,
                    May.KEEP_UKRAINIAN_STEPS,
                }
            ),
            _AUC_VIEWS,
        ),
        Role(
            "R",
            "auc_reader",
            _("AUC reader"),
            AUC,
            frozenset({May.READ_CANDIDATES, May.READ_PROPOSALS}),
            _AUC_VIEWS,
        ),
        Role(
            "A",
            "administrator",
            _("Administrator"),
            KS,
            frozenset({May.MANAGE_USERS, May.READ_AUDIT}),
            ("core.user", "core.auditevent"),
            ("core.user",),
        ),
    )
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, a contact behind a link, or the portal itself.

    Services take an Actor, never a request.
    """

    kind: str
    id: int | None = None
    roles: tuple[str, ...] = ()
    organisation: str = ""

    def may(self, power: May) -> bool:
        """Say whether one of the actor's roles has the power."""
        return any(power in ROLES[code].may for code in self.roles)

    @property
    def is_of_ks(self) -> bool:
        """Whether the actor belongs to KS, which runs the portal. What somebody may do is a power,
        not this.
        """
        return self.organisation == KS

    @classmethod
    def of(cls, user: User) -> Actor:
        """Return the actor for a logged-in user; one query, kept on the user object."""
        actor: Actor | None = getattr(user, "_actor", None)
        if actor is None:
            codes = sorted(set(user.groups.values_list("name", flat=True)) & ROLES.keys())
            actor = cls("user", user.pk, tuple(codes) if user.is_active else (), user.organisation)
            user._actor = actor  # type: ignore[attr-defined]  # per-object cache, as Django does for permissions
        return actor

    @classmethod
    def contact(cls, contact_id: int) -> Actor:
        """Return the actor for a municipal contact behind a link."""
        return cls("contact", contact_id)

    @classmethod
    def hromada_contact(cls, contact_id: int) -> Actor:
        """Return the actor for a hromada's contact behind a link."""
        return cls("hromada", contact_id)


SYSTEM = Actor("system")


class NotAllowed(PermissionDenied):
    """The actor lacks the power; `power` names it. What no view has met on the way is answered with 403."""

    def __init__(self, power: May) -> None:
        super().__init__(power.value)
        self.power = power


def roles_with(*powers: May) -> list[str]:
    """Return the codes of the roles that have one of the powers."""
    return [code for code, role in ROLES.items() if not role.may.isdisjoint(powers)]


def require(actor: Actor, *powers: May) -> None:
    """Refuse unless the actor has one of the powers.

    Raises NotAllowed with the first power named.
    """
    if not any(actor.may(power) for power in powers):
        raise NotAllowed(powers[0])


def sync_roles(**kwargs: Any) -> None:
    """Make the groups and their model permissions equal to `ROLES` (post_migrate; safe to repeat)."""
    from django.contrib.auth.models import Group, Permission

    permissions = {
        f"{perm.content_type.app_label}.{perm.codename}": perm
        for perm in Permission.objects.select_related("content_type")
    }
    for role in ROLES.values():
        group, _made = Group.objects.get_or_create(name=role.code)
        wanted = [_key("view", label) for label in role.views] + [
            _key(act, label) for label in role.changes for act in ("add", "change")
        ]
        group.permissions.set([permissions[key] for key in wanted if key in permissions])


def _key(act: str, label: str) -> str:
    app, model = label.split(".")
    return f"{app}.{act}_{model}"

"""Roles are data: powers by role, groups that equal the table, and no one over the line of their organisation."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import ROLES, SYSTEM, Actor, May, NotAllowed, require, sync_roles
from tests.people import NOW, STAFF, actor, make_user

pytestmark = pytest.mark.django_db


def test_groups_equal_the_table_after_migrate_and_after_a_stray_change() -> None:
    group = Group.objects.get(name="auc_reader")
    before = set(group.permissions.values_list("codename", flat=True))
    group.permissions.clear()
    sync_roles()
    assert set(group.permissions.values_list("codename", flat=True)) == before
    assert set(Group.objects.values_list("name", flat=True)) >= ROLES.keys()


@pytest.mark.parametrize(
    ("who", "power", "may"),
    [
        ("kari", May.APPROVE_FIRST, True),
        ("kari", May.APPROVE_SECOND, False),
        ("guro", May.APPROVE_SECOND, True),
        ("lars", May.START_RUNS, False),
        ("andrij", May.EDIT_NEEDS, True),
        ("andrij", May.READ_NORWEGIAN_CONTACTS, False),
        ("olena", May.EDIT_NEEDS, False),
        ("astrid", May.READ_RESPONSES, False),
    ],
)
def test_each_of_the_cast_has_the_powers_of_the_role(who: str, power: May, may: bool) -> None:
    assert actor(who).may(power) is may


def test_contacts_the_system_and_inactive_users_have_no_powers() -> None:
    kari = make_user("kari")
    kari.is_active = False
    for nobody in (Actor.of(kari), Actor.contact(1), Actor.hromada_contact(1), SYSTEM):
        with pytest.raises(NotAllowed):
            require(nobody, *May)


def test_an_administrator_gives_roles_and_the_change_is_on_record() -> None:
    astrid, kari = actor("astrid"), make_user("kari")
    staff.save_user(user=kari, roles=["approver"], by=astrid, at=NOW)
    assert [group.name for group in kari.groups.all()] == ["approver"]
    assert AuditEvent.objects.get(action="user.saved").data == {
        "roles": ["approver"],
        "had": ["coordinator"],
        "active": True,
    }


def test_nobody_changes_their_own_roles() -> None:
    user = make_user("astrid")
    with pytest.raises(staff.OwnRoles):
        staff.save_user(user=user, roles=["administrator", "approver"], by=Actor.of(user), at=NOW)


def test_a_role_of_the_other_organisation_is_refused() -> None:
    with pytest.raises(staff.ForeignRole):
        staff.save_user(user=make_user("kari"), roles=["auc_editor"], by=actor("astrid"), at=NOW)


def test_a_coordinator_cannot_keep_users() -> None:
    with pytest.raises(NotAllowed):
        staff.save_user(
            user=User(email="ny@ks.example", organisation="ks"), roles=[], by=actor("kari"), at=NOW
        )


@pytest.mark.parametrize(
    ("power", "who"),
    [
        (May.APPROVE_FIRST, ["kari", "guro"]),
        (May.KEEP_UKRAINIAN_STEPS, ["andrij"]),
        (May.EDIT_NEEDS, ["andrij"]),
        (May.REVIEW_CANDIDATES, ["kari", "guro", "andrij"]),
        (May.READ_PROPOSALS, ["kari", "guro", "lars", "andrij", "olena"]),
    ],
)
def test_holders_of_a_power_are_active_users_of_the_roles_that_have_it(power: May, who: list[str]) -> None:
    gone, *_others = [make_user(name) for name in STAFF]
    assert [user.email.split("@")[0] for user in staff.holders(power)] == who
    gone.is_active = False
    gone.save()
    assert gone not in staff.holders(power)


def test_a_person_with_two_roles_holds_a_power_once() -> None:
    kari = make_user("kari")
    kari.groups.add(Group.objects.get(name="approver"))
    assert list(staff.holders(May.APPROVE_FIRST)) == [kari]


def test_the_only_active_administrator_stays_one() -> None:
    astrid, gone = make_user("astrid"), make_user("lars")
    gone.groups.set([Group.objects.get(name="administrator")])
    gone.is_active = False
    gone.save()
    astrid.is_active = False
    with pytest.raises(staff.LastAdministrator):
        staff.save_user(user=astrid, roles=["administrator"], by=actor("astrid"), at=NOW)
    astrid.is_active = True
    with pytest.raises(staff.LastAdministrator):  # by somebody whose power has just been taken away
        staff.save_user(user=astrid, roles=[], by=Actor("user", gone.pk, ("administrator",), "ks"), at=NOW)
    staff.save_user(user=make_user("guro"), roles=["administrator"], by=actor("astrid"), at=NOW)
    astrid.is_active = False
    staff.save_user(user=astrid, roles=["administrator"], by=actor("astrid"), at=NOW)
    assert not User.objects.get(pk=astrid.pk).is_active

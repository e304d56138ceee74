"""A field is shown only to those its level opens it to; what is not declared is restricted."""

from __future__ import annotations

import pytest

from kommunesamarbeid.core.models import Organisation
from kommunesamarbeid.core.roles import Actor
from kommunesamarbeid.core.visibility import (
    Level,
    present,
    reach_of,
    reads_words_of,
    sees_norwegian_contacts,
    visible_fields,
)
from municipalities.choices import Category, NeedVisibility
from municipalities.models import ContactPerson, Hromada, Need
from tests.municipalities.pool import add_need, categorised, pooled_candidate
from tests.people import actor
from tests.places import hromada

pytestmark = pytest.mark.django_db


def test_levels_are_ordered_from_public_to_restricted() -> None:
    assert Level.PUBLIC < Level.PARTNERS < Level.INTERNAL < Level.RESTRICTED


def test_a_field_nobody_declared_is_shown_to_nobody() -> None:
    hromada = Hromada(katottg="UA53080370000025447", latitude=49)
    assert "latitude" not in Hromada.VISIBILITY
    assert "latitude" not in present(hromada, Level.RESTRICTED, ["latitude", "katottg"])


def test_the_public_sees_no_field_of_a_need_and_a_partner_no_text() -> None:
    assert visible_fields(Need, Level.PUBLIC) == ()
    assert visible_fields(Need, Level.PARTNERS) == ("theme", "horizon", "confirmed_on")


def test_contact_fields_are_open_to_no_level_below_restricted() -> None:
    assert visible_fields(ContactPerson, Level.INTERNAL) == ()


def test_present_leaves_out_what_is_above_the_reader() -> None:
    shown = present(hromada(), Level.PUBLIC, ["katottg", "latitude"])
    assert shown == {"katottg": "UA53080370000025447"}


def test_links_and_strangers_reach_only_the_public_level() -> None:
    assert [reach_of(who) for who in (None, Actor.contact(1), Actor.hromada_contact(1))] == [Level.PUBLIC] * 3
    assert reach_of(actor("lars")) == reach_of(actor("olena")) == Level.INTERNAL


@pytest.mark.parametrize(
    ("who", "auc_may", "mutual", "sees"),
    [
        ("kari", False, False, True),
        ("lars", False, False, False),
        ("lars", True, True, False),
        ("andrij", False, True, False),
        ("andrij", True, False, False),
        ("andrij", True, True, True),
        ("astrid", False, False, False),
    ],
)
def test_l18_auc_sees_a_norwegian_contact_only_by_setting_and_after_mutual(
    who: str, auc_may: bool, mutual: bool, sees: bool
) -> None:
    assert sees_norwegian_contacts(actor(who), auc_may=auc_may, mutual=mutual) is sees


@pytest.mark.parametrize(
    ("who", "of_ks", "of_auc"), [("kari", True, True), ("lars", True, True), ("andrij", False, True)]
)
def test_free_text_stays_within_the_organisation_and_ks_reads_all(
    who: str, of_ks: bool, of_auc: bool
) -> None:
    assert reads_words_of(Organisation.KS, actor(who)) is of_ks
    assert reads_words_of(Organisation.AUC, actor(who)) is of_auc
    assert not reads_words_of(Organisation.AUC, Actor.hromada_contact(1))


@pytest.mark.parametrize(
    ("reach", "seen"),
    [
        (Level.PUBLIC, {"public"}),
        (Level.PARTNERS, {"partners", "public"}),
        (Level.INTERNAL, {"internal", "partners", "public"}),
        (Level.RESTRICTED, {"internal", "partners", "public"}),
    ],
)
def test_a_need_is_seen_as_far_as_auc_has_opened_it(reach: Level, seen: set[str]) -> None:
    candidate = categorised(pooled_candidate(), Category.OUTSIDE).candidate
    for slug, visibility in zip(("education", "youth", "municipal-finance"), NeedVisibility, strict=True):
        add_need(candidate, slug, visibility=visibility)
    assert set(candidate.needs.visible_to(reach).values_list("visibility", flat=True)) == seen


def test_nothing_of_a_candidate_in_the_war_zone_is_public() -> None:
    most = {category.value: NeedVisibility.PUBLIC.within(category).value for category in Category}
    assert most == {"war_zone": "partners", "outside": "public", "undetermined": "partners"}
    assert NeedVisibility.INTERNAL.within(Category.WAR_ZONE) == NeedVisibility.INTERNAL

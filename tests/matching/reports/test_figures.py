"""Figures are what their definitions say, and the public sees of a pair only what everybody concerned has agreed to."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kommunesamarbeid.core.roles import SYSTEM
from matching.agreements.agreements import end_agreement
from matching.agreements.existing_cooperation import record_reported
from matching.agreements.milestones import withdraw_consent
from matching.choices import MilestoneKind
from matching.models import Agreement
from matching.reports.figures import Figures, figures
from matching.states import AgreementState, EndReason
from municipalities.candidates.candidates import record_consent
from municipalities.choices import Category, ConsentScope, NeedVisibility
from municipalities.models import HromadaStatus, KnownPartnership, OfficialListEdition
from tests.matching.builders import matchable, published_run
from tests.matching.partners import (
    AFTER_UNDO,
    consent_both,
    dated,
    existing_agreement,
    opened_agreement,
    public_partnership,
)
from tests.municipalities.pool import LVIV, POLTAVA, add_need, categorised, ready_candidate
from tests.people import NOW, TODAY, actor
from tests.places import hromada, municipality

pytestmark = pytest.mark.django_db
PAGES = ("partnerships", "partnerships_csv", "partnerships_json")


def now_figures() -> Figures:
    return figures(as_of=AFTER_UNDO)


def bodies(client: Client) -> str:
    """Return everything an anonymous reader can get of the public page, in one text."""
    return "".join(client.get(reverse(name)).content.decode() for name in PAGES)


def reported_pair(katottg: str = POLTAVA) -> None:
    KnownPartnership.objects.create(
        key=katottg,
        municipality=municipality(),
        hromada=hromada(katottg),
        partner_country="NO",
        partner_name="Bodø",
        partner_level="municipality",
        kind="signed",
        year=2025,
        source="https://avisa.example/1",
    )
    record_reported(by=SYSTEM, at=NOW)


def test_partnership_all_have_agreed_to_is_named_with_place_and_year() -> None:
    agreement = public_partnership()
    dated(agreement, MilestoneKind.SIGNATURE)
    (row,) = figures(as_of=AFTER_UNDO).agreements
    assert (row.municipality, row.county, row.hromada, row.oblast, row.year) == (
        "Bodø",
        "Nordland",
        "Poltava",
        "Poltava oblast",
        2026,
    )


def test_war_zone_partnership_is_a_number_per_oblast_and_nothing_else(client: Client) -> None:
    public_partnership(Category.WAR_ZONE)
    found = now_figures()
    assert (found.agreements, [(row.iso, row.shown) for row in found.oblasts]) == ((), [("UA-53", "1–2")])
    text = bodies(client).replace("Poltava oblast", "")
    for secret in ("Poltav", "Полтав", "Bodø", "Nordland", POLTAVA):
        assert secret not in text


def test_partnership_whose_category_lapses_disappears_by_name() -> None:
    agreement = public_partnership()
    categorised(agreement.hromada.candidate, Category.WAR_ZONE, valid_from=TODAY, at=AFTER_UNDO)
    found = now_figures()
    assert (len(found.agreements), len(found.oblasts)) == (0, 1)


@pytest.mark.parametrize("side", ["no", "ua"])
def test_withdrawn_consent_takes_the_name_away(side: str) -> None:
    agreement = public_partnership()
    withdraw_consent(consent=agreement.consents.get(side=side), by=actor("kari"), at=NOW)
    assert figures(as_of=AFTER_UNDO).agreements == ()


def test_candidates_narrower_consent_takes_the_name_away() -> None:
    agreement = public_partnership()
    record_consent(
        candidate=agreement.hromada.candidate,
        scope=ConsentScope.NORWEGIAN,
        given_on=TODAY,
        given_by="Mayor's office",
        by=actor("andrij"),
        at=NOW,
    )
    assert figures(as_of=AFTER_UNDO).agreements == ()


def test_candidates_consent_that_has_run_out_does_not_bring_an_older_one_back() -> None:
    agreement = public_partnership()
    day = TODAY + timedelta(days=30)
    record_consent(
        candidate=agreement.hromada.candidate,
        scope=ConsentScope.PUBLIC,
        given_on=TODAY,
        given_by="Mayor's office",
        by=actor("andrij"),
        at=NOW,
        valid_to=TODAY,
    )
    assert figures(as_of=AFTER_UNDO.replace(day=day.day, month=day.month)).agreements == ()


def test_partnership_that_is_not_introduced_is_not_named() -> None:
    consent_both(opened_agreement())
    assert (figures(as_of=AFTER_UNDO).agreements, now_figures().oblasts) == ((), ())


def test_ended_partnership_is_not_counted() -> None:
    agreement = public_partnership()
    end_agreement(
        agreement=agreement, reason=EndReason.COMPLETED, text="Done.", by=actor("kari"), at=AFTER_UNDO
    )
    found = now_figures()
    assert (found.agreements, found.value("agreements")) == ((), 0)


def test_adopted_and_signed_needs_both_dates() -> None:
    agreement = existing_agreement()
    dated(agreement, MilestoneKind.SIGNATURE)
    assert now_figures().value("adopted_and_signed") == 0
    dated(agreement, MilestoneKind.NO_DECISION)
    assert now_figures().value("adopted_and_signed") == 1


def test_figures_count_what_their_definitions_say() -> None:
    matchable()
    ready_candidate(LVIV, category=Category.WAR_ZONE)
    published_run()
    found = now_figures()
    assert [(row.code, row.value) for row in found.rows] == [
        ("interested", 1),
        ("candidates", 2),
        ("proposals", 1),
        ("agreements", 0),
        ("adopted_and_signed", 0),
        ("reported", 0),
    ]
    assert [value for _label, value in found.rows[1].parts] == [1, 1, 0]


def test_themes_are_those_offered_and_opened_to_the_public() -> None:
    agreement = public_partnership()
    candidate = agreement.hromada.candidate
    add_need(candidate, "youth", visibility=NeedVisibility.PUBLIC)
    add_need(candidate, "municipal-finance", visibility=NeedVisibility.PUBLIC)
    (row,) = figures(as_of=AFTER_UNDO).agreements
    assert row.themes == ("Ungdom: medvirkning og utveksling",)


def test_reported_partnership_is_apart_with_its_source() -> None:
    reported_pair()
    found = now_figures()
    assert (found.value("agreements"), found.value("reported"), found.reported_unnamed) == (0, 1, 0)
    assert (found.reported[0].hromada, found.reported[0].source) == ("Poltava", "https://avisa.example/1")


def test_reported_partnership_without_a_public_page_is_neither_named_nor_counted(client: Client) -> None:
    reported_pair()
    Agreement.objects.update(source="Letter of 3 May")
    found = now_figures()
    assert (found.reported, found.value("reported"), found.reported_unnamed) == ((), 0, 0)
    assert [word for word in ("Poltava", "Letter") if word in bodies(client)] == []


def test_reported_partnership_on_the_official_list_is_not_repeated(client: Client) -> None:
    reported_pair()
    edition = OfficialListEdition.objects.create(
        order_number="1", edition_on=TODAY, rule_version="1", source="x", loaded_at=NOW
    )
    HromadaStatus.objects.create(
        edition=edition, hromada=hromada(), part="possible", ever="possible", first_on=TODAY
    )
    assert now_figures().reported_unnamed == 1
    assert "avisa.example" not in bodies(client)


def test_public_page_takes_few_statements_at_any_size(client: Client, django_assert_num_queries: Any) -> None:
    public_partnership()
    existing_agreement("5501", LVIV)
    with django_assert_num_queries(4):
        assert client.get(reverse("partnerships")).status_code == 200


def test_files_hold_the_same_table_as_the_page(client: Client) -> None:
    public_partnership()
    rows = list(
        csv.reader(
            io.StringIO(client.get(reverse("partnerships_csv")).content.decode("utf-8-sig")), delimiter=";"
        )
    )
    data = json.loads(client.get(reverse("partnerships_json")).content)
    assert rows[1][:4] == ["Bodø", "Nordland", "Poltava", "Poltava oblast"]
    assert [row["municipality"] for row in data["partnerships"]] == ["Bodø"]
    assert set(data["partnerships"][0]) == {
        "municipality",
        "county",
        "hromada",
        "oblast",
        "oblast_iso",
        "themes",
        "year",
        "is_fictional",
    }


def test_states_of_partnerships_are_counted() -> None:
    existing_agreement()
    (row,) = (row for row in now_figures().rows if row.code == "agreements")
    assert row.parts == ((AgreementState.ACTIVE.label, 1),)

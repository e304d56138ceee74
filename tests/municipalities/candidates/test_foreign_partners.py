"""Foreign partners and other roads are kept by KS and AUC with a source and history, and counted once when pairs are scored."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from kommunesamarbeid.core.refusals import NameMissing, SourceMissing
from kommunesamarbeid.core.roles import NotAllowed
from matching.features.axes import read_ties
from matching.features.ukrainian import _foreign_partners
from municipalities.candidates import candidates, foreign_partners
from municipalities.models import KnownPartnership, OfferedThrough
from municipalities.registers.loader import load_registers
from municipalities.states import CandidateState
from tests.desk import candidate_page, desk, text
from tests.municipalities.pool import POLTAVA, categorised, pooled_candidate
from tests.municipalities.sheets import csv_file, sent
from tests.people import NOW, TODAY, actor
from tests.places import hromada, municipality

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
IMPORT = "admin:municipalities_knownpartnership_import"
POLISH: dict[str, Any] = {
    "partner_country": "PL",
    "partner_name": "Lublin",
    "kind": "signed",
    "active": True,
    "source": "Letter",
}


def keep(who: str = "andrij", known: KnownPartnership | None = None, **changes: Any) -> KnownPartnership:
    values = {**POLISH, **changes} if known is None else changes
    return foreign_partners.save_partnership(
        partnership=known, hromada=hromada(), values=values, by=actor(who), at=NOW
    )


def road(who: str = "andrij", **changes: Any) -> OfferedThrough:
    values: dict[str, Any] = {"programme": "c4c", "status": "listed", "source": "Letter", **changes}
    return foreign_partners.save_other_programme(
        hromada=hromada(), facts=foreign_partners.ProgrammeFacts(**values), by=actor(who), at=NOW
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"partner_name": " "}, foreign_partners.PartnerMissing),
        ({"source": ""}, SourceMissing),
        ({"partner_name": "LUBLIN"}, foreign_partners.KnownAlready),
    ],
)
def test_a_partnership_needs_a_partner_and_a_source_and_is_recorded_once(
    changes: dict[str, Any], refusal: type[Exception]
) -> None:
    keep()
    with pytest.raises(refusal):
        keep(**changes)
    assert KnownPartnership.objects.count() == 1


def test_a_party_of_the_norwegian_register_is_in_norway() -> None:
    with pytest.raises(foreign_partners.NotNorwegian):
        keep(municipality=municipality())
    assert keep(municipality=municipality(), partner_country="NO", partner_name="").partner_name == "Bodø"


def test_readers_keep_nothing() -> None:
    for who in ("lars", "olena", "astrid"):
        with pytest.raises(NotAllowed):
            keep(who)
        with pytest.raises(NotAllowed):
            road(who)


def test_what_is_kept_by_hand_survives_the_next_load_of_the_registers() -> None:
    load_registers(at=NOW)
    known = (
        KnownPartnership.objects.filter(hromada__isnull=False).exclude(partner_country="NO").earliest("key")
    )
    keep(known=known, partner_name="Corrected", active=False)
    report = load_registers(at=NOW)
    known.refresh_from_db()
    assert (known.partner_name, known.active, report.changes) == ("Corrected", False, 0)


@pytest.mark.parametrize(
    ("rows", "roads", "partners"),
    [
        ([], [], 0),
        ([{}], [], 1),
        ([{"active": None}], [], 1),
        ([{"active": False}], [], 0),
        ([{}, {"kind": "project"}], [], 1),
        ([{}, {"partner_name": "Kraków"}], [], 2),
        ([], [{"status": "listed"}], 0),
        ([], [{"status": "matched"}], 1),
        ([{}], [{"status": "matched"}, {"programme": "bot", "status": "in_talks"}], 2),
    ],
)
def test_active_foreign_partners_are_counted_once_each_for_the_score(
    rows: list[dict[str, Any]], roads: list[dict[str, Any]], partners: int
) -> None:
    for changes in rows:
        keep(**changes)
    for changes in roads:
        road(**changes)
    assert len(_foreign_partners(read_ties(TODAY))[hromada().pk]) == partners


def test_a_partner_found_through_a_programme_is_not_counted_twice() -> None:
    road(status="matched", partnership=keep())
    assert len(_foreign_partners(read_ties(TODAY))[hromada().pk]) == 1


def test_a_programme_is_recorded_once_and_another_one_has_a_name() -> None:
    road()
    with pytest.raises(foreign_partners.ProgrammeKnown):
        road()
    with pytest.raises(NameMissing):
        road(programme="other")
    assert road(programme="other", name="Twin towns").title == "Twin towns"


def test_a_norwegian_partner_is_seen_before_the_candidate_is_ready() -> None:
    candidate = pooled_candidate()
    categorised(candidate)
    candidates.record_consent(
        candidate=candidate, scope="norwegian", given_on=TODAY, given_by="Head", by=actor("andrij"), at=NOW
    )
    candidates.move_candidate(candidate=candidate, to=CandidateState.UNDER_REVIEW, by=actor("andrij"), at=NOW)
    keep(municipality=municipality(), partner_country="NO")
    browser, data = desk("kari"), {"to": "ready", "reason": "", "seen": "under_review"}
    refused = browser.post(candidate_page("move", candidate), data)
    assert refused.context["form"].errors == {
        "despite_partner": [
            "The hromada has a Norwegian partner already: Bodø. Tick that you have seen it, or stop here."
        ]
    }
    browser.post(candidate_page("move", candidate), {**data, "despite_partner": "on"})
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.READY


def test_a_file_of_partnerships_is_tried_then_applied_and_a_second_time_changes_nothing() -> None:
    candidate = pooled_candidate()
    raw = csv_file(
        "katottg,country,partner,kind,active,year,source",
        f"{POLTAVA},PL,Lublin,signed,yes,2023,https://partner.example/",
        f"{POLTAVA},DE,Filderstadt,intent,,,Letter of 3 May",
    )
    browser = desk("andrij")
    tried = browser.post(reverse(IMPORT), {"file": sent(raw)})
    assert (tried.context["counts"], KnownPartnership.objects.count()) == (
        {"new": 2, "changed": 0, "same": 0},
        0,
    )
    browser.post(reverse(f"{IMPORT}_apply", args=[tried.context["upload"].pk]))
    again = browser.post(reverse(IMPORT), {"file": sent(raw)})
    assert again.context["counts"] == {"new": 0, "changed": 0, "same": 2}
    page = text(browser.get(candidate_page("change", candidate)))
    assert "Lublin, 2023" in page
    assert "Letter of 3 May" in page


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            f"{POLTAVA},PL,Lublin,friends,,,x",
            "kind: friends is not one of signed, intent, cooperation, planned, project",
        ),
        (f"{POLTAVA},Poland,Lublin,signed,,,x", "country: not a valid code: Poland"),
        (f"{POLTAVA},PL,,signed,,,x", "partner is missing"),
        (f"{POLTAVA},PL,Lublin,signed,,,", "source is missing"),
        ("UA53080370000099999,PL,Lublin,signed,,,x", "unknown hromada: UA53080370000099999"),
        (f"{POLTAVA},DE,Filderstadt,signed,,,x", "the same entry stands on line 2"),
    ],
)
def test_a_faulty_row_is_told_and_nothing_is_kept(line: str, fault: str) -> None:
    hromada()
    head = ("katottg,country,partner,kind,active,year,source", f"{POLTAVA},DE,Filderstadt,signed,,,x")
    answer = desk("kari").post(reverse(IMPORT), {"file": sent(csv_file(*head, line))})
    assert [(problem.line, str(problem.text)) for problem in answer.context["problems"]] == [(3, fault)]
    assert not KnownPartnership.objects.exists()


def test_partnerships_and_roads_are_recorded_and_changed_by_clicking_and_history_tells_who() -> None:
    candidate = pooled_candidate()
    browser = desk("andrij")
    form = {
        "katottg": POLTAVA,
        "partner_country": "PL",
        "partner_name": "Lublin",
        "kind": "signed",
        "active": "",
        "source": "Letter",
    }
    browser.post(reverse("admin:municipalities_knownpartnership_add"), form)
    known = KnownPartnership.objects.get()
    edit = reverse("admin:municipalities_knownpartnership_edit", args=[known.pk])
    browser.post(edit, {**form, "active": "no"})
    browser.post(
        reverse("admin:municipalities_offeredthrough_add"),
        {"katottg": POLTAVA, "programme": "u_lead", "status": "in_talks", "source": "Letter"},
    )
    page = text(browser.get(candidate_page("change", candidate)))
    assert "U-LEAD with Europe: in talks" in page
    history = text(browser.get(reverse("admin:municipalities_knownpartnership_history", args=[known.pk])))
    assert "Active: – → no" in history
    assert "AUC, Andrij Kovalenko" in history
    assert "Active: – → no" in text(desk("kari").get(candidate_page("history", candidate)))
    assert str(timezone.localdate().year) in history


def test_a_wrong_number_or_code_stands_at_its_field() -> None:
    form = {
        "katottg": "UA1",
        "municipality": "9999",
        "partner_country": "NO",
        "kind": "signed",
        "source": "x",
    }
    answer = desk("kari").post(reverse("admin:municipalities_knownpartnership_add"), form)
    assert answer.context["form"].errors == {
        "katottg": ["No hromada has this name or code."],
        "municipality": ["No Norwegian party has this number."],
    }

"""AUC's list comes in by KATOTTG, tried first; a name that several hromadas have is decided by a person."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.candidates.candidate_import import (
    ChoiceMissing,
    apply_candidate_list,
    read_candidate_list,
)
from municipalities.choices import Priority
from municipalities.models import Candidate, Hromada, KnownPartnership, Oblast, Upload
from municipalities.registers.loader import load_registers
from tests.desk import desk, text
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, pooled_candidate
from tests.municipalities.sheets import csv_file, sent, xlsx_file
from tests.people import NOW, actor
from tests.places import hromada

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
IMPORT = "admin:municipalities_candidate_import"
HEADER = "katottg,name,oblast,priority,capacity,authority,languages"

TWELVE_FAULTS = csv_file(
    HEADER,
    f"{POLTAVA},Полтава,Полтавська область,1,2,council,uk en",
    "UA5308037,,,,,,",
    "UA53080370000099999,,,,,,",
    f"{LVIV},Полтава,,,,,",
    f"{TESTIVSKA},,Львівська область,,,,",
    ",,Львівська область,,,,",
    ",Атлантида,,,,,",
    ",Львів,Атлантична область,,,,",
    f"{POLTAVA},,,,,,",
    f"{LVIV},,,urgent,,,",
    f"{LVIV},,,,21,,",
    f"{LVIV},,,,,king,",
    f"{LVIV},,,,,,uk klingon",
)


def places() -> None:
    for code in (POLTAVA, LVIV, TESTIVSKA):
        hromada(code)


def test_a_file_with_twelve_kinds_of_errors_gives_twelve_messages_and_changes_nothing() -> None:
    places()
    answer = desk("andrij").post(reverse(IMPORT), {"file": sent(TWELVE_FAULTS)})
    assert [(problem.line, str(problem.text)) for problem in answer.context["problems"]] == [
        (3, "katottg: not a valid code: UA5308037"),
        (4, "unknown katottg: UA53080370000099999"),
        (5, "UA46060250000025047 is Lviv (Lviv Oblast), not Полтава"),
        (6, "UA53060230000099999 lies in Poltava Oblast"),
        (7, "neither code nor name"),
        (8, "no hromada is called Атлантида there"),
        (9, "unknown oblast: Атлантична область"),
        (10, "duplicate katottg UA53080370000025447, first on line 2"),
        (11, "priority: urgent is not one of 1, 2, 3"),
        (12, "capacity: Write a number from 1 to 20."),
        (13, "authority: king is not one of council, acting, military, unknown"),
        (14, "languages: klingon is not one of en, uk, pl, de, no, fr"),
    ]
    acts = AuditEvent.objects.filter(object_type__startswith="municipalities.").count()
    assert (Candidate.objects.count(), Upload.objects.count(), acts) == (0, 0, 0)


def test_the_messages_are_in_the_readers_language() -> None:
    places()
    answer = desk("andrij", "uk").post(
        reverse(IMPORT), {"file": sent(csv_file(HEADER, ",,Львівська область,,,,"))}
    )
    assert "ні коду, ні назви" in text(answer)


def test_a_list_is_tried_then_applied_and_a_second_time_changes_nothing() -> None:
    places()
    known = pooled_candidate(LVIV)
    raw = xlsx_file(
        ["katottg", "name", "priority", "capacity", "languages"],
        [POLTAVA, "Полтавська міська територіальна громада", 1, 2, "uk, en"],
        ["", "Lviv", 2, None, None],
    )
    browser = desk("andrij")
    tried = browser.post(reverse(IMPORT), {"file": sent(raw, "list.xlsx")})
    assert tried.context["counts"] == {"new": 1, "changed": 1, "same": 0, "choose": 0}
    assert Candidate.objects.count() == 1
    done = browser.post(reverse(f"{IMPORT}_apply", args=[tried.context["upload"].pk]), follow=True)
    assert "Added: 1. Changed: 1. As they were: 0." in text(done)
    known.refresh_from_db()
    assert (known.priority, known.capacity) == (Priority.MEDIUM, 1)
    new = Candidate.objects.get(hromada__katottg=POLTAVA)
    assert (new.priority, new.capacity, new.languages) == (Priority.HIGH, 2, ["uk", "en"])
    again = browser.post(reverse(IMPORT), {"file": sent(raw, "list.xlsx")})
    assert again.context["counts"] == {"new": 0, "changed": 0, "same": 2, "choose": 0}


def namesake() -> Hromada:
    place = hromada(LVIV)
    return Hromada.objects.create(
        katottg="UA53000000000012345",
        name_uk="Львівська",
        name_en="Lvivska",
        centre_uk="Львів",
        centre_en="Lviv",
        kind="rural",
        oblast=Oblast.objects.exclude(pk=place.oblast_id).get(),
    )


def test_a_name_that_two_hromadas_have_waits_for_a_choice() -> None:
    places()
    other = namesake()
    browser = desk("andrij")
    tried = browser.post(reverse(IMPORT), {"file": sent(csv_file("name", "Львів"))})
    assert [option.pk for option in tried.context["rows"][0].options] == [hromada(LVIV).pk, other.pk]
    apply_url = reverse(f"{IMPORT}_apply", args=[tried.context["upload"].pk])
    undecided = browser.post(apply_url)
    assert (undecided.status_code, undecided.context["fault"]) == (
        400,
        "Choose which hromada is meant in every row.",
    )
    browser.post(apply_url, {"line-2": other.pk})
    assert list(Candidate.objects.values_list("hromada_id", flat=True)) == [other.pk]


def test_the_oblast_decides_between_namesakes() -> None:
    places()
    namesake()
    listed = read_candidate_list("list.csv", csv_file("name,oblast", "Львів,Львівська"))
    assert [row.hromada for row in listed.rows] == [hromada(LVIV)]


@pytest.mark.parametrize("told", ["Kyiv by", "Kyiv City", "м. Київ", "UA-30"])
def test_the_city_of_kyiv_is_found_as_the_reader_is_told_of_it(told: str) -> None:
    load_registers(at=NOW)
    with translation.override("nb"):
        listed = read_candidate_list("list.csv", csv_file("name,oblast", f"Kyiv,{told}"))
    assert [row.hromada.place for row in listed.rows if row.hromada] == ["Kyiv"]


def test_two_names_for_the_same_hromada_are_a_fault() -> None:
    places()
    listed = read_candidate_list("list.csv", csv_file("katottg,name", f"{LVIV},", ",Lviv"))
    assert [(problem.line, str(problem.text)) for problem in listed.table.problems] == [
        (3, "duplicate katottg UA46060250000025047, first on line 2")
    ]


def test_a_used_or_anothers_file_must_be_sent_again() -> None:
    places()
    browser = desk("andrij")
    pk = browser.post(reverse(IMPORT), {"file": sent(csv_file("katottg", POLTAVA))}).context["upload"].pk
    apply_url = reverse(f"{IMPORT}_apply", args=[pk])
    assert "Send it again" in text(desk("kari").post(apply_url, follow=True))
    browser.post(apply_url)
    assert bytes(Upload.objects.get(pk=pk).content) == b""
    assert "Send it again" in text(browser.post(apply_url, follow=True))


def test_a_norwegian_partner_is_told_before_the_hromada_becomes_a_candidate() -> None:
    places()
    KnownPartnership.objects.create(
        key="x", hromada=hromada(), partner_country="NO", partner_name="Bodø", kind="signed", source="x"
    )
    tried = desk("andrij").post(reverse(IMPORT), {"file": sent(csv_file("katottg", POLTAVA))})
    assert "Norwegian partner: Bodø" in text(tried)
    added = desk("andrij").post(
        reverse("admin:municipalities_candidate_add"), {"hromada": hromada().pk}, follow=True
    )
    assert "Mind that the hromada has a Norwegian partner already: Bodø." in text(added)


def test_readers_import_nothing_and_an_undecided_list_is_refused() -> None:
    places()
    namesake()
    with pytest.raises(NotAllowed):
        apply_candidate_list(
            listed=read_candidate_list("l", csv_file("katottg", LVIV)), by=actor("olena"), at=NOW
        )
    with pytest.raises(ChoiceMissing):
        apply_candidate_list(
            listed=read_candidate_list("l", csv_file("name", "Lviv")), by=actor("andrij"), at=NOW
        )


def test_any_hromada_of_the_register_is_found_by_its_code_and_most_by_name() -> None:
    load_registers(at=NOW)
    codes = list(Hromada.objects.order_by("katottg").values_list("katottg", flat=True))
    listed = read_candidate_list("all.csv", csv_file("katottg", *codes))
    assert (listed.count("new"), listed.table.problems) == (1_470, [])
    names = list(Hromada.objects.order_by("katottg").values_list("centre_uk", "oblast__name_uk"))
    by_name = read_candidate_list(
        "names.csv", csv_file("name,oblast", *dict.fromkeys(f"{name},{oblast}" for name, oblast in names))
    )
    assert by_name.table.problems == []
    assert by_name.count("new") + by_name.count("choose") == len(set(names))

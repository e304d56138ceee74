"""A place is found as people write it, by one finder at every door; what several are called is never guessed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from kommunesamarbeid.core import texts
from municipalities.models import Hromada
from municipalities.questionnaire.forms import municipality_choices
from municipalities.registers import (
    NORWEGIAN_NUMBER,
    Entry,
    Finder,
    hromada_finder,
    municipality_finder,
)
from municipalities.registers.finder import Match
from municipalities.registers.loader import load_registers
from municipalities.responses.old_form import Table, plan
from tests.people import NOW
from tests.places import hromada, municipality, round_open
from tests.services import ROOT

pytestmark = pytest.mark.django_db
VALER_EAST, VALER_INLAND, HAUGESUND, TROMSO = (
    ("3114", "Våler"),
    ("3419", "Våler"),
    ("1106", "Haugesund"),
    ("5501", "Tromsø"),
)
COUNTIES = {"31": "Østfold", "34": "Innlandet", "11": "Rogaland", "55": "Troms"}


def finder() -> Finder[str]:
    """Return the finder of four municipalities, two of one name."""
    places = (VALER_EAST, VALER_INLAND, HAUGESUND, TROMSO)
    entries = [Entry(code, code, (name,), code[:2], (COUNTIES[code[:2]],)) for code, name in places]
    return Finder(entries, code_pattern=NORWEGIAN_NUMBER)


@pytest.mark.parametrize(
    ("typed", "match"),
    [
        ("5501", Match(("5501",), "code")),
        ("Tromsø (5501)", Match(("5501",), "code")),
        ("tromsø", Match(("5501",), "name")),
        (unicodedata.normalize("NFD", "TROMSØ\u200b"), Match(("5501",), "name")),
        ("Tromso kommune", Match(("5501",), "bare name")),
        ("Våler", Match(("3114", "3419"), "name")),
        ("Våler (Østfold)", Match(("3114",), "name")),
        ("Valer, Inn", Match(("3419",), "bare name")),
        ("Våler (Troms)", Match()),
        ("Trom", Match()),
        ("", Match()),
    ],
)
def test_exact_comes_first_and_a_name_of_several_is_all_of_them(typed: str, match: Match[str]) -> None:
    assert finder().find(typed) == match


def test_a_postal_code_beside_another_name_is_no_answer_but_a_question() -> None:
    assert finder().find("5501 Haugesund").places == ("5501", "1106")
    assert finder().find("5501 Ingensteds") == Match()
    assert finder().find("Haugesund 2026") == Match()
    assert finder().find("Tromsø 2025-03-01").only is None


def test_the_first_letters_do_only_where_a_person_sees_what_was_found() -> None:
    assert finder().find("haug", beginnings=True) == Match(("1106",), "beginning")
    assert finder().find("vål", beginnings=True).places == ("3114", "3419")
    assert finder().find("haug").only is None


@pytest.mark.parametrize(
    "typed",
    [
        "Guovdageaidnu", "kautokeino", "Guovdageaidnu - Kautokeino", "5612", "Kautokeino kommune",
         "KAUTOKEINO\u00a0(Finnmark)",
        "Kautokeino, Finnmark",
    ],
)  # fmt: skip
def test_a_norwegian_party_is_found_by_any_of_its_names(typed: str) -> None:
    load_registers(at=NOW)
    assert municipality_finder().find(typed).only.number == "5612"  # type: ignore[union-attr]  # found


@pytest.mark.parametrize(
    ("typed", "katottg"),
    [
        ("Гайсинська громада", "UA05040030000050131"),
        ("м. Гайсин", "UA05040030000050131"),
        ("Haisyn, Vinnytsia Oblast", "UA05040030000050131"),
        ("ua05040030000050131", "UA05040030000050131"),
        ("Стара назва, UA05040030000050131", "UA05040030000050131"),
        ("Мар'янівка (Волинська область)", "UA07080190000072811"),
        (unicodedata.normalize("NFD", "Київ"), "UA80000000000093317"),
        ("Bucha, Kyiv", "UA32080070000050759"),
    ],
)
def test_a_ukrainian_place_is_found_in_both_alphabets_and_by_its_code(typed: str, katottg: str) -> None:
    load_registers(at=NOW)
    place = hromada_finder().find(typed).only
    assert place is not None
    assert place.katottg == katottg


def test_every_place_is_found_by_its_own_code_and_is_among_those_of_its_own_name() -> None:
    load_registers(at=NOW)
    for places in (hromada_finder(), municipality_finder()):
        for entry in places.entries:
            assert places.find(entry.code) == Match((entry.place,), "code")
            assert all(entry.place in places.find(name).places for name in entry.names if name)


def test_one_reading_of_the_register_answers_any_number_of_questions(
    django_assert_num_queries: object,
) -> None:
    hromada(), hromada("UA46060250000025047"), municipality()
    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's fixture
        places, parties = hromada_finder(), municipality_finder()
        assert [places.find(typed).by for typed in ("Полтава", "lviv", "x")] == ["name", "name", ""]
        assert parties.find("bodo").by == "bare name"


def test_a_finder_may_know_some_of_the_places_only() -> None:
    hromada(), hromada("UA46060250000025047")
    some = hromada_finder(Hromada.objects.filter(centre_en="Lviv"))
    assert [some.find(typed).by for typed in ("Lviv", "Poltava", "UA53080370000025447")] == ["name", "", ""]


def test_the_chooser_in_the_browser_folds_the_letters_that_the_finder_folds() -> None:
    script = (Path(ROOT) / "static/js/chooser.js").read_text("utf-8")
    table = re.search(r"const LETTERS = \{(.+?)\};", script)
    pairs = dict(re.findall(r'(\w): "(\w+)"', table[1] if table else ""))
    assert {ord(letter): bare for letter, bare in pairs.items()} == texts.LETTERS


def test_the_chooser_offers_every_party_once_with_its_other_names() -> None:
    load_registers(at=NOW)
    labels = {code: label for _county, options in municipality_choices()[1:] for code, label in options}
    assert len(labels) == 371
    assert (labels["5612"], labels["5612"].others) == ("Kautokeino", "Guovdageaidnu")
    assert sorted(label for label in labels.values() if label.startswith("Våler")) == [
        "Våler (Innlandet)",
        "Våler (Østfold)",
    ]


@pytest.mark.parametrize(
    "typed",
    ["Bodø kommune", "BODØ", "Bodo", "Bodø, Nordland", "1804 Bodø", "Bodø\u00a0kommune", "Bodø (1804)"],
)
def test_the_old_form_finds_what_the_finder_finds(typed: str) -> None:
    municipality(), municipality("1811")
    (row,) = plan(Table(["Kommune"], [[typed]], [2]), {0: "municipality"}, round=round_open())
    assert row.municipality == municipality()

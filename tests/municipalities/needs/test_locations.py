"""What could lead somebody to a place or a person is found in several notations, and plain words are left alone."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from municipalities.needs.locations import Find, finds_in, words_for

COORDINATES = [
    "49.5883, 34.5514", "49,5883 34,5514", "49°35'18\" N", "49° 35.3′", "N49.588 E34.551", "49.588° пн. ш.", "широта 49.58",
    "lat: 49.58", "geo:49.58,34.55", "36U XA 12345 12345", "8GX5HHQ2+9J", "///alpha.beta.gamma", "https://maps.app.goo.gl/x",
]  # fmt: skip
ADDRESSES = [
    "вул. Соборна, 12", "на вулиці Соборній 4", "просп. Миру", "ul. Soborna 12", "Soborna Street 12", "12 Soborna street",
    "Storgata 4", "буд. 12", "пров. Тихий",
]  # fmt: skip
PHONES = ["+380 67 123 45 67", "(067) 123-45-67", "0671234567", "тел. 12-34-56", "+47 22 33 44 55"]
PLAIN = [
    "Потрібні 12 генераторів по 5,5 кВт на 2027 рік", "10 000 книжок, 1.5 млн", "School meals for 1,200 children, 2026-2027",
    "Площа громади 1 204,5 км²", "бюджет 1 234 567,89 грн", "проспект розвитку громади", "ISO 27001:2022", "ПДВ 20%; 12.05.2027",
    "Standard 37120 and 37122", "100 000 000 грн", "Поради для шкіл: 3 зустрічі на рік",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, Find.COORDINATES) for text in COORDINATES),
        *((text, Find.ADDRESS) for text in ADDRESSES),
        *((text, Find.PHONE) for text in PHONES),
        ("Пишіть: hromada@test.ua", Find.EMAIL),
    ],
)
def test_a_place_or_a_person_is_found(text: str, kind: Find) -> None:
    assert finds_in([f"Потрібна порада, {text}"]) == [kind]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_and_numbers_are_left_alone(text: str) -> None:
    assert finds_in([text]) == []


def test_several_finds_are_named_once_each_in_a_fixed_order() -> None:
    found = finds_in(["a@b.ua", "вул. Миру, вул. Соборна"])
    assert found == [Find.ADDRESS, Find.EMAIL]
    with override("en"):
        assert words_for(found) == "a street address, an e-mail address"

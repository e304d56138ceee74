"""A text has one form at every door: however it was typed or pasted, the same letters are kept and compared."""

from __future__ import annotations

import doctest
import unicodedata

import pytest

from kommunesamarbeid.core import dates, texts
from kommunesamarbeid.core.form_fields import AddressField, TextField
from kommunesamarbeid.core.texts import code, comparable, is_same, letters, plain, tidy


@pytest.mark.parametrize(
    "typed",
    [
        unicodedata.normalize("NFD", "Мар’їнка, Ålesund"),
        "Мар'їнка, Ålesund",
        "Мар‘їнка, Ålesund",
        "Марʼїнка, Ålesund",
        "Мар`їнка, Ålesund",
        "\ufeffМар’їнка,\u00a0Åle\u00adsund\u200b",
        "\u202aМар’їнка,\u2009Ålesund\u202c ",
    ],
)
def test_the_same_words_are_kept_in_one_form_however_they_came(typed: str) -> None:
    assert tidy(typed) == "Мар’їнка, Ålesund"


@pytest.mark.parametrize(
    "text",
    ["o'neil@as.kommune.no", "'sitert' og «sagt»", "Слово 'так' тут", "2 < 3 – 100 %", "👍🏽 😀 עברית"],
)
def test_what_is_right_already_stays_as_it_is(text: str) -> None:
    assert tidy(text) == text


def test_lines_are_kept_apart_where_a_text_has_lines_and_nowhere_else() -> None:
    typed = "en\r\nto\rtre\u2028fire\u200b\n"
    assert tidy(typed, lines=True) == "en\nto\ntre\nfire"
    assert tidy(typed) == "en to tre fire"


def test_a_hidden_sign_inside_an_identity_number_does_not_carry_it_past_the_door() -> None:
    assert plain("ring 018190\u200b10001 i dag") == "ring  i dag"


def test_a_code_is_read_in_small_letters_and_with_signs_nobody_sees() -> None:
    assert code("\u200bua 53080370000025447 ") == "UA53080370000025447"


def test_a_stored_text_of_before_is_the_same_as_its_one_form() -> None:
    assert is_same("Кам'янець\r\nПодільський\u00a0", "Кам’янець\nПодільський")
    assert not is_same("Полтава", "полтава")
    assert is_same(3, 3)


def test_names_are_compared_in_any_case_and_searched_by_their_bare_letters() -> None:
    assert comparable("  ВОСС  herad") == "восс herad"
    assert letters("Guovdageaidnu – Kåfjord/Gáivuotna Đ") == "guovdageaidnu kafjord/gaivuotna d"
    assert letters("Їжакевича й Мар'янівка") == "їжакевича й марянівка"


def test_a_form_takes_texts_and_addresses_in_their_one_form() -> None:
    assert TextField().clean(" Мар'їнка\u200b ") == "Мар’їнка"
    assert AddressField().clean("mona@bodo.kommune.no\u200b") == "mona@bodo.kommune.no"


def test_the_examples_in_the_code_are_true() -> None:
    results = [doctest.testmod(module) for module in (texts, dates)]
    assert [(result.failed, result.attempted > 0) for result in results] == [(0, True), (0, True)]

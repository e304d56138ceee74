"""What was typed: one meaning or a message, only codes the form offers, no identity numbers, nothing a database chokes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict

from kommunesamarbeid.core.texts import is_identity_number, without_identity_numbers
from municipalities.questionnaire.answers import Codebook, Wrong, read, take, tidy
from municipalities.questionnaire.structure import Kind, Page, Question, find_page
from tests.places import hromada, theme

pytestmark = pytest.mark.usefixtures("english")
# Synthetic: the month is 81, which no living person has.
NUMBER = "01819010001"


def question(kind: Kind, **more: Any) -> Question:
    """Return a question of a kind."""
    return Question("q", kind, "Answer", **more)


def said(asked: Question, raw: str) -> str:
    """Return the message that a raw value gets."""
    with pytest.raises(Wrong) as caught:
        read(asked, raw, Codebook())
    return caught.value.message


@pytest.mark.parametrize(
    "typed", ["12.03.2026", "12/3/2026", "12-03-2026", "2026-03-12", "12. 03. 2026", "12.03.26"]
)
def test_f14_date_is_read_in_the_ways_people_write_it(typed: str) -> None:
    assert read(question(Kind.DATE), typed, Codebook()) == "2026-03-12"


@pytest.mark.parametrize("typed", ["31.02.2026", "in March", "12.03.1890", "99999999999"])
def test_date_that_is_none_is_refused(typed: str) -> None:
    assert (
        said(question(Kind.DATE), typed) == "The date must be a day, month and year, for example 12.03.2026."
    )


@pytest.mark.parametrize("typed", ["75555000", "755 55 000", "+47 755 55 000", "(+47) 755-55-000"])
def test_f14_phone_number_is_accepted_with_spaces_and_country_code(typed: str) -> None:
    assert read(question(Kind.PHONE), typed, Codebook()) == typed


@pytest.mark.parametrize("typed", ["call me", "12", "1234567890123456"])
def test_phone_number_that_is_none_is_refused(typed: str) -> None:
    assert said(question(Kind.PHONE), typed) == "The phone number must have 5 to 15 digits."


def test_email_without_at_sign_gets_the_agreed_words() -> None:
    assert said(question(Kind.EMAIL), "mona.bodo") == "The email address must contain @."


@pytest.mark.parametrize("typed", ["0", "6", "two", "1.5", "-1", "٣", "9" * 400])
def test_number_outside_its_range_is_refused(typed: str) -> None:
    asked = question(Kind.NUMBER, low=1, high=5, max_length=500)

    assert said(asked, typed) == "Answer must be a number from 1 to 5."


def test_f17_newline_counts_as_one_character() -> None:
    typed = tidy("a\r\nb", lines=True)

    assert read(question(Kind.LONG_TEXT, max_length=3), typed, Codebook()) == "a\nb"


def test_f17_message_says_how_many_characters_were_written() -> None:
    words = said(question(Kind.LONG_TEXT, max_length=3), "abcde")

    assert words == "Answer can be at most 3 characters. You have written 5."


def test_f32_text_is_kept_without_what_a_database_refuses() -> None:
    assert tidy("a\x00b\x07 😀 עברית\ud800", lines=False) == "a b  😀 עברית"


def test_f32_flood_is_cut_and_a_long_paste_is_kept() -> None:
    assert len(tidy("x" * 10_000, lines=True)) == 10_000
    assert len(tidy("x" * 1_000_000, lines=True)) == 20_000


@pytest.mark.parametrize(
    "typed", [NUMBER, f"{NUMBER[:6]} {NUMBER[6:]}", f"{NUMBER[:2]}.{NUMBER[2:4]}.{NUMBER[4:6]} {NUMBER[6:]}"]
)
def test_l12_identity_number_is_taken_out_and_the_rest_is_kept(typed: str) -> None:
    assert without_identity_numbers(f"before {typed} after") == ("before  after", True)


@pytest.mark.parametrize(
    "typed", ["12345678901", "0047 755 55 000", "958935420", "00000000000", f"1{NUMBER}"]
)
def test_l12_other_numbers_are_kept(typed: str) -> None:
    assert without_identity_numbers(typed) == (typed, False)


def test_l12_both_check_digits_must_fit() -> None:
    assert is_identity_number(NUMBER)
    assert not is_identity_number(NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10))


@pytest.mark.django_db
def test_f32_codes_the_form_does_not_offer_are_not_taken() -> None:
    theme("education")
    theme("physical-reconstruction")
    _section, page = find_page("offers", {}) or pytest.fail("no page")
    posted = QueryDict("offers=education&offers=education&offers=physical-reconstruction&offers=nonsense")

    assert take(page, posted, Codebook()).values == {"offers": ["education"]}


def test_f32_missing_field_is_taken_as_unanswered() -> None:
    page = Page("p", "P", (question(Kind.TEXT),))

    assert take(page, QueryDict(""), Codebook()).values == {"q": ""}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "typed", ["Poltava", "Полтава", "poltava (Poltava Oblast)", "UA53080370000025447", "Poltava, Полтавська"]
)
def test_ukrainian_place_is_found_by_name_in_both_alphabets_and_by_code(typed: str) -> None:
    hromada()

    assert read(question(Kind.PLACES), typed, Codebook()) == ["UA53080370000025447"]


@pytest.mark.django_db
def test_ukrainian_place_nobody_knows_is_named_in_the_message() -> None:
    hromada()

    assert said(question(Kind.PLACES), "Poltava\nAtlantis").startswith(
        "“Atlantis” is not a Ukrainian municipality we know."
    )


@pytest.mark.django_db
def test_ukrainian_name_that_occurs_twice_asks_for_the_oblast() -> None:
    hromada()
    twin = hromada("UA46060250000025047")
    twin.centre_en = "Poltava"
    twin.save()

    assert (
        "Poltava (Lviv Oblast), UA46060250000025047; Poltava (Poltava Oblast), UA53080370000025447"
        in said(question(Kind.PLACES), "Poltava")
    )
    assert read(question(Kind.PLACES), "Poltava (Lviv)", Codebook()) == [twin.katottg]


@pytest.mark.django_db
def test_ukrainian_place_is_spelled_out_with_its_code_when_it_is_saved() -> None:
    hromada()
    page = Page("p", "P", (question(Kind.PLACES),))

    saved = take(page, QueryDict("q=poltava%0D%0A"), Codebook()).values

    assert saved == {"q": "Poltava (Poltava Oblast), UA53080370000025447"}
    assert read(page.questions[0], saved["q"], Codebook()) == ["UA53080370000025447"]
    assert take(page, QueryDict("q=Atlantis"), Codebook()).values == {"q": "Atlantis"}

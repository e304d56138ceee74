"""The portal's languages are said once: what is set up, stored and written follows from the one list."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import translation

from deploy.catalogs import GATE
from kommunesamarbeid.core import languages
from kommunesamarbeid.core.mail.letters import LETTERS


def test_every_language_of_the_portal_has_a_name_of_its_own_and_a_catalog() -> None:
    assert languages.CODES == ["nb", "nn", "en", "uk"]
    assert [code for code, _name in languages.OWN_NAMES] == languages.CODES
    assert {*GATE, languages.ENGLISH} == set(languages.CODES)
    assert settings.LANGUAGE_CODE in languages.CODES


def test_every_mail_is_written_in_languages_of_the_portal() -> None:
    assert {code for letter in LETTERS.values() for code in letter.languages} <= set(languages.CODES)


@pytest.mark.parametrize(("chosen", "written"), [("en", "en"), ("uk", "uk"), ("nb", "uk")])
def test_auc_is_written_to_in_its_own_language_unless_it_chose_english(chosen: str, written: str) -> None:
    assert languages.choose_from(languages.AUC, chosen) == written


@pytest.mark.parametrize(("set_to", "active"), [("nn", "nn"), ("uk", "uk"), ("de", "nb"), (None, "nb")])
def test_a_language_that_is_none_of_ours_is_shown_as_bokmal(set_to: str | None, active: str) -> None:
    with translation.override(set_to):
        assert (languages.active(), languages.is_ukrainian()) == (active, active == "uk")

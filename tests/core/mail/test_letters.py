"""Every mail is in the registry, with every value that its template carries, and has a name where a case lists it."""

from __future__ import annotations

import re

import pytest

from kommunesamarbeid.core.mail.letters import LETTERS, Letter, mail_name
from tests.services import ROOT

FOLDER = ROOT / "templates" / "mail"


def test_every_mail_template_is_in_the_registry_and_every_letter_has_a_template() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == LETTERS.keys()


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS.keys())
def test_the_registry_knows_every_value_that_a_template_carries(letter: Letter) -> None:
    text = (FOLDER / f"{letter.name}.txt").read_text(encoding="utf-8")
    tags = " ".join(re.findall(r"{% (?:blocktranslate|url) .*?%}", text))
    made, read = set(re.findall(r"(\w+)=", tags)), set(re.findall(r"=(\w+)", tags))
    shown = set(re.findall(r"{{ (\w+)", text)) - made - {"base_url"}
    assert (shown | read) - letter.sample.keys() == set()


@pytest.mark.usefixtures("english")
def test_a_mail_is_called_by_its_short_name_and_by_its_code_where_no_case_lists_it() -> None:
    assert [mail_name(code) for code in ("receipt", "factor_removed", "gone")] == [
        "Receipt",
        "factor_removed",
        "gone",
    ]

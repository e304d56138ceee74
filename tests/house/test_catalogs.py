"""The catalogs say one word per concept: what the glossary calls otherwise is found, and nothing else."""

from __future__ import annotations

import pytest

from deploy.catalogs import GATE, STRAYS, Key, strays


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("nb", "Par med et kritisk behov", "nb: “kritisk” is “akutt” here: 'source'"),
        ("nn", "Foreslå dette paret", "nn: “foresl” is “føresl” here: 'source'"),
        ("uk", "Пари з критичною потребою", "uk: “критичн” is “нагальн” here: 'source'"),
        ("uk", "Натисніть “Надіслати”", "uk: ““” is “«” here: 'source'"),
    ],
)
def test_word_that_the_language_says_otherwise_is_found(language: str, text: str, found: str) -> None:
    assert strays(language, {"source": text}) == [found]


@pytest.mark.parametrize(
    "text", ["%(hromada)s venter", "{code} ligger ikke i {hromada}", "navn@hromada.ua", "et kriterium"]
)
def test_placeholder_domain_and_likeness_are_no_such_word(text: str) -> None:
    assert strays("nb", {"source": text}) == []


def test_each_form_of_a_plural_is_read() -> None:
    texts: dict[Key, str] = {("one", 0): "ett samarbeid", ("one", 1): "to partnerskap"}
    assert strays("nb", texts) == ["nb: “partnerskap” is “samarbeid” here: ('one', 1)"]


def test_every_language_of_the_gate_has_its_list() -> None:
    assert STRAYS.keys() == GATE.keys()

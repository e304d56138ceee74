"""The desk's lists find a place in any case, alphabet and spelling of its marks, at no query more; on both
databases alike.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kommunesamarbeid.core.name_search import searched
from kommunesamarbeid.core.texts import letters
from matching.models import Agreement
from municipalities.models import Hromada, Municipality
from municipalities.registers import HROMADA_FIELDS, MUNICIPALITY_FIELDS
from municipalities.registers.loader import load_registers
from tests.desk import desk
from tests.matching.partners import existing_agreement
from tests.municipalities.answers import submitted_response
from tests.municipalities.pool import pooled_candidate
from tests.people import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def found(client: Any, model: str, words: str) -> int:
    """Return how many rows a desk list shows for the words."""
    return int(client.get(reverse(f"admin:{model}_changelist"), {"q": words}).context["cl"].result_count)


@pytest.mark.parametrize(
    "words", ["BODØ", "bodø", "Bodo", "1804", unicodedata.normalize("NFD", "Bodø\u200b")]
)
def test_answers_are_found_by_their_municipality_however_it_is_typed(words: str) -> None:
    submitted_response()
    submitted_response("5501")
    assert found(desk("kari"), "municipalities_response", words) == 1


def test_an_answer_is_found_by_its_reference_as_it_is_heard_and_typed() -> None:
    reference = submitted_response().response.reference
    submitted_response("5501")
    kari = desk("kari")
    assert [
        found(kari, "municipalities_response", words)
        for words in (
            reference.lower(),
            reference.replace("-", " "),
            reference[3:].replace("-", ""),
        )
    ] == [1, 1, 1]


@pytest.mark.parametrize(
    "words", ["Мар'янівська", "мар’янівська", "МАР‘ЯНІВСЬКА", "марянівська", "Marianivska"]
)
def test_candidates_are_found_with_any_apostrophe(words: str) -> None:
    load_registers(at=NOW)
    pooled_candidate(Hromada.objects.get(katottg="UA07080190000072811"))
    pooled_candidate(Hromada.objects.get(katottg="UA05040030000050131"))
    assert found(desk("andrij"), "municipalities_candidate", words) == 1


@pytest.mark.parametrize("words", ["tromsø", "TROMSO", "poltava", "полтава", "Tromsø Poltava", "5501 UA53"])
def test_an_agreement_of_several_parties_is_found_once(words: str) -> None:
    existing_agreement("5501")
    assert Agreement.objects.count() == 1
    assert found(desk("kari"), "matching_agreement", words) == 1


def test_a_search_costs_no_query_more() -> None:
    submitted_response()
    kari, counts = desk("kari"), []
    found(kari, "municipalities_response", "")  # what a process reads once
    for words in ("", "bodø", "bodø nordland 1804"):
        with CaptureQueriesContext(connection) as queries:
            kari.get(reverse("admin:municipalities_response_changelist"), {"q": words})
        counts.append(len(queries))
    assert len(set(counts)) == 1


def test_the_database_folds_every_name_of_the_registers_as_the_finder_does() -> None:
    load_registers(at=NOW)
    for model, fields in ((Municipality, MUNICIPALITY_FIELDS), (Hromada, HROMADA_FIELDS)):
        rows = list(model._default_manager.order_by("pk")[::97])
        for row in rows:
            for field in fields:
                name = getattr(row, field)
                for typed in (name.upper(), letters(name)):
                    assert not name or row in model._default_manager.filter(searched(typed, fields)), (
                        name,
                        typed,
                    )

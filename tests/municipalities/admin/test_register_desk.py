"""The registers are looked up in both alphabets, always with county or oblast, in few queries, and never edited."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from municipalities.models import HromadaStatus, KnownPartnership, OfficialListEdition, OfficialListEntry
from municipalities.registers.loader import load_registers
from tests.people import NOW, make_user
from tests.places import hromada, municipality, theme

pytestmark = pytest.mark.django_db
LIST = "admin:municipalities_{}_changelist"
# Per list: the queries of one page, session and user included, whatever the number of rows.
QUERIES = {
    "county": 7, "municipality": 9, "oblast": 7, "hromada": 10, "theme": 7, "knownpartnership": 8, "officiallistedition": 7,
    "officiallistentry": 9,
}  # fmt: skip


@pytest.fixture
def kari() -> Client:
    client = Client()
    client.force_login(make_user("kari"))
    return client


@pytest.fixture
def andrij() -> Client:
    client = Client()
    client.force_login(make_user("andrij"))
    return client


def make_rows(number: int) -> None:
    places = [
        hromada(code) for code in ("UA53080370000025447", "UA46060250000025047", "UA53060230000099999")
    ][:number]
    parties = [municipality(code) for code in ("1804", "5501", "4621")][:number]
    slugs = [theme(slug) for slug in ("education", "youth", "winter-relief")][:number]
    assert len(slugs) == number
    for place, party in zip(places, parties, strict=True):
        edition = OfficialListEdition.objects.create(
            order_number="376",
            edition_on=date(2025, 5, place.pk % 28 + 1),
            rule_version="1364",
            source="–",
            loaded_at=NOW,
        )
        OfficialListEntry.objects.create(
            edition=edition,
            line=1,
            territory_code=place.katottg,
            level="hromada",
            name_uk=place.name_uk,
            hromada=place,
            status="possible",
            starts_on=date(2022, 2, 24),
            section="I.1",
        )
        HromadaStatus.objects.create(
            edition=edition,
            hromada=place,
            whole="possible",
            part="active",
            ever="possible|active",
            first_on=date(2022, 2, 24),
        )
        KnownPartnership.objects.create(
            key=f"{place.pk}",
            hromada=place,
            municipality=party,
            partner_country="NO",
            partner_name=party.name,
            partner_level="municipality",
            kind="signed",
            source="https://kommune.example/avtale",
        )


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", QUERIES)
def test_list_takes_the_same_queries_for_one_row_and_three(
    kari: Client, model: str, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_rows(rows)
    with django_assert_num_queries(QUERIES[model]):
        assert kari.get(reverse(LIST.format(model))).status_code == 200


@pytest.mark.parametrize(
    "words", ["полтава", "ПОЛТАВСЬКА", "poltava", "полтава poltavska", "UA53080370000025447"]
)
def test_hromada_is_found_in_both_alphabets_and_any_case(andrij: Client, words: str) -> None:
    make_rows(2)
    found = andrij.get(reverse(LIST.format("hromada")), {"q": words}).context["cl"].queryset
    assert [row.centre_en for row in found] == ["Poltava"]


@pytest.mark.parametrize("words", ["tromsø", "TROMSØ", "5501"])
def test_municipality_is_found_by_name_and_number_in_any_case(kari: Client, words: str) -> None:
    make_rows(3)
    found = kari.get(reverse(LIST.format("municipality")), {"q": words}).context["cl"].queryset
    assert [row.name for row in found] == ["Tromsø"]


def test_official_status_stands_with_the_date_of_its_edition(kari: Client) -> None:
    make_rows(1)
    edition = OfficialListEdition.objects.get()
    kari.cookies["language"] = "en"
    page = kari.get(reverse(LIST.format("hromada"))).content.decode()
    assert f"possible hostilities; in part: active hostilities ({edition.edition_on})" in page


@pytest.mark.parametrize(
    ("language", "oblasts"),
    [
        ("nb", {"Donetsk oblast", "Kharkiv oblast", "Kherson oblast", "Luhansk oblast"}),
        ("uk", {"Донецька область", "Харківська область", "Херсонська область", "Луганська область"}),
    ],
)
def test_entries_name_their_oblast_also_for_whole_raions(
    kari: Client, language: str, oblasts: set[str]
) -> None:
    load_registers(at=NOW)
    kari.cookies["language"] = language
    page = kari.get(reverse(LIST.format("officiallistentry")), {"level__exact": "raion", "open": "yes"})
    shown = set(re.findall(r'<td class="field-oblast">(.+?)</td>', page.content.decode()))
    assert shown == oblasts


def test_edition_counts_its_entries_and_leads_to_them(kari: Client) -> None:
    load_registers(at=NOW)
    page = kari.get(reverse(LIST.format("officiallistedition"))).content.decode()
    link = f"{reverse(LIST.format('officiallistentry'))}?edition__id__exact={OfficialListEdition.objects.get().pk}"
    assert f'<a href="{link}">3196</a>' in page
    assert kari.get(link).context["cl"].result_count == 3_196


@pytest.mark.parametrize("model", QUERIES)
def test_nobody_edits_a_register(kari: Client, model: str) -> None:
    make_rows(1)
    page = kari.get(reverse(LIST.format(model)))
    row = page.context["cl"].result_list[0]
    address = reverse(f"admin:municipalities_{model}_change", args=[row.pk])
    assert kari.get(address).status_code == 200
    assert kari.post(address, {"name": "Changed"}).status_code == 403


@pytest.mark.parametrize("model", ["county", "municipality"])
def test_auc_has_no_list_of_norwegian_parties(andrij: Client, model: str) -> None:
    assert andrij.get(reverse(LIST.format(model))).status_code == 403

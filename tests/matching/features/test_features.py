"""The encoder takes in what is ready and current on the date; everything else is out with a named rule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from matching.engine.scores.criteria import DEFAULT_WEIGHTS, TRAITS
from matching.features import Encoded, Exclusion, encode
from matching.runs.schemes import ensure_default_scheme
from municipalities.candidates.candidates import move_candidate, record_consent
from municipalities.choices import Authority, Category, ConsentScope
from municipalities.models import (
    Candidate,
    HromadaStatus,
    KnownPartnership,
    Need,
    OfficialListEdition,
    Response,
)
from municipalities.states import CandidateState
from tests.matching.builders import matchable, two_pairs
from tests.municipalities.answers import ready_response, submitted_response
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, categorised, pooled_candidate, ready_candidate
from tests.people import NOW, TODAY, actor
from tests.places import municipality

pytestmark = pytest.mark.django_db


def encoded(as_of: date = TODAY) -> Encoded:
    return encode(as_of=as_of, scheme=ensure_default_scheme(at=NOW))


def out(as_of: date = TODAY) -> set[tuple[str, str]]:
    return {(each.code, each.rule) for each in encoded(as_of).exclusions}


def test_rows_and_columns_stand_sorted_by_official_code_with_what_they_rest_on() -> None:
    two_pairs()
    found = encoded()
    assert found.rows.codes == ("1804", "5501")
    assert found.columns.codes == (LVIV, POLTAVA)
    bodo = Response.objects.get(municipality__number="1804")
    assert found.row_ids[0] == (bodo.pk, bodo.versions.get().pk)
    lviv = Candidate.objects.get(hromada__katottg=LVIV)
    assert found.column_ids[0] == (lviv.pk, lviv.assessments.get().pk)
    assert found.exclusions == ()


def test_answers_become_levels_horizons_languages_and_wishes() -> None:
    ready_response("1804", horizons=["long"], languages=["en", "pl"])
    rows = encoded().rows
    levels = dict(zip(rows.themes, rows.offer_level[0].tolist(), strict=True))
    assert (levels["education"], levels["youth"], levels["winter-relief"]) == (3, 2, 0)
    assert (rows.short_horizon[0], rows.long_horizon[0]) == (False, True)
    assert rows.languages[0] == 0b101
    assert [slug for slug, wished in zip(rows.themes, rows.wishes[0], strict=True) if wished] == [
        "municipal-finance"
    ]


def test_what_no_source_gives_stays_unknown() -> None:
    ready_response("1811")
    ready_candidate(TESTIVSKA)
    found = encoded()
    traits = dict(zip(TRAITS, found.rows.traits[0].tolist(), strict=True))
    assert traits == {
        "coastal": 1,
        "settlement": 0,
        "agriculture": -1,
        "industry_energy": -1,
        "university": -1,
        "mountain": -1,
    }
    assert found.columns.active_partners[0] == -1


@pytest.mark.parametrize(("number", "settlement"), [("1804", 2), ("4621", 1), ("1811", 0)])
def test_settlement_class_follows_centrality(number: str, settlement: int) -> None:
    ready_response(number)
    assert encoded().rows.traits[0, TRAITS.index("settlement")] == settlement


def test_out_of_scope_themes_never_reach_the_engine() -> None:
    matchable()
    assert "physical-reconstruction" not in encoded().rows.themes


def test_last_submitted_version_counts() -> None:
    response = ready_response("1804")
    first = response.versions.get()
    response.versions.create(
        number=2,
        answers={**first.answers, "capacity": 3},
        structure=first.structure,
        submitted_at=NOW,
        language="nb",
    )
    assert encoded().rows.capacity.tolist() == [3]


def test_submitted_response_is_out_and_a_draft_is_not_mentioned() -> None:
    submitted_response("5501")
    assert out() == {("5501", "inactive")}


@pytest.mark.parametrize(("scope", "days"), [(ConsentScope.NONE, 0), (ConsentScope.NORWEGIAN, 1)])
def test_candidate_without_consent_is_out(scope: str, days: int) -> None:
    candidate = ready_candidate(POLTAVA)
    record_consent(
        candidate=candidate,
        scope=scope,
        given_on=TODAY,
        valid_to=TODAY,
        given_by="Council",
        by=actor("andrij"),
        at=NOW,
    )
    assert out(TODAY + timedelta(days=days)) == {(POLTAVA, "no_consent")}


def test_category_counts_as_of_the_date() -> None:
    candidate = ready_candidate(POLTAVA)
    categorised(candidate, Category.UNDETERMINED, valid_from=date(2026, 11, 1))
    assert out(TODAY) == {(POLTAVA, "category_unconfirmed")}
    assert encode(as_of=date(2026, 10, 1), scheme=ensure_default_scheme(at=NOW)).columns.codes == ()


def test_occupied_candidate_is_out_without_a_working_authority() -> None:
    candidate = ready_candidate(POLTAVA, category=Category.WAR_ZONE)
    edition = OfficialListEdition.objects.create(
        order_number="376", edition_on=date(2026, 11, 1), rule_version="1364", source="list", loaded_at=NOW
    )
    HromadaStatus.objects.create(
        edition=edition,
        hromada=candidate.hromada,
        whole="occupied",
        ever="occupied",
        first_on=date(2022, 3, 1),
    )
    assert out() == {(POLTAVA, "occupied")}
    Candidate.objects.filter(pk=candidate.pk).update(authority=Authority.MILITARY)
    assert encoded().columns.codes == (POLTAVA,)


def test_candidate_without_a_current_need_is_out() -> None:
    ready_candidate(POLTAVA, needs=[])
    ready_candidate(LVIV)
    Need.objects.filter(candidate__hromada__katottg=LVIV).update(valid_to=date(2026, 11, 22))
    assert out() == {(POLTAVA, "no_common_theme"), (LVIV, "no_common_theme")}


def test_candidate_under_review_is_out() -> None:
    pooled_candidate(LVIV)
    candidate = ready_candidate(POLTAVA)
    move_candidate(candidate=candidate, to=CandidateState.ON_HOLD, by=actor("kari"), at=NOW, reason="Waits")
    assert out() == {(LVIV, "inactive"), (POLTAVA, "inactive")}


def test_shares_follow_urgency_and_sum_to_a_thousand() -> None:
    matchable()
    ready_candidate(
        LVIV, needs=[("education", "long", 1), ("youth", "long", 4), ("winter-relief", "short", 1)]
    )
    columns = encoded().columns
    j, k = columns.codes.index(LVIV), {slug: place for place, slug in enumerate(columns.themes)}
    assert columns.needs[j].sum() == 1000
    shares = [
        columns.needs[j, k["education"], 1],
        columns.needs[j, k["youth"], 1],
        columns.needs[j, k["winter-relief"], 0],
    ]
    assert shares == [445, 111, 444]
    assert columns.acute_needs[j] == 1


def test_partners_take_places_and_stand_among_the_forbidden_pairs() -> None:
    from matching.agreements.existing_cooperation import enter_existing

    matchable("1804", POLTAVA, capacity="2")
    ready_candidate(LVIV)
    enter_existing(
        municipality=municipality("1804"),
        hromada=Candidate.objects.get(hromada__katottg=LVIV).hromada,
        **_existing(),
    )
    found = encoded()
    assert found.rows.capacity.tolist() == [1]
    assert (LVIV, "no_capacity") in {(each.code, each.rule) for each in found.exclusions}


def _existing() -> dict[str, Any]:
    return {"state": "active", "kind": "cooperation", "source": "Letter", "by": actor("kari"), "at": NOW}


def test_known_foreign_partners_are_counted_once_each() -> None:
    candidate = ready_candidate(POLTAVA)
    for key, name in (("a", "Leinfelden"), ("b", "Leinfelden"), ("c", "Filderstadt")):
        KnownPartnership.objects.create(
            key=key,
            hromada=candidate.hromada,
            partner_country="DE",
            partner_name=name,
            partner_level="municipality",
            kind="signed",
            source="https://example.org",
        )
    assert encoded().columns.active_partners.tolist() == [2]


def test_existing_contacts_are_pair_facts_and_refugees_ties() -> None:
    ready_candidate(POLTAVA)
    ready_candidate(LVIV)
    ready_response(
        "1804", existing_contact="yes", existing_contact_hromadas=[POLTAVA], refugee_oblasts=["UA-46"]
    )
    found = encoded()
    assert found.pairs.contacts.tolist() == [[0, found.columns.codes.index(POLTAVA)]]
    assert bool(found.rows.ties[0, found.columns.oblast[found.columns.codes.index(LVIV)]])
    assert bool(found.rows.contacts_known[0])


def test_digest_is_the_same_for_the_same_data_and_moves_with_any_answer() -> None:
    two_pairs()
    first = encoded().digest
    assert encoded().digest == first
    Need.objects.filter(candidate__hromada__katottg=LVIV).update(urgency=1)
    assert encoded().digest != first


def test_encoding_takes_the_same_queries_at_any_size(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    matchable("1804", POLTAVA)
    with django_assert_num_queries(17):
        assert len(encoded_only().rows.codes) == 1
    matchable("5501", LVIV)
    matchable("1811", TESTIVSKA)
    with django_assert_num_queries(17):
        assert len(encoded_only().rows.codes) == 3


def encoded_only() -> Encoded:
    from matching.models import Scheme

    scheme = Scheme(version=1, weights=DEFAULT_WEIGHTS.as_dict())
    return encode(as_of=TODAY, scheme=scheme)


def test_nothing_ready_encodes_to_nothing() -> None:
    found = encoded()
    assert (found.rows.codes, found.columns.codes, found.exclusions) == ((), (), ())
    assert found.rows.offer_level.dtype == np.int8
    assert Exclusion("no", "1804", "inactive") < Exclusion("ua", "1804", "inactive")

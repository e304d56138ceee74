"""Over a whole run: every score shown is the sum of its parts computed anew, every price shown is what solving again says."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching.decisions import publication
from matching.engine.frame import LEVEL, NEVER
from matching.engine.plan import Plan
from matching.engine.prices import price
from matching.engine.problem import Problem
from matching.engine.records import plan_of, problem_of
from matching.models import Alternative, MatchRun, Proposal
from matching.questions import whatif
from matching.runs import runs, schemes
from matching.runs.inputs import stored
from matching.runs.schemes import SchemeValues
from municipalities.choices import Category, HromadaType, PartyKind, WrittenStandard
from municipalities.models import County, Hromada, Municipality, Oblast
from tests import places
from tests.desk import desk, run_page
from tests.matching.builders import queued_run
from tests.municipalities.answers import ready_response
from tests.municipalities.pool import ready_candidate
from tests.people import NOW, actor

MUNICIPALITIES, CANDIDATES = 20, 15
THEMES = ("education", "youth", "municipal-finance")


@pytest.fixture(scope="module")
def run(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[MatchRun]:
    """Make 20 × 15 parties that differ, with caps and places of two, and compute a run on them once."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_run()
        transaction.set_rollback(True)


def make_run() -> MatchRun:
    dice = random.Random(20)
    for k in range(MUNICIPALITIES):
        offers = dice.sample(THEMES, 2)
        levels = {f"offer_{slug}_level": dice.choice("234") for slug in offers} | {
            f"offer_{slug}_text": "" for slug in offers
        }
        ready_response(
            municipality(k, dice),
            offers=offers,
            **levels,
            capacity=dice.choice("112"),
            wishes=[],
            preference=dice.choice(["none", "war_zone"]),
            short_term_capacity=dice.choice("0123"),
        )
    for k in range(CANDIDATES):
        needs = [(slug, "long", dice.choice((1, 2, 3))) for slug in dice.sample(THEMES, 2)]
        category = Category.WAR_ZONE if k % 3 == 0 else Category.OUTSIDE
        ready_candidate(
            hromada(k, dice),
            category=category,
            needs=needs,
            languages=["en"],
            interpreter=True,
            university=k % 2 == 0,
            capacity=dice.choice((1, 1, 2)),
            agriculture=True,
        )
    values = SchemeValues(oblast_at_most=4, county_at_most=9, war_zone_at_least=2, total_at_most=14)
    draft = schemes.draft_scheme(values=values, reason="Caps", by=actor("kari"), at=NOW)
    schemes.publish_scheme(scheme=draft, by=actor("guro"), at=NOW, reason="Agreed")
    found = queued_run()
    assert runs.compute_run(run=found, at=NOW, clock=lambda: NOW)
    publication.publish_run(run=found, by=actor("kari"), at=NOW)
    return found


def municipality(k: int, dice: random.Random) -> str:
    number, name = f"4{600 + k}", f"Kommune{k}"
    county = County.objects.get_or_create(
        number=("18", "46", "55")[k % 3], defaults={"name": places.COUNTIES[("18", "46", "55")[k % 3]]}
    )[0]
    Municipality.objects.create(
        number=number,
        kind=PartyKind.MUNICIPALITY,
        name=name,
        name_official=name,
        written_standard=WrittenStandard.NB,
        county=county,
        population=dice.randrange(800, 90_000),
        population_year=2026,
        centrality_class=dice.randrange(1, 7),
        coastal=dice.random() < 0.5,
        website=f"https://www.kommune{k}.kommune.no",
    )
    places.MUNICIPALITIES[number] = (name, county.number, WrittenStandard.NB, 1, 1, True)
    return number


def hromada(k: int, dice: random.Random) -> Hromada:
    code, iso, name_uk, name_en = places.OBLASTS[("UA53", "UA46")[k % 2]]
    oblast = Oblast.objects.get_or_create(
        code=code, defaults={"iso": iso, "name_uk": name_uk, "name_en": name_en}
    )[0]
    return Hromada.objects.create(
        katottg=f"{code[:4]}{k:015}",
        name_uk=f"Громада{k}",
        name_en=f"Hromada{k}",
        centre_uk=f"Місто{k}",
        centre_en=f"Misto{k}",
        kind=HromadaType.URBAN,
        oblast=oblast,
        population=dice.randrange(3_000, 300_000),
        population_year=2022,
    )


def problem_of_run(run: MatchRun) -> tuple[Problem, Plan]:
    problem, _objective, _band, _urgent = problem_of(json.loads(bytes(run.problem or b"")))
    return problem, plan_of(problem, run.plan or {})


def pair_codes(pair: Proposal | Alternative) -> tuple[str, str]:
    return pair.response.municipality.number, pair.candidate.hromada.katottg


def test_every_score_shown_is_the_sum_of_its_parts_computed_anew(run: MatchRun) -> None:
    proposals = list(run.proposals.select_related("response__municipality", "candidate__hromada"))
    assert (len(proposals), run.rows, run.columns) == (14, MUNICIPALITIES, CANDIDATES)
    asked = [{"row": row, "column": column} for row, column in map(pair_codes, proposals)]
    anew = whatif.points_of(stored(run), asked)
    assert (
        [pair.points for pair in proposals]
        == anew
        == [sum(part["points"] for part in pair.breakdown) for pair in proposals]
    )
    text = desk("kari").get(run_page(run)).content.decode()
    assert all(in_thousands(pair.points) in text for pair in proposals)


def test_every_price_shown_for_giving_a_pair_up_is_what_solving_again_says(run: MatchRun) -> None:
    problem, plan = problem_of_run(run)
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    for pair in run.proposals.select_related("response__municipality", "candidate__hromada"):
        row, column = pair_codes(pair)
        assert pair.ban_price == price(problem, plan, rows.index(row), columns.index(column), ban=True)


def test_every_alternative_shown_costs_what_solving_again_says_and_none_is_cheaper(run: MatchRun) -> None:
    problem, plan = problem_of_run(run)
    rows, columns = problem.frame.row_codes, problem.frame.column_codes
    forced = {
        (i, j): price(problem, plan, i, j)
        for i in range(len(rows))
        for j in range(len(columns))
        if [i, j] not in plan.pairs.tolist()
    }
    others = Alternative.objects.filter(proposal__run=run).select_related(
        "response__municipality",
        "candidate__hromada",
        "proposal__response__municipality",
        "proposal__candidate__hromada",
    )
    shown: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for other in others.order_by("proposal", "side", "rank"):
        i, j = (codes.index(code) for codes, code in zip((rows, columns), pair_codes(other), strict=True))
        assert (other.price, other.points) == (forced[i, j], problem.points[i, j])
        shown.setdefault((other.proposal_id, other.side), []).append((other.price, -other.points))
    for (proposal_id, side), found in shown.items():
        row, column = pair_codes(run.proposals.get(pk=proposal_id))
        line = (rows.index(row), None) if side == "no" else (None, columns.index(column))
        possible = [
            (cost, -int(problem.points[pair]))
            for pair, cost in forced.items()
            if cost not in {NEVER, LEVEL} and pair[side == "ua"] in line
        ]
        assert found == sorted(possible)[:3]


def test_what_the_page_says_of_the_whole_is_what_the_pairs_say(run: MatchRun) -> None:
    client: Client = desk("kari")
    text = client.get(run_page(run)).content.decode()
    proposals = list(run.proposals.all())
    assert run.total == run.bound == sum(pair.points for pair in proposals)
    assert run.worst == min(pair.points for pair in proposals)
    assert in_thousands(run.total) in text
    assert f"{run.summary['urgent']['met']} of {run.summary['urgent']['all']}" in text

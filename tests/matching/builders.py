"""Runs and proposals as far as a test needs them, made through the services and the real engine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from matching.choices import PairRuleKind
from matching.decisions import publication
from matching.models import MatchRun, PairRule, Proposal, Scenario, Scheme
from matching.pairs import pair_rules
from matching.questions import scenarios
from matching.runs import runs
from matching.runs.schemes import SchemeValues, current_scheme, draft_scheme, ensure_default_scheme
from municipalities.models import Candidate, Response
from tests.municipalities.answers import ready_response
from tests.municipalities.pool import LVIV, POLTAVA, ready_candidate
from tests.people import NOW, TODAY, actor
from tests.places import hromada, municipality

LATER = NOW + timedelta(minutes=2)


def matchable(number: str = "1804", katottg: str = POLTAVA, **answers: Any) -> tuple[Response, Candidate]:
    """Return a ready response and a ready candidate that fit each other."""
    return ready_response(number, **answers), ready_candidate(
        katottg, languages=["en"], interpreter=True, university=True
    )


def two_pairs() -> None:
    """Make Bodø and Tromsø, Poltava and Lviv ready: a run proposes two pairs."""
    matchable("1804", POLTAVA)
    matchable("5501", LVIV)


def queued_run(*, as_of: date = TODAY, **values: Any) -> MatchRun:
    """Return a run that waits in line, asked for by Kari, on the scheme in force."""
    ensure_default_scheme(at=NOW)
    return runs.queue_run(
        scheme=values.pop("scheme", None) or current_scheme(), as_of=as_of, by=actor("kari"), at=NOW, **values
    )


def computed_run(**values: Any) -> MatchRun:
    """Return a computed run of what is ready; of Bodø and Poltava when nothing is."""
    if not Response.objects.exists():
        matchable()
    run = queued_run(**values)
    runs.compute_run(run=run, at=NOW, clock=lambda: NOW)
    return run


def published_run(**values: Any) -> MatchRun:
    """Return a run whose proposals Kari has sent to review."""
    run = computed_run(**values)
    publication.publish_run(run=run, by=actor("kari"), at=NOW)
    return run


def queued_scenario(run: MatchRun, *changes: dict[str, Any], name: str = "One place more") -> Scenario:
    """Return a what-if of Kari's that waits in line; with one place more in Poltava unless told otherwise."""
    wanted = changes or ({"code": "column_capacity", "party": POLTAVA, "value": 2},)
    return scenarios.queue_scenario(run=run, name=name, changes=wanted, by=actor("kari"), at=NOW)


def computed_scenario(run: MatchRun, *changes: dict[str, Any], **more: Any) -> Scenario:
    """Return a computed what-if."""
    scenario = queued_scenario(run, *changes, **more)
    scenarios.compute_scenario(scenario=scenario, at=NOW, clock=lambda: NOW)
    return scenario


def ruled_pair(
    kind: PairRuleKind = PairRuleKind.FORBID, number: str = "5501", katottg: str = POLTAVA, **values: Any
) -> PairRule:
    """Return a rule Kari has made about a pair; Tromsø and Poltava are kept apart unless told otherwise."""
    said: dict[str, Any] = {"reason": "A wish of both", "by": actor("kari"), "at": NOW} | values
    return pair_rules.make_rule(
        kind=kind, municipality=municipality(number), hromada=hromada(katottg), **said
    )


def proposal(**values: Any) -> Proposal:
    """Return the strongest proposal of a published run; Bodø with Poltava unless more is ready."""
    found = published_run(**values).proposals.select_related(
        "run", "response__municipality__county", "candidate__hromada__oblast", "version", "assessment"
    )
    return found[0]


def compute(run: MatchRun) -> bool:
    """Compute a queued run, done two minutes later."""
    return runs.compute_run(run=run, at=NOW, clock=lambda: LATER)


def draft(**values: object) -> Scheme:
    """Return a draft of Kari's for a new scheme."""
    ensure_default_scheme(at=NOW)
    return draft_scheme(values=SchemeValues(**values), reason="Trial", by=actor("kari"), at=NOW)  # type: ignore[arg-type]  # the fields' own types

"""A what-if is computed on exactly what its run has read, has a name and a proof,
and never touches the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.refusals import NameMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from matching.choices import SchemeState
from matching.models import MatchRun, Scenario, Scheme
from matching.questions import comparison, whatif
from matching.runs import NoInputs, computations, solver, stored
from matching.states import RunState


class NothingChanged(Refused):
    """A what-if changes something."""

    message = _("Change something: as it stands, the what-if is the run itself.")


class RunWithoutInputs(Refused):
    """The run has no plan, or was computed before runs kept what they read."""

    message = _("There is no computed run to hold the draft against.")


def has_what_if(run: MatchRun) -> bool:
    """Whether a run has a plan and what it read, so that a what-if can be computed on it."""
    return run.inputs_kept and run.plan is not None


@transaction.atomic
def queue_scenario(
    *,
    run: MatchRun,
    name: str,
    changes: Sequence[dict[str, Any]],
    by: Actor,
    at: datetime,
    scheme: Scheme | None = None,
) -> Scenario:
    """Put a what-if in line; the caller starts the task after commit.

    Raises NotAllowed, NameMissing, NothingChanged, RunWithoutInputs, or BadChange for a change that cannot be
    made.
    """
    require(by, May.START_RUNS)
    if not name.strip():
        raise NameMissing
    if not changes:
        raise NothingChanged
    if not has_what_if(run):
        raise RunWithoutInputs
    try:
        wanted = whatif.changed(stored(run), changes)
    except NoInputs:
        raise RunWithoutInputs from None
    scenario = Scenario.objects.create(
        run=run,
        name=name.strip(),
        changes=list(changes),
        scheme=scheme,
        objective=wanted.objective,
        requested_at=at,
        requested_by_id=by.id,
    )
    record("scenario.queued", scenario, by=by, at=at, data={"run": run.pk, "changes": list(changes)})
    return scenario


@transaction.atomic
def preview_scheme(*, scheme: Scheme, name: str, by: Actor, at: datetime) -> Scenario:
    """Put a draft in line as a what-if on the last run, to see what it would change.

    Raises as `queue_scenario`; NothingChanged when the draft says what that run's scheme said.
    """
    run = latest_run()
    if run is None:
        raise RunWithoutInputs
    try:
        changes = whatif.difference(stored(run).scheme, scheme)
    except NoInputs:
        raise RunWithoutInputs from None
    return queue_scenario(run=run, name=name, changes=changes, by=by, at=at, scheme=scheme)


def latest_run() -> MatchRun | None:
    """Return the run a draft is held against: the last published one, else the last computed,
    that kept its inputs.
    """
    with_inputs = MatchRun.objects.filter(inputs__isnull=False)
    published = with_inputs.filter(state=RunState.PUBLISHED).order_by("-id").first()
    return (
        published
        or with_inputs.filter(state=RunState.COMPUTED, scheme__state=SchemeState.PUBLISHED)
        .order_by("-id")
        .first()
    )


def compute_scenario(*, scenario: Scenario, at: datetime, clock: computations.Clock) -> bool:
    """Compute a queued what-if and keep its proved plan; return whether this call did it.

    The task may come twice.
    """

    def compute() -> computations.Result:
        base = stored(scenario.run)
        problem = whatif.problem_bytes(whatif.changed(base, scenario.changes))
        answer = solver.solve(
            problem,
            with_prices=False,
            pulse=lambda level, rounds: computations.pulse(scenario, at=clock()),
            timeout=solver.TIMEOUT_SECONDS,
        )
        whatif.prove(problem, answer.plan)
        pairs = answer.plan["pairs"]
        fields = {
            "problem": problem,
            "plan": answer.plan,
            "pairs": len(pairs),
            "total": answer.plan["total"],
            "proved": True,
            "worst": min((pair["points"] for pair in pairs), default=None),
            "points_before": whatif.points_of(base, pairs),
        }
        return computations.Result(fields)

    return computations.compute_once(scenario, at=at, clock=clock, compute=compute)


@transaction.atomic
def restart_scenario(*, scenario: Scenario, by: Actor, at: datetime) -> None:
    """Put a failed what-if in line again; the caller starts the task after commit.

    Raises NotAllowed, NotAStep, StaleState.
    """
    require(by, May.START_RUNS)
    computations.queue_again(scenario, by=by, at=at)


def compare_plans(
    before: MatchRun | Scenario, after: MatchRun | Scenario
) -> tuple[comparison.Comparison, bool]:
    """Compare two computed plans; also say whether both are measured alike.

    Plans on the same run are measured by that run's own weights. Others carry the points they were computed
    with.
    """
    alike = base_of(before) == base_of(after)
    return comparison.compare(_measured(before, alike), _measured(after, alike)), alike


def base_of(plan: MatchRun | Scenario) -> int:
    """Return the run a plan rests on: itself, or the one a what-if changes."""
    return plan.run_id if isinstance(plan, Scenario) else plan.pk


def _measured(plan: MatchRun | Scenario, alike: bool) -> dict[comparison.Pair, int]:
    pairs = (plan.plan or {"pairs": ()})["pairs"]
    if alike and isinstance(plan, Scenario):
        return {
            (pair["row"], pair["column"]): points
            for pair, points in zip(pairs, plan.points_before, strict=True)
        }
    return {(pair["row"], pair["column"]): pair["points"] for pair in pairs}

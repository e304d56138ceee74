"""A run is computed again from its row alone, byte for byte; and what a published run rests on cannot be changed."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from kommunesamarbeid.core.refusals import ReasonMissing
from matching.choices import PairRuleKind
from matching.decisions import publication
from matching.engine.records import canonical
from matching.models import MatchRun, Scheme
from matching.questions import replay
from matching.runs.inputs import compressed
from matching.runs.solver import PROJECT
from matching.states import ProposalState, RunState
from municipalities.models import Candidate
from tests.desk import desk
from tests.matching.builders import computed_run, proposal, published_run, queued_run, ruled_pair, two_pairs
from tests.municipalities.pool import LVIV
from tests.people import NOW, TODAY, actor

pytestmark = pytest.mark.django_db


def replayed(run: MatchRun) -> str:
    out = StringIO()
    call_command("replay_run", run.pk, stdout=out)
    return out.getvalue()


def test_replay_gives_the_same_bytes_also_after_the_data_have_changed() -> None:
    two_pairs()
    ruled_pair(PairRuleKind.LOCK, "1804", LVIV)
    run = published_run()
    before = replayed(run)
    Candidate.objects.update(capacity=4)
    assert replayed(run) == before
    assert "is the same from its stored inputs and problem: " in before
    assert len(before.split()[-1]) == 64


@pytest.mark.parametrize("objective", ["total", "leximin", "urgent_first"])
def test_replay_holds_for_every_objective(objective: str) -> None:
    two_pairs()
    assert replay.replay_run(computed_run(objective=objective)).differs == ()


def changed_plan(run: MatchRun) -> dict[str, Any]:
    plan = json.loads(canonical(run.plan))
    plan["pairs"][0]["points"] -= 1
    return {"plan": plan}


def changed_problem(run: MatchRun) -> dict[str, Any]:
    return {"problem": canonical(json.loads(bytes(run.problem or b"")) | {"seed": 7}).encode()}


def changed_inputs(run: MatchRun) -> dict[str, Any]:
    said = json.loads(replaying_inputs(run)) | {"as_of": "2020-01-01"}
    return {"inputs": compressed(json.dumps(said).encode())}


def replaying_inputs(run: MatchRun) -> bytes:
    import zlib

    return zlib.decompress(bytes(run.inputs or b""))


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (changed_plan, ("plan", "proof")),
        (changed_problem, ("problem", "plan")),
        (changed_inputs, ("input_digest",)),
    ],
)
def test_replay_says_what_differs_and_fails(change: Any, codes: tuple[str, ...]) -> None:
    two_pairs()
    run = computed_run()
    MatchRun.objects.filter(pk=run.pk).update(**change(run))
    run.refresh_from_db()
    assert replay.replay_run(run).differs == codes
    with pytest.raises(CommandError):
        replayed(run)


def test_replay_of_what_has_no_plan_or_is_not_there_fails_in_words() -> None:
    with pytest.raises(CommandError, match="it has no plan to compare with"):
        call_command("replay_run", queued_run().pk)
    with pytest.raises(CommandError, match="there is no run 0"):
        call_command("replay_run", 0)


def test_replay_of_a_run_from_before_inputs_were_kept_uses_its_problem() -> None:
    run = computed_run()
    MatchRun.objects.filter(pk=run.pk).update(inputs=None)
    out = StringIO()
    call_command("replay_run", run.pk, "--json", stdout=out)
    assert json.loads(out.getvalue()) | {"digest": ""} == {
        "run": run.pk,
        "digest": "",
        "differs": [],
        "from_inputs": False,
        "versions_changed": [],
    }


RECORD: dict[str, Any] = {
    "problem": b"{}", "plan": {"pairs": []}, "input_digest": "0" * 64, "inputs": b"", "total": 1, "bound": 1, "pairs": 7, "worst": 1,
    "versions": {}, "unmatched": {}, "as_of": TODAY.replace(day=1), "objective": "total", "published_at": None, "rows": 9,
}  # fmt: skip


@pytest.mark.parametrize("column", RECORD)
def test_what_a_published_run_rests_on_cannot_be_changed_in_the_database(column: str) -> None:
    run = published_run()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        MatchRun.objects.filter(pk=run.pk).update(**{column: RECORD[column]})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        MatchRun.objects.filter(pk=run.pk)._raw_delete(using="default")


def test_a_run_that_is_not_published_is_free_and_one_taken_back_is_not() -> None:
    run = computed_run()
    MatchRun.objects.filter(pk=run.pk).update(versions={})
    taken_back = published_run()
    publication.withdraw_run(run=taken_back, by=actor("kari"), at=NOW, reason="Wrong data")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        MatchRun.objects.filter(pk=taken_back.pk).update(input_digest="")


@pytest.mark.parametrize(
    "change", [{"weights": {}}, {"threshold": 1}, {"reason": "Other"}, {"oblast_at_most": 1}]
)
def test_the_values_of_a_scheme_cannot_be_changed_in_the_database(change: dict[str, Any]) -> None:
    scheme = published_run().scheme
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Scheme.objects.filter(pk=scheme.pk).update(**change)


def test_a_run_taken_back_withdraws_what_is_undecided_and_leaves_what_is_decided() -> None:
    two_pairs()
    from matching.decisions import decisions

    decided = proposal()
    decisions.reject_proposal(
        proposal=decided,
        by=actor("kari"),
        at=NOW,
        reason_code="other",
        reason="Not now",
    )
    run = MatchRun.objects.get(pk=decided.run_id)
    assert publication.withdraw_run(run=run, by=actor("guro"), at=NOW, reason="Wrong data") == 1
    assert (run.state, run.was_withdrawn) == (RunState.DISCARDED, True)
    assert set(run.proposals.values_list("state", flat=True)) == {
        ProposalState.REJECTED,
        ProposalState.WITHDRAWN,
    }


def test_taking_back_needs_a_reason() -> None:
    with pytest.raises(ReasonMissing):
        publication.withdraw_run(run=published_run(), by=actor("kari"), at=NOW, reason=" ")


def test_the_file_that_is_handed_out_is_accepted_by_the_engines_own_command(tmp_path: Path) -> None:
    two_pairs()
    run = computed_run()
    answer = desk("lars").get(f"/desk/matching/matchrun/{run.pk}/proof.json")
    file = tmp_path / "proof.json"
    file.write_bytes(answer.content)
    command = [sys.executable, "-m", "matching.engine", "verify", str(file)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["proof"]["holds"]) == (0, True)
    file.write_bytes(answer.content.replace(b'"total":', b'"total":1', 1))
    assert subprocess.run(command, cwd=PROJECT, capture_output=True, check=False).returncode == 4

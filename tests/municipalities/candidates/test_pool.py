"""The builder of candidates other tests stand on."""

from __future__ import annotations

import pytest

from municipalities.states import CandidateState
from tests.municipalities.pool import ready_candidate

pytestmark = pytest.mark.django_db


def test_ready_candidate_is_ready_with_its_needs() -> None:
    candidate = ready_candidate(
        needs=[("education", "long", 1), ("winter-relief", "short", 1)], teaches=["youth"]
    )
    candidate.refresh_from_db()
    assert candidate.state == CandidateState.READY
    assert candidate.needs.current().count() == 2
    assert candidate.teachings.count() == 1

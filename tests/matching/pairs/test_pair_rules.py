"""A rule for a pair is made once, with a reason, counts in every run until it ends, and is never rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.refusals import ReasonMissing
from kommunesamarbeid.core.roles import NotAllowed
from matching.choices import PairRuleKind
from matching.features import encode
from matching.models import PairRule
from matching.pairs import pair_rules
from matching.runs.schemes import current_scheme, ensure_default_scheme
from matching.states import RunState
from tests.matching.builders import computed_run, matchable, ruled_pair, two_pairs
from tests.municipalities.pool import LVIV, POLTAVA
from tests.people import NOW, TODAY, actor

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)


def chosen(run: object) -> set[tuple[str, str]]:
    return {(pair["row"], pair["column"]) for pair in run.plan["pairs"]}  # type: ignore[attr-defined]  # a computed run has a plan


def test_a_ban_holds_in_the_next_run_under_its_code() -> None:
    matchable("1804", POLTAVA)
    ruled_pair(PairRuleKind.FORBID, "1804", POLTAVA)
    run = computed_run()
    assert run.unmatched == {
        "municipalities": [("1804", "forbidden_by_ks")],
        "candidates": [(POLTAVA, "forbidden_by_ks")],
    }
    assert run.pairs == 0


@pytest.mark.parametrize("column", [POLTAVA, LVIV])
def test_a_lock_is_in_the_next_run_whatever_the_points_say(column: str) -> None:
    two_pairs()
    ruled_pair(PairRuleKind.LOCK, "1804", column)
    assert ("1804", column) in chosen(computed_run())


def test_a_rule_ends_on_its_date_and_when_it_is_lifted() -> None:
    two_pairs()
    rule = ruled_pair(PairRuleKind.FORBID, "1804", POLTAVA, until=TODAY)
    scheme = ensure_default_scheme(at=NOW)
    assert len(encode(as_of=TODAY, scheme=scheme).pairs.forbidden) == 1
    assert len(encode(as_of=TODAY + timedelta(days=1), scheme=scheme).pairs.forbidden) == 0
    pair_rules.lift_rule(rule=rule, by=actor("guro"), at=LATER, reason="They changed their mind")
    assert len(encode(as_of=TODAY, scheme=current_scheme()).pairs.forbidden) == 0


def test_a_lock_whose_pair_is_barred_or_whose_party_is_out_waits_and_the_run_says_so() -> None:
    matchable("1804", POLTAVA, refusal="outside")
    matchable("5501", LVIV)
    ruled_pair(PairRuleKind.LOCK, "1804", POLTAVA)
    ruled_pair(PairRuleKind.LOCK, "4621", LVIV)
    run = computed_run()
    assert run.state == RunState.COMPUTED
    assert run.summary["locks_out"] == [["1804", POLTAVA, "category_refused"], ["4621", LVIV, "party_out"]]


def test_locks_are_part_of_the_input_and_its_digest() -> None:
    two_pairs()
    before = computed_run()
    ruled_pair(PairRuleKind.LOCK, "1804", POLTAVA)
    assert computed_run().input_digest != before.input_digest


def test_a_rule_needs_a_reason_a_date_ahead_and_no_other_rule() -> None:
    with pytest.raises(ReasonMissing):
        ruled_pair(reason=" ")
    with pytest.raises(pair_rules.DateGone):
        ruled_pair(until=TODAY - timedelta(days=1))
    rule = ruled_pair()
    with pytest.raises(pair_rules.AlreadyRuled):
        ruled_pair(PairRuleKind.LOCK)
    pair_rules.lift_rule(rule=rule, by=actor("kari"), at=LATER, reason="Over")
    assert ruled_pair(PairRuleKind.LOCK).pk != rule.pk


def test_a_rule_is_lifted_once_with_a_reason_and_both_acts_are_in_the_trail() -> None:
    rule = ruled_pair()
    with pytest.raises(ReasonMissing):
        pair_rules.lift_rule(rule=rule, by=actor("kari"), at=LATER, reason="")
    pair_rules.lift_rule(rule=rule, by=actor("kari"), at=LATER, reason="Over")
    with pytest.raises(pair_rules.AlreadyLifted):
        pair_rules.lift_rule(rule=rule, by=actor("guro"), at=LATER, reason="Over")
    trail = AuditEvent.objects.filter(object_type="matching.pairrule").order_by("id")
    assert list(trail.values_list("action", "reason")) == [
        ("pairrule.made", "A wish of both"),
        ("pairrule.lifted", "Over"),
    ]


@pytest.mark.parametrize(
    "change", [{"reason": "Another"}, {"kind": "lock"}, {"until": TODAY}, {"made_at": LATER}]
)
def test_what_was_ruled_is_not_rewritten_in_the_database(change: dict[str, object]) -> None:
    rule = ruled_pair()
    with pytest.raises(IntegrityError), transaction.atomic():
        PairRule.objects.filter(pk=rule.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        PairRule.objects.filter(pk=rule.pk).delete()


def test_two_rules_in_force_for_one_pair_are_refused_by_the_database() -> None:
    rule = ruled_pair()
    with pytest.raises(IntegrityError), transaction.atomic():
        PairRule.objects.create(
            kind="lock",
            municipality=rule.municipality,
            hromada=rule.hromada,
            reason="By the shell",
            made_at=NOW,
            made_by=rule.made_by,
        )


@pytest.mark.parametrize("who", ["lars", "andrij", "olena", "astrid"])
def test_only_coordinators_and_approvers_rule(who: str) -> None:
    rule = ruled_pair()
    with pytest.raises(NotAllowed):
        ruled_pair(by=actor(who), number="1804")
    with pytest.raises(NotAllowed):
        pair_rules.lift_rule(rule=rule, by=actor(who), at=LATER, reason="Over")

"""The desk's kit: what a declared act gets without a line more, shown on the proposals' own acts."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pytest
from django import forms
from django.contrib.admin import site
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from kommunesamarbeid.core.desk.acts import Act
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column, rank_in
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.form_fields import WordsField
from kommunesamarbeid.core.models import AuditEvent
from matching.choices import RejectReason
from matching.decisions import decisions
from matching.models import PairRule, Proposal
from matching.states import ProposalState as P
from municipalities.choices import ReviewOutcome
from tests.house.measures import modules
from tests.matching.builders import matchable, proposal
from tests.matching.partners import approve
from tests.municipalities.pool import POLTAVA
from tests.people import NOW, actor, staff

pytestmark = pytest.mark.django_db
DESKS = [desk for desk in site._registry.values() if isinstance(desk, DeskAdmin)]
ACTS = [(desk, act) for desk in DESKS for act in desk.acts]
NO_TRAIL = {"analyse", "pair_again", "consequences", "why_not"}
HELD = {"reason": "The mayor hesitates."}


def browser(who: str) -> Client:
    """Return the browser of one of the cast, logged in, in English."""
    client = Client()
    client.cookies["language"] = "en"
    client.force_login(staff(who))
    return client


def at(verb: str, row: Proposal) -> str:
    return reverse(f"admin:matching_proposal_{verb}", args=[row.pk])


def offered(who: str, row: Proposal) -> list[str]:
    """Return the acts that the page of a proposal offers one of the cast."""
    return [act.name for act in browser(who).get(at("change", row)).context["acts"]]


def test_what_is_done_is_told_and_leads_back_to_the_case() -> None:
    row = proposal()
    page = browser("kari").post(at("hold", row), {"seen": P.PROPOSED, **HELD})
    assert (page.status_code, page["Location"]) == (302, at("change", row))
    assert [str(message) for message in get_messages(page.wsgi_request)] == ["The proposal is on hold."]


def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed() -> None:
    matchable()
    typed = {
        "kind": "lock",
        "municipality": "1804",
        "hromada": POLTAVA,
        "reason": "Old friends.",
        "until": "2020-01-01",
    }
    page = browser("kari").post(reverse("admin:matching_pairrule_new"), typed)
    assert page.context["form"].errors == {"until": ["This date has passed."]}
    assert "Old friends." in page.content.decode()
    assert (page.status_code, PairRule.objects.count()) == (200, 0)


@pytest.mark.parametrize(
    ("verb", "typed"),
    [
        ("reject", {"reason_code": "other", "reason": "Late."}),
        ("withdraw", {"reason": "Late."}),
        ("hold", {"reason": "Late."}),
    ],
)
def test_an_act_on_a_state_that_has_moved_is_a_conflict(verb: str, typed: dict[str, str]) -> None:
    row = proposal()
    decisions.hold_proposal(proposal=row, by=actor("guro"), at=NOW, **HELD)
    page = browser("kari").post(at(verb, row), {"seen": P.PROPOSED, **typed})
    assert page.status_code == 409
    assert "Somebody has changed this in the meantime" in page.content.decode()
    assert Proposal.objects.get().state == P.HELD


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("verb", ["approve", "hold", "resume", "reject", "withdraw", "ask_auc", "answer_ks"])
def test_whoever_lacks_the_power_neither_sees_the_page_nor_does_the_act(verb: str, method: str) -> None:
    row, client = proposal(), browser("lars")
    assert getattr(client, method)(at(verb, row)).status_code == 403
    assert Proposal.objects.get().state == P.PROPOSED


def test_a_tap_is_a_post_and_shows_no_page() -> None:
    row, client = proposal(), browser("kari")
    assert client.get(at("assign", row)).status_code == 405
    assert client.post(at("note", row), {"text": ""})["Location"] == f"{at('change', row)}#notes"
    assert row.notes.count() == 0


OPEN = {
    P.PROPOSED: ["approve", "hold", "ask_auc", "reject", "withdraw"],
    P.HELD: ["approve", "resume", "ask_auc", "reject", "withdraw"],
    P.APPROVED: ["withdraw"],
    P.REJECTED: [],
}


def bring(row: Proposal, state: str) -> None:
    """Bring a proposal to a state by the service that leads there."""
    if state == P.HELD:
        decisions.hold_proposal(proposal=row, by=actor("kari"), at=NOW, **HELD)
    elif state == P.APPROVED:
        approve(row)
    elif state == P.REJECTED:
        why = {"reason_code": RejectReason.OTHER, "reason": "They withdrew."}
        decisions.reject_proposal(proposal=row, by=actor("kari"), at=NOW, **why)


@pytest.mark.parametrize("state", OPEN)
def test_a_case_offers_the_acts_of_its_state_to_those_who_may(state: str) -> None:
    row = proposal()
    bring(row, state)
    assert offered("kari", row) == OPEN[P(state)]
    assert offered("andrij", row) == [verb for verb in OPEN[P(state)] if verb == "reject"]
    assert offered("lars", row) == []


@pytest.mark.parametrize(
    ("desk", "act"),
    [
        pytest.param(desk, act, id=f"{type(desk).__name__}-{act.name}")
        for desk, act in ACTS
        if isinstance(desk, TrailAdmin)
    ],
)
def test_the_trail_has_words_for_every_act(desk: TrailAdmin, act: Act) -> None:
    if act.name in NO_TRAIL:
        assert act.records == ""
        return
    model, _dot, what = act.records.partition(".")
    trail = next(other for other in DESKS if isinstance(other, TrailAdmin) and other.opts.model_name == model)
    states = list(trail.model.TRANSITIONS) if what == "*" else [what]
    assert [state for state in states if trail.entry_words(f"{model}.{state}") == f"{model}.{state}"] == []


def test_what_an_act_says_it_records_is_written_by_some_service() -> None:
    services = "\n".join(
        path.read_text(encoding="utf-8") for path in modules().values() if "admin" not in path.parts
    )
    states = {
        f"{desk.opts.model_name}.{state}"
        for desk in DESKS
        for state in getattr(desk.model, "TRANSITIONS", ())
    }
    states |= {f"list_review.{outcome}" for outcome in ReviewOutcome.values}
    recorded = {act.records for _desk, act in ACTS if act.records and not act.records.endswith("*")}
    assert len(recorded) > 40
    assert sorted(action for action in recorded - states if f'"{action}"' not in services) == []


def test_what_an_act_says_it_records_is_what_its_service_records() -> None:
    row, client = proposal(), browser("kari")
    done = [("note", {"text": "Rang the mayor."}), ("assign", {"owner": ""}), ("hold", HELD), ("resume", {})]
    done += [("reject", {"reason_code": RejectReason.OTHER, "reason": "They withdrew."})]
    before = AuditEvent.objects.count()
    for verb, data in done:
        client.post(at(verb, row), data)
    acts = {act.name: act.records for act in site._registry[Proposal].acts}  # type: ignore[attr-defined]  # a DeskAdmin
    recorded = AuditEvent.objects.order_by("id").values_list("action", flat=True)[before:]
    assert list(recorded) == [acts[verb] for verb, _data in done]


def test_every_service_takes_the_row_the_actor_and_the_time_as_the_kit_gives_them() -> None:
    for desk, act in ACTS:
        taken = signature(act.service).parameters
        has_subject = act.subject is not None and (act.has_row or act.find is not None)
        arguments = ["by", "at", *([act.subject or desk.subject] if has_subject else [])]
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values()):
            assert [name for name in arguments if name not in taken] == [], (desk, act.name)


def test_what_a_form_asks_is_what_its_service_takes_where_nothing_stands_between() -> None:
    asked = 0
    for desk, act in ACTS:
        taken = signature(act.service).parameters
        if act.form is None or act.values is not None:
            continue
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in taken.values()):
            asked += 1
            assert act.form.base_fields.keys() - {"seen"} - taken.keys() == set(), (desk, act.name)
    assert asked > 20


def test_what_is_written_about_a_case_takes_no_national_identity_number() -> None:
    """The services of `municipalities` take such numbers out themselves; those of `matching` keep what they get."""
    words = {
        (type(desk).__name__, act.name, name): isinstance(field, WordsField)
        for desk, act in ACTS
        for name, field in (act.form.base_fields if act.form else {}).items()
        if isinstance(field.widget, forms.Textarea) and desk.opts.app_label == "matching"
    }
    assert len(words) > 10
    assert [place for place, refuses in words.items() if not refuses] == []


def test_no_two_acts_or_pages_of_a_desk_share_an_address() -> None:
    for desk in DESKS:
        names = [url.name for url in desk.own_urls()]
        routes = [str(url.pattern) for url in desk.own_urls()]
        assert (len(set(names)), len(set(routes))) == (len(names), len(routes)), desk


def test_a_column_stands_in_the_list_and_in_the_file_alike() -> None:
    column = Column("points", "Score", lambda row: row["points"], "points")
    facts: Any = column
    assert (facts.__name__, facts.short_description, facts.admin_order_field) == ("points", "Score", "points")
    assert column({"points": 7}) == 7


@pytest.mark.parametrize(
    ("pk", "rank"), [(5, (1, 3, None, 7)), (7, (2, 3, 5, 9)), (9, (3, 3, 7, None)), (8, (0, 3, None, 5))]
)
def test_a_row_knows_its_neighbours_in_the_list_one_came_from(pk: int, rank: tuple[Any, ...]) -> None:
    assert rank_in([5, 7, 9], pk) == rank

"""Rows written at once are the rows that one object at a time would have written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from matching.choices import Side
from matching.models import Alternative, Proposal
from matching.runs.bulk_insert import insert_rows
from matching.runs.proposal_rows import ALTERNATIVE_FIELDS, PROPOSAL_FIELDS
from matching.states import ProposalState
from tests.matching.builders import computed_run, two_pairs
from tests.people import NOW

pytestmark = pytest.mark.django_db

HISTORY = {"history_id", "history_date", "history_type", "history_user_id", "history_change_reason"}


def row(proposal: Proposal, rank: int) -> tuple[Any, ...]:
    return proposal.pk, Side.NORWEGIAN, rank, proposal.response_id, proposal.candidate_id, 10 * rank, rank


def test_fields_that_are_not_named_get_their_defaults_and_json_comes_back() -> None:
    two_pairs()
    made = computed_run().proposals.all()
    assert {each.state for each in made} == {ProposalState.PROPOSED}
    assert [each.decided_at for each in made] == [None, None]
    assert [sum(given["points"] for given in each.breakdown) for each in made] == [
        each.points for each in made
    ]


def test_first_history_row_says_what_the_row_says_and_that_nobody_in_person_made_it() -> None:
    two_pairs()
    run = computed_run()
    for proposal in run.proposals.all():
        (first,) = Proposal.history.filter(id=proposal.pk).values()
        said = {name: value for name, value in first.items() if name not in HISTORY}
        assert said == {name: getattr(proposal, name) for name in said}
        assert set(said) == {field.attname for field in Proposal._meta.concrete_fields} - {"breakdown"}
        assert (first["history_date"], first["history_type"], first["history_user_id"]) == (NOW, "+", None)


def test_thousands_of_rows_are_all_there() -> None:
    proposal = computed_run().proposals.all()[0]
    Alternative.objects.all().delete()
    insert_rows(Alternative, ALTERNATIVE_FIELDS, [row(proposal, rank) for rank in range(1, 2_001)])
    found = Alternative.objects.order_by("rank").values_list(*ALTERNATIVE_FIELDS)
    assert list(found) == [row(proposal, rank) for rank in range(1, 2_001)]


@pytest.mark.parametrize(
    "text",
    ["", "\\N", "\\.", 'said "yes", twice', "line\nand\ttab\r\n", "blåbær і ґанок", "None", ",", "\\x00"],
)
def test_any_text_comes_back_as_it_was_and_nothing_stays_nothing(text: str) -> None:
    proposal = computed_run().proposals.all()[0]
    Alternative.objects.all().delete()
    Proposal.objects.filter(run=proposal.run).delete()
    names = (*PROPOSAL_FIELDS, "origin_reason", "made_at")
    known = {"breakdown": json.dumps([text]), "ban_price": None, "origin_reason": text, "made_at": None}
    insert_rows(Proposal, names, [tuple(known.get(name, getattr(proposal, name)) for name in names)])
    found = Proposal.objects.get()
    assert (found.breakdown, found.origin_reason) == ([text], text)
    assert (found.ban_price, found.made_at, found.decided_at) == (None, None, None)


def test_no_rows_ask_nothing_of_the_database(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        insert_rows(Alternative, ALTERNATIVE_FIELDS, [])


def test_constraints_hold_as_for_any_row() -> None:
    proposal = computed_run().proposals.all()[0]
    Alternative.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Alternative, ALTERNATIVE_FIELDS, [row(proposal, 1), row(proposal, 1)])
    assert Alternative.objects.count() == 0

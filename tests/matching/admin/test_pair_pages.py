"""The desk's way to another pair: what an alternative sets off, why not this pair, and proposing it, without leaving the browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from matching import wording
from matching.admin.proposals.pair_words import rule_words
from matching.models import PriceQuestion, Proposal
from matching.questions import price_questions
from matching.states import ProposalState, QuestionState
from matching.tasks import answer_question, sweep_questions
from tests.desk import browser
from tests.matching.builders import proposal, published_run, two_pairs
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
P = ProposalState


def open_proposal() -> Proposal:
    two_pairs()
    return published_run().proposals.order_by("id")[0]


def address(verb: str, *args: Any) -> str:
    return reverse(f"admin:matching_proposal_{verb}", args=args)


def test_consequences_are_computed_on_request_and_told_in_words() -> None:
    found, client = open_proposal(), browser("kari")
    client.post(address("consequences", found.pk))
    waiting = PriceQuestion.objects.filter(state=QuestionState.QUEUED)
    assert waiting.count() == len(set(found.alternatives.values_list("response", "candidate")))
    sweep_questions()
    client.cookies["language"] = "en"
    text = client.get(address("change", found.pk)).content.decode()
    assert waiting.count() == 0
    assert text.count("then gets") >= 2
    assert "points." in text


def test_alternative_is_chosen_with_its_price_and_what_gives_way() -> None:
    found, client = open_proposal(), browser("kari")
    row = found.alternatives.order_by("side", "rank")[0]
    told = client.get(address("choose", found.pk, row.pk))
    assert told.context["choice"].displaced[0].pk == found.pk
    answer = client.post(address("choose", found.pk, row.pk), {"reason": "A wish of both."})
    made = Proposal.objects.latest("id")
    found.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, address("change", made.pk))
    assert (found.state, found.superseded_by, made.forced_price) == (P.WITHDRAWN, made, row.price)
    assert "A wish of both." in client.get(address("change", made.pk)).content.decode()


def test_page_of_a_chosen_pair_says_what_its_price_means_and_who_would_get_whom() -> None:
    found, client = open_proposal(), browser("kari")
    client.post(address("consequences", found.pk))
    sweep_questions()
    row = found.alternatives.order_by("side", "rank")[0]
    client.post(address("choose", found.pk, row.pk), {"reason": "A wish of both."})
    made = Proposal.objects.latest("id")
    client.cookies["language"] = "en"
    meaning, *chain = client.get(address("change", made.pk)).context["price"]
    assert meaning == wording.price_meaning(row.price, made.run.total)
    assert [("then" in sentence) for sentence in chain] == [True] * len(chain) != []
    assert browser("andrij").get(address("change", made.pk)).context["price"][1:] == []


@pytest.mark.parametrize(
    ("price", "sentence"),
    [
        (-1, "No permitted plan of the run has this pair."),
        (-2, "With this pair the run's plan would have fewer partnerships, or meet fewer urgent needs."),
        (0, "The run's plan could have had this pair without losing a point."),
        (120, "With this pair the run's plan would lose 120 of its 12 000 points (1.00 %)."),
    ],
)
def test_price_is_said_as_what_the_plan_loses(price: int, sentence: str) -> None:
    with translation.override("en"):
        assert wording.price_meaning(price, 12_000).replace("\u202f", " ") == sentence


def test_rule_about_one_side_says_which_and_one_about_both_does_not() -> None:
    found = open_proposal()
    about = found.response, found.candidate
    full, before = (wording.rule_text(code) for code in ("no_capacity", "declined_before"))
    said = [rule_words("no_capacity", side, *about) for side in ("no", "ua")]
    assert said == [f"{found.response.municipality.name}: {full}", f"{found.candidate.hromada.name}: {full}"]
    assert rule_words("declined_before", "", *about) == before


def test_choice_without_words_is_refused_at_the_field() -> None:
    found, client = open_proposal(), browser("kari")
    row = found.alternatives.order_by("side", "rank")[0]
    answer = client.post(address("choose", found.pk, row.pk), {"reason": " "})
    assert (answer.status_code, "reason" in answer.context["form"].errors) == (200, True)
    assert Proposal.objects.count() == 2


def test_auc_sees_neither_chains_nor_ways_to_choose() -> None:
    found = open_proposal()
    browser("kari").post(address("consequences", found.pk))
    sweep_questions()
    text = browser("andrij").get(address("change", found.pk)).content.decode()
    assert "/choose/" not in text
    assert "/consequences/" not in text


def test_why_not_leads_to_a_page_that_waits_answers_and_proposes() -> None:
    two_pairs()
    run, client = published_run(), browser("kari")
    chosen = set(run.proposals.values_list("response", "candidate"))
    response, candidate = next(
        (one.response_id, two.candidate_id)
        for one in run.proposals.all()
        for two in run.proposals.all()
        if (one.response_id, two.candidate_id) not in chosen
    )
    asked = client.post(address("why_not"), {"response": response, "candidate": candidate})
    question = PriceQuestion.objects.get()
    assert asked["Location"] == address("pair", question.pk)
    assert client.get(address("pair", question.pk)).context["waiting"]
    assert client.get(address("make", question.pk)).status_code == 302
    answer_question(question.pk)
    page = client.get(address("pair", question.pk))
    question.refresh_from_db()
    assert (page.context["waiting"], page.context["price"]) == (False, question.answer["price"])
    client.post(address("make", question.pk), {"reason": "They met at a conference."})
    made = Proposal.objects.latest("id")
    assert (made.response_id, made.candidate_id, made.state) == (response, candidate, P.PROPOSED)


def test_form_shows_only_who_has_answered_and_who_is_in_the_pool() -> None:
    two_pairs()
    client = browser("kari")
    form = client.get(address("why_not")).context["form"]
    assert (form.fields["response"].queryset.count(), form.fields["candidate"].queryset.count()) == (2, 2)


def test_failed_question_can_be_asked_again() -> None:
    found = proposal()
    question = price_questions.ask(
        run=found.run, response=found.response, candidate=found.candidate, by=actor("kari"), at=NOW
    )
    PriceQuestion.objects.filter(pk=question.pk).update(
        state=QuestionState.FAILED, answer={"failure": "timeout"}
    )
    client = browser("kari")
    assert address("pair_again", question.pk) in client.get(address("pair", question.pk)).content.decode()
    client.post(address("pair_again", question.pk))
    question.refresh_from_db()
    assert question.state == QuestionState.QUEUED

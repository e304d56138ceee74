"""Another pair than the run's is asked about ("why not this pair?") and chosen, with price and reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit, always
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import Page, page
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.tasks import enqueue
from matching import wording
from matching.admin.proposals.pair_forms import ChooseForm, PairForm
from matching.admin.proposals.pair_words import answer_words, pair_name, rule_words
from matching.choices import DecisionKind
from matching.decisions import chosen_pairs
from matching.models import Alternative, MatchRun, PriceQuestion, Proposal
from matching.pairs.single_pair import latest_published
from matching.questions import price_questions
from matching.states import UNDECIDED, ProposalState, QuestionState
from matching.tasks import answer_question
from municipalities.models import Candidate, Response

KS = (May.APPROVE_FIRST,)


@dataclass(frozen=True)
class OtherPair:
    """Two parties that may be proposed, instead of a proposal or by themselves, and where one came from."""

    response: Response
    candidate: Candidate
    instead_of: Proposal | None
    back: str


def ask(
    *, run: MatchRun | None, response: Response, candidate: Candidate, by: Actor, at: datetime
) -> PriceQuestion:
    """Ask about a pair of the run under review, and have the answer computed."""
    if run is None:
        raise chosen_pairs.NoRunUnderReview
    question = price_questions.ask(run=run, response=response, candidate=candidate, by=by, at=at)
    if question.state == QuestionState.QUEUED:
        enqueue(answer_question, question.pk)
    return question


def ask_about_alternatives(*, proposal: Proposal, by: Actor, at: datetime) -> None:
    """Ask for the chain of moves of every alternative of a proposal."""
    rows = proposal.alternatives.select_related("response__municipality", "candidate__hromada").order_by(
        "side", "rank"
    )
    for row in rows:
        ask(run=proposal.run, response=row.response, candidate=row.candidate, by=by, at=at)


def _choose(*, pair: OtherPair, by: Actor, at: datetime, reason: str) -> Proposal:
    return chosen_pairs.choose_pair(
        response=pair.response,
        candidate=pair.candidate,
        by=by,
        at=at,
        reason=reason,
        instead_of=pair.instead_of,
    )


def show_answer(admin: DeskAdmin, request: HttpRequest, question: int) -> HttpResponse:
    """Show the answer; while it is computed, the page is opened again by a link."""
    asked = _question(question)
    is_known = "price" in asked.answer or "chosen" in asked.answer
    same_pair = Proposal.objects.filter(
        run=asked.run_id, response=asked.response_id, candidate=asked.candidate_id
    )
    living = asked.run.proposals.filter(
        response=asked.response_id,
        candidate=asked.candidate_id,
        state__in=[*UNDECIDED, ProposalState.APPROVED],
    )
    context: dict[str, Any] = {
        "title": pair_name(asked),
        "question": asked,
        "waiting": asked.state in {QuestionState.QUEUED, QuestionState.RUNNING},
        "words": answer_words(asked),
        "price": asked.answer.get("price"),
        "may_make": is_known and not living.exists(),
        "living": same_pair.order_by("-id").first(),
    }
    return page(admin, request, "admin/matching/pair/detail.html", **context)


def _answer_url(visit: Visit, question: PriceQuestion) -> str:
    return str(visit.admin.url("pair", question.pk))


def _alternative(visit: Visit) -> OtherPair:
    proposal = visit.admin.get_row(visit.request, visit.names["pk"])
    alternatives = Alternative.objects.select_related(
        "response__municipality__county", "candidate__hromada__oblast"
    )
    row = get_object_or_404(alternatives, pk=visit.names["alternative"], proposal=proposal)
    return OtherPair(row.response, row.candidate, proposal, visit.admin.url_of(proposal, visit.request))


def _pair_asked_about(visit: Visit) -> OtherPair:
    question = _question(visit.names["question"])
    visit.facts["is_answered"] = question.state == QuestionState.ANSWERED
    return OtherPair(question.response, question.candidate, None, _answer_url(visit, question))


def _weigh(visit: Visit) -> HttpResponse | None:
    """Find what the choice would mean; what cannot be chosen is refused before anything is shown."""
    pair: OtherPair = visit.row
    try:
        visit.facts["choice"] = chosen_pairs.weigh_choice(
            response=pair.response, candidate=pair.candidate, at=visit.at, instead_of=pair.instead_of
        )
    except Refused as refusal:
        messages.error(visit.request, str(refusal))
        return HttpResponseRedirect(pair.back)
    return None


def _weigh_answered(visit: Visit) -> HttpResponse | None:
    if visit.facts["is_answered"]:
        return _weigh(visit)
    messages.warning(visit.request, _("Wait for the answer first: the price must be known."))
    return HttpResponseRedirect(visit.row.back)


def _what_it_means(visit: Visit) -> dict[str, Any]:
    choice: chosen_pairs.Choice = visit.facts["choice"]
    question = _answered(choice.run.pk, visit.row.response, visit.row.candidate)
    return {
        "choice": choice,
        "rule": _rule(choice),
        "price": _price(choice),
        "question": question,
        "needed": [str(DecisionKind(kind).label) for kind in settings.APPROVALS_REQUIRED],
        "consequences": answer_words(question),
    }


def _rule(choice: chosen_pairs.Choice) -> str:
    return (
        rule_words(choice.pair.rule, choice.pair.side, choice.response, choice.candidate)
        if choice.pair.rule
        else ""
    )


def _price(choice: chosen_pairs.Choice) -> str:
    if choice.price is None:
        return wording.price_words(None)
    return wording.price_meaning(choice.price, choice.run.total)


def _answered(run: int, response: Response, candidate: Candidate) -> PriceQuestion | None:
    questions = PriceQuestion.objects.answered(run, response, candidate)
    return questions.select_related(
        "run", "response__municipality__county", "candidate__hromada__oblast"
    ).first()


def _question(pk: int) -> PriceQuestion:
    questions = PriceQuestion.objects.select_related(
        "run__scheme", "response__municipality__county", "candidate__hromada__oblast"
    )
    return get_object_or_404(questions, pk=pk)


WHY_NOT = Act(
    "why_not", KS, ask, form=PairForm, address="pair/", has_row=False,
    is_open=always,
    initial=lambda visit: {name: visit.request.GET.get(name) for name in ("response", "candidate")},
    values=lambda _visit, form: {"run": latest_published(), **form.cleaned_data},
    title=_("Why not this pair?"), button=_("Find out"),
    intro=_("Choose two parties of the run under review. You get the rule that forbids the pair, or its price and what it sets off."),
    leads_to=_answer_url, template="admin/matching/pair/ask.html",
    context=lambda _visit: {"run": latest_published()},
)  # fmt: skip
ASK_AGAIN = Act(
    "pair_again", KS, ask, address="pair/<int:question>/again/",
    find=lambda visit: _question(visit.names["question"]), subject=None,
    values=lambda visit, _form: {
        "run": visit.row.run,
        "response": visit.row.response,
        "candidate": visit.row.candidate,
    },
    back=lambda visit: _answer_url(visit, visit.row),
)  # fmt: skip
CONSEQUENCES = Act(
    "consequences", KS, ask_about_alternatives,
    done=_("The consequences are being computed. Open the page again in a few seconds."),
    back=lambda visit: visit.admin.url_of(visit.row, visit.request) + "#alternatives",
)  # fmt: skip
_PROPOSE: dict[str, Any] = {
    "form": ChooseForm,
    "subject": "pair",
    "title": _("Propose %(pair)s"),
    "button": _("Propose this pair"),
    "done": _("The pair is proposed. It needs the same approvals as any other."),
    "back": lambda visit: visit.row.back,
    "leads_to": lambda visit, proposal: visit.admin.url_of(proposal),
    "template": "admin/matching/pair/choose.html",
    "context": _what_it_means,
    "records": "proposal.made",
    "entry": _("Pair proposed by KS or as next best"),
}
CHOOSE = Act(
    "choose", KS, _choose, address="<int:pk>/choose/<int:alternative>/", find=_alternative,
    gate=_weigh,
    **_PROPOSE,
)  # fmt: skip
MAKE = Act(
    "make", KS, _choose, address="pair/<int:question>/make/", find=_pair_asked_about,
    gate=_weigh_answered,
    **_PROPOSE,
)  # fmt: skip
PAGES = (Page("pair", show_answer, KS, "pair/<int:question>/"),)

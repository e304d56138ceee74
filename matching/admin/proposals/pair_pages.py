"""Another pair than the run's: what an alternative sets off, "why not this pair?", and choosing it with its price and reason."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import Act, act_url, page
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May
from kommunesamarbeid.core.tasks import enqueue
from matching import wording
from matching.admin.proposals.pair_forms import ChooseForm, PairForm
from matching.admin.proposals.pair_words import answer_words, pair_of, rule_words
from matching.decisions import chosen_pairs
from matching.models import Alternative, PriceQuestion, Proposal
from matching.pairs.single_pair import latest_published
from matching.questions import price_questions
from matching.states import UNDECIDED, ProposalState, QuestionState
from matching.tasks import answer_question
from municipalities.models import Candidate, Response

if TYPE_CHECKING:
    from matching.admin.proposals.proposal_desk import ProposalAdmin

KS = (May.APPROVE_FIRST,)


def urls(admin: ProposalAdmin) -> list[Any]:
    """Return the addresses."""

    def view(function: Any, *methods: str) -> Any:
        return act_url(admin, partial(function, admin), *KS, methods=methods or ("GET", "POST"))

    return [
        path("pair/", view(why_not), name="matching_proposal_why_not"),
        path("pair/<int:question>/", view(answer, "GET", "HEAD"), name="matching_proposal_pair"),
        path("pair/<int:question>/again/", view(again, "POST"), name="matching_proposal_pair_again"),
        path("pair/<int:question>/make/", view(make), name="matching_proposal_make"),
        path("<int:pk>/consequences/", view(consequences, "POST"), name="matching_proposal_consequences"),
        path("<int:pk>/choose/<int:alternative>/", view(choose), name="matching_proposal_choose"),
    ]


def why_not(admin: ProposalAdmin, request: HttpRequest) -> HttpResponse:
    """Ask about any two parties of the run under review."""
    run = latest_published()
    form = PairForm(
        request.POST or None, initial={name: request.GET.get(name) for name in ("response", "candidate")}
    )
    if request.method == "POST" and form.is_valid() and run is not None:
        chosen = form.cleaned_data
        try:
            question = price_questions.ask(
                run=run,
                response=chosen["response"],
                candidate=chosen["candidate"],
                by=admin.actor(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            _start(question)
            return HttpResponseRedirect(reverse("admin:matching_proposal_pair", args=[question.pk]))
    act = Act(
        title=_("Why not this pair?"),
        button=_("Find out"),
        back=reverse("admin:matching_proposal_changelist"),
        done="",
        room=lambda data: None,
        intro=_(
            "Choose two parties of the run under review. You get the rule that forbids the pair, or its price and what it sets off."
        ),
    )
    context: dict[str, Any] = {"title": act.title, "subtitle": None, "act": act, "form": form, "run": run}
    return page(admin, request, "admin/matching/pair/ask.html", **context)


def answer(admin: ProposalAdmin, request: HttpRequest, question: int) -> HttpResponse:
    """Show the answer; while it is computed, the page is opened again by a link."""
    asked = _question(question)
    waiting = asked.state in {QuestionState.QUEUED, QuestionState.RUNNING}
    known = "price" in asked.answer or "chosen" in asked.answer
    living = asked.run.proposals.filter(
        response=asked.response_id,
        candidate=asked.candidate_id,
        state__in=[*UNDECIDED, ProposalState.APPROVED],
    )
    context: dict[str, Any] = {
        "title": pair_of(asked),
        "subtitle": None,
        "question": asked,
        "waiting": waiting,
        "words": answer_words(asked),
        "price": asked.answer.get("price"),
        "may_make": known and not living.exists(),
        "living": Proposal.objects.filter(
            run=asked.run_id, response=asked.response_id, candidate=asked.candidate_id
        )
        .order_by("-id")
        .first(),
    }
    return page(admin, request, "admin/matching/pair/detail.html", **context)


def again(admin: ProposalAdmin, request: HttpRequest, question: int) -> HttpResponse:
    """Ask again what failed."""
    asked = _question(question)
    price_questions.ask(
        run=asked.run,
        response=asked.response,
        candidate=asked.candidate,
        by=admin.actor(request),
        at=timezone.now(),
    )
    _start(asked)
    return HttpResponseRedirect(reverse("admin:matching_proposal_pair", args=[question]))


def consequences(admin: ProposalAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the chain of moves of every alternative on a proposal's page."""
    proposal = admin.proposal(request, pk)
    rows = proposal.alternatives.select_related("response__municipality", "candidate__hromada").order_by(
        "side", "rank"
    )
    try:
        for row in rows:
            given: dict[str, Any] = {
                "run": proposal.run,
                "response": row.response,
                "candidate": row.candidate,
            }
            _start(price_questions.ask(**given, by=admin.actor(request), at=timezone.now()))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("The consequences are being computed. Open the page again in a few seconds.")
        )
    return HttpResponseRedirect(admin.url_of(proposal, request) + "#alternatives")


def choose(admin: ProposalAdmin, request: HttpRequest, pk: int, alternative: int) -> HttpResponse:
    """Choose an alternative instead of the proposal."""
    proposal = admin.proposal(request, pk)
    found = Alternative.objects.select_related("response__municipality__county", "candidate__hromada__oblast")
    row = get_object_or_404(found, pk=alternative, proposal=proposal)
    back = admin.url_of(proposal, request)
    return _choose(admin, request, row.response, row.candidate, back=back, instead_of=proposal)


def make(admin: ProposalAdmin, request: HttpRequest, question: int) -> HttpResponse:
    """Make a pair by hand that was asked about before, so that its price is known."""
    asked = _question(question)
    back = reverse("admin:matching_proposal_pair", args=[question])
    if asked.state != QuestionState.ANSWERED:
        messages.warning(request, _("Wait for the answer first: the price must be known."))
        return HttpResponseRedirect(back)
    return _choose(admin, request, asked.response, asked.candidate, back=back, instead_of=None)


def _choose(
    admin: ProposalAdmin,
    request: HttpRequest,
    response: Response,
    candidate: Candidate,
    *,
    back: str,
    instead_of: Proposal | None,
) -> HttpResponse:
    names = {"pair": f"{response.municipality.name} ↔ {candidate.hromada.name}"}
    try:
        choice = chosen_pairs.weigh_choice(
            response=response, candidate=candidate, at=timezone.now(), instead_of=instead_of
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(back)

    def room(data: dict[str, Any]) -> str:
        made = chosen_pairs.choose_pair(
            response=response,
            candidate=candidate,
            by=admin.actor(request),
            at=timezone.now(),
            reason=data["reason"],
            instead_of=instead_of,
        )
        return reverse("admin:matching_proposal_change", args=[made.pk])

    act = Act(
        title=_("Propose %(pair)s") % names,
        about=names["pair"],
        button=_("Propose this pair"),
        back=back,
        room=room,
        done=_("The pair is proposed. It needs the same approvals as any other."),
        template="admin/matching/pair/choose.html",
    )
    act.extra = {
        "choice": choice,
        "rule": _rule(choice),
        "price": _price(choice),
        "question": _asked(choice.run.pk, response, candidate),
        "needed": admin.approvals_words(),
    }
    act.extra["consequences"] = answer_words(act.extra["question"])
    form = ChooseForm(request.POST or None)
    return admin.answer(request, form, act)


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


def _asked(run: int, response: Response, candidate: Candidate) -> PriceQuestion | None:
    found = PriceQuestion.objects.filter(
        Q(run=run), response=response, candidate=candidate, state=QuestionState.ANSWERED
    )
    return found.select_related("run", "response__municipality__county", "candidate__hromada__oblast").first()


def _question(pk: int) -> PriceQuestion:
    found = PriceQuestion.objects.select_related(
        "run__scheme", "response__municipality__county", "candidate__hromada__oblast"
    )
    return get_object_or_404(found, pk=pk)


def _start(question: PriceQuestion) -> None:
    if question.state == QuestionState.QUEUED:
        enqueue(answer_question, question.pk)

"""An act's page shows its form, a refusal at its field with nothing lost, a conflict, and what was done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from kommunesamarbeid.core.accounts.login import step_up
from kommunesamarbeid.core.desk.acts import Act, Visit, Words
from kommunesamarbeid.core.desk.pages import View, page
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import Refused


def act_view(act: Act) -> View:
    """Return the view of an act."""

    def view(admin: Any, request: HttpRequest, **names: Any) -> HttpResponse:
        visit = Visit(admin, act, request, names)
        if act.gate is not None and (response := act.gate(visit)) is not None:
            return response
        if act.fresh_factor is not None and act.fresh_factor(visit) and (way := step_up(request)) is not None:
            return way
        return _tap(visit) if act.is_tap else _form_page(visit)

    return view


def conflict(request: HttpRequest, back: str, what: str = "") -> HttpResponse:
    """Say plainly that somebody else was first, and `what` they were first to; nothing was changed."""
    return render(request, "errors/conflict.html", {"back_url": back, "conflict": what}, status=409)


def _tap(visit: Visit) -> HttpResponse:
    """Do an act that has no page; a refusal is a message on the page one came from."""
    form = visit.make_form(visit.request.POST) if visit.act.form is not None else None
    if form is not None and not form.is_valid():
        _tell(visit, Words(" ".join(str(error) for errors in form.errors.values() for error in errors)))
        return HttpResponseRedirect(visit.back)
    response = _attempt(visit, form)
    if isinstance(response, HttpResponse):
        return response
    _tell(visit, _words(visit.act, response))
    return HttpResponseRedirect(visit.back)


def _form_page(visit: Visit) -> HttpResponse:
    """Show the form of an act, or do the act; a refusal stands at its field and nothing typed is lost."""
    act, drafts = visit.act, visit.act.drafts
    if not visit.is_post:
        draft = drafts.find(visit) if drafts else None
        return _show(visit, visit.make_form(draft.values if draft else None), draft=draft)
    form = visit.make_form(visit.request.POST)
    typed = {name: value for name, value in visit.request.POST.items() if name in form.fields}
    if drafts and "later" in visit.request.POST:
        drafts.save(visit, typed)
        messages.success(visit.request, _("Kept as your draft. Nothing else is changed yet."))
        return HttpResponseRedirect(visit.back)
    if act.preview is not None and "preview" in visit.request.POST:
        return _show(visit, form, **(act.preview(visit, form) if form.is_valid() else {}))
    status: int = 200
    more: dict[str, Any] = {}
    if form.is_valid():
        outcome = _attempt(visit, form)
        if isinstance(outcome, HttpResponse):
            if drafts and outcome.status_code != 409:
                drafts.drop(visit)
            return outcome
        status, more = _refusal(visit, form, outcome)
    draft = drafts.save(visit, typed) if drafts else None
    return _show(visit, form, status=status, draft=draft, **more)


def _attempt(visit: Visit, form: Any) -> HttpResponse | Exception:
    """Do the act: where one goes when it is done or somebody else was first, or why it is refused."""
    conflicts: tuple[type[Exception], ...] = (LifecycleError, *visit.act.conflicts)
    refusals: tuple[type[Exception], ...] = (Refused, *visit.act.refusals)
    try:
        outcome = visit.do(form)
    except conflicts as lost:
        return conflict(visit.request, visit.back, str(lost) if isinstance(lost, Refused) else "")
    except refusals as refusal:
        return refusal
    if done := visit.done(outcome):
        messages.success(visit.request, done)
    if mind := visit.mind(outcome):
        messages.warning(visit.request, mind)
    return HttpResponseRedirect(visit.leads_to(outcome))


def _refusal(visit: Visit, form: Any, refusal: Exception) -> tuple[int, dict[str, Any]]:
    """Put a refusal at its field; return the status, and what the page shows besides."""
    if visit.act.drafts and isinstance(refusal, Refused) and (question := visit.act.drafts.question(refusal)):
        return 200, {"question": question}
    words = _words(visit.act, refusal)
    form.add_error(words.field if words.field in form.fields else None, str(words.text))
    current = getattr(refusal, "current", None)
    if current is None:
        return 200, {"refusal": words.text}
    return 409, visit.act.versions(visit, form, current) if visit.act.versions else {}


def _words(act: Act, refusal: Exception) -> Words:
    """Return what a refusal says: its own words, or those the act has for it."""
    for kind, words in act.refusals.items():
        if isinstance(refusal, kind):
            return words
    return Words(str(refusal), getattr(refusal, "field", ""))


def _tell(visit: Visit, words: Words) -> None:
    messages.add_message(visit.request, words.level, str(words.text))


def _show(visit: Visit, form: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    context = visit.act.context(visit) if visit.act.context else {}
    if visit.act.drafts:
        context |= {"has_draft": True}
    return page(
        visit.admin,
        visit.request,
        visit.template,
        status=status,
        **{"title": visit.title, "act": visit, "form": form, "back": visit.back, **context, **more},
    )

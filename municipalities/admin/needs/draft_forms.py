"""A desk form that loses nothing: what was typed is kept as a draft, and a text that may give away a place asks first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.act_pages import Act, conflict, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.history import editions_of
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import Refused
from municipalities.admin.registers.labels import signature
from municipalities.models import Candidate, Need
from municipalities.needs.locations import words_for
from municipalities.needs.need_drafts import drop_draft, find_draft, keep_draft
from municipalities.needs.needs import Sensitive

FORM_PAGE = "admin/municipalities/need/form.html"
MakeForm = Callable[[Mapping[str, Any] | None], forms.Form]


def checked(request: HttpRequest) -> bool:
    """Say whether the writer has ticked that the text was looked at."""
    return request.POST.get("is_checked") == "on"


def draft_page(
    admin: ReadAdmin,
    request: HttpRequest,
    make_form: MakeForm,
    act: Act,
    *,
    candidate: Candidate,
    need: Need | None,
) -> HttpResponse:
    """Show the form, filled with the reader's draft when there is one, or do the act.

    Whatever cannot be done yet is kept as the reader's draft, also when it is not valid, and shown again later.
    """
    by, now = admin.actor(request), timezone.now()
    if request.method != "POST":
        held = find_draft(candidate=candidate, need=need, by=by)
        return _show(admin, request, make_form(held.values if held else None), act, draft=held)
    form = make_form(request.POST)
    typed = {name: value for name, value in request.POST.items() if name in form.fields}
    if "later" in request.POST:
        keep_draft(candidate=candidate, need=need, values=typed, by=by, at=now)
        messages.success(request, _("Kept as your draft. Nothing else is changed yet."))
        return HttpResponseRedirect(act.back)
    status, question = 200, None
    if form.is_valid():
        try:
            target = act.room(form.cleaned_data)
        except LifecycleError:
            return conflict(request, act.back)
        except Sensitive as refusal:
            question = words_for(refusal.finds)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            if refusal.current is not None:
                status = 409
                act.extra |= {
                    "versions": act.versions(form, refusal.current),
                    **_who_was_first(admin, request, refusal.current),
                }
        else:
            drop_draft(candidate=candidate, need=need, by=by)
            messages.success(request, str(act.done))
            return HttpResponseRedirect(target or act.back)
    draft = keep_draft(candidate=candidate, need=need, values=typed, by=by, at=now)
    return _show(admin, request, form, act, draft=draft, question=question, status=status)


def _show(
    admin: ReadAdmin, request: HttpRequest, form: forms.Form, act: Act, *, status: int = 200, **more: Any
) -> HttpResponse:
    return page(
        admin,
        request,
        FORM_PAGE,
        status=status,
        title=act.title,
        subtitle=None,
        act=act,
        form=form,
        has_draft=True,
        **{**more, **act.extra},
    )


def _who_was_first(admin: ReadAdmin, request: HttpRequest, current: Any) -> dict[str, Any]:
    """Return who saved the version that is there now, and when."""
    newest = editions_of(current, limit=1)[0]
    return {"first_by": signature(newest.by, admin.actor(request)), "first_at": newest.at}

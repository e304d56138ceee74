"""How a desk page acts: parse a form, call one room, come back with a message, an error at the field or a plain conflict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.desk.values import field_label, show
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May

FORM_PAGE = "admin/form_page.html"
Text = str | Promise
View = Callable[..., HttpResponse]
Version = tuple[str, str, str]


class Overtaken(Exception):
    """Somebody else was first, and what was wanted is gone; the text says what in one sentence."""


@dataclass
class Act:
    """One act on its own page: what it is called, what it is about, and where it leads back to.

    `room` gets the cleaned data and calls one room; it returns where to go, or None for `back`. `versions` answers
    when somebody else was first: rows of (label, theirs, mine), and the form made ready to be saved over theirs.
    """

    title: Text
    button: Text
    back: str
    done: Text
    room: Callable[[dict[str, Any]], str | None]
    about: Text = ""
    intro: Text = ""
    template: str = FORM_PAGE
    versions: Callable[[Any, Any], list[Version]] = lambda form, current: []
    extra: dict[str, Any] = field(default_factory=dict)


def act_url(admin: ReadAdmin, view: View, *powers: May, methods: tuple[str, ...] = ("GET", "POST")) -> View:
    """Wrap a desk view: staff with a second factor, who may see the model and has one of the powers; others get 403."""

    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = admin.actor(request)
        if not admin.has_view_permission(request) or not any(actor.may(power) for power in powers):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.admin_site.admin_view(require_http_methods(methods)(checked))


def page(
    admin: ReadAdmin, request: HttpRequest, template: str, *, status: int = 200, **context: Any
) -> TemplateResponse:
    """Answer with a desk page."""
    shared = {**admin.admin_site.each_context(request), "opts": admin.opts, "media": admin.media}
    return TemplateResponse(request, template, {**shared, **context}, status=status)


def act_page(admin: ReadAdmin, request: HttpRequest, form: forms.Form, act: Act) -> HttpResponse:
    """Show the form of an act, or do the act; a refusal stands at its field and nothing typed is lost."""
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            target = act.room(form.cleaned_data)
        except LifecycleError:
            return conflict(request, act.back)
        except Overtaken as lost:
            return conflict(request, act.back, str(lost))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            if refusal.current is not None:
                status, act.extra["versions"] = 409, act.versions(form, refusal.current)
        else:
            messages.success(request, str(act.done))
            return HttpResponseRedirect(target or act.back)
    return page(
        admin,
        request,
        act.template,
        status=status,
        title=act.title,
        subtitle=None,
        act=act,
        form=form,
        **act.extra,
    )


def tap(request: HttpRequest, *, back: str, done: Text, room: Callable[[], Any]) -> HttpResponse:
    """Do an act that needs no form; a refusal is a message on the page one came from."""
    try:
        room()
    except LifecycleError:
        return conflict(request, back)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, str(done))
    return HttpResponseRedirect(back)


def conflict(request: HttpRequest, back: str, what: str = "") -> HttpResponse:
    """Say plainly that somebody else was first, and `what` they were first to; nothing was changed."""
    return render(request, "errors/conflict.html", {"back_url": back, "conflict": what}, status=409)


def both_versions(form: Any, current: models.Model, changes: Mapping[str, Any], **seen: str) -> list[Version]:
    """Return label, theirs, mine for what differs, and let the next save of this page be over theirs (`seen`)."""
    form.data = form.data.copy()
    form.data.update(seen)
    return [
        (field_label(field), show(field, getattr(current, field.name)), show(field, mine))
        for field, mine in ((type(current)._meta.get_field(name), mine) for name, mine in changes.items())
        if getattr(current, field.name) != mine
    ]

"""The people of a municipality, on its own side: who has access and who did what, contact persons, and one's
own data.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kommunesamarbeid.core.files.downloads import file_download, pdf_download
from municipalities.access.sessions import LinkRequest, end_access, link_required
from municipalities.choices import LinkRight
from municipalities.models import ContactPerson
from municipalities.people.colleagues import (
    GIVEN,
    OwnAccess,
    change_right,
    end_colleague,
    invite_colleague,
    log_of,
    people_with_access,
)
from municipalities.people.named_people import remove_deputy, save_person
from municipalities.people.own_data import correct_own, erase_own, needed_for, own_data, own_rows
from municipalities.questionnaire.answers import Codebook, take
from municipalities.questionnaire.forms import InviteForm, OwnDataForm, PageForm
from municipalities.questionnaire.journal_pdfs import person_pdf
from municipalities.questionnaire.structure import Page, find_page
from municipalities.responses.drafts import find_response, people_values
from municipalities.views.limits import too_many_links

INVALID = 422
# What is read in the log, by the audit row's action; an action without words is not shown. That a partner was
# approved has none: until the two are introduced it can be undone, and nobody hears of it.
LOG_WORDS = {
    "response.started": gettext_lazy("began the questionnaire"),
    "response.draft_saved": gettext_lazy("saved the draft"),
    "response.version": gettext_lazy("submitted version %(number)s"),
    "response.awaiting_info": gettext_lazy("asked for information"),
    "response.ready": gettext_lazy("marked the answers as ready"),
    "response.deferred": gettext_lazy("set the case aside for now"),
    "response.withdrawn": gettext_lazy("withdrew the interest"),
    "response.reopen_asked": gettext_lazy("asked KS to open the answers"),
    "response.reopened": gettext_lazy("opened the answers for changes"),
    "response.person_kept": gettext_lazy("changed a contact person"),
    "response.deputy_removed": gettext_lazy("removed the deputy"),
    "joint.named": gettext_lazy("named a municipality to apply together with"),
    "joint.confirmed": gettext_lazy("confirmed a joint application"),
    "joint.ended": gettext_lazy("ended taking part in a joint application"),
    "link.opened": gettext_lazy("came in by a link"),
    "link.accepted": gettext_lazy("accepted an address"),
    "link.revoked": gettext_lazy("ended a link"),
    "colleague.invited": gettext_lazy("invited a colleague"),
    "colleague.right": gettext_lazy("changed a colleague's right"),
    "colleague.ended": gettext_lazy("ended a colleague's access"),
    "contact.corrected": gettext_lazy("corrected own details"),
    "contact.erasure_asked": gettext_lazy("asked to be erased"),
    "contact.erased": gettext_lazy("a person was erased"),
}
OTHERS = {
    "user": gettext_lazy("KS"),
    "system": gettext_lazy("The portal"),
    "contact": gettext_lazy("Somebody who is erased"),
}
RIGHT_WORDS = {
    LinkRight.EDIT: gettext_lazy("may edit"),
    LinkRight.SUBMIT: gettext_lazy("may edit and submit"),
}


# --- who has access, and who did what (F-13) ----------------------------------------------------------------


@link_required
@require_safe
def people_page(request: LinkRequest) -> HttpResponse:
    """Show who has access with which right, a form that invites a colleague, and the log."""
    return _show_people(request, InviteForm())


@link_required
@require_POST
def invite(request: LinkRequest) -> HttpResponse:
    """Invite a colleague by e-mail; the answer is the same whether the address is ours or waits for KS."""
    form = InviteForm(request.POST)
    if not request.access.may_submit:
        return redirect("people")
    if form.is_valid() and too_many_links(request, form.cleaned_data["email"]):
        form.add_error(None, _("You have asked for many links. Wait an hour and try again."))
    if not form.is_valid():
        return _show_people(request, form, status=INVALID)
    try:
        invite_colleague(
            municipality=request.access.municipality,
            email=form.cleaned_data["email"],
            right=form.cleaned_data["right"],
            by=request.access.actor,
            at=timezone.now(),
            demo=settings.DEMO,
            valid_for=timedelta(hours=settings.LINK_VALID_HOURS),
        )
    except OwnAccess:
        form.add_error("email", _("This is your own address."))
        return _show_people(request, form, status=INVALID)
    messages.success(
        request,
        _(
            "The invitation is noted. An address on the municipality's domain gets a link now; another "
            "address is checked by KS first."
        ),
    )
    return redirect("people")


@link_required
@require_POST
def colleague_right(request: LinkRequest, pk: int) -> HttpResponse:
    """Change what a colleague may do."""
    contact, right = _colleague(request, pk), request.POST.get("right", "")
    if request.access.may_submit and right in GIVEN:
        change_right(contact=contact, right=right, by=request.access.actor, at=timezone.now())
        messages.success(request, _("The right is changed."))
    return redirect("people")


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def colleague_end(request: LinkRequest, pk: int) -> HttpResponse:
    """Ask whether a colleague's access shall end, and end it."""
    contact = _colleague(request, pk)
    if not request.access.may_submit:
        return redirect("people")
    if request.method == "POST":
        end_colleague(contact=contact, by=request.access.actor, at=timezone.now())
        messages.success(request, _("The access is ended."))
        return redirect("people")
    return render(request, "municipalities/own_side/colleague_end.html", {"colleague": contact})


def _colleague(request: LinkRequest, pk: int) -> ContactPerson:
    """Return another person of the same municipality, else 404."""
    colleagues = ContactPerson.objects.filter(
        municipality=request.access.municipality, erased_at__isnull=True
    )
    return get_object_or_404(colleagues.exclude(pk=request.access.contact.pk), pk=pk)


def _show_people(request: LinkRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    people = [
        {
            "pk": person.pk,
            "email": person.email,
            "right": person.right,
            "right_words": RIGHT_WORDS.get(person.right, ""),
            "last_opened": person.last_opened,
            "waits": person.lets_in is None,
            "is_self": person.pk == request.access.contact.pk,
        }
        for person in people_with_access(request.access.municipality, at=now)
    ]
    log = [
        {
            "at": entry.at,
            "who": entry.who or OTHERS.get(entry.kind, ""),
            "what": str(LOG_WORDS[entry.action]) % entry.data,
        }
        for entry in log_of(request.access.municipality)
        if entry.action in LOG_WORDS
    ]
    context = {
        "people": people,
        "log": log,
        "form": form,
        "rights": [(right, RIGHT_WORDS[right]) for right in GIVEN],
    }
    return render(request, "municipalities/own_side/people.html", context, status=status)


# --- contact persons: add, change, remove -------------------------------------------------------------------


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def named_person(request: LinkRequest, who: str) -> HttpResponse:
    """Show or keep the contact person or the deputy; these can be changed after the deadline too."""
    response = find_response(request.access.municipality)
    section_and_page = find_page(who, {}) if who in {"contact", "deputy"} else None
    if response is None or section_and_page is None:
        raise Http404
    page, codebook = section_and_page[1], Codebook()
    if request.method != "POST":
        return _show_person(
            request, page, PageForm(page, codebook, people_values(response), title=str(page.title))
        )
    taken = take(page, request.POST, codebook)
    form = PageForm(page, codebook, taken.values, title=str(page.title), reads=page)
    form.full_clean()
    form.refuse_numbers(taken.removed)
    if form.errors:
        return _show_person(request, page, form, status=INVALID)
    save_person(response=response, values=taken.values, by=request.access.actor, at=timezone.now())
    messages.success(request, _("The contact person is saved."))
    return redirect("own_side")


@link_required
@require_POST
def deputy_remove(request: LinkRequest) -> HttpResponse:
    """Remove the deputy; the person is erased where nothing else needs them."""
    response = find_response(request.access.municipality)
    if response is not None and response.deputy is not None:
        remove_deputy(response=response, by=request.access.actor, at=timezone.now())
        messages.success(request, _("The deputy is removed."))
    return redirect("own_side")


def _show_person(request: LinkRequest, page: Page, form: PageForm, status: int = 200) -> HttpResponse:
    return render(
        request, "municipalities/own_side/named_person.html", {"page": page, "form": form}, status=status
    )


# --- one's own personal data --------------------------------------------------------------------------------


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def own_data_page(request: LinkRequest) -> HttpResponse:
    """Show what the portal holds about the person behind the link, and correct it."""
    contact = request.access.contact
    form = OwnDataForm(request.POST if request.method == "POST" else None, initial=_own_values(contact))
    if request.method == "POST" and form.is_valid():
        correct_own(contact=contact, values=form.cleaned_data, by=request.access.actor, at=timezone.now())
        messages.success(request, _("Your details are saved."))
        return redirect("own_data")
    context = {"form": form, "data": own_data(contact), "asked": contact.erasure_asked_at}
    return render(
        request, "municipalities/own_side/own_data.html", context, status=INVALID if form.is_bound else 200
    )


@link_required
@require_safe
def own_data_json(request: LinkRequest) -> HttpResponse:
    """Give the person their own data to take along."""
    text = json.dumps(own_data(request.access.contact), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return file_download(text.encode(), "mine-opplysninger.json", "application/json")


@link_required
@require_safe
def own_data_pdf(request: LinkRequest) -> HttpResponse:
    """Give the person their own data to read and file."""
    access = request.access
    return pdf_download(
        request,
        lambda: person_pdf(
            data=own_data(access.contact), municipality=access.municipality, at=timezone.now()
        ),
        "mine-opplysninger.pdf",
    )


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def own_data_erase(request: LinkRequest) -> HttpResponse:
    """Ask whether the person shall be erased, and erase, or ask KS while a case would be nobody's."""
    contact = request.access.contact
    if request.method != "POST":
        needed = needed_for(own_rows(contact) or [contact])
        return render(request, "municipalities/own_side/own_data_erase.html", {"needed": needed})
    if erase_own(contact=contact, by=request.access.actor, at=timezone.now()):
        end_access(request)
        messages.success(request, _("You are erased, and logged out."))
        return redirect("start")
    messages.success(
        request, _("KS is asked to erase you. Name another contact person, so that the case is somebody's.")
    )
    return redirect("own_data")


def _own_values(contact: ContactPerson) -> dict[str, Any]:
    """Return the person's fields, from whichever row about them has one."""
    rows = own_rows(contact) or [contact]
    return {
        name: next((value for row in rows if (value := getattr(row, name))), "")
        for name in ("name", "title", "phone")
    }

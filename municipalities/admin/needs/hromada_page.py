"""AUC and the hromada: who answers for it and gets a link, and what it has said: accepted at a tap, or left with a reason."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kommunesamarbeid.core.desk.act_pages import Act, act_page, act_url, tap
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.form_fields import TextField
from kommunesamarbeid.core.roles import May
from municipalities.admin.needs.draft_forms import FORM_PAGE, checked
from municipalities.admin.needs.need_work import needs_url
from municipalities.admin.needs.suggestion_words import about
from municipalities.models import Candidate, ContactPerson, Suggestion
from municipalities.needs import suggestions
from municipalities.people import hromada_links
from municipalities.questionnaire.answers import is_email


class ContactForm(forms.Form):
    """Who answers for a hromada."""

    name = TextField(label=_("Name"), max_length=200)
    title = TextField(label=_("Job title"), max_length=200, required=False)
    email = TextField(
        label=_("Work e-mail address"), max_length=254, help_text=_("The link is sent to this address.")
    )
    phone = TextField(label=_("Phone number"), max_length=60, required=False)

    def clean_email(self) -> str:
        """Refuse what no mail can reach."""
        email = str(self.cleaned_data["email"]).strip().lower()
        if not is_email(email):
            raise forms.ValidationError(_("Write the address like name@hromada.ua."))
        return email


class LeaveForm(forms.Form):
    """Why AUC leaves things as they were."""

    reason = TextField(label=_("Reason"), max_length=300, help_text=_("The hromada reads it on its page."))


class EmptyForm(forms.Form):
    """A question with nothing to fill in."""


class NeedHromada(ReadAdmin):
    """The acts between AUC and a hromada's contact."""

    def get_urls(self) -> list[URLPattern]:
        """Each act before the admin's own catch-all."""
        edit, post = May.EDIT_NEEDS, ("POST",)
        return [
            path(
                "of/<int:pk>/contact/",
                act_url(self, self.contact_view, edit),
                name="municipalities_need_contact",
            ),
            path(
                "contact/<int:pk>/link/",
                act_url(self, self.link_view, edit, methods=post),
                name="municipalities_need_link",
            ),
            path(
                "contact/<int:pk>/end/",
                act_url(self, self.end_view, edit),
                name="municipalities_need_end_contact",
            ),
            path(
                "said/<int:pk>/accept/",
                act_url(self, self.take_view, edit, methods=post),
                name="municipalities_need_take",
            ),
            path(
                "said/<int:pk>/leave/", act_url(self, self.leave_view, edit), name="municipalities_need_leave"
            ),
            path(
                "of/<int:pk>/accept-all/",
                act_url(self, self.take_all_view, edit, methods=post),
                name="municipalities_need_take_all",
            ),
            *super().get_urls(),
        ]

    def contact_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add who answers for the hromada."""
        candidate = get_object_or_404(Candidate.objects.select_related("hromada__oblast"), pk=pk)

        def room(data: dict[str, Any]) -> None:
            hromada_links.add_contact(
                hromada=candidate.hromada, by=self.actor(request), at=timezone.now(), **data
            )

        act = Act(
            template=FORM_PAGE,
            title=_("Add contact person"),
            button=_("Add contact person"),
            back=needs_url(pk),
            room=room,
            done=_("The person is added. Send the link when you are ready."),
            about=candidate.hromada.place,
            intro=_("The data are seen by AUC and named coordinators in KS only, and every view is logged."),
        )
        return act_page(self, request, ContactForm(request.POST or None), act)

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mail the contact a link."""
        contact, back = self._contact(pk)
        room = partial(
            hromada_links.send_link,
            contact=contact,
            by=self.actor(request),
            at=timezone.now(),
            valid_for=timedelta(hours=settings.LINK_VALID_HOURS),
        )
        return tap(request, back=back, done=_("The link is on its way."), room=room)

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask before a contact's links end and its data are erased."""
        contact, back = self._contact(pk)

        def room(data: dict[str, Any]) -> None:
            hromada_links.end_contact(contact=contact, by=self.actor(request), at=timezone.now())

        act = Act(
            template=FORM_PAGE,
            title=_("Remove contact person"),
            button=_("Remove contact person"),
            back=back,
            room=room,
            done=_("The contact person is removed."),
            about=contact.name or contact.email,
            intro=_(
                "The link stops working at once, and name, address and phone number are erased. History keeps the number only."
            ),
        )
        return act_page(self, request, EmptyForm(request.POST if request.method == "POST" else None), act)

    def _contact(self, pk: int) -> tuple[ContactPerson, str]:
        """Return a hromada's contact and the page it stands on, or 404; never a Norwegian one."""
        known = ContactPerson.objects.filter(hromada__candidate__isnull=False, erased_at__isnull=True)
        contact = get_object_or_404(known.select_related("hromada__candidate"), pk=pk)
        assert contact.hromada is not None, "filtered above"
        return contact, needs_url(contact.hromada.candidate.pk)

    def take_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept in one tap, in the edition that was shown."""
        said = self._said(pk)
        room = partial(
            suggestions.accept_suggestion,
            suggestion=said,
            by=self.actor(request),
            at=timezone.now(),
            seen_edition=_edition(request.POST.get("edition", "")),
            is_checked=checked(request),
        )
        return tap(request, back=needs_url(said.candidate_id), done=_("Accepted."), room=room)

    def leave_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Leave things as they were, saying why."""
        said = self._said(pk)

        def room(data: dict[str, Any]) -> None:
            suggestions.decline_suggestion(suggestion=said, by=self.actor(request), at=timezone.now(), **data)

        subject = ": ".join(part for part in (str(said.get_kind_display()), about(said)) if part)
        act = Act(
            template=FORM_PAGE,
            title=_("Leave as it was"),
            button=_("Leave as it was"),
            back=needs_url(said.candidate_id),
            room=room,
            done=_("Left as it was. The hromada sees your reason."),
            about=f"{said.candidate.hromada.place}. {subject}",
        )
        return act_page(self, request, LeaveForm(request.POST or None), act)

    def take_all_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept everything that was shown; what needs a look of its own is left and named."""
        candidate = get_object_or_404(Candidate, pk=pk)
        seen = dict(_seen(pair) for pair in request.POST.getlist("said"))
        accepted, left = suggestions.accept_all(
            candidate=candidate, seen=seen, by=self.actor(request), at=timezone.now()
        )
        text = ngettext("%(count)d change is accepted.", "%(count)d changes are accepted.", len(accepted))
        messages.success(request, text % {"count": len(accepted)})
        if left:
            names = ", ".join(about(one) or str(one.get_kind_display()) for one in left)
            messages.warning(request, _("These need a look of their own: %(names)s.") % {"names": names})
        return HttpResponseRedirect(needs_url(pk))

    def _said(self, pk: int) -> Suggestion:
        known = Suggestion.objects.select_related(
            "candidate__hromada__oblast", "need__theme", "theme", "person", "said_by"
        )
        return get_object_or_404(known, pk=pk)


def _edition(text: str) -> int | None:
    """Return the edition the page showed; what is no number is none that was ever shown."""
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _seen(pair: str) -> tuple[int, int | None]:
    """Read "id:edition", the edition blank where no need is meant."""
    number, _mark, edition = pair.partition(":")
    return (int(number) if number.isdecimal() and len(number) < 19 else 0, _edition(edition))

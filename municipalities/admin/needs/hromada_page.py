"""AUC and the hromada: who answers for it and gets a link, and what becomes of what it says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kommunesamarbeid.core.desk.acts import Act, Visit
from kommunesamarbeid.core.form_fields import TextField
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.needs.draft_forms import checked
from municipalities.admin.needs.need_work import needs_url
from municipalities.admin.needs.suggestion_words import about
from municipalities.models import AccessLink, Candidate, ContactPerson, Suggestion
from municipalities.needs import suggestions
from municipalities.people import hromada_links
from municipalities.questionnaire.answers import is_email

EDITORS = (May.EDIT_NEEDS,)


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


def candidate_of(visit: Visit) -> Candidate:
    """Return the candidate that the address means, with its place, or 404."""
    return get_object_or_404(Candidate.objects.select_related("hromada__oblast"), pk=visit.names["pk"])


def back_to_needs(visit: Visit) -> str:
    """Return the page with all that is kept of the hromada."""
    return needs_url(visit.names["pk"])


def _contact(visit: Visit) -> ContactPerson:
    """Return a hromada's contact, or 404; never a Norwegian one."""
    contacts = ContactPerson.objects.filter(hromada__candidate__isnull=False, erased_at__isnull=True)
    return get_object_or_404(contacts.select_related("hromada__candidate"), pk=visit.names["pk"])


def _page_of_contact(visit: Visit) -> str:
    return needs_url(visit.row.hromada.candidate.pk)


def _suggestion(visit: Visit) -> Suggestion:
    waiting = Suggestion.objects.select_related(
        "candidate__hromada__oblast", "need__theme", "theme", "person", "said_by"
    )
    return get_object_or_404(waiting, pk=visit.names["pk"])


def _about_suggestion(visit: Visit) -> str:
    suggestion = visit.row
    subject = ": ".join(part for part in (str(suggestion.get_kind_display()), about(suggestion)) if part)
    return f"{suggestion.candidate.hromada.place}. {subject}"


def _add_contact(*, candidate: Candidate, by: Actor, at: datetime, **person: Any) -> ContactPerson:
    return hromada_links.add_contact(hromada=candidate.hromada, by=by, at=at, **person)


def _send_link(*, contact: ContactPerson, by: Actor, at: datetime) -> AccessLink:
    valid_for = timedelta(hours=settings.LINK_VALID_HOURS)
    return hromada_links.send_link(contact=contact, by=by, at=at, valid_for=valid_for)


def _accepted(_visit: Visit, outcome: tuple[list[Suggestion], list[Suggestion]]) -> str:
    number = len(outcome[0])
    text = ngettext("%(count)d change is accepted.", "%(count)d changes are accepted.", number)
    return text % {"count": number}


def _left(_visit: Visit, outcome: tuple[list[Suggestion], list[Suggestion]]) -> str:
    names = ", ".join(about(row) or str(row.get_kind_display()) for row in outcome[1])
    return _("These need a look of their own: %(names)s.") % {"names": names} if names else ""


ACTS = (
    Act(
        "contact", EDITORS, _add_contact, form=ContactForm, address="of/<int:pk>/contact/", find=candidate_of,
        subject="candidate",
        title=_("Add contact person"),
        intro=_("The data are seen by AUC and named coordinators in KS only, and every view is logged."),
        done=_("The person is added. Send the link when you are ready."),
        about=lambda visit: visit.row.hromada.place, back=back_to_needs,
        records="contact.added",
    ),
    Act(
        "link", EDITORS, _send_link, address="contact/<int:pk>/link/", find=_contact, subject="contact",
        done=_("The link is on its way."),
        back=_page_of_contact,
        records="link.requested",
    ),
    Act(
        "end_contact", EDITORS, hromada_links.end_contact, form=forms.Form, address="contact/<int:pk>/end/",
        find=_contact, subject="contact",
        title=_("Remove contact person"),
        intro=_("The link stops working at once, and name, address and phone number are erased. History keeps the number only."),
        done=_("The contact person is removed."),
        about=lambda visit: visit.row.name or visit.row.email, back=_page_of_contact,
        records="contact.erased",
    ),
    Act(
        "take", EDITORS, suggestions.accept_suggestion, address="said/<int:pk>/accept/", find=_suggestion,
        subject="suggestion",
        values=lambda visit, _form: {
            "seen_edition": _edition(visit.request.POST.get("edition", "")),
            "is_checked": checked(visit.request),
        },
        done=_("Accepted."),
        back=lambda visit: needs_url(visit.row.candidate_id),
        records="suggestion.accepted",
    ),
    Act(
        "leave", EDITORS, suggestions.decline_suggestion, form=LeaveForm, address="said/<int:pk>/leave/",
        find=_suggestion, subject="suggestion",
        title=_("Leave as it was"), done=_("Left as it was. The hromada sees your reason."),
        about=_about_suggestion, back=lambda visit: needs_url(visit.row.candidate_id),
        records="suggestion.declined",
    ),
    Act(
        "take_all", EDITORS, suggestions.accept_all, address="of/<int:pk>/accept-all/",
        find=lambda visit: get_object_or_404(Candidate, pk=visit.names["pk"]), subject="candidate",
        values=lambda visit, _form: {
            "seen": dict(_seen(pair) for pair in visit.request.POST.getlist("said"))
        },
        done=_accepted, mind=_left,
        back=back_to_needs,
        records="suggestion.accepted",
    ),
)  # fmt: skip


def _edition(text: str) -> int | None:
    """Return the edition the page showed; what is no number is none that was ever shown."""
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _seen(pair: str) -> tuple[int, int | None]:
    """Read "id:edition", the edition blank where no need is meant."""
    number, _mark, edition = pair.partition(":")
    return (int(number) if number.isdecimal() and len(number) < 19 else 0, _edition(edition))

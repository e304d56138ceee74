"""PDFs for the municipality's journal, made from the rows when they are asked for and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.files.documents import Document, render
from municipalities.models import Municipality, ResponseVersion
from municipalities.questionnaire.answers import Codebook
from municipalities.questionnaire.summary import Part, Row, parts


def version_pdf(
    *, version: ResponseVersion, people: Mapping[str, str] | None, members: Iterable[Municipality] = ()
) -> bytes:
    """Return a submitted version as PDF/UA-1 in the municipality's written standard.

    `people` holds the contact persons' fields for a reader who may see them, else None. It carries nothing KS
    has noted, for the municipality keeps it in its open journal. Needs `response.municipality.county` and
    `round` selected. Raises NotTypeset.
    """
    response = version.response
    party = response.municipality
    with translation.override(party.language):
        shown = parts(version.answers, Codebook(), people)
        when = date_format(version.submitted_at.astimezone(get_current_timezone()), "DATETIME_FORMAT")
        title = _("Questionnaire from %(party)s: co-operation with Ukraine") % {"party": party.name}
        facts = [
            _fact(_("From"), f"{party.place}, {party.number}"),
            _fact(_("To"), _("KS, the Norwegian Association of Local and Regional Authorities")),
            _fact(_("Reference number"), response.reference),
            _fact(_("Version"), str(version.number)),
            _fact(_("Submitted"), when),
            _fact(_("Round"), response.round.name),
        ]
        if joint := sorted(member.place for member in members):
            facts.append({"label": str(_("Together with")), "value": "", "values": joint, "lang": ""})
        footer = _("%(reference)s, version %(number)s") % {
            "reference": response.reference,
            "number": version.number,
        }
        document = Document(
            title=title,
            facts=facts,
            sections=[_section(part) for part in shown],
            footer=footer,
            keywords=[response.reference],
        )
        return render(document, made_at=version.submitted_at)


def person_pdf(*, data: Mapping[str, Any], municipality: Municipality, at: datetime) -> bytes:
    """Return a person's own data (`own_data.own_data`) as PDF/UA-1 in the municipality's written standard.

    Raises NotTypeset.
    """
    with translation.override(municipality.language):
        words = {
            "name": _("Name"),
            "title": _("Job title"),
            "email": _("E-mail address"),
            "phone": _("Phone number"),
            "created_at": _("Registered"),
        }
        people = [
            {"title": "", "rows": [_fact(label, _shown(person[key])) for key, label in words.items()]}
            for person in data["persons"]
        ]
        lists = (
            (_("You are contact person for"), data["contact_of"]),
            (
                _("Links you have opened"),
                [_shown(link["used_at"]) for link in data["links"] if link["used_at"]],
            ),
            (
                _("E-mails sent to you"),
                [f"{_shown(mail['queued_at'])}: {mail['case']}" for mail in data["mails"]],
            ),
            (
                _("What you have done in the portal"),
                [f"{_shown(act['at'])}: {act['action']}" for act in data["acts"]],
            ),
            (
                _("When staff has looked at your details"),
                [f"{_shown(view['at'])}: {view['purpose']}" for view in data["seen_by_staff"]],
            ),
        )
        none = str(_("None"))
        sections = [{"title": _("Your details"), "groups": people}] + [
            {
                "title": label,
                "groups": [
                    {"title": "", "rows": [{**_fact(label, none if not values else ""), "values": values}]}
                ],
            }
            for label, values in lists
        ]
        title = _("What the portal holds about you")
        facts = [_fact(_("Municipality"), municipality.name), _fact(_("Taken out"), _shown(at.isoformat()))]
        return render(Document(title=title, facts=facts, sections=sections, footer=title), made_at=at)


def _shown(value: str | None) -> str:
    """Return a time as one reads it, another text as it is."""
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return value or str(NOT_ANSWERED)
    return str(date_format(moment.astimezone(get_current_timezone()), "SHORT_DATETIME_FORMAT"))


def row_of(row: Row) -> dict[str, Any]:
    """Return a question and its answer as the document takes it."""
    answered = bool(row.values or row.value)
    return {
        "label": row.label,
        "value": row.value if answered else str(NOT_ANSWERED),
        "values": row.values,
        "lang": "",
    }


NOT_ANSWERED = gettext_lazy("Not answered")


def _fact(label: str, value: str) -> dict[str, Any]:
    return {"label": label, "value": value, "values": [], "lang": ""}


def _section(part: Part) -> dict[str, Any]:
    """Return a section with its pages as groups: a page that asks several things keeps its own heading."""
    groups = []
    for page, rows in part.pages:
        alone = len(rows) == 1
        groups.append(
            {"title": "" if alone or page.theme else str(page.title), "rows": [row_of(row) for row in rows]}
        )
    return {"title": str(part.section.title), "groups": groups}

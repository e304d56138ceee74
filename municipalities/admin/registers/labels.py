"""How stored values read on the desk: a place, a status with its scope, an age, a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.models import Organisation, User
from kommunesamarbeid.core.roles import Actor
from municipalities.choices import OfficialStatus
from municipalities.models import Candidate, HromadaStatus

FRESH_DAYS, AGEING_DAYS = 60, 120


def place_cell(candidate: Candidate) -> SafeString:
    """Show the settlement in both alphabets, the reader's first, and the oblast: names occur twice."""
    hromada = candidate.hromada
    names = [("uk", hromada.centre_uk), ("en", hromada.centre_en)]
    shown = names if languages.is_ukrainian() else names[::-1]
    spans = format_html_join(" · ", '<span lang="{}">{}</span>', shown)
    return format_html('{}<br><span class="quiet">{}</span>', spans, hromada.oblast)


def status_words(official: HromadaStatus | None) -> str:
    """Say what an edition has of a hromada: the status of the whole, of a part, ended, or nothing."""
    if official is None:
        return gettext("not on the list")
    lines = list(_status_parts(official))
    if lines:
        return "; ".join(lines)
    return (
        gettext("ended %(date)s") % {"date": _day(official.closed_on)}
        if official.closed_on
        else gettext("ended")
    )


def _status_parts(official: HromadaStatus) -> Iterator[str]:
    if official.whole:
        yield str(OfficialStatus(official.whole).label)
    if official.part:
        yield gettext("%(status)s in a part") % {"status": OfficialStatus(official.part).label}


def kept_status_words(code: str) -> str:
    """Say what was kept with an assessment: a status and whole or part, or whatever text was written then."""
    return "; ".join(_one_status(part) for part in code.split("; "))


def new_status_words(before: str, after: str) -> str:
    """Say the status after a change; one that stayed as it was has other periods behind it."""
    return gettext("the same, in other periods") if before == after else kept_status_words(after)


def _one_status(code: str) -> str:
    status, _mark, scope = code.partition(" ")
    if status == "none":
        return gettext("not on the list")
    if code == "ended":
        return gettext("ended")
    if status not in OfficialStatus.values:
        return code
    label = str(OfficialStatus(status).label)
    return label if scope != "part" else gettext("%(status)s in a part") % {"status": label}


def _day(day: date | None) -> str:
    return date_format(day, "SHORT_DATE_FORMAT") if day else ""


def age_words(days: int) -> str:
    """Say an age in days."""
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def edition_tag(edition_on: date, today: date) -> SafeString:
    """Show an edition's date with its age in days and as a colour: evidence of that day, not of today."""
    days = (today - edition_on).days
    colour, _words = _band(days)
    date_ = gettext("edition of %(date)s") % {"date": _day(edition_on)}
    return format_html('<span class="desk-tag" data-color="{}">{}: {}</span>', colour, date_, age_words(days))


def _band(days: int) -> tuple[str, str]:
    if days <= FRESH_DAYS:
        return "success", gettext("fresh")
    return ("warning", gettext("ageing")) if days <= AGEING_DAYS else ("danger", gettext("old"))


def age_tag(confirmed_on: date | None, today: date) -> SafeString:
    """Show how old a confirmation is, in words with a colour that repeats them."""
    if confirmed_on is None:
        return format_html('<span class="quiet">{}</span>', gettext("no needs"))
    days = (today - confirmed_on).days
    colour, words = _band(days)
    return format_html('<span class="desk-tag" data-color="{}">{}: {}</span>', colour, words, age_words(days))


def signature(person: User | None, reader: Actor) -> str:
    """Name who did something.

    Organisation and name to colleagues, the organisation alone to the other side.
    """
    if person is None:
        return str(gettext("the portal"))
    organisation = Organisation(person.organisation).label
    return (
        f"{organisation}, {person.name}" if person.organisation == reader.organisation else str(organisation)
    )

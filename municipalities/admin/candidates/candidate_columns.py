"""The columns of the list of candidates, each with its heading, its cell and its order."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.lists import Column
from municipalities.admin.registers.labels import age_tag, edition_tag, place_cell, status_words
from municipalities.models import Candidate


def _box(candidate: Candidate) -> SafeString:
    """Show a box that belongs to the form above the list."""
    label = _("Choose %(place)s") % {"place": candidate.hromada.name}
    return format_html(
        '<input type="checkbox" name="chosen" value="{}" form="desk-bulk" aria-label="{}">',
        candidate.pk,
        label,
    )


def _official_status(candidate: Any) -> SafeString | str:
    """Show the latest edition's words, with its date and age: a status without its date says nothing."""
    if candidate.edition is None:
        return "–"
    age = edition_tag(candidate.edition.edition_on, timezone.localdate())
    return format_html("{}<br>{}", status_words(candidate.official), age)


def _review(candidate: Candidate) -> SafeString | str:
    """Say where the review stands, and AUC's priority when there is one."""
    if candidate.priority is None:
        return candidate.get_state_display()
    return format_html(
        '{}<br><span class="quiet">{}: {}</span>',
        candidate.get_state_display(),
        _("priority"),
        candidate.get_priority_display(),
    )


def _top_themes(candidate: Any) -> str:
    """Name the themes of the three most urgent needs."""
    return ", ".join(dict.fromkeys(need.theme.name for need in candidate.current_needs[:3])) or "–"


def _data_age(candidate: Any) -> SafeString:
    """Show the age of the oldest confirmation, and whether AUC was asked since."""
    age = age_tag(candidate.oldest_on, timezone.localdate())
    asked = candidate.update_asked_at and timezone.localdate(candidate.update_asked_at)
    if not asked or (candidate.oldest_on and candidate.oldest_on >= asked):
        return age
    words = _("asked for %(date)s") % {"date": date_format(asked, "SHORT_DATE_FORMAT")}
    return format_html('{}<br><span class="quiet">{}</span>', age, words)


PLACE = Column("place", _("Place"), place_cell, "hromada__centre_en")
COLUMNS = (
    Column("chosen", _("Choose"), _box),
    PLACE,
    Column("official_status", _("Official status"), _official_status),
    Column("urgent_needs", _("Urgent needs"), lambda row: row.urgent_now, "urgent_now"),
    Column("top_themes", _("Top themes"), _top_themes),
    Column("data_age", _("Age of data"), _data_age, "oldest_on"),
    Column("norwegian_offers", _("Norwegian offers"), lambda row: row.offers),
    Column("review", _("State"), _review, "state"),
)

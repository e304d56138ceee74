"""A party's sheet as PDF, to put before a council: made from the rows when it is asked for,
and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from kommunesamarbeid.core.files.documents import Document, render
from matching.reports.profiles import Profile

Sheets = Callable[[], Sequence[Profile]]


def profile_pdf(*, sheets: Sheets, language: str, at: datetime, reference: str = "") -> bytes:
    """Return the sheets as one PDF/UA-1 in a language; `sheets` is called in it.

    Raises NotTypeset.

    The sheets are made at the reach of a partner: a file is passed on, and nobody can call it back.
    """
    with translation.override(language):
        profiles = sheets()
        title = _("Partner profile: %(place)s") % {"place": ", ".join(profile.place for profile in profiles)}
        as_of = _("As of %(date)s") % {"date": date_format(localdate(at))}
        document = Document(
            title=title,
            lead=_("From public registers and from what the party has opened to its partner."),
            facts=[_row(_("Reference number"), reference)] if reference else [],
            sections=[_section(profile, alone=len(profiles) == 1) for profile in profiles],
            footer=f"{reference}, {as_of}" if reference else as_of,
            keywords=[reference] if reference else [],
        )
        return render(document, made_at=at)


def _section(profile: Profile, *, alone: bool) -> dict[str, Any]:
    rows = [_row(label, value) for label, value in profile.facts]
    themes = [f"{theme} ({words})" if words else theme for theme, words in profile.themes]
    rows.append(
        _row(
            profile.heading,
            "" if themes else _("Nothing is opened to you here yet. KS and AUC can tell more."),
            themes,
        )
    )
    if profile.teaches:
        rows.append(_row(_("What they can teach"), "", profile.teaches))
    if profile.partners:
        rows.append(_row(_("Other partners abroad, from public sources"), "", profile.partners))
    if profile.website:
        rows.append(_row(_("Website"), profile.website))
    official = profile.official if profile.official not in profile.place else ""
    if alone:  # the document's title names the place already
        return {"title": official or profile.place, "groups": [{"title": "", "rows": rows}]}
    return {"title": profile.place, "groups": [{"title": official, "rows": rows}]}


def _row(label: str, value: str, values: Sequence[str] = ()) -> dict[str, Any]:
    return {"label": str(label), "value": str(value), "values": [str(item) for item in values], "lang": ""}

"""One party on one sheet, in the reader's language, with nothing above what the reader may see:
what a mayor takes to the council.

Every value comes through `visibility.present()`; whoever adds a line declares its level with the model first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from kommunesamarbeid.core.visibility import Level, present
from matching.choices import Side
from matching.models import Agreement
from municipalities.choices import Horizon, HromadaType, Language, OfferLevel
from municipalities.models import (
    Candidate,
    Hromada,
    KnownPartnership,
    Municipality,
    Need,
    Offer,
    Response,
    ResponseVersion,
)


@dataclass(frozen=True)
class Profile:
    """A party as the reader may see it: its name, facts, and what it offers or needs by theme."""

    place: str
    official: str
    facts: tuple[tuple[str, str], ...]
    heading: str
    themes: tuple[tuple[str, str], ...] = ()
    teaches: tuple[str, ...] = ()
    partners: tuple[str, ...] = field(default_factory=tuple)
    website: str = ""


def agreement_profiles(agreement: Agreement, side: str, *, reach: Level, on: date) -> list[Profile]:
    """Return the sheets of an agreement's parties on one side. Uses prefetched parties."""
    municipalities = (row.municipality for row in agreement.parties.all())
    return profiles_of(municipalities, agreement.hromada, side, reach=reach, on=on)


def profiles_of(
    municipalities: Iterable[Municipality], hromada: Hromada, side: str, *, reach: Level, on: date
) -> list[Profile]:
    """Return the sheets of a pair's parties on one side, in their order."""
    if side == Side.UKRAINIAN:
        return [ukrainian_profile(hromada, reach=reach, on=on)]
    return [norwegian_profile(municipality, reach=reach) for municipality in municipalities]


def norwegian_profile(municipality: Municipality, *, reach: Level) -> Profile:
    """Return a Norwegian party's sheet: the register,
    and the themes of its last submitted answer. 3 queries.
    """
    visible = present(municipality, reach)
    return Profile(
        place=municipality.place,
        official=str(visible.get("name_official", "")),
        facts=tuple(_municipal_facts(municipality, visible)),
        heading=_("What the municipality can contribute with"),
        themes=tuple(_offers(municipality, reach)),
        website=str(visible.get("website", "")),
    )


def ukrainian_profile(hromada: Hromada, *, reach: Level, on: date) -> Profile:
    """Return a hromada's sheet: the register, its working languages,
    and the needs that are opened to the reader. 5 queries.
    """
    visible = present(hromada, reach)
    candidate = Candidate.objects.filter(hromada=hromada).first()
    return Profile(
        place=hromada.place,
        official=f"{visible.get('name_uk', '')} / {visible.get('name_en', '')}",
        facts=tuple(_ukrainian_facts(hromada, visible, candidate, reach)),
        heading=_("What the hromada needs"),
        themes=tuple(_needs(candidate, reach, on)) if candidate else (),
        teaches=tuple(row.theme.name for row in candidate.teachings.select_related("theme"))
        if candidate and reach >= Level.PARTNERS
        else (),
        partners=tuple(_foreign(hromada)) if reach >= Level.PARTNERS else (),
    )


def _municipal_facts(municipality: Municipality, visible: dict[str, object]) -> Iterator[tuple[str, str]]:
    yield _("County"), str(municipality.county)
    yield _("number").capitalize(), str(visible.get("number", ""))
    if visible.get("population") is not None:
        yield _("Inhabitants"), inhabitants(visible["population"], visible.get("population_year", ""))
    if visible.get("coastal") is not None:
        yield _("On the coast"), _("yes") if visible["coastal"] else _("no")


def _ukrainian_facts(
    hromada: Hromada, visible: dict[str, object], candidate: Candidate | None, reach: Level
) -> Iterator[tuple[str, str]]:
    yield _("Oblast"), str(hromada.oblast)
    yield "KATOTTG", str(visible.get("katottg", ""))
    yield _("Kind"), str(HromadaType(str(visible["kind"])).label)
    if visible.get("population") is not None:
        yield _("Inhabitants"), inhabitants(visible["population"], visible.get("population_year", ""))
    working = present(candidate, reach) if candidate is not None else {}
    if working.get("languages"):
        yield _("Working languages"), language_names(working["languages"])
    if working.get("interpreter") is not None:
        yield _("Has an interpreter"), _("yes") if working["interpreter"] else _("no")


def inhabitants(number: Any, year: Any) -> str:
    """Return how many people live somewhere, with the year of the count."""
    return _("%(count)s (%(year)s)") % {"count": in_thousands(number), "year": year}


def language_names(codes: Iterable[str]) -> str:
    """Return languages by name, blank without any; a code nobody knows is left out."""
    return ", ".join(str(Language(code).label) for code in codes if code in Language.values)


def _offers(municipality: Municipality, reach: Level) -> Iterator[tuple[str, str]]:
    response = (
        Response.objects.open()
        .filter(municipality=municipality, submitted_at__isnull=False)
        .order_by("-id")
        .first()
    )
    version = (
        ResponseVersion.objects.filter(response=response).order_by("-number").first() if response else None
    )
    if version is None:
        return
    for offer in Offer.objects.filter(version=version).select_related("theme").order_by("theme__position"):
        visible = present(offer, reach, ("theme", "level"))
        if "theme" in visible:
            yield offer.theme.name, str(OfferLevel(visible["level"]).label) if "level" in visible else ""


def _needs(candidate: Candidate, reach: Level, on: date) -> Iterator[tuple[str, str]]:
    valid = candidate.needs.current().valid_on(on).visible_to(reach)
    for need in valid.select_related("theme").order_by("theme__position", "horizon"):
        visible = present(need, reach, ("theme", "horizon", "confirmed_on"))
        if "theme" in visible:
            yield need.theme.name, _need_words(need, visible)


def _need_words(need: Need, visible: dict[str, object]) -> str:
    words = [str(Horizon(need.horizon).label)] if "horizon" in visible else []
    if "confirmed_on" in visible:
        words.append(_("confirmed %(date)s") % {"date": date_format(need.confirmed_on, "SHORT_DATE_FORMAT")})
    return ", ".join(words)


def _foreign(hromada: Hromada) -> Iterator[str]:
    """Yield foreign partners named on public pages;
    what somebody has told in a letter stays with KS and AUC.
    """
    partnerships = (
        KnownPartnership.objects.filter(hromada=hromada)
        .exclude(active=False)
        .order_by("partner_country", "partner_name")
    )
    for row in filter(lambda row: row.is_page, partnerships):
        yield f"{row.partner_name} ({row.partner_country})"

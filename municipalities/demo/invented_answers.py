"""Invented answers of Norwegian municipalities, some still drafts, some waiting, deferred or withdrawn, most
ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from kommunesamarbeid.core.roles import Actor
from municipalities.access import links
from municipalities.choices import (
    Anchoring,
    Horizon,
    LinkStatus,
    Preference,
    Refusal,
    StaffHours,
    ThemeHorizon,
)
from municipalities.demo.timeline import Timeline, dice_for, share_out
from municipalities.models import ContactPerson, Municipality, Response, Round, Theme
from municipalities.questionnaire.structure import all_pages
from municipalities.responses import responses

FATES = (
    ("draft", 10), ("submitted", 12), ("awaiting_info", 4), ("answered", 3), ("deferred", 5),
    ("withdrawn", 4), ("edited", 5),
    ("ready", 57),
)  # fmt: skip
READY = frozenset({"ready", "edited", "answered", "withdrawn"})
DOMAIN = "example"


@dataclass(frozen=True)
class Answering:
    """Who reviews the answers, in which round, and what can be answered with."""

    timeline: Timeline
    kari: Actor
    round: Round
    themes: Sequence[Theme]
    oblasts: Sequence[str]
    seed: int

    def plan(self, municipalities: Sequence[Municipality]) -> None:
        """Plan how each municipality answers, or has begun to."""
        fates = share_out(FATES, len(municipalities), dice_for(self.seed, "fates"))
        for municipality, fate in zip(municipalities, fates, strict=True):
            Answer(self, municipality, fate, dice_for(self.seed, municipality.number)).plan()


class Answer:
    """One municipality's way through the questionnaire."""

    def __init__(self, context: Answering, municipality: Municipality, fate: str, dice: Random) -> None:
        self.context, self.municipality, self.fate, self.dice = context, municipality, fate, dice
        self.language = municipality.language
        with translation.override(self.language):
            self.values = invent_values(municipality, context.themes, context.oblasts, dice)
        self.response: Response | None = None

    def plan(self) -> None:
        """Plan the steps: most of the ready ones came early, what waits for somebody came lately."""
        dice, timeline = self.dice, self.context.timeline
        early = self.fate in READY and dice.random() < 0.7
        days_ago = (
            dice.randint(170, 240)
            if early
            else dice.randint(25, 110)
            if self.fate in READY
            else dice.randint(2, 20)
        )
        begun = timeline.working_hour(days_ago, dice)
        timeline.at(begun, self.begin)
        if self.fate != "draft":
            submitted = begun + timedelta(days=dice.randint(0, min(days_ago - 1, 9)), hours=1)
            timeline.at(submitted, self.submit)
            self._plan_review(submitted, days_ago)

    def _plan_review(self, submitted: datetime, days_ago: int) -> None:
        at, review = self.context.timeline.at, submitted + timedelta(days=self.dice.randint(1, 12), minutes=7)
        soon = submitted + timedelta(hours=self.dice.randint(1, 5))
        if self.fate in {"ready", "edited", "withdrawn"}:
            at(review, self.mark_ready)
        if self.fate == "edited":
            at(review + timedelta(days=3), self.edit)
            at(review + timedelta(days=6), self.mark_ready)
        elif self.fate == "withdrawn":
            at(review + timedelta(days=self.dice.randint(2, 12)), self.withdraw)
        elif self.fate == "deferred":
            at(soon, self.defer)
        elif self.fate == "awaiting_info":
            at(soon, self.ask)
        elif self.fate == "answered":
            at(review, self.ask)
            at(review + timedelta(days=4), self.edit)
            at(review + timedelta(days=6), self.mark_ready)

    # --- the steps, each one call of a service --------------------------------------------------------------

    def begin(self, at: datetime) -> None:
        """Ask for the link and begin; KS vouches for an address that is not on the municipality's domain."""
        label = links.website_host(self.municipality).partition(".")[0] or "fylke"
        link = links.request_link(
            municipality=self.municipality,
            email=f"postmottak@{label}.{DOMAIN}",
            at=at,
            language=self.language,
            demo=True,
        )
        assert link is not None, "nobody asked before"
        if link.status == LinkStatus.WAITING:
            links.accept_address(link=link, by=self.context.kari, at=at)
        self.contact = Actor.contact(link.contact_id)
        contact = ContactPerson.objects.get(pk=link.contact_id)
        self.response = responses.start_response(
            municipality=self.municipality, round=self.context.round, contact=contact, by=self.contact, at=at
        )
        pages = [page for _section, page in all_pages(self.values)]
        self.save(self.dice.randint(2, 8) if self.fate == "draft" else len(pages), at)

    def save(self, pages: int, at: datetime) -> None:
        """Save the first pages of the answers."""
        answered = [page for _section, page in all_pages(self.values)][:pages]
        keys = [question.key for page in answered for question in page.questions]
        values = {key: self.values[key] for key in keys if key in self.values}
        values["saved"] = [page.key for page in answered]
        response = self.now()
        responses.save_draft(
            response=response, values=values, by=self.contact, at=at, seen_number=response.draft_number
        )

    def submit(self, at: datetime) -> None:
        """Submit what is saved."""
        responses.submit_response(response=self.now(), by=self.contact, at=at, language=self.language)

    def edit(self, at: datetime) -> None:
        """Submit again with other words: a new version."""
        response = self.now()
        with translation.override(self.language):
            values = {"notes": _("Demo: invented. We have spoken about it again and stand by it.")}
        responses.save_draft(
            response=response, values=values, by=self.contact, at=at, seen_number=response.draft_number
        )
        self.submit(at)

    def mark_ready(self, at: datetime) -> None:
        """KS finds the answer ready."""
        responses.mark_ready(response=self.now(), by=self.context.kari, at=at)

    def ask(self, at: datetime) -> None:
        """KS asks for more."""
        with translation.override(self.language):
            question = _("Demo: How many of your staff can take part in meetings in English?")
        deadline = (at + timedelta(days=21)).date()
        responses.ask_for_info(
            response=self.now(), question=question, deadline=deadline, by=self.context.kari, at=at
        )

    def defer(self, at: datetime) -> None:
        """KS sets the answer aside until the budget is adopted."""
        with translation.override(self.language):
            reason = _("Demo: the municipality waits for its budget")
        wake_on = (at + timedelta(days=self.dice.randint(20, 120))).date()
        responses.defer_response(
            response=self.now(), reason=reason, wake_on=wake_on, by=self.context.kari, at=at
        )

    def withdraw(self, at: datetime) -> None:
        """The municipality takes its interest back."""
        responses.withdraw_response(response=self.now(), by=self.contact, at=at)

    def now(self) -> Response:
        """Return the response as it is now: runs and decisions move it too."""
        assert self.response is not None, "begun before it is answered"
        return Response.objects.select_related(
            "municipality", "round", "contact__municipality", "deputy"
        ).get(pk=self.response.pk)


def invent_values(
    municipality: Municipality, themes: Sequence[Theme], oblasts: Sequence[str], dice: Random
) -> dict[str, Any]:
    """Return raw answers by question key, as the form would post them."""
    live = [theme for theme in themes if theme.is_live]
    horizons = dice.choice(
        (
            [Horizon.LONG],
            [Horizon.LONG],
            [Horizon.SHORT, Horizon.LONG],
            [Horizon.SHORT, Horizon.LONG],
            [Horizon.SHORT],
        )
    )
    fitting = [theme for theme in live if theme.horizon == ThemeHorizon.BOTH or theme.horizon in horizons]
    offers = dice.sample(fitting, dice.randint(3, 7))
    values: dict[str, Any] = {
        "contact_name": _("Demo Contact"),
        "contact_title": _("Demo adviser"),
        "contact_phone": "00 00 00 00",
        "offers": [theme.slug for theme in offers],
        "wishes": [theme.slug for theme in dice.sample(live, dice.randint(0, 4))],
        "scope_understood": "yes",
        "horizons": [str(horizon) for horizon in horizons],
        "staff_hours": dice.choice(StaffHours.values),
        "capacity": dice.choices(("1", "2", "3"), (85, 12, 3))[0],
        "travel": dice.choice(("yes", "west", "no", "undecided")),
        "host": dice.choice(("yes", "yes", "no", "undecided")),
        "languages": ["en", *dice.choices(([], ["uk"], ["pl"], ["de"], ["no"]), (60, 10, 8, 7, 15))[0]],
        "interpreter": dice.choice(("yes", "no", "")),
        "existing_contact": dice.choices(("no", ""), (80, 20))[0],
        "refugee_oblasts": dice.sample(oblasts, dice.choice((0, 0, 1, 2, 3))),
        "notes": _("Demo: everything in this answer is invented."),
    }
    for theme in offers:
        values[f"offer_{theme.slug}_level"] = dice.choices(("2", "3", "4"), (45, 35, 20))[0]
        values[f"offer_{theme.slug}_text"] = _("Demo: an invented description of what can be shared.")
    if Horizon.SHORT in horizons:
        values["short_term_capacity"] = dice.choice(("0", "1", "1", "2", "3", ""))
    if dice.random() < 0.05:
        values["out_of_scope"] = ["physical-reconstruction"]
    return values | _email(municipality) | _invent_anchoring(dice) | _invent_preference(dice)


def _email(municipality: Municipality) -> dict[str, str]:
    label = links.website_host(municipality).partition(".")[0] or "fylke"
    return {"contact_email": f"postmottak@{label}.{DOMAIN}"}


def _invent_anchoring(dice: Random) -> dict[str, str]:
    stage = dice.choices(Anchoring.values, (15, 20, 20, 15, 25, 5))[0]
    values = {"anchoring": stage}
    if stage in {Anchoring.EXECUTIVE, Anchoring.COUNCIL} and dice.random() < 0.8:
        values["anchoring_body"] = _("Demo: the municipal council")
        values["anchoring_on"] = f"{dice.randint(1, 28):02}.{dice.randint(1, 6):02}.2026"
        values["anchoring_case"] = f"Demo 26/{dice.randint(1, 99)}"
    return values


def _invent_preference(dice: Random) -> dict[str, str]:
    preference = dice.choices(("", *Preference.values), (10, 40, 22, 28))[0]
    values = {"preference": preference, "refusal": Refusal.NONE.value if dice.random() < 0.9 else ""}
    if preference in {Preference.WAR_ZONE, Preference.OUTSIDE}:
        values["preference_reason"] = _("Demo: an invented reason.")
    if preference == Preference.OUTSIDE and dice.random() < 0.4:
        values["refusal"] = Refusal.WAR_ZONE.value
    elif preference == Preference.WAR_ZONE and dice.random() < 0.1:
        values["refusal"] = Refusal.OUTSIDE.value
    return values

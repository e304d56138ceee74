"""Invented candidates on real hromadas: review, a category of both organisations, consent, needs and what
they can teach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kommunesamarbeid.core.roles import Actor
from municipalities.candidates import candidates, categories
from municipalities.choices import (
    Authority,
    Category,
    ConsentScope,
    Horizon,
    NeedStatus,
    NeedVisibility,
    OfficialStatus,
    ThemeHorizon,
)
from municipalities.demo.timeline import Timeline, dice_for, share_out
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    Hromada,
    HromadaStatus,
    Need,
    OfficialListEdition,
    Theme,
)
from municipalities.needs import needs, suggestions
from municipalities.people import hromada_links
from municipalities.states import CandidateState

FATES = (
    ("pool", 8), ("under_review", 5), ("ks_to_confirm", 6), ("auc_to_confirm", 4), ("undetermined", 2),
    ("on_hold", 4),
    ("not_now", 3), ("ready", 68),
)  # fmt: skip
URGENCIES, URGENCY_WEIGHTS = (1, 2, 3, 4), (15, 30, 35, 20)


@dataclass(frozen=True)
class Pooling:
    """Who keeps the pool, and what it is argued with."""

    timeline: Timeline
    andrij: Actor
    kari: Actor
    themes: Sequence[Theme]
    edition: OfficialListEdition | None
    statuses: Mapping[int, HromadaStatus]
    seed: int

    def plan(self, hromadas: Sequence[Hromada]) -> None:
        """Plan how each hromada comes into the pool and how far it gets."""
        fates = share_out(FATES, len(hromadas), dice_for(self.seed, "pool"))
        for hromada, fate in zip(hromadas, fates, strict=True):
            status = self.statuses.get(hromada.pk)
            occupied = status is not None and status.whole == OfficialStatus.OCCUPIED
            Pooled(
                self, hromada, "occupied" if occupied else fate, dice_for(self.seed, hromada.katottg)
            ).plan()


class Pooled:
    """One hromada's way through the pool."""

    def __init__(self, context: Pooling, hromada: Hromada, fate: str, dice: Random) -> None:
        self.context, self.hromada, self.fate, self.dice = context, hromada, fate, dice
        # What does not touch the matching has dice of its own, so that it can change without moving
        # everything after it.
        self.other = dice_for(context.seed, f"{hromada.katottg} other")
        self.status = context.statuses.get(hromada.pk)
        self.category = self._category()
        by_ks = fate == "auc_to_confirm" or (fate == "ready" and dice.random() < 0.2)
        self.proposer, self.confirmer = (
            (context.kari, context.andrij) if by_ks else (context.andrij, context.kari)
        )
        self.candidate: Candidate | None = None
        self.assessment: CategoryAssessment | None = None
        self.needs: list[Need] = []

    def plan(self) -> None:
        """Plan the steps: most have been in the pool for long."""
        dice, at = self.dice, self.context.timeline.at
        old = dice.random() < 0.8
        added = self.context.timeline.working_hour(
            dice.randint(245, 340) if old else dice.randint(30, 150), dice
        )
        at(added, self.add)
        if self.fate == "pool":
            return
        at(added + timedelta(days=1), self.review)
        at(added + timedelta(days=1, hours=1), self.add_needs)
        if self.fate == "occupied":
            at(added + timedelta(days=2), self.close)
            return
        at(added + timedelta(days=2), self.consent)
        if self.fate != "under_review":
            at(added + timedelta(days=3), self.propose)
        if self.fate in {"ready", "on_hold", "not_now"}:
            at(added + timedelta(days=dice.randint(5, 14)), self.confirm)
            at(added + timedelta(days=15), self.ready)
        if self.fate in {"on_hold", "not_now"}:
            at(added + timedelta(days=dice.randint(16, 28)), self.close)
        if dice.random() < 0.6:
            at(self.context.timeline.working_hour(dice.randint(3, 50), dice), self.store_needs)
        elif self.other.random() < 0.6:
            at(self.context.timeline.working_hour(self.other.randint(3, 50), self.other), self.confirm_needs)
        if self.fate == "ready" and self.other.random() < 0.05:
            at(self.context.timeline.working_hour(2, self.other), self.speak)

    # --- the steps, each a call or a few of a service -------------------------------------------------------

    def add(self, at: datetime) -> None:
        """AUC adds the hromada; what nobody knows stays unknown."""
        dice, state = self.dice, self.context
        war = self.category == Category.WAR_ZONE
        facts: dict[str, Any] = {
            "authority": Authority.UNKNOWN
            if self.fate == "occupied"
            else Authority.MILITARY
            if war and dice.random() < 0.4
            else Authority.COUNCIL,
            "capacity": dice.choices((1, 2), (90, 10))[0],
            "languages": dice.choice((["uk", "en"], ["uk", "en"], ["uk", "pl"], ["uk"], None)),
            "interpreter": dice.choice((True, False, None)),
            "agriculture": dice.choice((True, False, None)),
            "industry_energy": dice.choice((True, False, None)),
            "university": dice.choice((False, False, None)),
        }
        self.candidate = candidates.add_candidate(
            hromada=self.hromada, by=state.andrij, at=at, is_fictional=True, **facts
        )

    def review(self, at: datetime) -> None:
        """AUC takes the candidate under review."""
        self.move(CandidateState.UNDER_REVIEW, at)

    def ready(self, at: datetime) -> None:
        """AUC finds the candidate ready."""
        self.move(CandidateState.READY, at)

    def close(self, at: datetime) -> None:
        """AUC sets the candidate aside, saying why."""
        with translation.override("uk"):
            reason = {
                "occupied": _("Demo: temporarily occupied, no working authority known"),
                "on_hold": _("Demo: waits for a decision of the local council"),
            }.get(self.fate, _("Demo: has asked to wait until next year"))
        self.move(CandidateState.ON_HOLD if self.fate == "on_hold" else CandidateState.NOT_NOW, at, reason)

    def move(self, to: str, at: datetime, reason: str = "") -> None:
        """Move the review state."""
        candidates.move_candidate(
            candidate=self.now(), to=to, by=self.context.andrij, at=at, reason=reason, despite_partner=True
        )

    def consent(self, at: datetime) -> None:
        """Record that the hromada agrees to be listed."""
        scope = ConsentScope.PUBLIC if self.dice.random() < 0.3 else ConsentScope.NORWEGIAN
        with translation.override("uk"):
            office = _office()
        candidates.record_consent(
            candidate=self.now(),
            scope=scope,
            given_on=timezone.localdate(at),
            given_by=office,
            by=self.context.andrij,
            at=at,
        )

    def propose(self, at: datetime) -> None:
        """One organisation proposes the category.

        The list's edition is the evidence, and all else is said to be invented.
        """
        today = timezone.localdate(at)
        category = Category.UNDETERMINED if self.fate == "undetermined" else self.category
        with translation.override("uk" if self.proposer == self.context.andrij else "nb"):
            source, reason = _("Official list of hostilities"), _("Demo: invented assessment")
        self.assessment = categories.propose_category(
            candidate=self.now(),
            facts=categories.CategoryFacts(
                category=category,
                valid_from=today,
                source=source,
                reason=reason,
                edition=self.context.edition,
                official_status=self.official_status,
                review_due=today + timedelta(days=self.dice.choice((180, 270, 365))),
            ),
            by=self.proposer,
            at=at,
        )

    def confirm(self, at: datetime) -> None:
        """The other organisation confirms it."""
        assert self.assessment is not None, "proposed before it is confirmed"
        categories.confirm_category(assessment=self.assessment, by=self.confirmer, at=at)

    def add_needs(self, at: datetime) -> None:
        """AUC writes down needs, and now and then what the hromada can teach."""
        dice, live = self.dice, [theme for theme in self.context.themes if theme.is_live]
        for theme in dice.sample(live, dice.randint(2, 5)):
            self.needs.append(self.add_need(theme, at))
        if dice.random() < 0.04:
            self.add_need(
                next(theme for theme in self.context.themes if theme.slug == "physical-reconstruction"), at
            )
        for theme in dice.sample(live, dice.choice((0, 1, 1, 2))):
            with translation.override("uk"):
                text = _("Demo: an invented experience to share.")
            needs.add_teaching(candidate=self.now(), theme=theme, by=self.context.andrij, at=at, text=text)

    def add_need(self, theme: Theme, at: datetime) -> Need:
        """Write one need in three languages."""
        dice = self.dice
        horizon = dice.choice(Horizon.values) if theme.horizon == ThemeHorizon.BOTH else theme.horizon
        urgency = dice.choices(URGENCIES, URGENCY_WEIGHTS)[0]
        with translation.override("uk"):
            text_uk = _("Demo: an invented need.")
        return needs.add_need(
            candidate=self.now(),
            theme=theme,
            horizon=horizon,
            urgency=urgency,
            by=self.context.andrij,
            at=at,
            text_uk=text_uk,
            text_en="Demo: an invented need.",
            text_nb=_("Demo: an invented need."),
            visibility=dice.choice(
                (NeedVisibility.INTERNAL, NeedVisibility.PARTNERS, NeedVisibility.PARTNERS)
            ),
        )

    def store_needs(self, at: datetime) -> None:
        """AUC goes through the needs again: most stand, some change or fall away, and KS has a word
        to some.
        """
        for need in self.needs:
            what = self.dice.choices(
                ("confirm", "change", "withdraw", "comment", "leave"), (50, 8, 4, 6, 32)
            )[0]
            if what == "confirm" or (what == "leave" and self.other.random() < 0.9):
                needs.confirm_need(need=need, by=self.context.andrij, at=at)
            elif what == "change":
                changes = self.dice.choice(
                    ({"urgency": self.dice.choice(URGENCIES)}, {"status": NeedStatus.PARTLY_MET.value})
                )
                needs.change_need(
                    need=need, seen_edition=need.edition, changes=changes, by=self.context.andrij, at=at
                )
            elif what == "withdraw":
                needs.withdraw_need(need=need, by=self.context.andrij, at=at)
            elif what == "comment":
                self.comment(need, at)

    def confirm_needs(self, at: datetime) -> None:
        """AUC goes through the needs again and finds them all as they were."""
        for need in self.needs:
            needs.confirm_need(need=need, by=self.context.andrij, at=at)

    def comment(self, need: Need, at: datetime) -> None:
        """KS suggests something; AUC takes half of it to heart."""
        text = _("Demo: several Norwegian municipalities offer this. Could the horizon be longer?")
        comment = needs.comment_need(need=need, text=text, by=self.context.kari, at=at)
        if self.dice.random() < 0.5:
            needs.accept_comment(comment=comment, by=self.context.andrij, at=at)

    def speak(self, at: datetime) -> None:
        """The hromada's contact has said something on the hromada's own page; AUC has not read it yet."""
        place = self.hromada
        with translation.override("uk"):
            name, text, office = (
                _("Demo: invented contact person"),
                _("Demo: an invented experience to share."),
                _office(),
            )
        contact = hromada_links.add_contact(
            hromada=place,
            email=f"kontakt@{place.katottg[2:9].lower()}.example",
            name=name,
            by=self.context.andrij,
            at=at,
        )
        by = Actor.hromada_contact(contact.pk)
        current = list(self.now().needs.current().select_related("theme"))
        for need in current[:1]:
            suggestions.suggest_change(
                need=need, changes={"urgency": 1 if need.urgency > 1 else 2}, by=by, at=at
            )
        for need in current[1:2]:
            suggestions.suggest_confirm(need=need, by=by, at=at)
        taught = set(self.now().teachings.values_list("theme_id", flat=True))
        theme = next(theme for theme in self.context.themes if theme.is_live and theme.pk not in taught)
        suggestions.suggest_teaching(candidate=self.now(), theme=theme, text=text, by=by, at=at)
        suggestions.suggest_consent(
            candidate=self.now(), scope=ConsentScope.PUBLIC, given_by=office, by=by, at=at
        )

    # --- what is known --------------------------------------------------------------------------------------

    def _category(self) -> Category:
        """War zone where the list had an open entry, or an ended one and the dice say so; else outside."""
        if self.status is None:
            return Category.OUTSIDE
        still_open = bool(self.status.whole or self.status.part)
        return Category.WAR_ZONE if still_open or self.dice.random() < 0.5 else Category.OUTSIDE

    @property
    def official_status(self) -> str:
        """What the edition said, in the desk's codes."""
        if self.status is None or not (self.status.whole or self.status.part):
            return "none"
        return f"{self.status.whole} whole" if self.status.whole else f"{self.status.part} part"

    def now(self) -> Candidate:
        """Return the candidate as the last act left it."""
        assert self.candidate is not None, "added before it is kept"
        return self.candidate


def _office() -> str:
    return _("Demo: the mayor's office")

"""The fixed answers and codes of both sides, each in one place."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.visibility import Level


class PartyKind(TextChoices):
    """What kind of Norwegian party."""

    MUNICIPALITY = "municipality", _("municipality")
    COUNTY = "county", _("county authority")


class WrittenStandard(TextChoices):
    """The municipality's written standard (målform)."""

    NB = "nb", _("bokmål")
    NN = "nn", _("nynorsk")
    NEUTRAL = "neutral", _("neutral")


class HromadaType(TextChoices):
    """The kind of the hromada's centre, as of 2020."""

    URBAN = "urban", _("urban")
    SETTLEMENT = "settlement", _("settlement")
    RURAL = "rural", _("rural")
    SPECIAL = "special", _("city with special status")


class OfficialStatus(TextChoices):
    """Classes of the official list of hostilities, gravest last."""

    POSSIBLE = "possible", _("possible hostilities")
    ACTIVE_EREGISTERS = "active_eregisters", _("active hostilities, electronic registers working")
    ACTIVE = "active", _("active hostilities")
    OCCUPIED = "occupied", _("temporarily occupied")


GRAVITY = {status: rank for rank, status in enumerate(OfficialStatus.values)}


class Category(TextChoices):
    """KS's two categories, and not yet decided."""

    WAR_ZONE = "war_zone", _("In the war zone")
    OUTSIDE = "outside", _("Outside the war zone")
    UNDETERMINED = "undetermined", _("Undetermined")


class Horizon(TextChoices):
    """Short-term help while the war lasts, or long-term co-operation."""

    SHORT = "short", _("short-term")
    LONG = "long", _("long-term")


class ThemeHorizon(TextChoices):
    """Which horizons a theme is meant for."""

    SHORT = "short", _("short-term")
    LONG = "long", _("long-term")
    BOTH = "both", _("both")


class ThemeScope(TextChoices):
    """Whether KS's scheme covers the theme."""

    IN = "in", _("in scope")
    ADVICE = "advice", _("advice, training and operation only")
    OUT = "out", _("out of scope: recorded and referred")


class Urgency(IntegerChoices):
    """How soon a need must be met."""

    CRITICAL = 1, _("critical")
    SOON = 2, _("soon")
    IMPORTANT = 3, _("important")
    CAN_WAIT = 4, _("can wait")


class OfferLevel(IntegerChoices):
    """What a municipality can do within a theme (its points: docs/scoring.md)."""

    ADVISE = 2, _("can advise")
    EXPERTS = 3, _("has experts")
    LEAD = 4, _("can host or lead")


class Preference(TextChoices):
    """Which category a municipality wishes its partner to be in."""

    NONE = "none", _("No preference")
    WAR_ZONE = "war_zone", _("In the war zone")
    OUTSIDE = "outside", _("Outside the war zone")


class Refusal(TextChoices):
    """A category a municipality says no to; a rule, not a wish."""

    NONE = "none", _("No, both are possible")
    WAR_ZONE = "war_zone", _("Not in the war zone")
    OUTSIDE = "outside", _("Not outside the war zone")


class ShortTermCapacity(IntegerChoices):
    """How much short-term help a municipality can give."""

    NONE = 0, _("None now")
    LITTLE = 1, _("Some: advice and small shipments")
    MEDIUM = 2, _("Medium: one larger effort a year")
    LARGE = 3, _("Large: repeated efforts")


class StaffHours(TextChoices):
    """Staff hours a month, as a band."""

    UNDER_10 = "under_10", _("Under 10 hours a month")
    FROM_10 = "10_25", _("10–25 hours a month")
    FROM_25 = "25_50", _("25–50 hours a month")
    OVER_50 = "over_50", _("More than 50 hours a month")
    UNDECIDED = "undecided", _("Not decided")


class Anchoring(TextChoices):
    """How far the political anchoring has come."""

    IDEA = "idea", _("An idea, not discussed yet")
    ADMINISTRATION = "administration", _("Discussed in the administration")
    MAYOR = "mayor", _("The mayor supports it")
    EXECUTIVE = "executive", _("Handled by the executive committee")
    COUNCIL = "council", _("Adopted by the council")
    UNKNOWN = "unknown", _("Not settled")


class Language(TextChoices):
    """Working languages both sides may share; the order is the engine's bit order."""

    EN = "en", _("English")
    UK = "uk", _("Ukrainian")
    PL = "pl", _("Polish")
    DE = "de", _("German")
    NO = "no", _("Norwegian")
    FR = "fr", _("French")


class Authority(TextChoices):
    """Who governs the hromada."""

    COUNCIL = "council", _("council and elected head")
    ACTING = "acting", _("acting head")
    MILITARY = "military", _("military administration")
    UNKNOWN = "unknown", _("not known")


class ConsentScope(TextChoices):
    """Where a candidate agrees to be listed."""

    NONE = "none", _("not at all")
    NORWEGIAN = "norwegian", _("to Norwegian municipalities")
    PUBLIC = "public", _("publicly")


class Priority(IntegerChoices):
    """How much AUC wants a partner for the candidate; not set is not low."""

    HIGH = 1, _("high")
    MEDIUM = 2, _("medium")
    LOW = 3, _("low")


class ReviewKind(TextChoices):
    """What a new edition of the official list changed for a candidate."""

    NEW = "new", _("new on the list")
    CHANGED = "changed", _("changed")
    ENDED = "ended", _("ended")


class ReviewOutcome(TextChoices):
    """How a review task was closed."""

    ASSESSED = "assessed", _("a category was proposed")
    NO_CHANGE = "no_change", _("no change")
    REPLACED = "replaced", _("the edition was loaded again")


class Programme(TextChoices):
    """Other roads to a foreign partner."""

    CITIES4CITIES = "c4c", _("Cities4Cities | United4Ukraine")
    BRIDGES_OF_TRUST = "bot", _("Bridges of Trust")
    U_LEAD = "u_lead", _("U-LEAD with Europe")
    SKEW = "skew", _("SKEW, German-Ukrainian partnerships")
    OTHER = "other", _("another programme")


class ProgrammeStatus(TextChoices):
    """How far the other road has led."""

    LISTED = "listed", _("looks for a partner there")
    IN_TALKS = "in_talks", _("in talks")
    MATCHED = "matched", _("has found a partner")
    ENDED = "ended", _("ended")


class PartnershipKind(TextChoices):
    """How firm a known partnership is."""

    SIGNED = "signed", _("signed")
    INTENT = "intent", _("letter of intent")
    COOPERATION = "cooperation", _("co-operation")
    PLANNED = "planned", _("planned")
    PROJECT = "project", _("project")


class UploadKind(TextChoices):
    """What an uploaded file is about."""

    CANDIDATES = "candidates", _("list of candidates")
    EDITION = "edition", _("edition of the official list")
    PARTNERSHIPS = "partnerships", _("foreign partnerships")
    NEEDS = "needs", _("needs")


class NeedStatus(TextChoices):
    """What became of a need."""

    OPEN = "open", _("open")
    PARTLY_MET = "partly_met", _("partly met")
    MET = "met", _("met")
    WITHDRAWN = "withdrawn", _("no longer current")


class NeedVisibility(TextChoices):
    """Who may read a need; at most the partner while in the war zone or undetermined."""

    INTERNAL = "internal", _("KS and AUC")
    PARTNERS = "partners", _("the partner")
    PUBLIC = "public", _("public")

    @property
    def level(self) -> Level:
        """The level at which whoever reads it stands."""
        return Level[self.name]

    def within(self, category: str) -> NeedVisibility:
        """Return this, or the most that is open of a candidate of the category: only what lies outside the
        war zone is public.
        """
        return NeedVisibility.PARTNERS if self == self.PUBLIC and category != Category.OUTSIDE else self


class SuggestionKind(TextChoices):
    """What a hromada's contact says on the hromada's own page."""

    CONFIRM = "confirm", _("the need is current")
    CHANGE = "change", _("the need has changed")
    WITHDRAW = "withdraw", _("the need is no longer current")
    ADD = "add", _("a new need")
    TEACH = "teach", _("can teach others")
    UNTEACH = "unteach", _("does not teach this any more")
    CONSENT = "consent", _("consent to be listed")
    CONTACT = "contact", _("contact person")


class SuggestionOutcome(TextChoices):
    """What became of what a hromada said."""

    WAITING = "waiting", _("waits for AUC")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("left as it was")
    TAKEN_BACK = "taken_back", _("taken back by the hromada")


class DamageBand(TextChoices):
    """How badly the hromada is damaged, by a named source."""

    UNKNOWN = "unknown", _("not known")
    NONE = "none", _("none")
    LIGHT = "light", _("light")
    MODERATE = "moderate", _("moderate")
    SEVERE = "severe", _("severe")
    VERY_SEVERE = "very_severe", _("very severe")


class LinkRight(TextChoices):
    """What a link lets its holder do."""

    EDIT = "edit", _("may edit")
    SUBMIT = "submit", _("may edit and submit")
    CONFIRM = "confirm", _("may confirm")


class LinkStatus(TextChoices):
    """Whether the address was on the municipality's domain, or waits for KS."""

    ACCEPTED = "accepted", _("accepted")
    WAITING = "waiting", _("waits for KS")
    REFUSED = "refused", _("refused")

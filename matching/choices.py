"""The fixed codes of matching, decisions and agreements."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Objective(TextChoices):
    """What a run maximises, level by level."""

    TOTAL = "total", _("Highest total score")
    PARTNERSHIPS = "partnerships", _("Most partnerships, then highest total")
    LEXIMIN = "leximin", _("Most partnerships, then the weakest pair as strong as possible")
    URGENT_FIRST = "urgent_first", _("Most urgent needs met, then most partnerships")


class SchemeState(TextChoices):
    """A scheme is tried as a draft and published by a second person."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("In force")
    RETIRED = "retired", _("Retired")


class Side(TextChoices):
    """The two sides of a pair."""

    NORWEGIAN = "no", _("Norwegian side")
    UKRAINIAN = "ua", _("Ukrainian side")


class PairRuleKind(TextChoices):
    """What KS has ruled about a pair for the runs to come."""

    FORBID = "forbid", _("Never propose")
    LOCK = "lock", _("Always propose")


class AnalysisKind(TextChoices):
    """What is worked out about a run's plan after the plan itself."""

    OBJECTIVES = "objectives", _("Objectives side by side")
    STABILITY = "stability", _("Stability")
    PRICES = "prices", _("Prices")


class DecisionKind(TextChoices):
    """Whose decision it is."""

    KS_FIRST = "ks_first", _("KS, first")
    KS_SECOND = "ks_second", _("KS, second person")
    AUC = "auc", _("AUC")


class Verdict(TextChoices):
    """What was decided."""

    APPROVE = "approve", _("approved")
    REJECT = "reject", _("rejected")
    HOLD = "hold", _("put on hold")
    RESUME = "resume", _("taken up again")
    WITHDRAW = "withdraw", _("withdrawn")


class RejectReason(TextChoices):
    """Why a proposal was rejected; feeds the next run."""

    GEOGRAPHY = "geography", _("Geography")
    CAPACITY = "capacity", _("Capacity")
    SECURITY = "security", _("Security")
    PARTY_WISH = "party_wish", _("Wish of a party")
    OTHER = "other", _("Other")


class ProposalOrigin(TextChoices):
    """Where a proposal comes from."""

    COMPUTED = "computed", _("computed by the run")
    ALTERNATIVE = "alternative", _("alternative chosen by KS")
    BY_HAND = "by_hand", _("pair made by hand")
    FOLLOW_UP = "follow_up", _("next best after a partnership that did not come about")


class Reply(TextChoices):
    """What one side answers to an introduction."""

    YES = "yes", _("Yes, we wish to co-operate")
    NO = "no", _("No")
    TALK = "talk", _("We wish to talk to KS or AUC first")


class Origin(TextChoices):
    """How the portal came to know of an agreement."""

    MATCHED = "matched", _("approved proposal")
    EXISTING = "existing", _("existing co-operation, entered by KS")
    REPORTED = "reported", _("reported in a public source")


class AgreementKind(TextChoices):
    """What kind of paper it is."""

    INTENT = "intent", _("letter of intent")
    COOPERATION = "cooperation", _("co-operation agreement")
    OTHER = "other", _("other")


class MilestoneKind(TextChoices):
    """Parallel dated facts of an agreement; their order differs from pair to pair."""

    NO_MANDATE = "no_mandate", _("Norwegian mandate to seek or sign")
    NO_DECISION = "no_decision", _("Decision of the Norwegian council")
    UA_CLEARANCE_SENT = "ua_clearance_sent", _("Draft sent to the Ukrainian ministry")
    UA_CLEARANCE_GIVEN = "ua_clearance_given", _("Cleared by the Ukrainian ministry")
    UA_DECISION = "ua_decision", _("Decision of the Ukrainian council")
    SIGNATURE = "signature", _("Signed")
    UA_REGISTRATION = "ua_registration", _("Registered in Ukraine")


class Precision(TextChoices):
    """How precisely a date is known."""

    YEAR = "year", _("year")
    MONTH = "month", _("month")
    DAY = "day", _("day")

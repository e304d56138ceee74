"""The states of responses and candidates and the steps between them (S-01, S-02)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ResponseState(TextChoices):
    """Where a municipality's response stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Interest registered")
    AWAITING_INFO = "awaiting_info", _("Awaiting information")
    READY = "ready", _("Ready for matching")
    MATCHED = "matched", _("Matched")
    DEFERRED = "deferred", _("Deferred")
    WITHDRAWN = "withdrawn", _("Withdrawn")


R = ResponseState
RESPONSE_TRANSITIONS: dict[str, frozenset[str]] = {
    R.DRAFT: frozenset({R.SUBMITTED, R.WITHDRAWN}),
    # submitted → submitted: a later edit is a new version and is reviewed again.
    R.SUBMITTED: frozenset({R.SUBMITTED, R.AWAITING_INFO, R.READY, R.DEFERRED, R.WITHDRAWN}),
    R.AWAITING_INFO: frozenset({R.SUBMITTED, R.WITHDRAWN}),
    R.READY: frozenset({R.SUBMITTED, R.AWAITING_INFO, R.MATCHED, R.DEFERRED, R.WITHDRAWN}),
    # matched → ready: an undone agreement frees the place.
    R.MATCHED: frozenset({R.READY, R.WITHDRAWN}),
    R.DEFERRED: frozenset({R.SUBMITTED, R.READY, R.WITHDRAWN}),
    R.WITHDRAWN: frozenset(),
}


class CandidateState(TextChoices):
    """Where the review of a candidate stands."""

    POOL = "pool", _("In the pool")
    UNDER_REVIEW = "under_review", _("Under review")
    READY = "ready", _("Ready for matching")
    ON_HOLD = "on_hold", _("On hold")
    NOT_NOW = "not_now", _("Not now")


C = CandidateState
CANDIDATE_TRANSITIONS: dict[str, frozenset[str]] = {
    C.POOL: frozenset({C.UNDER_REVIEW, C.NOT_NOW}),
    C.UNDER_REVIEW: frozenset({C.READY, C.ON_HOLD, C.NOT_NOW, C.POOL}),
    C.READY: frozenset({C.UNDER_REVIEW, C.ON_HOLD, C.NOT_NOW}),
    C.ON_HOLD: frozenset({C.UNDER_REVIEW, C.READY, C.NOT_NOW}),
    C.NOT_NOW: frozenset({C.UNDER_REVIEW}),
}

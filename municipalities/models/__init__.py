"""The tables of the lower floor, one file per subject."""

from __future__ import annotations

from municipalities.models.candidate import (
    Candidate,
    CategoryAssessment,
    Consent,
    Need,
    NeedComment,
    Teaching,
)
from municipalities.models.joint import JointMember
from municipalities.models.kept import KeptInput
from municipalities.models.list_review import ListReview
from municipalities.models.official_list import HromadaStatus, OfficialListEdition, OfficialListEntry
from municipalities.models.old_form import OldFormRow
from municipalities.models.partnerships import OfferedThrough
from municipalities.models.people import AccessLink, ContactPerson, MailDomain
from municipalities.models.register import County, Hromada, KnownPartnership, Municipality, Oblast
from municipalities.models.response import Offer, Response, ResponseVersion, Round, Wish
from municipalities.models.suggestion import NeedDraft, Suggestion
from municipalities.models.themes import Theme
from municipalities.models.upload import Upload

__all__ = [
    "AccessLink",
    "Candidate",
    "CategoryAssessment",
    "Consent",
    "ContactPerson",
    "County",
    "Hromada",
    "HromadaStatus",
    "JointMember",
    "KeptInput",
    "KnownPartnership",
    "ListReview",
    "MailDomain",
    "Municipality",
    "Need",
    "NeedComment",
    "NeedDraft",
    "Oblast",
    "Offer",
    "OfferedThrough",
    "OfficialListEdition",
    "OfficialListEntry",
    "OldFormRow",
    "Response",
    "ResponseVersion",
    "Round",
    "Suggestion",
    "Teaching",
    "Theme",
    "Upload",
    "Wish",
]

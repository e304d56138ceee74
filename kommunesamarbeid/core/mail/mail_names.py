"""What a mail is called in the list of what was told in a case, whoever keeps the case."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAIL_NAMES: Final[dict[str, Promise]] = {
    "receipt": _("Receipt"),
    "receipt_office": _("Receipt to the office"),
    "response_submitted": _("Told to KS"),
    "info_needed": _("Question from KS"),
    "withdrawn": _("Interest withdrawn"),
    "reopened": _("Answers opened again"),
    "draft_untouched": _("Reminder of a draft"),
    "draft_ends": _("Notice that a draft is erased"),
    "deadline_week": _("A week to the deadline"),
    "deadline_day": _("A day to the deadline"),
    "joint_invitation": _("Asked to apply together"),
    "introduction": _("Introduction, Norwegian side"),
    "introduction_auc": _("Introduction, AUC"),
    "introduction_hromada": _("Introduction, Ukrainian side"),
    "introduction_reminder": _("Reminder, Norwegian side"),
    "introduction_hromada_reminder": _("Reminder, Ukrainian side"),
    "introduction_auc_reminder": _("Reminder, AUC"),
    "introduction_unreached_no": _("Nobody reached on the Norwegian side, case owner"),
    "introduction_unreached_ua": _("Nobody reached on the Ukrainian side, case owner"),
    "introduction_lapsed": _("Introduction lapsed, case owner"),
    "step_due": _("Step due soon, Norwegian side"),
    "step_due_staff": _("Step due soon, responsible staff"),
}


def mail_name(template: str) -> str:
    """Return what a mail is called; its code when no case lists it."""
    return str(MAIL_NAMES.get(template, template))

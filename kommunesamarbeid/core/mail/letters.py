"""Every mail that goes out, as data: at what event, to whom, in which languages, and the values that it
carries.

The standard text stands in `templates/mail/<name>.txt` and the catalogs; KS's own text, where there is one,
in `MailText`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.languages import AUC, NORWEGIAN_SIDE, STAFF, UKRAINIAN_SIDE
from kommunesamarbeid.core.mail.placeholders import (
    REFERENCE,
    Placeholder,
    link,
    moment,
    name_of,
    number,
    part,
)


@dataclass(frozen=True)
class Letter:
    """A mail, or with `is_page` a text on a page, which has no subject and no standard text.

    `in_case` is what a mail is called in the list of what was told in a case, whoever keeps the case.
    """

    name: str
    event: str | Promise
    to: str | Promise
    languages: tuple[str, ...]
    placeholders: tuple[Placeholder, ...] = ()
    in_case: str | Promise = ""
    is_page: bool = False

    @property
    def title(self) -> str:
        """Return what sets it apart from every other text."""
        return f"{self.event}: {self.to}"

    @property
    def sample(self) -> dict[str, Any]:
        """Return the context that the fictional cast gives."""
        return {key: value for placeholder in self.placeholders for key, value in placeholder.sample.items()}

    @property
    def in_subject(self) -> tuple[Placeholder, ...]:
        """Return what may stand in the subject: a link opens doors, and a subject is read over shoulders and
        kept in logs.
        """
        return tuple(placeholder for placeholder in self.placeholders if not placeholder.is_link)


_CONTACT, _OFFICE = _("The municipality's contact person"), _("The municipality's office")
_HROMADA, _EDITORS = _("The hromada's contact person"), _("AUC's editors")
_OWNER, _REVIEWERS = _("Whoever of KS has the case"), _("Whoever reviews candidates, in KS and AUC")
_AT_ONCE, _DAILY = (
    _("Whoever reviews answers and wants each at once"),
    _("Whoever reviews answers and wants them once a day"),
)
_PLACE = name_of(
    "municipality", _("The name of the municipality"), sample=SimpleNamespace(name="Eksempelvik")
)
_HROMADA_PLACE = name_of("place", _("The name of the hromada"), sample="Прикладська громада")
_HOURS = number("hours", _("For how many hours the link works"), sample=24)
_DEADLINE = moment("closes", "deadline", _("The deadline, date and time"), form="DATETIME_FORMAT")
_ENDS = moment("ends", "end", _("The date on which the draft is erased"), form="DATE_FORMAT")
_NEW_LINK = link("register_interest")
_OPEN_LINK = link("open_link", "token", meaning=_("The personal link. The text must have it."))
_ELSEWHERE = _("Where one asks for a new link")
_ASK_AGAIN = link("register_interest", name="new_link", meaning=_ELSEWHERE)
_AGREEMENT = link("admin:matching_agreement_change", "agreement")
_INVITATION = link("accept_invitation", "token", meaning=_("The personal link. The text must have it."))
_CASE = (REFERENCE, _NEW_LINK)

LETTERS: dict[str, Letter] = {
    letter.name: letter
    for letter in (
        Letter(
            "link",
            _("Somebody asks for a link"),
            _CONTACT,
            NORWEGIAN_SIDE,
            (_PLACE, _OPEN_LINK, _HOURS, _ASK_AGAIN),
        ),
        Letter(
            "invitation",
            _("A colleague is let in"),
            _("The colleague"),
            NORWEGIAN_SIDE,
            (_PLACE, _OPEN_LINK, _HOURS, _ASK_AGAIN),
        ),
        Letter("receipt", _("Answers are submitted"), _CONTACT, NORWEGIAN_SIDE, _CASE, in_case=_("Receipt")),
        Letter(
            "receipt_office",
            _("Answers are submitted"),
            _OFFICE,
            NORWEGIAN_SIDE,
            _CASE,
            in_case=_("Receipt to the office"),
        ),
        Letter(
            "response_submitted",
            _("Answers are submitted"),
            _AT_ONCE,
            STAFF,
            (REFERENCE, link("admin:municipalities_response_change", "response")),
            in_case=_("Told to KS"),
        ),
        Letter(
            "response_digest",
            _("Once a day when answers have come"),
            _DAILY,
            STAFF,
            (
                number("count", _("How many answers; the sentence must fit one and many")),
                link("admin:municipalities_response_changelist"),
            ),
        ),
        Letter(
            "info_needed",
            _("KS asks about the answers"),
            _CONTACT,
            NORWEGIAN_SIDE,
            _CASE,
            in_case=_("Question from KS"),
        ),
        Letter(
            "reopened",
            _("KS opens the answers again"),
            _CONTACT,
            NORWEGIAN_SIDE,
            _CASE,
            in_case=_("Answers opened again"),
        ),
        Letter(
            "withdrawn",
            _("The interest is withdrawn"),
            _CONTACT,
            NORWEGIAN_SIDE,
            _CASE,
            in_case=_("Interest withdrawn"),
        ),
        Letter(
            "draft_untouched",
            _("A draft is untouched for 14 days"),
            _CONTACT,
            NORWEGIAN_SIDE,
            _CASE,
            in_case=_("Reminder of a draft"),
        ),
        Letter(
            "deadline_week",
            _("A week to the deadline, not submitted"),
            _CONTACT,
            NORWEGIAN_SIDE,
            (*_CASE, _DEADLINE),
            in_case=_("A week to the deadline"),
        ),
        Letter(
            "deadline_day",
            _("A day to the deadline, not submitted"),
            _CONTACT,
            NORWEGIAN_SIDE,
            (*_CASE, _DEADLINE),
            in_case=_("A day to the deadline"),
        ),
        Letter(
            "draft_ends",
            _("30 days until a draft is erased"),
            _CONTACT,
            NORWEGIAN_SIDE,
            (
                *_CASE,
                _ENDS,
                part(
                    "what_to_do",
                    _("What the reader can do; the portal writes it, and the text must have it"),
                    required=True,
                    can_change=True,
                ),
            ),
            in_case=_("Notice that a draft is erased"),
        ),
        Letter(
            "joint_invitation",
            _("A municipality is named in a joint application"),
            _CONTACT,
            NORWEGIAN_SIDE,
            _CASE,
            in_case=_("Asked to apply together"),
        ),
        Letter(
            "notice_asked",
            _("Somebody wants to be told when registration opens"),
            _("The address that was given"),
            NORWEGIAN_SIDE,
            (
                _PLACE,
                link("notice_off", "token", meaning=_("Where the address is erased. The text must have it.")),
            ),
        ),
        Letter(
            "round_open",
            _("Registration opens"),
            _("Those who asked to be told"),
            NORWEGIAN_SIDE,
            (_PLACE, _NEW_LINK),
        ),
        Letter(
            "introduction",
            _("A pair is approved"),
            _CONTACT,
            NORWEGIAN_SIDE,
            (REFERENCE, _OPEN_LINK),
            in_case=_("Introduction, Norwegian side"),
        ),
        Letter(
            "introduction_reminder",
            _("No answer to the introduction after 7 and 12 days"),
            _CONTACT,
            NORWEGIAN_SIDE,
            (REFERENCE, _OPEN_LINK),
            in_case=_("Reminder, Norwegian side"),
        ),
        Letter(
            "introduction_hromada",
            _("A pair is approved"),
            _HROMADA,
            UKRAINIAN_SIDE,
            (REFERENCE, _OPEN_LINK),
            in_case=_("Introduction, Ukrainian side"),
        ),
        Letter(
            "introduction_hromada_reminder",
            _("No answer to the introduction after 7 and 12 days"),
            _HROMADA,
            UKRAINIAN_SIDE,
            (REFERENCE, _OPEN_LINK),
            in_case=_("Reminder, Ukrainian side"),
        ),
        Letter(
            "introduction_auc",
            _("A pair is approved"),
            _EDITORS,
            STAFF,
            (REFERENCE, _AGREEMENT),
            in_case=_("Introduction, AUC"),
        ),
        Letter(
            "introduction_auc_reminder",
            _("No answer from the hromada after 7 and 12 days"),
            _EDITORS,
            STAFF,
            (REFERENCE, _AGREEMENT),
            in_case=_("Reminder, AUC"),
        ),
        Letter(
            "introduction_unreached_no",
            _("Nobody on the Norwegian side of an introduction can be reached"),
            _OWNER,
            STAFF,
            (REFERENCE, _AGREEMENT),
            in_case=_("Nobody reached on the Norwegian side, case owner"),
        ),
        Letter(
            "introduction_unreached_ua",
            _("Nobody on the Ukrainian side of an introduction can be reached"),
            _OWNER,
            STAFF,
            (REFERENCE, _AGREEMENT),
            in_case=_("Nobody reached on the Ukrainian side, case owner"),
        ),
        Letter(
            "introduction_lapsed",
            _("An introduction is not answered in time"),
            _OWNER,
            STAFF,
            (REFERENCE, _AGREEMENT),
            in_case=_("Introduction lapsed, case owner"),
        ),
        Letter(
            "step_due",
            _("A step is due in 14 days"),
            _CONTACT,
            NORWEGIAN_SIDE,
            _CASE,
            in_case=_("Step due soon, Norwegian side"),
        ),
        Letter(
            "step_due_staff",
            _("A step is due in 14 days"),
            _("Whoever follows the partnership, in KS and AUC"),
            STAFF,
            (REFERENCE, _AGREEMENT),
            in_case=_("Step due soon, responsible staff"),
        ),
        Letter(
            "hromada_link",
            _("AUC sends a hromada its link, or it asks for one"),
            _HROMADA,
            UKRAINIAN_SIDE,
            (_HROMADA_PLACE, _OPEN_LINK, _HOURS, link("hromada_link", name="new_link", meaning=_ELSEWHERE)),
        ),
        Letter(
            "consent_waiting",
            _("A hromada takes back a consent"),
            _EDITORS,
            AUC,
            (link("admin:municipalities_need_of", "candidate"),),
        ),
        Letter(
            "needs_waiting",
            _("Once a week while hromadas wait for confirmation"),
            _EDITORS,
            AUC,
            (
                number("count", _("How many hromadas; the sentence must fit one and many")),
                link("admin:municipalities_need_work"),
            ),
        ),
        Letter(
            "update_asked",
            _("KS or AUC asks for needs to be looked at anew"),
            _EDITORS,
            STAFF,
            (
                REFERENCE,
                number("number", _("How many candidates; the sentence must fit one and many")),
                link("admin:municipalities_candidate_changelist", query="?asked=yes"),
            ),
        ),
        Letter(
            "list_review",
            _("A new edition of the official list is loaded"),
            _REVIEWERS,
            STAFF,
            (
                REFERENCE,
                number("number", _("How many candidates; the sentence must fit one and many")),
                link("admin:municipalities_listreview_changelist"),
            ),
        ),
        Letter(
            "staff_invitation",
            _("Somebody gets an account at the desk"),
            _("Whoever got it"),
            STAFF,
            (
                _INVITATION,
                number("days", _("For how many days the link works"), sample=7),
                link("account_reset_password", name="new_link", meaning=_ELSEWHERE),
            ),
        ),
        Letter(
            "factor_removed",
            _("A lost second factor is removed"),
            _("Whoever lost it"),
            STAFF,
            (link("account_login"),),
        ),
        Letter(
            "factor_removed_by",
            _("A lost second factor is removed"),
            _("The administrator who removed it"),
            STAFF,
            (link("admin:core_user_change", "user"),),
        ),
    )
}
RECEIPT_PAGE = Letter(
    "receipt_page",
    _("Thank-you text on the receipt page"),
    _("Whoever submits the answers"),
    STAFF,
    is_page=True,
)
TEXTS = {**LETTERS, RECEIPT_PAGE.name: RECEIPT_PAGE}


def mail_name(template: str) -> str:
    """Return what a mail is called in a case; its code when no case lists it."""
    letter = LETTERS.get(template)
    return str(letter.in_case) if letter is not None and letter.in_case else template

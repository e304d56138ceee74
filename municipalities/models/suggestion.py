"""What waits beside the needs: what a hromada has said, and what an editor has begun."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import exactly_one, one_of
from municipalities.choices import SuggestionKind, SuggestionOutcome
from municipalities.models.candidate import Candidate, Need
from municipalities.models.people import ContactPerson
from municipalities.models.themes import Theme


class Suggestion(models.Model):
    """One thing a hromada's contact said, before → after; AUC accepts it or leaves it, once.

    Append-only (trigger).

    `after` never holds a person: a new contact person stands in `ContactPerson`, and `person` names the row.
    """

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="suggestions", verbose_name=_("candidate")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=SuggestionKind.choices)
    need = models.ForeignKey(
        Need,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suggestions",
        verbose_name=_("need"),
    )
    theme = models.ForeignKey(
        Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("theme")
    )
    person = models.ForeignKey(
        ContactPerson,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("new contact person"),
    )
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    said_at = models.DateTimeField(_("said at"))
    said_by = models.ForeignKey(
        ContactPerson, on_delete=models.PROTECT, related_name="said", verbose_name=_("said by")
    )
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=SuggestionOutcome.choices, default=SuggestionOutcome.WAITING
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("change from a hromada")
        verbose_name_plural = _("changes from hromadas")
        ordering = ("id",)
        constraints = (
            one_of("kind", SuggestionKind.values, name="suggestion_kind"),
            one_of("outcome", SuggestionOutcome.values, name="suggestion_outcome"),
            models.CheckConstraint(
                condition=Q(outcome="waiting", decided_at__isnull=True)
                | ~Q(outcome="waiting") & Q(decided_at__isnull=False),
                name="suggestion_decided_or_waiting",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["accepted", "declined"], decided_by__isnull=False)
                | Q(outcome__in=["waiting", "taken_back"], decided_by__isnull=True),
                name="suggestion_decided_by_auc",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="declined") | ~Q(reason=""), name="suggestion_declined_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["confirm", "change", "withdraw"], need__isnull=False)
                | ~Q(kind__in=["confirm", "change", "withdraw"]) & Q(need__isnull=True),
                name="suggestion_about_need",
            ),
            models.CheckConstraint(
                condition=Q(kind="contact", person__isnull=False)
                | ~Q(kind="contact") & Q(person__isnull=True),
                name="suggestion_about_person",
            ),
            models.UniqueConstraint(
                fields=["need"], condition=Q(outcome="waiting"), name="suggestion_one_waiting_per_need"
            ),
        )

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.kind}"


class NeedDraft(models.Model):
    """What somebody has typed about a need and not saved yet, valid or not: one per writer and need (or new
    need).
    """

    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="need_drafts", verbose_name=_("candidate")
    )
    need = models.ForeignKey(
        Need, on_delete=models.CASCADE, null=True, blank=True, related_name="drafts", verbose_name=_("need")
    )
    editor = models.ForeignKey(
        "core.User",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("editor"),
    )
    contact = models.ForeignKey(
        ContactPerson,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact person"),
    )
    values = models.JSONField(_("values"), default=dict)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("draft of a need")
        verbose_name_plural = _("drafts of needs")
        constraints = (
            exactly_one("editor", "contact", name="need_draft_of_one"),
            models.UniqueConstraint(fields=["need", "editor"], name="need_draft_once_per_editor"),
            models.UniqueConstraint(fields=["need", "contact"], name="need_draft_once_per_contact"),
            models.UniqueConstraint(
                fields=["candidate", "editor"],
                condition=Q(need__isnull=True),
                name="new_need_draft_once_per_editor",
            ),
            models.UniqueConstraint(
                fields=["candidate", "contact"],
                condition=Q(need__isnull=True),
                name="new_need_draft_once_per_contact",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

"""What people write around a decision: internal notes, and questions that KS asks AUC."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import both_or_neither
from matching.models.proposal import Proposal


class CaseNote(models.Model):
    """An internal note to a proposal: read by the writer's own organisation, in no export and no mail.

    Append-only (trigger).
    """

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="notes", verbose_name=_("proposal")
    )
    text = models.TextField(_("text"))
    written_at = models.DateTimeField(_("written at"))
    written_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    organisation = models.CharField(_("organisation"), max_length=3)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ("proposal", "id")
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="case_note_has_text"),)

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.pk}"


class Inquiry(models.Model):
    """A question of KS to AUC about a proposal, and AUC's answer; one is open at a time."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="inquiries", verbose_name=_("proposal")
    )
    question = models.TextField(_("question"))
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )

    class Meta:
        verbose_name = _("question to AUC")
        verbose_name_plural = _("questions to AUC")
        ordering = ("proposal", "id")
        constraints = (
            both_or_neither("answered_at", "answered_by", name="inquiry_answered"),
            models.CheckConstraint(condition=~Q(question=""), name="inquiry_has_question"),
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(answered_at__isnull=True), name="inquiry_one_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.pk}"

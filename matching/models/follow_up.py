"""When each step of an agreement is due,
and the council decisions that municipalities report and KS confirms.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import both_or_neither, one_of
from matching.choices import MilestoneKind, Precision
from matching.models.agreement import Agreement
from municipalities.models import ContactPerson


class DueDate(models.Model):
    """By when a milestone of an agreement is wished for; set anew, not kept twice:
    the audit trail holds the earlier ones.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="due_dates", verbose_name=_("agreement")
    )
    kind = models.CharField(_("milestone"), max_length=18, choices=MilestoneKind.choices)
    due_on = models.DateField(_("due"))
    set_at = models.DateTimeField(_("set at"))
    set_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("due date")
        verbose_name_plural = _("due dates")
        constraints = (
            models.UniqueConstraint(fields=["agreement", "kind"], name="due_date_once"),
            one_of("kind", MilestoneKind.values, name="due_date_kind"),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.kind} {self.due_on}"


class ReportedDecision(models.Model):
    """A council's decision as the municipality reports it behind its link;
    a milestone when KS has confirmed it.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="reported", verbose_name=_("agreement")
    )
    on = models.DateField(_("date"))
    precision = models.CharField(
        _("precision"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    case_number = models.CharField(_("case number"), max_length=60, blank=True)
    source = models.TextField(_("source"))
    reported_at = models.DateTimeField(_("reported at"))
    contact = models.ForeignKey(
        ContactPerson,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact person"),
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("settled by"),
    )
    is_confirmed = models.BooleanField(_("confirmed"), null=True)

    class Meta:
        verbose_name = _("reported decision")
        verbose_name_plural = _("reported decisions")
        ordering = ("agreement", "id")
        constraints = (
            both_or_neither("settled_at", "settled_by", "is_confirmed", name="reported_decision_settled"),
            one_of("precision", Precision.values, name="reported_decision_precision"),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(settled_at__isnull=True), name="reported_decision_one_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.on}"

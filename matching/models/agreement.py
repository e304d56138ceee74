"""A tracked partnership: parties, parallel dated milestones, consents to publish, and its end."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kommunesamarbeid.core.constraints import both_or_neither, in_order, one_of
from kommunesamarbeid.core.lifecycle import Table
from matching.choices import AgreementKind, MilestoneKind, Origin, Precision, Side
from matching.models.proposal import Proposal
from matching.states import AGREEMENT_TRANSITIONS, AgreementState, EndReason
from municipalities.models import Hromada, Municipality


class Agreement(models.Model):
    """A partnership from approval to end;
    `reported` ones are known only from public sources and counted apart.
    """

    TRANSITIONS: ClassVar[Table] = AGREEMENT_TRANSITIONS

    reference = models.CharField(_("reference number"), max_length=12, unique=True)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin.choices)
    proposal = models.OneToOneField(
        Proposal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreement",
        verbose_name=_("proposal"),
    )
    hromada = models.ForeignKey(
        Hromada, on_delete=models.PROTECT, related_name="agreements", verbose_name=_("hromada")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=AgreementState.choices, default=AgreementState.OPENED
    )
    kind = models.CharField(
        _("kind"), max_length=11, choices=AgreementKind.choices, default=AgreementKind.COOPERATION
    )
    opened_at = models.DateTimeField(_("opened at"))
    undo_until = models.DateTimeField(_("can be undone until"), null=True, blank=True)
    introduced_at = models.DateTimeField(_("introduced at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(
        _("reason for ending"), max_length=11, choices=EndReason.choices, blank=True
    )
    end_text = models.TextField(_("explanation"), blank=True)
    source = models.TextField(_("source"), blank=True)
    is_fictional = models.BooleanField(_("demo record"), default=False)
    updated_at = models.DateTimeField(_("last updated"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ("-id",)
        constraints = (
            one_of("origin", Origin.values, name="agreement_origin"),
            one_of("state", AgreementState.values, name="agreement_state"),
            in_order("opened_at", "ended_at", name="agreement_dates"),
            models.CheckConstraint(
                condition=(Q(state="ended", ended_at__isnull=False) & ~Q(end_reason=""))
                | (~Q(state="ended") & Q(ended_at__isnull=True, end_reason="")),
                name="agreement_end_has_date_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(origin="matched", proposal__isnull=False)
                | (~Q(origin="matched") & Q(proposal__isnull=True)),
                name="agreement_matched_has_proposal",
            ),
            models.CheckConstraint(
                condition=~Q(origin="reported") | ~Q(source=""), name="agreement_reported_has_source"
            ),
        )

    def __str__(self) -> str:
        return self.reference


class AgreementParty(models.Model):
    """A Norwegian party of an agreement.

    `hromada` and `is_open` repeat the agreement's, for the pair constraint.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="parties", verbose_name=_("agreement")
    )
    municipality = models.ForeignKey(
        Municipality,
        on_delete=models.PROTECT,
        related_name="agreement_parties",
        verbose_name=_("municipality"),
    )
    hromada = models.ForeignKey(
        Hromada, on_delete=models.PROTECT, related_name="+", verbose_name=_("hromada")
    )
    is_lead = models.BooleanField(_("lead"), default=True)
    is_open = models.BooleanField(_("not ended"), default=True)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = (
            models.UniqueConstraint(fields=["agreement", "municipality"], name="agreement_party_once"),
            models.UniqueConstraint(
                fields=["municipality", "hromada"],
                condition=Q(is_open=True),
                name="agreement_one_open_per_pair",
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(is_lead=True), name="agreement_one_lead"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.municipality_id}"


class Milestone(models.Model):
    """A dated fact of an agreement, with its precision and source.

    A correction replaces, the history keeps both.
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="milestones", verbose_name=_("agreement")
    )
    kind = models.CharField(_("kind"), max_length=18, choices=MilestoneKind.choices)
    on = models.DateField(_("date"))
    precision = models.CharField(
        _("precision"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    case_number = models.CharField(_("case number"), max_length=60, blank=True)
    source = models.TextField(_("source"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ("on", "id")
        constraints = (
            models.UniqueConstraint(fields=["agreement", "kind"], name="milestone_once"),
            one_of("kind", MilestoneKind.values, name="milestone_kind"),
            one_of("precision", Precision.values, name="milestone_precision"),
            models.CheckConstraint(condition=~Q(source=""), name="milestone_has_source"),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.kind} {self.on}"


class PublicationConsent(models.Model):
    """One side's dated consent to be named publicly; withdrawn, not deleted."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="consents", verbose_name=_("agreement")
    )
    side = models.CharField(_("side"), max_length=2, choices=Side.choices)
    given_on = models.DateField(_("given on"))
    given_by = models.CharField(_("given by (office)"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )

    class Meta:
        verbose_name = _("consent to publish")
        verbose_name_plural = _("consents to publish")
        ordering = ("agreement", "side", "id")
        constraints = (
            one_of("side", Side.values, name="publication_consent_side"),
            both_or_neither("withdrawn_at", "withdrawn_by", name="publication_consent_withdrawn"),
            models.UniqueConstraint(
                fields=["agreement", "side"],
                condition=Q(withdrawn_at__isnull=True),
                name="publication_consent_in_force",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.side}"

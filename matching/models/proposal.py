"""A proposed pair with its named points, its price and alternatives, and the decisions on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kommunesamarbeid.core.constraints import one_of
from kommunesamarbeid.core.lifecycle import Table
from matching.choices import DecisionKind, ProposalOrigin, RejectReason, Side, Verdict
from matching.models.run import MatchRun
from matching.states import PROPOSAL_TRANSITIONS, ProposalState
from municipalities.models import Candidate, CategoryAssessment, Response, ResponseVersion


class Proposal(models.Model):
    """One pair of a run. It remembers the version and the assessment it rests on."""

    TRANSITIONS: ClassVar[Table] = PROPOSAL_TRANSITIONS

    run = models.ForeignKey(
        MatchRun, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("run")
    )
    state = models.CharField(
        _("state"), max_length=9, choices=ProposalState.choices, default=ProposalState.PROPOSED
    )
    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("response")
    )
    version = models.ForeignKey(
        ResponseVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("version")
    )
    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("candidate")
    )
    assessment = models.ForeignKey(
        CategoryAssessment, on_delete=models.PROTECT, related_name="+", verbose_name=_("assessment")
    )
    points = models.PositiveIntegerField(_("score"))
    # [{code, points, max, known, row, column}, …]; the points add up to `points`.
    breakdown = models.JSONField(_("points per criterion"))
    coverage_permille = models.PositiveIntegerField(
        _("share of points that rest on known answers, per mille")
    )
    ban_price = models.IntegerField(_("price of giving the pair up"), null=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    origin = models.CharField(
        _("origin"), max_length=11, choices=ProposalOrigin.choices, default=ProposalOrigin.COMPUTED
    )
    origin_reason = models.TextField(_("why this pair was made"), blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    made_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by"),
    )
    forced_price = models.IntegerField(_("what making the pair costs the plan"), null=True, blank=True)
    superseded_by = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="displaced",
        verbose_name=_("gave way to"),
    )
    assigned_to = models.ForeignKey(
        "core.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("case owner"),
    )

    history = HistoricalRecords(excluded_fields=["breakdown"])

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ("-points", "id")
        constraints = (
            # A pair that was withdrawn, rejected or expired may be made anew by hand in the same run.
            models.UniqueConstraint(
                fields=["run", "response", "candidate"],
                condition=Q(state__in=["proposed", "held", "approved"]),
                name="proposal_pair_once_per_run",
            ),
            one_of("origin", ProposalOrigin.values, name="proposal_origin"),
            models.CheckConstraint(
                condition=~Q(origin__in=["alternative", "by_hand"])
                | (~Q(origin_reason="") & Q(made_by__isnull=False, made_at__isnull=False)),
                name="proposal_by_hand_has_reason",
            ),
            one_of("state", ProposalState.values, name="proposal_state"),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "held"]) | Q(decided_at__isnull=False), name="proposal_decided_at"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"#{self.pk}"


class Alternative(models.Model):
    """One of the three cheapest other partners of a proposal's side:
    what forcing that pair would cost the whole plan.

    Read by proposal alone, which `alternative_rank` serves: a run writes thousands, and each further index
    costs as much as the rows.
    """

    proposal = models.ForeignKey(
        Proposal,
        on_delete=models.CASCADE,
        related_name="alternatives",
        verbose_name=_("proposal"),
        db_index=False,
    )
    side = models.CharField(_("side"), max_length=2, choices=Side.choices)  # whose alternative it is
    rank = models.PositiveSmallIntegerField(_("rank"))
    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="+", verbose_name=_("response"), db_index=False
    )
    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="+", verbose_name=_("candidate"), db_index=False
    )
    points = models.PositiveIntegerField(_("score"))
    price = models.IntegerField(_("price"))

    class Meta:
        verbose_name = _("alternative")
        verbose_name_plural = _("alternatives")
        ordering = ("proposal", "side", "rank")
        constraints = (
            models.UniqueConstraint(fields=["proposal", "side", "rank"], name="alternative_rank"),
            one_of("side", Side.values, name="alternative_side"),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.side} {self.rank}"


class Decision(models.Model):
    """One person's decision on a proposal; append-only (trigger)."""

    proposal = models.ForeignKey(
        Proposal, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("proposal")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=DecisionKind.choices)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    decided_at = models.DateTimeField(_("decided at"))
    decided_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="decisions", verbose_name=_("decided by")
    )
    reason_code = models.CharField(_("reason code"), max_length=12, choices=RejectReason.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    no_conflict = models.BooleanField(_("declares no conflict of interest"), default=False)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("proposal", "id")
        constraints = (
            one_of("kind", DecisionKind.values, name="decision_kind"),
            one_of("verdict", Verdict.values, name="decision_verdict"),
            models.UniqueConstraint(
                fields=["proposal", "kind"],
                condition=Q(verdict="approve"),
                name="decision_one_approval_per_kind",
            ),
            # The same person never gives two approvals of one proposal.
            models.UniqueConstraint(
                fields=["proposal", "decided_by"],
                condition=Q(verdict="approve"),
                name="decision_approvals_by_different_people",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="approve") | Q(no_conflict=True), name="decision_no_conflict"
            ),
            models.CheckConstraint(
                condition=~Q(verdict="reject") | (~Q(reason_code="") & ~Q(reason="")),
                name="decision_rejection_has_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.kind} {self.verdict}"

"""Review tasks: what a new edition of the official list changed for a candidate, until somebody has looked at
it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import one_of
from municipalities.choices import ReviewKind, ReviewOutcome
from municipalities.models.candidate import Candidate, CategoryAssessment
from municipalities.models.official_list import OfficialListEdition


class ListReviewQuerySet(models.QuerySet["ListReview"]):
    """Review tasks by state."""

    def open(self) -> ListReviewQuerySet:
        """Nobody has looked yet."""
        return self.filter(closed_at__isnull=True)


class ListReview(models.Model):
    """One candidate whose evidence differs in a new edition.

    Closed once (trigger); the category itself is never touched.

    `before` and `after` hold the periods that one edition has and the other has not, as lists of
    {status, territory, part, from, to}; `before_status` and `after_status` are kept as with an assessment.
    """

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="list_reviews", verbose_name=_("candidate")
    )
    edition = models.ForeignKey(
        OfficialListEdition,
        on_delete=models.PROTECT,
        related_name="reviews",
        verbose_name=_("edition of the official list"),
    )
    before_edition = models.ForeignKey(
        OfficialListEdition,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("edition before"),
    )
    kind = models.CharField(_("what happened"), max_length=7, choices=ReviewKind.choices)
    before_status = models.CharField(_("status before"), max_length=60)
    after_status = models.CharField(_("status after"), max_length=60)
    before = models.JSONField(_("periods before"))
    after = models.JSONField(_("periods after"))
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    outcome = models.CharField(_("outcome"), max_length=9, choices=ReviewOutcome.choices, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    assessment = models.ForeignKey(
        CategoryAssessment, on_delete=models.PROTECT, null=True, blank=True, related_name="list_reviews",
        verbose_name=_("category assessment"),
    )  # fmt: skip

    objects = ListReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review task")
        verbose_name_plural = _("review tasks")
        ordering = ("-opened_at", "candidate", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["candidate", "edition"],
                condition=Q(closed_at__isnull=True),
                name="list_review_one_open",
            ),
            one_of("kind", ReviewKind.values, name="list_review_kind"),
            # Only the portal itself, at a load of the registers, replaces a task without a person.
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | Q(closed_at__isnull=False) & (Q(closed_by__isnull=False) | Q(outcome="replaced")),
                name="list_review_closed",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome="")
                | Q(closed_at__isnull=False, outcome__in=ReviewOutcome.values),
                name="list_review_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="assessed") | Q(assessment__isnull=False),
                name="list_review_has_assessment",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="no_change") | ~Q(reason=""), name="list_review_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.kind} {self.edition_id}"

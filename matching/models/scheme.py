"""How pairs are weighed: weights, caps, threshold and objective, versioned with a reason."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import both_or_neither, one_of
from kommunesamarbeid.core.lifecycle import Table
from matching.choices import Objective, SchemeState
from matching.states import SCHEME_TRANSITIONS


class Scheme(models.Model):
    """One version of the scheme. Weights map criterion codes to points and sum to 10,000."""

    TRANSITIONS: ClassVar[Table] = SCHEME_TRANSITIONS

    version = models.PositiveIntegerField(_("version"), unique=True)
    state = models.CharField(_("state"), max_length=9, choices=SchemeState.choices, default=SchemeState.DRAFT)
    weights = models.JSONField(_("weights"))
    threshold = models.PositiveIntegerField(_("lowest score proposed"), default=0)
    objective = models.CharField(
        _("objective"), max_length=12, choices=Objective.choices, default=Objective.PARTNERSHIPS
    )
    oblast_at_most = models.PositiveIntegerField(
        _("most partnerships per oblast and category"), null=True, blank=True
    )
    county_at_most = models.PositiveIntegerField(_("most partnerships per county"), null=True, blank=True)
    war_zone_at_least = models.PositiveIntegerField(_("least number in the war zone"), null=True, blank=True)
    war_zone_share_permille = models.PositiveIntegerField(
        _("least share in the war zone, per mille"), null=True, blank=True
    )
    total_at_most = models.PositiveIntegerField(_("most partnerships in all"), null=True, blank=True)
    leximin_band = models.PositiveIntegerField(_("width of a fairness band, points"), default=250)
    seed = models.PositiveIntegerField(_("seed of the tie-break"), default=1)
    reason = models.TextField(_("reason"))
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("drafted by")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        ordering = ("-version",)
        constraints = (
            one_of("state", SchemeState.values, name="scheme_state"),
            one_of("objective", Objective.values, name="scheme_objective"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="published"), name="scheme_one_in_force"
            ),
            both_or_neither("published_at", "published_by", name="scheme_published"),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True)
                | Q(drafted_by__isnull=True)
                | ~Q(published_by=F("drafted_by")),
                name="scheme_second_person",
            ),
            # Only the first scheme, which nobody drafted, is in force without a second person.
            models.CheckConstraint(
                condition=~Q(state="published") | Q(drafted_by__isnull=True) | Q(published_by__isnull=False),
                name="scheme_in_force_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(war_zone_share_permille__isnull=True) | Q(war_zone_share_permille__lte=1000),
                name="scheme_share",
            ),
        )

    def __str__(self) -> str:
        return f"v{self.version}"

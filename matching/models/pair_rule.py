"""What KS has ruled about single pairs for all runs to come."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import both_or_neither, one_of
from matching.choices import PairRuleKind
from municipalities.models import Hromada, Municipality


class PairRuleQuerySet(models.QuerySet["PairRule"]):
    """Rules by the day they are asked about."""

    def in_force(self, on: date) -> PairRuleQuerySet:
        """Return the rules that nobody has lifted and that have not run out on `on`."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=on), lifted_at__isnull=True)


class PairRule(models.Model):
    """A pair that is never, or always, proposed; until a date, or until KS lifts the rule.

    What was ruled never changes.
    """

    kind = models.CharField(_("rule"), max_length=6, choices=PairRuleKind.choices)
    municipality = models.ForeignKey(
        Municipality,
        on_delete=models.PROTECT,
        related_name="pair_rules",
        verbose_name=_("Norwegian municipality"),
    )
    hromada = models.ForeignKey(
        Hromada, on_delete=models.PROTECT, related_name="pair_rules", verbose_name=_("hromada")
    )
    reason = models.TextField(_("reason"))
    until = models.DateField(_("until"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )

    objects = PairRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule for a pair")
        verbose_name_plural = _("rules for pairs")
        ordering = ("-id",)
        constraints = (
            one_of("kind", PairRuleKind.values, name="pair_rule_kind"),
            models.CheckConstraint(condition=~Q(reason=""), name="pair_rule_has_reason"),
            both_or_neither("lifted_at", "lifted_by", name="pair_rule_lifted"),
            models.UniqueConstraint(
                fields=["municipality", "hromada"],
                condition=Q(lifted_at__isnull=True),
                name="pair_rule_one_in_force",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

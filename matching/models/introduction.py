"""What each side answered to an introduction; every answer stays, the last one of a side counts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import one_of
from matching.choices import Reply, Side
from matching.models.agreement import Agreement
from municipalities.models import ContactPerson


class IntroductionReply(models.Model):
    """One side's answer, given by its contact behind a link, or recorded for it by KS or AUC.

    Append-only (trigger).
    """

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, related_name="replies", verbose_name=_("agreement")
    )
    side = models.CharField(_("side"), max_length=2, choices=Side.choices)
    reply = models.CharField(_("answer"), max_length=4, choices=Reply.choices)
    reason = models.TextField(_("reason"), blank=True)
    replied_at = models.DateTimeField(_("answered at"))
    contact = models.ForeignKey(
        ContactPerson,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact person"),
    )
    recorded_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("recorded by"),
    )

    class Meta:
        verbose_name = _("answer to an introduction")
        verbose_name_plural = _("answers to introductions")
        ordering = ("agreement", "id")
        constraints = (
            one_of("side", Side.values, name="introduction_reply_side"),
            one_of("reply", Reply.values, name="introduction_reply_reply"),
            models.CheckConstraint(
                condition=~Q(reply="no") | ~Q(reason=""), name="introduction_no_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id}: {self.side} {self.reply}"

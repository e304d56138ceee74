"""Who takes part in a joint application: the lead answers, a member counts when it has confirmed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import in_order
from municipalities.models.people import ContactPerson
from municipalities.models.register import Municipality
from municipalities.models.response import Response, Round


class JointMemberQuerySet(models.QuerySet["JointMember"]):
    """Members by where they stand."""

    def open(self) -> JointMemberQuerySet:
        """Named or confirmed, and not ended."""
        return self.filter(ended_at__isnull=True)

    def in_force(self) -> JointMemberQuerySet:
        """Confirmed and not ended: these count."""
        return self.open().filter(confirmed_at__isnull=False)

    def others(self) -> JointMemberQuerySet:
        """The members beside the lead."""
        return self.filter(is_lead=False)


class JointMember(models.Model):
    """One municipality in a joint application.

    The lead has a row too, so that one constraint covers all of them.
    """

    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="members", verbose_name=_("response")
    )
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("municipality")
    )
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", verbose_name=_("round"))
    is_lead = models.BooleanField(_("leads the application"), default=False)
    named_at = models.DateTimeField(_("named at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        ContactPerson,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = JointMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member of a joint application")
        verbose_name_plural = _("members of joint applications")
        ordering = ("-is_lead", "municipality__number")
        constraints = (
            models.UniqueConstraint(
                fields=["response", "municipality"], condition=Q(ended_at__isnull=True),
                name="joint_member_named_once"
            ),
            models.UniqueConstraint(
                fields=["municipality", "round"],
                condition=Q(confirmed_at__isnull=False, ended_at__isnull=True),
                name="joint_member_one_per_round",
            ),
            models.UniqueConstraint(
                fields=["response"], condition=Q(is_lead=True, ended_at__isnull=True),
                name="joint_member_one_lead"
            ),
            models.CheckConstraint(condition=Q(is_lead=False) | Q(confirmed_at__isnull=False), name="joint_lead_confirmed"),
            in_order("named_at", "confirmed_at", name="joint_member_confirmed_after_named"),
            in_order("named_at", "ended_at", name="joint_member_ended_after_named"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.response_id}/{self.municipality_id}"

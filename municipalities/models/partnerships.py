"""Other roads by which a hromada looks for a foreign partner, so that KS does not crowd in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kommunesamarbeid.core.constraints import one_of
from municipalities.choices import Programme, ProgrammeStatus
from municipalities.models.register import Hromada, KnownPartnership


class OfferedThrough(models.Model):
    """A programme through which the hromada is offered a partner too, since when, and how far
    that has come.
    """

    hromada = models.ForeignKey(
        Hromada, on_delete=models.PROTECT, related_name="offered_through", verbose_name=_("hromada")
    )
    programme = models.CharField(_("programme"), max_length=8, choices=Programme.choices)
    name = models.CharField(_("name of the programme"), max_length=120, blank=True)
    since = models.DateField(_("since"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=ProgrammeStatus.choices)
    partnership = models.ForeignKey(
        KnownPartnership, on_delete=models.PROTECT, null=True, blank=True, related_name="found_through",
        verbose_name=_("partnership it led to"),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=400)
    updated_at = models.DateTimeField(_("last updated"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("other road to a partner")
        verbose_name_plural = _("other roads to a partner")
        ordering = ("hromada", "programme", "name")
        constraints = (
            models.UniqueConstraint(fields=["hromada", "programme", "name"], name="offered_through_once"),
            one_of("programme", Programme.values, name="offered_through_programme"),
            one_of("status", ProgrammeStatus.values, name="offered_through_status"),
            models.CheckConstraint(
                condition=~models.Q(programme=Programme.OTHER.value) | ~models.Q(name=""),
                name="offered_through_named",
            ),
        )

    def __str__(self) -> str:
        return f"{self.hromada_id}: {self.programme}"

    @property
    def title(self) -> str:
        """The programme in words."""
        return self.name if self.programme == Programme.OTHER else str(Programme(self.programme).label)

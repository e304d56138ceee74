"""What the old Office form had gathered: each row kept as it came, without the persons in it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from municipalities.models.people import ContactPerson
from municipalities.models.register import Municipality
from municipalities.models.response import Response, Round


class OldFormRow(models.Model):
    """One row of an old form's file, imported once.

    Who answered stands in `ContactPerson` and can be erased there.
    """

    digest = models.CharField(_("digest"), max_length=64, unique=True)
    line = models.PositiveIntegerField(_("line"))
    cells = models.JSONField(_("cells"))
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="+", verbose_name=_("municipality")
    )
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+", verbose_name=_("round"))
    contact = models.ForeignKey(
        ContactPerson,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("contact person"),
    )
    response = models.ForeignKey(
        Response,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("response"),
    )
    imported_at = models.DateTimeField(_("imported at"))
    imported_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("imported by")
    )

    class Meta:
        verbose_name = _("row of the old form")
        verbose_name_plural = _("rows of the old form")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"#{self.pk}"

"""What was written on a page that could not be saved: sealed, for a day, waiting for the
writer to come back.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import in_order
from municipalities.models.register import Municipality


class KeptInput(models.Model):
    """One page's posted values, encrypted with a key that stands nowhere: it is derived from a token in the
    writer's cookie.
    """

    token_hash = models.CharField(_("token hash"), max_length=64, unique=True)
    municipality = models.ForeignKey(
        Municipality, on_delete=models.CASCADE, related_name="kept_inputs", verbose_name=_("municipality")
    )
    page = models.CharField(_("page"), max_length=80)
    sealed = models.BinaryField(_("sealed values"))
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    class Meta:
        verbose_name = _("kept input")
        verbose_name_plural = _("kept inputs")
        ordering = ("id",)
        constraints = (in_order("created_at", "expires_at", name="kept_input_dates"),)

    def __str__(self) -> str:
        return f"#{self.pk}"

"""A file between its dry run and its use: only faultless ones are kept, for the person who sent them, for a
short time.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import one_of
from municipalities.choices import UploadKind


class Upload(models.Model):
    """A faultless file that waits for its sender to use it.

    Its content goes when it is used or has waited too long.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=UploadKind.choices)
    name = models.CharField(_("file"), max_length=120)
    content = models.BinaryField(_("content"))
    digest = models.CharField(_("digest"), max_length=64)
    facts = models.JSONField(_("what was told beside the file"), default=dict)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    applied_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")
        constraints = (one_of("kind", UploadKind.values, name="upload_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"

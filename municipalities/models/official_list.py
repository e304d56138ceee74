"""The official list of hostilities by edition: evidence for a category, never the category itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import in_order, one_of
from municipalities.choices import OfficialStatus
from municipalities.models.register import Hromada


class OfficialListEdition(models.Model):
    """One edition of the list: its order, its date, and the rules that were in force."""

    order_number = models.CharField(_("order number"), max_length=40)
    edition_on = models.DateField(_("edition date"), unique=True)
    rule_version = models.CharField(_("rule version"), max_length=40)
    source = models.TextField(_("source"))
    loaded_at = models.DateTimeField(_("loaded at"))

    class Meta:
        verbose_name = _("edition of the official list")
        verbose_name_plural = _("editions of the official list")
        ordering = ("-edition_on",)

    def __str__(self) -> str:
        return f"{self.order_number} ({self.edition_on:%Y-%m-%d})"


class OfficialListEntry(models.Model):
    """One entry and period of an edition, as printed: a territory at some level, perhaps with exceptions."""

    edition = models.ForeignKey(
        OfficialListEdition, on_delete=models.CASCADE, related_name="entries", verbose_name=_("edition")
    )
    line = models.PositiveIntegerField(_("line"))
    territory_code = models.CharField(_("territory's KATOTTG"), max_length=19)
    level = models.CharField(_("level"), max_length=12)
    name_uk = models.CharField(_("name"), max_length=200)
    hromada = models.ForeignKey(
        Hromada, on_delete=models.PROTECT, null=True, related_name="list_entries", verbose_name=_("hromada")
    )
    status = models.CharField(_("status"), max_length=17, choices=OfficialStatus.choices)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"), null=True, blank=True)
    except_uk = models.TextField(_("except"), blank=True)
    section = models.CharField(_("section"), max_length=5)

    class Meta:
        verbose_name = _("entry of the official list")
        verbose_name_plural = _("entries of the official list")
        ordering = ("edition", "line")
        constraints = (
            models.UniqueConstraint(fields=["edition", "line"], name="list_entry_line"),
            one_of("status", OfficialStatus.values, name="list_entry_status"),
            in_order("starts_on", "ends_on", name="list_entry_dates"),
        )

    def __str__(self) -> str:
        return f"{self.territory_code} {self.status}"


class HromadaStatus(models.Model):
    """What an edition says of a hromada, derived from its entries: the gravest status open for the whole or a
    part.
    """

    edition = models.ForeignKey(
        OfficialListEdition, on_delete=models.CASCADE, related_name="statuses", verbose_name=_("edition")
    )
    hromada = models.ForeignKey(
        Hromada, on_delete=models.PROTECT, related_name="statuses", verbose_name=_("hromada")
    )
    whole = models.CharField(_("whole"), max_length=17, choices=OfficialStatus.choices, blank=True)
    part = models.CharField(_("part"), max_length=17, choices=OfficialStatus.choices, blank=True)
    ever = models.CharField(_("statuses ever"), max_length=80)
    first_on = models.DateField(_("first"))
    closed_on = models.DateField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("hromada's official status")
        verbose_name_plural = _("hromadas' official statuses")
        constraints = (models.UniqueConstraint(fields=["edition", "hromada"], name="hromada_status_once"),)

    def __str__(self) -> str:
        return f"{self.hromada_id}: {self.whole or self.part}"

"""The one erasable table of people who are not staff, and the links that let them in."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import exactly_one, in_order, one_of
from kommunesamarbeid.core.languages import UKRAINIAN
from kommunesamarbeid.core.visibility import Level
from municipalities.choices import LinkRight, LinkStatus
from municipalities.models.register import Hromada, Municipality


class ContactPerson(models.Model):
    """A person who answers for a municipality or a hromada.

    All else holds this row's id, never a name or address.

    The fields take what was typed, also when it is not valid yet, so that a draft loses nothing; forms say
    what is wrong.
    """

    municipality = models.ForeignKey(
        Municipality,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("municipality"),
    )
    hromada = models.ForeignKey(
        Hromada,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("hromada"),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    title = models.CharField(_("job title"), max_length=200, blank=True)
    email = models.CharField(_("e-mail address"), max_length=254, blank=True)
    phone = models.CharField(_("phone number"), max_length=60, blank=True)
    is_deputy = models.BooleanField(_("deputy"), default=False)
    right = models.CharField(_("right"), max_length=7, choices=LinkRight.choices, default=LinkRight.SUBMIT)
    # Set when the municipality ends a colleague's access: the address waits for KS until it is invited again.
    access_ended_at = models.DateTimeField(_("access ended at"), null=True, blank=True)
    notice_asked_at = models.DateTimeField(
        _("asked to be told when registration opens"), null=True, blank=True
    )
    erasure_asked_at = models.DateTimeField(_("asked to be erased at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    VISIBILITY: ClassVar[dict[str, Level]] = {
        "name": Level.RESTRICTED, "title": Level.RESTRICTED, "email": Level.RESTRICTED,
        "phone": Level.RESTRICTED,
    }  # fmt: skip

    class Meta:
        verbose_name = _("contact person")
        verbose_name_plural = _("contact persons")
        ordering = ("id",)
        constraints = (
            exactly_one("municipality", "hromada", name="contact_of_one_party"),
            one_of("right", LinkRight.values, name="contact_right"),
        )

    def __str__(self) -> str:
        # Never the name: this text reaches logs, admin messages and history.
        return f"#{self.pk}"

    @property
    def language(self) -> str:
        """The language to write in: the municipality's own, Ukrainian for a hromada.

        Needs `municipality` selected.
        """
        return self.municipality.language if self.municipality is not None else UKRAINIAN


class MailDomain(models.Model):
    """A mail domain or address KS has added for a municipality, beside its website's own host."""

    municipality = models.ForeignKey(
        Municipality, on_delete=models.CASCADE, related_name="mail_domains", verbose_name=_("municipality")
    )
    domain = models.CharField(_("domain or address"), max_length=254)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, verbose_name=_("added by"))

    class Meta:
        verbose_name = _("mail domain")
        verbose_name_plural = _("mail domains")
        constraints = (models.UniqueConstraint(fields=["municipality", "domain"], name="mail_domain_once"),)

    def __str__(self) -> str:
        return self.domain if "@" not in self.domain else f"#{self.pk}"


class AccessLink(models.Model):
    """A magic link: the SHA-256 of its token, bound to a party and a contact, revocable.

    A GET never consumes it.
    """

    token_hash = models.CharField(_("token hash"), max_length=64, unique=True)
    contact = models.ForeignKey(
        ContactPerson, on_delete=models.CASCADE, related_name="links", verbose_name=_("contact person")
    )
    status = models.CharField(
        _("status"), max_length=8, choices=LinkStatus.choices, default=LinkStatus.ACCEPTED
    )
    right = models.CharField(_("right"), max_length=7, choices=LinkRight.choices, default=LinkRight.SUBMIT)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("access link")
        verbose_name_plural = _("access links")
        ordering = ("-id",)
        constraints = (
            one_of("status", LinkStatus.values, name="access_link_status"),
            one_of("right", LinkRight.values, name="access_link_right"),
            in_order("created_at", "expires_at", name="access_link_dates"),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

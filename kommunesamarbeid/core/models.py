"""Users, the append-only audit trail and its seals, the access log, mail records and texts, and signs of
life.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.constraints import both_or_neither, one_of


class Organisation(models.TextChoices):
    """The two organisations that staff the portal."""

    KS = "ks", _("KS")
    AUC = "auc", _("AUC")


class ResponseMails(models.TextChoices):
    """How somebody in KS hears of submitted answers."""

    AT_ONCE = "at_once", _("At once: one e-mail for each submission")
    DAILY = "daily", _("Once a day: one e-mail with their number, when there are any")
    OFF = "off", _("Never")


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an active staff user; the address is kept in lower case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a technical superuser (used by tests and operators, never by roles)."""
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Find a user by e-mail address in any case."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person in KS or AUC who logs in; municipal and hromada contacts have links, not users."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.CharField(_("organisation"), max_length=3, choices=Organisation.choices)
    language = models.CharField(_("language"), max_length=2, default=languages.DEFAULT)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the desk"), default=True)
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=False)
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now)
    response_mails = models.CharField(
        _("e-mails about answers"), max_length=7, choices=ResponseMails.choices, default=ResponseMails.DAILY
    )
    # Up to when the daily mail has counted; two workers at once tell by it who of them writes the mail.
    responses_told_at = models.DateTimeField(_("answers told of until"), null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "organisation"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("email",)
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            one_of("organisation", Organisation.values, name="user_organisation"),
            one_of("language", languages.CODES, name="user_language"),
            one_of("response_mails", ResponseMails.values, name="user_response_mails"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        """The admin greets by this name."""
        return self.name.split(" ")[0] if self.name else self.email


class AuditEvent(models.Model):
    """One thing somebody did; no foreign keys, so history outlives what it tells of.

    Append-only by trigger.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    action = models.CharField(_("action"), max_length=60)
    actor_kind = models.CharField(_("actor kind"), max_length=12)
    actor_id = models.BigIntegerField(_("actor id"), null=True)
    actor_roles = models.CharField(_("roles"), max_length=120, blank=True)
    object_type = models.CharField(_("object type"), max_length=60)
    object_id = models.CharField(_("object id"), max_length=40)
    reason = models.TextField(_("reason"), blank=True)
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ("-id",)
        indexes = (models.Index(fields=["object_type", "object_id"], name="audit_object"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_type} {self.object_id}"


class AuditSeal(models.Model):
    """The hash over a batch of audit rows and the seal before it: a changed or missing row breaks
    the chain.
    """

    first_id = models.BigIntegerField(_("first row"))
    last_id = models.BigIntegerField(_("last row"), unique=True)
    rows = models.PositiveIntegerField(_("rows"))
    digest = models.CharField(_("digest"), max_length=64)
    previous = models.CharField(_("previous digest"), max_length=64, blank=True)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")
        ordering = ("last_id",)

    def __str__(self) -> str:
        return f"{self.first_id}–{self.last_id}"


class AccessLogEntry(models.Model):
    """Who looked at restricted fields, when and of whom; apart from the audit and purged by age."""

    at = models.DateTimeField(_("at"), db_index=True)
    actor_kind = models.CharField(_("actor kind"), max_length=12)
    actor_id = models.BigIntegerField(_("actor id"), null=True)
    object_type = models.CharField(_("object type"), max_length=60)
    object_id = models.CharField(_("object id"), max_length=40)
    purpose = models.CharField(_("purpose"), max_length=80)

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.object_type} {self.object_id}"


class MailRecord(models.Model):
    """What was told to whom: template, language and case reference.

    The recipient is an id, the address is not kept.
    """

    template = models.CharField(_("template"), max_length=60)
    language = models.CharField(_("language"), max_length=2)
    recipient_kind = models.CharField(_("recipient kind"), max_length=12)
    recipient_id = models.BigIntegerField(_("recipient id"), null=True)
    case_reference = models.CharField(_("case reference"), max_length=40, db_index=True)
    queued_at = models.DateTimeField(_("queued at"))
    send_after = models.DateTimeField(_("send after"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    # post-office's row holds the address and the body; it is cleaned up after sending, this row stays.
    email = models.OneToOneField(
        "post_office.Email",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="record",
        verbose_name=_("mail"),
    )

    class Meta:
        verbose_name = _("mail record")
        verbose_name_plural = _("mail records")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.template} {self.case_reference}"


class MailText(models.Model):
    """KS's own text of a mail, or of a page, in one language; blank: the standard text is sent.

    Names as in `letters.py`.
    """

    name = models.CharField(_("name"), max_length=60)
    language = models.CharField(_("language"), max_length=2)
    subject = models.CharField(_("subject"), max_length=150, blank=True)
    body = models.TextField(_("text"), blank=True)
    edition = models.PositiveIntegerField(_("edition"), default=0)
    updated_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    updated_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    unused_since = models.DateTimeField(_("not used since"), null=True, blank=True)

    history = HistoricalRecords(excluded_fields=["unused_since"])

    class Meta:
        verbose_name = _("mail text")
        verbose_name_plural = _("mail texts")
        ordering = ("name", "language")
        constraints = (
            models.UniqueConstraint(fields=["name", "language"], name="mail_text_one_per_language"),
            one_of("language", languages.CODES, name="mail_text_language"),
            both_or_neither("updated_at", "updated_by", name="mail_text_updated"),
            models.CheckConstraint(
                condition=~models.Q(body="") | models.Q(subject=""), name="mail_text_subject_has_body"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.language}"


class Heartbeat(models.Model):
    """When something was last so, for `/readyz`: beat ran, the mail server failed."""

    name = models.CharField(_("name"), max_length=20, primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"

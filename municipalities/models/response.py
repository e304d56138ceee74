"""What a municipality answers: a draft, then versions that never change, with offers and wishes by theme."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kommunesamarbeid.core.constraints import in_order, one_of
from kommunesamarbeid.core.lifecycle import Table
from kommunesamarbeid.core.visibility import Level
from municipalities.choices import OfferLevel
from municipalities.models.people import ContactPerson
from municipalities.models.register import Municipality
from municipalities.models.themes import Theme
from municipalities.states import RESPONSE_TRANSITIONS, ResponseState


class Round(models.Model):
    """A period in which interest is registered."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True)

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ("-opens_at",)
        constraints = (in_order("opens_at", "closes_at", name="round_dates"),)

    def __str__(self) -> str:
        return self.name


class ResponseQuerySet(models.QuerySet["Response"]):
    """Responses by state."""

    def open(self) -> ResponseQuerySet:
        """Not withdrawn."""
        return self.exclude(state=ResponseState.WITHDRAWN)

    def ready(self) -> ResponseQuerySet:
        """Reviewed by KS and in the next run."""
        return self.filter(state=ResponseState.READY)


class Response(models.Model):
    """A municipality's registered interest in one round.

    The draft belongs to the municipality, not to a person.

    `draft` maps question keys of `structure.py` to raw values and holds no personal data: contact fields
    live in
    `ContactPerson`.
    """

    TRANSITIONS: ClassVar[Table] = RESPONSE_TRANSITIONS

    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="responses", verbose_name=_("municipality")
    )
    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="responses", verbose_name=_("round")
    )
    state = models.CharField(
        _("state"), max_length=14, choices=ResponseState.choices, default=ResponseState.DRAFT
    )
    reference = models.CharField(_("reference number"), max_length=12, unique=True)
    contact = models.ForeignKey(
        ContactPerson,
        on_delete=models.SET_NULL,
        null=True,
        related_name="responses",
        verbose_name=_("contact person"),
    )
    deputy = models.ForeignKey(
        ContactPerson,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("deputy"),
    )
    draft = models.JSONField(_("draft"), default=dict)
    draft_number = models.PositiveIntegerField(_("draft number"), default=0)
    draft_saved_at = models.DateTimeField(_("draft saved at"), null=True, blank=True)
    draft_saved_by = models.ForeignKey(
        ContactPerson,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("draft saved by"),
    )
    started_at = models.DateTimeField(_("started at"))
    submitted_at = models.DateTimeField(_("first submitted at"), null=True, blank=True)
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    deferred_reason = models.CharField(_("reason for deferring"), max_length=300, blank=True)
    wake_on = models.DateField(_("wake on"), null=True, blank=True)
    info_question = models.TextField(_("what KS asks"), blank=True)
    info_deadline = models.DateField(_("answer by"), null=True, blank=True)
    reopen_asked_at = models.DateTimeField(_("asked to be opened at"), null=True, blank=True)
    reopened_until = models.DateTimeField(_("opened until"), null=True, blank=True)

    objects = ResponseQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["draft"])

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["municipality", "round"],
                condition=~Q(state="withdrawn"),
                name="response_one_open_per_round",
            ),
            one_of("state", ResponseState.values, name="response_state"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
                name="response_submitted_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="deferred") | Q(wake_on__isnull=False),
                name="response_deferred_has_wake_on",
            ),
            models.CheckConstraint(
                condition=~Q(state="awaiting_info") | Q(info_deadline__isnull=False),
                name="response_awaiting_has_deadline",
            ),
        )

    def __str__(self) -> str:
        return self.reference


class ResponseVersion(models.Model):
    """A submitted version of the answers; unchangeable (trigger), the last one counts."""

    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="versions", verbose_name=_("response")
    )
    number = models.PositiveIntegerField(_("version"))
    answers = models.JSONField(_("answers"))
    structure = models.CharField(_("questionnaire version"), max_length=20)
    submitted_at = models.DateTimeField(_("submitted at"))
    contact = models.ForeignKey(
        ContactPerson, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("submitted by")
    )
    language = models.CharField(_("language"), max_length=2)

    class Meta:
        verbose_name = _("response version")
        verbose_name_plural = _("response versions")
        ordering = ("response", "-number")
        constraints = (
            models.UniqueConstraint(fields=["response", "number"], name="response_version_number"),
        )

    def __str__(self) -> str:
        return f"{self.response_id}/{self.number}"


class Offer(models.Model):
    """What the municipality can contribute with within a theme, in one version."""

    version = models.ForeignKey(
        ResponseVersion, on_delete=models.CASCADE, related_name="offers", verbose_name=_("version")
    )
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="offers", verbose_name=_("theme"))
    level = models.PositiveSmallIntegerField(_("level"), choices=OfferLevel.choices)
    description = models.TextField(_("description"), blank=True)

    VISIBILITY: ClassVar[dict[str, Level]] = {
        "theme": Level.PARTNERS, "level": Level.PARTNERS, "description": Level.RESTRICTED,
    }  # fmt: skip

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = (
            models.UniqueConstraint(fields=["version", "theme"], name="offer_theme_once"),
            models.CheckConstraint(condition=Q(level__in=OfferLevel.values), name="offer_level"),
        )

    def __str__(self) -> str:
        return f"{self.theme_id}: {self.level}"


class Wish(models.Model):
    """What the municipality wants to learn, in one version."""

    version = models.ForeignKey(
        ResponseVersion, on_delete=models.CASCADE, related_name="wishes", verbose_name=_("version")
    )
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="wishes", verbose_name=_("theme"))

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")
        constraints = (models.UniqueConstraint(fields=["version", "theme"], name="wish_theme_once"),)

    def __str__(self) -> str:
        return str(self.theme_id)

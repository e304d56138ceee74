"""AUC's candidates: review state, dated category assessments, consents, needs, and what they can teach."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kommunesamarbeid.core.constraints import both_or_neither, in_order, one_of
from kommunesamarbeid.core.lifecycle import Table
from kommunesamarbeid.core.visibility import Level, opens
from municipalities.choices import (
    Authority,
    Category,
    ConsentScope,
    DamageBand,
    Horizon,
    NeedStatus,
    NeedVisibility,
    Priority,
    Urgency,
)
from municipalities.models.official_list import OfficialListEdition
from municipalities.models.register import Hromada
from municipalities.models.themes import Theme
from municipalities.states import CANDIDATE_TRANSITIONS, CandidateState


class CandidateQuerySet(models.QuerySet["Candidate"]):
    """Candidates by date."""

    def with_category(self, on: date) -> CandidateQuerySet:
        """Annotate `category_now`: what both organisations stand behind on the date, else undetermined."""
        holding = CategoryAssessment.objects.category_of("pk", on)
        return self.annotate(category_now=Coalesce(Subquery(holding), Value(Category.UNDETERMINED.value)))


class Candidate(models.Model):
    """A hromada in AUC's pool."""

    TRANSITIONS: ClassVar[Table] = CANDIDATE_TRANSITIONS

    hromada = models.OneToOneField(
        Hromada, on_delete=models.PROTECT, related_name="candidate", verbose_name=_("hromada")
    )
    state = models.CharField(
        _("state"), max_length=12, choices=CandidateState.choices, default=CandidateState.POOL
    )
    state_reason = models.CharField(_("reason"), max_length=300, blank=True)
    authority = models.CharField(
        _("authority"), max_length=10, choices=Authority.choices, default=Authority.UNKNOWN
    )
    capacity = models.PositiveSmallIntegerField(_("number of partners wished"), default=1)
    priority = models.PositiveSmallIntegerField(
        _("AUC's priority"), choices=Priority.choices, null=True, blank=True
    )
    languages = models.JSONField(
        _("working languages"), null=True, blank=True
    )  # list of Language codes; null = not known
    interpreter = models.BooleanField(_("has an interpreter"), null=True, blank=True)
    agriculture = models.BooleanField(_("agriculture matters"), null=True, blank=True)
    industry_energy = models.BooleanField(_("industry or energy matters"), null=True, blank=True)
    university = models.BooleanField(_("has a university"), null=True, blank=True)
    coastal = models.BooleanField(_("on the coast"), null=True, blank=True)
    mountain = models.BooleanField(_("in the mountains"), null=True, blank=True)
    is_fictional = models.BooleanField(_("demo record"), default=False)
    added_at = models.DateTimeField(_("added at"))
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("last updated"))
    update_asked_at = models.DateTimeField(_("AUC was asked to update"), null=True, blank=True)

    objects = CandidateQuerySet.as_manager()
    history = HistoricalRecords()

    VISIBILITY: ClassVar[dict[str, Level]] = {
        "hromada": Level.INTERNAL, "state": Level.INTERNAL, "authority": Level.INTERNAL,
        "capacity": Level.INTERNAL,
        "priority": Level.INTERNAL, "languages": Level.PARTNERS, "interpreter": Level.PARTNERS,
    }  # fmt: skip

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ("hromada__katottg",)
        constraints = (
            one_of("state", CandidateState.values, name="candidate_state"),
            models.CheckConstraint(
                condition=~Q(state__in=["on_hold", "not_now"]) | ~Q(state_reason=""),
                name="candidate_hold_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(priority__isnull=True) | Q(priority__in=Priority.values),
                name="candidate_priority",
            ),
        )

    def __str__(self) -> str:
        return str(self.hromada)

    def assessment_on(self, on: date) -> CategoryAssessment | None:
        """Return the assessment that holds on the date: of those in force, the one confirmed last.

        None: undetermined.
        """
        return self.assessments.in_force(on).order_by("confirmed_at", "id").last()

    def category_on(self, on: date) -> Category:
        """Return the category on the date; undetermined unless both organisations stand behind another."""
        assessment = self.assessment_on(on)
        return Category.UNDETERMINED if assessment is None else Category(assessment.category)


class AssessmentQuerySet(models.QuerySet["CategoryAssessment"]):
    """Steps of the ledger by what counts."""

    def in_force(self, on: date) -> AssessmentQuerySet:
        """Confirmed by both organisations and valid on the date."""
        return self.filter(
            Q(valid_to=None) | Q(valid_to__gte=on), confirmed_at__isnull=False, valid_from__lte=on
        )

    def holding(self, candidate: str, on: date) -> AssessmentQuerySet:
        """The one that holds for the candidate of the outer row, as `Candidate.assessment_on` finds it.

        `candidate` is the way to the candidate from there.
        """
        return self.in_force(on).filter(candidate=OuterRef(candidate)).order_by("-confirmed_at", "-id")[:1]

    def category_of(self, candidate: str, on: date) -> models.QuerySet[CategoryAssessment, str]:
        """The category that holds for the candidate of the outer row; no row: undetermined."""
        return self.holding(candidate, on).values_list("category", flat=True)

    def pending(self) -> AssessmentQuerySet:
        """Proposed by one organisation, and neither confirmed by the other nor taken back."""
        return self.filter(confirmed_at__isnull=True, retracted_at__isnull=True)


class CategoryAssessment(models.Model):
    """One dated, sourced step of a candidate's category. Append-only (trigger): a correction supersedes.

    Proposed by one organisation; it counts when a person of the other has confirmed it. That, or that its own
    organisation takes it back before, is the only change the row ever sees.
    """

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="assessments", verbose_name=_("candidate")
    )
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    source = models.TextField(_("source"))
    edition = models.ForeignKey(
        OfficialListEdition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("edition of the official list"),
    )
    official_status = models.CharField(_("official status then"), max_length=40, blank=True)
    rule_version = models.CharField(_("rule version"), max_length=40, blank=True)
    damage = models.CharField(
        _("damage"), max_length=12, choices=DamageBand.choices, default=DamageBand.UNKNOWN
    )
    damage_source = models.TextField(_("source of the damage band"), blank=True)
    reason = models.TextField(_("reason"))
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_for = models.CharField(_("proposed for"), max_length=3)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_for = models.CharField(_("confirmed for"), max_length=3, blank=True)
    review_due = models.DateField(_("review due"), null=True, blank=True)
    supersedes = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("supersedes"),
    )
    retracted_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    retracted_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )
    retract_reason = models.TextField(_("why it was taken back"), blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("category assessment")
        verbose_name_plural = _("category assessments")
        ordering = ("candidate", "-valid_from", "-id")
        constraints = (
            one_of("category", Category.values, name="assessment_category"),
            in_order("valid_from", "valid_to", name="assessment_dates"),
            both_or_neither("confirmed_at", "confirmed_by", name="assessment_confirmed"),
            models.CheckConstraint(condition=~Q(source=""), name="assessment_has_source"),
            models.CheckConstraint(
                condition=Q(confirmed_for="") | ~Q(confirmed_for=models.F("proposed_for")),
                name="assessment_other_organisation",
            ),
            both_or_neither("retracted_at", "retracted_by", name="assessment_retracted"),
            models.CheckConstraint(
                condition=Q(retracted_at__isnull=True) | Q(confirmed_at__isnull=True),
                name="assessment_confirmed_or_retracted",
            ),
        )

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.category} {self.valid_from}"


class Consent(models.Model):
    """What a candidate has agreed to, dated; the latest that is in force counts."""

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="consents", verbose_name=_("candidate")
    )
    scope = models.CharField(_("to be listed"), max_length=9, choices=ConsentScope.choices)
    given_on = models.DateField(_("given on"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    given_by = models.CharField(_("given by (office)"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("candidate", "-given_on", "-id")
        constraints = (
            one_of("scope", ConsentScope.values, name="consent_scope"),
            in_order("given_on", "valid_to", name="consent_dates"),
        )

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.scope}"


CURRENT = frozenset({NeedStatus.OPEN, NeedStatus.PARTLY_MET})


class NeedQuerySet(models.QuerySet["Need"]):
    """Needs by use."""

    def current(self) -> NeedQuerySet:
        """Open or partly met."""
        return self.filter(status__in=CURRENT)

    def valid_on(self, day: date) -> NeedQuerySet:
        """Not over on the day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day))

    def visible_to(self, reach: Level) -> NeedQuerySet:
        """What AUC has opened to whoever reaches as far: a partner, the public.

        KS and AUC themselves see every need.
        """
        return self.filter(
            visibility__in=[
                visibility.value for visibility in NeedVisibility if opens(visibility.level, reach)
            ]
        )


class Need(models.Model):
    """A current need of a candidate within a theme, kept true by AUC with a confirmation date."""

    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="needs", verbose_name=_("candidate")
    )
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="needs", verbose_name=_("theme"))
    horizon = models.CharField(_("horizon"), max_length=5, choices=Horizon.choices)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency.choices)
    urgent_to = models.DateField(_("urgent until"), null=True, blank=True)
    text_uk = models.TextField(_("description in Ukrainian"), blank=True)
    text_en = models.TextField(_("translation to English"), blank=True)
    text_en_by_machine = models.BooleanField(_("translated by machine"), default=False)
    text_nb = models.TextField(_("translation to Norwegian"), blank=True)
    text_nb_by_machine = models.BooleanField(_("translated to Norwegian by machine"), default=False)
    quantity = models.CharField(_("quantity"), max_length=120, blank=True)
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    visibility = models.CharField(
        _("visibility"), max_length=8, choices=NeedVisibility.choices, default=NeedVisibility.INTERNAL
    )
    status = models.CharField(_("status"), max_length=10, choices=NeedStatus.choices, default=NeedStatus.OPEN)
    confirmed_on = models.DateField(_("confirmed on"))
    confirmed_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, verbose_name=_("confirmed by")
    )
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("last updated"))
    edition = models.PositiveIntegerField(_("edition"), default=1)

    objects = NeedQuerySet.as_manager()
    history = HistoricalRecords()

    VISIBILITY: ClassVar[dict[str, Level]] = {
        "theme": Level.PARTNERS, "horizon": Level.PARTNERS, "urgency": Level.INTERNAL,
        "text_uk": Level.INTERNAL,
        "text_en": Level.INTERNAL, "text_nb": Level.INTERNAL, "quantity": Level.INTERNAL,
        "urgent_to": Level.INTERNAL,
        "valid_to": Level.INTERNAL, "confirmed_on": Level.PARTNERS,
    }  # fmt: skip

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ("candidate", "urgency", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["candidate", "theme", "horizon"],
                condition=Q(status__in=["open", "partly_met"]),
                name="need_one_current_per_theme",
            ),
            one_of("horizon", Horizon.values, name="need_horizon"),
            one_of("status", NeedStatus.values, name="need_status"),
            one_of("visibility", NeedVisibility.values, name="need_visibility"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="need_urgency"),
        )

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.theme_id} {self.horizon}"


class NeedComment(models.Model):
    """KS's suggestion to a need; AUC accepts or leaves it."""

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="comments", verbose_name=_("need"))
    text = models.TextField(_("text"))
    written_at = models.DateTimeField(_("written at"))
    written_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        "core.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted by"),
    )

    class Meta:
        verbose_name = _("comment to a need")
        verbose_name_plural = _("comments to needs")
        constraints = (both_or_neither("accepted_at", "accepted_by", name="need_comment_accepted"),)

    def __str__(self) -> str:
        return f"{self.need_id}"


class Teaching(models.Model):
    """A theme within which the candidate can teach others."""

    candidate = models.ForeignKey(
        Candidate, on_delete=models.CASCADE, related_name="teachings", verbose_name=_("candidate")
    )
    theme = models.ForeignKey(
        Theme, on_delete=models.PROTECT, related_name="teachings", verbose_name=_("theme")
    )
    text = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("what the candidate can teach")
        verbose_name_plural = _("what candidates can teach")
        constraints = (models.UniqueConstraint(fields=["candidate", "theme"], name="teaching_theme_once"),)

    def __str__(self) -> str:
        return f"{self.candidate_id}: {self.theme_id}"

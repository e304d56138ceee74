"""A match run: what went in, how far it is, and the proven plan that came out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import one_of
from kommunesamarbeid.core.lifecycle import Table
from matching.choices import Objective, Side
from matching.models.scheme import Scheme
from matching.states import RUN_TRANSITIONS, RunState


class MatchRun(models.Model):
    """One computation.

    Its row is the truth: a worker that dies leaves it queued or running, and the sweep finds it.
    """

    TRANSITIONS: ClassVar[Table] = RUN_TRANSITIONS

    state = models.CharField(_("state"), max_length=12, choices=RunState.choices, default=RunState.QUEUED)
    scheme = models.ForeignKey(
        Scheme, on_delete=models.PROTECT, related_name="runs", verbose_name=_("scheme")
    )
    as_of = models.DateField(_("data as of"))
    objective = models.CharField(_("objective"), max_length=12, choices=Objective.choices)
    requested_at = models.DateTimeField(_("requested at"))
    requested_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("requested by")
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    sign_of_life_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    progress = models.CharField(_("progress"), max_length=40, blank=True)
    rounds = models.PositiveIntegerField(_("rounds"), default=0)
    input_digest = models.CharField(_("input digest"), max_length=64, blank=True)
    rows = models.PositiveIntegerField(_("municipalities"), null=True)
    columns = models.PositiveIntegerField(_("candidates"), null=True)
    pairs = models.PositiveIntegerField(_("proposed pairs"), null=True)
    total = models.BigIntegerField(_("total score"), null=True)
    bound = models.BigIntegerField(_("upper bound"), null=True)
    worst = models.IntegerField(_("lowest score"), null=True)
    proved = models.BooleanField(_("proved"), null=True)
    seconds = models.JSONField(_("seconds"), default=dict)
    versions = models.JSONField(_("versions"), default=dict)
    # What the run has read, as canonical JSON, compressed (see `matching.runs.inputs`); its SHA-256 is the
    # digest. Kept, so that a what-if and a replay see what the run saw, whatever was answered since. Null:
    # computed before inputs were kept.
    inputs = models.BinaryField(_("inputs"), null=True)
    # {urgent: {all, met}, missing: [...], locks_out: [...]}, see `matching.runs.run_summary`.
    summary = models.JSONField(_("summary"), default=dict)
    # Canonical JSON of the engine's problem and plan: what `replay` and `python -m matching.engine verify`
    # read.
    problem = models.BinaryField(_("problem"), null=True)
    plan = models.JSONField(_("plan"), null=True)
    unmatched = models.JSONField(_("unmatched"), default=dict)
    error = models.TextField(_("error"), blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("match run")
        verbose_name_plural = _("match runs")
        ordering = ("-id",)
        constraints = (
            one_of("state", RunState.values, name="run_state"),
            one_of("objective", Objective.values, name="run_objective"),
            # A run is never published without its certificate.
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(proved=True) & Q(total=F("bound"))),
                name="run_published_is_proved",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["computed", "published"])
                | Q(plan__isnull=False, pairs__isnull=False),
                name="run_computed_has_plan",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def inputs_kept(self) -> bool:
        """Say whether a what-if can be computed on the run; reads no large column."""
        return bool(self.summary.get("ids"))

    @property
    def was_withdrawn(self) -> bool:
        """Say whether the run was published and then taken back."""
        return self.state == RunState.DISCARDED and self.published_at is not None


class RunExclusion(models.Model):
    """A party that was out of a run, and the rule that kept it out."""

    run = models.ForeignKey(
        MatchRun, on_delete=models.CASCADE, related_name="exclusions", verbose_name=_("run")
    )
    side = models.CharField(_("side"), max_length=2, choices=Side.choices)
    code = models.CharField(_("official code"), max_length=19)
    rule = models.CharField(_("rule"), max_length=24)

    class Meta:
        verbose_name = _("party left out of a run")
        verbose_name_plural = _("parties left out of a run")
        constraints = (models.UniqueConstraint(fields=["run", "side", "code"], name="run_exclusion_once"),)

    def __str__(self) -> str:
        return f"{self.code}: {self.rule}"

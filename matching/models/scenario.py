"""What is computed beside a run and never touches it: what-ifs, and analyses of its plan."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import one_of
from kommunesamarbeid.core.lifecycle import Table
from matching.choices import AnalysisKind, Objective
from matching.models.run import MatchRun
from matching.models.scheme import Scheme
from matching.states import JOB_TRANSITIONS, JobState


class Job(models.Model):
    """A computation with a row of its own: the row is the truth,
    and a process that dies is found by the sweep.
    """

    TRANSITIONS: ClassVar[Table] = JOB_TRANSITIONS

    state = models.CharField(_("state"), max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    requested_at = models.DateTimeField(_("requested at"))
    requested_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("requested by")
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    sign_of_life_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        abstract = True


class Scenario(Job):
    """A named what-if on what a run has read, with some things changed."""

    run = models.ForeignKey(
        MatchRun, on_delete=models.PROTECT, related_name="scenarios", verbose_name=_("run")
    )
    name = models.CharField(_("name"), max_length=80)
    # [{"code": "lock", "row": …, "column": …}, …], see `matching.questions.whatif`.
    changes = models.JSONField(_("changes"))
    scheme = models.ForeignKey(
        Scheme,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="previews",
        verbose_name=_("draft it tries"),
    )
    objective = models.CharField(_("objective"), max_length=12, choices=Objective.choices)
    pairs = models.PositiveIntegerField(_("pairs"), null=True)
    total = models.BigIntegerField(_("total score"), null=True)
    worst = models.IntegerField(_("lowest score"), null=True)
    proved = models.BooleanField(_("proved"), null=True)
    problem = models.BinaryField(_("problem"), null=True)
    plan = models.JSONField(_("plan"), null=True)
    # Points of the plan's pairs, in its order, as the run itself scores them: one measure for both plans.
    points_before = models.JSONField(_("points as the run scores them"), default=list)

    class Meta:
        verbose_name = _("what-if")
        verbose_name_plural = _("what-ifs")
        ordering = ("-id",)
        constraints = (
            one_of("state", JobState.values, name="scenario_state"),
            one_of("objective", Objective.values, name="scenario_objective"),
            models.CheckConstraint(
                condition=~Q(state="computed") | Q(plan__isnull=False, pairs__isnull=False, proved=True),
                name="scenario_computed_has_proved_plan",
            ),
        )

    def __str__(self) -> str:
        return self.name


class RunAnalysis(Job):
    """What was worked out about a run's plan: one row per run and kind, the result in codes."""

    run = models.ForeignKey(
        MatchRun, on_delete=models.CASCADE, related_name="analyses", verbose_name=_("run")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AnalysisKind.choices)
    result = models.JSONField(_("result"), null=True)

    class Meta:
        verbose_name = _("analysis of a run")
        verbose_name_plural = _("analyses of runs")
        ordering = ("run", "kind")
        constraints = (
            models.UniqueConstraint(fields=["run", "kind"], name="analysis_once_per_run"),
            one_of("state", JobState.values, name="analysis_state"),
            one_of("kind", AnalysisKind.values, name="analysis_kind"),
            models.CheckConstraint(
                condition=~Q(state="computed") | Q(result__isnull=False), name="analysis_computed_has_result"
            ),
        )

    def __str__(self) -> str:
        return f"{self.run_id} {self.kind}"

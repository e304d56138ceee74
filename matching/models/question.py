"""Why not this pair? What would it cost? Each question about a pair of a run, with the engine's answer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import one_of
from kommunesamarbeid.core.lifecycle import Table
from matching.models.run import MatchRun
from matching.states import QUESTION_TRANSITIONS, QuestionState
from municipalities.models import Candidate, Response


class PriceQuestionQuerySet(models.QuerySet["PriceQuestion"]):
    """Questions by the pair they are about."""

    def answered(
        self, run: MatchRun | int, response: Response | int, candidate: Candidate | int
    ) -> PriceQuestionQuerySet:
        """Return the answered question about a pair of a run: one or none."""
        return self.filter(run=run, response=response, candidate=candidate, state=QuestionState.ANSWERED)


class PriceQuestion(models.Model):
    """One pair of one run and what making it would cost; asked once, the answer stands as long as the run.

    `answer` holds codes only: {"rule"} or {"price", "points", "moves": [{kind, row, column, points}]}.
    """

    TRANSITIONS: ClassVar[Table] = QUESTION_TRANSITIONS

    run = models.ForeignKey(
        MatchRun, on_delete=models.CASCADE, related_name="questions", verbose_name=_("run")
    )
    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, related_name="+", verbose_name=_("response")
    )
    candidate = models.ForeignKey(
        Candidate, on_delete=models.PROTECT, related_name="+", verbose_name=_("candidate")
    )
    state = models.CharField(
        _("state"), max_length=8, choices=QuestionState.choices, default=QuestionState.QUEUED
    )
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = models.JSONField(_("answer"), default=dict)

    objects = PriceQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question about a pair")
        verbose_name_plural = _("questions about pairs")
        constraints = (
            models.UniqueConstraint(fields=["run", "response", "candidate"], name="price_question_once"),
            one_of("state", QuestionState.values, name="price_question_state"),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered_at__isnull=False),
                name="price_question_answered_at",
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

"""Two match runs, half a year apart, the proposals of the second still under review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kommunesamarbeid.core.roles import SYSTEM
from matching.agreements import existing_cooperation, milestones
from matching.choices import MilestoneKind, Precision
from matching.decisions import publication
from matching.demo.rules import Rules
from matching.demo.walks import Walk
from matching.models import MatchRun, Proposal
from matching.runs import analyses, runs, schemes, weight_steps
from matching.states import AgreementState, RunState
from municipalities.demo.timeline import dice_for
from municipalities.models import Candidate, Hromada, Municipality
from municipalities.states import CandidateState

FIRST_RUN, SCHEME_DRAFTED, SECOND_RUN = 140, 30, 3  # days before the end
# How far the pairs of the first run get; in this order, again and again.
STAGES = (
    "active", "signed", "in_process", "mutual", "introduced", "active", "rejected", "suspended", "cleared",
    "declined", "held",
    "active", "no_answer", "undone", "signed", "expired", "resumed", "security",
)  # fmt: skip
DECIDED_AT_MOST = 2 * len(STAGES)
LATE_STAGES = ("introduced", "opened", "held", "rejected", "introduced", "held")
Decide = Callable[[list[Proposal], datetime], None]
ENTERED = (AgreementState.ACTIVE, AgreementState.SIGNED, AgreementState.SUSPENDED)


class RunFailed(Exception):
    """A match run of the demo did not come to a proven plan; the text is the run's own error."""


class Matching:
    """What is planned, by the demo's rules."""

    def __init__(self, rules: Rules, seed: int) -> None:
        self.rules, self.timeline, self.cast, self.seed = rules, rules.timeline, rules.cast, seed

    def plan(self, hromadas: Sequence[Hromada], others: Sequence[Municipality]) -> None:
        """Plan what existed before, both runs, and a scheme somebody tries."""
        dice, timeline = dice_for(self.seed, "matching"), self.timeline
        timeline.at(
            timeline.working_hour(FIRST_RUN + 5, dice), lambda at: self.enter_existing(at, hromadas, others)
        )
        timeline.at(timeline.working_hour(FIRST_RUN, dice), self.first_run)
        timeline.at(timeline.working_hour(SCHEME_DRAFTED, dice), self.draft_scheme)
        timeline.at(timeline.working_hour(SECOND_RUN, dice), self.second_run)

    def enter_existing(
        self, at: datetime, hromadas: Sequence[Hromada], others: Sequence[Municipality]
    ) -> None:
        """KS enters a few co-operations that were there before the portal."""
        in_order = Candidate.objects.filter(state=CandidateState.READY, hromada__in=hromadas).order_by(
            "hromada__katottg"
        )
        ready = list(in_order.select_related("hromada"))
        chosen = dice_for(self.seed, "existing").sample(ready, min(len(ENTERED), len(ready)))
        for municipality, candidate, state in zip(others, chosen, ENTERED, strict=False):
            agreement = existing_cooperation.enter_existing(
                municipality=municipality,
                hromada=candidate.hromada,
                state=state,
                source=_("Demo: an invented co-operation"),
                by=self.cast.kari,
                at=at,
                is_fictional=True,
            )
            milestones.record_milestone(
                agreement=agreement,
                kind=MilestoneKind.SIGNATURE,
                on=at.date().replace(year=at.year - 2, day=1),
                precision=Precision.YEAR,
                source=_("Demo: an invented source"),
                by=self.cast.kari,
                at=at,
            )

    def draft_scheme(self, at: datetime) -> None:
        """Kari drafts other weights; nobody has put them in force."""
        # One step less for likeness, as the form sets it: its points go to the others in their proportions.
        steps = weight_steps.nearest_steps(schemes.SchemeValues().weights)
        values = schemes.SchemeValues(
            weights=weight_steps.weights_of(steps | {"likeness": steps["likeness"] - 1})
        )
        schemes.draft_scheme(
            values=values, reason=_("Demo: what if the needs weighed more?"), by=self.cast.kari, at=at
        )

    def first_run(self, at: datetime) -> None:
        """The run whose partnerships have come far by now."""
        self.compute(at, self.decide_first)

    def decide_first(self, proposals: list[Proposal], at: datetime) -> None:
        """Plan what becomes of its proposals."""
        for place, proposal in enumerate(proposals[:DECIDED_AT_MOST]):
            walk = Walk(self.rules, proposal, dice_for(self.seed, "first", place))
            walk.plan(STAGES[place % len(STAGES)], at + timedelta(days=1 + place % 6, minutes=place))

    def second_run(self, at: datetime) -> None:
        """The run that is under review now."""
        self.compute(at, self.decide_second)

    def decide_second(self, proposals: list[Proposal], at: datetime) -> None:
        """Plan the first decisions on it."""
        for place, (proposal, stage) in enumerate(zip(proposals, LATE_STAGES, strict=False)):
            # One was approved a moment ago: it can still be undone.
            when = (
                self.timeline.end - self.rules.undo / 4
                if stage == "opened"
                else at + timedelta(days=1, minutes=place)
            )
            Walk(self.rules, proposal, dice_for(self.seed, "second", place)).plan(stage, when)

    def compute(self, at: datetime, decide: Decide) -> None:
        """Compute a run; it is published a little later, and then decided on.

        Raises RunFailed.
        """
        run = runs.queue_run(
            scheme=schemes.current_scheme(), as_of=timezone.localdate(at), by=self.cast.kari, at=at
        )
        runs.compute_run(run=run, at=at, clock=lambda: at)
        run.refresh_from_db()
        if run.state != RunState.COMPUTED:
            raise RunFailed(run.error)
        # What follows from the plan is worked out when the portal has started: the sweep finds what waits.
        analyses.request_analyses(run=run, by=SYSTEM, at=at)
        if run.pairs:
            self.timeline.at(at + timedelta(minutes=20), lambda later: self.publish(run, later, decide))

    def publish(self, run: MatchRun, at: datetime, decide: Decide) -> None:
        """Publish the run and decide on its proposals, in an order that mixes strong and weak ones."""
        publication.publish_run(run=run, by=self.cast.kari, at=at)
        proposals = list(
            run.proposals.order_by("response__municipality__number", "candidate__hromada__katottg")
        )
        dice_for(self.seed, "order", run.as_of).shuffle(proposals)
        decide(proposals, at)

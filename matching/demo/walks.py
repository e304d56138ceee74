"""What becomes of one proposal of the demo: rejected, held, undone, declined,
or a partnership that gets so far.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from matching.agreements import agreements, milestones
from matching.agreements.milestone_rules import MILESTONES
from matching.choices import DecisionKind, MilestoneKind, RejectReason, Side
from matching.decisions import decisions
from matching.demo.rules import Rules
from matching.models import Agreement, Proposal
from matching.pairs import capacity
from matching.states import AgreementState, EndReason
from municipalities.demo.timeline import Act

DAY = timedelta(days=1)
Step = tuple[str, timedelta, Act]
REJECTIONS = (RejectReason.GEOGRAPHY, RejectReason.CAPACITY, RejectReason.PARTY_WISH)


class Walk:
    """One proposal and the agreement that may come of it."""

    def __init__(self, rules: Rules, proposal: Proposal, dice: Random) -> None:
        self.rules, self.cast, self.proposal_id, self.dice = rules, rules.cast, proposal.pk, dice
        self.agreement: Agreement | None = None

    def plan(self, stage: str, start: datetime) -> None:
        """Plan the steps up to a stage."""
        when = start
        for _name, pause, act in self._undecided(stage) or self._partnership(stage):
            when += pause
            self.rules.timeline.at(when, act)

    def _undecided(self, stage: str) -> list[Step]:
        """Return the steps of a proposal that becomes no partnership (yet); empty when it becomes one."""
        first = timedelta()
        ways: dict[str, list[Step]] = {
            "expired": [("", first, lambda at: None)],
            "rejected": [("", first, self.reject)],
            "held": [("", first, self.hold)],
            "resumed": [("", first, self.hold), ("", 3 * DAY, self.resume)],
            "opened": [("", first, self.approve)],
            "undone": [("", first, self.approve)],
        }
        if self.rules.undo:  # a portal without time for undoing has nothing undone
            ways["undone"].append(("", self.rules.undo / 2, self._if_open(self.undo)))
        return ways.get(stage, [])

    def _partnership(self, stage: str) -> list[Step]:
        """Return the steps of a partnership up to the stage it reaches, and how it stopped when it did."""
        stops: dict[str, tuple[str, Act]] = {
            "declined": ("introduced", lambda at: self.end(EndReason.DECLINED_NO, at)),
            "no_answer": ("introduced", lambda at: self.end(EndReason.NO_ANSWER, at)),
            "security": ("in_process", lambda at: self.end(EndReason.SECURITY, at)),
            "suspended": ("active", self.suspend),
        }
        reached, stop = stops.get(stage, (stage, None))
        road: list[Step] = [
            ("opened", timedelta(), self.approve),
            ("introduced", self.rules.undo, lambda at: agreements.introduce_due(at=at)),
            (
                "mutual",
                self.dice.randint(5, 12) * DAY,
                self._if_open(lambda at: self.move(AgreementState.MUTUAL, at)),
            ),
            ("in_process", 8 * DAY, self._if_open(self.begin_process)),
            ("cleared", self.dice.randint(15, 25) * DAY, self._if_open(self.clear)),
            ("signed", self.dice.randint(8, 15) * DAY, self._if_open(self.sign)),
            ("active", 10 * DAY, self._if_open(self.activate)),
        ]
        walked = road[: 1 + [name for name, _pause, _act in road].index(reached)]
        return [*walked, ("", self.dice.randint(9, 20) * DAY, self._if_open(stop))] if stop else walked

    def _if_open(self, act: Act) -> Act:
        """Return the act for when there is an agreement: an answer that changed meanwhile is not approved."""
        return lambda at: act(at) if self.agreement is not None else None

    # --- decisions ------------------------------------------------------------------------------------------

    def approve(self, at: datetime) -> None:
        """Give every required approval; a pair whose answer or place has gone meanwhile is left alone."""
        for kind in self.rules.required:
            try:
                self.agreement = decisions.approve_proposal(
                    proposal=self.now(),
                    kind=kind,
                    by=self.rules.deciders[DecisionKind(kind)],
                    at=at,
                    no_conflict=True,
                    rules=decisions.ApprovalRules(
                        self.rules.required, self.rules.undo // timedelta(minutes=1)
                    ),
                )
            except (decisions.PartyChanged, capacity.NoCapacity):
                return

    def reject(self, at: datetime) -> None:
        """KS rejects with a reason."""
        decisions.reject_proposal(
            proposal=self.now(),
            by=self.cast.kari,
            at=at,
            reason_code=self.dice.choice(REJECTIONS),
            reason=_("Demo: an invented reason."),
        )

    def hold(self, at: datetime) -> None:
        """KS waits for something."""
        reason = _("Demo: waits for the meeting of the municipal council")
        decisions.hold_proposal(proposal=self.now(), by=self.cast.kari, at=at, reason=reason)

    def resume(self, at: datetime) -> None:
        """KS takes it up again."""
        decisions.resume_proposal(proposal=self.now(), by=self.cast.kari, at=at)

    def undo(self, at: datetime) -> None:
        """KS undoes the approval before anybody has heard of it."""
        agreements.undo_agreement(agreement=self.open(), by=self.cast.kari, at=at)

    # --- the partnership ------------------------------------------------------------------------------------

    def begin_process(self, at: datetime) -> None:
        """The Norwegian mandate is there, and the draft goes to the ministry."""
        self.move(AgreementState.IN_PROCESS, at)
        self.reached(MilestoneKind.NO_MANDATE, at, days_before=2)
        self.reached(MilestoneKind.UA_CLEARANCE_SENT, at)

    def clear(self, at: datetime) -> None:
        """The ministry has cleared the draft."""
        self.reached(MilestoneKind.UA_CLEARANCE_GIVEN, at)

    def sign(self, at: datetime) -> None:
        """Both councils have decided, the agreement is signed, and most agree to be named."""
        self.reached(MilestoneKind.NO_DECISION, at, days_before=6)
        self.reached(MilestoneKind.UA_DECISION, at, days_before=4)
        self.reached(MilestoneKind.SIGNATURE, at)
        self.move(AgreementState.SIGNED, at)
        sides = [Side.NORWEGIAN, Side.UKRAINIAN] if self.dice.random() < 0.75 else [Side.NORWEGIAN]
        for side in sides:
            milestones.give_consent(
                agreement=self.open(),
                side=side,
                given_on=timezone.localdate(at),
                given_by=_("Demo: the mayor's office"),
                by=self.cast.kari,
                at=at,
            )

    def activate(self, at: datetime) -> None:
        """The agreement is registered and lived."""
        self.reached(MilestoneKind.UA_REGISTRATION, at, days_before=1)
        self.move(AgreementState.ACTIVE, at)

    def suspend(self, at: datetime) -> None:
        """The partners pause, and one takes back the consent to be named."""
        self.move(AgreementState.SUSPENDED, at, _("Demo: the partners pause over the winter"))
        consent = self.open().consents.filter(side=Side.UKRAINIAN, withdrawn_at__isnull=True).first()
        if consent is not None:
            milestones.withdraw_consent(consent=consent, by=self.cast.andrij, at=at)

    def end(self, reason: str, at: datetime) -> None:
        """The partnership ends."""
        agreements.end_agreement(
            agreement=self.open(),
            reason=reason,
            text=_("Demo: an invented reason."),
            by=self.cast.kari,
            at=at,
        )

    def move(self, to: str, at: datetime, reason: str = "") -> None:
        """Move the agreement a step."""
        agreements.move_agreement(agreement=self.open(), to=to, by=self.cast.kari, at=at, reason=reason)

    def reached(self, kind: MilestoneKind, at: datetime, days_before: int = 0) -> None:
        """Record a milestone."""
        by, language = (
            (self.cast.andrij, "uk") if MILESTONES[kind].side == Side.UKRAINIAN else (self.cast.kari, "nb")
        )
        with translation.override(language):
            source = _("Demo: an invented source")
        milestones.record_milestone(
            agreement=self.open(),
            kind=kind,
            on=timezone.localdate(at) - days_before * DAY,
            source=source,
            case_number="Demo 26/7" if kind == MilestoneKind.NO_DECISION else "",
            by=by,
            at=at,
        )

    # --- as it is now ---------------------------------------------------------------------------------------

    def now(self) -> Proposal:
        """Return the proposal as it is now."""
        proposals = Proposal.objects.select_related(
            "run", "assessment", "response__municipality", "candidate__hromada"
        )
        return proposals.get(pk=self.proposal_id)

    def open(self) -> Agreement:
        """Return the agreement as it is now."""
        assert self.agreement is not None, "approved before it is kept"
        return Agreement.objects.select_related("proposal__response").get(pk=self.agreement.pk)

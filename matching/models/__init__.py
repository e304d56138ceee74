"""The tables of the upper floor, one file per subject."""

from __future__ import annotations

from matching.models.agreement import Agreement, AgreementParty, Milestone, PublicationConsent
from matching.models.casework import CaseNote, Inquiry
from matching.models.follow_up import DueDate, ReportedDecision
from matching.models.introduction import IntroductionReply
from matching.models.pair_rule import PairRule
from matching.models.proposal import Alternative, Decision, Proposal
from matching.models.question import PriceQuestion
from matching.models.run import MatchRun, RunExclusion
from matching.models.scenario import RunAnalysis, Scenario
from matching.models.scheme import Scheme

__all__ = [
    "Agreement",
    "AgreementParty",
    "Alternative",
    "CaseNote",
    "Decision",
    "DueDate",
    "Inquiry",
    "IntroductionReply",
    "MatchRun",
    "Milestone",
    "PairRule",
    "PriceQuestion",
    "Proposal",
    "PublicationConsent",
    "ReportedDecision",
    "RunAnalysis",
    "RunExclusion",
    "Scenario",
    "Scheme",
]

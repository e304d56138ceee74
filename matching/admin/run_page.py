"""What the page of a run shows: inputs and who was out, totals and proof, pairs with reasons, and who got no partner."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.templatetags.ui import points
from matching import wording
from matching.choices import SchemeState, Side
from matching.models import MatchRun, Proposal
from matching.states import RunState
from municipalities.models import Hromada, Municipality

PAIRS_PER_PAGE = 50
GOING = (RunState.QUEUED, RunState.RUNNING)


@dataclass(frozen=True)
class Group:
    """Parties that share a reason: the reason in words, and their names."""

    reason: str
    names: list[str]


@dataclass(frozen=True)
class PairRow:
    """One line of the result table."""

    proposal: Proposal
    municipality: str
    hromada: str
    category: str
    reasons: list[str]
    weakest: str
    url: str


def run_context(run: MatchRun, actor: Actor, page: str) -> dict[str, Any]:
    """Return everything the run's page shows; a fixed number of queries."""
    names = _names(run)
    return {
        "run": run,
        "facts": _facts(run),
        "figures": _figures(run),
        "acts": _acts(run, actor),
        "going": run.state in GOING,
        "progress": wording.progress_text(run.progress) if run.state == RunState.RUNNING else "",
        "failure": wording.failure_text(run),
        "proof": wording.proof_sentence(run) if run.plan is not None else "",
        "limits": _limits(run),
        "pairs": _pairs(run, page) if run.plan is not None else None,
        "priced": not run.scheme.war_zone_share_permille,
        "unmatched": [
            (_("Norwegian side"), _groups(run.unmatched.get("municipalities", ()), names)),
            (_("Ukrainian side"), _groups(run.unmatched.get("candidates", ()), names)),
        ]
        if run.plan is not None
        else [],
        "excluded": _excluded(run, names),
    }


def _facts(run: MatchRun) -> list[tuple[str, Any]]:
    """Return what the run rests on, as label and value."""
    asked = _("%(who)s, %(when)s") % {
        "who": run.requested_by or _("the portal"),
        "when": date_format(localtime(run.requested_at), "SHORT_DATETIME_FORMAT"),
    }
    facts = [
        (_("Asked for by"), asked),
        (_("Data as of"), date_format(run.as_of, "DATE_FORMAT")),
        (_("Scheme"), f"{run.scheme} ({run.scheme.get_state_display()})"),
        (_("Objective"), run.get_objective_display()),
    ]
    if run.input_digest:
        facts.append((_("Fingerprint of the input"), run.input_digest[:16]))
        versions = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
        facts.append((_("Versions"), _("%(versions)s, seed %(seed)d") % {"versions": versions, "seed": run.scheme.seed}))
    return facts


def _figures(run: MatchRun) -> list[tuple[str, Any]]:
    if run.plan is None:
        return []
    return [
        (_("Municipalities in the run"), run.rows),
        (_("Candidates in the run"), run.columns),
        (_("Proposed pairs"), run.pairs),
        (_("Total score"), points(run.total)),
        (_("Highest possible"), points(run.bound)),
        (_("Lowest score of a pair"), points(run.worst) or "–"),
        (_("Computed in"), _("%(seconds)s s") % {"seconds": number_format(sum(run.seconds.values()), 1)}),
    ]


def _acts(run: MatchRun, actor: Actor) -> list[dict[str, Any]]:
    """Return what this person may do now: label, address, and whether it is done at once or on a page of its own."""
    if not actor.may(May.START_RUNS):
        return []
    found = []
    if run.state == RunState.COMPUTED and run.pairs and run.proved and run.scheme.state == SchemeState.PUBLISHED:
        label = _("Send %(count)d proposals for review") % {"count": run.pairs}
        found.append(_act(run, "publish", label, at_once=False, primary=True))
    if run.state in GOING:
        found.append(_act(run, "cancel", _("Cancel the computation"), at_once=True))
    if run.state in {RunState.INTERRUPTED, RunState.FAILED}:
        found.append(_act(run, "restart", _("Start again"), at_once=True, primary=True))
    if RunState.DISCARDED in run.TRANSITIONS[run.state]:
        found.append(_act(run, "discard", _("Discard the run"), at_once=False))
    return found


def _act(run: MatchRun, verb: str, label: str, *, at_once: bool, primary: bool = False) -> dict[str, Any]:
    return {
        "label": label,
        "url": reverse(f"admin:matching_matchrun_{verb}", args=[run.pk]),
        "at_once": at_once,
        "primary": primary,
    }


def _limits(run: MatchRun) -> list[str]:
    """Return the limits of the scheme that the plan has reached, and what one more place would be worth."""
    found = []
    for limit in (run.plan or {}).get("binding", ()):
        text = wording.limit_text(limit["code"])
        if limit["worth"]:
            text = _("%(limit)s (one more would give %(worth)d points)") % {"limit": text, "worth": limit["worth"]}
        found.append(text)
    return found


def _names(run: MatchRun) -> dict[str, str]:
    """Return official code → place with county or oblast, of everybody the page lists without a pair; 2 queries."""
    out = list(run.exclusions.all())
    norwegian = [each.code for each in out if each.side == Side.NORWEGIAN]
    ukrainian = [each.code for each in out if each.side == Side.UKRAINIAN]
    norwegian += [code for code, _reason in run.unmatched.get("municipalities", ())]
    ukrainian += [code for code, _reason in run.unmatched.get("candidates", ())]
    municipalities = Municipality.objects.filter(number__in=norwegian, valid_to__isnull=True).select_related("county")
    hromadas = Hromada.objects.filter(katottg__in=ukrainian).select_related("oblast")
    return {each.number: each.place for each in municipalities} | {each.katottg: each.place for each in hromadas}


def _groups(listed: Iterable[tuple[str, str]], names: dict[str, str], side: str = "") -> list[Group]:
    """Group (code, reason) by reason, the largest group first."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for code, reason in listed:
        by_reason[wording.rule_text(reason, side)].append(names.get(code, code))
    return [
        Group(reason, sorted(group)) for reason, group in sorted(by_reason.items(), key=lambda each: (-len(each[1]), each[0]))
    ]


def _excluded(run: MatchRun, names: dict[str, str]) -> list[tuple[str, list[Group]]]:
    out = list(run.exclusions.all())
    sides = ((Side.NORWEGIAN, _("Norwegian side")), (Side.UKRAINIAN, _("Ukrainian side")))
    return [(label, _groups([(each.code, each.rule) for each in out if each.side == side], names, side)) for side, label in sides]


def _pairs(run: MatchRun, number: str) -> Page[Any]:
    """Return a page of result rows, the strongest pairs first; 2 queries."""
    proposals = run.proposals.select_related(
        "response__municipality__county", "candidate__hromada__oblast", "assessment"
    ).order_by("-points", "id")
    page: Page[Any] = Paginator(proposals, PAIRS_PER_PAGE).get_page(number)
    page.object_list = [_row(run, proposal) for proposal in page.object_list]
    return page


def _row(run: MatchRun, proposal: Proposal) -> PairRow:
    open_for_review = run.state == RunState.PUBLISHED
    return PairRow(
        proposal=proposal,
        municipality=proposal.response.municipality.place,
        hromada=proposal.candidate.hromada.place,
        category=proposal.assessment.get_category_display(),
        reasons=wording.reasons(proposal.breakdown),
        weakest=wording.weakest_point(proposal.breakdown),
        url=reverse("admin:matching_proposal_change", args=[proposal.pk]) if open_for_review else "",
    )

"""What one proposal's page shows: verdict, both sides, points that add up, alternatives, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.values import yes_no
from kommunesamarbeid.core.languages import label_of
from kommunesamarbeid.core.models import Organisation
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.visibility import Level, present, reads_words_of
from matching import wording
from matching.admin.proposals.alternatives import alternatives_of
from matching.admin.proposals.case_context import case_context, known_partners, other_roads
from matching.admin.proposals.pair_map import pair_map
from matching.admin.proposals.pair_words import answer_words, pair_name
from matching.agreements.agreements import can_be_undone, mail_plan
from matching.choices import DecisionKind, ProposalOrigin, RejectReason, Side, Verdict
from matching.decisions import decisions, workload
from matching.decisions.disclosure import answer_seen, criteria_seen, reach_on_case
from matching.models import Agreement, Decision, PriceQuestion, Proposal
from matching.reports.profiles import inhabitants, language_names
from matching.states import UNDECIDED, EndReason
from municipalities.admin.registers.labels import signature
from municipalities.candidates import assessment_on
from municipalities.choices import Category, Horizon, OfferLevel, Preference, Refusal, Urgency
from municipalities.models import Need, Offer


class Line(NamedTuple):
    """One row of the side-by-side table."""

    label: str
    norwegian: str
    ukrainian: str


class Points(NamedTuple):
    """One criterion: its points of its most, and whether they rest on an answer."""

    label: str
    points: int
    most: int
    known: bool


def decision_context(proposal: Proposal, reader: Actor, now: datetime) -> dict[str, Any]:
    """Return what the proposal's page shows to this reader.

    AUC sees neither free text nor wishes of the Norwegian side.
    """
    today, reach = localdate(now), reach_on_case(reader)
    agreement = Agreement.objects.filter(proposal=proposal).first()
    points = [
        Points(wording.criterion_label(p["code"]), p["points"], p["max"], p["known"])
        for p in proposal.breakdown
    ]
    return {
        "proposal": proposal,
        "verdict": wording.verdict_sentence(proposal),
        "reasons": wording.reasons(criteria_seen(proposal.breakdown, reach)),
        "weakest": wording.weakest_point(proposal.breakdown) if reach >= Level.RESTRICTED else "",
        "warnings": list(_warnings(proposal, now)),
        "lines": list(_lines(proposal, today, reach)),
        "themes": _themes(proposal, today, reach),
        "points": points,
        "most": sum(p.most for p in points),
        "alternatives": alternatives_of(proposal, reader),
        "decisions": [decision_words(row, reader) for row in proposal.decisions.all()],
        "approvals": _approvals(proposal),
        "agreement": agreement,
        "undo": undo_of(agreement, reader, now),
        "case": case_context(proposal, reader),
        "map": pair_map(proposal.response.municipality, proposal.candidate.hromada),
        "partners": known_partners(proposal),
        "roads": other_roads(proposal),
        "price": list(_price(proposal, reader)),
        "displaced": _displaced(proposal),
        "sheets": [
            (reverse("admin:matching_proposal_profile", args=[proposal.pk, side.value]), side.label)
            for side in Side
        ],
        "origin_words": _origin_words(proposal, reader),
    }


def undo_of(agreement: Agreement | None, reader: Actor, now: datetime) -> dict[str, Any] | None:
    """Return the undo that is still open to this reader: its address and until when."""
    if agreement is None or not reader.may(May.KEEP_AGREEMENTS) or not can_be_undone(agreement, now):
        return None
    return {
        "url": reverse("admin:matching_agreement_undo", args=[agreement.pk]),
        "until": agreement.undo_until,
    }


def told(proposal: Proposal) -> list[tuple[str, str]]:
    """Return who is told of an introduction, without names, and in which language."""
    place = proposal.response.municipality.place
    contact = _("The contact person of %(place)s: a link and the reference number") % {"place": place}
    auc = _("AUC: a link and the reference number")
    plan = mail_plan(proposal)
    return [(auc if to.kind == "user" else contact, label_of(to.language)) for _template, to in plan]


def _lines(proposal: Proposal, today: date, reach: Level) -> Iterator[Line]:
    party, hromada = proposal.response.municipality, proposal.candidate.hromada
    answers, candidate = answer_seen(proposal.version.answers, reach), proposal.candidate
    yield Line(_("County or oblast"), str(party.county), str(hromada.oblast))
    yield Line(_("Inhabitants"), _people(party), _people(hromada))
    yield Line(_("Category"), _wish(answers) if "preference" in answers else "–", _category(proposal, today))
    yield Line(_("Working languages"), _languages(answers.get("languages")), _languages(candidate.languages))
    yield Line(_("Interpreter"), _yes_no(answers.get("interpreter")), _yes_no(candidate.interpreter))
    if "capacity" in answers:
        yield Line(_("Number of partners wished"), str(answers["capacity"]), str(candidate.capacity))
    if "horizons" in answers:
        horizons = [str(Horizon(code).label) for code in answers["horizons"]]
        yield Line(_("Horizons"), ", ".join(horizons) or _("not known"), "–")
    confirmed = candidate.needs.current().aggregate(newest=Max("confirmed_on"))["newest"]
    yield Line(
        _("Age of the data"),
        _("answered %(date)s")
        % {"date": date_format(localdate(proposal.version.submitted_at), "SHORT_DATE_FORMAT")},
        _("needs confirmed %(date)s") % {"date": date_format(confirmed, "SHORT_DATE_FORMAT")}
        if confirmed
        else _("not known"),
    )


def _people(place: Any) -> str:
    if place.population is None:
        return _("not known")
    return inhabitants(place.population, place.population_year)


def _wish(answers: dict[str, Any]) -> str:
    """What the municipality says of its partner's category: a wish, and a no."""
    wish = (
        Preference(answers["preference"]).label
        if answers.get("preference") in Preference.values
        else _("not known")
    )
    refused = answers.get("refusal")
    return (
        f"{wish}. {Refusal(refused).label}"
        if refused in Refusal.values and refused != Refusal.NONE
        else str(wish)
    )


def _category(proposal: Proposal, today: date) -> str:
    assessment = assessment_on(proposal.candidate, today)
    if assessment is None:
        return str(Category.UNDETERMINED.label)
    since = _("since %(date)s") % {"date": date_format(assessment.valid_from, "SHORT_DATE_FORMAT")}
    return f"{Category(assessment.category).label} ({since})"


def _languages(codes: Iterable[str] | None) -> str:
    return language_names(codes or ()) or _("not known")


def _yes_no(value: Any) -> str:
    """Say yes or no as the register and as an answer has it; all else is not known."""
    return yes_no({True: True, "yes": True, False: False, "no": False}.get(value))


class ThemeLine(NamedTuple):
    """One theme and what each side says of it."""

    theme: str
    offer: str
    need: str
    text: str


def _themes(proposal: Proposal, today: date, reach: Level) -> list[tuple[str, list[ThemeLine]]]:
    """Return the themes in three groups: both, only offered, only needed."""
    offers = {
        offer.theme_id: offer
        for offer in proposal.version.offers.select_related("theme").order_by("theme__position")
    }
    live = proposal.candidate.needs.current().valid_on(today).visible_to(reach)
    needs: dict[int, list[Need]] = {}
    for need in live.select_related("theme").order_by("theme__position", "urgency"):
        needs.setdefault(need.theme_id, []).append(need)
    both = [_theme(offers[pk], needs[pk], reach) for pk in offers if pk in needs]
    only_offered = [_theme(offer, [], reach) for pk, offer in offers.items() if pk not in needs]
    only_needed = [_theme(None, rows, reach) for pk, rows in needs.items() if pk not in offers]
    return [
        (_("Offered and needed"), both),
        (_("Offered, not needed now"), only_offered),
        (_("Needed, not offered"), only_needed),
    ]


def _theme(offer: Offer | None, needs: list[Need], reach: Level) -> ThemeLine:
    wanted = [f"{Horizon(need.horizon).label}, {Urgency(need.urgency).label}" for need in needs]
    theme = offer.theme if offer is not None else needs[0].theme
    level = str(OfferLevel(offer.level).label) if offer is not None else "–"
    return ThemeLine(
        theme.name,
        level,
        "; ".join(wanted) or "–",
        str(present(offer, reach).get("description", "")) if offer is not None else "",
    )


def _warnings(proposal: Proposal, now: datetime) -> Iterator[str]:
    """Say what has changed since the run: what stops an approval, and what one should know."""
    if proposal.state not in UNDECIDED:
        return
    assessment = assessment_on(proposal.candidate, localdate(now))
    if changed := decisions.what_changed(proposal, assessment.category if assessment is not None else None):
        yield changed
    if proposal.response.versions.filter(number__gt=proposal.version.number).exists():
        yield _("The municipality has sent a newer answer than the one this proposal rests on.")
    if workload.needs_changed(proposal):
        yield _("The candidate's needs have changed since the run.")


def _price(proposal: Proposal, reader: Actor) -> Iterator[str]:
    """Say what a pair that no run chose costs the run's plan, and to KS who would get whom instead."""
    if proposal.forced_price is None:
        return
    yield wording.price_meaning(proposal.forced_price, proposal.run.total)
    if not reader.may(May.APPROVE_FIRST):
        return
    questions = PriceQuestion.objects.answered(proposal.run_id, proposal.response_id, proposal.candidate_id)
    asked = questions.first()
    if asked is not None and "moves" in asked.answer:
        yield from answer_words(asked)[1:]  # the first says the price again


def _origin_words(proposal: Proposal, reader: Actor) -> str:
    """Say why the pair was made.

    KS's words to KS, the reason code of a partnership that did not come about to all.
    """
    if proposal.origin == ProposalOrigin.FOLLOW_UP:
        return str(dict(EndReason.choices).get(proposal.origin_reason, proposal.origin_reason))
    return proposal.origin_reason if reads_words_of(Organisation.KS, reader) else ""


def _displaced(proposal: Proposal) -> list[tuple[int, str, str]]:
    """Return the proposals that gave way to this one: id, pair, state."""
    rows = proposal.displaced.select_related("response__municipality", "candidate__hromada__oblast").order_by(
        "id"
    )
    return [(row.pk, pair_name(row), str(row.get_state_display())) for row in rows]


def decision_words(row: Decision, reader: Actor) -> dict[str, Any]:
    """A decision in words; the free text stays within the organisation that wrote it, and KS reads all."""
    may_read = reads_words_of(row.decided_by.organisation, reader)
    return {
        "at": row.decided_at,
        "who": signature(row.decided_by, reader),
        "kind": DecisionKind(row.kind).label,
        "verdict": Verdict(row.verdict).label,
        "code": RejectReason(row.reason_code).label if row.reason_code else "",
        "reason": row.reason if may_read else "",
    }


def _approvals(proposal: Proposal) -> list[tuple[str, bool]]:
    """Return the approvals asked for, and whether each is there."""
    approved = {row.kind for row in proposal.decisions.all() if row.verdict == Verdict.APPROVE}
    return [(str(DecisionKind(kind).label), kind in approved) for kind in settings.APPROVALS_REQUIRED]

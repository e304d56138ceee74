"""Co-operations that existed before the portal: entered by KS, or made of what public sources report."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.dates import MILESTONE, NotADay, read_date
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.refusals import SourceMissing
from kommunesamarbeid.core.roles import Actor, May, require
from matching.agreements.agreements import close_agreement, create_agreement
from matching.agreements.milestones import KNOWN_FROM
from matching.choices import AgreementKind, MilestoneKind, Origin, Precision
from matching.models import Agreement, AgreementParty, Milestone
from matching.pairs import lock_sides, open_pair, refuse_open_pair
from matching.states import MUTUAL_OR_LATER, AgreementState, EndReason
from municipalities.models import Hromada, KnownPartnership, Municipality


@transaction.atomic
def enter_existing(
    *,
    municipality: Municipality,
    hromada: Hromada,
    state: str,
    source: str,
    by: Actor,
    at: datetime,
    kind: str = AgreementKind.COOPERATION,
    is_fictional: bool = False,
) -> Agreement:
    """Enter a co-operation that exists already.

    It uses a place on both sides, but is a fact and never refused for lack of one.

    A reported agreement of the same pair ends, and its milestones are carried over.
    Raises NotAllowed, ValueError (not a state of a living co-operation), SourceMissing or AlreadyPartners.
    """
    require(by, May.KEEP_AGREEMENTS)
    if state not in MUTUAL_OR_LATER:
        raise ValueError(state)
    if not source.strip():
        raise SourceMissing(message=KNOWN_FROM)
    lock_sides(municipality.pk, hromada.pk)
    reported = _reported_pair(municipality, hromada)
    if reported is not None:
        close_agreement(
            reported, EndReason.OTHER, "confirmed by KS as an existing co-operation", by=by, at=at
        )
    refuse_open_pair(municipality, hromada)
    agreement = create_agreement(
        [municipality],
        hromada,
        by=by,
        at=at,
        origin=Origin.EXISTING,
        state=state,
        kind=kind,
        source=source.strip(),
        is_fictional=is_fictional,
    )
    for milestone in reported.milestones.all() if reported is not None else ():
        milestone.pk, milestone.agreement = None, agreement
        save_with_history(milestone, by=by, at=at)
    record(
        "agreement.enter_existing",
        agreement,
        by=by,
        at=at,
        data={"reference": agreement.reference, "state": state},
    )
    return agreement


@transaction.atomic
def record_reported(*, report: object = None, by: Actor, at: datetime) -> int:
    """Make an agreement of origin `reported` of each Norwegian partnership known from a public page;
    return how many are new.

    The handler of `registers_loaded`: a pair that has, or had, an agreement is left alone, so loading again
    changes nothing. No source shows that a partnership is alive, so none starts as active unless the source
    says so.
    """
    partnerships = KnownPartnership.objects.filter(
        partner_country="NO", municipality__isnull=False, hromada__isnull=False
    )
    pairs = set(AgreementParty.objects.values_list("municipality_id", "hromada_id"))
    made = 0
    for row in partnerships.exclude(active=False).select_related("municipality", "hromada").order_by("key"):
        municipality, hromada = row.municipality, row.hromada
        # What somebody told KS or AUC in a letter is not public: it would be named to everybody.
        if (
            municipality is None
            or hromada is None
            or not row.is_page
            or (municipality.pk, hromada.pk) in pairs
        ):
            continue
        pairs.add((municipality.pk, hromada.pk))
        _report(row, municipality, hromada, by=by, at=at)
        made += 1
    return made


def _report(
    row: KnownPartnership, municipality: Municipality, hromada: Hromada, *, by: Actor, at: datetime
) -> None:
    signed = row.kind == "signed"
    state = (
        AgreementState.IN_PROCESS
        if not signed
        else AgreementState.ACTIVE
        if row.active
        else AgreementState.SIGNED
    )
    kind = {
        "intent": AgreementKind.INTENT,
        "planned": AgreementKind.OTHER,
        "project": AgreementKind.OTHER,
    }.get(row.kind, AgreementKind.COOPERATION)
    agreement = create_agreement(
        [municipality],
        hromada,
        by=by,
        at=at,
        origin=Origin.REPORTED,
        state=state,
        kind=kind,
        source=row.source,
    )
    when = reported_date(row.reported_on, row.year)
    if signed and when is not None:
        signature = Milestone(
            agreement=agreement,
            kind=MilestoneKind.SIGNATURE,
            on=when[0],
            precision=when[1],
            source=row.source,
            recorded_at=at,
        )
        save_with_history(signature, by=by, at=at)
    record(
        "agreement.report", agreement, by=by, at=at, data={"reference": agreement.reference, "known": row.pk}
    )


def reported_date(text: str, year: int | None) -> tuple[date, Precision] | None:
    """Read `2025`, `2025-07` or `2025-07-11` with its precision; else the year alone; None when neither is known."""
    try:
        day, precision = read_date(text, MILESTONE)
    except NotADay:
        return None if year is None else (date(year, 1, 1), Precision.YEAR)
    return (day, Precision(precision)) if year in (None, day.year) else (date(year, 1, 1), Precision.YEAR)


def _reported_pair(municipality: Municipality, hromada: Hromada) -> Agreement | None:
    agreement = open_pair(municipality, hromada)
    return agreement if agreement is not None and agreement.origin == Origin.REPORTED else None

"""What people have written around a proposal, who has it, and which foreign partners the hromada has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from kommunesamarbeid.core.roles import Actor, May
from matching.decisions import casework
from matching.models import Proposal
from matching.states import UNDECIDED
from municipalities.admin.registers.labels import signature
from municipalities.choices import ProgrammeStatus
from municipalities.models import KnownPartnership, OfferedThrough


def case_context(proposal: Proposal, reader: Actor) -> dict[str, Any]:
    """Return notes of the reader's organisation, questions to AUC with answers, the case owner. 3 queries."""
    notes = (
        proposal.notes.filter(organisation=reader.organisation).select_related("written_by").order_by("-id")
    )
    inquiries = [
        _inquiry(row, reader)
        for row in proposal.inquiries.select_related("asked_by", "answered_by").order_by("id")
    ]
    may_assign = reader.may(May.APPROVE_FIRST)
    is_ks = reader.is_of_ks
    return {
        "notes": [
            {"at": row.written_at, "who": signature(row.written_by, reader), "text": row.text}
            for row in notes
        ],
        "may_note": any(reader.may(power) for power in casework.WRITERS),
        "inquiries": inquiries,
        "may_answer": reader.may(May.APPROVE_AUC) and any(not row["answer"] for row in inquiries),
        "owner": proposal.assigned_to if is_ks else None,
        "owners": casework.case_owners() if may_assign and proposal.state in UNDECIDED else [],
        "is_ks": is_ks,
    }


def known_partners(proposal: Proposal) -> list[dict[str, Any]]:
    """Return the foreign partners that public sources name for the hromada, each with its source. 1 query."""
    return list(_partners(proposal))


def other_roads(proposal: Proposal) -> list[dict[str, Any]]:
    """Return the programmes that offer the hromada a partner too, so that KS does not crowd in. 1 query."""
    open_ones = OfferedThrough.objects.filter(hromada=proposal.candidate.hromada_id).exclude(
        status=ProgrammeStatus.ENDED
    )
    return [
        {"title": row.title, "status": row.get_status_display(), "since": row.since, "source": row.source}
        for row in open_ones.order_by("programme", "name")
    ]


def _partners(proposal: Proposal) -> Iterator[dict[str, Any]]:
    partners = KnownPartnership.objects.filter(hromada=proposal.candidate.hromada_id).exclude(active=False)
    for row in partners.order_by("partner_country", "partner_name"):
        yield {
            "partner": row.partner_name,
            "country": row.partner_country,
            "year": row.year or _("not known"),
            "source": row.source,
        }


def _inquiry(row: Any, reader: Actor) -> dict[str, Any]:
    """Question and answer are written for the other organisation: both read them."""
    return {
        "question": row.question,
        "asked_at": row.asked_at,
        "asked_by": signature(row.asked_by, reader),
        "answer": row.answer,
        "answered_at": row.answered_at,
        "answered_by": signature(row.answered_by, reader) if row.answered_by is not None else "",
    }

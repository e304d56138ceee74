"""The desk's front page: the reader's own work as counted links, and where the whole stands."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from kommunesamarbeid.core.desk.site import Block
from kommunesamarbeid.core.roles import Actor, May
from matching.decisions import workload

LISTS = {
    "answers": ("admin:municipalities_response_changelist", "state__exact=submitted"),
    "waited": ("admin:municipalities_response_changelist", "state__exact=ready"),
    "old_needs": ("admin:municipalities_need_changelist", ""),
    "asked": ("admin:matching_proposal_changelist", "state__exact=held"),
    "overdue": ("admin:matching_agreement_changelist", "due=overdue"),
    "unreached": ("admin:matching_agreement_changelist", "due=unreached"),
    "reported": ("admin:matching_agreement_changelist", "due=reported"),
}


def blocks(request: HttpRequest) -> Iterator[Block]:
    """Yield the blocks for whoever works with cases; an administrator decides none and sees none."""
    reader = Actor.of(request.user)  # type: ignore[arg-type]  # the desk admits no anonymous user
    if not reader.may(May.READ_PROPOSALS) and not reader.may(May.READ_CANDIDATES):
        return
    if workload.is_empty():
        yield Block("admin/matching/front/empty.html", {"is_ks": reader.is_of_ks})
        return
    now = timezone.now()
    work = workload.my_work(reader, at=now, required=settings.APPROVALS_REQUIRED)
    yield Block("admin/matching/front/work.html", [(row, address_of(row.code)) for row in work])
    funnel = workload.funnel()
    yield Block(
        "admin/matching/front/whole.html",
        {
            "funnel": funnel,
            "most": max(row.number for row in funnel) or 1,
            "gaps": workload.theme_gaps(localdate(now)),
            "oblasts": workload.oblasts_without_partner(),
            "as_of": now,
        },
    )


def address_of(code: str) -> str:
    """Return where the cases behind a count are: a queue leads to its first, the others to their list."""
    if code in workload.QUEUES:
        return reverse("admin:matching_proposal_queue", args=[code])
    name, query = LISTS[code]
    return f"{reverse(name)}?{query}" if query else reverse(name)

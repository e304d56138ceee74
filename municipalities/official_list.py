"""What an edition of the official list says of a hromada is derived from its entries, whole and part apart.

The status is evidence for a category, never the category; the edition's date is shown beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from municipalities.choices import GRAVITY
from municipalities.models import Hromada, HromadaStatus, OfficialListEdition, OfficialListEntry

OBLAST, RAION, SETTLEMENT = "oblast", "raion", "settlement"
LEVELS = [OBLAST, RAION, "hromada", "city", SETTLEMENT]


def latest_edition() -> OfficialListEdition | None:
    """Return the newest edition that is loaded, or None."""
    return OfficialListEdition.objects.order_by("-edition_on").first()


def status_of(hromada_ids: Collection[int], edition: OfficialListEdition | None = None) -> dict[int, HromadaStatus]:
    """Return the statuses of hromadas in `edition` (default: the latest), by hromada id.

    A hromada without one was not on the list in that edition. Two queries at most; each status has its edition.
    """
    edition = edition or latest_edition()
    if edition is None:
        return {}
    rows = HromadaStatus.objects.filter(edition=edition, hromada_id__in=hromada_ids)
    found = {row.hromada_id: row for row in rows}
    for row in found.values():
        row.edition = edition
    return found


def derive_statuses(edition: OfficialListEdition) -> list[HromadaStatus]:
    """Return the unsaved statuses that follow from an edition's entries, in the order of the hromadas' codes.

    An entry for an oblast or raion covers all its hromadas; one with exceptions, or for a settlement, covers a part.
    """
    covered: dict[int, list[tuple[OfficialListEntry, bool]]] = defaultdict(list)
    hromadas = list(Hromada.objects.select_related("oblast").order_by("katottg"))
    members = _members(hromadas)
    for entry in edition.entries.all():
        is_whole = entry.level != SETTLEMENT and not entry.except_uk
        for hromada_id in members.get(entry.territory_code, ()) if entry.level in (OBLAST, RAION) else _own(entry):
            covered[hromada_id].append((entry, is_whole))
    return [_status(edition, hromada.pk, covered[hromada.pk]) for hromada in hromadas if hromada.pk in covered]


def _members(hromadas: Iterable[Hromada]) -> dict[str, list[int]]:
    """Return the hromadas' ids by the code of their oblast and of their raion."""
    members: dict[str, list[int]] = defaultdict(list)
    for hromada in hromadas:
        members[hromada.oblast.code].append(hromada.pk)
        if hromada.raion_code:
            members[hromada.raion_code].append(hromada.pk)
    return members


def _own(entry: OfficialListEntry) -> tuple[int, ...]:
    return () if entry.hromada_id is None else (entry.hromada_id,)


def _status(edition: OfficialListEdition, hromada_id: int, covered: Collection[tuple[OfficialListEntry, bool]]) -> HromadaStatus:
    entries = [entry for entry, _whole in covered]
    whole = _gravest(entry for entry, is_whole in covered if is_whole)
    part = _gravest(entry for entry, is_whole in covered if not is_whole)
    # A part says something new only where it is graver than the whole.
    if part and whole and GRAVITY[part] <= GRAVITY[whole]:
        part = ""
    return HromadaStatus(
        edition=edition,
        hromada_id=hromada_id,
        whole=whole,
        part=part,
        ever="|".join(sorted({entry.status for entry in entries}, key=GRAVITY.__getitem__)),
        first_on=min(entry.starts_on for entry in entries),
        closed_on=_closed_on(entries),
    )


def _gravest(entries: Iterable[OfficialListEntry]) -> str:
    return max((entry.status for entry in entries if entry.ends_on is None), key=GRAVITY.__getitem__, default="")


def _closed_on(entries: Collection[OfficialListEntry]) -> date | None:
    """Return the last end, or None while an entry is open in the edition."""
    ends = [entry.ends_on for entry in entries if entry.ends_on is not None]
    return max(ends) if len(ends) == len(entries) else None

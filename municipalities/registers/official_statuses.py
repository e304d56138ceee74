"""What an edition of the official list says of a hromada is derived from its entries, whole and part apart.

The status is evidence for a category, never the category; the edition's date is shown beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.utils.translation import gettext_noop

from municipalities.choices import GRAVITY
from municipalities.models import Hromada, HromadaStatus, OfficialListEdition, OfficialListEntry

OBLAST, RAION, SETTLEMENT = "oblast", "raion", "settlement"
LEVELS = [OBLAST, RAION, "hromada", "city", SETTLEMENT]
Covered = tuple[OfficialListEntry, bool]
"""An entry, and whether it covers the whole hromada."""

# The same label has meant different things: which resolution's criteria were in force, from which day.
# Kept as it stands here; translated where it is shown.
RULE_VERSIONS = (
    (date(2022, 12, 6), gettext_noop("resolution 1364 of 06.12.2022")),
    (date(2026, 4, 1), gettext_noop("resolution 120 of 28.01.2026")),
)


def rule_version_on(on: date) -> str:
    """Return the rules by which an edition of this date was made."""
    return next((name for start, name in reversed(RULE_VERSIONS) if start <= on), RULE_VERSIONS[0][1])


def kept_status(status: HromadaStatus | None) -> str:
    """Return a status as it is kept with an assessment or a review task: codes, each with `whole`
    or `part`.
    """
    if status is None:
        return "none"
    parts = [f"{code} {scope}" for code, scope in ((status.whole, "whole"), (status.part, "part")) if code]
    return "; ".join(parts) or "ended"


def latest_edition() -> OfficialListEdition | None:
    """Return the newest edition that is loaded, or None."""
    return OfficialListEdition.objects.order_by("-edition_on").first()


def status_of(
    hromada_ids: Collection[int], edition: OfficialListEdition | None = None
) -> dict[int, HromadaStatus]:
    """Return the statuses of hromadas in `edition` (default: the latest), by hromada id.

    A hromada without one was not on the list in that edition. Two queries at most; each status has its
    edition.
    """
    edition = edition or latest_edition()
    if edition is None:
        return {}
    rows = HromadaStatus.objects.filter(edition=edition, hromada_id__in=hromada_ids)
    statuses = {row.hromada_id: row for row in rows}
    for status in statuses.values():
        status.edition = edition
    return statuses


def derive_statuses(edition: OfficialListEdition) -> list[HromadaStatus]:
    """Return the unsaved statuses that follow from an edition's entries, in the order of the
    hromadas' codes.
    """
    covered = coverage(edition.entries.all())
    order = Hromada.objects.filter(pk__in=covered).order_by("katottg").values_list("pk", flat=True)
    return [status_from(edition, hromada_id, covered[hromada_id]) for hromada_id in order]


def coverage(entries: Iterable[OfficialListEntry]) -> dict[int, list[Covered]]:
    """Return the entries that concern each hromada, by its id, and whether each covers all of it.

    An entry for an oblast or raion covers all its hromadas; one with exceptions, or for a settlement, covers
    a part.
    """
    covered: dict[int, list[Covered]] = defaultdict(list)
    members = _members(Hromada.objects.select_related("oblast"))
    for entry in entries:
        is_whole = entry.level != SETTLEMENT and not entry.except_uk
        for hromada_id in (
            members.get(entry.territory_code, ()) if entry.level in (OBLAST, RAION) else _hromada_of(entry)
        ):
            covered[hromada_id].append((entry, is_whole))
    return dict(covered)


def _members(hromadas: Iterable[Hromada]) -> dict[str, list[int]]:
    """Return the hromadas' ids by the code of their oblast and of their raion."""
    members: dict[str, list[int]] = defaultdict(list)
    for hromada in hromadas:
        members[hromada.oblast.code].append(hromada.pk)
        if hromada.raion_code:
            members[hromada.raion_code].append(hromada.pk)
    return members


def _hromada_of(entry: OfficialListEntry) -> tuple[int, ...]:
    return () if entry.hromada_id is None else (entry.hromada_id,)


def status_from(edition: OfficialListEdition, hromada_id: int, covered: Collection[Covered]) -> HromadaStatus:
    """Return the unsaved status that follows from the entries that concern a hromada."""
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
    return max(
        (entry.status for entry in entries if entry.ends_on is None), key=GRAVITY.__getitem__, default=""
    )


def _closed_on(entries: Collection[OfficialListEntry]) -> date | None:
    """Return the last end, or None while an entry is open in the edition."""
    ends = [entry.ends_on for entry in entries if entry.ends_on is not None]
    return max(ends) if len(ends) == len(entries) else None

"""The contact person and the deputy of a case: named, changed and removed by the municipality, also after the
deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.roles import Actor
from municipalities.models import Response
from municipalities.people.retention import erase
from municipalities.responses import require_own, save_people


@transaction.atomic
def save_person(*, response: Response, values: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """Keep the fields of the contact person or the deputy, by question key.

    Somebody else gets a row of their own.

    Raises NotYourResponse.
    """
    require_own(by, response.municipality_id)
    changes = save_people(response, values, at)
    if changes:
        Response.objects.filter(pk=response.pk).update(**changes)
    for name, person in changes.items():
        setattr(response, name, person)
    record(
        "response.person_kept",
        response,
        by=by,
        at=at,
        data={name: person.pk for name, person in changes.items()},
    )


@transaction.atomic
def remove_deputy(*, response: Response, by: Actor, at: datetime) -> None:
    """Take the deputy off the case, and erase the person where no link and no other case needs them.

    Raises NotYourResponse.
    """
    require_own(by, response.municipality_id)
    deputy = response.deputy
    if deputy is None:
        return
    Response.objects.filter(pk=response.pk).update(deputy=None)
    response.deputy = None
    record("response.deputy_removed", response, by=by, at=at, data={"person": deputy.pk})
    named = Response.objects.filter(contact=deputy) | Response.objects.filter(deputy=deputy)
    if not deputy.links.exists() and not named.exists():
        erase(deputy, by=by, at=at)

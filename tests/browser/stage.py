"""One small portal to look at: the access table's world in a database of its own, and which page is for whom.

`python -m tests.browser.stage` fills the database of the environment and prints, as JSON, the path of every address
somebody may read, who that is, and each person's cookies. It runs in a process of its own, before the server.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from tests.access.table import OK, PEOPLE, Row

# Whoever sees most of a page looks at it: a municipality's own contact, then KS, then AUC, then everybody.
VIEWERS = "NKGUALRHO-"


def viewers(row: Row) -> str:
    """Return who look at an address: the first viewer who may, and AUC's editor too, who reads another language."""
    allowed = [person for person in VIEWERS if row.expected(person) == OK]
    everybody = len(allowed) == len(PEOPLE)
    chosen = ["-"] if everybody else allowed[:1]
    return "".join(chosen + ["U"] * ("U" in allowed and not everybody and chosen != ["U"]))


def fill() -> dict[str, Any]:
    """Make the world and return {"paths": {name: path}, "cookies": {person: {name: value}}}."""
    from django.core.management import call_command
    from django.urls import reverse

    from tests.access import ROWS
    from tests.places import municipality
    from tests.world import make_world

    call_command("migrate", interactive=False, verbosity=0)
    world = make_world()
    municipality("1811")  # has not answered yet
    pages = [row for row in ROWS if row.method == "get" and viewers(row)]
    return {
        "paths": {
            row.name: reverse(row.name, kwargs=row.target(world) if row.target else {}) for row in pages
        },
        "cookies": {
            who: {name: crumb.value for name, crumb in world.client(who).cookies.items()} for who in PEOPLE
        },
    }


def main() -> int:
    """Fill and tell."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    django.setup()
    json.dump(fill(), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())

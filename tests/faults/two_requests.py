"""Two people of one municipality ask for a link to the same new address at the same moment, again and again.

`python -m tests.faults.two_requests` fills the database of the environment, lets two threads ask, and prints, as JSON, how
many rows and links each address has got. It runs in a process of its own, for threads commit where a test would roll back.
"""

from __future__ import annotations

import json
import os
import sys
import threading

ROUNDS = 40


def ask() -> list[list[int]]:
    """Return how many contact persons and links each of the addresses has after both have asked."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from municipalities.access import request_link
    from municipalities.models import AccessLink, ContactPerson
    from tests.places import municipality

    call_command("migrate", interactive=False, verbosity=0)
    party, barrier = municipality(), threading.Barrier(2, timeout=60)
    addresses = [f"ny{number}@bodo.kommune.no" for number in range(ROUNDS)]

    def run() -> None:
        for address in addresses:
            barrier.wait()
            request_link(municipality=party, email=address, at=timezone.now(), language="nb")
        connection.close()

    threads = [threading.Thread(target=run) for _person in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    people = ContactPerson.objects.filter(municipality=party)
    return [[people.filter(email=one).count(), AccessLink.objects.filter(contact__email=one).count()] for one in addresses]


def main() -> int:
    """Ask and tell."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    django.setup()
    json.dump(ask(), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())

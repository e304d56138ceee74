"""A process that works on the outbox of its environment's database, so that a test may kill it in the middle.

`python -m tests.faults.outbox_process queue N | flush | cancel` prints how many mails it has queued, sent or taken back.
"""

from __future__ import annotations

import os
import sys

CASE = "NO-1"


def queue(number: int) -> int:
    """Make the tables that mail needs and queue so many mails of one case."""
    from django.core.management import call_command
    from django.db.models.signals import post_migrate
    from django.utils import timezone

    from kommunesamarbeid.core.mail.letters import LETTERS
    from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails

    post_migrate.receivers = []  # they fill tables of the other apps, which mail does without and which take long to make
    call_command("migrate", "core", interactive=False, verbosity=0)
    to = [Recipient("contact", None, f"mona{place}@bodo.example", "nb") for place in range(number)]
    letters = [("link", recipient) for recipient in to]
    return len(queue_mails(letters, case_reference=CASE, at=timezone.now(), context=LETTERS["link"].sample))


def flush() -> int:
    """Send what is due."""
    from django.utils import timezone

    from kommunesamarbeid.core.mail.delivery import send_due

    return send_due(at=timezone.now())


def cancel() -> int:
    """Take the case's mails back."""
    from django.db import transaction
    from django.utils import timezone

    from kommunesamarbeid.core.mail.outbox import cancel_mails

    with transaction.atomic():
        return cancel_mails(CASE, at=timezone.now())


def main(verb: str, *arguments: str) -> int:
    """Do what is asked."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    django.setup()
    print(queue(int(arguments[0])) if verb == "queue" else {"flush": flush, "cancel": cancel}[verb]())
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""A database is ready to serve: migrated, its registers loaded, and in demo mode filled once with fictional
data.

Both modes call this at their own start, so there is no state outside the database to forget or to fake.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


def prepare_database() -> None:
    """Migrate, load the registers when their files are new to this database, seed an empty demo.

    Django must be set up. Raises what the commands raise; each of them changes everything or nothing.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", interactive=False, verbosity=0)
    load_new_registers()
    if settings.DEMO and is_without_users():
        print("Filling the empty database with fictional demo data (once)", flush=True)
        call_command("seed_demo")
    # A connection opened before a fork must not be used after it.
    connections.close_all()


def gather_files() -> None:
    """Gather what the browser loads and compress it, as `make serve` does by itself.

    What has not changed is left.
    """
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def load_new_registers() -> None:
    """Load the registers unless this database already holds this edition of their files."""
    from django.core.management import call_command

    digest, stamp = registers_digest(), registers_stamp()
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest and has_registers():
        return
    print("Loading the registers of Norwegian and Ukrainian municipalities (once)", flush=True)
    call_command("load_registers")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest, encoding="ascii")


def registers_digest() -> str:
    """Return one hash of every register file, by name and content."""
    import municipalities

    total = hashlib.sha256()
    data = Path(municipalities.__file__).parent / "data"
    for file in sorted(path for path in data.rglob("*") if path.is_file()):
        total.update(file.relative_to(data).as_posix().encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def registers_stamp() -> Path:
    """Return where it is noted which edition the current database holds: one file per database."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    address = ":".join(str(database.get(part, "")) for part in ("HOST", "PORT", "NAME", "OPTIONS"))
    name = hashlib.sha256(address.encode()).hexdigest()[:16]
    return Path(settings.VAR_DIR) / f"registers-{name}"


def has_registers() -> bool:
    """Tell whether both registers have rows: the database may have been removed since the stamp
    was written.
    """
    from municipalities.models import Hromada, Municipality

    return Municipality.objects.exists() and Hromada.objects.exists()


def is_without_users() -> bool:
    """Tell whether nobody works here yet, so that demo data can disturb nobody."""
    from django.contrib.auth import get_user_model

    return not get_user_model()._default_manager.exists()


def main() -> int:
    """Prepare the database of the environment: `python -m kommunesamarbeid.prepare`.

    1 and one line when it cannot.
    """
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import OperationalError

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")
    try:
        django.setup()
        prepare_database()
    except ImproperlyConfigured as failure:
        print(failure, file=sys.stderr)
        return 1
    except (CommandError, OperationalError) as failure:
        print(f"The database could not be prepared: {str(failure).strip()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

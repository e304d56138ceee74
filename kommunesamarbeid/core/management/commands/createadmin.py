"""`manage.py createadmin`: the first administrator of a portal that starts empty, in a database that is
named.
"""

from __future__ import annotations

from getpass import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import connection, transaction
from django.urls import reverse

from kommunesamarbeid.core.accounts.login import prove_address
from kommunesamarbeid.core.models import Organisation, User


class Command(BaseCommand):
    """Make a user with the administrator role; the second factor is connected at the first login.

    Whoever has the machine answers for the address: there may be no mail yet to prove it by.
    """

    help = "Create the first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        """Address and name; the password is asked for or read from standard input."""
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Check, then create."""
        password = self.stdin_line() if options["password_stdin"] else getpass("Password: ")
        try:
            validate_email(options["email"])
            validate_password(password, User(email=options["email"], name=options["name"]))
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        if User.objects.filter(email__iexact=options["email"]).exists():
            raise CommandError(f"There is already a user with this e-mail address in {database_in_words()}.")
        user = User.objects.create_user(
            options["email"], password, name=options["name"], organisation=Organisation.KS
        )
        user.groups.add(Group.objects.get(name="administrator"))
        prove_address(user)
        self.tell(user)

    def tell(self, user: User) -> None:
        """Say whom was made where, and what comes next."""
        self.stdout.write(f"Administrator made: {user.name} <{user.email}>")
        self.stdout.write(f"In: {database_in_words()}")
        if settings.DEMO:
            self.stdout.write(
                self.style.WARNING("This is a demonstration's database (DEMO=1). For the real portal: DEMO=0")
            )
        self.stdout.write(
            f"Next: log in at {settings.BASE_URL}{reverse(settings.LOGIN_URL)} with the password you have just given and connect "
            "an authenticator app."
        )
        self.stdout.write(
            f"Another password: manage.py changepassword {user.email}, or by mail from the login page."
        )

    @staticmethod
    def stdin_line() -> str:
        """Return one line of standard input without its newline."""
        return input()


def database_in_words() -> str:
    """Return which database this is, without its password."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"the SQLite file {name}"
    host = connection.settings_dict.get("HOST") or "this machine"
    return f"the PostgreSQL database {name} on {host}"

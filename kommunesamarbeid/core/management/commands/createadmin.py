"""`manage.py createadmin`: the first administrator of a portal that starts empty."""

from __future__ import annotations

from getpass import getpass
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from kommunesamarbeid.core.models import Organisation, User


class Command(BaseCommand):
    """Make a user with the administrator role; the second factor is enrolled at the first login."""

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
            raise CommandError("There is already a user with this e-mail address.")
        user = User.objects.create_user(
            options["email"], password, name=options["name"], organisation=Organisation.KS
        )
        user.groups.add(Group.objects.get(name="administrator"))
        self.stdout.write(f"Administrator made. Log in and enrol a second factor: {user.email}")

    @staticmethod
    def stdin_line() -> str:
        """Return one line of standard input without its newline."""
        return input()

"""`createadmin` says whom it made in which database, and whoever it made can come in without a mail."""

from __future__ import annotations

import io

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from kommunesamarbeid.core.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-test-password"


def create(monkeypatch: pytest.MonkeyPatch, password: str) -> str:
    """Run the command as a script does, with the password on standard input; return what it says."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    output = io.StringIO()
    call_command("createadmin", "Astrid@KS.example", "Astrid Drift", password_stdin=True, stdout=output)
    return output.getvalue()


def test_administrator_is_made_with_a_proved_address_in_a_named_database(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.DEMO = False
    output = create(monkeypatch, PASSWORD)
    assert "Astrid Drift <astrid@ks.example>" in output
    assert str(connection.settings_dict["NAME"]) in output
    assert "http://localhost:8000/konto/logg-inn/" in output
    assert "demonstration" not in output
    user = User.objects.get()
    assert [group.name for group in user.groups.all()] == ["administrator"]
    assert EmailAddress.objects.get(verified=True, primary=True).user == user


def test_demonstration_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "This is a demonstration's database" in create(monkeypatch, PASSWORD)


def test_second_one_at_the_address_and_a_poor_password_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="12"):
        create(monkeypatch, "short")
    create(monkeypatch, PASSWORD)
    with pytest.raises(CommandError, match="already a user with this e-mail address in the"):
        create(monkeypatch, PASSWORD)
    assert User.objects.count() == 1

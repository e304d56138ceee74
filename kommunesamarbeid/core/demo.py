"""The demo's fixed cast of staff; their addresses end in `.example` and exist only where DEMO is on."""

from __future__ import annotations

from typing import NamedTuple


class DemoLogin(NamedTuple):
    """One demo account: role code, name, e-mail address, password, language."""

    role: str
    name: str
    email: str
    password: str
    language: str


DEMO_LOGINS = (
    DemoLogin("coordinator", "Kari Nordmann", "kari@ks.example", "demo-kari-2026", "nb"),
    DemoLogin("approver", "Guro Solberg", "guro@ks.example", "demo-guro-2026", "nb"),
    DemoLogin("reader", "Lars Leser", "lars@ks.example", "demo-lars-2026", "nb"),
    DemoLogin("auc_editor", "Andrij Kovalenko", "andrij@auc.example", "demo-andrij-2026", "uk"),
    DemoLogin("auc_reader", "Olena Bondar", "olena@auc.example", "demo-olena-2026", "uk"),
    DemoLogin("administrator", "Astrid Drift", "astrid@ks.example", "demo-astrid-2026", "nb"),
)

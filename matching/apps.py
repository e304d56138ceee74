"""The app of matching, decisions and agreements, and what it does when something changes below."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """Upper floor: fills the table of `core/events.py` with what happens here
    when something changes below.
    """

    name = "matching"
    verbose_name = _("Matching")

    def ready(self) -> None:
        from kommunesamarbeid.core.events import on
        from matching.agreements import existing_cooperation
        from matching.decisions import decisions
        from matching.reports import partner_view
        from municipalities.access import provide, provide_undisclosed

        post_migrate.connect(_ensure_scheme, sender=self, dispatch_uid="matching.ensure_scheme")
        on("registers_loaded", existing_cooperation.record_reported)
        on("response_withdrawn", decisions.withdraw_with_response)
        on("response_withdrawn", decisions.end_with_response)
        on("response_joined", decisions.withdraw_with_response)
        provide(partner_view.panels)
        provide_undisclosed(partner_view.has_undisclosed_partner)


def _ensure_scheme(**kwargs: Any) -> None:
    """A portal without a scheme in force cannot match: the first one is there from the first migrate."""
    from django.utils import timezone

    from matching.runs.schemes import ensure_default_scheme

    ensure_default_scheme(at=timezone.now())

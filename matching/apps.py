"""The app of matching, decisions and agreements."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """Upper floor: fills the table of `core/events.py` with what happens here when something changes below."""

    name = "matching"
    verbose_name = _("Matching")

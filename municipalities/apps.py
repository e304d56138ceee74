"""The app of municipalities, hromadas and what they say."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MunicipalitiesConfig(AppConfig):
    """Lower floor: never imports `matching`."""

    name = "municipalities"
    verbose_name = _("Municipalities")

    def ready(self) -> None:
        from kommunesamarbeid.core.events import on
        from municipalities.official_list import open_reviews

        on("edition_loaded", open_reviews)

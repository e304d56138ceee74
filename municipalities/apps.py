"""The app of municipalities, hromadas and what they say."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MunicipalitiesConfig(AppConfig):
    """Lower floor: never imports `matching`."""

    name = "municipalities"
    verbose_name = _("Municipalities")

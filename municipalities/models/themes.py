"""The shared theme list: 26 live themes and 3 that are recorded and referred, never matched."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.constraints import one_of
from municipalities.choices import ThemeHorizon, ThemeScope


class ThemeQuerySet(models.QuerySet["Theme"]):
    """Themes by use."""

    def live(self) -> ThemeQuerySet:
        """Themes that can be matched."""
        return self.filter(retired_at__isnull=True).exclude(scope=ThemeScope.OUT)

    def current(self) -> ThemeQuerySet:
        """Themes that can be chosen, out-of-scope ones too."""
        return self.filter(retired_at__isnull=True)


class Theme(models.Model):
    """One theme; the slug never changes, a retired theme stays resolvable."""

    slug = models.SlugField(_("slug"), max_length=40, unique=True)
    name_nb = models.CharField(_("name in bokmål"), max_length=120)
    name_nn = models.CharField(_("name in nynorsk"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_uk = models.CharField(_("name in Ukrainian"), max_length=160)
    horizon = models.CharField(_("horizon"), max_length=5, choices=ThemeHorizon.choices)
    scope = models.CharField(_("scope"), max_length=6, choices=ThemeScope.choices)
    sdg = models.CharField(_("SDG target"), max_length=8, blank=True)
    cofog = models.CharField(_("COFOG"), max_length=10, blank=True)
    position = models.PositiveSmallIntegerField(_("position"))
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = ThemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ("position",)
        constraints = (
            one_of("horizon", ThemeHorizon.values, name="theme_horizon"),
            one_of("scope", ThemeScope.values, name="theme_scope"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return str(getattr(self, f"name_{get_language() or 'nb'}", self.name_nb))

    @property
    def is_live(self) -> bool:
        """Whether the theme can be matched."""
        return self.scope != ThemeScope.OUT and self.retired_at is None

"""The registers: Norwegian parties and Ukrainian units, keyed by official codes, loaded by
`load_registers`.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.constraints import in_order, one_of
from kommunesamarbeid.core.visibility import Level
from municipalities.choices import HromadaType, PartnershipKind, PartyKind, WrittenStandard


class County(models.Model):
    """A Norwegian county (fylke)."""

    number = models.CharField(_("county number"), max_length=2, unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("county")
        verbose_name_plural = _("counties")
        ordering = ("number",)

    def __str__(self) -> str:
        return self.name


class Municipality(models.Model):
    """A Norwegian party: one of 357 municipalities or 14 county authorities (Oslo is both, and one party)."""

    number = models.CharField(_("number"), max_length=4)
    kind = models.CharField(_("kind"), max_length=12, choices=PartyKind.choices)
    name = models.CharField(_("name"), max_length=80)
    name_sami = models.CharField(_("Sámi name"), max_length=80, blank=True)
    name_kven = models.CharField(_("Kven name"), max_length=80, blank=True)
    name_official = models.CharField(_("official name"), max_length=160)
    county = models.ForeignKey(
        County, on_delete=models.PROTECT, related_name="municipalities", verbose_name=_("county")
    )
    population = models.PositiveIntegerField(_("inhabitants"), null=True)
    population_year = models.PositiveSmallIntegerField(_("inhabitants as of 1 January"), null=True)
    area_km2 = models.DecimalField(_("area, km²"), max_digits=9, decimal_places=2, null=True)
    centre = models.CharField(_("administrative centre"), max_length=80, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=7, decimal_places=4, null=True)
    longitude = models.DecimalField(_("longitude"), max_digits=7, decimal_places=4, null=True)
    organisation_number = models.CharField(_("organisation number"), max_length=9, blank=True)
    written_standard = models.CharField(_("written standard"), max_length=7, choices=WrittenStandard.choices)
    centrality_class = models.PositiveSmallIntegerField(_("centrality class, 1 most central"), null=True)
    coastal = models.BooleanField(_("on the coast"), null=True)
    website = models.URLField(_("website"), blank=True)
    # Kept by KS, not by the register: the office that receives for the municipality's archive (postmottak).
    mailbox = models.EmailField(_("the office's e-mail address (postmottak)"), blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    VISIBILITY: ClassVar[dict[str, Level]] = dict.fromkeys(
        (
            "number", "kind", "name", "name_official", "population", "population_year", "centrality_class",
            "coastal",
            "organisation_number", "written_standard", "website",
        ),
        Level.PUBLIC,
    )  # fmt: skip

    class Meta:
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        ordering = ("number",)
        constraints = (
            # A number lives on in history; only one party holds it at a time.
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(valid_to__isnull=True),
                name="municipality_number_current",
            ),
            one_of("kind", PartyKind.values, name="municipality_kind"),
            one_of("written_standard", WrittenStandard.values, name="municipality_written_standard"),
            in_order("valid_from", "valid_to", name="municipality_validity"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def language(self) -> str:
        """The language to write to the municipality in: its written standard, bokmål when neutral."""
        return languages.NYNORSK if self.written_standard == WrittenStandard.NN else languages.BOKMAL

    @property
    def place(self) -> str:
        """Name with county, for names occur twice. Needs `county` selected."""
        return self.name if self.name == self.county.name else f"{self.name} ({self.county.name})"


# How a Latin name ends in the register, and how a reader is told the same; whole where nothing is left to put
# in.
OBLAST_WORDS = {
    " Oblast": _("%(name)s Oblast"),
    " City": _("%(name)s City"),
    "Autonomous Republic of Crimea": _("Autonomous Republic of Crimea"),
}


class Oblast(models.Model):
    """A Ukrainian oblast, or Kyiv; shown in the reader's language by its own words."""

    code = models.CharField(_("KATOTTG"), max_length=19, unique=True)
    iso = models.CharField(_("ISO 3166-2"), max_length=5, unique=True)
    name_uk = models.CharField(_("Ukrainian name"), max_length=80)
    name_en = models.CharField(_("Latin name"), max_length=80)

    class Meta:
        verbose_name = _("oblast")
        verbose_name_plural = _("oblasts")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name_uk if languages.is_ukrainian() else self.latin

    @property
    def latin(self) -> str:
        """The name in Latin letters, with the reader's word for oblast or city."""
        for ending, words in OBLAST_WORDS.items():
            if self.name_en.endswith(ending):
                return words % {"name": self.name_en.removesuffix(ending)}
        return self.name_en


class Hromada(models.Model):
    """A Ukrainian territorial community, or the city of Kyiv; key KATOTTG, shown as settlement and oblast."""

    katottg = models.CharField(_("KATOTTG"), max_length=19, unique=True)
    name_uk = models.CharField(_("Ukrainian name"), max_length=120)
    name_en = models.CharField(_("Latin name"), max_length=120)
    former_name_uk = models.CharField(_("former name"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=HromadaType.choices)
    centre_uk = models.CharField(_("centre"), max_length=120)
    centre_en = models.CharField(_("centre in Latin letters"), max_length=120)
    centre_code = models.CharField(_("centre's KATOTTG"), max_length=19, blank=True)
    oblast = models.ForeignKey(
        Oblast, on_delete=models.PROTECT, related_name="hromadas", verbose_name=_("oblast")
    )
    raion_code = models.CharField(_("raion's KATOTTG"), max_length=19, blank=True, db_index=True)
    raion_uk = models.CharField(_("raion"), max_length=120, blank=True)
    raion_en = models.CharField(_("raion in Latin letters"), max_length=120, blank=True)
    population = models.PositiveIntegerField(_("inhabitants"), null=True)
    population_year = models.PositiveSmallIntegerField(_("inhabitants as of 1 January"), null=True)
    area_km2 = models.DecimalField(_("area, km²"), max_digits=9, decimal_places=1, null=True)
    latitude = models.DecimalField(_("latitude"), max_digits=7, decimal_places=4, null=True)
    longitude = models.DecimalField(_("longitude"), max_digits=7, decimal_places=4, null=True)

    VISIBILITY: ClassVar[dict[str, Level]] = dict.fromkeys(
        ("katottg", "name_uk", "name_en", "kind", "centre_uk", "centre_en", "population", "population_year"),
        Level.PUBLIC,
    )

    class Meta:
        verbose_name = _("hromada")
        verbose_name_plural = _("hromadas")
        ordering = ("katottg",)
        constraints = (one_of("kind", HromadaType.values, name="hromada_kind"),)

    def __str__(self) -> str:
        return self.place

    @property
    def name(self) -> str:
        """The settlement's name in the reader's letters."""
        return self.centre_uk if languages.is_ukrainian() else self.centre_en

    @property
    def place(self) -> str:
        """Settlement with oblast, for names occur twice; Kyiv is both. Needs `oblast` selected."""
        return self.name if self.katottg == self.oblast.code else f"{self.name} ({self.oblast})"


class KnownPartnership(models.Model):
    """A partnership read in a public source, as sourced history.

    Norwegian and other foreign partners alike.
    """

    key = models.CharField(_("key"), max_length=160, unique=True)
    hromada = models.ForeignKey(
        Hromada,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="known_partnerships",
        verbose_name=_("hromada"),
    )
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, null=True, blank=True, related_name="known_partnerships",
        verbose_name=_("Norwegian party"),
    )  # fmt: skip
    partner_country = models.CharField(_("partner's country"), max_length=2)
    partner_name = models.CharField(_("partner"), max_length=120)
    partner_level = models.CharField(_("partner's level"), max_length=20)
    place_text = models.CharField(_("Ukrainian place as printed"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=20)
    year = models.PositiveSmallIntegerField(_("year"), null=True)
    reported_on = models.CharField(_("date as reported"), max_length=10, blank=True)
    active = models.BooleanField(_("active"), null=True)
    source = models.CharField(_("source"), max_length=400)  # an address, or a letter with its date
    note = models.TextField(_("note"), blank=True)
    edited_at = models.DateTimeField(
        _("kept by hand since"), null=True, blank=True
    )  # then the register's file leaves it alone

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("known partnership")
        verbose_name_plural = _("known partnerships")
        ordering = ("key",)

    def __str__(self) -> str:
        # The source's word for the oblast, after a comma, is in the source's language.
        return f"{self.partner_name} – {self.place_text.partition(',')[0]}"

    @property
    def kind_words(self) -> str:
        """The kind in words; a source's own word where it is none of ours."""
        return str(dict(PartnershipKind.choices).get(self.kind, self.kind))

    @property
    def is_page(self) -> bool:
        """Whether the source is a page one can open."""
        return self.source.startswith(("https://", "http://"))

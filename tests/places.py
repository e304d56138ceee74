"""Real codes and names for tests, a few at a time: a handful of municipalities and hromadas, without the whole register."""

from __future__ import annotations

from municipalities.choices import HromadaType, PartyKind, WrittenStandard
from municipalities.models import County, Hromada, Municipality, Oblast, Round, Theme
from tests.people import NOW

COUNTIES = {"18": "Nordland", "55": "Troms", "46": "Vestland"}
MUNICIPALITIES = {
    "1804": ("Bodø", "18", WrittenStandard.NEUTRAL, 53712, 2, True),
    "5501": ("Tromsø", "55", WrittenStandard.NEUTRAL, 79421, 2, True),
    "4621": ("Voss", "46", WrittenStandard.NN, 16300, 4, False),
    "1811": ("Bindal", "18", WrittenStandard.NB, 1390, 6, True),
}
OBLASTS = {
    "UA53": ("UA53000000000028050", "UA-53", "Полтавська область", "Poltava Oblast"),
    "UA46": ("UA46000000000026241", "UA-46", "Львівська область", "Lviv Oblast"),
}
HROMADAS = {
    "UA53080370000025447": (
        "Полтавська",
        "Poltavska",
        "Полтава",
        "Poltava",
        "UA53",
        HromadaType.URBAN,
        314700,
    ),
    "UA46060250000025047": ("Львівська", "Lvivska", "Львів", "Lviv", "UA46", HromadaType.URBAN, 783065),
    "UA53060230000099999": ("Тестівська", "Testivska", "Тестове", "Testove", "UA53", HromadaType.RURAL, 9100),
}
THEMES = {
    "education": ("Barnehage og skole", "both", "in"),
    "youth": ("Ungdom: medvirkning og utveksling", "both", "in"),
    "municipal-finance": ("Kommuneøkonomi og budsjett", "long", "in"),
    "winter-relief": ("Vinterhjelp og utstyr til oppvarming", "short", "in"),
    "physical-reconstruction": ("Fysisk gjenoppbygging av bygg og infrastruktur", "long", "out"),
}


def municipality(number: str = "1804") -> Municipality:
    """Return the municipality with this number, made when needed."""
    name, county, standard, population, centrality, coastal = MUNICIPALITIES[number]
    found, _made = Municipality.objects.get_or_create(
        number=number,
        defaults={
            "kind": PartyKind.MUNICIPALITY,
            "name": name,
            "name_official": name,
            "written_standard": standard,
            "county": County.objects.get_or_create(number=county, defaults={"name": COUNTIES[county]})[0],
            "population": population,
            "population_year": 2026,
            "centrality_class": centrality,
            "coastal": coastal,
            "website": f"https://www.{name.lower().replace('ø', 'o')}.kommune.no",
        },
    )
    return found


def hromada(katottg: str = "UA53080370000025447") -> Hromada:
    """Return the hromada with this code, made when needed."""
    name_uk, name_en, centre_uk, centre_en, oblast, kind, population = HROMADAS[katottg]
    code, iso, oblast_uk, oblast_en = OBLASTS[oblast]
    found, _made = Hromada.objects.get_or_create(
        katottg=katottg,
        defaults={
            "name_uk": name_uk,
            "name_en": name_en,
            "centre_uk": centre_uk,
            "centre_en": centre_en,
            "kind": kind,
            "oblast": Oblast.objects.get_or_create(
                code=code, defaults={"iso": iso, "name_uk": oblast_uk, "name_en": oblast_en}
            )[0],
            "population": population,
            "population_year": 2022,
        },
    )
    return found


def theme(slug: str = "education") -> Theme:
    """Return the theme with this slug, made when needed."""
    name, horizon, scope = THEMES[slug]
    found, _made = Theme.objects.get_or_create(
        slug=slug,
        defaults={
            "name_nb": name,
            "name_nn": name,
            "name_en": slug,
            "name_uk": slug,
            "horizon": horizon,
            "scope": scope,
            "position": list(THEMES).index(slug),
        },
    )
    return found


def round_open() -> Round:
    """Return the open round, made when needed."""
    return Round.objects.get_or_create(name="2026", defaults={"opens_at": NOW.replace(month=1)})[0]

"""Words in a free text that offer building works or investment, which the scheme does not cover: noticed,
never refused.
"""

from __future__ import annotations

import re

# Short on purpose: "bygge opp kompetanse" and "investeringsplan" are what the scheme is about, "bygge skoler"
# is not.
_THINGS = (
    r"(?:hus\b|bolig\w*|bustad\w*|skole\w*|skul[ea]\w*|barnehag\w*|sykehus\w*|sjukehus\w*|ve[ig]er?\b|ve[ig]ar?\b|bru(?:er|ar|a|ene|ane)?\b(?!\s+mellom)|bygg\b|"
    r"bygning\w*|anlegg\w*|tilfluktsrom\w*|vannverk\w*|vassverk\w*|kraftverk\w*|renseanlegg\w*|reinseanlegg\w*|tak\b)"
)
_LITTLE = r"(?:\s+(?:et|en|ei|eit|ein|ny|nye|nytt|opp|igjen|att|flere|fleire|hele|heile|våre|deres|dykkar|skadde|skada|ødelagte|øydelagde))*"
_ENGLISH_THINGS = r"(?:houses?|homes?|housing|schools?|kindergartens?|hospitals?|roads?|bridges?|buildings?|shelters?|plants?|roofs?)"
_ENGLISH_LITTLE = r"(?:\s+(?:a|an|the|new|more|your|their|damaged|destroyed))*"
PHRASES = re.compile(
    "|".join(
        (
            rf"\b(?:gjenopp|opp)?byggj?e?r?{_LITTLE}\s+{_THINGS}",
            rf"\b(?:reparer|gjenreis|attreis|rehabiliter|renover|rust)\w*{_LITTLE}\s+{_THINGS}",
            r"\bfysisk (?:gjenoppbygging|gjenreising|gjenreisning|attreising)\b",
            r"\bbyggj?e?arbeid\w*|\banleggsarbeid\w*|\bentreprenør\w*",
            r"\b(?:investerer|investere|investera)\b|\b(?:direkte|privat\w*)\s?investering\w*|\binvesteringar? i\b|\binvesteringer i\b",
            r"\bkjøpe aksjer\b|\bkjøpe aksjar\b|\bstille egenkapital\b|\bstille eigenkapital\b",
            rf"\b(?:re)?build(?:ing)?{_ENGLISH_LITTLE}\s+{_ENGLISH_THINGS}\b",
            rf"\b(?:re)?construct(?:ing)?{_ENGLISH_LITTLE}\s+{_ENGLISH_THINGS}\b",
            rf"\brepair(?:ing)?{_ENGLISH_LITTLE}\s+{_ENGLISH_THINGS}\b",
            r"\bconstruction works?\b|\bphysical reconstruction\b|\binvest(?:ing|ments?)? in\b|\bdirect investments?\b",
        )
    ),
    re.IGNORECASE,
)


def phrases_outside(text: str) -> list[str]:
    """Return the phrases of the text that offer works or investment, each once, in order."""
    return list(dict.fromkeys(" ".join(match[0].split()).lower() for match in PHRASES.finditer(text)))

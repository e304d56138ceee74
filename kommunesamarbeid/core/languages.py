"""The four languages of the portal, and which of them are read by whom: said here and nowhere else."""

from __future__ import annotations

from typing import Final

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

BOKMAL, NYNORSK, ENGLISH, UKRAINIAN = "nb", "nn", "en", "uk"
DEFAULT: Final = BOKMAL
LANGUAGES: Final = [
    (BOKMAL, _("Norwegian bokmål")),
    (NYNORSK, _("Norwegian nynorsk")),
    (ENGLISH, _("English")),
    (UKRAINIAN, _("Ukrainian")),
]
OWN_NAMES: Final = [
    (BOKMAL, "Bokmål"),
    (NYNORSK, "Nynorsk"),
    (ENGLISH, "English"),
    (UKRAINIAN, "Українська"),
]
"""Each as it calls itself, for whoever chooses one."""
CODES: Final = [code for code, _label in LANGUAGES]

# Who reads what; the first is what somebody is written to in who has chosen none of them.
NORWEGIAN_SIDE: Final = (BOKMAL, NYNORSK)
UKRAINIAN_SIDE: Final = (UKRAINIAN,)
AUC: Final = (UKRAINIAN, ENGLISH)
STAFF: Final = (BOKMAL, NYNORSK, UKRAINIAN, ENGLISH)


def choose_from(readable: tuple[str, ...], chosen: str) -> str:
    """Return the chosen language when it is among the readable ones, else the first of them."""
    return chosen if chosen in readable else readable[0]


def label_of(code: str) -> str:
    """Return what a language is called in the reader's own; the code when it is none of ours."""
    return str(dict(LANGUAGES).get(code, code))


def active() -> str:
    """Return the language of what is being shown or written; the portal's own when another one is set,
    or none.
    """
    code = get_language()
    return code if code in CODES else DEFAULT


def is_ukrainian() -> bool:
    """Say whether the reader reads Ukrainian: names then stand in Cyrillic, else in Latin letters."""
    return get_language() == UKRAINIAN

"""Why a pair is proposed, in sentences made of what the two sides said: the strongest reasons,
the weakest point, the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching.wording.code_words import criterion_label, joined
from municipalities.choices import Language
from municipalities.models import Theme

if TYPE_CHECKING:
    from matching.models import Proposal

Criterion = Mapping[str, Any]
"""One entry of `Proposal.breakdown`."""
MOST: Final = 10_000
"""Points of a pair that fits in everything."""
LEVELS: Final[dict[int, str | Promise]] = {2: _("can advise"), 3: _("has experts"), 4: _("can host or lead")}


def theme_names() -> dict[str, str]:
    """Return theme slug → name in the reader's language; kept for a minute."""
    key = f"wording.themes.{get_language()}"
    names: dict[str, str] | None = cache.get(key)
    if not names:
        names = {theme.slug: theme.name for theme in Theme.objects.all()}
        cache.set(key, names, 60)
    return names


def reasons(breakdown: Sequence[Criterion], limit: int = 3) -> list[str]:
    """Return the strongest reasons for a pair in sentences, by points;
    what rests on unknown answers is no reason.
    """
    sentences: list[tuple[int, str]] = []
    for criterion in breakdown:
        sentence = _REASONS[criterion["code"]](criterion)
        if sentence and criterion["points"] > 0:
            sentences.append((criterion["points"], sentence))
    return [sentence for _points, sentence in sorted(sentences, key=lambda pointed: -pointed[0])[:limit]]


def weakest_point(breakdown: Sequence[Criterion]) -> str:
    """Return the criterion with the most points missed, and why, in one sentence;
    blank when nothing is missed.
    """
    missed = max(breakdown, key=lambda criterion: criterion["max"] - criterion["points"])
    if missed["points"] == missed["max"]:
        return ""
    facts = {
        "criterion": criterion_label(missed["code"]),
        "points": in_thousands(missed["points"]),
        "max": in_thousands(missed["max"]),
    }
    if not missed["known"]:
        return gettext("%(criterion)s: %(points)s of %(max)s, because an answer is missing") % facts
    return gettext("%(criterion)s: %(points)s of %(max)s") % facts


def verdict_sentence(proposal: Proposal) -> str:
    """Return one sentence that says why this pair is proposed.

    Needs municipality, county, hromada and oblast selected.
    """
    facts = {
        "municipality": proposal.response.municipality.name,
        "hromada": proposal.candidate.hromada.name,
        "points": in_thousands(proposal.points),
        "most": in_thousands(MOST),
    }
    met = _met(next(criterion for criterion in proposal.breakdown if criterion["code"] == "theme"))
    if not met:
        return gettext("%(municipality)s and %(hromada)s fit with %(points)s of %(most)s points.") % facts
    facts["themes"] = _listed(dict.fromkeys(name for name, _entry in met[:3]))
    return (
        gettext(
            "%(municipality)s offers %(themes)s, which %(hromada)s needs; together they get %(points)s of %(most)s points."
        )
        % facts
    )


# --- one reason per criterion: what the two sides said, or blank when it is no reason -----------------------


def _met(criterion: Criterion) -> list[tuple[str, Criterion]]:
    """Return (theme name, entry) of themes both offered and needed, the most points first."""
    names = theme_names()
    entries = sorted(
        criterion["row"] or [], key=lambda entry: (-entry["level"] * entry["share"], entry["theme"])
    )
    return [(names.get(entry["theme"], entry["theme"]), entry) for entry in entries]


def _listed(themes: Iterable[str]) -> str:
    """Return themes as a list within a sentence; several stand in quotes, for their names hold commas and
    "and" themselves.
    """
    names = list(themes)
    return (
        joined(gettext("“%(name)s”") % {"name": name} for name in names) if len(names) > 1 else joined(names)
    )


def _theme(criterion: Criterion) -> str:
    met = _met(criterion)
    if not met:
        return ""
    name, entry = met[0]
    facts = {"theme": name, "level": LEVELS[entry["level"]]}
    more = len({theme for theme, _entry in met}) - 1
    if entry.get("urgent"):
        sentence = gettext("Offers %(theme)s (%(level)s), which is an urgent need there") % facts
    else:
        sentence = gettext("Offers %(theme)s (%(level)s), which is a need there") % facts
    if more:
        sentence += ngettext(
            " – and %(more)d more shared theme", " – and %(more)d more shared themes", more
        ) % {"more": more}
    return sentence


def _likeness(criterion: Criterion) -> str:
    population = next(part for part in criterion["parts"] if part["code"] == "population")
    alike = [
        part["code"]
        for part in criterion["parts"]
        if part["known"] and part["code"] != "population" and part["row"] == part["column"]
    ]
    near = population["known"] and population["points"] * 3 >= population["max"] * 2
    if near and alike:
        return ngettext(
            "Similar in size and alike in %(count)d more way",
            "Similar in size and alike in %(count)d more ways",
            len(alike),
        ) % {"count": len(alike)}
    if near:
        return gettext("Similar in size")
    return (
        gettext("Alike in %(parts)s") % {"parts": joined(criterion_label(code).lower() for code in alike)}
        if len(alike) > 1
        else ""
    )


def _category(criterion: Criterion) -> str:
    if criterion["known"] and criterion["row"] == criterion["column"]:
        if criterion["row"] == "war_zone":
            return gettext("The municipality wishes a partner in the war zone")
        return gettext("The municipality wishes a partner outside the war zone")
    return ""


def _unpartnered(criterion: Criterion) -> str:
    partners = criterion["column"]
    if partners == 0:
        return gettext("Has no foreign partner yet")
    return gettext("Has only one known foreign partner") if partners == 1 else ""


def _short_term(criterion: Criterion) -> str:
    if criterion["known"] and criterion["row"] and criterion["column"]:
        return gettext("Can help in the short term, where there are acute needs")
    return ""


def _language(criterion: Criterion) -> str:
    row, column = criterion["row"], criterion["column"]
    if not row or not column:
        return ""
    shared = [code for code in row["languages"] if code in column["languages"]]
    if shared:
        return gettext("Both work in %(languages)s") % {
            "languages": joined(str(Language(code).label) for code in shared if code in Language.values)
        }
    return (
        gettext("Can work together through an interpreter")
        if row["interpreter"] or column["interpreter"]
        else ""
    )


def _contact(criterion: Criterion) -> str:
    ties = criterion["row"] or {}
    if ties.get("contact"):
        return gettext("The two know each other already")
    return gettext("People from the oblast live in the municipality") if ties.get("ties") else ""


def _reciprocity(criterion: Criterion) -> str:
    if not criterion["known"]:
        return ""
    names = theme_names()
    both = [names.get(code, code) for code in criterion["row"] if code in criterion["column"]]
    return (
        gettext("Can teach %(themes)s, which the municipality wants to learn") % {"themes": _listed(both)}
        if both
        else ""
    )


def _waiting(criterion: Criterion) -> str:
    longest = max(criterion["row"], criterion["column"])
    return (
        ngettext("Has waited %(count)d month", "Has waited %(count)d months", longest) % {"count": longest}
        if longest >= 6
        else ""
    )


_REASONS: Final[dict[str, Callable[[Criterion], str]]] = {
    "theme": _theme, "likeness": _likeness, "category": _category, "unpartnered": _unpartnered,
    "short_term": _short_term,
    "language": _language, "contact": _contact, "reciprocity": _reciprocity, "waiting": _waiting,
}  # fmt: skip

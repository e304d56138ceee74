"""Engine codes in, sentences out: every criterion, rule, reason and failure has words, the same on every page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from municipalities.choices import Language
from municipalities.models import Theme

if TYPE_CHECKING:
    from matching.models import MatchRun, Proposal, Scheme

Criterion = Mapping[str, Any]
"""One entry of `Proposal.breakdown`."""
Text = str | Promise

CRITERIA: Final[dict[str, Text]] = {
    "theme": _("Themes offered and needed"),
    "likeness": _("Likeness of the places"),
    "category": _("Wished category"),
    "unpartnered": _("Few foreign partners"),
    "short_term": _("Help in the short term"),
    "language": _("Working language"),
    "contact": _("Existing contact"),
    "reciprocity": _("Learning both ways"),
    "waiting": _("Waiting time"),
}
PARTS: Final[dict[str, Text]] = {
    "population": _("Inhabitants"),
    "coastal": _("On the coast"),
    "settlement": _("Town or countryside"),
    "agriculture": _("Agriculture"),
    "industry_energy": _("Industry or energy"),
    "university": _("University"),
    "mountain": _("Mountains"),
}
RULES: Final[dict[str, Text]] = {
    "inactive": _("Not ready for matching."),
    "no_capacity": _("Has no place left for another partnership."),
    "no_consent": _("Has not agreed to be listed to Norwegian municipalities."),
    "occupied": _("Temporarily occupied, with no working authority known."),
    "category_unconfirmed": _("The category is not confirmed by both KS and AUC on the date of the run."),
    "category_refused": _("The municipality has said no to this category."),
    "no_common_theme": _("No theme is both offered and needed."),
    "no_common_horizon": _("Themes are shared, but not for the same time horizon."),
    "declined_before": _("One of the two has declined this partnership before."),
    "already_partners": _("The two are partners already."),
    "forbidden_by_ks": _("KS has rejected this pair for security or because a party wished it."),
    "low_coverage": _("Too many answers are missing: less than 60 per cent of the points rest on known answers."),
    "below_threshold": _("The score is below the lowest one that the scheme proposes."),
}
EXCLUSIONS: Final[dict[tuple[str, str], Text]] = {
    ("no", "inactive"): _("Interest is registered, but KS has not marked the response as ready."),
    ("ua", "inactive"): _("The candidate is not marked as ready."),
    ("ua", "no_common_theme"): _("No current need is recorded within a theme of the scheme."),
}
UNMATCHED: Final[dict[str, Text]] = {
    "places_taken": _("Fits somebody, but the places there give more to the plan as a whole."),
    "county_limit": _("The scheme's limit for the county is reached."),
    "oblast_limit": _("The scheme's limit for the oblast and category is reached."),
    "total_limit": _("The scheme's limit for the total number of partnerships is reached."),
    "nobody_there": _("Nobody on the other side is in this run."),
}
FAILURES: Final[dict[str, Text]] = {
    "timeout": _("The computation took too long and was stopped."),
    "not_proved": _("The result could not be proved and was not kept."),
    "bad_problem": _("The engine refused the input."),
    "crashed": _("The engine stopped without an answer."),
    "unexpected": _("The portal failed while computing."),
}
PROGRESS: Final[dict[str, Text]] = {
    "": _("Waiting"),
    "reading": _("Reading answers, candidates and needs"),
    "pairs": _("Counting the most partnerships"),
    "total": _("Seeking the highest total"),
    "urgent": _("Meeting the most urgent needs"),
    "tie": _("Choosing between equal plans"),
}
HORIZONS: Final[dict[str, Text]] = {"short": _("short term"), "long": _("long term")}
LEVELS: Final[dict[int, Text]] = {2: _("can advise"), 3: _("has experts"), 4: _("can host or lead")}


def criterion_label(code: str) -> str:
    """Return the name of a criterion or of a part of likeness."""
    return str(CRITERIA.get(code) or PARTS.get(code) or code)


def rule_text(code: str, side: str = "") -> str:
    """Return a rule in words; with a side ("no", "ua") as the reason a party is out of a run."""
    return str(EXCLUSIONS.get((side, code)) or RULES.get(code) or UNMATCHED.get(code) or code)


def progress_text(code: str) -> str:
    """Return where a running computation is."""
    if code.startswith("band:"):
        return gettext("Lifting the weakest pairs")
    return str(PROGRESS.get(code, PROGRESS["reading"]))


def theme_names() -> dict[str, str]:
    """Return theme slug → name in the reader's language; kept for a minute."""
    key = f"wording.themes.{get_language()}"
    known: dict[str, str] | None = cache.get(key)
    if not known:
        known = {theme.slug: theme.name for theme in Theme.objects.all()}
        cache.set(key, known, 60)
    return known


def reasons(breakdown: Sequence[Criterion], limit: int = 3) -> list[str]:
    """Return the strongest reasons for a pair in sentences, by points; what rests on unknown answers is no reason."""
    found: list[tuple[int, str]] = []
    for given in breakdown:
        sentence = _REASONS[given["code"]](given)
        if sentence and given["points"] > 0:
            found.append((given["points"], sentence))
    return [sentence for _points, sentence in sorted(found, key=lambda each: -each[0])[:limit]]


def weakest_point(breakdown: Sequence[Criterion]) -> str:
    """Return the criterion with the most points missed, and why, in one sentence; blank when nothing is missed."""
    missed = max(breakdown, key=lambda given: given["max"] - given["points"])
    if missed["points"] == missed["max"]:
        return ""
    said = {"criterion": criterion_label(missed["code"]), "points": missed["points"], "max": missed["max"]}
    if not missed["known"]:
        return gettext("%(criterion)s: %(points)d of %(max)d, because an answer is missing") % said
    return gettext("%(criterion)s: %(points)d of %(max)d") % said


def verdict_sentence(proposal: Proposal) -> str:
    """Return one sentence that says why this pair is proposed. Needs municipality, county, hromada and oblast selected."""
    said = {
        "municipality": proposal.response.municipality.name,
        "hromada": proposal.candidate.hromada.name,
        "points": f"{proposal.points:,}".replace(",", "\u202f"),
    }
    met = _met(next(given for given in proposal.breakdown if given["code"] == "theme"))
    if not met:
        return gettext("%(municipality)s and %(hromada)s fit with %(points)s of 10,000 points.") % said
    said["themes"] = joined(dict.fromkeys(name for name, _entry in met[:3]))
    return (
        gettext("%(municipality)s offers %(themes)s, which %(hromada)s needs; together they get %(points)s of 10,000 points.")
        % said
    )


def joined(words: Any) -> str:
    """Return "a, b and c" in the reader's language."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(listed[:-1]), "last": listed[-1]}


def failure_text(run: MatchRun) -> str:
    """Return why a run failed, in words; what an infeasible scheme demands is said in numbers."""
    facts = json.loads(run.error) if run.error else {}
    if facts.get("code") == "infeasible":
        return gettext(
            "The scheme demands at least %(required)d, and no plan reaches more than %(reachable)d. What stands in the way: %(binding)s."
        ) % {
            "required": facts["required"],
            "reachable": facts["reachable"],
            "binding": joined(limit_text(code) for code in facts["binding"]) or gettext("the places on both sides"),
        }
    return str(FAILURES.get(facts.get("code", ""), FAILURES["unexpected"])) if facts else ""


def limit_text(code: str) -> str:
    """Return the name of a cap or minimum by its engine code."""
    kind, _mark, rest = code.partition(":")
    if kind == "county":
        return gettext("the limit for county %(code)s") % {"code": rest}
    if kind == "oblast":
        return gettext("the limit for oblast %(code)s") % {"code": rest.partition(":")[0]}
    if kind == "war_zone":
        return gettext("the least number in the war zone")
    return gettext("the limit for all partnerships") if kind == "total" else code


def proof_sentence(run: MatchRun) -> str:
    """Return what the certificate says, in one plain sentence."""
    if not run.proved or run.total is None or run.total != run.bound:
        return gettext("This result is not proved and cannot be sent to review.")
    said = {"total": f"{run.total:,}".replace(",", "\u202f"), "pairs": run.pairs or 0}
    return (
        ngettext(
            "Proved: no permitted plan is better than this one, with %(pairs)d pair and %(total)s points.",
            "Proved: no permitted plan is better than this one, with %(pairs)d pairs and %(total)s points.",
            run.pairs or 0,
        )
        % said
        + " "
        + gettext("The proof was checked by code that shares nothing with the code that found the plan.")
    )


def scheme_reason(scheme: Scheme) -> str:
    """Return why a scheme was made; the first one was made by the portal, so its reason is translated."""
    if scheme.drafted_by_id is None:
        return gettext("The weights, tables and rules the scheme starts with.")
    return scheme.reason


# --- one reason per criterion: what the two sides said, or blank when it is no reason ---------------------------


def _met(given: Criterion) -> list[tuple[str, Criterion]]:
    """Return (theme name, entry) of themes both offered and needed, the most points first."""
    names = theme_names()
    entries = sorted(given["row"] or [], key=lambda entry: (-entry["level"] * entry["share"], entry["theme"]))
    return [(names.get(entry["theme"], entry["theme"]), entry) for entry in entries]


def _theme(given: Criterion) -> str:
    met = _met(given)
    if not met:
        return ""
    name, entry = met[0]
    said = {"theme": name, "level": LEVELS[entry["level"]]}
    more = len({each for each, _entry in met}) - 1
    if entry.get("urgent"):
        sentence = gettext("Offers %(theme)s (%(level)s), which is an urgent need there") % said
    else:
        sentence = gettext("Offers %(theme)s (%(level)s), which is a need there") % said
    if more:
        sentence += ngettext(" – and %(more)d more shared theme", " – and %(more)d more shared themes", more) % {"more": more}
    return sentence


def _likeness(given: Criterion) -> str:
    population = next(part for part in given["parts"] if part["code"] == "population")
    alike = [
        part["code"]
        for part in given["parts"]
        if part["known"] and part["code"] != "population" and part["row"] == part["column"]
    ]
    near = population["known"] and population["points"] * 3 >= population["max"] * 2
    if near and alike:
        return ngettext(
            "Similar in size and alike in %(count)d more way", "Similar in size and alike in %(count)d more ways", len(alike)
        ) % {"count": len(alike)}
    if near:
        return gettext("Similar in size")
    return (
        gettext("Alike in %(parts)s") % {"parts": joined(criterion_label(code).lower() for code in alike)}
        if len(alike) > 1
        else ""
    )


def _category(given: Criterion) -> str:
    if given["known"] and given["row"] == given["column"]:
        if given["row"] == "war_zone":
            return gettext("The municipality wishes a partner in the war zone")
        return gettext("The municipality wishes a partner outside the war zone")
    return ""


def _unpartnered(given: Criterion) -> str:
    partners = given["column"]
    if partners == 0:
        return gettext("Has no foreign partner yet")
    return gettext("Has only one known foreign partner") if partners == 1 else ""


def _short_term(given: Criterion) -> str:
    if given["known"] and given["row"] and given["column"]:
        return gettext("Can help in the short term, where there are acute needs")
    return ""


def _language(given: Criterion) -> str:
    row, column = given["row"], given["column"]
    if not row or not column:
        return ""
    shared = [code for code in row["languages"] if code in column["languages"]]
    if shared:
        return gettext("Both work in %(languages)s") % {
            "languages": joined(str(Language(code).label) for code in shared if code in Language.values)
        }
    return gettext("Can work together through an interpreter") if row["interpreter"] or column["interpreter"] else ""


def _contact(given: Criterion) -> str:
    said = given["row"] or {}
    if said.get("contact"):
        return gettext("The two know each other already")
    return gettext("People from the oblast live in the municipality") if said.get("ties") else ""


def _reciprocity(given: Criterion) -> str:
    if not given["known"]:
        return ""
    names = theme_names()
    both = [names.get(code, code) for code in given["row"] if code in given["column"]]
    return gettext("Can teach %(themes)s, which the municipality wants to learn") % {"themes": joined(both)} if both else ""


def _waiting(given: Criterion) -> str:
    longest = max(given["row"], given["column"])
    return (
        ngettext("Has waited %(count)d month", "Has waited %(count)d months", longest) % {"count": longest}
        if longest >= 6
        else ""
    )


_REASONS: Final[dict[str, Callable[[Criterion], str]]] = {
    "theme": _theme, "likeness": _likeness, "category": _category, "unpartnered": _unpartnered, "short_term": _short_term,
    "language": _language, "contact": _contact, "reciprocity": _reciprocity, "waiting": _waiting,
}  # fmt: skip

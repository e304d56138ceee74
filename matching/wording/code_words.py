"""Every code of the engine has words: criteria, rules, reasons to be out or without a partner, failures,
steps.
"""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

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
    "forbidden_by_ks": _("KS has ruled this pair out, with a reason."),
    "low_coverage": _(
        "Too many answers are missing: less than 60 per cent of the points rest on known answers."
    ),
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
    "party_out": _("One of the two is not in the run."),
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


def joined(words: Any) -> str:
    """Return "a, b and c" in the reader's language."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(listed[:-1]), "last": listed[-1]}

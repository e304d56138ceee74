"""What-ifs, comparisons and the reports on a plan, in sentences made of codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching.choices import Objective
from matching.wording.code_words import FAILURES, RULES, Text, criterion_label, joined
from matching.wording.results import failure_of

STEP_NAMES: Final[tuple[Text, ...]] = (
    _("Not important"), _("Slightly important"), _("Somewhat important"), _("Important"), _("More important"),
    _("Very important"),
)  # fmt: skip
LIMIT_NAMES: Final[dict[str, Text]] = {
    "oblast_at_most": _("Most partnerships per oblast and category"),
    "county_at_most": _("Most partnerships per Norwegian county"),
    "war_zone_at_least": _("Least number of partnerships in the war zone"),
    "war_zone_share_permille": _("Least share of partnerships in the war zone, per cent"),
    "total_at_most": _("Most partnerships in all"),
    "threshold": _("Lowest score proposed"),
    "leximin_band": _("Width of a fairness band, points"),
    "seed": _("Seed of the tie-break"),
}
BAD_CHANGES: Final[dict[str, Text]] = {
    "unknown_party": _("This party is not in the run."),
    "unknown_change": _("This change is not known."),
    "bad_value": _("This value is not possible."),
    "no_place": _("More pairs are locked than the party has places."),
}
MISSING: Final[dict[str, Text]] = {
    "category": _("Wished category"),
    "unpartnered": _("Number of foreign partners"),
    "short_term": _("Capacity for help in the short term"),
    "language": _("Working languages"),
    "contact": _("Existing contacts and refugees"),
    "reciprocity": _("What one side can teach and the other wants to learn"),
}


def step_name(step: int) -> str:
    """Return a step of a weight in words."""
    return str(STEP_NAMES[step])


def limit_value(name: str, value: int | None) -> str:
    """Return the value of a limit of a scheme; a share, kept per mille, as per cent."""
    if value is None:
        return gettext("no limit")
    if name == "war_zone_share_permille":
        return f"{number_format(value / 10, 1 if value % 10 else 0)} %"
    return in_thousands(value)


def missing_text(part: str) -> str:
    """Return what a missing answer is about."""
    return str(MISSING.get(part) or criterion_label(part))


def change_text(change: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return one change of a what-if; `names` gives places by official code."""
    code = change["code"]
    if code in {"lock", "forbid"}:
        facts = {
            "row": names.get(change["row"], change["row"]),
            "column": names.get(change["column"], change["column"]),
        }
        if code == "lock":
            return gettext("%(row)s and %(column)s are locked together") % facts
        facts["reason"] = change.get("reason", "")
        return gettext("%(row)s and %(column)s are kept apart: %(reason)s") % facts
    if code in {"row_capacity", "column_capacity"}:
        facts = {"party": names.get(change["party"], change["party"]), "count": change["value"]}
        sentence = ngettext(
            "%(party)s has %(count)d place", "%(party)s has %(count)d places", change["value"]
        )
        return sentence % facts
    if code == "weights":
        weights = ", ".join(
            f"{criterion_label(criterion)} {in_thousands(points)}"
            for criterion, points in change["weights"].items()
        )
        return gettext("Weights: %(weights)s") % {"weights": weights}
    if code == "limit":
        return f"{LIMIT_NAMES[change['name']]}: {limit_value(change['name'], change['value'])}"
    return gettext("Objective: %(objective)s") % {"objective": Objective(change["value"]).label}


def bad_change_text(code: str) -> str:
    """Return why a change cannot be made: one of ours, or the rule that keeps a locked pair apart."""
    return str(BAD_CHANGES.get(code) or RULES.get(code) or BAD_CHANGES["bad_value"])


def job_failure_text(error: str) -> str:
    """Return why a what-if or an analysis failed."""
    return failure_of(json.loads(error)) if error else str(FAILURES["unexpected"])


def fairness_text(total: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Return what an objective costs beside the one with the highest total, and what it gives."""
    cost = total["total"] - other["total"]
    share = number_format(100 * cost / total["total"] if total["total"] else 0, 1)
    gives = []
    if other["pairs"] != total["pairs"]:
        more = other["pairs"] - total["pairs"]
        gives.append(
            ngettext("%(count)d partnership more", "%(count)d partnerships more", more) % {"count": more}
            if more > 0
            else ngettext("%(count)d partnership fewer", "%(count)d partnerships fewer", -more)
            % {"count": -more}
        )
    if other["worst"] != total["worst"]:
        gives.append(
            gettext("lowest score %(worst)s instead of %(before)s")
            % {"worst": in_thousands(other["worst"]), "before": in_thousands(total["worst"])}
        )
    if other["urgent"] != total["urgent"]:
        gives.append(
            gettext("%(count)d pairs with a critical need instead of %(before)d")
            % {"count": other["urgent"], "before": total["urgent"]}
        )
    facts = {"cost": in_thousands(cost), "percent": share, "gives": joined(gives)}
    if not cost and not gives:
        return gettext("Costs nothing and changes nothing")
    if not gives:
        return gettext("Costs %(cost)s points (%(percent)s %%)") % facts
    return gettext("Costs %(cost)s points (%(percent)s %%): %(gives)s") % facts


def stability_text(result: Mapping[str, Any], pairs: int) -> str:
    """Return how many pairs would rather have each other, and what the plan nobody would leave costs."""
    count, stable = result["count"], result["stable"]
    if not count:
        return gettext(
            "No two parties would both score higher with each other than with what the plan gives them."
        )
    first = ngettext(
        "%(count)d pair outside the plan would score higher for both sides than what the plan gives them.",
        "%(count)d pairs outside the plan would score higher for both sides than what the plan gives them.",
        count,
    ) % {"count": count}
    fewer = pairs - stable["pairs"]
    facts = {"cost": in_thousands(abs(stable["cost"])), "pairs": stable["pairs"], "fewer": abs(fewer)}
    if stable["cost"] >= 0:
        second = (
            gettext(
                "A plan that no two parties would leave has %(pairs)d pairs and %(cost)s points fewer in all."
            )
            % facts
        )
    else:
        second = (
            gettext(
                "A plan that no two parties would leave has %(pairs)d pairs and %(cost)s points more in all."
            )
            % facts
        )
    return f"{first} {second}"


def same_text(same: int, changed: int, only_before: int, only_after: int) -> str:
    """Return a comparison in one line: 14 the same, 3 changed, 1 only in the first, 0 only in the second."""
    return gettext(
        "Pairs that are the same: %(same)d. Municipalities with another partner: %(changed)d, with a partner only in the first: "
        "%(before)d, only in the second: %(after)d."
    ) % {"same": same, "changed": changed, "before": only_before, "after": only_after}

"""What came of a run, in sentences: its proof, its failure, the limits it met,
and why its scheme was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext

from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching.wording.code_words import FAILURES, joined

if TYPE_CHECKING:
    from matching.models import MatchRun, Scheme


def failure_text(run: MatchRun) -> str:
    """Return why a run failed, in words; what an infeasible scheme demands is said in numbers."""
    return failure_of(json.loads(run.error) if run.error else {})


def failure_of(facts: Mapping[str, Any]) -> str:
    """Return why the engine gave no plan, from the code and facts it was kept with; blank for none."""
    if facts.get("code") == "infeasible":
        return gettext(
            "The scheme demands at least %(required)d, and no plan reaches more than %(reachable)d. What stands in the way: %(binding)s."
        ) % {
            "required": facts["required"],
            "reachable": facts["reachable"],
            "binding": joined(limit_text(code) for code in facts["binding"])
            or gettext("the places on both sides"),
        }
    if facts.get("code") == "bad_problem" and "locked" in str(facts.get("message", "")):
        return gettext(
            "A locked pair breaks a limit of the scheme or takes a place that is not there. Lift the rule, or raise the limit."
        )
    return str(FAILURES.get(facts.get("code", ""), FAILURES["unexpected"])) if facts else ""


def limit_text(code: str, names: Mapping[str, str] | None = None) -> str:
    """Return the name of a cap or minimum by its engine code; `names` gives counties and oblasts by theirs,
    as far as known.
    """
    kind, _mark, rest = code.partition(":")
    if place := (names or {}).get(rest.partition(":")[0]):
        return gettext("the limit for %(place)s") % {"place": place}
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
    facts = {"total": in_thousands(run.total), "pairs": run.pairs or 0}
    return (
        ngettext(
            "Proved: no permitted plan is better than this one, with %(pairs)d pair and %(total)s points.",
            "Proved: no permitted plan is better than this one, with %(pairs)d pairs and %(total)s points.",
            run.pairs or 0,
        )
        % facts
        + " "
        + gettext("The proof was checked by code that shares nothing with the code that found the plan.")
    )


def scheme_reason(scheme: Scheme) -> str:
    """Return why a scheme was made; the first one was made by the portal, so its reason is translated."""
    if scheme.drafted_by_id is None:
        return gettext("The weights, tables and rules the scheme starts with.")
    return scheme.reason

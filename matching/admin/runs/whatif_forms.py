"""What is typed for a what-if becomes changes in codes; whether they can be made, the service says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import TextField, WordsField
from matching.admin.runs.run_forms import LIMITS, StepField, limit_field
from matching.admin.runs.run_names import code_of
from matching.choices import Objective
from matching.engine.scores.criteria import CRITERIA
from matching.models import Scheme
from matching.runs import weight_steps

LOCKS = FORBIDS = PLACES = 3
ROWS_LIST, COLUMNS_LIST, PARTIES_LIST = "municipalities", "candidates", "parties"


class WhatIfForm(forms.Form):
    """Locks, bans, places, weights and limits; what stays blank or as it was changes nothing."""

    name = WordsField(
        label=_("Name of the what-if"), max_length=80, help_text=_("So that others see what you tried.")
    )
    reason = WordsField(
        label=_("Why these pairs are kept apart"),
        max_length=300,
        required=False,
        help_text=_("Needed when a pair is kept apart."),
    )
    change_weights = forms.BooleanField(label=_("Change the weights as set below"), required=False)
    objective = forms.ChoiceField(label=_("Objective"), choices=Objective.choices)

    def __init__(
        self,
        data: Any,
        *,
        scheme: Scheme,
        objective: str,
        rows: Mapping[str, str],
        columns: Mapping[str, str],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.scheme, self.run_objective, self.rows, self.columns = scheme, objective, rows, columns
        self.initial["objective"] = objective
        for kind, count in (("lock", LOCKS), ("forbid", FORBIDS)):
            for k in range(1, count + 1):
                self.fields[f"{kind}_{k}_row"] = party_field(_("Norwegian side"), ROWS_LIST)
                self.fields[f"{kind}_{k}_column"] = party_field(_("Ukrainian side"), COLUMNS_LIST)
        for k in range(1, PLACES + 1):
            self.fields[f"place_{k}_party"] = party_field(_("Party"), PARTIES_LIST)
            self.fields[f"place_{k}_count"] = forms.IntegerField(
                label=_("Places"), min_value=0, max_value=50, required=False
            )
        start = weight_steps.nearest_steps(scheme.weights)
        for code in CRITERIA:
            self.fields[f"weight_{code}"] = StepField(code, initial=start[code], required=False)
        for name in LIMITS:
            self.fields[name] = limit_field(name)
            self.initial[name] = getattr(scheme, name)
        self.fields["threshold"] = forms.IntegerField(
            label=_("Lowest score proposed"), min_value=0, max_value=10_000
        )
        self.initial["threshold"] = scheme.threshold

    def clean(self) -> dict[str, Any]:
        """Find the parties, and ask for the reason of a ban."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in list(cleaned):
            if name.endswith(("_row", "_column", "_party")) and cleaned[name]:
                cleaned[name] = self._party(name, cleaned[name])
        for kind in ("lock", "forbid"):
            for k in range(1, LOCKS + 1):
                sides = [cleaned.get(f"{kind}_{k}_{side}") for side in ("row", "column")]
                if (
                    any(sides)
                    and not all(sides)
                    and not self.has_error(f"{kind}_{k}_row")
                    and not self.has_error(f"{kind}_{k}_column")
                ):
                    self.add_error(
                        f"{kind}_{k}_{'column' if sides[0] else 'row'}", _("Name both sides of the pair.")
                    )
        for k in range(1, PLACES + 1):
            if bool(cleaned.get(f"place_{k}_party")) != (cleaned.get(f"place_{k}_count") is not None):
                self.add_error(f"place_{k}_count", _("Name the party and its number of places."))
        if any(cleaned.get(f"forbid_{k}_row") for k in range(1, FORBIDS + 1)) and not cleaned.get("reason"):
            self.add_error("reason", _("Write why these pairs are kept apart."))
        if cleaned.get("change_weights") and not int(cleaned.get("weight_theme") or 0):
            self.add_error("weight_theme", _("Themes cannot be without importance."))
        return cleaned

    def _party(self, name: str, typed: str) -> str | None:
        parties = (
            self.rows
            if name.endswith("_row")
            else self.columns
            if name.endswith("_column")
            else {**self.rows, **self.columns}
        )
        code = code_of(typed, parties)
        if code is None:
            self.add_error(name, _("No party of the run, or more than one, is called this. Use the code."))
        return code

    def changes(self) -> list[dict[str, Any]]:
        """Return the changes in codes, in a fixed order."""
        typed = self.cleaned_data
        changes: list[dict[str, Any]] = []
        for kind in ("lock", "forbid"):
            for k in range(1, LOCKS + 1):
                if typed.get(f"{kind}_{k}_row"):
                    change = {
                        "code": kind,
                        "row": typed[f"{kind}_{k}_row"],
                        "column": typed[f"{kind}_{k}_column"],
                    }
                    changes.append(change | ({"reason": typed["reason"]} if kind == "forbid" else {}))
        for k in range(1, PLACES + 1):
            if party := typed.get(f"place_{k}_party"):
                side = "row_capacity" if party in self.rows else "column_capacity"
                changes.append({"code": side, "party": party, "value": typed[f"place_{k}_count"]})
        return [*changes, *self._scheme_changes()]

    def _scheme_changes(self) -> list[dict[str, Any]]:
        typed, changes = self.cleaned_data, []
        if typed["change_weights"]:
            weights = weight_steps.weights_of({code: int(typed[f"weight_{code}"] or 0) for code in CRITERIA})
            if weights != self.scheme.weights:
                changes.append({"code": "weights", "weights": weights})
        changed = [name for name in ("threshold", *LIMITS) if typed[name] != getattr(self.scheme, name)]
        changes += [{"code": "limit", "name": name, "value": typed[name]} for name in changed]
        if typed["objective"] != self.run_objective:
            changes.append({"code": "objective", "value": typed["objective"]})
        return changes

    def pairs(self, kind: str) -> list[tuple[Any, Any]]:
        """Return the bound fields of locks or bans, for the template."""
        return [(self[f"{kind}_{k}_row"], self[f"{kind}_{k}_column"]) for k in range(1, LOCKS + 1)]

    def locks(self) -> list[tuple[Any, Any]]:
        """Return the fields of locked pairs."""
        return self.pairs("lock")

    def bans(self) -> list[tuple[Any, Any]]:
        """Return the fields of pairs that are kept apart."""
        return self.pairs("forbid")

    def places(self) -> list[tuple[Any, Any]]:
        """Return the fields of changed places."""
        return [(self[f"place_{k}_party"], self[f"place_{k}_count"]) for k in range(1, PLACES + 1)]

    def weights(self) -> list[Any]:
        """Return the fields of the weights."""
        return [self[f"weight_{code}"] for code in CRITERIA]

    def limits(self) -> list[Any]:
        """Return the fields of the limits."""
        return [self[name] for name in ("threshold", *LIMITS)]


def party_field(label: Any, options: str) -> TextField:
    """Return a field that offers a run's parties while one types; the code or the place alone will do."""
    widget = forms.TextInput(attrs={"list": options, "autocomplete": "off"})
    return TextField(label=label, required=False, max_length=200, widget=widget)

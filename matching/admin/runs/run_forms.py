"""What is typed to start a computation or to draft a scheme becomes checked values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import DayField, WordsField
from matching.choices import Objective, SchemeState
from matching.engine.scores.criteria import CRITERIA, TOTAL
from matching.models import Scheme
from matching.runs import weight_steps
from matching.runs.schemes import SchemeValues
from matching.wording import LIMIT_NAMES, criterion_label, step_name

LIMITS: dict[str, str | Promise] = {
    "oblast_at_most": _("Blank: no limit."),
    "county_at_most": _("Blank: no limit."),
    "war_zone_at_least": _("Blank: no minimum."),
    "war_zone_share_permille": _(
        "Blank: no minimum. With a share, prices are worked out one by one, after the run."
    ),
    "total_at_most": _("Blank: no limit."),
}
"""The limits of a scheme that may be left out, and what blank means."""


class ShareField(forms.DecimalField):
    """A share: per cent with one decimal on the screen, per mille as a whole number behind it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=1, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return per cent for a value of ours, and what was typed as it was."""
        return format(Decimal(value) / 10, "f").removesuffix(".0") if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return per mille; a comma is as good as a point."""
        share = super().clean(value.replace(",", ".") if isinstance(value, str) else value)
        return None if share is None else int(share * 10)


def limit_field(name: str, help_text: str | Promise = "") -> forms.Field:
    """Return the field of a limit that may be left out."""
    options: dict[str, Any] = {
        "label": str(LIMIT_NAMES[name]),
        "help_text": str(help_text),
        "required": False,
    }
    return (
        ShareField(**options)
        if name == "war_zone_share_permille"
        else forms.IntegerField(min_value=0, max_value=100_000, **options)
    )


class NewRunForm(forms.Form):
    """What a new computation rests on."""

    scheme = forms.ChoiceField(label=_("Scheme"))
    as_of = DayField(
        label=_("Data as of"),
        help_text=_("Categories, consents and needs count as they are valid on this date."),
    )
    objective = forms.ChoiceField(
        label=_("Objective"),
        required=False,
        choices=[("", _("As the scheme says")), *Objective.choices],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.usable = {str(scheme.pk): scheme for scheme in Scheme.objects.exclude(state=SchemeState.RETIRED)}
        field = self.fields["scheme"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (pk, f"{scheme} ({scheme.get_state_display()})") for pk, scheme in self.usable.items()
        ]

    def clean_scheme(self) -> Scheme:
        """Return the scheme itself."""
        return self.usable[self.cleaned_data["scheme"]]


class StepField(forms.TypedChoiceField):
    """How much a criterion counts, from «not important» to «very important».

    Themes cannot be without importance.
    """

    def __init__(self, code: str, **kwargs: Any) -> None:
        choices = [
            (step, step_name(step)) for step in weight_steps.STEPS if step or code != weight_steps.THEME
        ]
        super().__init__(label=criterion_label(code), choices=choices, coerce=int, **kwargs)


class SchemeForm(forms.Form):
    """A new version of the scheme; every field starts as the version it is drafted from."""

    reason = WordsField(
        label=_("Why the scheme is changed"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        strip=True,
    )
    threshold = forms.IntegerField(
        label=_("Lowest score proposed"), min_value=0, max_value=TOTAL, help_text=_("Of 10,000 points.")
    )
    objective = forms.ChoiceField(label=_("Objective"), choices=Objective.choices)
    leximin_band = forms.IntegerField(
        label=_("Width of a fairness band, points"),
        min_value=50,
        max_value=TOTAL,
        help_text=_("Used by one objective only."),
    )
    seed = forms.IntegerField(
        label=_("Seed of the tie-break"),
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("Decides between plans that are equal."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in CRITERIA:
            self.fields[f"step_{code}"] = StepField(code)
        for name, help_text in LIMITS.items():
            self.fields[name] = limit_field(name, help_text)
        self.order_fields(
            ["reason", *(f"step_{code}" for code in CRITERIA), "threshold", "objective", *LIMITS]
        )

    @staticmethod
    def of(scheme: Scheme) -> dict[str, Any]:
        """Return the form's first values, from an existing scheme.

        One that was set in points starts at the nearest steps.
        """
        start = weight_steps.nearest_steps(scheme.weights)
        chosen = {f"step_{code}": start[code] for code in CRITERIA}
        same = {
            name: getattr(scheme, name)
            for name in ("threshold", "objective", "leximin_band", "seed", *LIMITS)
        }
        return chosen | same

    def values(self) -> SchemeValues:
        """Return what the service takes; the points of the steps always sum to 10,000."""
        typed = self.cleaned_data
        return SchemeValues(
            weights=weight_steps.weights_of({code: typed[f"step_{code}"] for code in CRITERIA}),
            **{name: typed[name] for name in ("threshold", "objective", "leximin_band", "seed", *LIMITS)},
        )


class ReasonForm(forms.Form):
    """A reason, required."""

    reason = WordsField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, strip=True
    )

"""The forms on a hromada's own page: they only clean; the services hold the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import DayField, TextField
from municipalities.choices import ConsentScope, Horizon, NeedStatus, NeedVisibility, Urgency
from municipalities.models import ContactPerson, Need, Theme
from municipalities.needs.locations import finds_in
from municipalities.needs.needs import TEXTS
from municipalities.questionnaire import is_email, without_form_tag

HINT = _(
    "At most 500 characters. Do not write locations, schedules, names of people or details of infrastructure."
)


def long_text(label: Any, *, lang: str = "", help_text: Any = HINT) -> TextField:
    """Return a field for a short text of a few lines."""
    attrs = {"rows": "5", **({"lang": lang} if lang else {})}
    return TextField(
        label=label,
        help_text=help_text,
        widget=forms.Textarea(attrs),
        max_length=TEXTS["text_uk"],
        required=False,
    )


class HromadaForm(forms.Form):
    """A form drawn by the design system, that asks about a text which may give away a place or a person."""

    use_required_attribute = False
    free_texts: Iterable[str] = ()

    is_checked = forms.BooleanField(
        label=_("I have checked: it gives away no place, person or schedule"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = without_form_tag()
        self.order_fields([*(name for name in self.fields if name != "is_checked"), "is_checked"])
        if not finds_in(str(self.data.get(name, "")) for name in self.free_texts):
            del self.fields["is_checked"]


class OwnNeedForm(HromadaForm):
    """What a hromada may correct in its need."""

    free_texts = ("text_uk", "text_en", "quantity")

    urgency = forms.TypedChoiceField(
        label=_("Urgency"), choices=Urgency.choices, coerce=int, widget=forms.RadioSelect
    )
    urgent_to = DayField(required=False, label=_("Urgent until, if there is such a day"))
    text_uk = long_text(_("Description in Ukrainian"), lang="uk")
    text_en = long_text(_("Translation to English, if you have one"), lang="en", help_text="")
    quantity = TextField(label=_("Quantity, if it is goods"), max_length=TEXTS["quantity"], required=False)
    valid_to = DayField(required=False, label=_("Valid until, if it ends"))
    visibility = forms.ChoiceField(
        label=_("Who may read it"), choices=NeedVisibility.choices, widget=forms.RadioSelect
    )
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[choice for choice in NeedStatus.choices if choice[0] != NeedStatus.WITHDRAWN],
        widget=forms.RadioSelect,
    )  # fmt: skip

    @staticmethod
    def initial_for(need: Need) -> dict[str, Any]:
        """Return the form's first values."""
        return {name: getattr(need, name) for name in OwnNeedForm.base_fields if name != "is_checked"}


class NewNeedForm(OwnNeedForm):
    """A need that is not on the list."""

    theme = forms.ModelChoiceField(label=_("Theme"), queryset=Theme.objects.current(), empty_label="")
    horizon = forms.ChoiceField(label=_("Horizon"), choices=Horizon.choices, widget=forms.RadioSelect)
    status = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    field_order = ("theme", "horizon", "urgency")


class CloseForm(HromadaForm):
    """Why a need is no longer current."""

    free_texts = ("reason",)

    reason = TextField(label=_("Reason"), max_length=300, required=False)


class OwnTeachingForm(HromadaForm):
    """What the hromada can teach others."""

    free_texts = ("text",)

    theme = forms.ModelChoiceField(label=_("Theme"), queryset=Theme.objects.live(), empty_label="")
    text = long_text(_("Description"), lang="uk")


class OwnConsentForm(HromadaForm):
    """Where the hromada agrees to be listed."""

    scope = forms.ChoiceField(
        label=_("The hromada agrees to be listed"), choices=ConsentScope.choices, widget=forms.RadioSelect
    )
    given_by = TextField(
        label=_("Given by"),
        max_length=120,
        help_text=_("The office or body, for example “head of the hromada”. Not a name."),
    )
    valid_to = DayField(required=False, label=_("Valid to, if it ends"))


class OwnContactForm(HromadaForm):
    """Who answers for the hromada."""

    name = TextField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    title = TextField(
        label=_("Job title"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    email = TextField(
        label=_("Work e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = TextField(
        label=_("Phone number"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    replaces = forms.BooleanField(label=_("This person takes over from me"), required=False)

    @staticmethod
    def initial_for(contact: ContactPerson) -> dict[str, Any]:
        """Return the form's first values: one's own."""
        return {name: getattr(contact, name) for name in ("name", "title", "email", "phone")}

    def clean_email(self) -> str:
        """Refuse what no mail can reach."""
        email = str(self.cleaned_data["email"]).strip().lower()
        if not is_email(email):
            raise forms.ValidationError(_("Write the address like name@hromada.ua."))
        return email


class LinkForm(forms.Form):
    """Who asks for a new link. `website` is a trap for machines."""

    use_required_attribute = False

    email = TextField(
        label=_("Your work e-mail address"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("The address that AUC has for your hromada."),
        error_messages={"required": _("Write your work e-mail address.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = without_form_tag()

    def clean_email(self) -> str:
        """Refuse what is no address; whether it is known is not told."""
        email = str(self.cleaned_data["email"]).strip().lower()
        if not is_email(email):
            raise forms.ValidationError(_("Write the address like name@hromada.ua."))
        return email

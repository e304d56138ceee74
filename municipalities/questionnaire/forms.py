"""The forms of the questionnaire, made from `structure.py`.

They only clean, and a draft is never refused for being unfinished.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import TextField
from kommunesamarbeid.core.texts import tidy
from municipalities.choices import LinkRight
from municipalities.questionnaire.answers import Codebook, is_email, read_page
from municipalities.questionnaire.structure import MANY, Kind, Page, Question, Values, joined
from municipalities.registers import municipality_finder

INPUTS: dict[Kind, tuple[type[forms.Widget], dict[str, str]]] = {
    Kind.TEXT: (forms.TextInput, {}),
    Kind.EMAIL: (forms.EmailInput, {}),
    Kind.PHONE: (forms.TextInput, {"type": "tel"}),
    Kind.NUMBER: (forms.TextInput, {"inputmode": "numeric", "size": "4"}),
    Kind.DATE: (forms.TextInput, {"inputmode": "numeric", "size": "12"}),
    Kind.LONG_TEXT: (forms.Textarea, {"rows": "6"}),
    Kind.PLACES: (forms.Textarea, {"rows": "4"}),
}


class AnyChoice(forms.MultipleChoiceField):
    """Takes what was chosen as it is: unknown codes never get this far (`answers.take`)."""

    def validate(self, value: Any) -> None:
        """Refuse nothing."""


def without_form_tag() -> FormHelper:
    """Return the crispy helper of a form whose page draws the form tag and the buttons."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    return helper


class PageForm(forms.Form):
    """One page of the questionnaire. `values` are raw draft values; bound, it says what is wrong with them.

    The fields of `follow_ups` come after the page's own, and only what `reads` asks is read.
    """

    use_required_attribute = False

    def __init__(
        self,
        page: Page,
        codebook: Codebook,
        values: Values,
        *,
        title: str,
        follow_ups: tuple[Page, ...] = (),
        reads: Page | None = None,
    ) -> None:
        asked = joined(page, follow_ups)
        asked_values = {question.key: values.get(question.key, "") for question in asked.questions}
        super().__init__(asked_values if reads is not None else None, initial=asked_values)
        self.page, self.codebook, self.reads, self.helper = page, codebook, reads or page, without_form_tag()
        self.title = title
        for question in asked.questions:
            heading = (
                page.questions == (question,) and str(question.label) == title and question.kind != Kind.TICK
            )
            self.fields[question.key] = make_field(question, codebook, heading=heading)

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The fields of the page itself."""
        return self.fields_of(self.page)

    def fields_of(self, page: Page) -> list[forms.BoundField]:
        """Return the fields of the page or of one of its follow-ups."""
        return [self[question.key] for question in page.questions]

    @property
    def has_heading(self) -> bool:
        """Whether the page's one question is its h1."""
        return any(getattr(field, "is_heading", False) for field in self.fields.values())

    def clean(self) -> dict[str, Any]:
        """Add the messages that the questionnaire's own reading gives."""
        _answers, wrong = read_page(self.reads, self.data, self.codebook)
        for key, message in wrong.items():
            self.add_error(key, message)
        return self.cleaned_data

    def refuse_numbers(self, keys: frozenset[str]) -> None:
        """Say at each field that a national identity number was taken out."""
        for key in sorted(keys & {question.key for question in self.reads.questions}):
            self.add_error(
                key,
                _(
                    "We removed what looks like a national identity number. Do not write such numbers here. "
                    "The rest is saved."
                ),
            )


def make_field(question: Question, codebook: Codebook, *, heading: bool) -> forms.Field:
    """Return the form field of a question: nothing is required or limited here, the reading says what is
    wrong.
    """
    words: dict[str, Any] = {"label": question.label, "help_text": question.help, "required": False}
    field: forms.Field
    if question.kind in MANY:
        field = AnyChoice(choices=codebook.options(question), widget=forms.CheckboxSelectMultiple, **words)
    elif question.kind == Kind.CHOICE:
        field = forms.ChoiceField(choices=codebook.options(question), widget=forms.RadioSelect, **words)
    elif question.kind == Kind.TICK:
        field = forms.BooleanField(**words)
    else:
        widget, attrs = INPUTS[question.kind]
        extra = {"autocomplete": question.autocomplete} if question.autocomplete else {}
        if question.kind == Kind.LONG_TEXT:
            extra["data-limit"] = str(
                question.max_length
            )  # read by the live counter; the help text says it too
        field = forms.CharField(strip=False, widget=widget(attrs={**attrs, **extra}), **words)
    # Read by the crispy pack: what must be filled in before submitting, and whether the label is the page's
    # h1.
    vars(field).update(must_fill=question.required, is_heading=heading)
    return field


class PartyName(str):
    """A party's name, and the other names it is found by."""

    __slots__ = ("others",)
    others: str


class PartySelect(forms.Select):
    """The list of all parties, written out in one go: Django's own renders a template for each of 371
    options.
    """

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the select with its groups; an option carries the other names it is found by."""
        chosen = str(value or "")
        parts = [
            self._option(code, label, chosen) for code, label in self.choices if not isinstance(label, list)
        ]
        for county, options in self.choices:
            if isinstance(options, list):
                inside = "".join(self._option(code, label, chosen) for code, label in options)
                parts.append(f'<optgroup label="{escape(county)}">{inside}</optgroup>')
        built = self.build_attrs(self.attrs, attrs)
        attributes = flatatt({key: value for key, value in built.items() if value is not False})
        return mark_safe(f'<select name="{escape(name)}"{attributes}>{"".join(parts)}</select>')  # noqa: S308  # every part is escaped

    def _option(self, code: str, label: Any, chosen: str) -> str:
        others = getattr(label, "others", "")
        names = f' data-names="{escape(others)}"' if others else ""
        return f'<option value="{escape(code)}"{names}{" selected" if code == chosen else ""}>{escape(label)}</option>'


class InterestForm(forms.Form):
    """Who asks for a link: a municipality by code, and an e-mail address.

    `website` is a trap for machines.
    """

    use_required_attribute = False

    municipality = forms.ChoiceField(
        label=_("Municipality or county authority"),
        widget=PartySelect(attrs={"data-chooser": ""}),
        error_messages={
            "required": _("Choose the municipality."),
            "invalid_choice": _("Choose the municipality from the list."),
        },
    )
    email = TextField(
        label=_("Your work e-mail address"),
        help_text=_("We send a link to this address. Use an address on the municipality's own domain."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Write your work e-mail address.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = without_form_tag()
        self.fields["municipality"].choices = municipality_choices()  # type: ignore[attr-defined]  # a ChoiceField

    def clean_email(self) -> str:
        """Return the address in lower case."""
        return read_email(self.cleaned_data["email"])


class EmailForm(forms.Form):
    """A form with one work e-mail address, read as the interest form reads it."""

    use_required_attribute = False

    email = TextField(
        label=_("Work e-mail address"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Write the work e-mail address.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = without_form_tag()

    def clean_email(self) -> str:
        """Return the address in lower case."""
        return read_email(self.cleaned_data["email"])


class InviteForm(EmailForm):
    """Which colleague to let in, and what they may do (F-13)."""

    right = forms.ChoiceField(
        label=_("What may the colleague do?"), widget=forms.RadioSelect, initial=LinkRight.EDIT,
        choices=[(LinkRight.EDIT, _("Edit the answers")), (LinkRight.SUBMIT, _("Edit, submit and let others in"))],
        error_messages={"required": _("Choose what the colleague may do."), "invalid_choice": _("Choose one of the alternatives.")},
    )  # fmt: skip


class NoticeForm(EmailForm):
    """Who wants to be told when registration opens (F-30). `website` is a trap for machines."""

    municipality = forms.ChoiceField(
        label=_("Municipality or county authority"),
        error_messages={
            "required": _("Choose the municipality."),
            "invalid_choice": _("Choose the municipality from the list."),
        },
    )
    field_order = ("municipality", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["municipality"].choices = municipality_choices()  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["email"].widget.attrs["autocomplete"] = "email"


class MemberForm(forms.Form):
    """Which municipality applies together with ours."""

    use_required_attribute = False

    municipality = forms.ChoiceField(
        label=_("Municipality or county authority"),
        error_messages={
            "required": _("Choose the municipality."),
            "invalid_choice": _("Choose the municipality from the list."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = without_form_tag()
        self.fields["municipality"].choices = municipality_choices()  # type: ignore[attr-defined]  # a ChoiceField


class OwnDataForm(forms.Form):
    """A contact person's own details.

    The address is the key to the portal and is changed by inviting the new one.
    """

    use_required_attribute = False

    name = TextField(
        label=_("Name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    title = TextField(
        label=_("Job title"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    phone = TextField(
        label=_("Work phone number"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = without_form_tag()


class DeclarationForm(forms.Form):
    """The declaration of authority before submitting (F-20); never ticked in advance."""

    use_required_attribute = False

    declaration = forms.BooleanField(
        label=_("I confirm that I can answer on behalf of the municipality"),
        error_messages={"required": _("Confirm that you can answer on behalf of the municipality.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = without_form_tag()


def read_email(typed: str) -> str:
    """Return the address in lower case. Raises ValidationError with what is wrong."""
    email = tidy(typed).lower()
    if "@" not in email:
        raise forms.ValidationError(_("The email address must contain @."))
    if not is_email(email):
        raise forms.ValidationError(_("The email address must be like name@municipality.no."))
    return email


def municipality_choices() -> list[tuple[Any, Any]]:
    """Return (number, name) grouped by county; a name that occurs twice carries its county.

    A name says which other names it is found by: the Sámi and the Kven one, beside the number itself.
    """
    parties = list(municipality_finder().by_code.values())
    times = Counter(party.name for party in parties)
    groups: dict[str, list[tuple[str, str]]] = {}
    for party in parties:
        label = PartyName(f"{party.name} ({party.county.name})" if times[party.name] > 1 else party.name)
        label.others = " / ".join(filter(None, (party.name_sami, party.name_kven)))
        groups.setdefault(party.county.name, []).append((party.number, label))
    return [("", _("Choose the municipality")), *groups.items()]

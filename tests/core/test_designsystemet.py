"""The crispy pack draws Designsystemet's markup: what is wired to what, and what a reader is told must be filled in."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import translation

from deploy.assets import ROOT, UNUSED_COMPONENTS, without_unused


class Answer(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label="Name", help_text="First and last name.")
    text = forms.CharField(label="Text", widget=forms.Textarea, required=False)
    horizon = forms.ChoiceField(
        label="Horizon", choices=[("short", "Short"), ("long", "Long")], widget=forms.RadioSelect
    )
    themes = forms.MultipleChoiceField(
        label="Themes",
        choices=[("Society", [("youth", "Youth")]), ("Technology", [("energy", "Energy")])],
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose some.",
    )
    confirmed = forms.BooleanField(label="I confirm")


def drawn(form: forms.Form) -> str:
    """Return the form as `{% crispy form %}` draws it, in English."""
    with translation.override("en"):
        html = Template("{% load crispy_forms_tags %}{% crispy form %}").render(Context({"form": form}))
        return " ".join(html.split())


def test_field_with_error_is_wired_to_error_then_description() -> None:
    html = drawn(Answer({}))
    assert 'aria-describedby="id_name_error id_name_helptext"' in html
    assert '<p class="ds-validation-message" data-field="validation" id="id_name_error">' in html
    assert '<div data-field="description" id="id_name_helptext">First and last name.</div>' in html
    assert 'aria-invalid="true"' in html


def test_group_is_named_by_legend_and_description_and_keeps_its_headings() -> None:
    html = drawn(Answer({"themes": ["energy"]}))
    assert 'aria-labelledby="id_themes_legend id_themes_helptext"' in html
    assert '<p class="option-heading">Technology</p>' in html
    assert 'id="id_themes_1_0" name="themes" value="energy" checked' in html


@pytest.mark.parametrize(
    ("field", "target"), [("name", "id_name"), ("horizon", "id_horizon_0"), ("themes", "id_themes_0_0")]
)
def test_error_summary_links_to_the_first_input(field: str, target: str) -> None:
    html = render_to_string("components/error_summary.html", {"form": Answer({})})
    assert f'href="#{target}"' in html
    assert f'id="{target}"' in drawn(Answer({})), field


def test_error_summary_is_absent_before_anything_was_sent() -> None:
    assert render_to_string("components/error_summary.html", {"form": Answer()}).strip() == ""


def test_mixed_form_tags_every_field() -> None:
    html = drawn(Answer())
    assert html.count(">Required</span>") == 4
    assert html.count(">Optional</span>") == 1
    assert "All fields are required." not in html


def test_form_where_all_is_required_says_so_once() -> None:
    form = Answer()
    del form.fields["text"]
    html = drawn(form)
    assert html.count("All fields are required.") == 1
    assert ">Required</span>" not in html


def test_only_field_that_is_required_is_tagged() -> None:
    form = Answer()
    form.fields = {"name": form.fields["name"]}
    assert drawn(form).count(">Required</span>") == 1


def test_saving_form_marks_what_must_be_filled_before_sending() -> None:
    form = Answer()
    form.fields["text"].must_fill = True  # type: ignore[attr-defined]  # what the questionnaire's forms say about a draft's field
    assert "All fields are required." in drawn(form)


def test_form_leaves_judging_to_the_server() -> None:
    html = drawn(Answer())
    assert "novalidate" in html
    assert '<textarea name="text" cols="40" rows="4" class="ds-input"' in html


def test_no_template_uses_a_component_whose_style_is_left_out() -> None:
    used = {
        name
        for file in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"\bds-[a-z-]+|\bdata-tooltip", file.read_text(encoding="utf-8"))
    }

    assert used & {f"{start}{name}" for name in UNUSED_COMPONENTS for start in ("ds-", "data-")} == set()


def test_style_sheet_keeps_every_rule_of_the_components_that_are_used() -> None:
    whole = (ROOT / "node_modules/@digdir/designsystemet-css/dist/src/index.css").read_text(encoding="utf-8")
    left = without_unused(whole)
    others = "|".join(UNUSED_COMPONENTS)

    for name in used_components():
        lost = rules_of(name, whole) - rules_of(name, left)
        assert [
            rule for rule in lost if not re.search(rf"(?:ds|data)-(?:{others}|togglegroup|suggestion)", rule)
        ] == []
    assert (".ds-tabs :is" in left, ".ds-suggestion" in left) == (False, False)


def used_components() -> set[str]:
    """Return the components whose class stands in some template."""
    files = (ROOT / "templates").rglob("*.html")
    return {
        name for file in files for name in re.findall(r"\bds-([a-z-]+)", file.read_text(encoding="utf-8"))
    }


def rules_of(name: str, style: str) -> set[str]:
    """Return the selectors of a style sheet in which a component's class stands."""
    return {
        found
        for found in re.findall(r"[{};]([^{};]*)\{", style)
        if re.search(rf"\.ds-{name}(?![\w-])", found)
    }

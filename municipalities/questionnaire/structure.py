"""The questionnaire as data: the form, the task list, the check page, the receipt and the staff view derive
from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db.models import Choices, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.visibility import Level
from municipalities.choices import (
    Anchoring,
    Horizon,
    Language,
    OfferLevel,
    Preference,
    Refusal,
    ShortTermCapacity,
    StaffHours,
)

# A new structure gets a new number; a submitted version keeps the number it was answered under.
STRUCTURE_VERSION = "2026-1"

Text = str | Promise
Values = Mapping[str, Any]


class Kind(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    PHONE = "phone"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    TICK = "tick"
    THEMES = "themes"
    OUT_OF_SCOPE = "out_of_scope"
    PLACES = "places"
    OBLASTS = "oblasts"


MANY = frozenset({Kind.CHOICES, Kind.THEMES, Kind.OUT_OF_SCOPE, Kind.OBLASTS})


class Store(StrEnum):
    """Where an answer is kept: with the answers, or in a `ContactPerson` row because it is personal data."""

    ANSWERS = "answers"
    CONTACT = "contact"
    DEPUTY = "deputy"


class YesNo(TextChoices):
    """Yes or no."""

    YES = "yes", _("Yes")
    NO = "no", _("No")


class YesNoUndecided(TextChoices):
    """Yes, no or not decided."""

    YES = "yes", _("Yes")
    NO = "no", _("No")
    UNDECIDED = "undecided", _("Not decided")


class Travel(TextChoices):
    """Whether staff may travel to Ukraine."""

    YES = "yes", _("Yes")
    WEST = "west", _("Only to the west of the country")
    NO = "no", _("No")
    UNDECIDED = "undecided", _("Not decided")


@dataclass(frozen=True)
class Question:
    """One question.

    `key` is its name in the draft and the form; `missing` is said when a required answer is missing.
    """

    key: str
    kind: Kind
    label: Text
    help: Text = ""
    required: bool = False
    missing: Text = ""
    max_length: int = 200
    choices: type[Choices] | None = None
    low: int = 0
    high: int = 0
    level: Level = Level.INTERNAL
    store: Store = Store.ANSWERS
    field: str = ""
    autocomplete: str = ""


@dataclass(frozen=True)
class When:
    """The page is asked when the answer to `key` is, or contains, one of `values`."""

    key: str
    values: frozenset[str]

    def holds(self, draft: Values) -> bool:
        """Say whether the draft meets the condition."""
        answer = draft.get(self.key) or ()
        return not self.values.isdisjoint([answer] if isinstance(answer, str) else answer)


@dataclass(frozen=True)
class Page:
    """One page: its heading is the question when it asks one thing.

    `each` repeats it per theme chosen under that key.

    An `inline` page with a condition also stands, for whoever has JavaScript, under the choice that calls for
    it (F-11).
    """

    key: str
    title: Text
    questions: tuple[Question, ...]
    intro: Text = ""
    when: When | None = None
    inline: bool = False
    each: str = ""
    theme: str = ""


@dataclass(frozen=True)
class Section:
    """A line of the task list."""

    key: str
    title: Text
    pages: tuple[Page, ...]


def _person(store: Store, required: bool) -> tuple[Question, ...]:
    """Return the fields of a contact person.

    Only the contact's own details may be filled in by the browser.
    """
    is_contact = store == Store.CONTACT

    def field(
        name: str, kind: Kind, label: Text, missing: Text, autocomplete: str, needed: bool = required
    ) -> Question:
        return Question(
            f"{store}_{name}",
            kind,
            label,
            required=needed,
            missing=missing,
            level=Level.RESTRICTED,
            store=store,
            field=name,
            autocomplete=autocomplete if is_contact else "off",
            max_length=254 if kind == Kind.EMAIL else 60 if kind == Kind.PHONE else 200,
        )

    if is_contact:
        labels = (_("Name"), _("Job title"), _("Work e-mail address"), _("Work phone number"))
    else:
        labels = (
            _("Deputy's name"),
            _("Deputy's job title"),
            _("Deputy's work e-mail address"),
            _("Deputy's work phone number"),
        )
    return (
        field("name", Kind.TEXT, labels[0], _("Write the name of the contact person."), "name"),
        field("title", Kind.TEXT, labels[1], _("Write the job title."), "organization-title"),
        field("email", Kind.EMAIL, labels[2], _("Write the work e-mail address."), "email"),
        field("phone", Kind.PHONE, labels[3], "", "tel", needed=False),
    )


_CONTACT = Section(
    "contact",
    _("Contact persons"),
    (
        Page(
            "contact", _("Who is the contact person?"), _person(Store.CONTACT, required=True),
            intro=_("KS uses these details to reach you about the co-operation. They are not published and "
                    "AUC does not see them."),
        ),
        Page(
            "deputy", _("Is there a deputy?"), _person(Store.DEPUTY, required=False),
            intro=_("A deputy lets the work go on when the contact person is away. You can skip this."),
        ),
    ),
)  # fmt: skip

_ANCHORING = Section(
    "anchoring",
    _("Political anchoring"),
    (
        Page("anchoring", _("How far has the political anchoring come?"), (
            Question(
                "anchoring", Kind.CHOICE, _("How far has the political anchoring come?"), required=True,
                missing=_("Choose how far the anchoring has come."), choices=Anchoring,
                help=_("You can register your interest before anything is adopted."),
            ),
        )),
        Page("anchoring-decision", _("What has been decided?"), (
            Question("anchoring_body", Kind.TEXT, _("Body"), help=_("For example the municipal council.")),
            Question("anchoring_on", Kind.DATE, _("Date"),
                     help=_("Day, month and year, for example 12.03.2026.")),
            Question("anchoring_case", Kind.TEXT, _("Case number"), help=_("For example 26/123.")),
        ), when=When("anchoring", frozenset({Anchoring.EXECUTIVE, Anchoring.COUNCIL}))),
    ),
)  # fmt: skip

_THEMES = Section(
    "themes",
    _("What you can contribute and learn"),
    (
        Page("offers", _("What can you contribute with?"), (
            Question(
                "offers", Kind.THEMES, _("What can you contribute with?"), required=True,
                missing=_("Choose at least one theme."),
                help=_("Choose the themes in which your municipality can share knowledge. On the next pages "
                       "you say how."),
                level=Level.PARTNERS,
            ),
        )),
        Page("offer", _("How can you contribute?"), (
            Question(
                "level", Kind.CHOICE, _("How can you contribute?"), required=True,
                missing=_("Choose how you can contribute."),
                choices=OfferLevel, level=Level.PARTNERS,
            ),
            Question(
                "text", Kind.LONG_TEXT, _("Describe it briefly"), max_length=1000, level=Level.PARTNERS,
                help=_("At most 1,000 characters. Do not write names of persons."),
            ),
        ), each="offers"),
        Page("wishes", _("What do you want to learn?"), (
            Question(
                "wishes", Kind.THEMES, _("What do you want to learn?"), level=Level.PARTNERS,
                help=_("Ukrainian municipalities have much to teach, for example about digital services and "
                       "crisis management."),
            ),
        )),
        Page("scope", _("What the scheme does not cover"), (
            Question(
                "scope_understood", Kind.TICK,
                _("We have understood that physical reconstruction and direct investment are not part of "
                  "the scheme"),
                required=True, missing=_("Confirm that you have understood what the scheme does not cover."),
            ),
        ), intro=_(
            "The co-operation is about learning from each other: administration, planning, participation, "
            "local democracy and good governance. "
            "Municipalities take no responsibility for physical reconstruction and make no direct investments."
        )),
        Page("outside", _("Have you considered something the scheme does not cover?"), (
            Question(
                "out_of_scope", Kind.OUT_OF_SCOPE,
                _("Have you considered something the scheme does not cover?"),
                help=_("It is recorded so that KS can tell you who to turn to. It is never used to find a "
                       "partner."),
            ),
        )),
    ),
)  # fmt: skip

_CAPACITY = Section(
    "capacity",
    _("Horizon and capacity"),
    (
        Page("horizon", _("What kind of co-operation do you want?"), (
            Question(
                "horizons", Kind.CHOICES, _("What kind of co-operation do you want?"), choices=Horizon,
                required=True,
                missing=_("Choose short-term, long-term or both."), level=Level.PARTNERS,
                help=_("Short-term is urgent help while the war lasts, for example heating equipment. "
                       "Long-term is building up together."),
            ),
        )),
        Page("short-term", _("How much short-term help can you give?"), (
            Question(
                "short_term_capacity", Kind.CHOICE, _("How much short-term help can you give?"),
                choices=ShortTermCapacity,
            ),
        ), when=When("horizons", frozenset({Horizon.SHORT})), inline=True),
        Page("staff-hours", _("How many staff hours can you set aside?"), (
            Question(
                "staff_hours", Kind.CHOICE, _("How many staff hours can you set aside?"), choices=StaffHours,
                required=True,
                missing=_("Choose how many staff hours you can set aside."),
                help=_("A rough estimate is enough."),
            ),
        )),
        Page("capacity", _("How many partnerships can you take part in?"), (
            Question(
                "capacity", Kind.NUMBER, _("Number of partnerships"), low=1, high=5, required=True,
                missing=_("Write the number of partnerships."),
                help=_("Most municipalities have one. Write a number from 1 to 5."),
            ),
        )),
        Page("travel", _("Travel and visits"), (
            Question("travel", Kind.CHOICE, _("Can staff travel to Ukraine?"), choices=Travel),
            Question("host", Kind.CHOICE, _("Can you host visits from Ukraine?"), choices=YesNoUndecided),
        )),
    ),
)  # fmt: skip

_PARTNER = Section(
    "partner",
    _("Wishes for a partner"),
    (
        Page("preference", _("Do you wish for a partner in or outside the war zone?"), (
            Question(
                "preference", Kind.CHOICE, _("Which partner do you wish for?"), choices=Preference,
                help=_("Municipalities in the war zone have damage and need much help. Those outside "
                       "receive many displaced persons."),
            ),
            Question("preference_reason", Kind.LONG_TEXT, _("Why?"), max_length=500, help=_("At most 500 characters.")),
        )),
        Page("refusal", _("Is there a category you cannot co-operate with?"), (
            Question(
                "refusal", Kind.CHOICE, _("Is there a category you cannot co-operate with?"), choices=Refusal,
                help=_("We never propose a partner in a category you say no to."),
            ),
        )),
        Page("languages", _("Which languages can you work in?"), (
            Question("languages", Kind.CHOICES, _("Working languages"), choices=Language),
            Question("interpreter", Kind.CHOICE, _("Can you use an interpreter?"), choices=YesNoUndecided),
        )),
        Page("existing", _("Do you have contact with a Ukrainian municipality already?"), (
            Question(
                "existing_contact", Kind.CHOICE,
                _("Do you have contact with a Ukrainian municipality already?"), choices=YesNo,
            ),
        )),
        Page("existing-where", _("Which Ukrainian municipality do you have contact with?"), (
            Question(
                "existing_contact_hromadas", Kind.PLACES, _("Ukrainian municipalities"), max_length=1000,
                help=_("One per line: the name of the place or its KATOTTG code, for example Poltava. Add "
                       "the oblast if the name occurs twice."),
            ),
            Question(
                "existing_contact_text", Kind.LONG_TEXT, _("What kind of contact is it?"), max_length=1000,
                help=_("At most 1,000 characters. Do not write names of persons."),
            ),
        ), when=When("existing_contact", frozenset({YesNo.YES})), inline=True),
        Page("refugees", _("Where do the Ukrainians who have settled with you come from?"), (
            Question(
                "refugee_oblasts", Kind.OBLASTS,
                _("Where do the Ukrainians who have settled with you come from?"),
                help=_("Choose the oblasts many come from, if you know."),
            ),
        )),
    ),
)  # fmt: skip

_PUBLICATION = Section(
    "publication",
    _("Publication and privacy"),
    (
        Page("notes", _("Is there anything else KS should know?"), (
            Question(
                "notes", Kind.LONG_TEXT, _("Is there anything else KS should know?"), max_length=2000,
                help=_("At most 2,000 characters. Do not write personal or sensitive information."),
            ),
        ), intro=_(
            "Nothing of what you answer is published. A partnership is shown to the public only when both "
            "sides have agreed to it. "
            "Contact details are kept apart from the answers and are erased when they are no longer needed."
        )),
    ),
)  # fmt: skip

STRUCTURE: tuple[Section, ...] = (_CONTACT, _ANCHORING, _THEMES, _CAPACITY, _PARTNER, _PUBLICATION)


def pages_of(section: Section, draft: Values) -> Iterator[Page]:
    """Yield the section's pages that the draft calls for, in order, a repeated page once per chosen theme."""
    for page in section.pages:
        if page.when is not None and not page.when.holds(draft):
            continue
        if page.each:
            yield from (for_theme(page, slug) for slug in draft.get(page.each) or ())
        else:
            yield page


def all_pages(draft: Values) -> Iterator[tuple[Section, Page]]:
    """Yield every page the draft calls for, with its section."""
    for section in STRUCTURE:
        for page in pages_of(section, draft):
            yield section, page


def find_page(key: str, draft: Values) -> tuple[Section, Page] | None:
    """Return the page with this key and its section, or None when the draft does not call for it."""
    return next(((section, page) for section, page in all_pages(draft) if page.key == key), None)


def follow_ups(section: Section, page: Page) -> tuple[Page, ...]:
    """Return the section's inline pages whose condition is a question on this page, in order."""
    keys = {question.key for question in page.questions}
    return tuple(
        other for other in section.pages if other.inline and other.when is not None and other.when.key in keys
    )


def joined(page: Page, others: Iterable[Page]) -> Page:
    """Return the page with the questions of others after its own: what one post answers."""
    return replace(
        page, questions=page.questions + tuple(question for other in others for question in other.questions)
    )


def for_theme(page: Page, slug: str) -> Page:
    """Return the repeated page for one theme, its keys made unique by the theme's slug."""
    return replace(
        page,
        key=f"{page.key}-{slug}",
        theme=slug,
        questions=tuple(replace(question, key=offer_key(slug, question.key)) for question in page.questions),
    )


def offer_key(slug: str, part: str) -> str:
    """Return the draft key of one part (`level`, `text`) of the offer within a theme."""
    return f"offer_{slug}_{part}"

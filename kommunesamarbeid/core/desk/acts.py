"""One act of the desk is one declaration: name, who may do it and when, form, service and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kommunesamarbeid.core.desk.pages import Text
from kommunesamarbeid.core.desk.values import field_label, show
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May

IsOpen = Callable[[Any, Actor, datetime], bool]
Hook = Callable[["Visit"], Any]
DictHook = Callable[["Visit"], dict[str, Any]]
FormHook = Callable[["Visit", Any], dict[str, Any]]  # gets the form, None where there is none
Gate = Callable[["Visit"], HttpResponse | None]
Version = tuple[str, str, str]


class Words(NamedTuple):
    """What an exception without words of its own says, the field it stands at, and how a tap tells it."""

    text: Text
    field: str = ""
    level: int = messages.ERROR


@dataclass(frozen=True)
class Act:
    """One act of a desk. What is left out is what most acts have; hooks get the `Visit`.

    The service is called by keyword with the row under the desk's `subject`, `by`, `at` and the form's
    values; where the form has a field `seen`, the row's state is first set to the one its reader saw, so that
    the service finds out when it has moved. An act with no form is one tap; a form with no fields asks "are
    you sure?".
    """

    name: str
    powers: tuple[May, ...]
    service: Callable[..., Any]
    _: KW_ONLY
    # In words.
    title: Text = ""  # the page's heading; may hold what the desk's `names` gives: «Put %(pair)s on hold»
    done: Text | Callable[[Visit, Any], Text] = ""  # what was done; computed where the outcome decides
    button: Text = ""  # blank: the title
    label: Text | Callable[[Any], Text] = ""  # its button on the case's page; blank: as its own button
    intro: Text | Callable[[Visit], Text] = ""
    records: str = ""  # the audit action it leaves; "agreement.*": the state it led to
    entry: Text = ""  # what the trail calls that; blank: the name of the state it led to
    # When, and about what.
    is_open: IsOpen | None = None  # whether the case's page offers it now; None: it is not offered there
    is_main: bool = False
    address: str = ""  # blank: <int:pk>/name/, or name/ where there is no row
    has_row: bool = True  # without one its button stands over the list
    find: Hook | None = None  # its row, where it is not the desk's own
    subject: str | None = ""  # what the service calls the row; blank: as the desk says; None: it takes none
    gate: Gate | None = None  # what must be so before anything is shown or done: where one goes if it is not
    fresh_factor: Callable[[Visit], bool] | None = None  # whether the second factor is asked for again
    powers_suffice: bool = False  # whoever has one of the powers may see the rows: nobody asks a second time
    # The form.
    form: type[forms.Form] | None = None
    at_once: bool = False  # the form stands on another page: what is wrong comes back as a message
    options: DictHook | None = None  # what the form is made with
    initial: DictHook | None = None
    values: FormHook | None = None  # what the service gets; default: all that was typed
    preview: FormHook | None = None  # what is shown when `preview` is pressed
    drafts: Drafts | None = None
    # The page.
    template: str = ""
    about: Callable[[Visit], str] | None = None
    back: Callable[[Visit], str] | None = None
    leads_to: Callable[[Visit, Any], str] | None = None  # where one goes when it is done; default: back
    mind: Callable[[Visit, Any], Text] | None = None  # what to mind, now that it is done; blank: nothing
    context: DictHook | None = None
    # When it is refused.
    conflicts: tuple[type[Exception], ...] = ()  # somebody else was first: told on a page of its own (409)
    refusals: Mapping[type[Exception], Words] = field(default_factory=dict)
    versions: Callable[[Visit, Any, Any], dict[str, Any]] | None = None  # theirs and mine, after a lost race

    @property
    def is_tap(self) -> bool:
        """Whether it is done by a POST from the page it stands on."""
        return self.form is None or self.at_once

    def label_for(self, row: Any) -> Text:
        """Return what its button says on another page: over a list it names the page it leads to."""
        if callable(self.label):
            return self.label(row)
        return self.label or (self.button if self.has_row else "") or self.title

    @property
    def route(self) -> str:
        """Return its address within the desk."""
        last = f"{self.name.replace('_', '-')}/"
        return self.address or (f"<int:pk>/{last}" if self.has_row else last)


class Visit:
    """One reader at one act: what the act's hooks are told, and what its page shows as `act`."""

    row: Any = None

    def __init__(self, admin: Any, act: Act, request: HttpRequest, names: dict[str, Any]) -> None:
        self.admin, self.act, self.request, self.names = admin, act, request, names
        self.by: Actor = admin.actor(request)
        self.at = timezone.now()
        self.facts: dict[str, Any] = {}  # what `find` and the gate have found out, for the hooks after them
        if act.find is not None:
            self.row = act.find(self)
        elif act.has_row:
            self.row = admin.get_row(request, **names)

    @property
    def is_post(self) -> bool:
        """Whether the act is to be done, not looked at."""
        return self.request.method == "POST"

    @property
    def title(self) -> str:
        """Return the heading of the act's page."""
        names = self.admin.names(self.row) if self.row is not None else {}
        return str(self.act.title) % names if names else str(self.act.title)

    @property
    def button(self) -> Text:
        """Return what the button says."""
        return self.act.button or self.title

    @property
    def intro(self) -> Text:
        """Return what is said before the form."""
        return self.act.intro(self) if callable(self.act.intro) else self.act.intro

    @cached_property
    def about(self) -> str:
        """Return what the act is about, as the way back calls it."""
        if self.act.about is not None:
            return self.act.about(self)
        return str(self.admin.about(self.row)) if self.row is not None else ""

    @cached_property
    def back(self) -> str:
        """Return where one came from."""
        if self.act.back is not None:
            return self.act.back(self)
        if self.row is None:
            return str(self.admin.list_url())
        return str(self.admin.url_of(self.row, self.request))

    @property
    def template(self) -> str:
        """Return the template of the act's page."""
        return self.act.template or str(self.admin.act_template)

    def make_form(self, data: Any) -> Any:
        """Return the act's form, bound to `data` or as it starts."""
        form, arguments = self.act.form, dict(self.act.options(self)) if self.act.options else {}
        assert form is not None
        if data is None:
            seen = {"seen": self.row.state} if "seen" in form.base_fields else {}
            arguments["initial"] = seen | (self.act.initial(self) if self.act.initial else {})
        if self.request.FILES:
            arguments["files"] = self.request.FILES
        return form(data=data, **arguments)

    def do(self, form: Any = None) -> Any:
        """Call the act's service, and return what it returns."""
        act, values = self.act, {} if form is None else dict(form.cleaned_data)
        if "seen" in values:
            self.row.state = values.pop("seen") or self.row.state
        if act.values is not None:
            values = act.values(self, form)
        if self.row is not None and act.subject is not None:
            values[act.subject or self.admin.subject] = self.row
        return act.service(**values, by=self.by, at=self.at)

    def done(self, outcome: Any) -> str:
        """Return what was done, in words."""
        return str(self.act.done(self, outcome) if callable(self.act.done) else self.act.done)

    def mind(self, outcome: Any) -> str:
        """Return what is to be minded now, in words."""
        return str(self.act.mind(self, outcome)) if self.act.mind else ""

    def leads_to(self, outcome: Any) -> str:
        """Return where one goes when it is done."""
        return self.act.leads_to(self, outcome) if self.act.leads_to else self.back


class Drafts(Protocol):
    """Where what was typed is kept while the act cannot be done yet; a draft has `values`."""

    def find(self, visit: Visit) -> Any:
        """Return the reader's draft, or None."""

    def save(self, visit: Visit, values: dict[str, Any]) -> Any:
        """Keep what was typed, and return the draft."""

    def drop(self, visit: Visit) -> None:
        """The act is done: nothing is left to keep."""

    def question(self, refusal: Refused) -> Any:
        """Return what the writer must look at before the act is done; nothing where it is simply refused."""


class OpenAct(NamedTuple):
    """An act that the reader may do now, as a page offers it."""

    name: str
    label: Text
    url: str
    is_main: bool = False
    at_once: bool = False


def always(_row: Any, _reader: Actor, _at: datetime) -> bool:
    """Offer the act in every state."""
    return True


def in_states(*states: str) -> IsOpen:
    """Offer the act in these states."""
    return lambda row, _reader, _at: row.state in states


def step_to(state: str) -> IsOpen:
    """Offer the act wherever the row's table of states has the step."""
    return lambda row, _reader, _at: state in row.TRANSITIONS[row.state]


def both_versions(
    form: Any, current: models.Model, changes: Mapping[str, Any], **seen: str
) -> dict[str, list[Version]]:
    """Return label, theirs, mine for what differs, and let the next save be over theirs (`seen`)."""
    form.data = form.data.copy()
    form.data.update(seen)
    fields = [(type(current)._meta.get_field(name), value) for name, value in changes.items()]
    return {
        "versions": [
            (field_label(field), show(field, getattr(current, field.name)), show(field, value))
            for field, value in fields
            if getattr(current, field.name) != value
        ]
    }

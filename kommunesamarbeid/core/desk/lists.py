"""A list of the desk is its columns, filters, search and file as data; the file holds what is filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import SuspiciousOperation
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from kommunesamarbeid.core.desk.pages import Page, ReadAdmin, Text, page
from kommunesamarbeid.core.files.tables import csv_download
from kommunesamarbeid.core.roles import Actor, May

KEPT = "_changelist_filters"  # as the admin's own links name the filters they carry on
PER_PAGE = 50


@dataclass(frozen=True)
class Search:
    """How a list is searched: one function for each kind of thing, wherever it is looked for."""

    rows: Callable[[QuerySet[Any], str], QuerySet[Any]]


@dataclass(frozen=True)
class Column:
    """One column: its name in the markup, its heading, what a row has in it, and what it is ordered by.

    It stands in `list_display` beside the names of fields, and in a file's columns.
    """

    name: str
    label: Text
    value: Callable[[Any], Any]
    ordering: Any = None

    def __call__(self, row: Any) -> Any:
        """Return the cell of a row, as Django's list asks for it."""
        return self.value(row)

    @property
    def __name__(self) -> str:  # Django names the cell after it
        return self.name

    @property
    def short_description(self) -> Text:
        """Return the heading, as Django's list asks for it."""
        return self.label

    @property
    def admin_order_field(self) -> Any:
        """Return what it is ordered by, as Django's list asks for it."""
        return self.ordering


@dataclass(frozen=True)
class Export:
    """A list as a file: exactly what is filtered, at `name`.csv beside the list, or at its own address."""

    name: str
    powers: tuple[May, ...]
    columns: tuple[Column, ...]
    rows: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows
    address: str = ""

    def page(self) -> Page:
        """Return the file's address; its button stands over the list."""
        return Page("csv", self.file, self.powers, self.address or f"{self.name}.csv")

    def file(self, admin: ReadAdmin, request: HttpRequest) -> HttpResponse:
        """Return the list as it is filtered."""
        rows = filtered(admin, request, request.GET)
        return csv_file(request, self.name, self.columns, () if rows is None else self.rows(rows))


@dataclass(frozen=True)
class ListPage:
    """A list besides the admin's own: filters over it, fifty rows a page, and the same rows as a file."""

    name: str
    title: Text
    powers: tuple[May, ...]
    filters: type[forms.Form]
    rows: Callable[[forms.Form], QuerySet[Any]]
    line: Callable[[Any, Actor], Any]
    columns: tuple[Column, ...]
    file_name: str
    template: str

    def pages(self) -> tuple[Page, Page]:
        """Return the addresses of the list and of its file."""
        return (
            Page(self.name, self.show, self.powers, f"{self.name}/", label=self.title),
            Page(f"{self.name}_csv", self.file, self.powers, f"{self.name}/{self.file_name}.csv"),
        )

    def show(self, admin: ReadAdmin, request: HttpRequest) -> HttpResponse:
        """Show one page of the list."""
        form, reader = self.filters(request.GET or None), admin.actor(request)
        shown = Paginator(self.rows(form), PER_PAGE).get_page(request.GET.get("p"))
        query = request.GET.copy()
        query.pop("p", None)
        context: dict[str, Any] = {"form": form, "shown": shown, "query": query.urlencode()}
        lines = [self.line(row, reader) for row in shown]
        return page(admin, request, self.template, title=self.title, lines=lines, **context)

    def file(self, admin: ReadAdmin, request: HttpRequest) -> HttpResponse:
        """Return exactly what is filtered."""
        reader = admin.actor(request)
        lines = (self.line(row, reader) for row in self.rows(self.filters(request.GET or None)))
        return csv_file(request, self.file_name, self.columns, lines)


def csv_file(request: HttpRequest, name: str, columns: Sequence[Column], rows: Iterable[Any]) -> HttpResponse:
    """Return rows as a CSV file with who took it out and when."""
    cells = ([column.value(row) for column in columns] for row in rows)
    return csv_download(request, name, [column.label for column in columns], cells)


def filtered(admin: Any, request: HttpRequest, query: QueryDict) -> QuerySet[Any] | None:
    """Return the admin's list under the filters in `query`, in its order; None when they are no filters.

    An admin whose list costs much may leave out what nobody looks at here: `is_order_only` on the request.
    """
    asked = copy(request)
    asked.GET = query  # type: ignore[assignment]  # the admin's list reads its filters from here alone
    asked.is_order_only = True  # type: ignore[attr-defined]  # read by `get_changelist`
    try:
        rows: QuerySet[Any] = admin.get_changelist_instance(asked).queryset
    except (IncorrectLookupParameters, SuspiciousOperation, ValueError):
        return None
    return rows


def filters_of(request: HttpRequest) -> str:
    """Return the filters of the list one came from, as the query that carries them on; blank without."""
    return kept_query(request.GET.get(KEPT, ""))


def kept_query(filters: str) -> str:
    """Return the query that carries a list's filters on; blank without."""
    return f"?{urlencode({KEPT: filters.replace(chr(0), '')})}" if filters else ""


class Rank(NamedTuple):
    """Where a row stands in the list one came from, and its neighbours; number 0: it has left the list."""

    number: int
    total: int
    previous: int | None
    next: int | None


def rank_in(ids: Sequence[int], pk: int) -> Rank:
    """Return where `pk` stands among `ids`.

    After a row that has left the list comes the first that remains.
    """
    if pk not in ids:
        return Rank(0, len(ids), None, ids[0] if ids else None)
    at = ids.index(pk)
    return Rank(at + 1, len(ids), ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None)


class Filter(NamedTuple):
    """One filter over the list: its title and what can be chosen; the first choice is all."""

    title: Text
    choices: list[Any]

    @property
    def chosen(self) -> str:
        """What the list is cut by now, or nothing."""
        return next((str(choice["display"]) for choice in self.choices[1:] if choice["selected"]), "")


class FoldedChangeList(ChangeList):
    """The stock list with its filters folded up over it.

    Many columns leave no space beside them on a laptop.
    """

    def get_results(self, request: HttpRequest) -> None:
        """The filters cost no query of their own."""
        super().get_results(request)
        self.filters = [Filter(spec.title or "", list(spec.choices(self))) for spec in self.filter_specs]

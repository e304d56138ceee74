"""A model's desk is its acts, pages and lists as data: addresses, access and buttons come from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import act_view
from kommunesamarbeid.core.desk.acts import Act, OpenAct
from kommunesamarbeid.core.desk.list_search import NameSearch
from kommunesamarbeid.core.desk.lists import Export, FoldedChangeList, ListPage, Search
from kommunesamarbeid.core.desk.pages import BOTH, READ, WRITE, Page, ReadAdmin, Text, guarded, id_in, may
from kommunesamarbeid.core.desk.pages import page as show_page
from kommunesamarbeid.core.roles import Actor


class DeskAdmin(NameSearch, ReadAdmin):
    """The desk of one model. `kommunesamarbeid/core/desk/__init__.py` says how to add to it."""

    subject: ClassVar[str] = ""  # what services call the row
    acts: ClassVar[tuple[Act, ...]] = ()
    pages: ClassVar[tuple[Page, ...]] = ()
    lists: ClassVar[tuple[ListPage, ...]] = ()
    export: ClassVar[Export | None] = None
    search: ClassVar[Search | None] = None
    list_title: ClassVar[Text] = ""
    folds_filters: ClassVar[bool] = False
    act_template: ClassVar[str] = "admin/form_page.html"
    detail_template: ClassVar[str] = ""  # blank: the admin's own page of a row

    # What a desk says of its rows.

    def get_row(self, request: HttpRequest, pk: Any) -> Any:
        """Return the row that an address means, with what its pages name; 404 where there is none."""
        return get_object_or_404(self.get_queryset(request), pk=id_in(pk))

    def about(self, row: Any) -> str:
        """Return what an act on the row is about, for the way back; blank where the title says it."""
        return ""

    def names(self, row: Any) -> dict[str, str]:
        """Return what titles of acts may name."""
        return {}

    def url_of(self, row: Any, request: HttpRequest | None = None) -> str:
        """Return the address of the row's page, as it was reached by `request`."""
        return self.url("change", row.pk)

    def detail(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """Return what the row's page shows to this reader, its title among it."""
        return {"title": str(row)}

    # What comes of it.

    def url(self, name: str, *args: Any) -> str:
        """Return the address of a page or an act of this desk."""
        return reverse(f"admin:{self.url_name(name)}", args=args)

    def list_url(self) -> str:
        """Return the address of the list."""
        return self.url("changelist")

    def url_name(self, name: str) -> str:
        """Return the name of an address of this desk, as Django names its own."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def get_urls(self) -> list[URLPattern]:
        """Each page and act at an address of its own, before the admin's catch-all."""
        return [*self.own_urls(), *super().get_urls()]

    def own_urls(self) -> list[URLPattern]:
        """Return the addresses of the declared pages and acts, each behind the check of its powers."""
        pages = self._declared_pages()
        pages += [self.export.page()] if self.export else []
        views = [
            (page.name, page.address, guarded(self, page.view, page.powers, page.methods)) for page in pages
        ]
        views += [
            (
                act.name,
                act.route,
                guarded(self, act_view(act), act.powers, _methods(act), suffice=act.powers_suffice),
            )
            for act in self.acts
        ]
        return [path(address, view, name=self.url_name(name)) for name, address, view in views]

    def _declared_pages(self) -> list[Page]:
        return [*self.pages, *(page for listing in self.lists for page in listing.pages())]

    def open_acts(self, row: Any, reader: Actor, at: datetime) -> list[OpenAct]:
        """Return what this reader may do with the row now."""
        return [
            OpenAct(
                act.name,
                act.label_for(row),
                self.url(act.name, row.pk),
                act.is_main,
                act.is_tap,
            )
            for act in self.acts
            if act.has_row
            and act.is_open is not None
            and may(reader, act.powers)
            and act.is_open(row, reader, at)
        ]

    def tools(self, request: HttpRequest) -> list[OpenAct]:
        """Return the buttons over the list for this reader.

        Acts without a row, pages with a label, the file.
        """
        reader = self.actor(request)
        tools = [
            OpenAct(act.name, act.label_for(None), self.url(act.name), act.is_main)
            for act in self.acts
            if not act.has_row and act.is_open is not None and may(reader, act.powers)
        ]
        tools += [
            OpenAct(page.name, page.label, self.url(page.name))
            for page in self._declared_pages()
            if page.label and may(reader, page.powers)
        ]
        if self.export is not None and may(reader, self.export.powers):
            address = f"{self.url('csv')}?{request.GET.urlencode()}"
            tools.append(OpenAct("csv", _("Take out as CSV"), address))
        return tools

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list under its name, with what one may do from there."""
        context = {"tools": self.tools(request), **({"title": self.list_title} if self.list_title else {})}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The stock list, or the one with its filters folded up over it."""
        return FoldedChangeList if self.folds_filters else super().get_changelist(request, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by the desk's own function, where it has one; else as names are looked for everywhere."""
        if self.search is None:
            return super().get_search_results(request, queryset, search_term)
        return (self.search.rows(queryset, search_term) if search_term.strip() else queryset), False

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Show the box for words over a list that can be searched."""
        return ("pk",) if self.search is not None else super().get_search_fields(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the row's page: read here, acted on at the addresses it links to."""
        if not self.detail_template:
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method not in READ:
            return HttpResponseNotAllowed(READ)
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.detail_page(request, self.get_row(request, object_id))

    def detail_page(self, request: HttpRequest, row: Any) -> HttpResponse:
        """Return the row's page."""
        return show_page(self, request, self.detail_template, **self.detail(request, row))


def _methods(act: Act) -> tuple[str, ...]:
    return WRITE if act.is_tap else BOTH

"""Every page of the desk shows and never edits, and opens for whoever may see the model and has a power."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import CharField, JSONField, TextField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods

from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor, May

if TYPE_CHECKING:
    AnyAdmin = ModelAdmin[Any]
else:
    AnyAdmin = ModelAdmin  # not generic at run time

Text = str | Promise
View = Callable[..., HttpResponse]
READ, WRITE, BOTH = ("GET", "HEAD"), ("POST",), ("GET", "HEAD", "POST")
LONGEST_NUMBER = 18  # what the database takes for an id


@dataclass(frozen=True)
class Page:
    """A page that is no act: `view` gets the admin, the request and what the address names.

    With a `label` it has a button over the list, for whoever has one of the powers.
    """

    name: str
    view: View
    powers: tuple[May, ...]
    address: str
    methods: tuple[str, ...] = READ
    label: Text = ""


class ReadAdmin(AnyAdmin):
    """A desk page that shows and never edits: what changes goes through a service, by a POST of its own.

    Whoever may view the model by role sees it; add, change and delete are closed in every subclass that does
    not open them on purpose.
    """

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def actor(self, request: HttpRequest) -> Actor:
        """Return who acts, for a call of a service."""
        return Actor.of(cast("User", request.user))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse a question PostgreSQL cannot read; the admin's own filters would fail on it."""
        if "\0" in "".join(value for values in request.GET.lists() for value in values[1]):
            raise BadRequest
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters by a text that the list does not offer.

        They would spell out what one may not see.
        """
        field = next(
            (column for column in self.opts.get_fields() if column.name == lookup.partition("__")[0]), None
        )
        offered = {
            filter_ if isinstance(filter_, str) else getattr(filter_, "parameter_name", "")
            for filter_ in self.list_filter
        }
        if (
            isinstance(field, CharField | TextField | JSONField)
            and not field.choices
            and field.name not in offered
        ):
            return False
        return super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are made by services."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are changed by services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted by hand; `purge` erases by rule."""
        return False


def guarded(
    admin: ReadAdmin, view: View, powers: tuple[May, ...], methods: tuple[str, ...], *, suffice: bool = False
) -> View:
    """Let in staff with a second factor who may see the model and have one of the powers; others get 403.

    Where the powers `suffice`, whoever has one may see the model too: two statements less.
    """

    def checked(request: HttpRequest, **names: Any) -> HttpResponse:
        if not may(admin.actor(request), powers) or not (suffice or admin.has_view_permission(request)):
            raise PermissionDenied
        return view(admin, request, **names)

    return admin.admin_site.admin_view(require_http_methods(methods)(checked))


def may(reader: Actor, powers: tuple[May, ...]) -> bool:
    """Say whether the reader has one of the powers."""
    return any(reader.may(power) for power in powers)


def page(
    admin: ReadAdmin, request: HttpRequest, template: str, *, status: int = 200, **context: Any
) -> TemplateResponse:
    """Show a desk page."""
    shared = {**admin.admin_site.each_context(request), "opts": admin.opts, "media": admin.media}
    return TemplateResponse(request, template, {"subtitle": None, **shared, **context}, status=status)


def id_in(text: Any) -> int:
    """Return an id as an address or a form carries it; what is none finds nothing."""
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= LONGEST_NUMBER else 0

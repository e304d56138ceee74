"""The base class of every page of the desk: it shows, and what changes goes through an act of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import ModelAdmin
from django.core.exceptions import BadRequest
from django.db.models import CharField, JSONField, TextField
from django.http import HttpRequest, HttpResponse

from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor

if TYPE_CHECKING:
    AnyAdmin = ModelAdmin[Any]
else:
    AnyAdmin = ModelAdmin  # not generic at run time


class ReadAdmin(AnyAdmin):
    """A desk page that shows and never edits: what changes goes through a room, by a POST of its own.

    Whoever may view the model by role sees it; add, change and delete are closed in every subclass that does not
    open them on purpose.
    """

    list_per_page = 50
    show_full_result_count = False
    actions = None

    def actor(self, request: HttpRequest) -> Actor:
        """Return who acts, for a call into a room."""
        return Actor.of(cast("User", request.user))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Refuse a question PostgreSQL cannot read; the admin's own filters would fail on it."""
        if "\0" in "".join(value for values in request.GET.lists() for value in values[1]):
            raise BadRequest
        return super().changelist_view(request, extra_context)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse filters by a text that the list does not offer: their yes or no would spell out what the reader may not see."""
        field = next(
            (each for each in self.opts.get_fields() if each.name == lookup.partition("__")[0]), None
        )
        offered = {
            each if isinstance(each, str) else getattr(each, "parameter_name", "")
            for each in self.list_filter
        }
        if (
            isinstance(field, CharField | TextField | JSONField)
            and not field.choices
            and field.name not in offered
        ):
            return False
        return super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are made by rooms."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are changed by rooms."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted by hand; `purge` erases by rule."""
        return False

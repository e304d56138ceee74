"""A desk list is searched as names are looked for everywhere: in any case, alphabet and spelling of marks."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.db.models import QuerySet
from django.http import HttpRequest

from kommunesamarbeid.core.desk.pages import AnyAdmin
from kommunesamarbeid.core.name_search import searched


class NameSearch(AnyAdmin):
    """A model's page whose `search_fields` are searched by their bare letters."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the rows that hold every word, in any of the fields; all of them where the list has no search."""
        if not self.search_fields:
            return queryset, False
        rows = queryset.filter(searched(search_term, self.search_fields))
        return rows, any(
            lookup_spawns_duplicates(queryset.model._meta, field) for field in self.search_fields
        )

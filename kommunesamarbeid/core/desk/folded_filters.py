"""A list whose filters stand folded up over it: beside it, a table of many columns has no room on a laptop."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.functional import Promise


class Filter(NamedTuple):
    """One filter over the list: its title and what can be chosen; the first choice is all."""

    title: str | Promise
    choices: list[Any]

    @property
    def chosen(self) -> str:
        """What the list is cut by now, or nothing."""
        return next((str(choice["display"]) for choice in self.choices[1:] if choice["selected"]), "")


class FoldedChangeList(ChangeList):
    """The stock list, with its filters as `_filters.html` shows them."""

    def get_results(self, request: HttpRequest) -> None:
        """The filters cost no query of their own."""
        super().get_results(request)
        self.filters = [Filter(spec.title or "", list(spec.choices(self))) for spec in self.filter_specs]

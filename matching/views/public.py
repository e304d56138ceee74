"""The public page of partnerships and figures, and the same table as CSV and JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kommunesamarbeid.core.files.downloads import file_download
from kommunesamarbeid.core.files.tables import CSV_TYPE, csv_file
from matching.reports.figures import Figures, figures

LICENCE = "CC BY 4.0"


@login_not_required
@require_safe
def partnerships(request: HttpRequest) -> HttpResponse:
    """Show figures with their definitions, the partnerships the public may see,
    and counts per oblast of the others.
    """
    return render(request, "matching/partnerships.html", {"figures": figures(as_of=timezone.now())})


@login_not_required
@require_safe
def partnerships_csv(request: HttpRequest) -> HttpResponse:
    """Give the table of public partnerships as CSV, in the reader's language."""
    header = [
        _("Norwegian municipality"),
        _("County"),
        _("Ukrainian municipality"),
        _("Oblast"),
        _("Themes"),
        _("Year"),
        _("Demo record"),
    ]
    rows = (
        [
            row.municipality,
            row.county,
            row.hromada,
            row.oblast,
            "; ".join(row.themes),
            row.year,
            _("yes") if row.is_fictional else "",
        ]
        for row in figures(as_of=timezone.now()).agreements
    )
    return file_download(csv_file(header, rows), "partnerships.csv", CSV_TYPE)


@login_not_required
@require_safe
def partnerships_json(request: HttpRequest) -> JsonResponse:
    """Give exactly what the page shows as JSON: figures, public partnerships, counts per oblast,
    reported ones.
    """
    return JsonResponse(
        _as_data(figures(as_of=timezone.now())), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )


def _as_data(shown: Figures) -> dict[str, Any]:
    return {
        "as_of": shown.as_of.isoformat(timespec="seconds"),
        "licence": LICENCE,
        "figures": [
            {
                "code": row.code,
                "name": str(row.label),
                "value": row.value,
                "definition": str(row.definition),
                "parts": [{"name": str(label), "value": value} for label, value in row.parts],
            }
            for row in shown.rows
        ],
        "partnerships": [asdict(row) for row in shown.agreements],
        "not_named_by_oblast": [asdict(row) for row in shown.oblasts],
        "reported_by_others": [asdict(row) for row in shown.reported],
        "reported_not_named": shown.reported_unnamed,
    }

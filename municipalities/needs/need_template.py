"""AUC's needs go out as a spreadsheet that can be filled in: the current needs, the themes, the codes and what each
column means.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.files.tables import saved, write_rows
from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor, May, require
from municipalities.choices import Horizon, NeedStatus, NeedVisibility, ThemeHorizon, Urgency
from municipalities.models import Need, Theme
from municipalities.needs.need_workbook import COLUMNS, MAX_ROWS, SHEET
from municipalities.states import CandidateState

MEANINGS = {
    "need": gettext_lazy("The number of the need. Leave it as it is; leave it empty in a row for a new "
                         "need."),
    "edition": gettext_lazy("The edition that was downloaded. Leave it as it is."),
    "katottg": gettext_lazy("The hromada's code."),
    "place": gettext_lazy("The hromada's name, for reading only."),
    "theme": gettext_lazy("The theme's key, from the sheet “themes”."),
    "horizon": gettext_lazy("The horizon's key, from the sheet “codes”."),
    "urgency": gettext_lazy("1 is critical, 4 can wait."),
    "urgent_to": gettext_lazy("The day until which it is urgent, if there is one."),
    "text_uk": gettext_lazy("The description in Ukrainian, at most 500 characters. No locations, schedules, "
                            "names or details of infrastructure."),
    "text_en": gettext_lazy("A translation to English, if there is one."),
    "text_en_by_machine": gettext_lazy("yes when a machine made the translation to English."),
    "text_nb": gettext_lazy("A translation to Norwegian, if there is one."),
    "text_nb_by_machine": gettext_lazy("yes when a machine made the translation to Norwegian."),
    "quantity": gettext_lazy("The quantity, if it is goods."),
    "valid_to": gettext_lazy("The last day the need holds, if it ends."),
    "visibility": gettext_lazy("Who may read it, from the sheet “codes”."),
    "status": gettext_lazy("What became of it, from the sheet “codes”; withdrawn closes the need."),
    "confirm": gettext_lazy("yes when the need is current as it stands."),
}  # fmt: skip


def write_template(*, by: Actor, at: datetime) -> bytes:
    """Return the template with every candidate's current needs, in the reader's language.

    Raises NotAllowed.
    """
    require(by, May.EDIT_NEEDS)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = SHEET
    write_rows(sheet, [[column.name for column in COLUMNS]])
    current = Need.objects.current().exclude(candidate__state=CandidateState.NOT_NOW)
    current = current.select_related("candidate__hromada__oblast", "theme").order_by(
        "candidate__hromada__katottg", "urgency", "id"
    )
    write_rows(sheet, (_cells(need) for need in current))
    write_rows(book.create_sheet("themes"), _themes())
    write_rows(book.create_sheet("codes"), _codes())
    write_rows(
        book.create_sheet("columns"),
        [["column", _("Meaning")], *([name, str(words)] for name, words in MEANINGS.items())],
    )
    _make_easy(sheet)
    for extra in book.worksheets[1:]:
        extra.column_dimensions["A"].width, extra.column_dimensions["B"].width = 28, 80
    record("needs.template_taken", User(pk=by.id), by=by, at=at, data={"needs": sheet.max_row - 1})
    return saved(book)


def _cells(need: Need) -> list[Any]:
    values: dict[str, Any] = {column.name: getattr(need, column.name, None) for column in COLUMNS}
    values |= {
        "need": need.pk,
        "katottg": need.candidate.hromada.katottg,
        "place": need.candidate.hromada.place,
        "theme": need.theme.slug,
        "confirm": None,
    }
    for name in ("text_en_by_machine", "text_nb_by_machine"):
        values[name] = "yes" if values[name] else "no"
    return [values[column.name] for column in COLUMNS]


def _themes() -> Iterator[list[Any]]:
    yield ["theme", "Українська", "English", "Bokmål", "horizon"]
    for theme in Theme.objects.current():
        yield [
            theme.slug,
            theme.name_uk,
            theme.name_en,
            theme.name_nb,
            "short, long" if theme.horizon == ThemeHorizon.BOTH else theme.horizon,
        ]


def _codes() -> Iterator[list[Any]]:
    yield ["column", "code", _("Meaning")]
    for column, choices in (
        ("horizon", Horizon),
        ("urgency", Urgency),
        ("visibility", NeedVisibility),
        ("status", NeedStatus),
    ):
        for value, label in choices.choices:
            yield [column, value, str(label)]


def _make_easy(sheet: Any) -> None:
    """Freeze the head, widen the texts, and offer the codes as lists."""
    sheet.freeze_panes = "E2"
    names = [column.name for column in COLUMNS]
    for name in names:
        letter = get_column_letter(names.index(name) + 1)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = (
            60 if name.startswith("text_") and "machine" not in name else 22
        )
    lists: dict[str, list[Any]] = {
        "horizon": Horizon.values,
        "urgency": Urgency.values,
        "visibility": NeedVisibility.values,
        "status": NeedStatus.values,
        "confirm": ["yes"],
        "text_en_by_machine": ["yes", "no"],
        "text_nb_by_machine": ["yes", "no"],
    }
    for name, values in lists.items():
        offered = DataValidation(
            type="list", formula1='"' + ",".join(map(str, values)) + '"', allow_blank=True
        )
        letter = get_column_letter(names.index(name) + 1)
        offered.add(f"{letter}2:{letter}{MAX_ROWS}")
        sheet.add_data_validation(offered)

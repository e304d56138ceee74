"""AUC's filled-in spreadsheet of needs comes in as a dry run, then all rows at once or none.

The dry run calls the same services as applying does and takes everything back: what it promises is what
happens.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.files.columns import (
    KATOTTG,
    YES_NO,
    BadCell,
    Column,
    Parse,
    day,
    one_of,
    text_up_to,
    whole,
)
from kommunesamarbeid.core.files.sheets import Heading, Row, Table, read_sheet
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import is_same, plain
from municipalities.choices import Horizon, NeedStatus, NeedVisibility, UploadKind, Urgency
from municipalities.models import Candidate, Hromada, Need, Theme, Upload
from municipalities.needs import needs
from municipalities.needs.locations import words_for
from municipalities.registers import store_upload, use_upload

MAX_ROWS = 5_000
SHEET = "needs"


def written(longest: int) -> Parse:
    """Return a reader of a free text as it may be kept: a spreadsheet's line ends are ours, and no identity
    numbers.
    """
    fits = text_up_to(longest)

    def parse(cell: str) -> Any:
        return fits(plain(cell.replace("_x000D_", "")))

    return parse


COLUMNS = (
    Column("need", whole, required=False),
    Column("edition", whole, required=False),
    Column("katottg", KATOTTG),
    Column("place", str, required=False, empty=""),
    Column("theme", str),
    Column("horizon", one_of(list(Horizon.values))),
    Column("urgency", one_of({str(value): value for value in Urgency.values})),
    Column("urgent_to", day, required=False),
    Column("text_uk", written(needs.TEXTS["text_uk"]), required=False, empty=""),
    Column("text_en", written(needs.TEXTS["text_en"]), required=False, empty=""),
    Column("text_en_by_machine", YES_NO, required=False, empty=False),
    Column("text_nb", written(needs.TEXTS["text_nb"]), required=False, empty=""),
    Column("text_nb_by_machine", YES_NO, required=False, empty=False),
    Column("quantity", written(needs.TEXTS["quantity"]), required=False, empty=""),
    Column("valid_to", day, required=False),
    Column(
        "visibility", one_of(list(NeedVisibility.values)), required=False, empty=NeedVisibility.INTERNAL.value
    ),
    Column("status", one_of(list(NeedStatus.values)), required=False, empty=NeedStatus.OPEN.value),
    Column("confirm", YES_NO, required=False, empty=False),
)
# A column left out would empty what it holds; the place alone is for reading only.
HEADINGS = tuple(Heading(column, (column.name,), must_stand=column.name != "place") for column in COLUMNS)
DAYS = ("urgent_to", "valid_to")


class AlreadyUsed(Exception):
    """Of two presses on the same file at once the other one has done it."""


class HasFaults(Refused):
    """A row cannot be applied, so none is; `report` says which."""

    message = gettext_lazy("Nothing is changed: the file has errors.")

    def __init__(self, report: Report) -> None:
        super().__init__(len(report.faults))
        self.report = report


@dataclass(frozen=True)
class Line:
    """What is to be said of one row: its number in the sheet, the place, the theme and the words."""

    line: int
    place: str
    theme: str
    text: str = ""


@dataclass
class Report:
    """What the rows do, or would do."""

    added: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    confirmed: list[Line] = field(default_factory=list)
    closed: list[Line] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Line] = field(default_factory=list)
    warnings: list[Line] = field(default_factory=list)

    @property
    def acts(self) -> int:
        """How many needs change in any way."""
        return len(self.added) + len(self.changed) + len(self.confirmed) + len(self.closed)


def read_needs(name: str, raw: bytes) -> Table:
    """Read a filled-in template as every sent file is read; never raises for what it holds."""
    return read_sheet(name, raw, HEADINGS, max_rows=MAX_ROWS)


def check_needs(*, table: Table, by: Actor, at: datetime) -> Report:
    """Return what the file would do, having done and undone it; its faults in one list, by row. Raises
    NotAllowed.
    """
    require(by, May.EDIT_NEEDS)
    with transaction.atomic():
        report = _Rows(by, at).run(table)
        transaction.set_rollback(True)
    return report


def store_needs(*, table: Table, by: Actor, at: datetime) -> Upload:
    """Keep the faultless rows for their sender until they are used. Raises NotAllowed, HasFaults.

    The rows are kept and not the file: what was taken out of its texts (national identity numbers) is kept
    nowhere.
    """
    require(by, May.EDIT_NEEDS)
    report = check_needs(table=table, by=by, at=at)
    if report.faults:
        raise HasFaults(report)
    raw = json.dumps([table.file, table.rows], cls=DjangoJSONEncoder).encode()
    return store_upload(kind=UploadKind.NEEDS, name=table.file, raw=raw, facts={}, by=by, at=at)


def stored_needs(upload: Upload) -> Table:
    """Return the rows that were kept."""
    name, rows = json.loads(bytes(upload.content))
    table = Table(name)
    for line, row in rows.items():
        table.rows[int(line)] = {**row, **{name: date.fromisoformat(row[name]) for name in DAYS if row[name]}}
    return table


@transaction.atomic
def apply_needs(*, upload: Upload, by: Actor, at: datetime, is_checked: bool = False) -> Report:
    """Do what every row says, or nothing; what was kept is forgotten when it is done.

    Raises NotAllowed, AlreadyUsed, HasFaults, and Sensitive when rows hold what should be looked at and
    `is_checked` is not said.
    """
    require(by, May.EDIT_NEEDS)
    table = stored_needs(upload)
    if not use_upload(upload, at=at):
        raise AlreadyUsed
    report = _Rows(by, at).run(table)
    if report.faults:
        raise HasFaults(report)
    if report.warnings and not is_checked:
        raise needs.Sensitive([])
    record("needs.upload_applied", upload, by=by, at=at, data={"rows": len(table.rows), "acts": report.acts})
    return report


class _Rows:
    """The rows of one file, done one after the other.

    Each that cannot be done leaves a fault and no trace.
    """

    def __init__(self, by: Actor, at: datetime) -> None:
        self.by, self.at, self.report = by, at, Report()
        self.themes = {theme.slug: theme for theme in Theme.objects.all()}
        self.seen: dict[int, int] = {}
        self.candidates: dict[str, Candidate] = {}
        self.places: set[str] = set()

    def run(self, table: Table) -> Report:
        """Do every row; the faults of the file itself stand among those of its rows."""
        codes = {row["katottg"] for row in table.rows.values()}
        pool = Candidate.objects.filter(hromada__katottg__in=codes).select_related("hromada__oblast")
        self.candidates = {candidate.hromada.katottg: candidate for candidate in pool}
        self.places = set(Hromada.objects.filter(katottg__in=codes).values_list("katottg", flat=True))
        for line, values in table.rows.items():
            row = {"line": line, **values}
            try:
                with transaction.atomic():
                    self._row(row)
            except BadCell as fault:
                self._note(self.report.faults, row, str(fault.text))
            except Refused as refusal:
                named = f"{refusal.field}: {refusal}" if refusal.field else str(refusal)
                self._note(self.report.faults, row, named)
        self.report.faults += [Line(problem.line, "", "", str(problem.text)) for problem in table.problems]
        self.report.faults.sort(key=lambda fault: fault.line)
        return self.report

    def _note(self, lines: list[Line], row: Row, text: str = "") -> None:
        candidate, theme = self.candidates.get(row["katottg"]), self.themes.get(row["theme"])
        place = candidate.hromada.place if candidate else row["katottg"]
        lines.append(Line(row["line"], place, theme.name if theme else row["theme"], text))

    def _row(self, row: Row) -> None:
        values = row
        candidate, theme = self._candidate(values["katottg"]), self._theme(values["theme"])
        details = {name: values[name] for name in needs.CHANGEABLE}
        if values["need"] is None:
            del details["status"]
            self._add(row, candidate, theme, values["horizon"], details)
            return
        need = self._need(values, row["line"], candidate, theme)
        changed = {name: value for name, value in details.items() if not is_same(getattr(need, name), value)}
        if changed.get("status") == NeedStatus.WITHDRAWN:
            needs.withdraw_need(need=need, seen_edition=values["edition"] or 0, by=self.by, at=self.at)
            self._note(self.report.closed, row)
        elif changed:
            self._change(row, need, values["edition"] or 0, changed)
        elif values["confirm"]:
            needs.confirm_need(need=need, seen_edition=values["edition"] or 0, by=self.by, at=self.at)
            self._note(self.report.confirmed, row)
        else:
            self.report.unchanged += 1

    def _candidate(self, katottg: str) -> Candidate:
        if katottg not in self.places:
            raise BadCell(_("no hromada has the code %(code)s") % {"code": katottg})
        if katottg not in self.candidates:
            raise BadCell(_("the hromada is not a candidate"))
        return self.candidates[katottg]

    def _theme(self, slug: str) -> Theme:
        if slug not in self.themes:
            raise BadCell(_("no theme has the key %(key)s; see the sheet “themes”") % {"key": slug[:40]})
        return self.themes[slug]

    def _need(self, values: dict[str, Any], line: int, candidate: Candidate, theme: Theme) -> Need:
        need = Need.objects.filter(pk=values["need"]).select_related("candidate", "theme").first()
        if need is None or need.candidate_id != candidate.pk:
            raise BadCell(
                _("the hromada has no need with the number %(number)s") % {"number": values["need"]}
            )
        if need.pk in self.seen:
            raise BadCell(_("the need stands in row %(line)s already") % {"line": self.seen[need.pk]})
        self.seen[need.pk] = line
        if (need.theme_id, need.horizon) != (theme.pk, values["horizon"]):
            raise BadCell(_("theme and horizon of a need stay; withdraw it and add a new one"))
        return need

    def _add(
        self, row: Row, candidate: Candidate, theme: Theme, horizon: str, details: dict[str, Any]
    ) -> None:
        act = {
            "candidate": candidate,
            "theme": theme,
            "horizon": horizon,
            "by": self.by,
            "at": self.at,
            **details,
        }
        try:
            needs.add_need(**act)
        except needs.Sensitive as question:
            needs.add_need(**act, is_checked=True)
            self._note(self.report.warnings, row, words_for(question.finds))
        self._note(self.report.added, row)

    def _change(self, row: Row, need: Need, edition: int, changed: dict[str, Any]) -> None:
        words = "; ".join(
            f"{name}: {_shown(getattr(need, name))} → {_shown(value)}" for name, value in changed.items()
        )
        act: dict[str, Any] = {
            "need": need,
            "seen_edition": edition,
            "changes": changed,
            "by": self.by,
            "at": self.at,
        }
        try:
            needs.change_need(**act)
        except needs.Sensitive as question:
            needs.change_need(**act, is_checked=True)
            self._note(self.report.warnings, row, words_for(question.finds))
        self._note(self.report.changed, row, words)


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else str(value)

"""A new edition of the official list is evidence: what it changes for candidates becomes tasks, and no category flips by itself."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from kommunesamarbeid.core import refusals
from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.candidates import categories
from municipalities.choices import Category, OfficialStatus, ReviewOutcome
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    Hromada,
    HromadaStatus,
    ListReview,
    OfficialListEdition,
)
from municipalities.official_list import list_reviews
from municipalities.official_list.editions import (
    EditionAhead,
    EditionInUse,
    Loaded,
    Order,
    OrderMissing,
    load_edition,
    preview_edition,
    read_edition,
)
from municipalities.registers.loader import load_registers
from municipalities.registers.official_statuses import rule_version_on
from municipalities.registers.register_files import DATA
from tests.desk import desk, text
from tests.municipalities.pool import LVIV, POLTAVA, categorised, pooled_candidate
from tests.municipalities.sheets import csv_file, sent, xlsx_file
from tests.people import NOW, TODAY, actor, make_user
from tests.places import hromada

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

SEND = "admin:municipalities_officiallistedition_add"
HEADER = "code,class,from,to"
FIRST, SECOND = (
    Order("376 of 28.02.2025", date(2025, 5, 7), "Order"),
    Order("26 of 08.01.2026", date(2026, 5, 2), "Order"),
)
REAL = DATA / "official_list_2025-05-07.csv"


def load(order: Order, *lines: str, who: str = "andrij") -> Loaded:
    table = read_edition("edition.csv", csv_file(HEADER, *lines))
    assert table.problems == []
    return load_edition(order=order, table=table, by=actor(who), at=NOW)


def entry(code: str, status: str = "possible", start: str = "2022-02-24", end: str = "") -> str:
    return f"{code},{status},{start},{end}"


def statuses(edition: OfficialListEdition) -> dict[str, str]:
    return {row.hromada.katottg: row.whole or row.part for row in edition.statuses.select_related("hromada")}


# --- the real list -------------------------------------------------------------------------------------------------


def real_rows() -> list[dict[str, str]]:
    with REAL.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_file(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def test_the_real_list_sent_with_four_columns_only_says_the_same_as_the_packaged_one() -> None:
    load_registers(at=NOW)
    packaged = OfficialListEdition.objects.get()
    lines = [
        f'{row["territory_code"]},{row["status"]},{row["starts_on"]},{row["ends_on"]},"{row["except_uk"]}"'
        for row in real_rows()
    ]
    table = read_edition("list.csv", csv_file("code,class,from,to,except", *lines))
    assert (len(table.rows), table.problems) == (3_196, [])
    loaded = load_edition(order=SECOND, table=table, by=actor("kari"), at=NOW)
    fields = ("hromada_id", "whole", "part", "ever", "first_on", "closed_on")
    said = {
        edition.pk: sorted(edition.statuses.values_list(*fields), key=str)
        for edition in (packaged, loaded.edition)
    }
    assert len(said[packaged.pk]) == 443
    assert said[loaded.edition.pk] == said[packaged.pk]
    assert loaded.tasks == ()


def chosen_hromadas(rows: list[dict[str, str]]) -> dict[str, list[str]]:
    """Choose by what the real file says of them alone: in part by settlements, wholly and open, and not at all."""
    by_hromada: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_hromada.setdefault(row["hromada"], []).append(row)
    single = {
        code: each[0]
        for code, each in by_hromada.items()
        if code and len(each) == 1 and not each[0]["ends_on"]
    }
    whole = [code for code, row in single.items() if row["level"] == "hromada" and not row["except_uk"]]
    part = [code for code, each in by_hromada.items() if code and _is_part_of_one_class(each)]
    listed = set(HromadaStatus.objects.values_list("hromada__katottg", flat=True))
    absent = [
        code
        for code in Hromada.objects.order_by("katottg").values_list("katottg", flat=True)
        if code not in listed
    ]
    return {"whole": whole, "part": part, "absent": absent}


def _is_part_of_one_class(rows: list[dict[str, str]]) -> bool:
    return (
        {row["level"] for row in rows} == {"settlement"}
        and len({row["status"] for row in rows}) == 1
        and not rows[0]["ends_on"]
    )


def test_a_second_edition_of_the_real_list_opens_exactly_the_tasks_it_gives_rise_to_and_no_more_the_second_time() -> (
    None
):
    load_registers(at=NOW)
    rows = real_rows()
    chosen = chosen_hromadas(rows)
    part, (reopened, graver, ended, closed, still) = chosen["part"][0], chosen["whole"][:5]
    new, untouched = chosen["absent"][:2]
    for code in (part, reopened, graver, ended, closed, still, new, untouched):
        pooled_candidate(Hromada.objects.get(katottg=code))
    row_of = {row["hromada"]: row for row in reversed(rows)}
    row_of[part] |= {"territory_code": part, "level": "hromada"}  # the whole where it was a settlement
    again = row_of[reopened] | {"starts_on": "2026-01-10"}
    row_of[reopened]["ends_on"] = "2025-12-01"
    row_of[graver]["status"] = "active" if row_of[graver]["status"] == "possible" else "possible"
    row_of[ended]["ends_on"] = row_of[closed]["ends_on"] = "2026-02-01"
    added = again | {"territory_code": new, "hromada": new, "starts_on": "2026-03-01", "name_uk": "нова"}
    raw = as_file([*rows, again, added])
    first = load_edition(order=SECOND, table=read_edition("list.csv", raw), by=actor("andrij"), at=NOW)
    found = ListReview.objects.values_list("candidate__hromada__katottg", "kind")
    assert dict(found) == {
        part: "changed",
        reopened: "changed",
        graver: "changed",
        ended: "ended",
        closed: "ended",
        new: "new",
    }
    assert (len(first.tasks), len(found)) == (6, 6)
    told = ListReview.objects.get(candidate__hromada__katottg=part)
    assert (told.before_status.partition(" ")[2], told.after_status.partition(" ")[2]) == ("part", "whole")
    second = load_edition(
        order=SECOND, table=read_edition("list.csv", raw), by=actor("kari"), at=NOW + timedelta(hours=1)
    )
    load_registers(at=NOW)
    assert (second.is_same, second.tasks, ListReview.objects.count()) == (True, (), 6)


def test_counts_per_oblast_and_status_are_those_of_the_data_file() -> None:
    load_registers(at=NOW)
    edition = OfficialListEdition.objects.get()
    stored = edition.entries.values_list("territory_code", "status")
    found: dict[tuple[str, str], int] = {}
    for code, status in stored:
        found[code[:4], status] = found.get((code[:4], status), 0) + 1
    expected: dict[tuple[str, str], int] = {}
    for row in real_rows():
        key = row["territory_code"][:4], row["status"]
        expected[key] = expected.get(key, 0) + 1
    assert found == expected
    assert {
        status: sum(n for (_code, each), n in found.items() if each == status)
        for status in OfficialStatus.values
    } == {"possible": 480, "active_eregisters": 224, "active": 964, "occupied": 1528}


# --- what an edition may say ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("UA5308,possible,2022-02-24,", "code: not a valid code: UA5308"),
        (
            "UA53080370000025447,war,2022-02-24,",
            "class: war is not one of possible, active_eregisters, active, occupied",
        ),
        ("UA53080370000025447,possible,,", "from is missing"),
        (
            "UA53080370000025447,possible,31/02/2022,",
            "from: not a date (2026-12-31 or 31.12.2026): 31/02/2022",
        ),
        ("UA53080370000025447,possible,2022-02-24,2022-02-23", "the period ends before it starts"),
        ("UA99080370000025447,possible,2022-02-24,", "unknown territory: UA99080370000025447"),
        ("UA46060250000025047,possible,2022-02-24,", "the same entry stands on line 2"),
    ],
)
def test_a_faulty_row_is_told_with_its_number_and_nothing_is_kept(line: str, fault: str) -> None:
    for place in (POLTAVA, LVIV):
        hromada(place)
    file = sent(csv_file(HEADER, entry(LVIV), line))
    answer = desk("kari").post(reverse(SEND), {"order_number": "1", "edition_on": "2026-05-02", "file": file})
    assert [(problem.line, str(problem.text)) for problem in answer.context["problems"]] == [(3, fault)]
    assert not OfficialListEdition.objects.exists()


@pytest.mark.parametrize(
    ("code", "level", "status", "covers"),
    [
        (POLTAVA, "hromada", "possible whole", True),
        ("UA53080370010073240", "settlement", "possible part", True),
        ("UA53000000000028050", "oblast", "possible whole", True),
        ("UA01000000000013043", "oblast", "none", False),
    ],
)
def test_level_and_hromada_follow_from_the_code(code: str, level: str, status: str, covers: bool) -> None:
    candidate = pooled_candidate(POLTAVA)
    loaded = load(FIRST, entry(code))
    assert loaded.edition.entries.get().level == level
    assert [task.after_status for task in loaded.tasks] == ([status] if covers else [])
    assert {task.candidate_id for task in loaded.tasks} == ({candidate.pk} if covers else set())


def test_classes_and_dates_are_read_as_the_order_prints_them() -> None:
    hromada(POLTAVA)
    raw = xlsx_file(
        ["код", "клас", "початок", "завершення"],
        [POLTAVA, "Тимчасово окупована", "24.02.2022", date(2022, 4, 3)],
    )
    (row,) = read_edition("list.xlsx", raw).rows.values()
    assert (row["status"], row["starts_on"], row["ends_on"], row["section"]) == (
        "occupied",
        date(2022, 2, 24),
        date(2022, 4, 3),
        "II",
    )


@pytest.mark.parametrize(
    ("on", "rules"),
    [
        (date(2025, 5, 7), "resolution 1364 of 06.12.2022"),
        (date(2026, 3, 31), "resolution 1364 of 06.12.2022"),
        (date(2026, 4, 1), "resolution 120 of 28.01.2026"),
    ],
)
def test_the_rules_of_an_edition_follow_from_its_date(on: date, rules: str) -> None:
    assert rule_version_on(on) == rules
    hromada(POLTAVA)
    assert load(Order("1", on, ""), entry(POLTAVA)).edition.rule_version == rules


def test_the_page_warns_when_the_criteria_have_changed_between_the_editions() -> None:
    pooled_candidate(POLTAVA)
    load(FIRST, entry(POLTAVA))
    (task,) = load(SECOND, entry(POLTAVA, "active")).tasks
    page = text(desk("kari").get(reverse("admin:municipalities_listreview_change", args=[task.pk])))
    assert "(resolution 1364 of 06.12.2022 → resolution 120 of 28.01.2026)" in page
    assert "possible hostilities → <strong>active hostilities</strong>" in page


def test_the_rules_are_named_in_the_readers_language() -> None:
    pooled_candidate(POLTAVA)
    load(FIRST, entry(POLTAVA))
    (task,) = load(SECOND, entry(POLTAVA, "active")).tasks
    page = text(desk("andrij", "uk").get(reverse("admin:municipalities_listreview_change", args=[task.pk])))
    assert "(постанова № 1364 від 06.12.2022 → постанова № 120 від 28.01.2026)" in page


@pytest.mark.parametrize(
    ("order", "refusal"),
    [(Order(" ", SECOND.edition_on, ""), OrderMissing), (Order("1", date(2026, 11, 24), ""), EditionAhead)],
)
def test_an_edition_without_an_order_or_of_a_day_to_come_is_refused(
    order: Order, refusal: type[Exception]
) -> None:
    hromada(POLTAVA)
    with pytest.raises(refusal):
        load(order, entry(POLTAVA))
    assert not OfficialListEdition.objects.exists()


def test_readers_load_nothing() -> None:
    hromada(POLTAVA)
    with pytest.raises(NotAllowed):
        load(FIRST, entry(POLTAVA), who="olena")


# --- what follows ---------------------------------------------------------------------------------------------------


def test_a_category_never_flips_by_itself() -> None:
    candidate = pooled_candidate(POLTAVA)
    categorised(candidate, Category.OUTSIDE)
    load(FIRST, entry(hromada(LVIV).katottg))
    load(SECOND, entry(POLTAVA, "occupied"))
    assert candidate.category_on(TODAY) == Category.OUTSIDE
    assert CategoryAssessment.objects.count() == 1


def test_an_older_edition_is_kept_and_opens_no_task() -> None:
    pooled_candidate(POLTAVA)
    load(SECOND, entry(POLTAVA))
    assert load(FIRST, entry(POLTAVA, "active")).tasks == ()
    assert ListReview.objects.count() == 1


def test_an_edition_may_be_corrected_until_somebody_has_built_on_it() -> None:
    pooled_candidate(POLTAVA)
    wrong = load(SECOND, entry(POLTAVA, "active")).tasks[0]
    right = load(SECOND, entry(POLTAVA, "possible")).tasks[0]
    wrong.refresh_from_db()
    assert (wrong.outcome, right.after_status, ListReview.objects.open().count()) == (
        "replaced",
        "possible whole",
        1,
    )
    list_reviews.close_without_change(task=right, reason="By distance only", by=actor("kari"), at=NOW)
    with pytest.raises(EditionInUse):
        load(SECOND, entry(POLTAVA, "active"))
    assert statuses(right.edition) == {POLTAVA: "possible"}


def test_a_preview_tells_the_same_differences_and_writes_nothing() -> None:
    pooled_candidate(POLTAVA)
    load(FIRST, entry(POLTAVA))
    table = read_edition("l", csv_file(HEADER, entry(POLTAVA, end="2026-01-01")))
    preview = preview_edition(order=SECOND, table=table, by=actor("kari"), at=NOW)
    assert [(each.kind.value, each.before_status, each.after_status) for each in preview.differences] == [
        ("ended", "possible whole", "ended")
    ]
    assert (OfficialListEdition.objects.count(), ListReview.objects.count()) == (1, 1)


def test_ks_and_auc_are_told_once_by_a_link_and_a_number() -> None:
    for who in ("kari", "guro", "andrij", "lars", "olena", "astrid"):
        make_user(who)
    for place in (POLTAVA, LVIV):
        pooled_candidate(place)
    load(FIRST, entry(POLTAVA), entry(LVIV))
    mails = MailRecord.objects.select_related("email").order_by("pk")
    assert sorted(mail.email.to[0].split("@")[0] for mail in mails if mail.email) == [
        "andrij",
        "guro",
        "kari",
    ]
    for mail in mails:
        assert mail.email is not None
        said = mail.email.subject + mail.email.message
        assert "/municipalities/listreview/" in said
        assert all(name not in said for name in ("Poltava", "Полтав", "Lviv", "possible"))


def test_an_edition_walks_from_file_to_closed_task_by_clicking() -> None:
    candidate = pooled_candidate(POLTAVA)
    browser = desk("kari")
    tried = browser.post(
        reverse(SEND),
        {
            "order_number": "26",
            "edition_on": "2026-05-02",
            "source": "",
            "file": sent(csv_file(HEADER, entry(POLTAVA))),
        },
    )
    assert "1 candidate to review" in text(tried)
    loaded = browser.post(
        reverse("admin:municipalities_officiallistedition_load", args=[tried.context["upload"].pk]),
        follow=True,
    )
    assert "The edition is loaded. Candidates to review: 1." in text(loaded)
    assert "1 candidate waits to be reviewed" in text(
        browser.get(reverse("admin:municipalities_candidate_changelist"))
    )
    task = candidate.list_reviews.get()
    url = reverse("admin:municipalities_candidate_category", args=[candidate.pk]) + f"?task={task.pk}"
    browser.post(
        url,
        {
            "category": "war_zone",
            "valid_from": "2026-05-02",
            "source": "O",
            "reason": "R",
            "damage": "unknown",
        },
    )
    task.refresh_from_db()
    assert (task.outcome, task.assessment) == (ReviewOutcome.ASSESSED, candidate.assessments.get())
    closed = text(browser.get(reverse("admin:municipalities_listreview_change", args=[task.pk])))
    assert "KS, Kari Nordmann" in closed


# --- a task is closed once ----------------------------------------------------------------------------------------------


def task_for(candidate: Candidate) -> ListReview:
    return load(FIRST, entry(candidate.hromada.katottg)).tasks[0]


def test_a_period_that_was_closed_and_opened_again_is_not_told_as_a_status_that_became_itself() -> None:
    pooled_candidate(POLTAVA)
    load(FIRST, entry(POLTAVA))
    (task,) = load(SECOND, entry(POLTAVA, end="2025-12-01"), entry(POLTAVA, start="2026-02-01")).tasks
    listed = text(desk("kari").get(reverse("admin:municipalities_listreview_changelist")))
    assert "possible hostilities → the same, in other periods" in listed
    told = text(desk("kari").get(reverse("admin:municipalities_listreview_change", args=[task.pk])))
    assert "the same, in other periods" in told
    assert "Only in the new edition" in told


def test_a_task_is_closed_once_and_with_a_reason() -> None:
    task = task_for(pooled_candidate())
    with pytest.raises(refusals.ReasonMissing):
        list_reviews.close_without_change(task=task, reason=" ", by=actor("andrij"), at=NOW)
    list_reviews.close_without_change(task=task, reason="By distance only", by=actor("andrij"), at=NOW)
    with pytest.raises(list_reviews.AlreadyClosed):
        list_reviews.close_without_change(task=task, reason="Again", by=actor("kari"), at=NOW)


def test_anothers_assessment_closes_nothing_and_readers_close_nothing() -> None:
    task, other = task_for(pooled_candidate()), categorised(pooled_candidate(LVIV))
    with pytest.raises(list_reviews.NotOfThisCandidate):
        list_reviews.close_with_assessment(task=task, assessment=other, by=actor("kari"), at=NOW)
    with pytest.raises(NotAllowed):
        list_reviews.close_without_change(task=task, reason="R", by=actor("lars"), at=NOW)


def test_a_proposal_taken_back_opens_its_task_again() -> None:
    candidate = pooled_candidate()
    task = task_for(candidate)
    values: dict[str, Any] = {
        "category": Category.WAR_ZONE,
        "valid_from": TODAY,
        "source": "S",
        "reason": "R",
    }
    assessment = categories.propose_category(
        candidate=candidate, facts=categories.CategoryFacts(**values), by=actor("kari"), at=NOW
    )
    list_reviews.close_with_assessment(task=task, assessment=assessment, by=actor("kari"), at=NOW)
    categories.retract_category(assessment=assessment, reason="Wrong place", by=actor("guro"), at=NOW)
    again = ListReview.objects.open().get()
    assert (again.pk != task.pk, again.candidate, again.after_status) == (True, candidate, "possible whole")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE municipalities_listreview SET after_status = 'none'",
        "UPDATE municipalities_listreview SET closed_at = NULL, closed_by_id = NULL, outcome = ''",
        "DELETE FROM municipalities_listreview",
    ],
)
def test_the_database_itself_refuses_to_rewrite_a_closed_task(statement: str) -> None:
    list_reviews.close_without_change(task=task_for(pooled_candidate()), reason="R", by=actor("kari"), at=NOW)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert ListReview.objects.get().after_status == "possible whole"


def test_an_occupied_hromada_without_authority_is_kept_with_the_reason_and_its_task_says_so() -> None:
    candidate = pooled_candidate()
    task = load(FIRST, entry(POLTAVA, "occupied")).tasks[0]
    browser = desk("andrij")
    page = text(browser.get(reverse("admin:municipalities_listreview_change", args=[task.pk])))
    assert "it is never proposed" in page
    move = reverse("admin:municipalities_candidate_move", args=[candidate.pk])
    assert f"{move}?to=not_now&amp;reason=Temporarily%20occupied" in page
    browser.post(move, {"to": "not_now", "reason": "Temporarily occupied", "seen": "pool"})
    candidate.refresh_from_db()
    assert (candidate.state, candidate.state_reason) == ("not_now", "Temporarily occupied")

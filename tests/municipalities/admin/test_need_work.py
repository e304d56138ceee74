"""AUC's daily work (N-02): who waits comes first, one page holds a hromada, and it comes over a poor line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from kommunesamarbeid.core.models import AccessLogEntry
from municipalities.candidates.candidates import record_consent
from municipalities.choices import NeedStatus
from municipalities.models import Candidate, ContactPerson, Hromada, Need, NeedDraft, Suggestion, Upload
from municipalities.needs import needs, suggestions
from municipalities.needs.need_drafts import drop_old
from municipalities.needs.waiting_hromadas import waiting_candidates
from municipalities.registers.uploads import store_upload
from tests.desk import desk, text
from tests.municipalities.hromadas import TARAS, contact, voice
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, add_need, pooled_candidate
from tests.page_weight import POOR_LINE, weight
from tests.people import actor
from tests.places import municipality, theme

pytestmark = pytest.mark.django_db

CHANGED = {
    "urgency": "1",
    "text_uk": "Нові слова",
    "visibility": "internal",
    "status": "open",
    "edition": "1",
}


def url(verb: str, *args: Any) -> str:
    return reverse(f"admin:municipalities_need_{verb}", args=args)


def days_ago(days: int) -> Any:
    """Return the same hour on the clock so many days ago, also over the days when clocks change."""
    return timezone.localtime() - timedelta(days=days)


def waiting() -> list[tuple[str, int, int]]:
    return [
        (one.hromada.katottg, one.due_needs, one.urgent_needs)
        for one in waiting_candidates(timezone.localdate())
    ]


def test_those_unconfirmed_for_more_than_90_days_wait_the_oldest_first() -> None:
    add_need(pooled_candidate(LVIV), urgency=1, at=days_ago(91))
    add_need(pooled_candidate(TESTIVSKA), at=days_ago(120))
    add_need(pooled_candidate(POLTAVA), at=days_ago(90))
    assert waiting() == [(TESTIVSKA, 1, 0), (LVIV, 1, 1)]


def test_of_two_of_the_same_age_the_more_urgent_comes_first() -> None:
    add_need(pooled_candidate(LVIV), urgency=2, at=days_ago(100))
    add_need(pooled_candidate(POLTAVA), urgency=1, at=days_ago(100))
    assert [katottg for katottg, _due, _urgent in waiting()] == [POLTAVA, LVIV]


def test_a_need_whose_day_has_passed_waits_although_it_is_fresh() -> None:
    need = add_need(pooled_candidate(), at=days_ago(5), urgent_to=timezone.localdate() - timedelta(days=1))
    assert waiting() == [(POLTAVA, 1, 0)]
    with pytest.raises(needs.UrgencyOver):
        needs.confirm_need(need=need, by=actor("andrij"), at=timezone.now())
    needs.change_need(
        need=need, seen_edition=1, changes={"urgent_to": None}, by=actor("andrij"), at=timezone.now()
    )
    assert waiting() == []


def test_whoever_takes_back_a_consent_stands_before_everybody() -> None:
    add_need(pooled_candidate(LVIV), at=days_ago(300))
    fresh = pooled_candidate(POLTAVA)
    record_consent(
        candidate=fresh,
        scope="public",
        given_on=timezone.localdate(),
        given_by="Рада",
        by=actor("andrij"),
        at=timezone.now(),
    )
    suggestions.suggest_consent(
        candidate=fresh, scope="norwegian", given_by="Рада", by=voice(fresh), at=timezone.now()
    )
    assert [katottg for katottg, _due, _urgent in waiting()] == [POLTAVA, LVIV]


def test_a_suggestion_of_ks_waits_until_auc_accepts_it_in_one_tap() -> None:
    need = add_need(pooled_candidate(), at=days_ago(1))
    comment = needs.comment_need(need=need, text="Could this be wider?", by=actor("kari"), at=timezone.now())
    browser = desk("andrij")
    assert "1 suggestion from KS" in text(browser.get(url("work")))
    assert "Could this be wider?" in text(browser.get(url("of", need.candidate_id)))
    browser.post(url("accept", need.pk, comment.pk))
    assert "Nothing waits." in text(browser.get(url("work")))


@pytest.mark.parametrize(("number", "words"), [(1, "1 громада чекає"), (3, "3 громади чекають")])
def test_the_start_says_how_many_wait_in_ukrainian(number: int, words: str) -> None:
    for katottg in [POLTAVA, LVIV, TESTIVSKA][:number]:
        add_need(pooled_candidate(katottg), at=days_ago(100))
    page = text(desk("andrij", "uk").get(url("work")))
    assert f"<h1>{words} на підтвердження</h1>" in page


@pytest.mark.parametrize("places", [[POLTAVA], [POLTAVA, LVIV, TESTIVSKA]])
def test_the_list_takes_the_same_queries_at_any_length(
    places: list[str], django_assert_num_queries: Callable[..., Any]
) -> None:
    for katottg in places:
        add_need(pooled_candidate(katottg), at=days_ago(100))
    browser = desk("andrij")
    browser.get(url("work"))
    with django_assert_num_queries(7):
        browser.get(url("work"))


@pytest.mark.parametrize("number", [1, 3])
def test_a_hromadas_page_takes_the_same_queries_at_any_number_of_needs(
    number: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    candidate = pooled_candidate()
    for slug in ["education", "youth", "municipal-finance"][:number]:
        need = add_need(candidate, slug)
        suggestions.suggest_change(need=need, changes={"urgency": 1}, by=voice(candidate), at=timezone.now())
        needs.comment_need(need=need, text="Wider?", by=actor("kari"), at=timezone.now())
    browser = desk("andrij")
    browser.get(url("of", candidate.pk))
    with django_assert_num_queries(18):
        browser.get(url("of", candidate.pk))


def test_all_unchanged_needs_are_confirmed_at_a_stroke_and_those_that_moved_are_named() -> None:
    candidate = pooled_candidate()
    first, moved = add_need(candidate, at=days_ago(100)), add_need(candidate, "youth", at=days_ago(100))
    browser = desk("andrij")
    page = text(browser.get(url("confirm_all", candidate.pk)))
    assert "Confirm what is ticked" in page
    shown = re.findall(r'name="need"[^>]*value="([\d:]+)"', page)
    needs.change_need(need=moved, seen_edition=1, changes={"urgency": 4}, by=actor("andrij"), at=days_ago(95))
    answer = browser.post(url("confirm_all", candidate.pk), {"need": shown}, follow=True)
    assert "1 need is confirmed today." in text(answer)
    assert "Not confirmed, because changed meanwhile, closed or run out: youth." in text(answer)
    dates = dict(Need.objects.values_list("pk", "confirmed_on"))
    assert dates == {first.pk: timezone.localdate(), moved.pk: timezone.localdate() - timedelta(days=95)}


def test_what_was_typed_is_kept_when_it_is_not_valid_and_shown_on_coming_back() -> None:
    need = add_need(pooled_candidate())
    browser = desk("andrij")
    browser.post(url("edit", need.pk), {**CHANGED, "text_uk": "я" * 501})
    again = browser.get(url("edit", need.pk))
    assert list(again.context["form"].errors) == ["text_uk"]
    assert "я" * 501 in text(again)
    browser.post(url("edit", need.pk), CHANGED)
    assert Need.objects.get().text_uk == "Нові слова"
    assert not NeedDraft.objects.exists()


def test_a_draft_is_kept_on_purpose_seen_by_its_writer_only_and_given_up() -> None:
    need = add_need(pooled_candidate(), text_uk="Поради")
    browser = desk("andrij")
    browser.post(url("edit", need.pk), {**CHANGED, "later": "1"})
    assert Need.objects.get().text_uk == "Поради"
    assert "Your unfinished drafts" in text(browser.get(url("of", need.candidate_id)))
    assert "Your unfinished drafts" not in text(desk("olena").get(url("of", need.candidate_id)))
    browser.post(url("drop_draft", NeedDraft.objects.get().pk))
    assert browser.get(url("edit", need.pk)).context["form"]["text_uk"].value() == "Поради"


def test_a_draft_nobody_came_back_to_is_forgotten() -> None:
    need = add_need(pooled_candidate())
    desk("andrij").post(url("edit", need.pk), {**CHANGED, "later": "1"})
    assert drop_old(at=timezone.now() + timedelta(days=89)) == 0
    assert drop_old(at=timezone.now() + timedelta(days=91)) == 1


def test_the_second_editor_sees_both_versions_by_field_and_who_and_when() -> None:
    need = add_need(pooled_candidate(), urgency=3)
    needs.change_need(
        need=need, seen_edition=1, changes={"urgency": 2}, by=actor("andrij"), at=timezone.now()
    )
    answer = desk("andrij").post(url("edit", need.pk), CHANGED)
    assert answer.status_code == 409
    assert ("Urgency", "soon", "critical") in answer.context["versions"]
    assert "Saved by AUC, Andrij Kovalenko," in text(answer)
    assert Need.objects.get().urgency == 2


def test_a_text_that_may_give_away_a_place_is_asked_about_before_it_is_saved() -> None:
    need = add_need(pooled_candidate(), text_uk="Поради")
    browser = desk("andrij")
    asked = text(browser.post(url("edit", need.pk), {**CHANGED, "text_uk": "На вул. Миру, 4"}))
    assert "The text may hold: a street address." in asked
    assert Need.objects.get().text_uk == "Поради"
    browser.post(url("edit", need.pk), {**CHANGED, "text_uk": "На вул. Миру, 4", "is_checked": "on"})
    assert Need.objects.get().text_uk == "На вул. Миру, 4"


def test_a_text_that_was_looked_at_is_not_asked_about_again() -> None:
    need = add_need(pooled_candidate(), text_uk="На вул. Миру, 4", is_checked=True)
    changed = needs.change_need(
        need=need,
        seen_edition=1,
        changes={"urgency": 1, "text_uk": "На вул. Миру, 4"},
        by=actor("andrij"),
        at=timezone.now(),
    )
    assert changed.urgency == 1


def test_auc_accepts_a_change_at_a_tap_or_leaves_it_with_a_reason() -> None:
    candidate = pooled_candidate()
    need, other = add_need(candidate, urgency=3), add_need(candidate, "youth")
    good = suggestions.suggest_change(
        need=need, changes={"urgency": 1}, by=voice(candidate), at=timezone.now()
    )
    bad = suggestions.suggest_withdraw(need=other, by=voice(candidate), at=timezone.now())
    browser = desk("andrij")
    browser.post(url("take", good.pk), {"edition": "1"})
    browser.post(url("leave", bad.pk), {"reason": "Ще триває"})
    assert Need.objects.get(pk=need.pk).urgency == 1
    assert Need.objects.get(pk=other.pk).status == NeedStatus.OPEN
    assert list(Suggestion.objects.values_list("outcome", "reason")) == [
        ("accepted", ""),
        ("declined", "Ще триває"),
    ]


def test_accept_all_is_one_tap() -> None:
    candidate = pooled_candidate()
    for slug in ("education", "youth"):
        suggestions.suggest_change(
            need=add_need(candidate, slug), changes={"urgency": 1}, by=voice(candidate), at=timezone.now()
        )
    browser = desk("andrij")
    seen = re.findall(r'name="said"[^>]*value="([\d:]+)"', text(browser.get(url("of", candidate.pk))))
    assert "2 changes are accepted." in text(
        browser.post(url("take_all", candidate.pk), {"said": seen}, follow=True)
    )
    assert list(Need.objects.values_list("urgency", flat=True)) == [1, 1]


def test_auc_adds_a_contact_sends_the_link_and_removes_both() -> None:
    candidate = pooled_candidate()
    browser = desk("andrij")
    browser.post(url("contact", candidate.pk), TARAS)
    person = ContactPerson.objects.get(hromada=candidate.hromada)
    assert "The link is on its way." in text(browser.post(url("link", person.pk), follow=True))
    assert person.links.get().revoked_at is None
    browser.post(url("end_contact", person.pk))
    person.refresh_from_db()
    assert (person.name, person.email) == ("", "")
    assert person.links.get().revoked_at is not None


def test_a_contact_is_shown_to_those_who_may_know_and_every_view_is_logged() -> None:
    candidate = pooled_candidate()
    person = contact(candidate)
    shown = {
        who: TARAS["email"] in text(desk(who).get(url("of", candidate.pk)))
        for who in ("andrij", "kari", "olena", "lars")
    }
    assert shown == {"andrij": True, "kari": True, "olena": False, "lars": False}
    assert AccessLogEntry.objects.filter(object_id=str(person.pk)).count() == 2


def test_a_norwegian_contact_is_never_reached_through_a_hromadas_address() -> None:
    norwegian = ContactPerson.objects.create(
        municipality=municipality(), email="mona@bodo.kommune.no", created_at=timezone.now()
    )
    browser = desk("andrij")
    assert browser.post(url("link", norwegian.pk)).status_code == 404
    assert browser.get(url("end_contact", norwegian.pk)).status_code == 404


def test_the_history_tells_who_when_and_before_and_after_of_everything() -> None:
    candidate = pooled_candidate()
    need = add_need(candidate, urgency=3)
    said = suggestions.suggest_change(
        need=need, changes={"urgency": 1}, by=voice(candidate), at=timezone.now()
    )
    suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=timezone.now())
    teaching = needs.add_teaching(
        candidate=candidate, theme=theme("youth"), by=actor("andrij"), at=timezone.now()
    )
    needs.remove_teaching(teaching=teaching, by=actor("andrij"), at=timezone.now())
    consent = suggestions.suggest_consent(
        candidate=candidate, scope="public", given_by="Рада", by=voice(candidate), at=timezone.now()
    )
    suggestions.accept_suggestion(suggestion=consent, by=actor("andrij"), at=timezone.now())
    page = text(desk("andrij").get(url("trail", candidate.pk)))
    told = [
        "Urgency: important → critical",
        "Theme: – → youth",
        "Theme: youth → –",
        "To be listed: not at all → publicly",
        "the need has changed: education (long-term)",
        "Outcome: waits for AUC → accepted",
        "AUC, Andrij Kovalenko: the need has changed",
    ]
    assert [words for words in told if words not in page] == []


def test_the_file_goes_down_and_up_and_is_applied_after_its_dry_run() -> None:
    need = add_need(pooled_candidate(), urgency=3)
    browser = desk("andrij")
    book = load_workbook(io.BytesIO(browser.get(url("template")).content))
    book["needs"]["G2"] = 1
    out = io.BytesIO()
    book.save(out)
    dry = browser.post(url("file"), {"file": SimpleUploadedFile("needs.xlsx", out.getvalue())}, follow=True)
    assert "urgency: 3 → 1" in text(dry)
    assert Need.objects.get().urgency == 3
    browser.post(url("upload", Upload.objects.get().pk))
    need.refresh_from_db()
    assert need.urgency == 1


def test_another_editors_upload_is_not_found() -> None:
    upload = store_upload(
        kind="needs", name="needs.xlsx", raw=b"[]", facts={}, by=actor("kari"), at=timezone.now()
    )
    answer = desk("andrij").get(url("upload", upload.pk))
    assert (answer.status_code, answer["Location"]) == (302, url("file"))


def test_a_file_with_faults_is_told_of_row_by_row_and_not_kept() -> None:
    need = add_need(pooled_candidate(), urgency=3)
    browser = desk("andrij")
    book = load_workbook(io.BytesIO(browser.get(url("template")).content))
    book["needs"]["G2"], book["needs"]["B2"] = 9, "two"
    out = io.BytesIO()
    book.save(out)
    told = text(browser.post(url("file"), {"file": SimpleUploadedFile("needs.xlsx", out.getvalue())}))
    faults = ["edition: not a whole number: two", "urgency: 9 is not one of 1, 2, 3, 4"]
    assert [words for words in faults if words not in told] == []
    assert (Upload.objects.count(), Need.objects.get(pk=need.pk).urgency) == (0, 3)


def fill_the_list(need: Need) -> None:
    """Let fifty more hromadas wait, with long names."""
    place = need.candidate.hromada
    for number in range(50):
        values = {
            "katottg": f"UA530803700000{number:05}",
            "centre_uk": "Костянтинопільське-на-Дніпрі",
            "oblast": place.oblast,
        }
        hromada = Hromada.objects.create(
            name_uk="Довга", name_en="Dovha", centre_en="Long", kind=place.kind, **values
        )
        candidate = Candidate.objects.create(
            hromada=hromada, added_at=need.created_at, updated_at=need.created_at
        )
        need.pk, need.candidate, need.urgency = None, candidate, 1
        Need.objects.bulk_create([need])


def test_a_26_auc_pages_weigh_less_than_100_kilobytes_with_a_full_list_and_a_full_hromada() -> None:
    candidate = pooled_candidate()
    for slug, horizon in [(s, h) for s in ("education", "youth") for h in ("short", "long")] + [
        ("municipal-finance", "long")
    ]:
        need = add_need(
            candidate,
            slug,
            horizon,
            at=days_ago(100),
            text_uk="я" * 500,
            text_en="e" * 500,
            text_nb="å" * 500,
        )
        needs.comment_need(need=need, text="ж" * 400, by=actor("kari"), at=timezone.now())
        suggestions.suggest_change(
            need=need, changes={"text_uk": "ї" * 500}, by=voice(candidate), at=timezone.now()
        )
    fill_the_list(candidate.needs.all()[0])
    browser = desk("andrij", "uk")
    assert len(browser.get(url("work")).context["rows"]) == 50
    pages = [
        url("work"),
        url("of", candidate.pk),
        url("edit", candidate.needs.all()[0].pk),
        url("confirm_all", candidate.pk),
    ]
    assert [address for address in pages if weight(browser.get(address)) > POOR_LINE] == []

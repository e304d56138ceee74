"""The desk's needs: one tap confirms, a change from an old page shows both versions, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from municipalities.choices import NeedStatus
from municipalities.models import Need
from municipalities.needs import needs
from tests.desk import desk, text
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, add_need, categorised, pooled_candidate
from tests.people import actor
from tests.places import theme

pytestmark = pytest.mark.django_db

CHANGED = {"urgency": "1", "text_uk": "Нові слова", "visibility": "internal", "status": "open"}


def act(verb: str, need: Need) -> str:
    return reverse(f"admin:municipalities_need_{verb}", args=[need.pk])


def old_need(days: int = 100) -> Need:
    need: Need = add_need(
        pooled_candidate(), at=timezone.localtime() - timedelta(days=days), urgency=3, text_uk="Поради"
    )
    return need


def test_one_tap_confirms_the_edition_that_was_shown() -> None:
    need = old_need()
    answer = desk("andrij").post(act("confirm", need), {"edition": "1"}, follow=True)
    assert "The need is confirmed today." in text(answer)
    need.refresh_from_db()
    assert need.confirmed_on == timezone.localdate()


@pytest.mark.parametrize("seen", ["", "x", "7"])
def test_one_tap_on_an_edition_that_was_not_shown_confirms_nothing(seen: str) -> None:
    need = old_need()
    answer = desk("andrij").post(act("confirm", need), {"edition": seen}, follow=True)
    assert "Somebody else has changed this need in the meantime." in text(answer)
    assert Need.objects.get().confirmed_on == need.confirmed_on


def test_a_change_from_an_old_page_shows_both_versions_and_can_be_saved_again() -> None:
    need = old_need()
    needs.change_need(
        need=need, seen_edition=1, changes={"text_uk": "Їхні слова"}, by=actor("andrij"), at=timezone.now()
    )
    answer = desk("andrij").post(act("edit", need), {**CHANGED, "edition": "1"})
    assert answer.status_code == 409
    assert ("Description in Ukrainian", "Їхні слова", "Нові слова") in answer.context["versions"]
    again = desk("andrij").post(
        act("edit", need), {**CHANGED, "edition": answer.context["form"]["edition"].value()}
    )
    assert again.status_code == 302
    assert Need.objects.get().text_uk == "Нові слова"


def test_a_need_that_may_not_be_public_says_so_at_the_field() -> None:
    need = old_need()
    answer = desk("andrij").post(act("edit", need), {**CHANGED, "visibility": "public", "edition": "1"})
    assert list(answer.context["form"].errors) == ["visibility"]
    assert "Нові слова" in text(answer)


def test_a_need_is_added_and_its_double_is_named_at_the_field() -> None:
    candidate = pooled_candidate()
    address = reverse("admin:municipalities_candidate_add_need", args=[candidate.pk])
    data = {
        "theme": theme("education").pk,
        "horizon": "long",
        "urgency": "2",
        "visibility": "internal",
        "text_uk": "Поради",
    }
    assert "The need is added." in text(desk("andrij").post(address, data, follow=True))
    again = desk("andrij").post(address, data)
    assert list(again.context["form"].errors) == ["theme"]
    assert Need.objects.count() == 1


def test_a_need_out_of_scope_says_that_it_is_referred() -> None:
    candidate = pooled_candidate()
    add_need(candidate, "physical-reconstruction", "long")
    page = text(desk("kari").get(reverse("admin:municipalities_candidate_change", args=[candidate.pk])))
    assert "out of scope: recorded and referred" in page


def test_a_need_is_closed_after_a_question_and_stays_in_the_history() -> None:
    need = old_need()
    browser = desk("andrij")
    assert "closed for good" in text(browser.get(act("withdraw", need)))
    browser.post(act("withdraw", need), {"edition": "1", "reason": "Solved by a neighbour"})
    assert Need.objects.get().status == NeedStatus.WITHDRAWN
    page = text(browser.get(act("change", need)))
    assert "Status: open → no longer current" in page
    assert "Solved by a neighbour" in page


def test_closing_a_need_somebody_has_just_changed_asks_again() -> None:
    need = old_need()
    needs.change_need(
        need=need, seen_edition=1, changes={"urgency": 1}, by=actor("andrij"), at=timezone.now()
    )
    answer = desk("andrij").post(act("withdraw", need), {"edition": "1", "reason": ""})
    assert answer.status_code == 409
    assert Need.objects.get().status == NeedStatus.OPEN


def test_ks_suggests_and_auc_accepts_in_one_tap_without_seeing_who_in_ks() -> None:
    need = old_need()
    desk("kari").post(act("comment", need), {"text": "Could this be wider?"})
    comment = need.comments.get()
    browser = desk("andrij")
    page = text(browser.get(act("change", need)))
    assert "Could this be wider?" in page
    assert "Kari" not in page
    accept = reverse("admin:municipalities_need_accept", args=[need.pk, comment.pk])
    assert "The suggestion is accepted." in text(browser.post(accept, follow=True))
    assert "accepted already" in text(browser.post(accept, follow=True))


def test_a_text_over_the_limit_is_refused_at_the_field_and_kept() -> None:
    need = old_need()
    answer = desk("andrij").post(act("edit", need), {**CHANGED, "text_uk": "я" * 501, "edition": "1"})
    assert list(answer.context["form"].errors) == ["text_uk"]
    assert "я" * 501 in text(answer)


@pytest.mark.parametrize("places", [[POLTAVA], [POLTAVA, LVIV, TESTIVSKA]])
def test_the_lists_take_the_same_queries_at_any_length(
    places: list[str], django_assert_num_queries: Callable[..., Any]
) -> None:
    for katottg in places:
        candidate = pooled_candidate(katottg)
        categorised(candidate)
        add_need(candidate)
    browser = desk("kari")
    browser.get(reverse("admin:municipalities_need_changelist"))
    with django_assert_num_queries(8):
        browser.get(reverse("admin:municipalities_need_changelist"), {"status__exact": "open"})
    with django_assert_num_queries(7):
        browser.get(
            reverse("admin:municipalities_categoryassessment_changelist"), {"category__exact": "outside"}
        )


def test_the_longest_unconfirmed_comes_first_and_closed_needs_last() -> None:
    now = timezone.now()
    fresh = add_need(pooled_candidate(POLTAVA), at=now)
    closed = add_need(pooled_candidate(TESTIVSKA), at=now - timedelta(days=200))
    needs.withdraw_need(need=closed, by=actor("andrij"), at=now)
    old = add_need(pooled_candidate(LVIV), at=now - timedelta(days=150))
    answer = desk("andrij").get(reverse("admin:municipalities_need_changelist"))
    assert list(answer.context["cl"].result_list) == [old, fresh, closed]


def test_an_assessment_is_read_on_its_candidates_page() -> None:
    assessment = categorised(pooled_candidate())
    answer = desk("kari").get(reverse("admin:municipalities_categoryassessment_change", args=[assessment.pk]))
    home = reverse("admin:municipalities_candidate_change", args=[assessment.candidate_id])
    assert answer["Location"] == f"{home}#category"


@pytest.mark.parametrize(
    "address", ["need/999/change/", "need/x/change/", "candidate/x/change/", "categoryassessment/x/change/"]
)
def test_an_unknown_row_is_not_found(address: str) -> None:
    assert desk("kari").get(f"/desk/municipalities/{address}").status_code == 404

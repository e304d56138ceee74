"""Room 3: needs are AUC's, current, confirmed on a date, and never more open than the candidate's category allows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.refusals import TextMissing
from kommunesamarbeid.core.roles import NotAllowed
from municipalities.choices import Category, NeedStatus, NeedVisibility
from municipalities.models import Need, NeedComment
from municipalities.needs import needs
from tests.municipalities.pool import add_need, categorised, pooled_candidate
from tests.people import NOW, TODAY, actor
from tests.places import theme

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=40)


def test_add_need_is_confirmed_today_and_seen_by_ks_and_auc_only() -> None:
    need = add_need(pooled_candidate(), "education", "long", 1, text_uk="Поради")
    assert (need.confirmed_on, need.confirmed_by_id) == (TODAY, actor("andrij").id)
    assert (need.visibility, need.status, need.edition) == (NeedVisibility.INTERNAL, NeedStatus.OPEN, 1)


@pytest.mark.parametrize("who", ["kari", "guro", "lars", "olena", "astrid"])
def test_only_auc_editors_write_needs(who: str) -> None:
    need = add_need(pooled_candidate())
    by = actor(who)
    for act in (
        lambda: needs.add_need(
            candidate=need.candidate, theme=theme("youth"), horizon="long", urgency=1, by=by, at=NOW
        ),
        lambda: needs.change_need(need=need, seen_edition=1, changes={"urgency": 1}, by=by, at=NOW),
        lambda: needs.confirm_need(need=need, by=by, at=NOW),
        lambda: needs.withdraw_need(need=need, by=by, at=NOW),
        lambda: needs.add_teaching(candidate=need.candidate, theme=theme("youth"), by=by, at=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Need.objects.count() == 1


def test_a_candidate_has_one_current_need_per_theme_and_horizon() -> None:
    candidate = pooled_candidate()
    first = add_need(candidate, "education", "long")
    add_need(candidate, "education", "short")
    with pytest.raises(needs.NeedExists) as refusal:
        add_need(candidate, "education", "long")
    assert refusal.value.need == first
    needs.withdraw_need(need=first, by=actor("andrij"), at=NOW)
    add_need(candidate, "education", "long")
    assert candidate.needs.current().count() == 2


def test_the_database_itself_refuses_a_second_current_need() -> None:
    need = add_need(pooled_candidate())
    need.pk = None
    with pytest.raises(DatabaseError), transaction.atomic():
        Need.objects.bulk_create([need])


def test_a_theme_is_used_for_the_horizon_it_is_meant_for() -> None:
    candidate = pooled_candidate()
    with pytest.raises(needs.HorizonMismatch):
        add_need(candidate, "winter-relief", "long")
    add_need(candidate, "winter-relief", "short")


def test_a_retired_theme_cannot_be_chosen() -> None:
    old = theme("youth")
    old.retired_at = NOW
    with pytest.raises(needs.ThemeNotOffered):
        needs.add_need(
            candidate=pooled_candidate(), theme=old, horizon="long", urgency=1, by=actor("andrij"), at=NOW
        )


def test_a_need_out_of_scope_is_recorded_and_referred() -> None:
    need = add_need(pooled_candidate(), "physical-reconstruction", "long")
    assert needs.is_referred(need.theme)
    assert AuditEvent.objects.get(action="need.added").data["referred"] is True
    with pytest.raises(needs.ThemeNotOffered):
        needs.add_teaching(candidate=need.candidate, theme=need.theme, by=actor("andrij"), at=NOW)


@pytest.mark.parametrize("category", [None, Category.WAR_ZONE, Category.UNDETERMINED])
def test_a_need_cannot_be_public_in_the_war_zone_or_undetermined(category: Category | None) -> None:
    candidate = pooled_candidate()
    if category:
        categorised(candidate, category)
    with pytest.raises(needs.TooPublic):
        add_need(candidate, visibility=NeedVisibility.PUBLIC)
    need = add_need(candidate, visibility=NeedVisibility.PARTNERS)
    with pytest.raises(needs.TooPublic):
        needs.change_need(
            need=need,
            seen_edition=1,
            changes={"visibility": NeedVisibility.PUBLIC},
            by=actor("andrij"),
            at=NOW,
        )


def test_a_public_need_is_the_partners_on_a_day_without_a_category() -> None:
    candidate = pooled_candidate()
    categorised(candidate, Category.OUTSIDE)
    need = add_need(candidate, visibility=NeedVisibility.PUBLIC)
    assert needs.visibility_on(need, Category.OUTSIDE) == NeedVisibility.PUBLIC
    assert needs.visibility_on(need, Category.UNDETERMINED) == NeedVisibility.PARTNERS
    assert needs.visibility_on(need, Category.WAR_ZONE) == NeedVisibility.PARTNERS


def test_change_need_confirms_it_and_keeps_the_edition_before() -> None:
    need = add_need(pooled_candidate(), urgency=3)
    changed = needs.change_need(
        need=need, seen_edition=1, changes={"urgency": 1}, by=actor("andrij"), at=LATER
    )
    assert (changed.urgency, changed.edition, changed.confirmed_on) == (1, 2, LATER.date())
    newest, first = changed.history.order_by("-history_id")
    assert (first.urgency, newest.urgency) == (3, 1)
    assert (newest.history_date, newest.history_user_id) == (LATER, actor("andrij").id)


def test_of_two_editors_on_one_need_the_second_is_shown_what_the_first_saved() -> None:
    need = add_need(pooled_candidate(), urgency=3)
    needs.change_need(need=need, seen_edition=1, changes={"urgency": 1}, by=actor("andrij"), at=NOW)
    acts: tuple[Callable[[], object], ...] = (
        lambda: needs.change_need(
            need=need, seen_edition=1, changes={"urgency": 4}, by=actor("andrij"), at=NOW
        ),
        lambda: needs.confirm_need(need=need, seen_edition=1, by=actor("andrij"), at=NOW),
        lambda: needs.withdraw_need(need=need, seen_edition=1, by=actor("andrij"), at=NOW),
    )
    for act in acts:
        with pytest.raises(needs.StaleNeed) as refusal:
            act()
        assert refusal.value.current.urgency == 1
    assert Need.objects.get().status == NeedStatus.OPEN


def test_confirm_need_changes_its_date_and_nothing_else() -> None:
    need = add_need(pooled_candidate())
    needs.confirm_need(need=need, by=actor("andrij"), at=LATER, seen_edition=1)
    need.refresh_from_db()
    assert (need.confirmed_on, need.edition) == (LATER.date(), 1)


def test_a_need_that_has_run_out_cannot_be_confirmed_before_its_date_is_changed() -> None:
    need = add_need(pooled_candidate(), valid_to=TODAY)
    with pytest.raises(needs.AlreadyOver):
        needs.confirm_need(need=need, by=actor("andrij"), at=LATER)
    with pytest.raises(needs.AlreadyOver):
        add_need(need.candidate, "youth", valid_to=date(2026, 1, 1))
    needs.change_need(need=need, seen_edition=1, changes={"valid_to": None}, by=actor("andrij"), at=LATER)
    assert Need.objects.get().confirmed_on == LATER.date()


@pytest.mark.parametrize("status", [NeedStatus.MET, NeedStatus.WITHDRAWN])
def test_a_closed_need_stays_closed(status: NeedStatus) -> None:
    need = add_need(pooled_candidate())
    if status == NeedStatus.MET:
        needs.change_need(need=need, seen_edition=1, changes={"status": status}, by=actor("andrij"), at=NOW)
    else:
        needs.withdraw_need(need=need, by=actor("andrij"), at=NOW, reason="Solved elsewhere")
    for act in (
        lambda: needs.change_need(
            need=need, seen_edition=2, changes={"status": NeedStatus.OPEN}, by=actor("andrij"), at=NOW
        ),
        lambda: needs.confirm_need(need=need, by=actor("andrij"), at=NOW),
        lambda: needs.withdraw_need(need=need, by=actor("andrij"), at=NOW),
        lambda: needs.comment_need(need=need, text="Still?", by=actor("kari"), at=NOW),
    ):
        with pytest.raises(needs.NeedClosed):
            act()
    assert Need.objects.get().status == status


def test_ks_suggests_and_auc_accepts_once() -> None:
    need = add_need(pooled_candidate())
    comment = needs.comment_need(need=need, text=" Could this be wider? ", by=actor("kari"), at=NOW)
    assert comment.text == "Could this be wider?"
    with pytest.raises(NotAllowed):
        needs.accept_comment(comment=comment, by=actor("kari"), at=NOW)
    needs.accept_comment(comment=comment, by=actor("andrij"), at=NOW)
    with pytest.raises(needs.AlreadyAccepted):
        needs.accept_comment(comment=comment, by=actor("andrij"), at=NOW)


def test_auc_does_not_comment_and_a_comment_says_something() -> None:
    need = add_need(pooled_candidate())
    with pytest.raises(NotAllowed):
        needs.comment_need(need=need, text="Ours", by=actor("andrij"), at=NOW)
    with pytest.raises(TextMissing):
        needs.comment_need(need=need, text="  ", by=actor("kari"), at=NOW)
    assert not NeedComment.objects.exists()


def test_what_a_candidate_can_teach_is_listed_once_and_can_be_taken_off() -> None:
    candidate = pooled_candidate()
    teaching = needs.add_teaching(candidate=candidate, theme=theme("youth"), by=actor("andrij"), at=NOW)
    with pytest.raises(needs.TeachingExists):
        needs.add_teaching(candidate=candidate, theme=theme("youth"), by=actor("andrij"), at=NOW)
    needs.remove_teaching(teaching=teaching, by=actor("andrij"), at=NOW)
    assert not candidate.teachings.exists()
    assert AuditEvent.objects.get(action="teaching.removed").data == {
        "candidate": candidate.pk,
        "theme": "youth",
    }


def test_every_act_on_a_need_leaves_its_row_in_the_trail() -> None:
    need = add_need(pooled_candidate())
    needs.confirm_need(need=need, by=actor("andrij"), at=NOW)
    needs.change_need(need=need, seen_edition=1, changes={"urgency": 4}, by=actor("andrij"), at=NOW)
    needs.withdraw_need(need=need, by=actor("andrij"), at=NOW)
    rows = AuditEvent.objects.filter(object_type="municipalities.need", object_id=str(need.pk)).order_by("id")
    assert list(rows.values_list("action", flat=True)) == [
        "need.added",
        "need.confirmed",
        "need.changed",
        "need.withdrawn",
    ]


def test_a_national_identity_number_is_never_kept_and_the_rest_is() -> None:
    number = "01010000110"
    need = add_need(pooled_candidate(), text_uk=f"Поради {number} про школи", quantity=number)
    comment = needs.comment_need(need=need, text=f"Ask {number}", by=actor("kari"), at=NOW)
    needs.withdraw_need(need=need, reason=f"Done {number}", by=actor("andrij"), at=NOW)
    kept = [need.text_uk, need.quantity, comment.text, *AuditEvent.objects.values_list("reason", flat=True)]
    assert not any(number in text for text in kept)
    assert need.text_uk.startswith("Поради")
    assert comment.text.startswith("Ask")


def test_several_needs_are_confirmed_at_once_and_what_moved_is_left() -> None:
    candidate = pooled_candidate()
    first, moved, closed = (
        add_need(candidate),
        add_need(candidate, "youth"),
        add_need(candidate, "winter-relief", "short"),
    )
    needs.change_need(need=moved, seen_edition=1, changes={"urgency": 4}, by=actor("andrij"), at=NOW)
    needs.withdraw_need(need=closed, by=actor("andrij"), at=NOW)
    seen = {need.pk: 1 for need in (first, moved, closed)}
    confirmed, left = needs.confirm_needs(candidate=candidate, seen=seen, by=actor("andrij"), at=LATER)
    assert (confirmed, left) == ([first], [moved, closed])


def test_a_need_of_another_candidate_is_not_confirmed_along() -> None:
    other = add_need(pooled_candidate("UA46060250000025047"))
    confirmed, left = needs.confirm_needs(
        candidate=pooled_candidate(), seen={other.pk: 1}, by=actor("andrij"), at=LATER
    )
    assert (confirmed, left) == ([], [])


def test_translations_are_kept_apart_with_their_own_marks() -> None:
    need = add_need(
        pooled_candidate(), text_uk="Поради", text_en="Advice", text_nb="Råd", text_nb_by_machine=True
    )
    assert (need.text_en_by_machine, need.text_nb_by_machine) == (False, True)


@pytest.mark.parametrize("name", ["text_uk", "text_en", "text_nb"])
def test_a_text_holds_500_characters_and_no_more(name: str) -> None:
    need = add_need(pooled_candidate())
    need = needs.change_need(need=need, seen_edition=1, changes={name: "я" * 500}, by=actor("andrij"), at=NOW)
    with pytest.raises(needs.TextTooLong):
        needs.change_need(need=need, seen_edition=2, changes={name: "я" * 501}, by=actor("andrij"), at=NOW)


def test_comments_reasons_and_what_one_teaches_are_asked_about_too() -> None:
    need, place = add_need(pooled_candidate()), "На вул. Миру, 4"
    acts: tuple[Callable[[bool], object], ...] = (
        lambda checked: needs.comment_need(
            need=need, text=place, by=actor("kari"), at=NOW, is_checked=checked
        ),
        lambda checked: needs.add_teaching(
            candidate=need.candidate,
            theme=theme("youth"),
            text=place,
            by=actor("andrij"),
            at=NOW,
            is_checked=checked,
        ),
        lambda checked: needs.withdraw_need(
            need=need, reason=place, by=actor("andrij"), at=NOW, is_checked=checked
        ),
    )
    for act in acts:
        with pytest.raises(needs.Sensitive):
            act(False)
        act(True)
    assert Need.objects.get().status == NeedStatus.WITHDRAWN

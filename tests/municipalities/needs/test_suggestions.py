"""What a hromada says waits, before → after, until AUC accepts it or leaves it; nothing is changed on its way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from kommunesamarbeid.core.models import AuditEvent
from kommunesamarbeid.core.refusals import ReasonMissing
from kommunesamarbeid.core.roles import Actor, NotAllowed
from municipalities.candidates.candidates import consents_on
from municipalities.choices import ConsentScope, NeedStatus, SuggestionOutcome
from municipalities.models import ContactPerson, Need, Suggestion
from municipalities.needs import needs, suggestions
from municipalities.people import hromada_links
from tests.municipalities.hromadas import TARAS, contact, voice
from tests.municipalities.pool import LVIV, add_need, pooled_candidate
from tests.people import NOW, TODAY, actor
from tests.places import theme

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=3)


def test_a_change_is_kept_before_and_after_and_changes_nothing_until_auc_accepts() -> None:
    need = add_need(pooled_candidate(), urgency=3, text_uk="Поради")
    said = suggestions.suggest_change(
        need=need,
        changes={"urgency": 1, "text_uk": "Поради", "valid_to": date(2027, 1, 1)},
        by=voice(need.candidate),
        at=NOW,
    )
    assert (said.before, said.after) == (
        {"urgency": 3, "valid_to": None},
        {"urgency": 1, "valid_to": "2027-01-01"},
    )
    assert Need.objects.get().urgency == 3
    suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER)
    need.refresh_from_db()
    assert (need.urgency, need.valid_to, need.edition) == (1, date(2027, 1, 1), 2)


def test_an_accepted_confirmation_is_as_old_as_what_the_hromada_said() -> None:
    need = add_need(pooled_candidate(), at=NOW - timedelta(days=100))
    said = suggestions.suggest_confirm(need=need, by=voice(need.candidate), at=NOW)
    suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER)
    need.refresh_from_db()
    assert (need.confirmed_on, need.confirmed_by_id) == (TODAY, actor("andrij").id)


def test_accepting_leaves_the_rows_in_the_trail_that_writing_it_would() -> None:
    candidate = pooled_candidate()
    need = add_need(candidate)
    said = [
        suggestions.suggest_withdraw(need=need, reason="Вирішено", by=voice(candidate), at=NOW),
        suggestions.suggest_need(
            candidate=candidate, theme=theme("youth"), horizon="long", urgency=2, by=voice(candidate), at=NOW
        ),
        suggestions.suggest_teaching(candidate=candidate, theme=theme("youth"), by=voice(candidate), at=NOW),
    ]
    before = AuditEvent.objects.latest("id").pk
    for one in said:
        suggestions.accept_suggestion(suggestion=one, by=actor("andrij"), at=LATER)
    rows = AuditEvent.objects.filter(pk__gt=before).order_by("id")
    assert list(rows.values_list("action", flat=True)) == [
        "need.withdrawn",
        "suggestion.accepted",
        "need.added",
        "suggestion.accepted",
        "teaching.added",
        "suggestion.accepted",
    ]


def test_auc_accepts_what_it_saw_and_not_a_need_that_has_moved() -> None:
    need = add_need(pooled_candidate(), urgency=3)
    said = suggestions.suggest_change(need=need, changes={"urgency": 1}, by=voice(need.candidate), at=NOW)
    needs.change_need(need=need, seen_edition=1, changes={"text_uk": "Нове"}, by=actor("andrij"), at=NOW)
    with pytest.raises(needs.StaleNeed):
        suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER, seen_edition=1)
    assert Suggestion.objects.get().outcome == SuggestionOutcome.WAITING
    said.refresh_from_db()
    suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER, seen_edition=2)
    assert Need.objects.values_list("urgency", "text_uk").get() == (1, "Нове")


def test_a_declined_change_needs_a_reason_and_is_closed_for_good() -> None:
    need = add_need(pooled_candidate())
    said = suggestions.suggest_withdraw(need=need, by=voice(need.candidate), at=NOW)
    with pytest.raises(ReasonMissing):
        suggestions.decline_suggestion(suggestion=said, reason=" ", by=actor("andrij"), at=LATER)
    suggestions.decline_suggestion(suggestion=said, reason="Ще триває", by=actor("andrij"), at=LATER)
    with pytest.raises(suggestions.Decided):
        suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER)
    assert Need.objects.get().status == NeedStatus.OPEN


@pytest.mark.parametrize("who", ["kari", "guro", "lars", "olena", "astrid"])
def test_only_auc_editors_decide(who: str) -> None:
    need = add_need(pooled_candidate())
    said = suggestions.suggest_confirm(need=need, by=voice(need.candidate), at=NOW)
    with pytest.raises(NotAllowed):
        suggestions.accept_suggestion(suggestion=said, by=actor(who), at=LATER)
    with pytest.raises(NotAllowed):
        suggestions.decline_suggestion(suggestion=said, reason="No", by=actor(who), at=LATER)
    with pytest.raises(NotAllowed):
        suggestions.accept_all(candidate=need.candidate, seen={said.pk: 1}, by=actor(who), at=LATER)


def test_nobody_speaks_for_another_hromada() -> None:
    need = add_need(pooled_candidate())
    lviv = voice(pooled_candidate(LVIV))
    for by in (lviv, actor("andrij"), Actor.contact(contact(need.candidate).pk)):
        with pytest.raises(suggestions.NotYours):
            suggestions.suggest_confirm(need=need, by=by, at=NOW)
        with pytest.raises(suggestions.NotYours):
            suggestions.suggest_consent(
                candidate=need.candidate, scope="public", given_by="Рада", by=by, at=NOW
            )
    assert not Suggestion.objects.exists()


def test_a_second_word_on_the_same_need_takes_the_first_back() -> None:
    need = add_need(pooled_candidate())
    first = suggestions.suggest_confirm(need=need, by=voice(need.candidate), at=NOW)
    suggestions.suggest_withdraw(need=need, by=voice(need.candidate), at=LATER)
    first.refresh_from_db()
    assert first.outcome == SuggestionOutcome.TAKEN_BACK
    assert [one.kind for one in suggestions.waiting_of(need.candidate)] == ["withdraw"]


def test_saying_what_is_known_already_says_nothing() -> None:
    need = add_need(pooled_candidate(), urgency=3)
    with pytest.raises(suggestions.NothingSaid):
        suggestions.suggest_change(need=need, changes={"urgency": 3}, by=voice(need.candidate), at=NOW)


def test_a_consent_counts_from_the_day_it_was_said_once_accepted() -> None:
    candidate = pooled_candidate()
    said = suggestions.suggest_consent(
        candidate=candidate, scope="norwegian", given_by="Рада", by=voice(candidate), at=NOW
    )
    assert consents_on(TODAY) == {}
    suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER)
    assert consents_on(TODAY) == {candidate.pk: ConsentScope.NORWEGIAN}
    assert candidate.consents.get().given_by == "Рада"


def test_a_new_contact_is_no_contact_before_auc_accepts_and_takes_over_then() -> None:
    candidate = pooled_candidate()
    old = contact(candidate)
    said = suggestions.suggest_contact(
        candidate=candidate,
        email="Nova@poltava.example",
        name="Нова",
        replaces=True,
        by=voice(candidate),
        at=NOW,
    )
    assert list(hromada_links.current_contacts(candidate.hromada_id)) == [old]
    assert hromada_links.request_links(email="nova@poltava.example", at=NOW) == 0
    suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER)
    assert [person.email for person in hromada_links.current_contacts(candidate.hromada_id)] == [
        "nova@poltava.example"
    ]
    old.refresh_from_db()
    assert (old.name, old.email, old.phone, old.erased_at) == ("", "", "", LATER)


def test_who_corrects_themselves_stays_the_same_contact() -> None:
    candidate = pooled_candidate()
    said = suggestions.suggest_contact(
        candidate=candidate, **{**TARAS, "name": "Тарас Новий"}, replaces=False, by=voice(candidate), at=NOW
    )
    suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER)
    assert [(person.pk, person.name) for person in hromada_links.current_contacts(candidate.hromada_id)] == [
        (contact(candidate).pk, "Тарас Новий")
    ]


def test_a_person_stands_in_no_suggestion_and_no_audit_row_and_is_erased_when_declined() -> None:
    candidate = pooled_candidate()
    said = suggestions.suggest_contact(
        candidate=candidate,
        email="n@poltava.example",
        name="Нова",
        replaces=True,
        by=voice(candidate),
        at=NOW,
    )
    suggestions.decline_suggestion(suggestion=said, reason="Незнайома особа", by=actor("andrij"), at=LATER)
    kept = f"{list(Suggestion.objects.values())} {list(AuditEvent.objects.values())}"
    assert [word for word in ("Нова", "n@poltava", *TARAS.values()) if word in kept] == []
    assert ContactPerson.objects.filter(proposals=said).values_list("name", "email").get() == ("", "")


def test_accept_all_does_what_it_can_and_names_what_needs_a_look() -> None:
    candidate = pooled_candidate()
    first, second = add_need(candidate), add_need(candidate, "youth")
    by = voice(candidate)
    good = suggestions.suggest_change(need=first, changes={"urgency": 1}, by=by, at=NOW)
    doubtful = suggestions.suggest_change(
        need=second, changes={"text_uk": "вул. Миру, 4"}, is_checked=True, by=by, at=NOW
    )
    accepted, left = suggestions.accept_all(
        candidate=candidate, seen={good.pk: 1, doubtful.pk: 1}, by=actor("andrij"), at=LATER
    )
    assert (accepted, left) == ([good], [doubtful])
    assert [one.pk for one in suggestions.waiting_of(candidate)] == [doubtful.pk]


def test_a_text_that_may_give_away_a_place_is_asked_about_on_both_sides() -> None:
    need = add_need(pooled_candidate())
    changes = {"text_uk": "Поруч із 49.5883, 34.5514"}
    with pytest.raises(needs.Sensitive):
        suggestions.suggest_change(need=need, changes=changes, by=voice(need.candidate), at=NOW)
    said = suggestions.suggest_change(
        need=need, changes=changes, is_checked=True, by=voice(need.candidate), at=NOW
    )
    with pytest.raises(needs.Sensitive):
        suggestions.accept_suggestion(suggestion=said, by=actor("andrij"), at=LATER)
    suggestions.accept_suggestion(suggestion=said, is_checked=True, by=actor("andrij"), at=LATER)
    assert AuditEvent.objects.get(action="need.changed").data["finds"] == ["coordinates"]


@pytest.mark.parametrize("change", [{"after": {"urgency": 4}}, {"kind": "withdraw"}, {"said_at": LATER}])
def test_the_database_itself_keeps_what_was_said(change: dict[str, object]) -> None:
    need = add_need(pooled_candidate())
    said = suggestions.suggest_change(need=need, changes={"urgency": 1}, by=voice(need.candidate), at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Suggestion.objects.filter(pk=said.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Suggestion.objects.filter(pk=said.pk)._raw_delete("default")

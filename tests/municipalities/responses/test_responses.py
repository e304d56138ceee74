"""The services of responses: a draft that loses nothing, versions that never change, and KS's review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from post_office.models import Email

from kommunesamarbeid.core.events import EVENTS
from kommunesamarbeid.core.lifecycle import NotAStep, StaleState
from kommunesamarbeid.core.models import AuditEvent, MailRecord
from kommunesamarbeid.core.refusals import ReasonMissing
from kommunesamarbeid.core.roles import Actor, NotAllowed
from municipalities.models import ContactPerson, Offer, Response, ResponseVersion, Wish
from municipalities.responses.drafts import find_response, people_values
from municipalities.responses.references import ALPHABET, new_reference, read_reference
from municipalities.responses.responses import (
    Incomplete,
    NotYourResponse,
    RoundClosed,
    StaleDraft,
    ask_for_info,
    defer_response,
    mark_ready,
    save_draft,
    start_response,
    submit_response,
    withdraw_response,
)
from municipalities.states import RESPONSE_TRANSITIONS, ResponseState
from tests.municipalities.answers import begun_response, contact, ready_response, submitted_response
from tests.people import NOW, TODAY, actor
from tests.places import municipality, round_open, theme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
LATER = NOW + timedelta(hours=1)


def mona() -> Actor:
    """Return Mona of Bodø."""
    return Actor.contact(contact().pk)


def ola() -> Actor:
    """Return Ola of Tromsø, who must not see."""
    return Actor.contact(contact("5501", "ola@tromso.kommune.no").pk)


def save(response: Response, by: Actor | None = None, **values: Any) -> int:
    """Save values into the draft, having seen it as it is."""
    return save_draft(
        response=response, values=values, by=by or mona(), at=LATER, seen_number=response.draft_number
    )


def resubmit(response: Response) -> ResponseVersion:
    """Submit the draft as it is."""
    return submit_response(response=response, by=mona(), at=LATER, language="nb")


def test_f07_draft_lives_in_the_database_from_the_first_page() -> None:
    response = begun_response()

    again = find_response(municipality())

    assert again is not None
    assert (again.pk, again.draft["staff_hours"], again.state) == (response.pk, "10_25", ResponseState.DRAFT)


def test_second_start_gives_the_response_that_is_there() -> None:
    first = begun_response()
    colleague = contact(email="kollega@bodo.kommune.no")

    second = start_response(
        municipality=municipality(),
        round=round_open(),
        contact=colleague,
        by=Actor.contact(colleague.pk),
        at=LATER,
    )

    assert second.pk == first.pk


def test_contact_details_go_to_the_contact_person_and_never_into_the_draft() -> None:
    response = begun_response()

    assert people_values(response)["contact_name"] == "Mona Berg"
    assert "Mona" not in str(response.draft)
    assert "Mona" not in str(list(response.history.values()))


def test_another_address_as_contact_person_leaves_the_link_holder_as_she_is() -> None:
    response = begun_response()
    holder = contact()
    holder.links.create(token_hash="x", created_at=NOW, expires_at=LATER)

    save(response, contact_email="leder@bodo.kommune.no", contact_name="Leder")

    response = Response.objects.select_related("contact").get()
    assert response.contact is not None
    assert (response.contact.email, response.contact.pk != holder.pk) == ("leder@bodo.kommune.no", True)
    holder.refresh_from_db()
    assert holder.email == "mona@bodo.kommune.no"


def test_f12_second_saver_is_told_and_nothing_is_overwritten() -> None:
    response = begun_response()
    seen = response.draft_number
    save(response, notes="First.")

    with pytest.raises(StaleDraft) as stale:
        save_draft(response=response, values={"notes": "Second."}, by=mona(), at=LATER, seen_number=seen)

    assert stale.value.response.draft["notes"] == "First."


def test_l12_identity_number_is_never_stored() -> None:
    response = begun_response()

    save(response, notes="Call 01819010001 now", contact_phone="018190 10001")

    stored = Response.objects.select_related("contact").get()
    assert stored.contact is not None
    assert (stored.draft["notes"], stored.contact.phone) == ("Call  now", "")


def test_too_long_contact_field_is_kept_as_far_as_the_column_goes() -> None:
    response = begun_response()

    save(response, contact_name="x" * 10_000)

    assert ContactPerson.objects.get().name == "x" * 200


@pytest.mark.parametrize("act", ["start", "save", "submit", "withdraw"])
def test_another_municipalitys_contact_can_do_nothing(act: str) -> None:
    response, by = begun_response(), ola()
    acts: dict[str, Any] = {
        "start": lambda: start_response(
            municipality=municipality(), round=round_open(), contact=contact(), by=by, at=NOW
        ),
        "save": lambda: save(response, by=by, notes="x"),
        "submit": lambda: submit_response(response=response, by=by, at=NOW, language="nb"),
        "withdraw": lambda: withdraw_response(response=response, by=by, at=NOW),
    }

    with pytest.raises(NotYourResponse):
        acts[act]()


def test_erased_contact_can_do_nothing() -> None:
    response, by = begun_response(), mona()
    ContactPerson.objects.update(erased_at=NOW)

    with pytest.raises(NotYourResponse):
        save(response, by=by, notes="x")


def test_submitting_writes_a_version_with_its_offers_and_wishes() -> None:
    version = submitted_response()

    assert (version.number, version.structure, version.response.state) == (
        1,
        "2026-1",
        ResponseState.SUBMITTED,
    )
    assert sorted(Offer.objects.values_list("theme__slug", "level")) == [("education", 3), ("youth", 2)]
    assert list(Wish.objects.values_list("theme__slug", flat=True)) == ["municipal-finance"]


def test_submitted_answers_are_canonical() -> None:
    answers = submitted_response(capacity="2").answers

    assert answers == {
        "anchoring": "council",
        "anchoring_body": "Kommunestyret",
        "anchoring_on": "2026-03-12",
        "anchoring_case": "26/123",
        "offers": {
            "education": {"level": 3, "text": "Spesialpedagogikk og skoleledelse."},
            "youth": {"level": 2, "text": ""},
        },
        "wishes": ["municipal-finance"],
        "scope_understood": True,
        "horizons": ["short", "long"],
        "short_term_capacity": 1,
        "staff_hours": "10_25",
        "capacity": 2,
        "travel": "west",
        "host": "yes",
        "preference": "none",
        "refusal": "none",
        "languages": ["en"],
        "interpreter": "yes",
        "existing_contact": "no",
    }


def test_short_term_capacity_none_is_an_answer_and_not_unknown() -> None:
    assert submitted_response(short_term_capacity="0").answers["short_term_capacity"] == 0


def test_f21_submitting_twice_gives_one_version_and_one_receipt() -> None:
    first = submitted_response()

    second = resubmit(first.response)

    assert second.pk == first.pk
    assert MailRecord.objects.filter(template="receipt").count() == 1


def test_f22_receipt_mail_carries_the_reference_and_no_answers() -> None:
    version = submitted_response()

    mail = Email.objects.get()
    assert version.response.reference in mail.subject + mail.message
    assert "Spesialpedagogikk" not in mail.message
    assert "Mona" not in mail.message


def test_f23_edit_after_submitting_is_a_draft_and_the_version_counts_till_resubmitted() -> None:
    version = submitted_response()
    save(version.response, capacity="3")
    assert version.response.versions.get().answers["capacity"] == 1

    resubmit(version.response)

    assert list(version.response.versions.values_list("number", "answers__capacity")) == [(2, 3), (1, 1)]


def test_edit_of_a_ready_response_is_reviewed_again() -> None:
    response = ready_response()
    save(response, capacity="3")

    resubmit(response)

    response.refresh_from_db()
    assert (response.state, response.ready_at, response.submitted_at) == (ResponseState.SUBMITTED, None, NOW)


def test_incomplete_draft_is_not_submitted_and_says_what_is_missing() -> None:
    response = begun_response(staff_hours="", offer_youth_level="")

    with pytest.raises(Incomplete) as refused:
        resubmit(response)

    assert sorted(refused.value.wrong) == ["offer-youth", "staff-hours"]
    assert ResponseVersion.objects.count() == 0


def test_out_of_scope_theme_is_recorded_and_never_offered() -> None:
    version = submitted_response(
        offers=["education", "physical-reconstruction"], out_of_scope=["physical-reconstruction"]
    )

    assert version.answers["out_of_scope"] == ["physical-reconstruction"]
    assert list(version.offers.values_list("theme__slug", flat=True)) == ["education"]


def test_version_cannot_be_changed_even_past_the_service() -> None:
    version = submitted_response()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ResponseVersion.objects.filter(pk=version.pk).update(answers={})


def test_second_open_response_of_a_round_is_refused_by_the_database() -> None:
    response = begun_response()

    with pytest.raises(IntegrityError), transaction.atomic():
        Response.objects.create(
            municipality=response.municipality, round=response.round, reference="NO-2222-22", started_at=NOW
        )


@pytest.mark.parametrize("event", ["submit", "ready", "ask", "defer", "withdraw"])
def test_only_a_withdrawal_is_told_to_the_floor_above(event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    response = submitted_response().response
    heard: list[str] = []
    for name in EVENTS:
        monkeypatch.setitem(EVENTS, name, [lambda *, heard_as=name, **payload: heard.append(heard_as)])

    acts(response)[event]()

    assert heard == (["response_withdrawn"] if event == "withdraw" else [])


def acts(response: Response, by: Actor | None = None) -> dict[str, Any]:
    """Return what can be done with a response, ready to be called."""
    kari = by or actor("kari")

    def submit() -> None:
        save(response, capacity="4")
        resubmit(response)

    return {
        "submit": submit,
        "ready": lambda: mark_ready(response=response, by=kari, at=LATER),
        "ask": lambda: ask_for_info(
            response=response, question="Which school?", deadline=TODAY, by=kari, at=LATER
        ),
        "defer": lambda: defer_response(
            response=response, reason="No staff.", wake_on=TODAY, by=kari, at=LATER
        ),
        "withdraw": lambda: withdraw_response(response=response, by=kari, at=LATER, reason="Asked by phone."),
    }


LEADS_TO = {
    "ready": ResponseState.READY, "ask": ResponseState.AWAITING_INFO, "defer": ResponseState.DEFERRED,
    "withdraw": ResponseState.WITHDRAWN,
}  # fmt: skip
NEEDS = {"submitted_at": NOW, "wake_on": TODAY, "info_deadline": TODAY}


@pytest.mark.parametrize("source", ResponseState.values)
@pytest.mark.parametrize("act", sorted(LEADS_TO))
def test_review_moves_only_along_the_table(source: str, act: str) -> None:
    response = begun_response()
    Response.objects.update(state=source, **NEEDS)
    response.refresh_from_db()

    if LEADS_TO[act] in RESPONSE_TRANSITIONS[source]:
        acts(response)[act]()
        assert Response.objects.get().state == LEADS_TO[act]
    else:
        with pytest.raises(NotAStep):
            acts(response)[act]()


@pytest.mark.parametrize("who", ["lars", "andrij", "olena", "astrid"])
@pytest.mark.parametrize("act", sorted(LEADS_TO))
def test_only_coordinators_and_approvers_review(who: str, act: str) -> None:
    response = submitted_response().response

    with pytest.raises(NotAllowed):
        acts(response, actor(who))[act]()


def test_two_reviewers_at_once_cannot_both_win() -> None:
    response = submitted_response().response
    stale = Response.objects.get()
    mark_ready(response=response, by=actor("kari"), at=LATER)

    with pytest.raises(StaleState):
        defer_response(response=stale, reason="No staff.", wake_on=TODAY, by=actor("guro"), at=LATER)


def test_question_is_read_behind_the_link_and_the_mail_does_not_hold_it() -> None:
    response = submitted_response().response

    acts(response)["ask"]()

    response.refresh_from_db()
    assert (response.info_question, response.info_deadline) == ("Which school?", TODAY)
    assert "Which school?" not in str(Email.objects.values_list("subject", "message"))


def test_answer_to_a_question_is_a_new_version_also_when_nothing_changed() -> None:
    response = submitted_response().response
    acts(response)["ask"]()

    resubmit(response)

    response.refresh_from_db()
    assert (response.state, response.info_question, response.versions.count()) == (
        ResponseState.SUBMITTED,
        "",
        2,
    )


@pytest.mark.parametrize("act", ["ask", "defer", "withdraw"])
def test_reason_without_words_is_refused(act: str) -> None:
    response, kari = submitted_response().response, actor("kari")
    calls: dict[str, Any] = {
        "ask": lambda: ask_for_info(
            response=response, question=" 01819010001 ", deadline=TODAY, by=kari, at=LATER
        ),
        "defer": lambda: defer_response(response=response, reason=" ", wake_on=TODAY, by=kari, at=LATER),
        "withdraw": lambda: withdraw_response(response=response, by=kari, at=LATER),
    }

    with pytest.raises(ReasonMissing):
        calls[act]()


def test_submitted_response_keeps_an_address_that_can_be_reached() -> None:
    response = submitted_response().response

    save(response, contact_email="mona at bodo", contact_name="Mona B.")

    stored = Response.objects.select_related("contact").get()
    assert stored.contact is not None
    assert (stored.contact.name, stored.contact.email) == ("Mona B.", "mona@bodo.kommune.no")


def test_withdrawing_a_draft_without_a_right_address_tells_whoever_saved_it() -> None:
    response = begun_response(contact_email="not yet")
    contact("1804")
    save(response)
    Response.objects.update(draft_saved_by=contact("1804"))

    withdraw_response(response=Response.objects.get(), by=mona(), at=LATER)

    assert [mail.to for mail in Email.objects.all()] == [["mona@bodo.kommune.no"]]


def test_f24_municipality_withdraws_and_may_begin_again() -> None:
    response = ready_response()
    withdraw_response(response=response, by=mona(), at=LATER)

    again = start_response(
        municipality=municipality(), round=round_open(), contact=contact(), by=mona(), at=LATER
    )

    assert (Response.objects.get(pk=response.pk).state, again.state) == (
        ResponseState.WITHDRAWN,
        ResponseState.DRAFT,
    )
    assert again.pk != response.pk


def test_f30_closed_round_takes_no_new_response() -> None:
    mona_, current = contact(), round_open()
    current.closes_at = NOW
    current.save()

    with pytest.raises(RoundClosed):
        start_response(
            municipality=municipality(), round=current, contact=mona_, by=Actor.contact(mona_.pk), at=NOW
        )


def test_f30_response_begun_in_time_is_finished_in_the_grace_and_not_after_it() -> None:
    response = begun_response()
    response.round.closes_at = NOW + timedelta(minutes=5)
    response.round.save()

    submit_response(response=response, by=mona(), at=NOW + timedelta(minutes=34), language="nb")

    with pytest.raises(RoundClosed):
        save_draft(
            response=response,
            values={"notes": "x"},
            by=mona(),
            at=NOW + timedelta(minutes=36),
            seen_number=response.draft_number,
        )


def test_matched_response_cannot_be_edited() -> None:
    response = ready_response()
    Response.objects.update(state=ResponseState.MATCHED)
    response.refresh_from_db()

    with pytest.raises(RoundClosed):
        save(response, notes="x")


def test_f21_reference_can_be_read_aloud_and_shows_a_wrong_sign() -> None:
    reference = new_reference()

    assert read_reference(reference.lower().replace("-", " ")) == reference
    for place in (3, 4, 5, 6, 8, 9):
        for sign in set(ALPHABET) - {reference[place]}:
            assert read_reference(reference[:place] + sign + reference[place + 1 :]) is None


def test_a_name_is_no_reference() -> None:
    assert [read_reference(name) for name in ("Eidfjord", "Nord-Fron", "NO-7K4M", "")] == [None] * 4


def test_f21_reference_shows_two_swapped_neighbours() -> None:
    signs = new_reference().replace("-", "")[2:]

    swapped = [
        signs[:i] + signs[i + 1] + signs[i] + signs[i + 2 :] for i in range(5) if signs[i] != signs[i + 1]
    ]
    assert [text for text in swapped if read_reference(f"NO{text}")] == []


def test_every_act_leaves_one_audit_row() -> None:
    response = ready_response()

    actions = AuditEvent.objects.filter(object_type="municipalities.response", object_id=str(response.pk))
    assert list(actions.order_by("id").values_list("action", flat=True)) == [
        "response.started",
        "response.draft_saved",
        "response.submitted",
        "response.ready",
    ]


def test_theme_retired_after_the_draft_is_not_submitted() -> None:
    response = begun_response()
    retired = theme("youth")
    retired.retired_at = NOW
    retired.save()

    version = resubmit(response)

    assert sorted(version.answers["offers"]) == ["education"]

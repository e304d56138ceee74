"""Both sides answer an introduction: both yes, one no, or silence, and each ends as it should (S-06)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from post_office.models import Email

from kommunesamarbeid.core.models import MailRecord, User
from kommunesamarbeid.core.refusals import ReasonMissing
from kommunesamarbeid.core.roles import Actor, NotAllowed
from matching.agreements import introductions
from matching.agreements.agreements import introduce_due
from matching.choices import ProposalOrigin, Reply, Side
from matching.models import Agreement, IntroductionReply, Proposal
from matching.states import AgreementState, EndReason
from municipalities.access.links import hash_token
from municipalities.choices import LinkRight
from municipalities.models import AccessLink, ContactPerson
from municipalities.needs.suggestions import suggest_contact
from municipalities.people.colleagues import end_colleague
from tests.matching.builders import matchable, proposal, published_run
from tests.matching.partners import (
    AFTER_UNDO,
    agreement_in,
    approve,
    introduced,
    mona,
    olha,
    say,
    taken_by,
)
from tests.municipalities.answers import contact, ready_response, submitted_response
from tests.municipalities.pool import LVIV, ready_candidate
from tests.people import NOW, actor, staff
from tests.places import municipality

pytestmark = pytest.mark.django_db
A, NO, UA = AgreementState, Side.NORWEGIAN, Side.UKRAINIAN


def test_both_yes_is_mutual() -> None:
    agreement = introduced()
    assert say(agreement, NO, Reply.YES, mona()) == A.INTRODUCED
    assert say(agreement, UA, Reply.YES, Actor.hromada_contact(olha().pk)) == A.MUTUAL


@pytest.mark.parametrize(("side", "reason"), [(NO, EndReason.DECLINED_NO), (UA, EndReason.DECLINED_UA)])
def test_a_no_ends_it_with_the_side_that_said_it_and_frees_both_places(side: Side, reason: str) -> None:
    agreement = introduced()
    say(agreement, side, Reply.NO, actor("kari"), "No staff this year.")
    agreement.refresh_from_db()
    assert (agreement.state, agreement.end_reason, agreement.end_text) == (A.ENDED, reason, "")
    assert taken_by(agreement) == (0, 0)
    assert IntroductionReply.objects.get().reason == "No staff this year."


def test_a_no_puts_the_next_best_in_line_for_ks() -> None:
    matchable()
    ready_candidate(LVIV, languages=["en"], interpreter=True)
    ready_response("5501", languages=["pl"], interpreter="no")
    run = published_run()
    first = run.proposals.get(response__municipality__number="1804")
    agreement = approve(first)
    assert agreement is not None
    introduce_due(at=AFTER_UNDO)
    other = run.proposals.exclude(pk=first.pk).get()
    other.candidate.capacity = 2
    other.candidate.save()
    say(Agreement.objects.get(pk=agreement.pk), NO, Reply.NO, mona(), "Not now.")
    made = Proposal.objects.get(origin=ProposalOrigin.FOLLOW_UP)
    first.refresh_from_db()
    assert (made.response, made.candidate, made.state) == (first.response, other.candidate, "proposed")
    assert (made.origin_reason, first.superseded_by) == (EndReason.DECLINED_NO, made)
    assert made.points == sum(each["points"] for each in made.breakdown)


def test_a_no_without_a_reason_is_refused_also_by_the_database() -> None:
    agreement = introduced()
    with pytest.raises(ReasonMissing):
        say(agreement, NO, Reply.NO, mona(), " ")
    with pytest.raises(DatabaseError), transaction.atomic():
        IntroductionReply.objects.create(agreement=agreement, side=NO, reply=Reply.NO, replied_at=NOW)


def test_answer_can_be_changed_until_both_have_answered_and_every_answer_stays() -> None:
    agreement = introduced()
    for answer in (Reply.TALK, Reply.YES):
        say(agreement, NO, answer, mona())
    assert introductions.replies_of(agreement) == {"no": "yes"}
    assert agreement.replies.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        agreement.replies.update(reply=Reply.TALK)


def test_contact_answers_for_its_own_party_only() -> None:
    agreement = introduced()
    submitted_response("4621")
    strangers = [
        (NO, Actor.contact(contact("4621").pk)),
        (UA, mona()),
        (NO, Actor.hromada_contact(olha().pk)),
        (NO, actor("andrij")),
        (UA, actor("olena")),
        (NO, actor("lars")),
    ]
    for side, by in strangers:
        with pytest.raises(NotAllowed):
            say(agreement, side, Reply.YES, by)
    assert agreement.replies.count() == 0


def test_auc_records_what_the_hromada_answered() -> None:
    agreement = introduced()
    say(agreement, UA, Reply.YES, actor("andrij"))
    assert agreement.replies.get().recorded_by_id == actor("andrij").id


@pytest.mark.parametrize("state", [A.OPENED, A.MUTUAL, A.ACTIVE, A.ENDED])
def test_only_an_introduced_pair_is_asked(state: str) -> None:
    with pytest.raises(introductions.NotAsked):
        say(agreement_in(state), NO, Reply.YES, mona())


def test_erasing_the_contact_keeps_the_answer() -> None:
    agreement = introduced()
    say(agreement, NO, Reply.YES, mona())
    AccessLink.objects.all().delete()
    contact("1804").delete()
    assert (agreement.replies.get().reply, agreement.replies.get().contact) == (Reply.YES, None)


def test_introduction_carries_a_link_of_its_own_and_names_neither_partner() -> None:
    introduced()
    texts = [
        mail.subject + mail.message
        for mail in Email.objects.all()
        if "PA-" in mail.subject and "/lenke/" in mail.message
    ]
    links = {text.split("/lenke/")[1].split("/")[0] for text in texts}
    assert {
        (link.contact.email) for link in AccessLink.objects.filter(token_hash__in=map(hash_token, links))
    } == {"mona@bodo.kommune.no", "olha@poltava.example"}
    assert [name for name in ("Bodø", "Poltava", "Полтава") for text in texts if name in text] == []


def test_silent_sides_are_reminded_after_7_and_12_days_once_each() -> None:
    agreement = introduced()
    say(agreement, UA, Reply.YES, actor("andrij"))
    sent = [
        introductions.remind_due(at=AFTER_UNDO + timedelta(days=days), after_days=[7, 12])
        for days in (6, 7, 7, 11, 12, 13)
    ]
    assert sent == [0, 1, 0, 0, 1, 0]
    assert set(
        MailRecord.objects.filter(template__contains="reminder").values_list("template", flat=True)
    ) == {"introduction_reminder"}


def test_silence_for_14_days_ends_it_frees_the_places_and_a_late_answer_is_refused() -> None:
    agreement = introduced()
    say(agreement, NO, Reply.YES, mona())
    for days in (7, 12):
        introductions.remind_due(at=AFTER_UNDO + timedelta(days=days), after_days=[7, 12])
    assert introductions.expire_due(at=AFTER_UNDO + timedelta(days=13, hours=23), days=14) == 0
    assert introductions.expire_due(at=AFTER_UNDO + timedelta(days=14), days=14) == 1
    agreement.refresh_from_db()
    assert (agreement.end_reason, taken_by(agreement)) == (EndReason.NO_ANSWER, (0, 0))
    with pytest.raises(introductions.NotAsked):
        say(agreement, UA, Reply.YES, actor("andrij"))


def test_case_owner_is_told_of_a_lapse_with_a_link_and_the_reference_only() -> None:
    agreement = introduced()
    introductions.remind_due(at=AFTER_UNDO + timedelta(days=7), after_days=[7])
    introductions.expire_due(at=AFTER_UNDO + timedelta(days=14), days=14)
    told = MailRecord.objects.get(template="introduction_lapsed")
    mail = Email.objects.get(pk=told.email_id)
    assert (told.recipient_kind, mail.to, told.cancelled_at) == ("user", [staff("kari").email], None)
    text = f"{mail.subject} {mail.message}"
    assert [
        part in text
        for part in (agreement.reference, f"/agreement/{agreement.pk}/change/", "Bodø", "Poltava")
    ] == [True, True, False, False]


def test_case_owner_who_has_left_is_not_written_to() -> None:
    agreement = introduced()
    assert agreement.proposal is not None
    agreement.proposal.assigned_to = staff("guro")
    assert introductions.case_owner(agreement.proposal) == staff("guro")
    User.objects.filter(pk=staff("guro").pk).update(is_active=False)
    agreement.proposal.assigned_to.refresh_from_db()
    assert introductions.case_owner(agreement.proposal) == staff("kari")
    User.objects.update(is_active=False)
    assert introductions.case_owner(agreement.proposal) is None


def test_nobody_lapses_who_was_not_reminded_in_good_time() -> None:
    introduced()
    late = AFTER_UNDO + timedelta(days=40)
    assert introductions.expire_due(at=late, days=14) == 0
    assert [
        introductions.remind_due(at=late + timedelta(days=days), after_days=[7, 12]) for days in (0, 1)
    ] == [3, 0]
    assert introductions.expire_due(at=late + timedelta(days=1), days=14) == 0
    assert introductions.expire_due(at=late + timedelta(days=2), days=14) == 1


def test_side_that_wants_to_talk_has_answered_and_time_does_not_end_it() -> None:
    agreement = introduced()
    say(agreement, NO, Reply.YES, mona())
    say(agreement, UA, Reply.TALK, actor("andrij"))
    assert introductions.expire_due(at=AFTER_UNDO + timedelta(days=30), days=14) == 0


# --- only those who have access get a link ---------------------------------------------------------------------------------


def letters() -> set[str]:
    """Return the addresses that an introduction with a link went to."""
    mails = [mail for mail in Email.objects.all() if "PA-" in mail.subject and "/lenke/" in mail.message]
    return {address for mail in mails for address in mail.to}


def test_a_person_whom_auc_has_not_accepted_gets_no_link_to_the_introduction() -> None:
    olha()
    found = proposal()
    said = suggest_contact(
        candidate=found.candidate,
        email="stranger@mail.example",
        name="Somebody",
        by=Actor.hromada_contact(olha().pk),
        at=NOW,
        replaces=False,
    )
    approve(found)
    assert said.person is not None
    assert letters() == {"mona@bodo.kommune.no", "olha@poltava.example"}
    assert not said.person.links.exists()


def test_a_contact_whose_access_was_ended_gets_no_link_and_those_who_may_answer_do() -> None:
    found = proposal()
    AccessLink.objects.filter(contact=contact("1804")).update(used_at=NOW)
    colleague = ContactPerson.objects.create(
        municipality=municipality(), email="per@bodo.kommune.no", created_at=NOW
    )
    AccessLink.objects.create(
        token_hash="2" * 64,
        contact=colleague,
        status="accepted",
        created_at=NOW,
        expires_at=AFTER_UNDO,
        used_at=NOW,
    )
    end_colleague(contact=contact("1804"), by=Actor.contact(colleague.pk), at=NOW)
    found.refresh_from_db()
    approve(Proposal.objects.get(pk=found.pk))
    assert letters() == {"per@bodo.kommune.no"}


@pytest.mark.parametrize("change", [{"right": LinkRight.EDIT}, {"access_ended_at": NOW}])
def test_f13_who_may_only_fill_in_or_has_no_access_does_not_answer(change: dict[str, object]) -> None:
    agreement, by = introduced(), mona()
    ContactPerson.objects.filter(pk=by.id or 0).update(**change)
    with pytest.raises(NotAllowed):
        say(agreement, NO, Reply.YES, by)
    assert agreement.replies.count() == 0

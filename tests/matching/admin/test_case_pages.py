"""Around the decision: notes, case owner, questions to AUC, the queue, several at once, the log and the files."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from kommunesamarbeid.core.models import User
from matching.choices import DecisionKind, Side, Verdict
from matching.decisions import casework
from matching.decisions.chosen_pairs import choose_pair
from matching.decisions.decisions import hold_proposal
from matching.models import Agreement, Alternative, Decision, Proposal
from matching.states import ProposalState
from municipalities.choices import ProgrammeStatus
from municipalities.models import Need, OfferedThrough
from tests.desk import browser
from tests.matching.builders import matchable, proposal, published_run, two_pairs
from tests.matching.partners import approve
from tests.municipalities.pool import LVIV
from tests.people import NOW, actor
from tests.world import road

pytestmark = pytest.mark.django_db
P = ProposalState


def address(verb: str, *args: Any) -> str:
    return reverse(f"admin:matching_proposal_{verb}", args=args)


def rows_of(answer: Any) -> list[list[str]]:
    """Return a CSV answer's rows without its last, which says who took it out."""
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))[:-1]


def both_proposals() -> list[Proposal]:
    two_pairs()
    return list(published_run().proposals.order_by("-points", "id"))


# --- notes, owner, questions ------------------------------------------------------------------------------------


def test_note_stays_within_its_organisation_and_out_of_every_file() -> None:
    found, kari, andrij = proposal(), browser("kari"), browser("andrij")
    kari.post(address("note", found.pk), {"text": "The mayor is on leave."})
    andrij.post(address("note", found.pk), {"text": "The head is new."})
    pages = {
        who: client.get(address("change", found.pk)).content.decode()
        for who, client in (("k", kari), ("u", andrij))
    }
    assert ("on leave" in pages["k"], "on leave" in pages["u"]) == (True, False)
    assert ("head is new" in pages["k"], "head is new" in pages["u"]) == (False, True)
    files = [kari.get(address(name)).content.decode() for name in ("csv", "log_csv")]
    assert [text for text in files if "on leave" in text] == []


def test_note_with_an_identity_number_is_not_kept() -> None:
    found = proposal()
    browser("kari").post(address("note", found.pk), {"text": "He is 13097248022."})
    assert found.notes.count() == 0


def test_case_is_given_to_somebody_who_decides_and_to_nobody_else() -> None:
    found, client = proposal(), browser("kari")
    guro, lars = (User.objects.get(pk=actor(who).id or 0) for who in ("guro", "lars"))
    client.post(address("assign", found.pk), {"owner": guro.pk})
    client.post(address("assign", found.pk), {"owner": lars.pk})
    found.refresh_from_db()
    assert found.assigned_to == guro
    client.post(address("assign", found.pk), {"owner": ""})
    found.refresh_from_db()
    assert found.assigned_to is None


def test_question_to_auc_holds_the_proposal_until_auc_answers_and_ks_goes_on() -> None:
    found, kari, andrij = proposal(), browser("kari"), browser("andrij")
    kari.post(address("ask_auc", found.pk), {"text": "Is the school open again?"})
    found.refresh_from_db()
    assert (found.state, Decision.objects.get().verdict) == (P.HELD, Verdict.HOLD)
    assert "Is the school open again?" in andrij.get(address("change", found.pk)).content.decode()
    andrij.post(address("answer_ks", found.pk), {"text": "Since September."})
    assert "Since September." in kari.get(address("change", found.pk)).content.decode()
    found.refresh_from_db()
    assert found.state == P.HELD


def test_auc_is_asked_one_thing_at_a_time_and_answers_once() -> None:
    found = proposal()
    inquiry = casework.ask_auc(proposal=found, text="One?", by=actor("kari"), at=NOW)
    with pytest.raises(casework.AskedAlready):
        casework.ask_auc(proposal=found, text="Two?", by=actor("kari"), at=NOW)
    casework.answer_ks(inquiry=inquiry, text="Yes.", by=actor("andrij"), at=NOW)
    with pytest.raises(casework.AnsweredAlready):
        casework.answer_ks(inquiry=inquiry, text="No.", by=actor("andrij"), at=NOW)


# --- the queue ------------------------------------------------------------------------------------------------


def test_a20_decision_takes_three_page_loads_from_the_front_page() -> None:
    strongest, client = both_proposals()[0], browser("kari")
    front = client.get(reverse("admin:index")).content.decode()
    assert address("queue", "to_approve") in front
    loads = [client.get(address("queue", "to_approve"), follow=True)]
    assert loads[0].context["proposal"] == strongest
    approve_at = next(act.url for act in loads[0].context["acts"] if act.is_main) + loads[0].context["kept"]
    loads.append(client.get(approve_at))
    given = {"seen": "proposed", "kind": DecisionKind.KS_FIRST, "no_conflict": "on"}
    loads.append(client.post(approve_at, given, follow=True))
    assert (len(loads), Agreement.objects.get().proposal) == (3, strongest)
    assert loads[2].context["queue"]["next"] == both_left()[0].pk


def both_left() -> list[Proposal]:
    return list(Proposal.objects.filter(state=P.PROPOSED).order_by("-points", "id"))


def test_queue_keeps_the_filters_of_the_list_from_pair_to_pair() -> None:
    first, second = both_proposals()
    hold_proposal(proposal=first, by=actor("kari"), at=NOW, reason="Waiting.")
    client = browser("kari")
    kept = "?_changelist_filters=state__exact%3Dproposed"
    queue = client.get(address("change", second.pk) + kept).context["queue"]
    assert (queue["number"], queue["count"], queue["next"], queue["previous"]) == (1, 1, None, None)
    whole = client.get(address("change", second.pk)).context["queue"]
    assert (whole["number"], whole["count"], whole["previous"]) == (2, 2, first.pk)


def test_filters_that_nobody_can_read_lead_to_the_page_all_the_same() -> None:
    found = proposal()
    answer = browser("kari").get(
        address("change", found.pk) + "?_changelist_filters=run__scheme__nonsense%3D1"
    )
    assert (answer.status_code, answer.context["queue"]["count"], answer.context["queue"]["next"]) == (
        200,
        0,
        None,
    )


def test_empty_queue_leads_to_the_front_page_with_a_word() -> None:
    proposal()
    answer = browser("kari").get(address("queue", "stale"), follow=True)
    assert answer.redirect_chain == [(reverse("admin:index"), 302)]


# --- several at once ------------------------------------------------------------------------------------------------


def test_several_are_approved_each_by_its_own_decision_and_refusals_are_listed() -> None:
    first, second = both_proposals()
    client = browser("kari")
    ids = f"{first.pk},{second.pk}"
    shown = client.get(address("bulk"), {"ids": ids})
    assert len(shown.context["rows"]) == 2
    second.response.state = "deferred"
    second.response.wake_on = NOW.date()
    second.response.save()
    done = client.post(address("bulk"), {"ids": ids, "no_conflict": "on", "reason": "As agreed."})
    assert [bool(refusal) for _pair, _row, refusal in done.context["rows"]] == [False, True]
    assert (Agreement.objects.get().proposal, Decision.objects.count()) == (first, 1)


def test_several_are_not_approved_without_the_tick() -> None:
    first, second = both_proposals()
    answer = browser("kari").post(address("bulk"), {"ids": f"{first.pk},{second.pk}"})
    assert ("no_conflict" in answer.context["form"].errors, Decision.objects.count()) == (True, 0)


def test_same_person_never_gives_both_approvals_by_approving_several(settings: Any) -> None:
    settings.APPROVALS_REQUIRED = ["ks_first", "ks_second"]
    found, guro = proposal(), browser("guro")
    guro.post(address("bulk"), {"ids": str(found.pk), "no_conflict": "on"})
    guro.post(address("bulk"), {"ids": str(found.pk), "no_conflict": "on"})
    assert (Decision.objects.filter(verdict=Verdict.APPROVE).count(), Agreement.objects.count()) == (1, 0)


def test_list_offers_approving_several_to_deciders_only() -> None:
    proposal()
    shown = {
        who: "approve_several" in browser(who).get(address("changelist")).content.decode()
        for who in ("kari", "lars", "olena")
    }
    assert shown == {"kari": True, "lars": False, "olena": False}


# --- log and files ----------------------------------------------------------------------------------------------------


def test_log_lists_every_decision_filters_and_gives_the_same_as_a_file() -> None:
    first, second = both_proposals()
    approve(first)
    hold_proposal(proposal=second, by=actor("guro"), at=NOW, reason="=1+1")
    client = browser("kari")
    assert len(client.get(address("log")).context["lines"]) == 2
    assert [
        line["proposal"] for line in client.get(address("log"), {"verdict": "hold"}).context["lines"]
    ] == [second.pk]
    rows = rows_of(client.get(address("log_csv"), {"verdict": "hold"}))
    assert (len(rows), rows[1][-1]) == (2, "'=1+1")


def test_log_keeps_ks_names_and_reasons_from_auc() -> None:
    found = proposal()
    hold_proposal(proposal=found, by=actor("guro"), at=NOW, reason="The mayor hesitates.")
    text = browser("andrij").get(address("log_csv")).content.decode()
    assert ("Guro" in text, "hesitates" in text) == (False, False)


def test_decision_page_says_through_what_else_the_hromada_is_offered_a_partner() -> None:
    found, client = proposal(), browser("andrij")
    assert client.get(address("change", found.pk)).context["roads"] == []
    kept = road()
    page = client.get(address("change", found.pk))
    assert [(row["title"], row["source"]) for row in page.context["roads"]] == [
        (kept.title, "Letter of 3 May")
    ]
    assert kept.title in page.content.decode()
    OfferedThrough.objects.update(status=ProgrammeStatus.ENDED)
    assert client.get(address("change", found.pk)).context["roads"] == []


def test_list_as_a_file_is_what_is_filtered() -> None:
    first, _second = both_proposals()
    hold_proposal(proposal=first, by=actor("kari"), at=NOW, reason="Waiting.")
    rows = rows_of(browser("kari").get(address("csv"), {"state__exact": "held"}))
    assert [row[0] for row in rows[1:]] == [first.response.municipality.name]


def test_l36_file_says_last_who_took_it_out_and_when() -> None:
    both_proposals()
    client = browser("guro")
    for name in ("csv", "log_csv"):
        file = client.get(address(name)).content.decode("utf-8-sig")
        [last] = list(csv.reader(io.StringIO(file), delimiter=";"))[-1]
        assert re.fullmatch(
            r"Hentet ut av Guro Solberg, \d\d\.\d\d\.\d{4} \d\d[.:]\d\d\. Til internt bruk\.", last
        ), last


# --- stale ------------------------------------------------------------------------------------------------------------


def test_proposal_whose_needs_changed_after_the_run_is_marked_in_list_page_and_count() -> None:
    first, second = both_proposals()
    Need.objects.filter(candidate=second.candidate).update(updated_at=NOW.replace(year=2027))
    client = browser("kari")
    listed = client.get(address("changelist"), {"stale": "1"}).context["cl"].result_list
    assert [row.pk for row in listed] == [second.pk]
    assert client.get(address("queue", "stale"), follow=True).context["proposal"] == second
    warned = [bool(client.get(address("change", row.pk)).context["warnings"]) for row in (first, second)]
    assert warned == [False, True]


def test_pair_made_by_hand_rests_on_the_needs_of_the_day_it_was_made() -> None:
    two_pairs()
    run = published_run()
    assert run.finished_at is not None
    row, client = Alternative.objects.filter(side=Side.NORWEGIAN).order_by("rank", "id")[0], browser("kari")
    Need.objects.filter(candidate=row.candidate).update(updated_at=run.finished_at + timedelta(hours=1))
    made = choose_pair(
        response=row.response,
        candidate=row.candidate,
        by=actor("kari"),
        at=run.finished_at + timedelta(hours=2),
        reason="They know each other.",
        instead_of=row.proposal,
    )
    assert client.get(address("change", made.pk)).context["warnings"] == []
    assert not client.get(address("changelist"), {"stale": "1"}).context["cl"].result_list


@pytest.mark.parametrize("pairs", [1, 2])
def test_page_of_a_proposal_takes_the_same_few_statements_at_any_size(
    pairs: int, django_assert_num_queries: Any
) -> None:
    if pairs == 2:
        matchable("5501", LVIV)
    found, client = proposal(), browser("kari")
    client.get(address("change", found.pk))
    with django_assert_num_queries(23):
        assert client.get(address("change", found.pk)).status_code == 200

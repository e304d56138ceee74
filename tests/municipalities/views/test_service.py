"""The questionnaire as a service: dates, earlier answers, what the scheme does not cover, and posts nobody's browser sends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from municipalities.choices import Anchoring, StaffHours
from municipalities.models import ContactPerson, Response, ResponseVersion, Round
from municipalities.questionnaire.answers import KEPT_CHARACTERS, Codebook
from municipalities.questionnaire.scope import phrases_outside
from municipalities.questionnaire.structure import (
    MANY,
    STRUCTURE,
    Kind,
    Question,
    Store,
    YesNoUndecided,
    all_pages,
)
from tests.municipalities.answers import ANSWERS
from tests.municipalities.browsing import browser, fill_draft, post_page, submit
from tests.places import municipality, round_open

pytestmark = pytest.mark.django_db
QUESTIONS = {
    question.key: question for section in STRUCTURE for page in section.pages for question in page.questions
}


def words(answer: Any) -> str:
    """Return the page as text with single spaces."""
    return " ".join(answer.content.decode().split())


def close_round(ago: timedelta) -> None:
    """Close the round some time ago."""
    now = timezone.now()
    Round.objects.update(opens_at=now - timedelta(days=30), closes_at=now - ago)
    Response.objects.update(started_at=now - timedelta(days=1))


def test_f01_page_that_asks_for_a_link_says_what_one_needs_to_know(client: Client) -> None:
    municipality()
    closes = timezone.now() + timedelta(days=9)
    round_open()
    Round.objects.update(closes_at=closes)

    page = words(client.get("/meld-interesse/", headers={"cookie": "language=en"}))

    for phrase in (
        "Anyone who may answer",
        "10 to 15 minutes",
        "Have ready:",
        "Deadline:",
        "Afterwards you get a receipt",
        "KS uses the answer",
    ):
        assert phrase in page
    assert 'href="/skjema/alle-sporsmal/"' in page


def test_f04_option_is_found_by_its_sami_and_kven_names_and_names_that_occur_twice_carry_the_county(
    client: Client,
) -> None:
    bodo, bindal = municipality(), municipality("1811")
    bodo.name_sami, bodo.name_kven = "Bådåddjo", "Bodå"
    bodo.save()
    municipality("5501").__class__.objects.filter(number="5501").update(name=bindal.name)

    page = words(client.get("/meld-interesse/"))

    assert '<option value="1804" data-names="Bådåddjo / Bodå">Bodø</option>' in page
    assert '<optgroup label="Nordland"><option value="1811">Bindal (Nordland)</option>' in page
    assert '<option value="5501">Bindal (Troms)</option>' in page


def test_f10_the_page_before_the_form_states_the_time_limit_too() -> None:
    assert "20 hours" in words(browser().get("/skjema/side/notes/"))


def test_f11_answers_of_a_hidden_branch_are_kept_in_the_draft_and_left_out_of_the_submission() -> None:
    mona = browser()
    fill_draft(mona, existing_contact="yes", existing_contact_text="We met in 2019")
    post_page(mona, "existing", {"existing_contact": "no"})

    submit(mona)

    assert Response.objects.get().draft["existing_contact_text"] == "We met in 2019"
    assert "existing_contact_text" not in ResponseVersion.objects.get().answers
    assert "We met in 2019" not in words(mona.get("/skjema/kontroller/"))


def unfolded(client: Client, page: str, **values: Any) -> dict[str, Any]:
    """Return what the page's script posts: the page with the prints of what unfolds on it."""
    context = client.get(f"/skjema/side/{page}/").context
    was = [context["was"], *(print_ for _follow_up, print_, _fields in context["unfolding"])]
    return {"seen": context["seen"], "was": was, "go": "next", "unfolds": "1", **values}


def test_f11_follow_up_answered_where_it_unfolds_is_not_asked_again() -> None:
    mona = browser()

    answer = mona.post(
        "/skjema/side/horizon/", unfolded(mona, "horizon", horizons=["short"], short_term_capacity="1")
    )

    draft = Response.objects.get().draft
    assert answer["Location"] == "/skjema/side/staff-hours/"
    assert (draft["short_term_capacity"], draft["saved"]) == ("1", ["horizon", "short-term"])


@pytest.mark.parametrize("script", [True, False], ids=["left empty", "no script"])
def test_f11_follow_up_that_has_no_answer_comes_on_the_next_page(script: bool) -> None:
    mona = browser()
    posted = unfolded(mona, "horizon", horizons=["short"])
    if not script:
        posted |= {
            "was": posted["was"][0],
            "short_term_capacity": "1",
        }  # a form without a script does not have the field

    answer = mona.post("/skjema/side/horizon/", posted)

    assert answer["Location"] == "/skjema/side/short-term/"
    assert Response.objects.get().draft["saved"] == ["horizon"]


def test_f11_hidden_follow_up_is_kept_unread_and_comes_back_when_it_is_called_for() -> None:
    mona = browser()
    places = {"existing_contact_hromadas": "Atlantis", "existing_contact_text": "We met in 2019"}

    answer = mona.post("/skjema/side/existing/", unfolded(mona, "existing", existing_contact="no", **places))

    form = mona.get("/skjema/side/existing/").context["form"]
    assert answer["Location"] == "/skjema/side/refugees/"
    assert Response.objects.get().draft["saved"] == ["existing"]
    assert {key: form[key].value() for key in places} == places


def test_f15_error_in_what_unfolds_is_said_at_the_field_and_in_the_summary() -> None:
    mona = browser()
    wrong = unfolded(mona, "existing", existing_contact="yes", existing_contact_hromadas="Atlantis")

    answer = mona.post("/skjema/side/existing/", wrong)

    assert answer.status_code == 422
    assert 'href="#id_existing_contact_hromadas"' in words(answer)
    assert words(answer).count("“Atlantis” is not a Ukrainian municipality we know.") == 2
    assert Response.objects.get().draft["existing_contact_hromadas"] == "Atlantis"


def test_f11_what_unfolds_costs_no_statement_more(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mona = browser()
    plain = {
        **unfolded(mona, "horizon", horizons=["short"]),
        "was": mona.get("/skjema/side/horizon/").context["was"],
    }
    with django_assert_num_queries(8):
        mona.post("/skjema/side/horizon/", plain)
    posted = unfolded(mona, "horizon", horizons=["short"], short_term_capacity="1")

    with django_assert_num_queries(8):
        assert mona.post("/skjema/side/horizon/", posted)["Location"] == "/skjema/side/staff-hours/"


def test_f11_way_back_of_whoever_has_a_script_leads_past_what_unfolds() -> None:
    mona = browser()
    fill_draft(mona)

    assert post_page(mona, "staff-hours", go="previous")["Location"] == "/skjema/side/short-term/"
    assert post_page(mona, "staff-hours", go="previous", unfolds="1")["Location"] == "/skjema/side/horizon/"
    assert post_page(mona, "short-term", go="previous", unfolds="1")["Location"] == "/skjema/side/horizon/"
    assert post_page(mona, "short-term", unfolds="1")["Location"] == "/skjema/side/staff-hours/"


def test_f12_colleague_who_saved_the_follow_up_on_its_own_page_is_not_overwritten_where_it_unfolds() -> None:
    mona, colleague = browser(), browser(email="kollega@bodo.kommune.no")
    post_page(mona, "horizon", {"horizons": ["short"]})
    late = unfolded(mona, "horizon", horizons=["short"], short_term_capacity="1")
    post_page(colleague, "short-term", {"short_term_capacity": "2"})

    answer = mona.post("/skjema/side/horizon/", late)

    assert answer.status_code == 409
    assert [row.saved.label for row in answer.context["both"]] == ["How much short-term help can you give?"]
    assert Response.objects.get().draft["short_term_capacity"] == "2"


def test_f08_script_saves_what_unfolds_and_is_told_both_prints() -> None:
    mona = browser()

    saved = mona.post(
        "/skjema/side/horizon/",
        unfolded(mona, "horizon", horizons=["short"], short_term_capacity="1", go="auto"),
    )

    context = mona.get("/skjema/side/horizon/").context
    assert saved.json()["was"] == [
        context["was"],
        *(print_ for _page, print_, _fields in context["unfolding"]),
    ]
    assert Response.objects.get().draft["short_term_capacity"] == "1"
    assert "saved" not in Response.objects.get().draft


def test_f12_conflict_shows_only_the_fields_that_differ_and_who_saved_when() -> None:
    mona, colleague = browser(), browser(email="kollega@bodo.kommune.no")
    context = mona.get("/skjema/side/contact/").context
    post_page(
        colleague,
        "contact",
        {
            "contact_name": "Kari Kollega",
            "contact_title": "Rådgiver",
            "contact_email": "mona@bodo.kommune.no",
        },
    )

    mine = {"contact_name": "Mona Berg", "contact_title": "Rådgiver", "contact_email": "mona@bodo.kommune.no"}
    answer = mona.post(
        "/skjema/side/contact/", {**mine, "seen": context["seen"], "was": context["was"], "go": "next"}
    )

    assert answer.status_code == 409
    assert [(pair.saved.value, pair.typed.value) for pair in answer.context["both"]] == [
        ("Kari Kollega", "Mona Berg")
    ]
    assert "kollega@bodo.kommune.no saved the draft last" in words(answer)


def test_f12_three_at_once_on_different_pages_all_keep_theirs() -> None:
    three = [browser(email=f"{name}@bodo.kommune.no") for name in ("mona", "ola", "eva")]
    pages = [
        ("notes", {"notes": "N"}),
        ("capacity", {"capacity": "2"}),
        ("staff-hours", {"staff_hours": "10_25"}),
    ]
    shown = [
        client.get(f"/skjema/side/{page}/").context
        for client, (page, _values) in zip(three, pages, strict=True)
    ]

    for client, (page, values), context in zip(three, pages, shown, strict=True):
        numbers = {"seen": context["seen"], "was": context["was"], "go": "next"}
        assert client.post(f"/skjema/side/{page}/", {**values, **numbers}).status_code == 302

    draft = Response.objects.get().draft
    assert (draft["notes"], draft["capacity"], draft["staff_hours"]) == ("N", "2", "10_25")


@pytest.mark.parametrize("phone", ["+47 755 55 000", "755-55-000", "75555000", "0047 755 55 000"])
def test_f14_phone_may_be_written_as_people_write_it(phone: str) -> None:
    mona = browser()

    answer = post_page(
        mona, "contact", {"contact_name": "Mona", "contact_title": "R", "contact_phone": phone}
    )

    assert (answer.status_code, ContactPerson.objects.get().phone) == (302, phone)
    assert "novalidate" in words(mona.get("/skjema/side/contact/"))


def test_f16_mixed_page_tags_every_field_and_a_page_of_required_ones_says_so_once(client: Client) -> None:
    page = words(browser().get("/skjema/side/contact/"))
    municipality()
    asking = words(client.get("/meld-interesse/", headers={"cookie": "language=en"}))

    assert (page.count(">Required<"), page.count(">Optional<")) == (3, 1)
    assert (asking.count("All fields are required."), asking.count(">Required<")) == (1, 0)


def test_f17_limit_counts_a_line_break_as_one_and_the_counter_knows_it() -> None:
    mona = browser()
    text = "a\r\n" * 999 + "bb"  # 2,000 as the reader sees it

    assert post_page(mona, "notes", {"notes": text}).status_code == 302
    assert post_page(mona, "notes", {"notes": text + "c"}).status_code == 422
    assert 'data-limit="2000"' in words(mona.get("/skjema/side/notes/"))


def test_f18_what_may_be_undecided_can_be_answered_so() -> None:
    undecided = {
        "anchoring": Anchoring.UNKNOWN,
        "staff_hours": StaffHours.UNDECIDED,
        "interpreter": YesNoUndecided.UNDECIDED,
        "host": YesNoUndecided.UNDECIDED,
    }

    for key, answer in undecided.items():
        assert answer.value in Codebook().codes(QUESTIONS[key])


def test_f29_new_answer_begins_with_the_last_one_and_says_so() -> None:
    mona = browser()
    fill_draft(mona, notes="Old words", anchoring_on="12.03.2026")
    submit(mona)
    mona.post("/kommunens-side/trekk-interessen/")
    mona.post("/skjema/start/")

    draft = Response.objects.get(state="draft").draft
    assert (draft["offers"], draft["offer_education_level"], draft["notes"]) == (
        ["education", "youth"],
        "3",
        "Old words",
    )
    assert ("scope_understood" in draft, "saved" in draft, "contact_name" in draft) == (False, False, False)
    page = words(mona.get("/skjema/side/notes/"))
    assert "Taken from your answer of" in page
    post_page(mona, "notes", {"notes": "New words"})
    assert "Taken from your answer of" not in words(mona.get("/skjema/side/notes/"))


def test_f29_answers_taken_over_mean_the_same_when_they_are_submitted_again() -> None:
    mona = browser()
    fill_draft(mona, notes="Old words")
    submit(mona)
    first = ResponseVersion.objects.get().answers
    mona.post("/kommunens-side/trekk-interessen/")
    mona.post("/skjema/start/")
    post_page(
        mona,
        "contact",
        {"contact_name": "Mona Berg", "contact_title": "R", "contact_email": "mona@bodo.kommune.no"},
    )
    post_page(mona, "scope", {"scope_understood": "yes"})

    submit(mona)

    assert ResponseVersion.objects.latest("id").answers == first
    assert ResponseVersion.objects.count() == 2


def test_f30_form_begun_in_time_may_be_finished_within_half_an_hour() -> None:
    mona = browser()
    close_round(timedelta(minutes=29))

    assert post_page(mona, "notes", {"notes": "Just in time"}).status_code == 302

    close_round(timedelta(minutes=31))
    posted = {"notes": "Too late", "seen": "1", "go": "next"}
    assert mona.post("/skjema/side/notes/", posted)["Location"] == "/kommunens-side/"
    assert Response.objects.get().draft["notes"] == "Just in time"


def test_f30_closed_page_tells_whom_to_write_to(client: Client) -> None:
    municipality(), round_open()
    close_round(timedelta(hours=1))

    page = words(client.get("/meld-interesse/", headers={"cookie": "language=en"}))

    assert "The questionnaire is closed now." in page
    assert 'href="mailto:portal@kommunesamarbeid.example"' in page


def test_what_the_registers_know_is_shown_and_not_asked() -> None:
    page = words(browser().get("/skjema/"))

    for said in ("Nordland", "1804", "53,712 (1 January 2026)", "https://www.bodo.kommune.no"):
        assert said in page
    assert {"population", "county", "website"} & set(QUESTIONS) == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Vi kan bygge en ny skole.", ["bygge en ny skole"]),
        ("Kommunen vil investere i fjernvarme og reparere tak.", ["investere", "reparere tak"]),
        ("Me kan byggje barnehagar og attreise hus.", ["byggje barnehagar", "attreise hus"]),
        (
            "We could rebuild damaged schools; direct investment too.",
            ["rebuild damaged schools", "direct investment"],
        ),
        ("Bygge opp kompetanse, bygge bruer mellom folk, byggesak, investeringsplan.", []),
        ("Planlegging av nye skoler og gjenoppbyggingsplaner.", []),
    ],
)
def test_words_that_offer_works_or_investment_are_noticed_and_plans_are_not(
    text: str, found: list[str]
) -> None:
    assert phrases_outside(text) == found


def test_offer_of_works_is_warned_of_kindly_saved_as_written_and_recorded() -> None:
    mona = browser()
    fill_draft(mona)

    answer = post_page(
        mona,
        "offer-education",
        {"offer_education_level": "3", "offer_education_text": "Vi kan bygge en ny skole."},
    )

    assert answer.status_code == 302
    assert "You mention “bygge en ny skole”" in words(mona.get(answer["Location"]))
    assert "You can submit it as it stands" in words(mona.get("/skjema/kontroller/"))
    submit(mona)
    version = ResponseVersion.objects.get()
    assert version.answers["outside_scope"] == {"offer_education_text": ["bygge en ny skole"]}
    assert version.offers.get(theme__slug="education").description == "Vi kan bygge en ny skole."


def test_theme_outside_the_scheme_is_recorded_and_referred_and_never_an_offer() -> None:
    mona = browser()
    fill_draft(
        mona,
        out_of_scope=["physical-reconstruction"],
        offers=["education", "youth", "physical-reconstruction"],
    )

    receipt = submit(mona)

    version = ResponseVersion.objects.get()
    assert "dream.gov.ua" in words(receipt)
    assert version.answers["out_of_scope"] == ["physical-reconstruction"]
    assert sorted(version.offers.values_list("theme__slug", flat=True)) == ["education", "youth"]


NASTY = st.one_of(
    st.sampled_from(["\x00", "\u202eabc", "😀" * 50, "x" * 10_000, "<script>", "'; --", "\ud83d\ude00", "٣", "-1", "9" * 400, "01819010001"]),
    st.text(max_size=60),
    st.sampled_from(["education", "5501", "UA53080370000025447", "UA-53", "council", "2", "yes", "physical-reconstruction"]),
)  # fmt: skip
FIELDS = sorted(
    {
        *QUESTIONS,
        "offer_education_level",
        "offer_education_text",
        "seen",
        "was",
        "for",
        "go",
        "language",
        "saved",
        "earlier_on",
    }
)
PAGES = [
    page.key for _section, page in all_pages({**ANSWERS, "existing_contact": "yes", "horizons": ["short"]})
]


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    page=st.sampled_from(PAGES),
    posted=st.dictionaries(st.sampled_from(FIELDS), st.lists(NASTY, min_size=0, max_size=3), max_size=6),
)
def test_f32_no_post_breaks_a_page_or_stores_what_the_form_does_not_allow(
    page: str, posted: dict[str, list[str]]
) -> None:
    mona = mona_of_this_test()
    clean = {
        name: [value.encode("utf-8", "replace").decode() for value in many] for name, many in posted.items()
    }

    answer = mona.post(f"/skjema/side/{page}/", clean)

    assert answer.status_code in {200, 302, 404, 409, 422}
    assert mona.get(f"/skjema/side/{page}/").status_code in {200, 404}
    assert mona.get("/skjema/kontroller/").status_code == 200
    assert forbidden(Response.objects.select_related("contact", "municipality").get()) == []


def mona_of_this_test() -> Client:
    """Return one browser for all of Hypothesis's examples; each finds what the earlier ones have left."""
    if not Response.objects.exists():
        mona = browser()
        fill_draft(mona, existing_contact="yes", horizons=["short"])
        KEPT.append(mona)
    return KEPT[-1]


KEPT: list[Client] = []


def forbidden(response: Response) -> list[str]:
    """Return the keys of a draft whose value no form of ours could have stored."""
    codebook, wrong = Codebook(), [] if response.municipality.number == "1804" else ["municipality"]
    for key, value in response.draft.items():
        question = QUESTIONS.get(key) or QUESTIONS.get(key.rpartition("_")[2])
        if key in {"saved", "earlier_on"}:
            allowed = isinstance(value, list) and set(value) <= set(PAGES)
        elif question is None or question.store != Store.ANSWERS:
            allowed = False
        else:
            allowed = may_be_stored(question, value, codebook)
        wrong += [] if allowed else [key]
    return wrong


def may_be_stored(question: Question, value: Any, known: Codebook) -> bool:
    """Say whether a draft may hold the value: codes the form offers, or text without control characters."""
    if question.kind in MANY:
        return isinstance(value, list) and set(value) <= set(known.codes(question))
    if question.kind == Kind.CHOICE:
        return value in ("", *known.codes(question))
    if question.kind == Kind.TICK:
        return value in ("", "yes")
    clean = all(sign == "\n" or sign.isprintable() or not sign.isascii() for sign in value)
    return isinstance(value, str) and clean and len(value) <= KEPT_CHARACTERS and "01819010001" not in value

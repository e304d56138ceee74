"""One small world, made through the services, in which every address of the portal has something to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from kommunesamarbeid.core.models import User
from kommunesamarbeid.core.roles import Actor
from matching.agreements import existing_cooperation, follow_up, milestones
from matching.choices import DecisionKind, MilestoneKind, Precision, Side
from matching.decisions import decisions
from matching.models import Agreement, Inquiry, PriceQuestion
from matching.states import AgreementState, QuestionState
from municipalities.access.links import hash_token
from municipalities.candidates import foreign_partners
from municipalities.models import (
    AccessLink,
    Candidate,
    ContactPerson,
    Hromada,
    KnownPartnership,
    ListReview,
    NeedDraft,
    OfferedThrough,
    OfficialListEdition,
    OfficialListEntry,
)
from municipalities.needs import needs, suggestions
from municipalities.official_list.list_reviews import open_reviews
from municipalities.registers.uploads import store_upload
from municipalities.responses.joint_applications import name_member
from tests.matching.builders import computed_scenario, published_run, ruled_pair, two_pairs
from tests.matching.partners import mona
from tests.municipalities.answers import contact, submitted_response
from tests.people import NOW, TODAY, actor, make_user
from tests.places import hromada, municipality, theme

STAFF = {"K": "kari", "G": "guro", "L": "lars", "U": "andrij", "R": "olena", "A": "astrid"}


@dataclass
class World:
    """The objects that rows of the access table may name; filled by `make_world`."""

    things: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Return a thing by name."""
        try:
            return self.things[name]
        except KeyError:
            raise AttributeError(name) from None

    def client(self, person: str) -> Client:
        """Return the browser of one person of the access table."""
        browser = Client(raise_request_exception=False)
        if person in STAFF:
            browser.force_login(User.objects.get(email__startswith=f"{STAFF[person]}@"))
        elif person != "-":
            link: AccessLink = self.things["links"][person]
            session = browser.session
            session["access"] = {
                "active": link.pk,
                "links": [link.pk],
                "seen": int(timezone.now().timestamp()),
            }
            session.save()
        return browser


def make_world() -> World:
    """Make the cast, Bodø and Tromsø, Poltava and Lviv, a published run, one open proposal and one agreement."""
    for who in STAFF.values():
        if not User.objects.filter(email__startswith=f"{who}@").exists():
            make_user(who)
    User.objects.update(password=make_password("a-long-test-password"))
    two_pairs()
    ola = submitted_response("4621")
    run = published_run()
    # Mona is Bodø's: its proposal stays open, the other one becomes an agreement.
    pairs = run.proposals.select_related("response__municipality", "candidate__hromada")
    agreement = approved(pairs.exclude(response__municipality__number="1804").get())
    proposal = pairs.get(response__municipality__number="1804")
    need = proposal.candidate.needs.get()
    comment = needs.comment_need(need=need, text="Is this about schools only?", by=actor("kari"), at=NOW)
    member = name_member(
        response=proposal.response, municipality=ola.response.municipality, by=mona(), at=NOW
    )
    colleague = ContactPerson.objects.create(
        municipality=proposal.response.municipality, email="kollega@bodo.kommune.no", created_at=NOW
    )
    ContactPerson.objects.filter(responses=ola.response).update(erasure_asked_at=NOW)
    needs.add_teaching(candidate=proposal.candidate, theme=theme("youth"), by=actor("andrij"), at=NOW)
    poltava = link_for(hromada_contact(proposal.candidate.hromada))
    by = Actor.hromada_contact(poltava.contact_id)
    said = suggestions.suggest_change(need=need, changes={"urgency": 1}, by=by, at=NOW)
    editor = User.objects.get(email__startswith="andrij@")
    partnership = introduced_to_ola(proposal)
    return World(
        {
            "said": said,
            "upload": store_upload(
                kind="needs",
                name="needs.xlsx",
                raw=b'["needs.xlsx", {}]',
                facts={},
                by=actor("andrij"),
                at=NOW,
            ),
            "draft": NeedDraft.objects.create(
                candidate=proposal.candidate, need=need, editor=editor, saved_at=NOW
            ),
            "question": answered_question(proposal),
            "alternative": proposal.alternatives.order_by("side", "rank")[0],
            "inquiry": Inquiry.objects.create(
                proposal=proposal,
                question="Is the need current?",
                asked_at=NOW,
                asked_by_id=actor("kari").id or 0,
            ),
            "partnership": partnership,
            "report": partnership.reported.get(),
            "municipality": proposal.response.municipality,
            "response": proposal.response,
            "version": proposal.version,
            "other_response": ola.response,
            "candidate": proposal.candidate,
            "need": need,
            "comment": comment,
            "assessment": proposal.assessment,
            "theme": theme("education"),
            "hromada": proposal.candidate.hromada,
            "run": run,
            "scheme": run.scheme,
            "proposal": proposal,
            "agreement": agreement,
            "milestone": agreement.milestones.get(),
            "consent": agreement.consents.get(),
            "round": proposal.response.round,
            "contact": contact("1804"),
            "link": link_for(contact("1804"), "waiting"),
            "user": User.objects.get(email__startswith="kari@"),
            "invited": User.objects.create_user("ny@ks.example", organisation="ks"),
            "scenario": computed_scenario(run),
            "pair_rule": ruled_pair(),
            "member": member,
            "colleague": colleague,
            "known": known(),
            "edition": (listed := edition()),
            "road": road(),
            "task": review_task(proposal.candidate, listed),
            "links": {"N": link_for(contact("1804")), "O": link_for(contact("4621")), "H": poltava},
        }
    )


def introduced_to_ola(proposal: Any) -> Agreement:
    """Return a partnership of Voss, which is Ola's, and Poltava, whose council's decision the municipality has reported."""
    Candidate.objects.filter(hromada=hromada()).update(capacity=2)  # the open proposal keeps its place
    found = existing_cooperation.enter_existing(
        municipality=municipality("4621"),
        hromada=hromada(),
        state=AgreementState.MUTUAL,
        source="Letter",
        by=actor("kari"),
        at=NOW,
    )
    follow_up.report_decision(
        agreement=found,
        on=TODAY,
        source="Minutes",
        by=Actor.contact(contact("4621").pk),
        at=NOW,
        case_number="26/7",
    )
    return found


def answered_question(proposal: Any) -> PriceQuestion:
    """Return a question about the open proposal's own pair, answered."""
    return PriceQuestion.objects.create(
        run=proposal.run,
        response=proposal.response,
        candidate=proposal.candidate,
        asked_at=NOW,
        asked_by_id=actor("kari").id or 0,
        state=QuestionState.ANSWERED,
        answered_at=NOW,
        answer={"chosen": True, "points": proposal.points},
    )


def approved(proposal: Any) -> Agreement:
    """Approve a proposal as Kari and Andrij do; record a milestone and one side's consent."""
    opened: Agreement | None = None
    for kind, who in ((DecisionKind.KS_FIRST, "kari"), (DecisionKind.AUC, "andrij")):
        opened = decisions.approve_proposal(
            proposal=proposal,
            kind=kind,
            by=actor(who),
            at=NOW,
            no_conflict=True,
            rules=decisions.ApprovalRules(["ks_first", "auc"], 10),
        )
    assert opened is not None
    milestones.record_milestone(
        agreement=opened,
        kind=MilestoneKind.NO_DECISION,
        on=date(2026, 11, 20),
        precision=Precision.DAY,
        source="Minutes",
        by=actor("kari"),
        at=NOW,
    )
    milestones.give_consent(
        agreement=opened,
        side=Side.NORWEGIAN,
        given_on=TODAY,
        given_by="Mayor's office",
        by=actor("kari"),
        at=NOW,
    )
    return opened


def hromada_contact(place: Hromada) -> ContactPerson:
    """Return the contact of a hromada."""
    return ContactPerson.objects.create(hromada=place, email="contact@poltava.example", created_at=NOW)


def link_for(person: ContactPerson, status: str = "accepted") -> AccessLink:
    """Return a link of a contact as it stands after it was opened, or while it waits for KS."""
    opened = NOW if status == "accepted" else None
    return AccessLink.objects.create(
        token_hash=hash_token(f"{person.pk}-{status}"),
        contact=person,
        status=status,
        created_at=NOW,
        expires_at=NOW.replace(year=2030),
        used_at=opened,
    )


def known() -> KnownPartnership:
    """Return a partnership as a public source tells it."""
    return KnownPartnership.objects.create(
        key="SE-test",
        hromada=hromada(),
        partner_country="SE",
        partner_name="Test",
        partner_level="municipality",
        kind="signed",
        source="https://partner.example/",
    )


def road() -> OfferedThrough:
    """Return another programme the hromada looks for a partner through."""
    return foreign_partners.save_other_programme(
        hromada=hromada(),
        facts=foreign_partners.ProgrammeFacts(programme="c4c", status="listed", source="Letter of 3 May"),
        by=actor("andrij"),
        at=NOW,
    )


def review_task(candidate: Candidate, edition: OfficialListEdition) -> ListReview:
    """Return the task that the edition opens for the candidate it names."""
    (task,) = open_reviews(edition=edition, by=actor("kari"), at=NOW)
    assert task.candidate == candidate
    return task


def edition() -> OfficialListEdition:
    """Return an edition of the official list with one entry."""
    found = OfficialListEdition.objects.create(
        order_number="376", edition_on=date(2025, 5, 7), rule_version="2022", source="Order", loaded_at=NOW
    )
    OfficialListEntry.objects.create(
        edition=found,
        line=1,
        territory_code=hromada().katottg,
        level="hromada",
        name_uk="Полтавська",
        hromada=hromada(),
        status="possible",
        starts_on=date(2022, 2, 24),
        section="I.1",
    )
    return found

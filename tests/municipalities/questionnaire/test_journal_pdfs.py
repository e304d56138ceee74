"""F-25: the PDF of a submitted version, read back: tagged, titled, in the municipality's language, and nothing but its answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from kommunesamarbeid.core.files import documents as core_documents
from kommunesamarbeid.core.files import typesetter
from kommunesamarbeid.core.files.documents import Document, NotTypeset
from municipalities.models import ResponseVersion
from municipalities.people.own_data import own_data
from municipalities.questionnaire import journal_pdfs
from municipalities.questionnaire.answers import Codebook
from municipalities.questionnaire.journal_pdfs import version_pdf
from municipalities.questionnaire.summary import parts
from municipalities.responses.drafts import people_values
from municipalities.responses.responses import ask_for_info
from tests.municipalities.answers import contact, submitted_response
from tests.municipalities.browsing import browser, fill_draft, submit
from tests.pdfs import Pdf
from tests.people import NOW, TODAY, actor
from tests.places import hromada, theme

pytestmark = pytest.mark.django_db
Read = Callable[[bytes], Pdf]


def printed(version: ResponseVersion, *, people: bool = True, **more: Any) -> bytes:
    """Return the PDF of a version as its own municipality gets it."""
    return version_pdf(version=version, people=people_values(version.response) if people else None, **more)


def test_f25_pdf_is_tagged_and_says_its_title_and_language(read_pdf: Read) -> None:
    version = submitted_response()

    pdf = read_pdf(printed(version))

    assert (pdf.info["Tagged"], pdf.info["Title"]) == ("yes", "Spørreskjema fra Bodø: samarbeid med Ukraina")
    assert (pdf.info["Keywords"], pdf.info["Page size"]) == (
        version.response.reference,
        "595.276 x 841.89 pts (A4)",
    )
    assert b"/Lang(nb-NO)" in pdf.raw
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf.raw


def test_f25_headings_of_the_pdf_are_the_sections_and_bookmarks(read_pdf: Read) -> None:
    version = submitted_response()
    with translation.override("nb"):
        sections = [
            str(part.section.title)
            for part in parts(version.answers, Codebook(), people_values(version.response))
        ]

    pdf = read_pdf(printed(version))

    assert pdf.tags.count("H2") == len(sections)
    assert b"/Outlines" in pdf.raw
    assert [title in pdf.words for title in sections] == [True] * 6


def test_f25_every_question_and_answer_of_the_check_page_stands_in_it(read_pdf: Read) -> None:
    version = submitted_response(offer_youth_text="Æ, ø og å\nPå to linjer")
    with translation.override("nb"):
        rows = [
            row
            for part in parts(version.answers, Codebook(), people_values(version.response))
            for row in part.rows
        ]

    words = read_pdf(printed(version)).words

    said = [
        text
        for row in rows
        for text in (row.label, *row.values, *(row.value.splitlines() or ["Ikke besvart"] * (not row.values)))
    ]
    assert [text for text in said if "".join(text.split()) not in words.replace(" ", "")] == []


def test_f25_a_conditional_question_stands_in_it_only_when_it_was_asked(read_pdf: Read) -> None:
    asked = read_pdf(printed(submitted_response("1804", anchoring="council"))).words
    not_asked = read_pdf(printed(submitted_response("5501", anchoring="idea"))).words

    assert ("26/123" in asked, "Saksnummer" in asked) == (True, True)
    assert ("26/123" in not_asked, "Saksnummer" in not_asked) == (False, False)


def test_l10_a_nynorsk_municipality_gets_it_in_nynorsk(read_pdf: Read) -> None:
    pdf = read_pdf(printed(submitted_response("4621")))

    assert b"/Lang(nn-NO)" in pdf.raw
    assert (
        "Spørjeskjema frå Voss" in pdf.info["Title"],
        "Ikkje svart på" in pdf.words or "Ikkje svart" in pdf.words,
    ) == (
        True,
        True,
    )


def test_f25_cyrillic_is_right(read_pdf: Read) -> None:
    hromada()
    version = submitted_response(
        existing_contact="yes", existing_contact_text="Полтавська громада, ґрунт, їжак, Є", notes=""
    )

    assert "Полтавська громада, ґрунт, їжак, Є" in read_pdf(printed(version)).words


@pytest.mark.parametrize("typed", ["😀", "中文", "\ue000", "\u202eabc", "مرحبا", "x" * 1000])
def test_f32_what_the_typeface_lacks_never_stops_the_pdf(read_pdf: Read, typed: str) -> None:
    version = submitted_response(offer_education_text=f"før {typed} etter"[:1000])

    assert read_pdf(printed(version)).words.count("før ") == 1


def test_what_is_typed_is_never_read_as_markup(read_pdf: Read) -> None:
    typed = '#sys.inputs.data $x^2$ *tykk* = Overskrift #include "/etc/passwd" <etikett> @ref'

    words = read_pdf(printed(submitted_response(offer_education_text=typed))).words

    assert typed.replace(" ", "") in words.replace(" ", "")  # a long line may be broken anywhere


def test_l22_nothing_ks_has_noted_stands_in_it(read_pdf: Read) -> None:
    version = submitted_response()
    ask_for_info(
        response=version.response, question="Intern undring", deadline=TODAY, by=actor("kari"), at=NOW
    )

    assert "Intern undring" not in read_pdf(printed(version)).words


def test_l18_contact_persons_are_left_out_for_whoever_may_not_see_them(read_pdf: Read) -> None:
    version = submitted_response()

    shown, hidden = (read_pdf(printed(version, people=people)).words for people in (True, False))

    assert ("Mona Berg" in shown, "Mona Berg" in hidden) == (True, False)


def test_the_same_rows_give_the_same_bytes() -> None:
    version = submitted_response()

    assert printed(version) == printed(version)


def test_f25_download_from_receipt_and_own_side(read_pdf: Read) -> None:
    mona = browser()
    fill_draft(mona)
    receipt = submit(mona).content.decode()
    reference = ResponseVersion.objects.get().response.reference

    answer = mona.get("/kommunens-side/versjon/1/pdf/")

    assert [
        'href="/kommunens-side/versjon/1/pdf/"' in page
        for page in (receipt, mona.get("/kommunens-side/").content.decode())
    ] == [True] * 2
    assert answer["Content-Disposition"] == f'attachment; filename="{reference}-v1.pdf"'
    assert answer["Cache-Control"] == "private, no-store"
    assert reference in read_pdf(answer.content).words


def test_a_pdf_that_cannot_be_made_is_a_plain_page(monkeypatch: pytest.MonkeyPatch) -> None:
    mona = browser()
    fill_draft(mona)
    submit(mona)
    monkeypatch.setattr(core_documents, "TIME_LIMIT", 0.001)  # less than a process takes to start

    answer = mona.get("/kommunens-side/versjon/1/pdf/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "What you have submitted is stored and valid." in " ".join(answer.content.decode().split())


def test_a_document_that_cannot_be_set_is_said_so() -> None:
    with pytest.raises(NotTypeset):
        core_documents.render(
            Document(title="", facts=[{"no": "label"}], sections=[], footer=""), made_at=NOW
        )


def test_own_data_as_pdf_holds_the_persons_own_rows_only(read_pdf: Read) -> None:
    submitted_response()
    mona, other = contact(), contact(email="kollega@bodo.kommune.no")
    theme()

    pdf = read_pdf(journal_pdfs.person_pdf(data=own_data(mona), municipality=mona.municipality, at=NOW))  # type: ignore[arg-type]  # Mona is Bodø's

    assert (pdf.info["Tagged"], mona.email in pdf.words, other.email in pdf.words) == ("yes", True, False)


def test_every_sign_the_typesetter_lets_through_can_be_set() -> None:
    signs = [chr(code) for code in [*range(0x20, 0x530), *range(0x1E00, 0x2200), 0x25A1, 0x1F600]]
    shown = typesetter.showable("".join(signs))
    fact = {"label": "Alle", "value": shown, "values": [], "lang": ""}

    assert core_documents.render(
        Document(title="Tegn", facts=[fact], sections=[], footer=""), made_at=NOW
    ).startswith(b"%PDF")
    assert typesetter.showable("æøå 😀 Ї") == "æøå □ Ї"

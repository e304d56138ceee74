"""The desk's pages about mail texts: what goes out and in whose words, and KS's own words with a preview."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import Page, page
from kommunesamarbeid.core.desk.site import BLOCKS, Block
from kommunesamarbeid.core.languages import label_of
from kommunesamarbeid.core.mail import mail_texts
from kommunesamarbeid.core.mail.composing import Words, compose, faults
from kommunesamarbeid.core.mail.letters import LETTERS, RECEIPT_PAGE, TEXTS, Letter
from kommunesamarbeid.core.models import MailText
from kommunesamarbeid.core.roles import Actor, May

FOLDER = "admin/municipalities/mailtext"
READERS = (May.READ_RESPONSES,)


class TextForm(forms.Form):
    """Subject and text in one language; what is wrong is said at its field, all at once."""

    edition = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    subject = forms.CharField(label=_("Subject"), required=False, widget=forms.TextInput(attrs={"size": 70}))
    body = forms.CharField(
        label=_("Text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "cols": 70}),
        help_text=_(
            "Plain text. A blank line begins a new paragraph. Names in braces are replaced when the mail is "
            "written."
        ),
    )

    def __init__(self, *args: Any, letter: Letter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.letter = letter
        if letter.is_page:
            del self.fields["subject"]
            self.fields["body"].help_text = _("Plain text. A blank line begins a new paragraph.")

    def words(self) -> Words:
        """Return what was typed, as it would be kept."""
        return mail_texts.cleaned(self.cleaned_data.get("subject", ""), self.cleaned_data.get("body", ""))

    def clean(self) -> None:
        """Say everything that keeps the text from being sent."""
        for field, why in faults(self.letter, *self.words()):
            if field in self.fields and field not in self.errors:
                self.add_error(field, why)


def _show_list(admin: MailTextAdmin, request: HttpRequest) -> HttpResponse:
    """List every mail that goes out, and the text of the receipt page."""
    texts = mail_texts.own_texts()
    rows = [
        {
            "letter": letter,
            "texts": [(label_of(code), texts.get((letter.name, code))) for code in letter.languages],
        }
        for letter in (*LETTERS.values(), RECEIPT_PAGE)
    ]
    return page(
        admin, request, f"{FOLDER}/list.html", title=_("Mail texts"), mails=rows[:-1], pages=rows[-1:]
    )


def _show_letter(admin: MailTextAdmin, request: HttpRequest, name: str) -> HttpResponse:
    """Show one text in each language as it goes out now."""
    letter = _letter(name)
    own_texts = mail_texts.own_texts()
    texts = [own_texts.get((name, code)) or MailText(name=name, language=code) for code in letter.languages]
    context: dict[str, Any] = {
        "letter": letter,
        "placeholders": _placeholders(letter),
        "may_edit": admin.actor(request).may(May.EDIT_TEXTS),
        "texts": [
            (text, _preview(letter, text.language, mail_texts.words_of(letter, text))) for text in texts
        ],
    }
    return page(admin, request, f"{FOLDER}/letter.html", title=letter.title, **context)


def _show_changes(admin: MailTextAdmin, request: HttpRequest, name: str, language: str) -> HttpResponse:
    """Show every change of a text, before and after."""
    letter = _letter(name, language)
    text = mail_texts.text_of(letter, language)
    title = gettext("Earlier texts: %(language)s") % {"language": label_of(language)}
    changes = mail_texts.changes_of(text) if text.pk else []
    context: dict[str, Any] = {"letter": letter, "text": text, "changes": changes}
    return page(admin, request, f"{FOLDER}/history.html", title=title, **context)


@dataclass
class Wording:
    """A text in one language, whether somebody has written one or not."""

    letter: Letter
    language: str

    @cached_property
    def text(self) -> MailText:
        """Return KS's own text, blank where there is none."""
        return mail_texts.text_of(self.letter, self.language)


def _wording(visit: Visit) -> Wording:
    return Wording(_letter(**visit.names), visit.names["language"])


def _save(*, wording: Wording, words: Words, seen_edition: int, by: Actor, at: datetime) -> None:
    subject, body = words
    mail_texts.save_text(
        letter=wording.letter,
        language=wording.language,
        subject=subject,
        body=body,
        seen_edition=seen_edition,
        by=by,
        at=at,
    )


def _restore(*, wording: Wording, seen_edition: int, by: Actor, at: datetime) -> None:
    """Go back to the standard text; whoever saw an older text looks again."""
    mail_texts.restore_standard(
        letter=wording.letter, language=wording.language, seen_edition=seen_edition, by=by, at=at
    )


def _as_it_is(visit: Visit) -> dict[str, Any]:
    subject, body = mail_texts.words_of(visit.row.letter, visit.row.text)
    return {"subject": subject, "body": body, "edition": visit.row.text.edition}


def _seen_edition(visit: Visit, _form: None) -> dict[str, Any]:
    edition = visit.request.POST.get("edition", "")
    return {"seen_edition": int(edition) if edition.isdecimal() and len(edition) < 9 else -1}


ACTS = (
    Act(
        "edit", (May.EDIT_TEXTS,), _save, form=TextForm, address="<slug:name>/<slug:language>/",
        find=_wording,
        options=lambda visit: {"letter": visit.row.letter}, initial=_as_it_is,
        values=lambda visit, form: {"words": form.words(), "seen_edition": form.cleaned_data["edition"]},
        preview=lambda visit, form: {
            "previews": list(_previews(visit.row.letter, visit.row.language, form.words()))
        },
        versions=lambda visit, form, current: _versions(visit.row.letter, form, current),
        title=_("Change the text: %(language)s"), button=_("Save the text"),
        done=_("The text is saved. It is used from the next mail on; mails that are written already are not "
               "changed."),
        template=f"{FOLDER}/form.html",
        context=lambda visit: {
            "letter": visit.row.letter,
            "text": visit.row.text,
            "placeholders": _placeholders(visit.row.letter),
        },
        records="mail_text.changed",
    ),
    Act(
        "standard", (May.EDIT_TEXTS,), _restore, address="<slug:name>/<slug:language>/standard/",
        find=_wording,
        values=_seen_edition,
        done=lambda visit, _outcome: (
            _("The text is removed.") if visit.row.letter.is_page else _("The standard text is used again.")
        ),
        records="mail_text.standard",
    ),
)  # fmt: skip


@admin.register(MailText)
class MailTextAdmin(DeskAdmin):
    """Texts of mails: KS reads them, coordinators write their own.

    A text is found by its name and language.
    """

    subject = "wording"
    acts = ACTS
    pages = (
        Page("changelist", _show_list, READERS, ""),
        Page("letter", _show_letter, READERS, "<slug:name>/"),
        Page("history", _show_changes, READERS, "<slug:name>/<slug:language>/history/"),
    )

    def get_urls(self) -> list[URLPattern]:
        """Nothing of the admin's own: most texts have no row."""
        return self.own_urls()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who write texts."""
        return self.actor(request).may(May.EDIT_TEXTS)

    def about(self, row: Wording) -> str:
        """The text's title."""
        return str(row.letter.title)

    def names(self, row: Wording) -> dict[str, str]:
        """The language, for titles."""
        return {"language": label_of(row.language)}

    def url_of(self, row: Wording, request: HttpRequest | None = None) -> str:
        """The text's page."""
        return self.url("letter", row.letter.name)


def _letter(name: str, language: str = "") -> Letter:
    letter = TEXTS.get(name)
    if letter is None or (language and language not in letter.languages):
        raise Http404
    return letter


def _placeholders(letter: Letter) -> list[tuple[str, Any, str]]:
    return [(mark.mark, mark.meaning, mark.value(letter.sample)) for mark in letter.placeholders]


def _preview(letter: Letter, language: str, words: Words) -> dict[str, Any]:
    """Return a text as it would be sent to one of the fictional cast; blank where it cannot be."""
    with translation.override(language):
        subject, body = (
            compose(letter, *words, letter.sample) if not list(faults(letter, *words)) else ("", "")
        )
    return {
        "code": language,
        "language": label_of(language),
        "subject": subject,
        "body": body,
        "sender": settings.DEFAULT_FROM_EMAIL,
    }


def _previews(letter: Letter, language: str, words: Words) -> Iterator[dict[str, Any]]:
    """Yield the text that was typed, then the others as they go out now."""
    yield {**_preview(letter, language, words), "is_new": True}
    texts = mail_texts.own_texts()
    for code in letter.languages:
        if code != language:
            text = texts.get((letter.name, code)) or MailText(name=letter.name, language=code)
            yield _preview(letter, code, mail_texts.words_of(letter, text))


def _versions(letter: Letter, form: Any, current: MailText) -> dict[str, Any]:
    """Return both versions of what differs and who was first, and let the next save be over theirs."""
    form.data = form.data.copy()
    form.data.update(edition=str(current.edition))
    labels = (gettext("Subject"), gettext("Text"))
    pairs = zip(labels, mail_texts.words_of(letter, current), form.words(), strict=True)
    return {
        "versions": [
            (label, _lines(saved), _lines(typed)) for label, saved, typed in pairs if saved != typed
        ],
        "first_by": current.updated_by,
        "first_at": current.updated_at,
    }


def _lines(text: str) -> str:
    return format_html('<span class="desk-text">{}</span>', text)


def blocks(request: HttpRequest) -> Iterator[Block]:
    """Tell whoever may mend it that a text could not be used."""
    if Actor.of(request.user).may(May.EDIT_TEXTS):  # type: ignore[arg-type]  # the desk admits no anonymous user
        unused = [(text, TEXTS.get(text.name)) for text in mail_texts.unused_texts()]
        if unused:
            yield Block(
                f"{FOLDER}/unused.html",
                [(text, letter, label_of(text.language)) for text, letter in unused if letter],
            )


if blocks not in BLOCKS:
    BLOCKS.append(blocks)

"""The desk's pages about mail texts: what goes out and in whose words, a text's page, and KS's own words with a preview."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import Act, Version, act_page, act_url, page, tap
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.desk.site import BLOCKS, Block
from kommunesamarbeid.core.languages import label_of
from kommunesamarbeid.core.mail import mail_texts
from kommunesamarbeid.core.mail.letters import LETTERS, RECEIPT_PAGE, TEXTS, Letter, Words, compose, faults
from kommunesamarbeid.core.models import MailText
from kommunesamarbeid.core.roles import Actor, May

FOLDER = "admin/municipalities/mailtext"


class TextForm(forms.Form):
    """Subject and text in one language; what is wrong is said at its field, all at once."""

    edition = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    subject = forms.CharField(label=_("Subject"), required=False, widget=forms.TextInput(attrs={"size": 70}))
    body = forms.CharField(
        label=_("Text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "cols": 70}),
        help_text=_(
            "Plain text. A blank line begins a new paragraph. Names in braces are replaced when the mail is written."
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


def text_url(verb: str, letter: Letter, *language: str) -> str:
    """Return the address of a text's page, or of an act on it in one language."""
    return reverse(f"admin:core_mailtext_{verb}", args=[letter.name, *language])


@admin.register(MailText)
class MailTextAdmin(ReadAdmin):
    """Texts of mails: KS reads them, coordinators write their own."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who write texts."""
        return self.actor(request).may(May.EDIT_TEXTS)

    def get_urls(self) -> list[URLPattern]:
        """A text is found by its name and language, whether there is a row or not."""
        act = partial(act_url, self)
        return [
            path(
                "", act(self.list_view, May.READ_RESPONSES, methods=("GET",)), name="core_mailtext_changelist"
            ),
            path(
                "<slug:name>/",
                act(self.letter_view, May.READ_RESPONSES, methods=("GET",)),
                name="core_mailtext_letter",
            ),
            path(
                "<slug:name>/<slug:language>/", act(self.edit_view, May.EDIT_TEXTS), name="core_mailtext_edit"
            ),
            path(
                "<slug:name>/<slug:language>/standard/",
                act(self.standard_view, May.EDIT_TEXTS, methods=("POST",)),
                name="core_mailtext_standard",
            ),
            path(
                "<slug:name>/<slug:language>/history/",
                act(self.changes_view, May.READ_RESPONSES, methods=("GET",)),
                name="core_mailtext_history",
            ),
        ]

    def list_view(self, request: HttpRequest) -> HttpResponse:
        """List every mail that goes out, and the text of the receipt page."""
        own = mail_texts.own_texts()
        rows = [
            {
                "letter": letter,
                "texts": [(label_of(code), own.get((letter.name, code))) for code in letter.languages],
            }
            for letter in (*LETTERS.values(), RECEIPT_PAGE)
        ]
        title = _("Mail texts")
        return page(
            self, request, f"{FOLDER}/list.html", title=title, subtitle=None, mails=rows[:-1], pages=rows[-1:]
        )

    def letter_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show one text in each language as it goes out now."""
        letter = _letter(name)
        own = mail_texts.own_texts()
        texts = [own.get((name, code)) or MailText(name=name, language=code) for code in letter.languages]
        context: dict[str, Any] = {
            "letter": letter,
            "placeholders": _placeholders(letter),
            "may_edit": self.actor(request).may(May.EDIT_TEXTS),
            "texts": [
                (text, _preview(letter, text.language, mail_texts.words_of(letter, text))) for text in texts
            ],
        }
        return page(self, request, f"{FOLDER}/letter.html", title=letter.title, subtitle=None, **context)

    def edit_view(self, request: HttpRequest, name: str, language: str) -> HttpResponse:
        """Write a text in one language: look at it as it would be sent, then save."""
        letter = _letter(name, language)
        text = mail_texts.text_of(letter, language)
        subject, body = mail_texts.words_of(letter, text)
        initial = {"subject": subject, "body": body, "edition": text.edition}
        form = TextForm(request.POST if request.method == "POST" else None, letter=letter, initial=initial)
        extra: dict[str, Any] = {"letter": letter, "text": text, "placeholders": _placeholders(letter)}
        act = Act(
            title=gettext("Change the text: %(language)s") % {"language": label_of(language)},
            button=_("Save the text"),
            back=text_url("letter", letter),
            about=letter.title,
            template=f"{FOLDER}/form.html",
            done=_(
                "The text is saved. It is used from the next mail on; mails that are written already are not changed."
            ),
            room=partial(self._save, request, letter, language, form),
            versions=partial(_versions, letter, extra),
            extra=extra,
        )
        if request.method != "POST" or "preview" not in request.POST:
            return act_page(self, request, form, act)
        if form.is_valid():
            act.extra["previews"] = list(_previews(letter, language, form.words()))
        return page(
            self, request, act.template, title=act.title, subtitle=None, act=act, form=form, **act.extra
        )

    def _save(
        self, request: HttpRequest, letter: Letter, language: str, form: TextForm, data: dict[str, Any]
    ) -> None:
        subject, body = form.words()
        mail_texts.save_text(
            letter=letter,
            language=language,
            subject=subject,
            body=body,
            seen_edition=data["edition"],
            by=self.actor(request),
            at=timezone.now(),
        )

    def standard_view(self, request: HttpRequest, name: str, language: str) -> HttpResponse:
        """Go back to the standard text; whoever saw an older text looks again."""
        letter = _letter(name, language)
        seen = request.POST.get("edition", "")
        room = partial(
            mail_texts.restore_standard,
            letter=letter,
            language=language,
            by=self.actor(request),
            at=timezone.now(),
            seen_edition=int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
        )
        done = _("The text is removed.") if letter.is_page else _("The standard text is used again.")
        return tap(request, back=text_url("letter", letter), done=done, room=room)

    def changes_view(self, request: HttpRequest, name: str, language: str) -> HttpResponse:
        """Show every change of a text, before and after."""
        letter = _letter(name, language)
        text = mail_texts.text_of(letter, language)
        title = gettext("Earlier texts: %(language)s") % {"language": label_of(language)}
        changes = mail_texts.changes_of(text) if text.pk else []
        context: dict[str, Any] = {"letter": letter, "text": text, "changes": changes}
        return page(self, request, f"{FOLDER}/history.html", title=title, subtitle=None, **context)


def _letter(name: str, language: str = "") -> Letter:
    letter = TEXTS.get(name)
    if letter is None or (language and language not in letter.languages):
        raise Http404
    return letter


def _placeholders(letter: Letter) -> list[tuple[str, Any, str]]:
    return [(each.mark, each.meaning, each.value(letter.sample)) for each in letter.placeholders]


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
    own = mail_texts.own_texts()
    for code in letter.languages:
        if code != language:
            text = own.get((letter.name, code)) or MailText(name=letter.name, language=code)
            yield _preview(letter, code, mail_texts.words_of(letter, text))


def _versions(letter: Letter, extra: dict[str, Any], form: Any, current: MailText) -> list[Version]:
    """Return both versions of what differs, and let the next save be over theirs."""
    form.data = form.data.copy()
    form.data.update(edition=str(current.edition))
    extra.update(first_by=current.updated_by, first_at=current.updated_at)
    theirs, mine = mail_texts.words_of(letter, current), form.words()
    labels = (gettext("Subject"), gettext("Text"))
    return [
        (label, _lines(their), _lines(my))
        for label, their, my in zip(labels, theirs, mine, strict=True)
        if their != my
    ]


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

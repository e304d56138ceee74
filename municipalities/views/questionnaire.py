"""The questionnaire's pages: task list, one thing per page, check, submit, receipt.

Each POST saves and redirects.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.mail.mail_texts import paragraphs_of
from municipalities.access.sessions import LinkRequest, extend_access, link_required, seconds_left
from municipalities.models import Response
from municipalities.questionnaire.answers import Codebook, Taken, outside_scope, read_draft, take
from municipalities.questionnaire.follow_ups import Asked, print_of
from municipalities.questionnaire.forms import DeclarationForm, PageForm
from municipalities.questionnaire.structure import (
    STRUCTURE,
    Page,
    Section,
    Values,
    find_page,
    follow_ups,
    joined,
    pages_of,
)
from municipalities.questionnaire.summary import (
    Status,
    differences,
    parts,
    public_facts,
    status_of,
    theme_title,
)
from municipalities.questionnaire.unsaved_input import Unsaved, issue_ticket, read_ticket
from municipalities.responses.drafts import (
    StaleDraft,
    find_response,
    people_values,
    save_draft,
    start_response,
)
from municipalities.responses.responses import Incomplete, submit_response, withdraw_response
from municipalities.responses.rounds import RoundClosed, accepts_changes, open_round
from municipalities.states import ResponseState
from municipalities.views.language import FORM, set_language_cookie
from municipalities.views.late_posts import COOKIE, TICKET, ask_for_link, forget_unsaved, unsaved_here
from municipalities.views.public import contact_address

STATUS_WORDS = {
    Status.NOT_STARTED: gettext_lazy("Not started"),
    Status.IN_PROGRESS: gettext_lazy("In progress"),
    Status.COMPLETED: gettext_lazy("Completed"),
}
# A form that says what is wrong is answered with this; what was typed is in it and in the draft.
INVALID = 422
# How often a save is tried again when others save other pages of the same draft in the same moment.
ATTEMPTS = 5
# Where a page was opened from, so that it leads back there.
CHECK = "check"


@link_required
@require_safe
def questionnaire(request: LinkRequest) -> HttpResponse:
    """The task list: every section with its status."""
    response = _open_response(request)
    if response is None:
        return redirect("own_side")
    codebook = Codebook()
    values = _values(response)
    wrong = read_draft(response.draft, people_values(response), codebook).wrong
    tasks = []
    for section in STRUCTURE:
        status = status_of(section, values, wrong)
        url = reverse("question_page", args=[_first_open(section, values, wrong).key])
        tasks.append({"title": section.title, "url": url, "status": status, "words": STATUS_WORDS[status]})
    done = sum(task["status"] == Status.COMPLETED for task in tasks)
    context = {
        "response": response,
        "tasks": tasks,
        "done": done,
        "can_check": not wrong,
        "kept": _unsaved_for(request, response),
        "hours": settings.LINK_SESSION_HOURS,
        "facts": public_facts(request.access.municipality),
    }
    return render(request, "municipalities/questionnaire/task_list.html", context)


@login_not_required
@require_safe
def all_questions(request: HttpRequest) -> HttpResponse:
    """Every question on one page that prints well, the conditional ones too (F-01)."""
    codebook = Codebook()
    sections = [
        (
            section,
            [
                (page, [(question, codebook.options(question)) for question in page.questions])
                for page in section.pages
            ],
        )
        for section in STRUCTURE
    ]
    return render(request, "municipalities/questionnaire/all_questions.html", {"sections": sections})


@require_http_methods(["GET", "HEAD", "POST"])
def _question_page(request: LinkRequest, page: str) -> HttpResponse:
    """Show one page of questions, or save it and go where the button says."""
    if request.method == "POST" and _is_others(request):
        return ask_for_link(request)
    response = _open_response(request)
    if response is None:
        return redirect("own_side")
    section_and_page = find_page(page, response.draft)
    if section_and_page is None:
        raise Http404
    section, shown = section_and_page
    codebook = Codebook()
    if request.method == "POST":
        return _save_page(request, response, section, shown, codebook)
    unsaved = unsaved_here(request, request.access.municipality)
    if unsaved and unsaved.row.page == shown.key:
        return _show_unsaved(request, response, section, shown, unsaved, codebook)
    form = _form(section, shown, _values(response), codebook)
    return _show_page(request, response, section, form)


# Whoever comes without an access has perhaps written something: it is kept (F-09).
question_page = link_required(_question_page, otherwise=ask_for_link)


@link_required
@require_POST
def extend(request: LinkRequest) -> HttpResponse:
    """Let the access live its whole time again, for the page's script that warns before it ends (F-10)."""
    extend_access(request)
    return JsonResponse({"seconds": seconds_left(request)})


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_answers(request: LinkRequest) -> HttpResponse:
    """Show every answer with a way to change it, and submit with the declaration of authority."""
    response = _open_response(request)
    if response is None:
        return redirect("own_side" if request.method != "POST" else "receipt")
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if request.access.may_submit and form.is_valid():
            try:
                language = languages.active()
                submit_response(
                    response=response, by=request.access.actor, at=timezone.now(), language=language
                )
            except Incomplete:
                messages.error(request, _("Something is missing. Nothing has been submitted yet."))
                return redirect("check_answers")
            except RoundClosed:
                return redirect("own_side")
            return redirect("receipt")
        status = INVALID
    return _show_check(request, response, form, status)


@link_required
@require_safe
def receipt(request: LinkRequest) -> HttpResponse:
    """The receipt of the last submitted version; it can be bookmarked."""
    response = find_response(request.access.municipality)
    version = response.versions.order_by("-number").first() if response else None
    if response is None or version is None:
        return redirect("own_side")
    can_change = accepts_changes(response, at=timezone.now())
    closes = response.reopened_until if response.reopened_until is not None else response.round.closes_at
    context = {
        "response": response,
        "version": version,
        "can_change": can_change,
        "closes": closes,
        "contact": contact_address(),
        "thanks": paragraphs_of("receipt_page", languages.active()),
    }
    return render(request, "municipalities/questionnaire/receipt.html", context)


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_interest(request: LinkRequest) -> HttpResponse:
    """Ask whether the interest shall be withdrawn, and withdraw it (F-24)."""
    response = find_response(request.access.municipality)
    if response is None or not request.access.may_submit:
        return redirect("own_side")
    if request.method == "POST":
        withdraw_response(response=response, by=request.access.actor, at=timezone.now())
        messages.success(request, _("The interest is withdrawn."))
        return redirect("own_side")
    return render(request, "municipalities/own_side/withdraw.html", {"response": response})


@link_required
@require_POST
def start_questionnaire(request: LinkRequest) -> HttpResponse:
    """Begin a response in the open round, for instance after having withdrawn."""
    now = timezone.now()
    current = open_round(now)
    if current is None:
        return redirect("own_side")
    access = request.access
    start_response(
        municipality=access.municipality, round=current, contact=access.contact, by=access.actor, at=now
    )
    return redirect("questionnaire")


def _open_response(request: LinkRequest) -> Response | None:
    """Return the response that may be changed now, or None."""
    response = find_response(request.access.municipality)
    return response if response is not None and accepts_changes(response, at=timezone.now()) else None


def _values(response: Response) -> dict[str, Any]:
    return {**response.draft, **people_values(response)}


def _first_open(section: Section, draft: Values, wrong: Values) -> Page:
    """Return the section's first page that is not saved or not right, else its first page."""
    pages = list(pages_of(section, draft))
    saved = draft.get("saved", ())
    return next((page for page in pages if page.key not in saved or page.key in wrong), pages[0])


def _unsaved_for(request: LinkRequest, response: Response) -> dict[str, Any] | None:
    """Return what waits to be saved: a way to its page, or the words themselves when the page is no longer
    asked.
    """
    unsaved = unsaved_here(request, request.access.municipality)
    if unsaved is None:
        return None
    if find_page(unsaved.row.page, response.draft):
        return {"url": reverse("question_page", args=[unsaved.row.page])}
    return {
        "texts": [
            text for name, many in unsaved.values.items() if name != "was" for text in many if text.strip()
        ]
    }


def _earlier_on(response: Response, page: Page) -> date | None:
    """Return when the answers that a page not saved yet is filled with were submitted (F-29)."""
    day = response.draft.get("earlier_on")
    taken_over = any(response.draft.get(question.key) for question in page.questions)
    return (
        date.fromisoformat(day)
        if day and taken_over and page.key not in response.draft.get("saved", ())
        else None
    )


def _is_others(request: LinkRequest) -> bool:
    """Say whether the posted page was shown for another municipality than the one active now."""
    ticket = read_ticket(request.POST.get(TICKET, ""))
    return ticket is not None and ticket.municipality_id != request.access.municipality.pk


def _show_unsaved(
    request: LinkRequest,
    response: Response,
    section: Section,
    page: Page,
    unsaved: Unsaved,
    codebook: Codebook,
) -> HttpResponse:
    """Show the page with what its writer could not save, and beside it what somebody else has saved since
    (F-09).
    """
    was, values = unsaved.values.get("was", []), _values(response)
    asked = Asked.of(section, page, was)
    taken = take(asked.whole, unsaved.values, codebook)
    form = _form(section, page, {**values, **taken.values}, codebook)
    both = differences(asked.whole, values, taken.values, codebook) if asked.is_touched(values, was) else []
    return _show_page(request, response, section, form, kept=True, both=both)


def _form(
    section: Section, page: Page, values: Values, codebook: Codebook, reads: Page | None = None
) -> PageForm:
    return PageForm(
        page,
        codebook,
        values,
        title=theme_title(page, codebook),
        follow_ups=follow_ups(section, page),
        reads=reads,
    )


def _save_page(
    request: LinkRequest, response: Response, section: Section, page: Page, codebook: Codebook
) -> HttpResponse:
    asked = Asked.of(section, page, request.POST.getlist("was"))
    taken = take(asked.whole, request.POST, codebook)
    go = request.POST.get("go", "next")
    try:
        response = _save_answers(request, response, asked, taken, answered=go != "auto")
    except StaleDraft as stale:
        return _show_conflict(request, stale.response, section, asked, taken, codebook)
    except RoundClosed:
        return _autosaved(None) if go == "auto" else redirect("own_side")
    if go == "auto":
        return _autosaved(
            {
                "seen": response.draft_number,
                "was": asked.prints(_values(response)),
                "seconds": seconds_left(request),
            }
        )
    reads = joined(page, asked.called_for(taken.values))
    form = _form(section, page, {**_values(response), **taken.values}, codebook, reads)
    form.full_clean()
    form.refuse_numbers(taken.removed)
    if go == "next" and form.errors and "language" not in request.POST:
        http_response = _show_page(request, response, section, form, status=INVALID)
    else:
        if taken.removed:
            messages.warning(
                request, _("We removed what looks like a national identity number. The rest is saved.")
            )
        http_response = _go_on(request, response, section, page, go, asked.answered(taken.values))
        _warn_of_scope(request, reads, taken)
    if COOKIE in request.COOKIES and unsaved_here(request, request.access.municipality):
        forget_unsaved(request, http_response)
    return http_response


def _save_answers(
    request: LinkRequest, response: Response, asked: Asked, taken: Taken, *, answered: bool
) -> Response:
    """Save the page and return the response as it is then.

    What others have saved on other pages meanwhile stays.

    Raises StaleDraft when somebody has saved something else on this very page since it was shown, and
    RoundClosed.
    """
    seen = request.POST.get("seen", "")
    inline = asked.answered(taken.values)
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
    for attempt in count():
        try:
            save_draft(
                response=response,
                values=taken.values,
                by=request.access.actor,
                at=timezone.now(),
                seen_number=number,
                page=asked.page.key if answered else "",
                inline=inline if answered else (),
            )
        except StaleDraft as stale:
            response, saved_values = stale.response, _values(stale.response)
            is_saved = all(
                (saved_values.get(key) or "") == (value or "") for key, value in taken.values.items()
            )
            if is_saved and (
                not answered or {asked.page.key, *inline} <= set(response.draft.get("saved", ()))
            ):
                return response  # pressed twice, or saved by the script a moment ago
            if attempt == ATTEMPTS or (
                not is_saved and asked.is_touched(saved_values, request.POST.getlist("was"))
            ):
                raise
            number = response.draft_number
        else:
            return response
    raise AssertionError  # the loop has no other end


def _warn_of_scope(request: LinkRequest, page: Page, taken: Taken) -> None:
    """Say kindly that a text offers what the scheme does not cover; it is saved as it was written."""
    for phrases in outside_scope(taken.values, [(STRUCTURE[0], page)]).values():
        warning = _(
            "You mention “%(phrases)s”. Building works and investment are not part of the scheme, but "
            "knowledge about them is: planning, procurement, follow-up. "
            "Your text is saved as you wrote it, and you can change it if you like."
        )
        messages.warning(request, warning % {"phrases": ", ".join(phrases)})


def _phrases(answers: Values) -> str:
    return ", ".join(
        dict.fromkeys(phrase for phrases in answers.get("outside_scope", {}).values() for phrase in phrases)
    )


def _autosaved(numbers: dict[str, Any] | None) -> HttpResponse:
    """Tell the page's own script when its draft was saved; None: the questionnaire has closed."""
    if numbers is None:
        return JsonResponse({}, status=410)
    return JsonResponse({**numbers, "time": time_format(timezone.localtime(), "H.i")})


def _go_on(
    request: LinkRequest, response: Response, section: Section, page: Page, go: str, inline: list[str]
) -> HttpResponseRedirect:
    """Redirect to where the button leads: the next or previous page, the task list, or back to the check
    page.

    What was answered `inline` is not asked again; the way back of whoever has a script leads past what
    unfolds.
    """
    unfolds = go == "previous" and "unfolds" in request.POST
    pages = [
        other
        for other in pages_of(section, response.draft)
        if other.key not in inline and (other == page or not (unfolds and other.inline))
    ]
    position = next((index for index, other in enumerate(pages) if other.key == page.key), 0)
    language = request.POST.get("language", "")
    if language in languages.CODES:
        # The header's language buttons belong to this page's form: what is written is saved, and the page
        # stays (F-28).
        http_response = HttpResponseRedirect(request.get_full_path())
        set_language_cookie(http_response, language)
        return http_response
    if go == "later":
        messages.success(
            request, _("The draft is saved. You can go on here, or ask for a new link another day.")
        )
        return redirect("questionnaire")
    if go == "previous":
        return redirect("question_page", pages[position - 1].key) if position else redirect("questionnaire")
    if request.GET.get("from") == CHECK:
        saved = response.draft.get("saved", ())
        following = next((other for other in pages[position + 1 :] if other.key not in saved), None)
        return _page_from_check(following) if following else redirect("check_answers")
    return (
        redirect("question_page", pages[position + 1].key)
        if position + 1 < len(pages)
        else redirect("questionnaire")
    )


def _page_from_check(page: Page) -> HttpResponseRedirect:
    return redirect(f"{reverse('question_page', args=[page.key])}?from={CHECK}")


def _show_page(
    request: LinkRequest,
    response: Response,
    section: Section,
    form: PageForm,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    page, values = form.page, _values(response)
    unfolding = [
        (other, print_of(other, values), form.fields_of(other)) for other in follow_ups(section, page)
    ]
    context = {
        "response": response,
        "section": section,
        "page": page,
        "form": form,
        "title": form.title,
        "unfolding": unfolding,
        "first": next(iter(pages_of(section, response.draft))).key == page.key,
        "seen": response.draft_number,
        "was": print_of(page, values),
        "hours": settings.LINK_SESSION_HOURS,
        "seconds": seconds_left(request),
        "earlier_on": _earlier_on(response, page),
        "ticket": issue_ticket(municipality=request.access.municipality, page=page.key),
        "language_form": FORM,
        **more,
    }
    return render(request, "municipalities/questionnaire/question_page.html", context, status=status)


def _show_conflict(
    request: LinkRequest, response: Response, section: Section, asked: Asked, taken: Taken, codebook: Codebook
) -> HttpResponse:
    """Show, by field, what somebody else saved beside what was typed here.

    Pressing on saves the typed (F-12).
    """
    if request.POST.get("go") == "auto":
        return JsonResponse({}, status=409)
    values = _values(response)
    form = _form(section, asked.page, {**values, **taken.values}, codebook)
    both = differences(asked.whole, values, taken.values, codebook)
    return _show_page(request, response, section, form, status=409, both=both)


def _show_check(request: LinkRequest, response: Response, form: DeclarationForm, status: int) -> HttpResponse:
    codebook = Codebook()
    reading = read_draft(response.draft, people_values(response), codebook)
    shown = parts(reading.answers, codebook, people_values(response))
    missing = []
    for part in shown:
        for page, rows in part.pages:
            url = f"{reverse('question_page', args=[page.key])}?from={CHECK}"
            for row in rows:
                row.change_url = url
            missing += [(message, url) for message in reading.wrong.get(page.key, {}).values()]
    context = {
        "response": response,
        "parts": shown,
        "missing": missing,
        "outside": _phrases(reading.answers),
        "form": form,
        "resubmits": response.state != ResponseState.DRAFT,
    }
    return render(request, "municipalities/questionnaire/check_answers.html", context, status=status)

"""The questionnaire's pages: task list, one thing per page, check, submit, receipt; each POST saves and redirects."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from municipalities.answers import Known, Taken, read_draft, take
from municipalities.drafts import StaleDraft, find_response, people_values, save_draft, start_response
from municipalities.forms import DeclarationForm, PageForm
from municipalities.models import Response
from municipalities.questionnaire import STRUCTURE, Page, Section, Values, find_page, pages_of
from municipalities.responses import Incomplete, submit_response, withdraw_response
from municipalities.rounds import RoundClosed, accepts_changes, open_round
from municipalities.sessions import LinkRequest, link_required
from municipalities.states import ResponseState
from municipalities.summary import Status, parts, status_of, theme_title
from municipalities.views.public import contact_address

STATUS_WORDS = {
    Status.NOT_STARTED: gettext_lazy("Not started"),
    Status.IN_PROGRESS: gettext_lazy("In progress"),
    Status.COMPLETED: gettext_lazy("Completed"),
}
# A form that says what is wrong is answered with this; what was typed is in it and in the draft.
INVALID = 422
# Where a page was opened from, so that it leads back there.
CHECK = "check"


@link_required
@require_safe
def questionnaire(request: LinkRequest) -> HttpResponse:
    """The task list: every section with its status."""
    response = _open_response(request)
    if response is None:
        return redirect("own_side")
    known = Known()
    values = _values(response)
    wrong = read_draft(response.draft, people_values(response), known).wrong
    tasks = []
    for section in STRUCTURE:
        status = status_of(section, values, wrong)
        url = reverse("question_page", args=[_first_open(section, values, wrong).key])
        tasks.append({"title": section.title, "url": url, "status": status, "words": STATUS_WORDS[status]})
    done = sum(task["status"] == Status.COMPLETED for task in tasks)
    context = {"response": response, "tasks": tasks, "done": done, "can_check": not wrong}
    return render(request, "municipalities/task_list.html", context)


@login_not_required
@require_safe
def all_questions(request: HttpRequest) -> HttpResponse:
    """Every question on one page that prints well, the conditional ones too (F-01)."""
    known = Known()
    sections = [
        (section, [(page, [(question, known.options(question)) for question in page.questions]) for page in section.pages])
        for section in STRUCTURE
    ]
    return render(request, "municipalities/all_questions.html", {"sections": sections})


@link_required
@require_http_methods(["GET", "HEAD", "POST"])
def question_page(request: LinkRequest, page: str) -> HttpResponse:
    """Show one page of questions, or save it and go where the button says."""
    response = _open_response(request)
    if response is None:
        return redirect("own_side")
    found = find_page(page, response.draft)
    if found is None:
        raise Http404
    known = Known()
    if request.method == "POST":
        return _save_page(request, response, *found, known)
    values = _values(response)
    form = PageForm(found[1], known, values, title=theme_title(found[1], known))
    return _show_page(request, response, *found, form, known)


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
                language = translation.get_language() or settings.LANGUAGE_CODE
                submit_response(response=response, by=request.access.actor, at=timezone.now(), language=language)
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
        "response": response, "version": version, "can_change": can_change, "closes": closes, "contact": contact_address(),
    }  # fmt: skip
    return render(request, "municipalities/receipt.html", context)


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
    return render(request, "municipalities/withdraw.html", {"response": response})


@link_required
@require_POST
def start_questionnaire(request: LinkRequest) -> HttpResponse:
    """Begin a response in the open round, for instance after having withdrawn."""
    now = timezone.now()
    current = open_round(now)
    if current is None:
        return redirect("own_side")
    access = request.access
    start_response(municipality=access.municipality, round=current, contact=access.contact, by=access.actor, at=now)
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


def _print_of(page: Page, values: Values) -> str:
    """Return a short print of a page's values: whether somebody else has touched this page since it was shown."""
    cells = [values.get(question.key) or "" for question in page.questions]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def _save_page(request: LinkRequest, response: Response, section: Section, page: Page, known: Known) -> HttpResponse:
    taken = take(page, request.POST, known)
    seen = request.POST.get("seen", "")
    try:
        number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
        _save(request, response, page, taken, number)
    except StaleDraft as stale:
        response, theirs = stale.response, _values(stale.response)
        mine_is_saved = all((theirs.get(key) or "") == (value or "") for key, value in taken.values.items())
        if not mine_is_saved and _print_of(page, theirs) != request.POST.get("was"):
            return _show_conflict(request, response, section, page, taken, known)
        if not mine_is_saved:
            _save(request, response, page, taken, response.draft_number)
    except RoundClosed:
        return redirect("own_side")
    go = request.POST.get("go", "next")
    form = PageForm(page, known, taken.values, title=theme_title(page, known), proceed=True)
    form.full_clean()
    form.refuse_numbers(taken.removed)
    if go == "next" and form.errors:
        return _show_page(request, response, section, page, form, known, status=INVALID)
    if taken.removed:
        messages.warning(request, _("We removed what looks like a national identity number. The rest is saved."))
    return _go_on(request, response, section, page, go)


def _save(request: LinkRequest, response: Response, page: Page, taken: Taken, number: int) -> None:
    save_draft(
        response=response, values=taken.values, by=request.access.actor, at=timezone.now(), seen_number=number, page=page.key
    )


def _go_on(request: LinkRequest, response: Response, section: Section, page: Page, go: str) -> HttpResponseRedirect:
    """Redirect to where the button leads: the next or previous page, the task list, or back to the check page."""
    pages = list(pages_of(section, response.draft))
    place = next((index for index, other in enumerate(pages) if other.key == page.key), 0)
    if go == "later":
        messages.success(request, _("The draft is saved. You can go on here, or ask for a new link another day."))
        return redirect("questionnaire")
    if go == "previous":
        return redirect("question_page", pages[place - 1].key) if place else redirect("questionnaire")
    if request.GET.get("from") == CHECK:
        saved = response.draft.get("saved", ())
        following = next((other for other in pages[place + 1 :] if other.key not in saved), None)
        return _page_from_check(following) if following else redirect("check_answers")
    return redirect("question_page", pages[place + 1].key) if place + 1 < len(pages) else redirect("questionnaire")


def _page_from_check(page: Page) -> HttpResponseRedirect:
    return redirect(f"{reverse('question_page', args=[page.key])}?from={CHECK}")


def _show_page(
    request: LinkRequest, response: Response, section: Section, page: Page, form: PageForm, known: Known, status: int = 200,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    context = {
        "response": response, "section": section, "page": page, "form": form, "title": theme_title(page, known),
        "first": next(iter(pages_of(section, response.draft))).key == page.key, "seen": response.draft_number,
        "was": _print_of(page, _values(response)), **more,
    }  # fmt: skip
    return render(request, "municipalities/question_page.html", context, status=status)


def _show_conflict(
    request: LinkRequest, response: Response, section: Section, page: Page, taken: Taken, known: Known
) -> HttpResponse:
    """Show what somebody else saved beside what was typed here; pressing on saves the typed (F-12)."""
    theirs = read_draft(response.draft, people_values(response), known).answers
    rows = [
        row
        for part in parts(theirs, known, people_values(response))
        for other, found in part.pages
        if other.key == page.key
        for row in found
    ]
    form = PageForm(page, known, taken.values, title=theme_title(page, known))
    return _show_page(request, response, section, page, form, known, status=409, theirs=rows, conflict=True)


def _show_check(request: LinkRequest, response: Response, form: DeclarationForm, status: int) -> HttpResponse:
    known = Known()
    reading = read_draft(response.draft, people_values(response), known)
    shown = parts(reading.answers, known, people_values(response))
    missing = []
    for part in shown:
        for page, rows in part.pages:
            url = f"{reverse('question_page', args=[page.key])}?from={CHECK}"
            for row in rows:
                row.change_url = url
            missing += [(message, url) for message in reading.wrong.get(page.key, {}).values()]
    context = {
        "response": response, "parts": shown, "missing": missing, "form": form,
        "resubmits": response.state != ResponseState.DRAFT,
    }  # fmt: skip
    return render(request, "municipalities/check_answers.html", context, status=status)

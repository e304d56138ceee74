"""The portal's own error pages, the language switch, and the demo's mailbox."""

from __future__ import annotations

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from post_office.models import Email

from kommunesamarbeid.core import languages


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the page had expired and what is kept."""
    return render(request, "errors/csrf.html", status=403)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return render(request, "errors/400.html", status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "errors/403.html", status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render(request, "errors/404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when the database is away: touches neither database nor session, for they may be what
    failed.
    """
    status = 503 if isinstance(sys.exc_info()[1], OperationalError | InterfaceError) else 500
    language = languages.active()
    page = render_to_string(
        f"errors/{status}.html", {"error_id": getattr(request, "error_id", ""), "LANGUAGE_CODE": language}
    )
    return HttpResponse(page, status=status, headers={"Retry-After": "30"} if status == 503 else None)


@login_not_required
@require_safe
def demo_mailbox(request: HttpRequest) -> HttpResponse:
    """List the demo's outgoing mail; nothing is ever sent from a demo."""
    if not settings.DEMO:
        raise Http404
    return render(request, "demo/mailbox.html", {"mails": Email.objects.order_by("-id")[:100]})


@login_not_required
@require_safe
def demo_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one mail of the demo."""
    if not settings.DEMO:
        raise Http404
    return render(request, "demo/mail.html", {"mail": get_object_or_404(Email, pk=pk)})

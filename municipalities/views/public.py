"""What everybody may read: what the scheme is, how personal data is handled, and how accessible the portal
is.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

SECURITY_NOTE_VALID = timedelta(days=180)


def contact_address() -> str:
    """Return the address readers write to: the one the portal's mail comes from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


@login_not_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what the scheme is, what it is not, and where to begin."""
    return render(request, "municipalities/public/start.html")


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Explain the scheme, how pairs are proposed, and whom to ask."""
    return render(request, "municipalities/public/about.html", {"contact": contact_address()})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say which personal data is kept, why, for how long and who sees it."""
    return render(request, "municipalities/public/privacy.html", {"contact": contact_address()})


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "municipalities/public/accessibility.html", {"contact": contact_address()})


@login_not_required
@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """List every cookie the portal may set."""
    return render(
        request, "municipalities/public/cookies.html", {"session_hours": settings.SESSION_COOKIE_AGE // 3600}
    )


@login_not_required
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116: whom to tell about a security hole."""
    expires = (timezone.now() + SECURITY_NOTE_VALID).astimezone(UTC)
    lines = [
        f"Contact: mailto:{contact_address()}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: no, en, uk",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")

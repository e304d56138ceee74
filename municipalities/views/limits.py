"""How often one browser's network, or one address, may ask for links.

The counts live in the cache for an hour.
"""

from __future__ import annotations

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

WINDOW = 3600
# A whole conference, or a county's shared network, may ask within the hour; what one mailbox gets is limited
# by its address.
PER_NETWORK = 300
PER_ADDRESS = 6


def too_many_links(request: HttpRequest, email: str) -> bool:
    """Count this request for a link and say whether it is one too many."""
    counts = (
        _count("network", client_address(request)) > PER_NETWORK,
        _count("address", email) > PER_ADDRESS,
    )
    return any(counts)


def client_address(request: HttpRequest) -> str:
    """Return the address the request came from; behind the trusted proxy, the one the proxy saw."""
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None) and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _count(kind: str, value: str) -> int:
    # A keyed hash: neither the network address nor the e-mail address is stored.
    key = f"links-{kind}-{salted_hmac('municipalities.limits', value).hexdigest()[:32]}"
    if cache.add(key, 1, WINDOW):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it expired between the two calls
        return 1

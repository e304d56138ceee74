"""What happens above when something changes below: an explicit table, called inside the same transaction.

`municipalities` never imports `matching`; it emits one of these events. `matching/apps.py` fills the table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from kommunesamarbeid.core.roles import Actor

Handler = Callable[..., object]

EVENTS: dict[str, list[Handler]] = {
    "registers_loaded": [],  # (report)
    "edition_loaded": [],  # (edition): the official list says something new
    "response_withdrawn": [],  # (response)
    "response_joined": [],  # (response): its municipality is now part of another one's application
}


def on(event: str, handler: Handler) -> None:
    """Register `handler` for `event`; an unknown event is a programming error (KeyError)."""
    if handler not in EVENTS[event]:
        EVENTS[event].append(handler)


def emit(event: str, *, by: Actor, at: datetime, **payload: Any) -> None:
    """Call every handler of `event` now, in the caller's transaction."""
    for handler in EVENTS[event]:
        handler(by=by, at=at, **payload)

"""Log lines are JSON and carry no IP address, token, name, mail address or phone number."""

from __future__ import annotations

from typing import Any

import structlog
from structlog.typing import EventDict, Processor

DROPPED = frozenset(
    {"ip", "remote_addr", "user_agent", "email", "mail", "token", "name", "phone", "referer", "password"}
)


def drop_personal_data(logger: Any, method: str, event: EventDict) -> EventDict:
    """Remove every key that could name a person, a machine or a secret, and the path of a link."""
    for key in DROPPED & event.keys():
        del event[key]
    for key in ("request", "event"):  # django.request writes the path into the event's own text
        if isinstance(text := event.get(key), str):
            event[key] = without_token(text)
    return event


def without_token(text: str) -> str:
    """Return `text` with the secret part of an access link blanked."""
    head, mark, _tail = text.partition("/lenke/")
    return f"{head}{mark}…" if mark else text


PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    drop_personal_data,
]

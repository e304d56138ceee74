"""A document becomes a tagged PDF in a process of its own, so that one bad document never
holds up a server.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from django.utils.translation import gettext as _

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.files import typesetter

TIME_LIMIT = 10


# At most so many at once in one server process: a crowd that downloads waits its turn instead of filling the
# machine.
AT_ONCE = BoundedSemaphore(2)


AUTHOR = "KS – Kommunesamarbeid"


class NotTypeset(Exception):
    """The PDF could not be made in time; nothing is lost, and it can be asked for again."""


@dataclass(frozen=True)
class Document:
    """What is typeset: a title, a lead, a table of facts, sections of rows, and the foot of every page."""

    title: str
    facts: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    footer: str
    lead: str = ""
    keywords: Sequence[str] = ()


def render(document: Document, *, made_at: datetime) -> bytes:
    """Return a document in the language in force, set in a process of its own within ten seconds. Raises
    NotTypeset.
    """
    typed = {
        **asdict(document),
        "author": AUTHOR,
        "lang": languages.active(),
        "region": "NO",
        "page_word": str(_("Page")),
        "made_at": int(made_at.timestamp()),
    }
    if not AT_ONCE.acquire(timeout=TIME_LIMIT):
        raise NotTypeset
    try:
        done = subprocess.run(
            [sys.executable, typesetter.__file__],
            input=json.dumps(typed).encode(),
            capture_output=True,
            timeout=TIME_LIMIT,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NotTypeset from error
    finally:
        AT_ONCE.release()
    return done.stdout

"""Sets a document as tagged PDF/UA-1. Run as a program of its own, so that one bad document never holds up a
server.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).resolve().parents[3] / "templates" / "pdf" / "document.typ"
# What the built-in typeface has, measured sign by sign: PDF/UA forbids a sign that cannot be shown.
UNSHOWN = re.compile("[^\n\u0020-\u04ff\u1e00-\u2040\u2044-\u2052\u20a0-\u20bf\u2190-\u21ff\u25a1]")
# Such signs (emoji, private use, unassigned) stand as an open square; the portal shows them as they were
# typed.
SQUARE = "\u25a1"


def typeset(document: dict[str, Any]) -> bytes:
    """Return the document as PDF/UA-1. Raises RuntimeError when it cannot be set."""
    import typst

    pdf: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"data": json.dumps(showable(document))},
        timestamp=document["made_at"],
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )
    return pdf


def showable(value: Any) -> Any:
    """Return the value with every sign that the typeface lacks as an open square."""
    if isinstance(value, str):
        # Signs of format (zero width, turns of direction) show nothing and could turn the text round: they
        # fall out.
        return "".join(
            SQUARE if _is_unshown(sign) else sign for sign in value if unicodedata.category(sign) != "Cf"
        )
    if isinstance(value, dict):
        return {key: showable(item) for key, item in value.items()}
    return [showable(item) for item in value] if isinstance(value, list) else value


def _is_unshown(sign: str) -> bool:
    return sign != "\n" and (
        UNSHOWN.match(sign) is not None or unicodedata.category(sign) in {"Cc", "Cn", "Co", "Cs"}
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(typeset(json.load(sys.stdin)))

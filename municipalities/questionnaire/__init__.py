"""The questionnaire as data: its questions, forms, answers with one meaning, summaries and PDFs, and what
could not be saved.
"""

from __future__ import annotations

from municipalities.questionnaire.answers import Codebook, is_email, raw_values, read_draft, tidy
from municipalities.questionnaire.forms import without_form_tag
from municipalities.questionnaire.structure import (
    MANY,
    STRUCTURE,
    STRUCTURE_VERSION,
    Kind,
    Page,
    Question,
    Store,
    Text,
    Values,
)
from municipalities.questionnaire.unsaved_input import drop_expired

__all__ = [
    "MANY",
    "STRUCTURE",
    "STRUCTURE_VERSION",
    "Codebook",
    "Kind",
    "Page",
    "Question",
    "Store",
    "Text",
    "Values",
    "drop_expired",
    "is_email",
    "raw_values",
    "read_draft",
    "tidy",
    "without_form_tag",
]

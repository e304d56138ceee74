"""Engine codes in, sentences out, the same on every page and in every language."""

from __future__ import annotations

from matching.wording.chains import consequences, price_words
from matching.wording.codes import criterion_label, joined, progress_text, rule_text
from matching.wording.pairs import reasons, theme_names, verdict_sentence, weakest_point
from matching.wording.results import failure_text, limit_text, proof_sentence, scheme_reason

__all__ = [
    "consequences", "criterion_label", "failure_text", "joined", "limit_text", "price_words", "progress_text", "proof_sentence", "reasons", "rule_text",
    "scheme_reason", "theme_names", "verdict_sentence", "weakest_point",
]  # fmt: skip

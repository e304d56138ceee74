"""Engine codes in, sentences out, the same on every page and in every language."""

from __future__ import annotations

from matching.wording.chains import consequences, gain, price_meaning, price_words
from matching.wording.code_words import criterion_label, joined, progress_text, rule_text
from matching.wording.pair_reasons import reasons, theme_names, verdict_sentence, weakest_point
from matching.wording.plans import (
    LIMIT_NAMES,
    bad_change_text,
    change_text,
    fairness_text,
    job_failure_text,
    limit_value,
    missing_text,
    same_text,
    stability_text,
    step_name,
)
from matching.wording.results import failure_text, limit_text, proof_sentence, scheme_reason

__all__ = [
    "LIMIT_NAMES", "bad_change_text", "change_text", "consequences", "criterion_label", "failure_text",
    "fairness_text", "gain",
    "job_failure_text", "joined", "limit_text", "limit_value", "missing_text", "price_meaning", "price_words",
    "progress_text", "proof_sentence",
    "reasons", "rule_text", "same_text", "scheme_reason", "stability_text", "step_name", "theme_names",
    "verdict_sentence", "weakest_point",
]  # fmt: skip

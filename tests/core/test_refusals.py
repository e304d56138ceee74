"""A refusal carries its words and its field, and a service hands over other ones without a class of its own."""

from __future__ import annotations

import pytest

from kommunesamarbeid.core.refusals import InFuture, ReasonMissing, Refused


def test_a_refusal_says_its_own_words_at_its_field() -> None:
    assert (str(ReasonMissing()), ReasonMissing().field) == ("Begrunnelse må fylles ut.", "reason")


def test_a_service_hands_over_words_and_field_for_one_refusal_only() -> None:
    refusal = InFuture(message="Not yet.", field="given_on")
    assert (str(refusal), refusal.field) == ("Not yet.", "given_on")
    assert (str(InFuture()), InFuture().field) == ("Datoen er i framtiden.", "")


def test_what_a_rule_knows_of_the_case_goes_with_the_refusal() -> None:
    with pytest.raises(Refused) as caught:
        raise Refused(17, "0301", message="No.")
    assert (caught.value.args, str(caught.value)) == ((17, "0301"), "No.")

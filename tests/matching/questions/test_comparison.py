"""Two plans side by side say what is the same, what changed, and who gains or loses."""

from __future__ import annotations

from matching.questions.comparison import Changed, Gain, compare

BEFORE = {("1804", "A"): 5_000, ("5501", "B"): 4_000, ("4621", "C"): 3_000}
AFTER = {("1804", "A"): 5_000, ("5501", "C"): 4_500, ("1811", "B"): 2_000}


def test_same_changed_and_only_in_one() -> None:
    found = compare(BEFORE, AFTER)
    assert found.same == (("1804", "A"),)
    assert found.changed == (Changed("5501", ("B",), ("C",)),)
    assert found.only_before == (Changed("4621", ("C",), ()),)
    assert found.only_after == (Changed("1811", (), ("B",)),)


def test_gains_name_both_sides_the_largest_first_and_leave_out_who_is_as_before() -> None:
    assert compare(BEFORE, AFTER).gains == (
        Gain("no", "1811", 0, 2_000),
        Gain("ua", "C", 3_000, 4_500),
        Gain("no", "5501", 4_000, 4_500),
        Gain("ua", "B", 4_000, 2_000),
        Gain("no", "4621", 3_000, 0),
    )


def test_both_sides_gain_what_the_plan_gains() -> None:
    gains = compare(BEFORE, AFTER).gains
    for side in ("no", "ua"):
        assert sum(gain.points for gain in gains if gain.side == side) == sum(AFTER.values()) - sum(
            BEFORE.values()
        )


def test_a_plan_beside_itself_differs_in_nothing() -> None:
    found = compare(BEFORE, BEFORE)
    assert (found.same, found.changed, found.only_before, found.only_after, found.gains) == (
        tuple(sorted(BEFORE)),
        (),
        (),
        (),
        (),
    )


def test_a_municipality_with_several_partners_is_compared_as_a_whole() -> None:
    found = compare({("1804", "A"): 1, ("1804", "B"): 2}, {("1804", "B"): 2, ("1804", "C"): 3})
    assert (found.same, found.changed) == ((("1804", "B"),), (Changed("1804", ("A", "B"), ("B", "C")),))

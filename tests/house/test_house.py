"""The house stays one that can be seen at a glance: what `tests/house/measures.py` prints is held to its limits."""

from __future__ import annotations

from tests.house import measures


def test_no_folder_holds_more_modules_than_one_can_overlook() -> None:
    count, folder = measures.fullest_folders()[0]
    assert count <= measures.MOST_MODULES, folder


def test_nothing_imports_in_a_circle_also_not_for_types() -> None:
    assert measures.circle_of_modules() == []
    assert measures.circle_of_folders() == []


def test_other_steps_come_in_by_the_front_door() -> None:
    assert measures.doors_passed_by() == []


def test_locals_are_named_for_what_they_hold() -> None:
    assert measures.vague_share() <= 0.005


def test_lines_have_air() -> None:
    assert measures.long_share() <= 0.01
    assert measures.skipped_formats() == []


def test_a_function_of_many_parameters_takes_a_record() -> None:
    assert measures.crowded_functions() == []


def test_every_event_is_emitted_and_heard() -> None:
    assert measures.silent_events() == []


def test_one_refusal_has_one_class() -> None:
    assert measures.twin_refusals() == {}


def test_no_two_files_of_steps_and_desks_have_one_name() -> None:
    assert measures.twin_files() == {}

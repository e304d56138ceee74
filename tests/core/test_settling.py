"""A worker that has loaded everything does not walk it again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from celery.signals import worker_process_init

from kommunesamarbeid.celery import settle


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    """Begin with nothing out of garbage collection, and leave the test process as it was: all that is loaded is."""
    gc.unfreeze()
    yield
    gc.freeze()


def test_what_a_worker_has_loaded_is_out_of_garbage_collection() -> None:
    gc.collect()  # what earlier tests have left to be thrown away is not loaded
    before = len(gc.get_objects())
    settle()
    assert gc.get_freeze_count() > 0.9 * before
    assert len(gc.get_objects()) < 0.1 * before


def test_every_process_of_the_pool_settles_when_it_starts() -> None:
    assert gc.get_freeze_count() == 0
    worker_process_init.send(sender=None)
    assert gc.get_freeze_count() > 0

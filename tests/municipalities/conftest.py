"""What the tests of this folder may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def english() -> Iterator[None]:
    """Answer in the source language, so that a test can name the words without a catalog."""
    with translation.override("en"):
        yield

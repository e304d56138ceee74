"""`/healthz` answers without the database; `/readyz` says which part is not ready."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from kommunesamarbeid.core.models import Heartbeat
from kommunesamarbeid.core.tasks import heartbeat


@pytest.mark.django_db
def test_healthz_touches_no_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"alive": True}


@pytest.mark.django_db
def test_readyz_is_ready_after_a_heartbeat(client: Client) -> None:
    heartbeat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "ready": True,
            "database": True,
            "broker": True,
            "beat": True,
            "mail": "working",
            "mail_due": 0,
            "mail_oldest_seconds": 0,
            "mail_refused": 0,
        },
    )


@pytest.mark.django_db
def test_readyz_says_that_beat_is_silent(client: Client) -> None:
    Heartbeat.objects.create(name="beat", at=timezone.now() - timedelta(minutes=5))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["beat"]) == (503, False)


@pytest.mark.django_db
def test_readyz_says_that_the_broker_is_away(client: Client, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    heartbeat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, False)

"""Log lines carry no IP address, token, name, mail address or phone number."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from django.test import Client

from kommunesamarbeid.core.web.logs import drop_personal_data, without_token


def test_keys_that_name_people_machines_or_secrets_are_dropped() -> None:
    event = {
        "event": "x",
        "ip": "192.0.2.1",
        "email": "mona@bodo.example",
        "token": "t",
        "name": "Mona",
        "phone": "1",
        "user_id": 4,
    }
    assert drop_personal_data(None, "info", event) == {"event": "x", "user_id": 4}


def test_the_secret_part_of_a_link_is_blanked() -> None:
    assert without_token("GET /lenke/abcDEF123/") == "GET /lenke/…"
    assert without_token("GET /meld-interesse/") == "GET /meld-interesse/"


@pytest.mark.django_db
def test_a_request_with_a_token_leaves_neither_token_nor_address_in_the_log(client: Client) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    logger = logging.getLogger("django_structlog")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        client.get("/lenke/this-is-a-secret-token/", REMOTE_ADDR="192.0.2.77")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.WARNING)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {line["event"] for line in lines} >= {"request_started", "request_finished"}
    assert "192.0.2.77" not in stream.getvalue()
    assert "this-is-a-secret-token" not in stream.getvalue()
    structlog.contextvars.clear_contextvars()

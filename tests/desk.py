"""The desk as a test sees it: browsers of the cast that are logged in, the words of a page, and where an object's pages are."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from matching.models import MatchRun
from municipalities.models import Candidate, Response
from tests.people import staff


def desk(who: str, language: str = "en") -> Client:
    """Return a browser in which one of the cast is logged in, reading in the source language unless told."""
    client = Client(headers={"accept-language": language})
    client.cookies["language"] = language
    client.force_login(staff(who))
    return client


def browser(who: str) -> Client:
    """Return a browser in which one of the cast is logged in, reading in the language of a first visit."""
    client = Client()
    client.force_login(staff(who))
    return client


def text(answer: Any) -> str:
    """Return a page with single blanks."""
    return " ".join(answer.content.decode().split())


def run_page(run: MatchRun) -> str:
    """Return the address of a run's page."""
    return reverse("admin:matching_matchrun_change", args=[run.pk])


def candidate_page(act: str, candidate: Candidate) -> str:
    """Return the address of a candidate's page, which is `change`, or of one of its acts."""
    return reverse(f"admin:municipalities_candidate_{act}", args=[candidate.pk])


def response_page(response: Response, act: str = "change") -> str:
    """Return the address of a response's page, or of one of its acts."""
    return f"/desk/municipalities/response/{response.pk}/{act}/"

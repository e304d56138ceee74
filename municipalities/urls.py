"""The addresses of the public pages, the questionnaire and the municipality's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

"""The addresses of the public figures."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from matching.views import public

urlpatterns: list[URLPattern | URLResolver] = [
    path("partnerskap/", public.partnerships, name="partnerships"),
    path("partnerskap/partnerskap.csv", public.partnerships_csv, name="partnerships_csv"),
    path("partnerskap/partnerskap.json", public.partnerships_json, name="partnerships_json"),
]

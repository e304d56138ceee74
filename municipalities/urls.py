"""The addresses of the public pages, the questionnaire and the municipality's side."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from municipalities.views import public

urlpatterns: list[URLPattern | URLResolver] = [
    path("", public.start, name="start"),
    path("om-ordningen/", public.about, name="about"),
    path("personvern/", public.privacy, name="privacy"),
    path("tilgjengelighet/", public.accessibility, name="accessibility"),
    path("informasjonskapsler/", public.cookies, name="cookies"),
    path(".well-known/security.txt", public.security_txt, name="security_txt"),
]

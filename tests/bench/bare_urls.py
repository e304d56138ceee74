"""The portal's addresses, and one bare page beside them to measure against."""

from __future__ import annotations

from django.urls import include, path

from tests.bench.candidates import bare_view

urlpatterns = [path("bare/", bare_view), path("", include("kommunesamarbeid.urls"))]

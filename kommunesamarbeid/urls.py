"""Every address of the portal; each has a row in `tests/access/`."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from kommunesamarbeid.core.web import health, views

handler400 = "kommunesamarbeid.core.web.views.bad_request"
handler403 = "kommunesamarbeid.core.web.views.forbidden"
handler404 = "kommunesamarbeid.core.web.views.not_found"
handler500 = "kommunesamarbeid.core.web.views.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("sprak/", login_not_required(set_language), name="set_language"),
    path("demo/mail/", views.demo_mailbox, name="demo_mailbox"),
    path("demo/mail/<int:pk>/", views.demo_mail, name="demo_mail"),
    path("konto/", include("kommunesamarbeid.core.accounts.urls")),
    path("desk/", admin.site.urls),
    path("", include("municipalities.urls")),
    path("", include("matching.urls")),
]

"""The desk's pages about rounds: KS opens and closes the questionnaire."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import DateTimeField
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.roles import May
from municipalities.models import Round
from municipalities.responses.rounds import save_round


@admin.register(Round)
class RoundAdmin(ReadAdmin):
    """Rounds: coordinators add and change them; none is deleted."""

    list_display = ("name", "opens_at", "closes_at")
    fields = ("name", "opens_at", "closes_at")
    # One labelled input per time: the admin's two-part widget has labels for none, and scripts of its own.
    formfield_overrides = {
        DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }
    }

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who open rounds."""
        return self.actor(request).may(May.OPEN_ROUNDS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who open rounds."""
        return self.actor(request).may(May.OPEN_ROUNDS)

    def save_model(self, request: HttpRequest, obj: Round, form: ModelForm[Round], change: bool) -> None:
        """Save through the service, which leaves an audit row."""
        save_round(round=obj, by=self.actor(request), at=timezone.now())

"""The desk's pages over users and the audit trail: every change of a user is a service's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core import staff
from kommunesamarbeid.core.accounts import step_up
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import ROLES, Actor

if TYPE_CHECKING:
    AnyAdmin = ModelAdmin[Any]
    UserModelForm = forms.ModelForm[User]
else:
    AnyAdmin, UserModelForm = ModelAdmin, forms.ModelForm  # not generic at run time


class UserForm(UserModelForm):
    """A user's facts and roles; the password is set by its owner through the reset mail."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=lambda: [(code, role.label) for code, role in ROLES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = User
        fields = ("email", "name", "organisation", "language", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["roles"].initial = list(self.instance.groups.values_list("name", flat=True))

    def clean_email(self) -> str:
        """Addresses are kept in lower case."""
        return str(self.cleaned_data["email"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        """A role belongs to one organisation."""
        cleaned = super().clean() or self.cleaned_data
        wrong = staff.foreign_roles(cleaned.get("roles", []), cleaned.get("organisation", ""))
        if wrong:
            self.add_error("roles", str(staff.ForeignRole()))
        return cleaned


@admin.register(User)
class UserDesk(AnyAdmin):
    """Administrators keep users and roles; every change is a service's."""

    form = UserForm
    list_display = ("email", "name", "organisation", "role_names", "is_active", "last_login")
    list_filter = ("organisation", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        """Roles in one query."""
        return super().get_queryset(request).prefetch_related("groups")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nobody spells out a password's hash letter by letter."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("Roles"))
    def role_names(self, user: User) -> str:
        """The user's roles in words."""
        return ", ".join(str(ROLES[group.name].label) for group in user.groups.all() if group.name in ROLES)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Changing a user asks for a fresh second factor first."""
        return step_up(request) or super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Hand what was typed to the service."""
        by, at = Actor.of(cast("User", request.user)), timezone.now()
        try:
            staff.save_user(user=obj, roles=form.cleaned_data["roles"], by=by, at=at)
        except staff.OwnRoles as refusal:
            messages.error(request, str(refusal))
            raise PermissionDenied from None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A user is deactivated, never deleted: history names it."""
        return False


@admin.register(AuditEvent)
class AuditDesk(ReadAdmin):
    """Who did what, newest first."""

    list_display = ("at", "action", "actor_kind", "actor_id", "object_type", "object_id", "reason")
    list_filter = ("action", "actor_kind")
    search_fields = ("object_id", "action")

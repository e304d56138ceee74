"""The desk's pages over users and the audit trail: every change of a user is a service's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.accounts.login import step_up
from kommunesamarbeid.core.accounts.second_factors import HAS_FACTOR
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.desk.user_acts import UserActs
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import ROLES, Actor

if TYPE_CHECKING:
    AnyAdmin = ModelAdmin[Any]
    UserModelForm = forms.ModelForm[User]
else:
    AnyAdmin, UserModelForm = ModelAdmin, forms.ModelForm  # not generic at run time


class UserForm(UserModelForm):
    """A user's facts and roles; the password is set by its owner through the invitation or a reset mail.

    `by` is who types.
    """

    by: Actor
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=lambda: [(code, role.label) for code, role in ROLES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    # A plain text here would let a code through that only the database refuses.
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

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
        """Say at the field what the service would refuse, while everything typed is still there."""
        cleaned = super().clean() or self.cleaned_data
        try:
            staff.check_user(
                user=self.instance,
                roles=cleaned.get("roles", []),
                organisation=cleaned.get("organisation", ""),
                is_active=cleaned.get("is_active", False),
                by=self.by,
            )
        except Refused as refusal:
            self.add_error(refusal.field or None, str(refusal))
        return cleaned


@admin.register(User)
class UserDesk(UserActs):
    """Administrators keep users and roles; every change is a service's."""

    form = UserForm
    list_display = ("email", "name", "organisation", "role_names", "second_factor", "entered", "is_active")
    list_filter = ("organisation", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        """Roles and second factors in two queries."""
        return super().get_queryset(request).prefetch_related("groups").annotate(has_factor=HAS_FACTOR)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nobody spells out a password's hash letter by letter."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("Roles"))
    def role_names(self, user: User) -> str:
        """The user's roles in words."""
        return ", ".join(str(ROLES[group.name].label) for group in user.groups.all() if group.name in ROLES)

    @admin.display(description=_("Second factor"), boolean=True, ordering="has_factor")
    def second_factor(self, user: Any) -> bool:
        """Whether an app is connected."""
        return bool(user.has_factor)

    @admin.display(description=_("Last logged in"), ordering="last_login")
    def entered(self, user: User) -> Any:
        """When the user was last in; whoever never was stands out by words."""
        return user.last_login or _("Not yet")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form knows who types."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = Actor.of(cast("User", request.user))
        return form

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
        staff.save_user(user=obj, roles=form.cleaned_data["roles"], by=form.by, at=timezone.now())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A user is deactivated, never deleted: history names it."""
        return False


@admin.register(AuditEvent)
class AuditDesk(ReadAdmin):
    """Who did what, newest first."""

    list_display = ("at", "action", "actor_kind", "actor_id", "object_type", "object_id", "reason")
    list_filter = ("action", "actor_kind")
    search_fields = ("object_id", "action")

"""Access rows: health, language, login, the demo's mailbox, and the desk's own pages."""

from __future__ import annotations

from tests.access.table import FOUND, LOGIN, MISSING, OK, REFUSED, Row, desk, public

STAFF = "KGLURA"
# Whoever is logged in has no business at the page that resets a forgotten password by key; the key of nobody opens nothing.
KEY = {"uidb36": "1", "key": "no-such-key"}


def user(world: object) -> dict[str, str]:
    """Name the world's user."""
    return {"object_id": str(world.user.pk)}  # type: ignore[attr-defined]  # the world's things are named at run time


def invited(world: object) -> dict[str, str]:
    """Name the invitation of somebody who has not come in."""
    from django.utils import timezone

    from kommunesamarbeid.core.accounts.invitations import make_token

    return {"token": make_token(user=world.invited, at=timezone.now())}  # type: ignore[attr-defined]  # the world's things are named at run time


def event(world: object) -> dict[str, str]:
    """Name an audit row of the world."""
    from kommunesamarbeid.core.models import AuditEvent

    return {"object_id": str(AuditEvent.objects.latest("id").pk)}


def mail(world: object) -> dict[str, int]:
    """Name a mail of the demo."""
    from post_office.models import Email

    return {"pk": Email.objects.latest("id").pk}


def text(world: object) -> dict[str, str]:
    """Name a mail's text in one language."""
    return {"name": "link", "language": "nb"}


ROWS: tuple[Row, ...] = (
    public("healthz"),
    Row("readyz", {}, "503"),  # no beat runs in this test
    Row("set_language", {}, FOUND, method="post", data={"language": "nn", "next": "/"}),
    public("demo_mailbox"),
    public("demo_mail", target=mail),
    Row("account_login", {STAFF: FOUND}, OK),
    Row("account_logout", {STAFF: OK}, FOUND),
    public("account_inactive"),
    public("account_reset_password"),
    public("account_reset_password_done"),
    public("account_reset_password_from_key", target=lambda world: KEY),
    public("account_reset_password_from_key_done"),
    public("accept_invitation", target=invited),
    desk("account_reauthenticate", STAFF),
    desk("account_change_password", STAFF),
    desk("mfa_index", STAFF),
    Row("mfa_authenticate", {STAFF: FOUND}, LOGIN),
    desk("mfa_reauthenticate", STAFF, outcome=FOUND),  # nobody of the world has a second factor
    desk("mfa_activate_totp", STAFF, outcome=FOUND),  # asks for the password again first
    desk("mfa_deactivate_totp", STAFF, outcome=MISSING),
    desk("mfa_view_recovery_codes", STAFF, outcome=MISSING),
    desk("mfa_generate_recovery_codes", STAFF, outcome=FOUND),
    desk("mfa_download_recovery_codes", STAFF, outcome=MISSING),
    desk("admin:index", STAFF),
    Row("admin:login", {STAFF: FOUND}, LOGIN),
    desk("admin:logout", STAFF, outcome=FOUND, method="post"),
    desk("admin:password_change", STAFF, outcome=FOUND),
    desk("admin:password_change_done", STAFF),
    desk("admin:shortcuts", STAFF),
    desk("admin:own_settings", STAFF),
    desk("admin:jsi18n", STAFF),
    desk("admin:autocomplete", "", refusal=REFUSED),
    desk(
        "admin:view_on_site",
        STAFF,
        outcome=MISSING,
        target=lambda world: {"content_type_id": 0, "object_id": 0},
    ),
    desk("admin:app_list", "KGLA", target=lambda world: {"app_label": "core"}, refusal=MISSING),
    desk("admin:core_user_changelist", "A"),
    desk("admin:core_user_add", "A"),
    desk("admin:core_user_change", "A", target=user),
    desk("admin:core_user_history", "A", target=user),
    desk("admin:core_user_delete", "", target=user),
    desk(
        "admin:core_user_invite",
        "A",
        target=lambda world: {"pk": world.user.pk},
        method="post",
        outcome=FOUND,
    ),
    desk("admin:core_user_second_factor", "A", target=lambda world: {"pk": world.user.pk}),
    desk("admin:core_mailtext_changelist", "KGL"),
    desk("admin:core_mailtext_letter", "KGL", target=lambda world: {"name": "link"}),
    desk("admin:core_mailtext_edit", "KG", target=text),
    desk("admin:core_mailtext_history", "KGL", target=text),
    desk("admin:core_mailtext_standard", "KG", target=text, method="post", outcome=FOUND),
    desk("admin:core_auditevent_changelist", "A"),
    desk("admin:core_auditevent_add", ""),
    desk("admin:core_auditevent_change", "A", target=event),
    desk("admin:core_auditevent_history", "A", target=event),
    desk("admin:core_auditevent_delete", "", target=event),
)

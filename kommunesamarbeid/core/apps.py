"""The foundation app and the admin that uses the portal's own AdminSite."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import register
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Roles are data: they are synchronised after every migrate, never by a data migration."""

    name = "kommunesamarbeid.core"
    label = "core"
    verbose_name = _("The portal")
    default = True

    def ready(self) -> None:
        from kommunesamarbeid.core import name_search, roles
        from kommunesamarbeid.core.accounts import login  # noqa: F401  # accounts connects the login signal
        from kommunesamarbeid.core.mail import transport

        register(transport.check_transport, deploy=True)
        connection_created.connect(name_search.teach_sqlite, dispatch_uid="core.name_search")
        post_migrate.connect(roles.sync_roles, dispatch_uid="core.sync_roles")


class DeskConfig(admin_apps.AdminConfig):
    """The Django admin on `DeskSite`, which demands a second factor."""

    default = False
    default_site = "kommunesamarbeid.core.desk.site.DeskSite"

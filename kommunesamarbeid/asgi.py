"""The ASGI entry point that a server imports."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from kommunesamarbeid.core.mail.transport import require_transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")

application = get_asgi_application()
require_transport()

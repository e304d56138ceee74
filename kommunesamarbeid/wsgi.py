"""The WSGI entry point that a server imports."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from kommunesamarbeid.core.mail.transport import require_transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kommunesamarbeid.settings")

application = get_wsgi_application()
require_transport()

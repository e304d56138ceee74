"""What Django loads of the foundation for the desk."""

from __future__ import annotations

from kommunesamarbeid.core.desk import mail_text_desk, users

__all__ = ["mail_text_desk", "users"]

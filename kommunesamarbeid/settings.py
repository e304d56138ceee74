"""One settings module for every mode; what differs comes from the environment through `env.py`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from csp.constants import NONE, SELF

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.web.logs import PROCESSORS, drop_personal_data
from kommunesamarbeid.env import ROOT, read_environment

ENV = read_environment()

# --- what the portal is ---------------------------------------------------------------------------
PORTAL_MODE = ENV.mode
DEMO = ENV.demo
BASE_URL = ENV.base_url
VAR_DIR = ENV.var
SECURE_HTTP = BASE_URL.startswith("https://")
DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.hosts
CSRF_TRUSTED_ORIGINS = ENV.origins
ROOT_URLCONF = "kommunesamarbeid.urls"
WSGI_APPLICATION = "kommunesamarbeid.wsgi.application"

# --- KS's own switches (S-04, L-18, S-07, S-06, V-05) -------------------------------------------------
APPROVALS_REQUIRED = ["ks_first"] if DEMO else ["ks_first", "auc"]
AUC_SEES_NORWEGIAN_CONTACTS = False
UNDO_MINUTES = ENV.undo_minutes
INTRODUCTION_DAYS = 14
INTRODUCTION_REMINDERS = [7, 12]
LINK_VALID_HOURS = 48
LINK_SESSION_HOURS = 20

# --- apps -------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "kommunesamarbeid.core",
    "municipalities",
    "matching",
    "kommunesamarbeid.core.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "django_htmx",
    "post_office",
    "simple_history",
    "csp",
    "django_structlog",
]
MIDDLEWARE = [
    "kommunesamarbeid.core.web.middleware.ErrorIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "kommunesamarbeid.core.web.middleware.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pads at random, and form tokens are masked: see BREACH in Django's notes
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kommunesamarbeid.core.web.middleware.UserLanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "kommunesamarbeid.core.web.middleware.ConflictMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "kommunesamarbeid.core.web.context.portal",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "kommunesamarbeid.core.templatetags.ui",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("designsystemet",)
CRISPY_TEMPLATE_PACK = "designsystemet"

# --- data -------------------------------------------------------------------------------------------
DATABASES = {"default": ENV.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "kommunesamarbeid.core.web.cache.SteadyRedisCache", "LOCATION": ENV.redis_url}
    if ENV.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- languages and time -------------------------------------------------------------------------------
LANGUAGE_CODE = languages.DEFAULT
LANGUAGES = languages.LANGUAGES
LOCALE_PATHS = [ROOT / "locale"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = SECURE_HTTP
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Oslo"

# --- people: staff and AUC log in with e-mail and a second factor; contacts use links ------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 12}  # type: ignore[assignment]  # the list literal above is typed by its names only
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "kommunesamarbeid.core.accounts.login.StaffAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # such a mail would invite to sign up, which nobody does here
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # a password just chosen is not asked for again; the second factor is
ACCOUNT_SESSION_REMEMBER = False  # shared desks: a login ends with the browser
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Kommunesamarbeid"

# --- sessions and cookies -----------------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = LINK_SESSION_HOURS * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_HTTP
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "municipalities.views.late_posts.csrf_failure"

# --- headers --------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_SSL_REDIRECT = SECURE_HTTP
SECURE_HSTS_SECONDS = int(timedelta(days=730).total_seconds()) if SECURE_HTTP else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HTTP
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ENV.trusted_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- static files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STATICFILES_FINDERS = [
    "kommunesamarbeid.style_sheets.StyleSheetFinder",  # for `FileSystemFinder`
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STYLE_SHEETS_ROOT = VAR_DIR / "style_sheets"
WHITENOISE_USE_FINDERS = DEBUG  # else they are gathered and compressed at the start, in both modes
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"
        if PORTAL_MODE == "embedded"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"

# --- mail: written in the caller's transaction, sent by beat ------------------------------------------------
EMAIL_BACKEND = "post_office.EmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.sender
POST_OFFICE: dict[str, Any] = {
    "CELERY_ENABLED": False,
    "DEFAULT_PRIORITY": "medium",
    "MAX_RETRIES": 20,
    "RETRY_INTERVAL": timedelta(minutes=1),  # doubled with each try: see core/mail/delivery.py
    "BACKENDS": {"default": ENV.email["EMAIL_BACKEND"]},
    # Numbered when queued, so that a mail that goes out twice is known as the same one.
    "MESSAGE_ID_ENABLED": True,
    "MESSAGE_ID_FQDN": ENV.mail_domain,
}
EMAIL_TIMEOUT = ENV.email_timeout
EMAIL_HOST = ENV.email.get("EMAIL_HOST") or ""
EMAIL_PORT = ENV.email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = ENV.email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = ENV.email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(ENV.email.get("EMAIL_USE_TLS", False))
EMAIL_USE_SSL = bool(ENV.email.get("EMAIL_USE_SSL", False))
EMAIL_FILE_PATH = ENV.email.get("EMAIL_FILE_PATH") or None

# --- background work ----------------------------------------------------------------------------------------
CELERY_BROKER_URL = ENV.redis_url or "memory://localhost/"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "socket_connect_timeout": 2} if ENV.redis_url else {"polling_interval": 0.1}
)
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "core.heartbeat", "schedule": 15.0},
    "flush-mail": {"task": "core.flush_mail", "schedule": 5.0 if DEMO else 20.0},
    "seal-audit": {"task": "core.seal_audit", "schedule": 45.0},
    "purge": {"task": "core.purge", "schedule": 24 * 3600.0},
    "purge-contacts": {"task": "matching.purge_contacts", "schedule": 24 * 3600.0},
    "send-reminders": {"task": "municipalities.send_reminders", "schedule": 3600.0},
    "tell-of-responses": {"task": "municipalities.tell_of_responses", "schedule": 3600.0},
    "remind-needs": {"task": "municipalities.remind_needs", "schedule": 6 * 3600.0},
    "sweep-runs": {"task": "matching.sweep_runs", "schedule": 20.0},
    "sweep-questions": {"task": "matching.sweep_questions", "schedule": 60.0},
    "sweep-agreements": {"task": "matching.sweep_agreements", "schedule": 5.0 if DEMO else 30.0},
}

# --- logs: structured, without addresses of people or machines, tokens or names -----------------------------
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                drop_personal_data,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": [*PROCESSORS, structlog.stdlib.ExtraAdder()],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "kommunesamarbeid": {"level": "INFO"},
        "municipalities": {"level": "INFO"},
        "matching": {"level": "INFO"},
        "django_structlog": {"level": "WARNING"},
        # post-office puts a handler of its own on its logger unless it finds one there.
        "post_office": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
structlog.configure(
    processors=[*PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SILENCED_SYSTEM_CHECKS: list[str] = []

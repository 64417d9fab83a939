"""All settings of Kith: one file, read from the environment."""

from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import env

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env.text("KITH_STATE_DIR", str(BASE_DIR / ".kith")))
DEBUG = False
PRODUCTION = env.flag("KITH_PRODUCTION")
SECRET_KEY = env.text("SECRET_KEY", None if PRODUCTION else "for-development-only-" + "x" * 40)
PUBLIC_HOST = env.text("PUBLIC_HOST", "localhost")
ALLOWED_HOSTS = env.words(
    "ALLOWED_HOSTS", f"{PUBLIC_HOST},.{PUBLIC_HOST}" + ("" if PRODUCTION else ",127.0.0.1,.localhost")
)
PATH_TENANTS = env.flag("PATH_TENANTS", not PRODUCTION)  # /t/<slug>/: one origin for all, so for development only
PUBLIC_ORIGIN = env.text(  # of links in mails: their host is the tenant's own, scheme and port are this one's
    "PUBLIC_ORIGIN", f"https://{PUBLIC_HOST}" if PRODUCTION else f"http://{PUBLIC_HOST}:{env.number('PORT', 8000)}"
)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", f"https://{PUBLIC_HOST},https://*.{PUBLIC_HOST}")

# Applications: what lives in each tenant's schema, and the catalogue of tenants
LIBRARIES = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "oauth2_provider"]
TENANT_APPS = [
    *LIBRARIES,
    "crm.core",
    "crm.team",
    "crm.activities",
    "crm.customers",
    "crm.messaging",
    "crm.sales",
    "analytics",
    "crm.exchange",
    "crm.automation",
    "crm.api",
    "crm.ui",
]
SHARED_APPS = ["django_tenants", "tenants"]
INSTALLED_APPS = [
    *TENANT_APPS,
    *SHARED_APPS,
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]
TENANT_MODEL, TENANT_DOMAIN_MODEL = "tenants.Tenant", "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
PUBLIC_SCHEMA_URLCONF, ROOT_URLCONF = "config.public_urls", "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "team.User"
AUTHENTICATION_BACKENDS = ["crm.team.backends.PeopleBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Where a lower layer calls up, the path stands here
TENANT_OWNER_CREATE = "crm.team.services.owner_create"
TENANT_START = ["crm.sales.services.pipelines.pipeline_start"]  # what a new tenant finds, in its language
# How many schemas stand ready for sign-ups: plain, and with an industry's sample in a language.
READY_SCHEMAS = {"": 2, "shop": 3, "shop-zh": 2, "bank": 1, "bank-zh": 1, "travel": 1, "travel-zh": 1}
SAMPLE_COPY = "crm.exchange.samples.copying.sample_copy"
SAMPLE_PREPARE = "crm.exchange.samples.patterns.sample_prepare"
SCORE_THRESHOLDS = "crm.automation.triggers.score_thresholds"
FEED_READ = "crm.core.feed.feed_read"
FEED_CURSOR = "core.FeedCursor"
EVENT_CONSUMERS = {
    "follow_ups": "crm.activities.follow_ups.follow_ups_hear",
    "tags": "crm.customers.services.tags.tags_hear",
    "rescore": "analytics.tasks.rescore_from_events",
    "webhooks": "crm.automation.deliveries.webhooks_hear",
    "rules": "crm.automation.triggers.rules_hear",
    "notifications": "crm.automation.notices.notices_hear",
    "reminders": "crm.automation.reminders.reminders_hear",
}
# Tables that point at records and that a merge leaves alone: what was, what others keep, and what is computed anew
MERGE_LEAVES = {"core.event", "core.merge", "core.distinct", "analytics", "automation", "exchange", "api", "tenants"}
# Of which nouns new records are given out by rules, and the functions that do it and that say whether there are any
ASSIGNED = frozenset({"sales.lead", "sales.deal", "customers.customer"})
ASSIGN, ASSIGN_ASKED = "crm.sales.services.assignment.assign", "crm.sales.services.assignment.has_rules"
LIST_MEMBERS = "customers.ListMember"  # what `in_list` asks
BEHAVIOUR_DAYS = env.number("BEHAVIOUR_DAYS", 1095)  # for how long behaviour events are kept
PRIVACY_TELL = {
    "behaviour_and_consents": "crm.customers.privacy.tell",
    "models": "analytics.privacy.tell",
    "imports": "crm.exchange.privacy.tell",
}
PRIVACY_FORGET = {
    "behaviour_and_consents": "crm.customers.privacy.forget",
    "views": "crm.core.saved_views.forget",
    "reports": "analytics.reports.keeping.forget",
    "bulk": "crm.exchange.bulk.services.forget",
    "merges": "crm.core.merging.forget",
    "models": "analytics.privacy.forget",
    "files": "crm.exchange.privacy.forget",
    "webhooks": "crm.automation.privacy.forget",
    "answers": "crm.api.forgetting.forget",
    "mail": "crm.messaging.privacy.forget",
    "contents": "crm.activities.privacy.forget",
}
NIGHT_JOBS = {
    "customers": "crm.customers.tasks.night_job",
    "analytics": "analytics.tasks.night_job",
    "api": "crm.api.tasks.night_job",
    "automation": "crm.automation.tasks.night_job",
    "sales": "crm.sales.tasks.night_job",
    "deleted": "crm.core.rewinding.night_job",
    "mail": "crm.messaging.tasks.night_job",
}

API_REQUESTS_A_MINUTE = env.number("API_REQUESTS_A_MINUTE", 600 if PRODUCTION else 600_000)  # where a plan says nothing
SIGN_UPS_PER_HOUR = env.number("SIGN_UPS_PER_HOUR", 30)  # from one address

# PostgreSQL
_database: dict[str, Any] = dict(
    dj_database_url.parse(env.text("DATABASE_URL", "postgresql://kith:kith@127.0.0.1:5432/kith"))
)
_database |= {
    "ENGINE": "tenants.database",
    "OPTIONS": {
        "pool": {"min_size": 1, "max_size": env.number("DATABASE_POOL", 8), "max_lifetime": 2400},
        "options": "-c idle_in_transaction_session_timeout=300000",
    },
}
DATABASES = {"default": _database}
DATABASE_ROUTERS = ["tenants.ownership.SchemaRouter", "django_tenants.routers.TenantSyncRouter"]

# Valkey or Redis
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 2},
    }
}

# Work in the background (the timetable and the rest: config/celery.py)
CELERY_APP = "config.celery.app"
BROKER_PREFIX = env.text("BROKER_PREFIX", "")
LEASE_SECONDS = env.number("LEASE_SECONDS", 45)  # renewed at a third of it; the reaper comes at four thirds
WORKER_MEMORY_KB = env.number("WORKER_MEMORY_KB", 600_000)

# Calls to addresses that people have typed
OUTBOUND_PRIVATE_NETWORKS = env.words("OUTBOUND_PRIVATE_NETWORKS")  # else only what is public is called
OUTBOUND_SECONDS = 15.0  # for one call as a whole; shorter than a lease
WEBHOOK_PAUSES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)  # seconds between tries: three days

# Files and mail
FILE_MOST_BYTES = 25 * 1024 * 1024  # one file
FILES_MOST_BYTES = env.number("FILES_MOST_MB", 5120) * 1024 * 1024  # all files of one company
MAIL_MOST_BYTES = 40 * 1024 * 1024  # one message as it travels: a file of the largest size, encoded, and its text
MAIL_PAUSES = (60, 300, 1800, 7200, 28_800)  # seconds between tries to send
MAIL_EVERY_SECONDS = env.number("MAIL_EVERY_SECONDS", 120)  # between two fetches of a mailbox
MAIL_WITHHELD = [  # each says of some addresses why they are sent nothing
    "crm.messaging.withholding.suppressed",
    "crm.customers.services.consents.mail_refused",
]

RULE_RUNS_AN_HOUR = env.number("RULE_RUNS_AN_HOUR", 1000)  # a rule that runs more often is switched off

# People
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name"]},
    },
]
LOGIN_URL, LOGIN_REDIRECT_URL = "ui:log-in", "ui:home"
SESSION_ENGINE, SIGNING_BACKEND = "tenants.sessions", "tenants.signing.TenantSigner"
SESSION_COOKIE_NAME = "__Host-kith" if PRODUCTION else "kith"
CSRF_COOKIE_NAME = "__Host-kith-csrf" if PRODUCTION else "kith-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# The wire
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_SSL_REDIRECT = PRODUCTION and env.flag("SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^health/$", r"^ready/$"]
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
APPEND_SLASH = True
MIDDLEWARE = [
    "crm.api.middleware.RequestGate",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# Files and looks
NODE_MODULES = Path(env.text("NODE_MODULES", str(BASE_DIR / "node_modules")))
STATIC_URL, STATIC_ROOT = "/static/", STATE_DIR / "static"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder", "crm.ui.assets.PackageFinder"]
STORAGES = {
    "default": {"BACKEND": "django_tenants.files.storage.TenantFileSystemStorage"},
    "staticfiles": {"BACKEND": "crm.ui.assets.PackageStorage"},
}
MEDIA_ROOT = STATE_DIR / "files"
WHITENOISE_MAX_AGE = 31536000
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Languages and time
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_COOKIE_NAME = "kith-language"

# Mail
EMAIL_HOST = env.text("SMTP_HOST", "")
EMAIL_PORT = env.number("SMTP_PORT", 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.text("SMTP_USER", ""), env.text("SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.flag("SMTP_TLS", bool(EMAIL_HOST))
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", f"Kith <no-reply@{PUBLIC_HOST}>")
HAS_MAIL = bool(EMAIL_HOST)
EMAIL_TIMEOUT = 15  # seconds; Django's own is none, and a server that is silent would hold a worker for ever

# OAuth 2: authorization code with PKCE, and client credentials; what is kept opens nothing (crm/team/oauth.py)
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER: dict[str, Any] = {
    "OAUTH2_VALIDATOR_CLASS": "crm.team.oauth.TenantValidator",
    "ACCESS_TOKEN_GENERATOR": "crm.team.oauth.access_text",
    "REFRESH_TOKEN_GENERATOR": "crm.team.oauth.refresh_text",
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 30 * 86_400,
    "ROTATE_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}
# What these two ask of the toolkit is done by crm.ui.views.consent (`iss` with the company's own address) and by
# crm.team.connections (http only to the person's own machine, as RFC 8252 has it for programs)
SILENCED_SYSTEM_CHECKS = ["oauth2_provider.W005", "oauth2_provider.W008"]

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "crm.api.errors.exception_handler",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "DEFAULT_GENERATOR_CLASS": "crm.api.openapi.CallersGenerator",
    "TITLE": "Kith",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "POSTPROCESSING_HOOKS": [],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"paths": {"()": "config.log_paths.PathFilter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["paths"]}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}

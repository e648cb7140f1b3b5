"""Every setting, through typed readers that refuse bad values. config/checks.py refuses to start production unsafely."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF, UNSAFE_INLINE

from config.appearance import appearance
from config.env import Environment
from config.gateways import gateway_settings
from config.openapi import SPECTACULAR
from config.schedule import SWITCHED_ON

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR / ".env")

BURSAR_ENV = env.choice("BURSAR_ENV", ("production", "demo", "test"), "demo")
DEBUG = env.flag("DJANGO_DEBUG", default=False)
SECRET_KEY = env.text("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
ENCRYPTION_KEYS = env.keys("BURSAR_ENCRYPTION_KEYS")
HMAC_KEY = env.text("BURSAR_HMAC_KEY").encode()

INSTALLED_APPS = [
    "config",
    "webhooks",
    "payments",
    "students",
    "ledger",
    "access",
    "core",
    "unfold.apps.BasicAppConfig",
    "config.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]
if BURSAR_ENV != "production":
    INSTALLED_APPS.append("sandbox")

MIDDLEWARE = [
    "core.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.back_office.BackOfficeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "access.signing_in.sessions.SessionRules",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- PostgreSQL: the runtime role by default, the owner for commands that change the schema (manage.py decides) ---

DATABASE_POOL = env.number("DATABASE_POOL", 0, most=100)
"""How many connections a process keeps for its requests; the web's entry points say 8. Others open their own as they need it."""
# While PostgreSQL is away a request hears so after `timeout` seconds, and each tries anew: no ever rarer attempts to wait for.
_POOL = {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 2, "reconnect_timeout": 1, "max_idle": 300}
# A server whose machine is gone answers nothing, not even that: after a minute a connection to it is one that is lost.
_LINK = {"connect_timeout": 5, "keepalives_idle": 30, "keepalives_interval": 10, "tcp_user_timeout": 60_000}


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # Under ASGI a connection may not outlive its request's thread; the pool hands them out instead.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": DATABASE_POOL > 0,
        "OPTIONS": {"application_name": "bursar", **_LINK, **({"pool": _POOL} if DATABASE_POOL else {})},
    }


_RUNTIME_URL = env.url("DATABASE_URL", ("postgresql", "postgres"))
_OWNER_URL = env.url("DATABASE_OWNER_URL", ("postgresql", "postgres"), _RUNTIME_URL)
DATABASES = {"default": _database(_OWNER_URL if env.text("BURSAR_DATABASE_ROLE", "runtime") == "owner" else _RUNTIME_URL)}
DATABASE_RUNTIME_ROLE = env.text("DATABASE_RUNTIME_ROLE", unquote(urlsplit(_RUNTIME_URL).username or ""))
"""The role that serves requests; migrations grant it what it may do, and no more."""
DATABASE_ROLES_ARE_APART = urlsplit(_OWNER_URL).username != urlsplit(_RUNTIME_URL).username
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis or Valkey: cache and rate limits; the broker may be RabbitMQ instead ---
REDIS_URL = env.url("REDIS_URL", ("redis", "rediss"))
REDIS_PATIENCE: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": 2}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "OPTIONS": REDIS_PATIENCE}}
API_QUOTAS = {"api": env.rate("API_QUOTA", "1200/minute"), "money": env.rate("API_QUOTA_MONEY", "300/minute")}
"""What one caller may ask for, as a sliding window; a view's `quota` names one of them."""

CELERY_BROKER_URL = env.url("CELERY_BROKER_URL", ("redis", "rediss", "amqp", "amqps"))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"webhooks.drain": {"queue": "settle"}}
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 1000
BROKER_VISIBILITY_TIMEOUT = env.number("BROKER_VISIBILITY_TIMEOUT", 120, least=8)
"""Seconds until an unacknowledged message goes to another worker. No task may run longer; a drain ends in a quarter of it."""
if CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": BROKER_VISIBILITY_TIMEOUT,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
CELERY_BEAT_SCHEDULER = "config.scheduler:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
DJANGO_CELERY_BEAT_TZ_AWARE = True
CELERY_BEAT_SCHEDULE = SWITCHED_ON

# --- Gateways' secrets: their doors read the access.GatewayToken rows, seeded from these ---
CELLULANT_BEARER_TOKEN = env.text("CELLULANT_BEARER_TOKEN", "")
GATEWAYS = gateway_settings(env, production=BURSAR_ENV == "production")
GATEWAY_PACE_PERCENT = env.number("GATEWAY_PACE_PERCENT", 100, least=1, most=100)
"""How long the ladders of payments/ladders.py wait, of what they say; less than all of it is for tests."""
GATEWAY_ANSWER_SECONDS = env.number("GATEWAY_ANSWER_SECONDS", 20, least=1, most=40)
"""How long a gateway may take to answer a call; after that nobody knows what became of it, and it is asked about."""
PUBLIC_URL = env.url("PUBLIC_URL", ("http", "https"), "http://127.0.0.1:8000").rstrip("/")
"""Where gateways and payers reach us: the beginning of every callback and checkout address."""

METRICS_TOKEN = env.text("METRICS_TOKEN", "")
"""Bearer for /metrics and /api/v1/queue/status in production; elsewhere both are open."""

# --- The inbox ---
INTAKE_MAX_BODY = 256 * 1024
INTAKE_MAX_WAITING_BYTES = env.number("INTAKE_MAX_WAITING_BYTES", 32 * 1024 * 1024, least=1024 * 1024)
INTAKE_BODY_SECONDS = env.number("INTAKE_BODY_SECONDS", 10, least=1)
INTAKE_STORE_SECONDS = env.number("INTAKE_STORE_SECONDS", 5, least=1)
INTAKE_DSN = _RUNTIME_URL
"""The intake keeps one connection of its own, outside Django, in the server's event loop."""
SETTLE_BATCH = env.number("SETTLE_BATCH", 500, least=1, most=5000)

# --- What one person may do alone; the migrations write it into the database, which holds everyone to it ---
_WRITE_OFFS = env.amounts("WRITE_OFF_APPROVAL_LIMIT_MINOR", "KES:1000000")
APPROVAL_LIMITS_MINOR = {
    "allocation": env.amounts("ALLOCATION_APPROVAL_LIMIT_MINOR", "KES:10000000"),
    "write_off": _WRITE_OFFS,
    # A fee that is cancelled costs the school what a write-off costs it, so neither is a way around the other's limit.
    "fee_reversal": _WRITE_OFFS,
}

# --- People ---
AUTH_USER_MODEL = "access.User"
PASSWORD_HASHERS = [
    "access.hashers.Argon2InTurn",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=BURSAR_ENV != "demo")
"""The back office opens only to staff who have proved a second factor in this very session."""
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = int(timedelta(minutes=30).total_seconds())
"""Without a request."""
SESSION_LASTS_AT_MOST = int(timedelta(hours=10).total_seconds())
"""However many requests there are."""
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

SIGN_IN_LASTS_AT_MOST = timedelta(days=30)
"""Over the API, however often its tokens are refreshed."""
SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "ALGORITHM": "HS256",
    # Never the key of sessions and signed links as it is: a text signed for one use is then no token of the other.
    "SIGNING_KEY": hashlib.sha256(b"bursar access tokens\0" + SECRET_KEY.encode()).hexdigest(),
    "ISSUER": "bursar",
    "AUDIENCE": "bursar-api",
    "USER_ID_CLAIM": "sub",
}

# --- HTTP ---
IS_PRODUCTION = BURSAR_ENV == "production"
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 1 if IS_PRODUCTION else 0, most=9)
"""How many proxies of ours a request passes, each adding the address it saw to X-Forwarded-For; 0 believes the peer's alone."""
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.failing.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_PRODUCTION else None
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = ["core.uploads.InMemoryUpToLargest"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / ".local" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if BURSAR_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "core.pagination.IdCursor",
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.OperationSchema",
    "EXCEPTION_HANDLER": "core.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS = SPECTACULAR

LANGUAGE_CODE = "en"
USE_I18N = False
DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"
USE_TZ = True
TIME_ZONE = "UTC"
SCHOOL_TIME_ZONE = env.text("SCHOOL_TIME_ZONE", "Africa/Nairobi")
SCHOOL_NAME = env.text("SCHOOL_NAME", "Makini University")
SCHOOL_CURRENCY = env.text("SCHOOL_CURRENCY", "KES")
SCHOOL_COUNTRY = env.text("SCHOOL_COUNTRY", "KE")
"""Whose phone numbers may be written without their country code."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname:<7} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "celery": {"level": "INFO"}, "httpx2": {"level": "WARNING"}},
}

UNFOLD = appearance(school=SCHOOL_NAME, environment=BURSAR_ENV)

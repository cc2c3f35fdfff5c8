"""Settings of the site and of every worker. All come from the environment.

Commands find a running embedded stack by its state file; the environment wins.
"""

from __future__ import annotations

from pathlib import Path

from logsite.env import (
    env_bool,
    env_choice,
    env_database,
    env_float,
    env_folder,
    env_int,
    env_list,
    env_networks,
    env_only_in_tests,
    env_path,
    env_secret,
    env_text,
    new_secret,
)
from logsite.ownlogs import is_no_probe
from logsite.stackfile import load_stack_environment
from stats.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env_path("LOGSITE_DATA", BASE_DIR / ".logsite")
load_stack_environment(DATA_DIR)

# -- Site -----------------------------------------------------------------------
DEBUG = env_bool("DEBUG", False)
env_only_in_tests("FAILPOINT", allowed=DEBUG)
SECRET_FILE = DATA_DIR / "secret_key"
SECRET_KEY = env_secret("SECRET_KEY", SECRET_FILE)
SECRET_IS_KEPT = bool(SECRET_KEY)  # else it is this process's alone: logsite.keys
SECRET_KEY = SECRET_KEY or new_secret()
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
PUBLIC_URL = env_text("PUBLIC_URL", "http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = env_networks("TRUSTED_PROXIES")  # whose X-Forwarded-For counts
WEB_ROLE = env_choice("WEB_ROLE", "site", ("site", "ingest"))
ADMIN_PASSWORD = env_text("ADMIN_PASSWORD", "")
ROOT_URLCONF = "logsite.urls"
ASGI_APPLICATION = "logsite.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "search"
LOGOUT_REDIRECT_URL = "login"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "ninja",
    "ingest",
    "stats",
    "logsite",
    "logsite.accounts",
    "logsite.administration",
    "logsite.audit",
    "logsite.deadletters",
    "logsite.exports",
    "logsite.alerts",
    "logsite.saved",
    "logsite.search",
]
MIDDLEWARE = [
    "logsite.errors.JsonErrors",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "logsite.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
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
                "django.template.context_processors.i18n",
            ]
        },
    }
]

# -- SQL: users, tokens, what people made ----------------------------------------
DATABASES = {
    "default": env_database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'site.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
    }
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]

# -- Cookies and headers -----------------------------------------------------------
SECURE_COOKIES = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env_bool("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# -- Languages and files -------------------------------------------------------------
LANGUAGE_CODE = env_choice("LANGUAGE_CODE", "en", ("en", "ko"))
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True

# -- Parts ---------------------------------------------------------------------------
KAFKA_BROKERS = env_text("KAFKA_BROKERS", "127.0.0.1:9092")
MONGO_URL = env_text(
    "MONGO_URL", "mongodb://127.0.0.1:27017/logsite?replicaSet=logsite"
)
REDIS_URL = env_text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

# -- Celery: small tasks that can be repeated; nothing waits for their results ------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that is away is waited for
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_BEAT_SCHEDULE = SCHEDULE
CELERY_BEAT_SCHEDULER = "logsite.celery:BeatScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 1  # seconds; its heartbeat comes that often

# -- Logs -----------------------------------------------------------------------------
LOG_TOPIC = env_text("LOG_TOPIC", "logs")
STORE_GROUP = env_text("STORE_GROUP", "logsite-store")
LOG_PARTITIONS = env_int("LOG_PARTITIONS", 3, 1, 1000)
LOG_REPLICATION = env_int("LOG_REPLICATION", 1, 1, 9)
LOG_TOPIC_BYTES = env_int("LOG_TOPIC_BYTES", 2 * 1024**3, 10 * 1024**2, 2**62)
SPOOL_DIR = env_folder("SPOOL_DIR")  # None: requests get 503 while Kafka is away
SPOOL_BYTES = env_int("SPOOL_BYTES", 2**30, 2**20, 2**50)
RATE_LIMIT_ENTRIES = env_int("RATE_LIMIT_ENTRIES", 0, 0, 2**31)  # a second; 0 = any
RATE_LIMIT_BYTES = env_int("RATE_LIMIT_BYTES", 0, 0, 2**40)
RATE_LIMIT_BYTES_PER_DAY = env_int("RATE_LIMIT_BYTES_PER_DAY", 0, 0, 2**60)
RETENTION_DAYS = env_int("RETENTION_DAYS", 7, 1, 3650)
SEARCHES_AT_ONCE = env_int("SEARCHES_AT_ONCE", 2, 1, 64)
SEARCHES_IN_LINE = env_int("SEARCHES_IN_LINE", 40, 0, 60)
SEARCHES_APART = env_bool("SEARCHES_APART", True)
LOG_INDEXES = env_bool("LOG_INDEXES", False)
DEAD_LETTER_RATIO = env_float("DEAD_LETTER_RATIO", 0.5, 0, 1)  # 0 = no limit
DEAD_LETTER_WINDOW = env_int("DEAD_LETTER_WINDOW", 1_000, 0, 1_000_000)
DEAD_LETTER_RUN = env_int("DEAD_LETTER_RUN", 1_000, 0, 1_000_000)  # 0 = no limit
DEAD_LETTER_DAYS = env_int("DEAD_LETTER_DAYS", 30, 1, 3650)
LINKS_PER_DAY = env_int("LINKS_PER_DAY", 1_000, 1, 10**9)
EXPORT_HOURS = env_int("EXPORT_HOURS", 72, 1, 87_600)
EXPORT_JOBS = env_int("EXPORT_JOBS", 3, 1, 1_000)
EXPORT_MB_EACH = env_int("EXPORT_MB_EACH", 2048, 1, 2**40)
EXPORT_MB = env_int("EXPORT_MB", 10_240, 1, 2**40)
MIN_FREE_DISK_MB = env_int("MIN_FREE_DISK_MB", 1024, 0, 2**40)
HEARTBEAT_DIR = env_path("HEARTBEAT_DIR", DATA_DIR / "run")
METRICS_PORT = env_int("METRICS_PORT", 0, 0, 65535)  # 0 = none
METRICS_HOST = env_text("METRICS_HOST", "127.0.0.1")

# -- Alerts ---------------------------------------------------------------------------
ALERT_DELAY_S = env_int("ALERT_DELAY_S", 15, 0, 86_400)
ALERT_ALLOW_PRIVATE = env_bool("ALERT_ALLOW_PRIVATE", False)
MAIL_URL = env_text("MAIL_URL", "")

# -- Our own logs: one JSON object a line, with an event name -------------------------
LOG_LEVEL = env_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "logsite.ownlogs.JsonFormatter"}},
    "filters": {
        "no_probes": {
            "()": "django.utils.log.CallbackFilter",
            "callback": is_no_probe,
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["no_probes"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {name: {"level": LOG_LEVEL} for name in ("ingest", "stats", "logsite")},
}

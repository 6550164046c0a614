"""Every setting of Trunkline. Each one that an operator may change is read from the environment and explained in `.env.example`."""

from pathlib import Path

from csp.constants import NONE, SELF

from .attachments import BLOCKED_EXTENSIONS
from .environment import Environment
from .unfold import UNFOLD  # noqa: F401 - Unfold reads it from here

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# --- What an operator decides -------------------------------------------------------------------

DEBUG = env.switch("DEBUG")
DEMO_MODE = env.switch("DEMO_MODE")
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))
SECRET_KEY = env.str("SECRET_KEY", "")
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOW_INSECURE_LOOPBACK = env.switch("ALLOW_INSECURE_LOOPBACK")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", ".localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
REDIS_URL = env.str("REDIS_URL", "")
LINE_API_BASE = env.str("LINE_API_BASE", "https://api.line.me").rstrip("/")
LINE_DATA_API_BASE = env.str("LINE_DATA_API_BASE", "https://api-data.line.me").rstrip("/")
CHANNEL_TYPES = env.list("CHANNEL_TYPES", default=["line"])
PAGES_AT_ONCE = env.whole_number("PAGES_AT_ONCE", 6, at_most=100)
WEBHOOK_MAX_BYTES = env.whole_number("WEBHOOK_MAX_BYTES", 10 * 1024 * 1024)
ATTACHMENT_MAX_MB = env.whole_number("ATTACHMENT_MAX_MB", 5, at_most=128)
ATTACHMENT_BLOCKED_EXTENSIONS = [
    name.strip(" .").casefold() for name in env.list("ATTACHMENT_BLOCKED_EXTENSIONS", default=BLOCKED_EXTENSIONS)
]
STICKER_PICTURE_BASE = env.str("STICKER_PICTURE_BASE", "https://stickershop.line-scdn.net").rstrip("/")
WEBHOOK_PAYLOAD_DAYS = env.whole_number("WEBHOOK_PAYLOAD_DAYS", 30, at_most=365)
# Django's own limit on request bodies would refuse a webhook that ours allows.
DATA_UPLOAD_MAX_MEMORY_SIZE = WEBHOOK_MAX_BYTES + 1
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "en")
TIME_ZONE = env.str("TIME_ZONE", "UTC")

# --- Mail, and whom to tell of trouble with an account ---------------------------------------------

vars().update(env.mail("EMAIL_URL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "trunkline@localhost")
ALERT_MAIL_TO = env.list("ALERT_MAIL_TO", default=[])
ALERT_WEBHOOK_URL = env.str("ALERT_WEBHOOK_URL", "")
ALERT_WEBHOOK_SECRET = env.str("ALERT_WEBHOOK_SECRET", "")

# --- Ports: what a lower floor calls above it ------------------------------------------------------

INBOUND_RECEIVER = "conversations.intake.receive"
DELIVERY_OBSERVER = "conversations.delivery.changed"
WORK_ITEM_MODEL = "conversations.Conversation"
WORK_WAITING = "conversations.dispatch.hint"
FACT_CATALOGUE = "conversations.fact_catalogue.catalogue"

# --- Django ----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "config.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_htmx",
    "csp",
    "axes",
    "workstreams",
    "channels_app",
    "conversations",
    "config.apps.HouseConfig",
    "config.demo",
]

MIDDLEWARE = [
    "config.middleware.without_connection",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.webhooks_at_once",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.whole_languages_in_admin",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.middleware.busy",
    "config.middleware.on_one_thread",
]

if DEMO_MODE:
    MIDDLEWARE.insert(0, "config.demo.loopback.loopback_only")

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
            ],
        },
    },
]

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "db.sqlite3")}
DATABASES = {"default": env.database("DATABASE_URL", SQLITE)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "config.sqlite"
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        # A megabyte of cache for each connection, of which a process may hold two dozen; the system caches the file besides.
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-1000;",
    )
    DATABASES["default"].setdefault("TEST", {})["NAME"] = str(DATA_DIR / "test.sqlite3")
else:
    DATABASES["default"]["ENGINE"] = "config.postgresql"
    # A server that vanished without a word is given up after some 15 s, not after a quarter of an hour. The address may say otherwise.
    vanished = {"tcp_user_timeout": 15_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
    DATABASES["default"]["OPTIONS"] = vanished | DATABASES["default"].get("OPTIONS", {})
    # An ASGI server answers each request on a thread of its own, so a connection kept by a thread would outlive its use.
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.whole_number("DATABASE_POOL_SIZE", 10),
        "timeout": 2,
        # Tries again within a second of the server's return; psycopg would wait longer the longer the server was away.
        "reconnect_timeout": 1,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "workstreams.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_LINK_DAYS = env.whole_number("PASSWORD_LINK_DAYS", 7)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "locked.html"

USE_I18N = True
USE_TZ = True
LANGUAGES = [("en", "English"), ("es", "Español"), ("da", "Dansk"), ("ja", "日本語")]
# In the others agents and supervisors work; administrators read English rather than half a page of each.
ADMIN_LANGUAGES = ("en", "es", "da")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0 if DEBUG or DEMO_MODE else 3600

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    # Customers' and agents' files: handed out by signed addresses alone, never by a web server from this folder.
    "media": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "media", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = PUBLIC_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.switch("BEHIND_PROXY") else None
# Redirecting to https and HSTS are the proxy's: LINE's webhooks and health checks reach this process behind it.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# --- Celery ----------------------------------------------------------------------------------------

# A sweep that couldn't start before the next one is due is of no use any more.
BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "filesystem://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for its broker as long as it takes; Celery would give up after a hundred tries.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A dead broker must cost a publisher milliseconds, not seconds: rows wait for the sweep anyway.
CELERY_TASK_PUBLISH_RETRY = False
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # its mailboxes are files that nobody would clear
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 0.2, "socket_timeout": 0.5, "max_retries": 0}

# Beat keeps its schedule in memory (no file, no pid file); what a sweep would have done late is dropped, the next one does it.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
SWEEP_SECONDS = 5
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in (
        ("config.show_life", SWEEP_SECONDS),
        ("channels_app.drain_inbound", SWEEP_SECONDS),
        ("channels_app.drain_outbound", SWEEP_SECONDS),
        ("channels_app.pay_courtesies", SWEEP_SECONDS),
        ("channels_app.check_paused_accounts", 60),
        ("channels_app.watch_accounts", 60),
        ("channels_app.send_notices", 60),
        ("channels_app.check_quarantine", 30),
        ("channels_app.tidy", 60),
        ("conversations.sweep", SWEEP_SECONDS),
        ("conversations.run_timeouts", 15),
        ("conversations.close_silent", 300),
        ("conversations.fetch_profiles", SWEEP_SECONDS),
        ("conversations.refresh_profiles", 3600),
        ("conversations.tidy", 3600),
        ("conversations.fetch_media", SWEEP_SECONDS),
        ("conversations.tidy_media", 600),
    )
}

# What couldn't be read above; a start-up check names it.
UNREADABLE_SETTINGS = env.unreadable

"""All settings. Values that differ between installations come from the environment (docs/operations.md).

IMAGEREC_PROFILE chooses one of two profiles: `local` (default) serves plain http on the loopback, with a key
that is generated at the first start; `production` refuses to start with a weak key, DEBUG or open hosts.
"""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from imagerec import env
from recommender.engine.fingerprint import ENGINE, code_fingerprint

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = env.file("IMAGEREC_ENV")  # before all other variables are read
PROFILE = env.choice("IMAGEREC_PROFILE", "local", ("local", "production"))
PRODUCTION = PROFILE == "production"
DEBUG = env.flag("DEBUG", False)

# The files that the site writes: the embedded database, the embedded broker, models, the key of the local
# profile.
DATA_DIR = env.folder("DATA_DIR", "var")
MEDIA_ROOT = env.folder("MEDIA_ROOT", "media")
# The folder from which staff may import, in the admin.
IMPORT_ROOT = env.folder("IMPORT_ROOT", str(DATA_DIR / "import"), written=False)
ARTIFACT_DIR = DATA_DIR / "models"
# Numba and matplotlib would write their caches beside the code or in the home folder, where a service may not
# write. They read these variables when they are imported; values of the environment take precedence. Numba
# does not notice that a type from another file has changed, so other code has another folder.
KERNELS = f"kernels-{code_fingerprint(ENGINE)}"
for variable, folder in (("NUMBA_CACHE_DIR", KERNELS), ("MPLCONFIGDIR", "matplotlib")):
    os.environ[variable] = os.environ.get(variable) or str(DATA_DIR / "compiled" / folder)

SITE_URL = env.site_url("SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = env.hosts("HOSTS", SITE_URL)
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECRET_KEY = (
    env.text("SECRET_KEY")
    if PRODUCTION
    else env.text("SECRET_KEY", env.stored_secret(DATA_DIR / "secret_key"))
)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", "")
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, 0, 10)  # gallery.plumbing.client

if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production.")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure"):
        raise ImproperlyConfigured("SECRET_KEY must be at least 50 random characters in production.")
    if any(host in {"*", "."} or host.startswith("*") for host in ALLOWED_HOSTS):
        raise ImproperlyConfigured("HOSTS must name the site's hosts in production, not '*'.")
    if not SITE_URL.startswith("https://"):
        raise ImproperlyConfigured("SITE_URL must start with https:// in production.")
    env.refuse_root(DATA_DIR)

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "gallery",
    "recommender",
    "imagerec.account",
    "imagerec.demo",
]
MIDDLEWARE = [
    "gallery.plumbing.client.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "imagerec.server.compress.CompressText",
    "csp.middleware.CSPMiddleware",
    "gallery.admin.policy.admin_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "gallery.plumbing.access.ErrorsToAnswers",
    "gallery.plumbing.access.KeepPrivate",
    "gallery.plumbing.client.RejectNul",
]
CHECK_FRAGMENTS = False  # True in the tests: each hit of the fragment cache is rendered again and compared
ROOT_URLCONF = "imagerec.urls"
WSGI_APPLICATION = "imagerec.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "imagerec.server.templates.Unindented",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

# --- Database. With SQLite every writing transaction takes the write lock at its start (IMMEDIATE) and waits
# up to 20 s for it, so that concurrent writers do not fail. FULL makes an acknowledged commit durable. With
# ATOMIC_REQUESTS every page view would wait for the lock, so it is off.
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
            "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=8000; PRAGMA cache_size=-32000;"
        ),
    }
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and Celery's broker: Redis, if it is configured, else files in DATA_DIR.
REDIS_URL = env.redis("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "imagerec.cache.Redis", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {
            "BACKEND": "imagerec.cache.Files",
            "LOCATION": DATA_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    )
}
SESSION_ENGINE = "gallery.plumbing.sessions"

CELERY_BROKER_URL = REDIS_URL or "files://localhost"  # files: imagerec.broker
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if REDIS_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 7200,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "health_check_interval": 25,
    }
else:
    BROKER_DIR = DATA_DIR / "broker"
    for folder in ("queue", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    # How often an idle worker looks; with the default of 1 s users would notice a delay after every rating.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False  # no receiver of broadcasts, so their queue would only grow
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
# A job that needs longer continues in another time slice (gallery.plumbing.jobs), so that other jobs of the
# same worker are not blocked.
CELERY_TASK_TIME_LIMIT = 3300
CELERY_TASK_SOFT_TIME_LIMIT = 3000
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_max": 0.5}
CELERY_TASK_DEFAULT_QUEUE = "upkeep"  # of tasks that are not jobs
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

# --- The recommender; docs/operations.md has the measurements.
SIMILARITIES = (
    *("cosine", "pearson", "weighted_pearson", "adjusted_cosine", "constrained_pearson", "pearson_baseline"),
    *("msd", "msdf", "fuzzy", "singularity"),
)
RECOMMENDER: dict[str, Any] = {
    "similarity": env.choice("CF_SIMILARITY", "cosine", SIMILARITIES),
    "significance": env.integer("CF_SIGNIFICANCE", 0, 0, 1000),
    "neighbours": env.integer("CF_NEIGHBOURS", 40, 1, 1000),
    "centring": env.choice("CF_CENTRING", "baseline", ("none", "mean", "baseline")),
    "reach": env.integer("CF_REACH", 500, 1, 10_000),
    "shrinkage": env.integer("CF_SHRINKAGE", 3, 0, 1000),
    "weights": env.choice("BLEND_WEIGHTS", "agents", ("agents", "equal")),
    "age_groups": env.choice("CF_AGE_GROUPS", "relative", ("off", "relative", "absolute")),
}

# --- People
AUTHENTICATION_BACKENDS = ["gallery.plumbing.sessions.Backend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "imagerec.account.signing_in.LoginAdapter"
# imagerec.account.signing_in limits these by client and account.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_REDIRECT_URL = reverse_lazy("recommender:welcome")
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[ImageRec] "
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SITE_URL.startswith("https") else "http"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = reverse_lazy("recommender:for_you")
LOGOUT_REDIRECT_URL = reverse_lazy("gallery:explore")
MAIL_SERVER = env.text("EMAIL_HOST", "")
MAIL_CLASS = env.mail("EMAIL_BACKEND", MAIL_SERVER, PRODUCTION)
SENDS_MAIL = MAIL_CLASS != ""
EMAIL_BACKEND = MAIL_CLASS or "django.core.mail.backends.dummy.EmailBackend"
CONTACT = env.text("CONTACT", "")  # the contact for users whom the site itself cannot help
EMAIL_HOST = MAIL_SERVER or "localhost"
EMAIL_PORT = env.integer("EMAIL_PORT", 25, 1, 65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10  # seconds; a request waits for the mail server
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "ImageRec <noreply@localhost>")
PASSWORD_RESET_TIMEOUT = 3600

# --- Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "imagerec" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files and media
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "imagerec.server.static.StaticFiles"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_NUMBER_FILES = 100

# --- Browser security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 7 * 86400
CSRF_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = "device"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # supervisors request it from the same machine
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    DEVICE_COOKIE_NAME = "__Host-device"
    if env.flag("TRUST_PROXY_SCHEME", False):  # only behind a proxy that removes the header of clients
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # also true for 0: then the server itself speaks https
    TRUST_PROXY_SCHEME_IS_SET = bool(env.text("TRUST_PROXY_SCHEME", ""))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

UNFOLD = {
    "SITE_TITLE": "ImageRec",
    "SITE_HEADER": _("ImageRec curators"),
    "SITE_SYMBOL": "photo_library",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "gallery.admin.assets.admin_icon"}],
    # The accent and greys of the site's pages (static/css/tokens.css), as the scales that Unfold needs.
    "COLORS": {
        "primary": {
            "50": "#fff5ef",
            "100": "#fbe9df",
            "200": "#f8cfba",
            "300": "#ffb58c",
            "400": "#ff9a62",
            "500": "#e2622b",
            "600": "#b93c0b",
            "700": "#98300a",
            "800": "#7c2a0d",
            "900": "#5f220c",
            "950": "#37231a",
        },
        "base": {
            "50": "#fafaf9",
            "100": "#f4f4f2",
            "200": "#e5e4e1",
            "300": "#d2d1cd",
            "400": "#a5a9af",
            "500": "#6d7075",
            "600": "#4f5257",
            "700": "#3a3c40",
            "800": "#26282a",
            "900": "#17181a",
            "950": "#101112",
        },
    },
    "STYLES": ["gallery.admin.assets.stylesheet"],
    "SCRIPTS": ["gallery.admin.assets.script"],
    "DASHBOARD_CALLBACK": "imagerec.desk.dashboard.dashboard",
    "SIDEBAR": {"show_all_applications": True, "navigation": "imagerec.desk.menu.navigation"},
}

"""The one settings module: the environment decides, nothing exists only in production.

`.env.example` lists every variable that is read here or by the embedded stack.
"""

import os
import re
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured

from config.settings import broker, databases, mail

# Lets `ModelAdmin[Model]` and its like mean something at run time too, as the types say it does.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _list(name: str, default: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _folder(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).resolve()


# --- What is kept outside the database ----------------------------------------------------------

DATA_DIR = _folder("DATA_DIR", BASE_DIR / ".data")
KEYS_DIR = _folder("KEYS_DIR", DATA_DIR / "keys")
SIGNING_KEYS_DIR = _folder("SIGNING_KEYS_DIR", KEYS_DIR / "signatories")
CHECKPOINT_DIR = _folder("CHECKPOINT_DIR", DATA_DIR / "checkpoints")
JOURNAL_DIR = _folder("JOURNAL_DIR", DATA_DIR / "journal")
# Which server holds the log now: written by `manage.py promote`, absent where nobody ever did.
LOG_IDENTITY_FILE = DATA_DIR / "log-identity.json"

# What was received stands in a spool before anybody is told so, whatever else is down.
NODE_NAME = os.environ.get("NODE_NAME") or "n1"
if not re.fullmatch("[a-z][a-z0-9]{0,11}", NODE_NAME):
    raise ImproperlyConfigured("NODE_NAME: a letter, then up to 11 letters or digits, lower case")
SPOOL_DIRS = [
    Path(folder).resolve()
    for folder in (os.environ.get("SPOOL_DIRS") or f"{DATA_DIR}/spool:{DATA_DIR}/spool2").split(
        os.pathsep
    )
    if folder
]
# Other nodes, which keep a second copy of what waits here: their addresses.
PEERS = [url.rstrip("/") for url in _list("PEERS", "")]
# Memory, a network or a container's layer as well: a receipt then promises too much.
SPOOL_ON_ANY = _flag("SPOOL_ON_ANY")


def _secret_key() -> tuple[str, bool]:
    """Return the key that signs sessions, and whether another process would find the same."""
    if key := os.environ.get("SECRET_KEY"):
        return key, True
    kept = KEYS_DIR / "django"
    if kept.is_file():
        return kept.read_text().strip(), True
    return secrets.token_urlsafe(48), False


SECRET_KEY, SECRET_KEY_IS_KEPT = _secret_key()

# --- The site -----------------------------------------------------------------------------------

DEBUG = _flag("DEBUG")
# Known demo accounts may sign in: never where real declarations are.
DEMO = _flag("DEMO")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = _list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    # Ours first: `events` replaces the migrate command.
    "events",
    "accounts",
    "pharmacovigilance",
    "compassionate",
    "continuity",
    "portal",
    "backoffice",
    "config",
    "axes",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "widget_tweaks",
    "dsfr",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "config.arriving.ArrivalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.caching.NotKeptMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.language.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.PeopleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "portal.audited.ReasonFirst",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

# --- Databases ----------------------------------------------------------------------------------

DATABASES = databases.from_environment(os.environ, LOG_IDENTITY_FILE)
# Migrations grant rights to the roles under which the other processes connect.
APP_ROLE = databases.role(os.environ.get("DATABASE_URL"), "vigilance_app")
PROJECTOR_ROLE = databases.role(os.environ.get("DATABASE_PROJECTOR_URL"), "vigilance_projector")
DATABASE_ROUTERS = ["config.router.MigrationsAsOwner"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Intake -------------------------------------------------------------------------------------

# Seconds from a request's arrival after which its declaration is kept without the log.
INTAKE_DEADLINE = int(os.environ.get("INTAKE_DEADLINE_MS") or 500) / 1000
# Connections to the log that each web process keeps for declarations.
INTAKE_CONNECTIONS = int(os.environ.get("INTAKE_CONNECTIONS") or 4)

# --- People and sessions ------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.PasswordBackend",
]
# Guessing passwords: five failures for one name from one address shut that pair out for a minute.
# Counted in each process's memory: what was typed, which may be a password, goes into no table.
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=1)
# Otherwise whoever goes on guessing would keep a doctor out for as long.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "accounts.views.shut_out"
# It warns of counts that each process keeps for itself: with two, a pair has ten tries a minute.
SILENCED_SYSTEM_CHECKS = ["axes.W001"]
LOGIN_URL = "/connexion/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
# ANSSI and CNIL: 12 characters, 15 for who administers. The demo's password is set unvalidated.
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATORS}UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.passwords.StaffLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": f"{_VALIDATORS}CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}NumericPasswordValidator"},
]

# What is sent an hour from one address without proof of who sends it; a report of a death is not
# counted. Many doctors of one hospital may share an address.
DOOR_PER_HOUR = int(os.environ.get("DOOR_PER_HOUR") or 10)

_IS_HTTPS = PUBLIC_URL.startswith("https://")
# In the cookie itself: tokens of forms, language and messages need no database. A sign-out revokes
# the claim inside, so that a copy of the cookie opens nothing.
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _IS_HTTPS
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _IS_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if header := os.environ.get("PROXY_SCHEME_HEADER"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_" + header.upper().replace("-", "_"), "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # The DSFR style sheet carries two drawings as data: addresses.
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Intake -------------------------------------------------------------------------------------

# What was received stays in the spool for as long, also when it is in the log: a log restored to an
# earlier point gets it back.
SPOOL_DAYS = int(os.environ.get("SPOOL_DAYS", "30"))

# A declaration with a long narrative fits; anything larger is refused before it is parsed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
# A file that clinicians send stays in memory, whole: nothing of a patient lies in a folder for a while.
# The front lets no larger body in.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

# --- On call: printed in the kit of numbered sheets; must not depend on the site that may fail ---

ON_CALL_PHONE = os.environ.get("ON_CALL_PHONE", "")
ON_CALL_PHONE_ELSEWHERE = os.environ.get("ON_CALL_PHONE_ELSEWHERE", "")
FALLBACK_FAX = os.environ.get("FALLBACK_FAX", "")
FALLBACK_MAIL = os.environ.get("FALLBACK_MAIL", "")

# --- Who writes the letters of compassionate access ---------------------------------------------

AGENCY_NAME = os.environ.get("AGENCY_NAME", "Agence du médicament")
AGENCY_ADDRESS = tuple(filter(None, os.environ.get("AGENCY_ADDRESS", "").split("|")))
AGENCY_SERVICE = os.environ.get("AGENCY_SERVICE", "Guichet des accès compassionnels")
AGENCY_MAIL = os.environ.get("AGENCY_MAIL", "")
AGENCY_PHONE = os.environ.get("AGENCY_PHONE", "")

# --- Languages and time -------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
FORMAT_MODULE_PATH = "portal.formats"
USE_TZ = True
TIME_ZONE = "Europe/Paris"

# --- Static files -------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Files are served from where they lie, unless a site has collected them.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS
WHITENOISE_MAX_AGE = 3600
# The package's digests do not match files that a storage has rewritten: all style would be blocked.
DSFR_USE_INTEGRITY_CHECKSUMS = False

# --- HTTP interface -----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiTokenAuthentication",
        "accounts.authentication.ActorAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["config.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}


SPECTACULAR_SETTINGS = {
    "TITLE": "Pharmacovigilance",
    "DESCRIPTION": "Declarations of adverse reactions, and what became of them.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Broker, mail, logs -------------------------------------------------------------------------

CELERY = broker.from_environment(os.environ)

globals().update(mail.from_environment(os.environ, DATA_DIR / "mail"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "config.logs.WithoutPersonalData"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # It names whom it counts, and people type passwords into the wrong field.
        "axes": {"level": "CRITICAL"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "pgmq": {"level": "WARNING"},
    },
}

"""The one settings file. Secure by default: what weakens it is named by PORTAL_MODE.

production  every secret must be given; anything missing stops the start.
demo        the same server and headers, on embedded PostgreSQL and Valkey, with made-up people.
test        what pytest uses; the test plugin starts the servers and sets the URLs.
"""

from pathlib import Path
from urllib.parse import urlsplit

from portal import env
from portal.database import settings_from_url
from portal.headers import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY  # noqa: F401 - Django reads them here
from portal.schedule import CELERY_BEAT_SCHEDULE  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
MODE = env.one_of("PORTAL_MODE", ("production", "demo", "test"), "production")
DEMO = MODE == "demo"
# A delivery process is given no secret that it does not need: it signs nobody in and reads nobody's data.
DELIVERY_ONLY = env.one_of("PORTAL_ROLE", ("portal", "delivery"), "portal") == "delivery"
MADE_UP = "only-for-building-never-for-serving" if env.flag("PORTAL_BUILD") or DELIVERY_ONLY else None

# --- where we are served ---------------------------------------------------------------------------
# A delivery process needs it too: fragments name the agencies' marks by it.
BASE_URL = env.text("PORTAL_BASE_URL", "https://portal.invalid" if env.flag("PORTAL_BUILD") else None).rstrip(
    "/"
)
_base = urlsplit(BASE_URL)
HTTPS = _base.scheme == "https"
ALLOWED_HOSTS = [_base.hostname or "", *env.words("PORTAL_ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
DEBUG = False
SECRET_KEY = env.text("SECRET_KEY", MADE_UP)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# Fernet keys (44 characters each), newest first: encrypt TOTP secrets and recovery seeds at rest.
FIELD_KEYS = env.words("PORTAL_FIELD_KEYS", MADE_UP and "x" * 43 + "=")
# Ed25519 seeds (base64 of 32 bytes), newest first: the first signs audit heads and publications, all verify.
_seed = MADE_UP and "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="
SIGNING_KEYS = env.words("PORTAL_SIGNING_KEYS", "" if DELIVERY_ONLY else _seed)
# Public halves (base64url) that only verify: of seeds that are gone, and in a delivery process of all of
# them.
VERIFY_KEYS = env.words("PORTAL_VERIFY_KEYS", None if DELIVERY_ONLY else "")
# Ed25519 seeds of the delivery processes, newest first: the first signs snapshots.
DELIVERY_KEYS = env.words("PORTAL_DELIVERY_KEYS", None if DELIVERY_ONLY else _seed)
# Keys the hash of clients' withdrawal references; changing it cuts late outcomes off from exposures.
REFERENCE_KEY = env.text("PORTAL_REFERENCE_KEY", MADE_UP)

# --- apps -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "modeltranslation",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "pgtrigger",
    "rules",
    "django_htmx",
    "csp",
    "portal",
    "campaigns",
    "casesupport",
]

MIDDLEWARE = [
    "campaigns.public.sharing.SharedMiddleware",
    "portal.requestid.RequestIdMiddleware",
    "portal.ui.errors.ApiProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "portal.ui.size.BodySizeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.identity.limits.SessionLimitMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.identity.devices.DeviceCookieMiddleware",
    "portal.identity.middleware.ActorMiddleware",
    "portal.identity.middleware.SecondFactorMiddleware",
    "portal.ui.errors.PortalErrorMiddleware",
    "portal.identity.proof.ProofMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
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
                "portal.ui.context.shell",
            ],
            "builtins": [
                "portal.ui.templatetags.ui",
                "portal.ui.templatetags.regions",
                "campaigns.templatetags.warnings",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
        },
    }
]
FORM_RENDERER = "portal.ui.forms.PortalFormRenderer"

# --- PostgreSQL and Valkey --------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", MADE_UP and "postgresql://build@localhost/build")
DATABASES = {"default": settings_from_url(DATABASE_URL)}
# The role that owns the tables; only `migrate` is given it, and every other process does without.
DATABASE_OWNER_URL = env.text("DATABASE_OWNER_URL", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# LISTEN needs a direct connection; set this when DATABASE_URL goes through a pooler.
DELIVERY_DATABASE_URL = env.text("DELIVERY_DATABASE_URL", DATABASE_URL)

# One server, two database numbers: cache.clear() empties a whole number, so the broker has its own.
# Several portals share a server by starting at different numbers (so do parallel test workers).
REDIS_URL = env.text("REDIS_URL", MADE_UP and "redis://localhost:6379").rstrip("/")
REDIS_FIRST_DB = env.integer("PORTAL_REDIS_FIRST_DB", 0)
_redis_socket = REDIS_URL.startswith("unix:")


def redis_database(number: int) -> str:
    number += REDIS_FIRST_DB
    return f"{REDIS_URL}?db={number}" if _redis_socket else f"{REDIS_URL}/{number}"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_database(0),
        "KEY_PREFIX": "portal",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# --- people -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if MODE == "test":
    # Argon2 is slow on purpose; hundreds of made-up people need not wait for it.
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "portal.identity.forms.MaximumLengthValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "front"
ACCOUNT_ADAPTER = "portal.identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Invitations, which prove the address, arrive with agency vetting; until then accounts are made by flows.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# How many proxies of ours stand in front: sign-in limits and the audit trail go by the address before them.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer(
    "PORTAL_TRUSTED_PROXIES", 1 if env.flag("PORTAL_BEHIND_PROXY") else 0
)
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Guesses at passwords and codes are counted in portal.identity.guessing; these count what is asked of us.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "60/m/ip",
    "reauthenticate": "20/m/user",
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
}
ACCOUNT_FORMS = {
    "login": "portal.identity.forms.SignInForm",
    "reset_password": "portal.identity.forms.ResetForm",
}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_USER_DISPLAY = "portal.identity.adapters.display_name"
SOCIALACCOUNT_ADAPTER = "portal.identity.openid.adapter.AgencyProviderAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "portal.identity.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Possession alone is no second factor and no passkey: fingerprint, face or PIN each time.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_FORMS = {
    "authenticate": "portal.identity.forms.CodeForm",
    "reauthenticate": "portal.identity.forms.ProofCodeForm",
    "add_webauthn": "portal.identity.forms.AddKeyForm",
    "edit_webauthn": "portal.identity.forms.EditKeyForm",
    "login_webauthn": "portal.identity.forms.SignInKeyForm",
    "authenticate_webauthn": "portal.identity.forms.SecondStepKeyForm",
    "reauthenticate_webauthn": "portal.identity.forms.ProofKeyForm",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Law-Enforcement Partner Portal"
USERSESSIONS_TRACK_ACTIVITY = True
# Somebody else confirms each person in this rhythm; who is not confirmed does not get in.
ATTESTATION_DAYS = env.integer("PORTAL_ATTESTATION_DAYS", 90, least=1)
ATTESTATION_REMINDERS = (29, 10)  # days before the end of the term
# An approved agency that nobody could act for so long lapses; to come back it is vetted anew.
AGENCY_LAPSE_DAYS = env.integer("PORTAL_AGENCY_LAPSE_DAYS", 180, least=1)
# The link of an invitation works this long; a second person's confirmation starts it.
INVITATION_HOURS = env.integer("PORTAL_INVITATION_HOURS", 72, least=1)
# An RDAP service that is asked since when a domain is registered (https://rdap.org); empty: nobody is asked.
RDAP_URL = env.text("PORTAL_RDAP_URL", "")
# The exchange's own mail domains: where given, its people are invited there and nowhere else.
STAFF_DOMAINS = env.words("PORTAL_STAFF_DOMAINS", "" if MODE == "production" else "exchange.example")
# New officers and new devices wait this long before emergency and freeze requests.
COOL_OFF_NEW_OFFICER_HOURS = env.integer("PORTAL_COOL_OFF_NEW_OFFICER_HOURS", 72, least=0)
COOL_OFF_NEW_DEVICE_HOURS = env.integer("PORTAL_COOL_OFF_NEW_DEVICE_HOURS", 24, least=0)
# A session ends after so long without a page, and after so long in all (portal.identity.limits).
SESSION_IDLE_MINUTES = env.integer("PORTAL_SESSION_IDLE_MINUTES", 30)
SESSION_HOURS = env.integer("PORTAL_SESSION_HOURS", 12)
SESSION_COOKIE_AGE = SESSION_HOURS * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- strict headers ---------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("PORTAL_BEHIND_PROXY") else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_prefix}portal_session"
CSRF_COOKIE_NAME = f"{_prefix}portal_csrf"
DEVICE_COOKIE_NAME = f"{_prefix}portal_device"  # and a digest of the person: one for each
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- languages --------------------------------------------------------------------------------------
# The interface is offered only in languages that are complete; tests/house holds us to it.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# Warnings are written in more languages than the interface speaks.
MODELTRANSLATION_LANGUAGES = (
    "en", "zh-hant", "zh-hans", "sv", "de", "fr", "es", "pt-br", "ja", "ar", "hi", "ms",
)  # fmt: skip
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_ENABLE_FALLBACKS = False
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- files ------------------------------------------------------------------------------------------
VAR_DIR = Path(env.text("PORTAL_VAR_DIR", str(BASE_DIR / "var")))
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# `python -m portal.ui.vendor` fills the second one from the npm lockfile.
STATICFILES_DIRS = [BASE_DIR / "static", VAR_DIR / "vendor"]
MEDIA_ROOT = VAR_DIR / "documents"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- audit trail ------------------------------------------------------------------------------------
# One signed head a day is written here, to be copied out of reach of whoever runs the database.
AUDIT_HEADS_DIR = Path(env.text("PORTAL_AUDIT_HEADS_DIR", str(VAR_DIR / "audit-heads")))
AUDIT_HEADS_TO = env.words("PORTAL_AUDIT_HEADS_TO")  # addresses outside, to which each head is mailed
AUDIT_EXPORTS_DIR = VAR_DIR / "audit-exports"

# --- mail -------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("PORTAL_MAIL_FROM", f"portal@{_base.hostname}")
if MODE == "production":
    EMAIL_HOST = env.text("PORTAL_MAIL_HOST", "localhost")
    EMAIL_PORT = env.integer("PORTAL_MAIL_PORT", 25)
    EMAIL_HOST_USER = env.text("PORTAL_MAIL_USER", "")
    EMAIL_HOST_PASSWORD = env.text("PORTAL_MAIL_PASSWORD", "")
    EMAIL_USE_TLS = env.flag("PORTAL_MAIL_TLS")
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"

# --- tasks ------------------------------------------------------------------------------------------
CELERY_BROKER_URL = redis_database(1)
if _redis_socket:  # Celery has its own spelling for sockets
    CELERY_BROKER_URL = (
        f"redis+socket://{REDIS_URL.removeprefix('unix://')}?virtual_host={REDIS_FIRST_DB + 1}"
    )
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A killed worker's task comes back after the visibility timeout; restore is looked at on every loop.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
}
CELERY_TASK_TIME_LIMIT = 50
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "portal"

# --- vetting ----------------------------------------------------------------------------------------
# Name servers that look for the value in an agency's DNS; none: the system's. ADDRESS or ADDRESS:PORT.
DNS_RESOLVERS = env.words("PORTAL_DNS_RESOLVERS")
DNS_SECONDS = 5.0

# --- delivery ---------------------------------------------------------------------------------------
DELIVERY_POLL_SECONDS = 1.0
# Past this age what is not confirmed is served only as far as its publication allows: it may be recalled.
DELIVERY_LEASE_SECONDS = 3.0
# The last good snapshot lies here, for a start without a database.
DELIVERY_DIR = Path(env.text("PORTAL_DELIVERY_DIR", str(VAR_DIR / "delivery")))
OUTCOME_MAX_BODY = 1024 * 1024
# For so long after a warning what the user does is ascribed to it; a scam is noticed later. Counts that were
# made before are made again by `recount_outcomes --repair`.
OUTCOME_ATTRIBUTION_DAYS = 7
OUTCOME_REPORTED_DAYS = 30
# Events and exposures are kept for so long, then only their counts are.
OUTCOME_EVENTS_KEPT_DAYS = 90
# What a monitor shows to read /metrics; empty: nobody reads it.
METRICS_TOKEN = env.text("PORTAL_METRICS_TOKEN", "")

# --- clients ----------------------------------------------------------------------------------------
CLIENT_KEY_MAX_DAYS = env.integer("PORTAL_CLIENT_KEY_MAX_DAYS", 400)
CLIENT_KEY_EXPIRY_WARNING_DAYS = 14
CLIENT_KEY_UNUSED_DAYS = 90

# --- case support -----------------------------------------------------------------------------------
DOCUMENT_MAX_BYTES = 25 * 1024 * 1024

# --- demo -------------------------------------------------------------------------------------------
# The key with which /demo/withdrawal plays the exchange; set by `make demo`.
DEMO_CLIENT_KEY = env.text("PORTAL_DEMO_CLIENT_KEY", "") if MODE != "production" else ""
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING_CONFIG = "portal.logs.configure"
LOGGING = {"level": env.text("PORTAL_LOG_LEVEL", "INFO")}
TEST_RUNNER = "django.test.runner.DiscoverRunner"

"""The site's own settings in a temporary folder, made fast.
TEST_DATABASE_URL runs the tests on another database."""

import atexit
import os
import shutil
import tempfile

from tests.installation import KERNELS

FOLDER = tempfile.mkdtemp(prefix="imagerec-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
OWN = (
    "IMAGEREC_PROFILE",
    "DEBUG",
    "SECRET_KEY",
    "SITE_URL",
    "HOSTS",
    "REDIS_URL",
    "IMPORT_ROOT",
    "EMAIL_BACKEND",
)
for name in OWN:
    os.environ.pop(name, None)
os.environ["IMAGEREC_ENV"] = "/dev/null"
os.environ["NUMBA_CACHE_DIR"] = str(KERNELS)
os.environ["DATA_DIR"] = f"{FOLDER}/data"
os.environ["MEDIA_ROOT"] = f"{FOLDER}/media"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", f"sqlite:///{FOLDER}/db.sqlite3")

from imagerec.settings import *  # noqa: E402, F403
from imagerec.settings import DATABASES, SQLITE, STATIC_ROOT, STORAGES  # noqa: E402

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
CHECK_FRAGMENTS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
if SQLITE:
    # A file, as in production: threads of one test have their own connections. Only its durability is not
    # needed.
    DATABASES["default"]["TEST"] = {"NAME": f"{FOLDER}/test.sqlite3"}
    options = DATABASES["default"]["OPTIONS"]
    options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

"""Settings of a test run: the site's own, on a data folder that goes away."""

import os
import tempfile

_DATA = tempfile.TemporaryDirectory(prefix="logsite-tests-")

# Before the site's settings read them: a test run never touches a stack of this tree.
os.environ["LOGSITE_DATA"] = _DATA.name
os.environ["SECRET_KEY"] = "a key that is only for tests, and long enough for them"
for _name in ("DATABASE_URL", "PUBLIC_URL", "KAFKA_BROKERS", "MONGO_URL", "REDIS_URL"):
    os.environ.pop(_name, None)

from logsite.settings import *  # noqa: E402, F403
from logsite.translations import compile_catalogs  # noqa: E402

SEARCHES_APART = False  # there a test's store is not known
STATIC_ROOT = None  # type: ignore[assignment]  # WhiteNoise asks the finders
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast, not safe

compile_catalogs(BASE_DIR / "locale")  # noqa: F405  # before anything reads them

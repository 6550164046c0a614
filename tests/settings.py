"""The product's settings for tests: throw-away keys, an unreachable LINE, quick password hashing."""

import os
from pathlib import Path

from cryptography.fernet import Fernet

_data = Path(os.environ.setdefault("DATA_DIR", str(Path(__file__).resolve().parent.parent / "var" / "tests")))
(_data / "static").mkdir(parents=True, exist_ok=True)
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("ENCRYPTION_KEYS", Fernet.generate_key().decode())
os.environ.setdefault("ALLOW_INSECURE_LOOPBACK", "1")
os.environ.setdefault("LINE_API_BASE", "http://127.0.0.1:9")
os.environ.setdefault("LINE_DATA_API_BASE", "http://127.0.0.1:9")

from config.settings import *  # noqa: E402, F403
from tests.slowness import SLOWER  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files are found when a page asks for one; listing all of them took each test client a tenth of a second.
WHITENOISE_AUTOREFRESH = True

if SLOWER > 1:
    MIDDLEWARE = [*MIDDLEWARE, "tests.slowness.LateFragments"]  # noqa: F405

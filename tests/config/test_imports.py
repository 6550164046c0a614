"""What the web process must not carry: the SDK, and what opens files."""

import os
import subprocess
import sys

from cryptography.fernet import Fernet
from django.conf import settings

PROGRAM = """
import sys
from django.test import Client
import config.asgi
Client().get("/login/", headers={"host": "localhost"})
from conversations.inbox import uploads, views
print(sorted({name.partition(".")[0] for name in sys.modules} & {"linebot", "PIL", "av"}))
"""


def test_the_web_process_imports_neither_the_sdk_nor_what_opens_files(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, env=_environment(tmp_path)
    )

    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr


def _environment(tmp_path):
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3", "REDIS_URL": "", "CELERY_BROKER_URL": "filesystem://"}
    keys = {"SECRET_KEY": "x" * 50, "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    return os.environ | database | keys | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"}

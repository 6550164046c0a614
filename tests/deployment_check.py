"""Django's deployment checks with the settings of a public installation; any warning fails `make check`."""

import os
import secrets
import sys

from cryptography.fernet import Fernet
from django.core.management import execute_from_command_line

PUBLIC = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "PUBLIC_BASE_URL": "https://support.example.com",
    "ALLOWED_HOSTS": "support.example.com",
    "BEHIND_PROXY": "1",
}

if __name__ == "__main__":
    os.environ.update(PUBLIC)
    for name in ("ALLOW_INSECURE_LOOPBACK", "DEMO_MODE", "DEBUG", "LINE_API_BASE", "LINE_DATA_API_BASE"):
        os.environ.pop(name, None)
    execute_from_command_line([sys.argv[0], "check", "--deploy", "--fail-level", "WARNING"])

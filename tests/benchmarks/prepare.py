"""Prints what the load needs to know of a seeded installation: callback address, secret, and sessions of Alice and Root."""

import json
import os
import sys
from typing import Any

import django


def session_of(person: Any) -> str:
    """Signs a person in, as the log-in page would; returns the cookie's value."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

    from django.db import connection

    from channels_app import accounts
    from channels_app.models import MessagingAccount, SecretKind
    from workstreams.models import User

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_plain (body text)")
    account = MessagingAccount.objects.get()
    secret = accounts.current_secret(account, SecretKind.CHANNEL_SECRET)
    assert secret is not None
    sessions = {person.username: session_of(person) for person in User.objects.filter(username__in=["alice", "root"])}
    path = f"/webhooks/line/{account.callback_key}/"
    sys.stdout.write(json.dumps({"path": path, "secret": secret.value, "bot": account.bot_user_id, "sessions": sessions}) + "\n")


if __name__ == "__main__":
    main()

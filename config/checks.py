"""Named start-up errors: a wrong setting stops web, worker and commands before they do harm.

Each error has an id that can be searched for (`trunkline.E001` …), says which setting is wrong and what to write instead.
`.env.example` explains the settings.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from channels_app.models import AccountSecret
from channels_app.public_address import is_loopback
from channels_app.registry import ADAPTERS
from channels_app.secrets import Undecryptable

NEW_SECRET_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"  # noqa: S105 - how to make one
NEW_ENCRYPTION_KEY = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _problem_with_address(url: str) -> str:
    """Why `url` can't be the base of an address; empty if it can."""
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        return str(error)
    if parts.scheme not in ("http", "https"):
        return "it must begin with https:// (or http:// on this machine)"
    if not parts.hostname or any(character.isspace() for character in url) or not port_is_fine:
        return "it has no valid host name"
    if parts.path or parts.query or parts.fragment or parts.username:
        return "it must end after the host name and port"
    return ""


@register(Tags.security)
def check_secret_key(**kwargs: Any) -> list[CheckMessage]:
    """E001: sessions and signatures need a key."""
    try:
        present = bool(settings.SECRET_KEY)
    except ImproperlyConfigured:
        present = False
    if present:
        return []
    return [Error("SECRET_KEY is not set.", hint=f"Set it to a long random text, once: {NEW_SECRET_KEY}", id="trunkline.E001")]


@register(Tags.security)
def check_encryption_keys(**kwargs: Any) -> list[CheckMessage]:
    """E002, E003: secrets of accounts are stored encrypted only."""
    if not settings.ENCRYPTION_KEYS:
        hint = f"Make one and keep it as safe as the database's backups: {NEW_ENCRYPTION_KEY}"
        return [Error("ENCRYPTION_KEYS is not set.", hint=hint, id="trunkline.E002")]
    for position, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            hint = f"Each key is 32 bytes in URL-safe base64; make one: {NEW_ENCRYPTION_KEY}"
            return [Error(f"ENCRYPTION_KEYS: key {position} is not a valid key.", hint=hint, id="trunkline.E003")]
    return []


@register(Tags.database)
def check_keys_open_the_database(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """E004: a database whose secrets no key opens would fail at the first webhook. Reads the stored secrets."""
    if not databases or "default" not in databases or check_encryption_keys():
        return []
    try:
        for _value in AccountSecret.objects.values_list("value", flat=True):
            pass  # reading decrypts
    except Undecryptable:
        hint = "Put back the keys that this database was used with, or add them at the end of the list."
        return [Error("ENCRYPTION_KEYS don't open the secrets stored in this database.", hint=hint, id="trunkline.E004")]
    except DatabaseError:
        return []  # not migrated yet, or out of reach: the next query says so better
    return []


@register(Tags.urls)
def check_public_base_url(**kwargs: Any) -> list[CheckMessage]:
    """E005: callback URLs are made from it."""
    problem = _problem_with_address(settings.PUBLIC_BASE_URL)
    if not problem:
        return []
    hint = "Write the address under which LINE reaches this installation, such as https://support.example.com"
    return [Error(f"PUBLIC_BASE_URL is malformed: {problem}.", hint=hint, id="trunkline.E005")]


@register(Tags.compatibility)
def check_channel_types(**kwargs: Any) -> list[CheckMessage]:
    """E006: a misspelt channel type would quietly refuse its webhooks."""
    unknown = [name for name in settings.CHANNEL_TYPES if name not in ADAPTERS]
    if unknown:
        hint = f"Known: {', '.join(ADAPTERS)}."
        return [Error(f"CHANNEL_TYPES names an unknown channel type: {', '.join(unknown)}.", hint=hint, id="trunkline.E006")]
    return []


@register(Tags.security)
def check_insecure_loopback(**kwargs: Any) -> list[CheckMessage]:
    """E007: plain http to this machine is for trying out only."""
    if settings.ALLOW_INSECURE_LOOPBACK and not is_loopback(_host_of(settings.PUBLIC_BASE_URL)):
        hint = "Remove ALLOW_INSECURE_LOOPBACK, or let PUBLIC_BASE_URL name localhost."
        return [Error("ALLOW_INSECURE_LOOPBACK is on, but PUBLIC_BASE_URL isn't this machine.", hint=hint, id="trunkline.E007")]
    return []


@register(Tags.security)
def check_demo_mode(**kwargs: Any) -> list[CheckMessage]:
    """E008, E009: the demo signs anybody in with one click, so nobody else may reach it."""
    if not settings.DEMO_MODE:
        return []
    errors: list[CheckMessage] = []
    hint = "Remove DEMO_MODE, or serve this machine only (localhost)."
    if not is_loopback(_host_of(settings.PUBLIC_BASE_URL)):
        errors.append(Error("DEMO_MODE is on, but PUBLIC_BASE_URL isn't this machine.", hint=hint, id="trunkline.E008"))
    elsewhere = [host for host in settings.ALLOWED_HOSTS if not is_loopback(host)]
    if elsewhere:
        message = f"DEMO_MODE is on, but ALLOWED_HOSTS lets others in: {', '.join(elsewhere)}."
        errors.append(Error(message, hint=hint, id="trunkline.E009"))
    return errors


@register(Tags.security)
def check_line_addresses(**kwargs: Any) -> list[CheckMessage]:
    """E010: tokens go to these addresses, so they must be https, or this machine while trying out."""
    errors: list[CheckMessage] = []
    for name in ("LINE_API_BASE", "LINE_DATA_API_BASE"):
        url = getattr(settings, name)
        problem = _problem_with_address(url)
        if not problem and url.startswith("http://") and not (settings.ALLOW_INSECURE_LOOPBACK and is_loopback(_host_of(url))):
            problem = "plain http is only for this machine, with ALLOW_INSECURE_LOOPBACK"
        if problem:
            hint = "Leave it out to talk to LINE itself."
            errors.append(Error(f"{name} is wrong: {problem}.", hint=hint, id="trunkline.E010"))
    return errors


@register(Tags.security)
def check_alert_webhook(**kwargs: Any) -> list[CheckMessage]:
    """E012: warnings that go to nowhere, or that anybody could forge."""
    url = settings.ALERT_WEBHOOK_URL
    if not url:
        return []
    errors: list[CheckMessage] = []
    loopback = settings.ALLOW_INSECURE_LOOPBACK and is_loopback(_host_of(url))
    if not _host_of(url) or not (url.startswith("https://") or (url.startswith("http://") and loopback)):
        hint = "Write a public https address, or leave it out."
        errors.append(Error("ALERT_WEBHOOK_URL is not an https address.", hint=hint, id="trunkline.E012"))
    if not settings.ALERT_WEBHOOK_SECRET:
        hint = "The receiver needs it to tell our calls from others; any long random text."
        errors.append(Error("ALERT_WEBHOOK_URL is set, but ALERT_WEBHOOK_SECRET isn't.", hint=hint, id="trunkline.E012"))
    return errors


@register(Tags.database)
def check_places(**kwargs: Any) -> list[CheckMessage]:
    """E013: pages that may take every connection would leave none to webhooks."""
    pool = settings.DATABASES["default"].get("OPTIONS", {}).get("pool")
    if not pool or pool["max_size"] > settings.PAGES_AT_ONCE:
        return []
    message = f"PAGES_AT_ONCE is {settings.PAGES_AT_ONCE}, and so many pages would take all {pool['max_size']} connections."
    return [Error(message, hint="Let it be smaller than DATABASE_POOL_SIZE: webhooks need connections too.", id="trunkline.E013")]


@register(Tags.compatibility)
def check_readable(**kwargs: Any) -> list[CheckMessage]:
    """E011: a value that can't be read would quietly be another."""
    hint = "`.env.example` explains every setting."
    return [Error(f"{name} can't be read: {why}.", hint=hint, id="trunkline.E011") for name, why in settings.UNREADABLE_SETTINGS.items()]


def in_words(errors: Iterable[CheckMessage]) -> str:
    """The errors as an operator reads them, one a line."""
    return "\n".join(f"{error.id}: {error.msg}" + (f" {error.hint}" if error.hint else "") for error in errors)

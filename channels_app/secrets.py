"""Secrets at rest: one encrypted field with its own key list (`ENCRYPTION_KEYS`, newest first)."""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.db import models
from django.dispatch import receiver


class Undecryptable(Exception):
    """No key of `ENCRYPTION_KEYS` opens this value: the key list doesn't belong to this database."""


@lru_cache(maxsize=1)
def _box() -> MultiFernet:
    if not settings.ENCRYPTION_KEYS:
        raise ImproperlyConfigured("ENCRYPTION_KEYS is empty: secrets can be neither stored nor read.")
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


@receiver(setting_changed)
def _forget_keys(*, setting: str, **kwargs: Any) -> None:
    if setting == "ENCRYPTION_KEYS":
        _box.cache_clear()
        decrypt_often.cache_clear()


def encrypt(value: bytes) -> bytes:
    """`value` under the newest key."""
    return _box().encrypt(value)


def decrypt(value: bytes) -> bytes:
    """The clear bytes; `Undecryptable` if no key opens them."""
    try:
        return _box().decrypt(bytes(value))
    except InvalidToken as error:
        raise Undecryptable from error


@lru_cache(maxsize=256)
def decrypt_often(value: bytes) -> bytes:
    """As `decrypt`, for the few values that every webhook needs: what they open to is kept by what lies in the database."""
    return decrypt(value)


class EncryptedTextField(models.BinaryField):
    """Text that lies encrypted in the database. Fernet is not deterministic: never filter or constrain on it."""

    _pyi_private_get_type: Any
    _pyi_private_set_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(str(value).encode("utf-8"))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(bytes(value)).decode("utf-8")

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        return ""


class EncryptedBytesField(models.BinaryField):
    """Bytes that lie encrypted in the database."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(bytes(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else decrypt(bytes(value))

    def value_to_string(self, obj: models.Model) -> str:
        return ""

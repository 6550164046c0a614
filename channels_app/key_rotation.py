"""Everything that lies encrypted in the database, put under the newest key of `ENCRYPTION_KEYS`, so that older keys can go."""

from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from channels_app.secrets import EncryptedBytesField, EncryptedTextField

ROWS_AT_ONCE = 200


@dataclass(slots=True)
class Rotated:
    """What became of one column: put under the newest key, under it already, or opened by no key (left as it is)."""

    column: str
    moved: int = 0
    already: int = 0
    unreadable: int = 0


def rotate() -> Iterator[Rotated]:
    """Go through every encrypted column, a few hundred rows at a time; harmless beside a running installation, and again.

    A value that changes meanwhile is left to whoever changed it, who writes under the newest key anyway.
    """
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField | EncryptedBytesField):
                yield _rotate_column(model, str(field.column))


def _rotate_column(model: type[models.Model], column: str) -> Rotated:
    """By hand, because reading through the ORM decrypts."""
    newest = Fernet(settings.ENCRYPTION_KEYS[0])
    box = MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
    found, last = Rotated(f"{model._meta.label}.{column}"), 0
    while rows := _rows_after(model, column, last):
        for key, value in rows:
            last, value = key, bytes(value)
            if _opens(newest, value):
                found.already += 1
            elif not _opens(box, value):
                found.unreadable += 1
            else:
                found.moved += _replace(model, column, key, value, box.rotate(value))
    return found


def _rows_after(model: type[models.Model], column: str, last: int) -> list[tuple[int, bytes]]:
    table, key = model._meta.db_table, model._meta.pk.column
    statement = f"SELECT {key}, {column} FROM {table} WHERE {key} > %s AND {column} IS NOT NULL ORDER BY {key} LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [last, ROWS_AT_ONCE])
        rows: list[tuple[int, bytes]] = cursor.fetchall()
    return rows


def _replace(model: type[models.Model], column: str, key: int, old: bytes, new: bytes) -> int:
    statement = f"UPDATE {model._meta.db_table} SET {column} = %s WHERE {model._meta.pk.column} = %s AND {column} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [new, key, old])
        changed: int = cursor.rowcount
    return changed


def _opens(box: Fernet | MultiFernet, value: bytes) -> bool:
    try:
        box.decrypt(value)
    except InvalidToken:
        return False
    return True

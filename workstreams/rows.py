"""What statements about many rows, written by hand, are made of; the same on both databases."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection, models


def placeholders(values: Collection[object]) -> str:
    """As many placeholders as there are values, for a list of them."""
    return ", ".join(["%s"] * len(values))


def update_each(
    model: type[models.Model],
    rows: Mapping[int, Sequence[Any]],
    *,
    sets: Sequence[str] = (),
    adds: Sequence[str] = (),
    also: Sequence[str] = (),
    where: str = "TRUE",
) -> set[int]:
    """Set the fields `sets` and raise the fields `adds` of the rows with these keys; returns the keys of those that were changed.

    A row's values come in the order of the fields, those to be set first, and none is None. `also` (changes that are the
    same for each row) and `where` are SQL of the caller's own making over the table's columns; `new_<column>` in it is the
    row's value.
    """
    if not rows:
        return set()
    fields: list[Any] = [model._meta.get_field(name) for name in (*sets, *adds)]
    columns = [field.column for field in fields]
    table = connection.ops.quote_name(model._meta.db_table)
    key = model._meta.pk.column  # type: ignore[union-attr]
    given = ", ".join(f"({placeholders([key, *columns])})" for _ in rows)
    parameters: list[Any] = []
    for pk, values in rows.items():
        parameters += [pk, *(field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True))]
    changes = [f"{column} = new_{column}" for column in columns[: len(sets)]]
    changes += [f"{column} = {column} + new_{column}" for column in columns[len(sets) :]]
    changes += also
    statement = (
        f"WITH given (given_key, {', '.join(f'new_{column}' for column in columns)}) AS (VALUES {given}) "  # noqa: S608 - names of columns, values as parameters
        f"UPDATE {table} SET {', '.join(changes)} FROM given WHERE {key} = given_key AND ({where}) RETURNING {key}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return {changed for (changed,) in cursor.fetchall()}

"""Several lists of conversations as one: each is read from its own index, and only as far as the page needs.

With "or" between a person's queues a database sorts everything that matches before it shows thirty rows.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from conversations.models import Conversation

Lists = Sequence[QuerySet[Conversation]]


def first_keys(lists: Lists, *, field: str, newest_first: bool, size: int) -> list[int]:
    """The keys of the first rows of all together by that field and their keys, each once.

    A query of its own: beside the dozen tables that a page shows of each row, the order in which a database joins is a
    guess, and a wrong one reads everything.
    """
    order = [f"-{field}", "-id"] if newest_first else [field, "id"]
    heads = [found.order_by(*order)[:size] for found in lists]
    return [key for key, _at in _united(heads, "id", field).order_by(*order)[:size]]


def count_of(lists: Lists, *, at_most: int) -> int:
    """How many there are together, each row once; counting stops there."""
    return _united([found.order_by()[:at_most] for found in lists], "id")[:at_most].count()


def _united(heads: Lists, *columns: str) -> "QuerySet[Conversation, Any]":
    # SQLite takes no limit in a part of a union, but in a condition of that part.
    first, *others = [Conversation.objects.order_by().filter(pk__in=head.values("pk")).values_list(*columns) for head in heads]
    return first.union(*others) if others else first

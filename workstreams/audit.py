"""Who changed which piece of configuration, and when: the history that Django admin shows. Never a value, never a secret."""

from collections.abc import Sequence

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import Model

from workstreams.models import User


def record_change(*, actor: User | None, target: Model, fields: Sequence[str] = (), added: bool = False) -> None:
    """Add a line to the history of `target`: made, or these fields changed (message ids, translated when shown)."""
    if actor is None:
        return
    message: list[dict[str, object]] = [{"added": {}}] if added else [{"changed": {"fields": list(fields)}}]
    LogEntry.objects.log_actions(
        user_id=actor.pk,
        queryset=[target],
        action_flag=ADDITION if added else CHANGE,
        change_message=message,
        single_object=True,
    )


def record_deletion(*, actor: User | None, target: Model) -> None:
    """Add the last line to the history of `target`, which is there still."""
    if actor is not None:
        LogEntry.objects.log_actions(user_id=actor.pk, queryset=[target], action_flag=DELETION, change_message="", single_object=True)

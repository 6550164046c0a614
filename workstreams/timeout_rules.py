"""Making, changing and deleting time-out rules. Callers hold a gate's promise that `actor` is an administrator."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from workstreams.audit import record_change
from workstreams.models import TimeoutRule, User, Workstream


def save_rule(*, actor: User | None, rule: TimeoutRule, **values: Any) -> TimeoutRule:
    """A new rule, or other values of one. They count from the next sweep on, for silences that last already too."""
    with transaction.atomic():
        for name, value in values.items():
            setattr(rule, name, value)
        rule.save()
        _note(actor, rule.workstream)
    return rule


def delete_rule(*, actor: User | None, rule: TimeoutRule) -> None:
    """The rule and what is known of its runs; the journals of conversations keep their lines."""
    with transaction.atomic():
        rule.delete()
        _note(actor, rule.workstream)


def _note(actor: User | None, workstream: Workstream) -> None:
    record_change(actor=actor, target=workstream, fields=[gettext_noop("Time-out rules")])

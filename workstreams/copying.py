"""*Copy*: another workstream that does the same, with its rules, under another name and without channels."""

from typing import TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from workstreams.audit import record_change
from workstreams.identifiers import new_public_id
from workstreams.models import Ruleset, User, Workstream
from workstreams.rulesets import current_ruleset

M = TypeVar("M", bound=Model)
LONGEST_NAME = 100
# Each row has its own, or is given its own when it is saved.
NOT_COPIED = ("id", "public_id", "created_at")


def copy_workstream(*, actor: User | None, workstream: Workstream) -> Workstream:
    """A copy with every setting, the rules that count now as version 1, the time-out rules and the context variables.

    Locks the workstream, so that rules and settings are those of one moment.
    """
    with transaction.atomic():
        original = Workstream.objects.select_for_update(no_key=True).get(pk=workstream.pk)
        copy = _copy_of(original, name=_free_name(original.name))
        copy.save()
        ruleset = current_ruleset(original)
        if ruleset is not None:
            Ruleset.objects.create(workstream=copy, version=1, content=ruleset.content, published_by=actor)
        for rows in (original.timeout_rules, original.context_variables):
            for row in rows.all():
                _copy_of(row, workstream_id=copy.pk).save()
        record_change(actor=actor, target=copy, added=True)
    return copy


def _copy_of(row: M, **changed: object) -> M:
    """A row with the same values that isn't saved yet."""
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in NOT_COPIED}
    copy = type(row)(**(kept | changed))
    if hasattr(copy, "public_id"):
        copy.public_id = new_public_id()
    return copy


def _free_name(name: str) -> str:
    """“Copy of …”, numbered if there is one already."""
    number, ending = 1, ""
    while True:
        wished = (_("Copy of %(name)s") % {"name": name})[: LONGEST_NAME - len(ending)] + ending
        if not Workstream.objects.filter(name__iexact=wished).exists():
            return wished
        number += 1
        ending = f" ({number})"

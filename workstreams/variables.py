"""Context variables: declared for a workstream before its rules use them, and kept while they do.

Callers hold a gate's promise that `actor` is an administrator.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workstreams import rulesets
from workstreams.audit import record_change
from workstreams.models import ContextVariable, User, Workstream
from workstreams.routing.facts import VARIABLE
from workstreams.routing.problems import InvalidRules


class InUse(Exception):
    """The variable can't be deleted; `str()` says why, in the user's words."""


def declare_variable(*, actor: User | None, workstream: Workstream, name: str, kind: str) -> ContextVariable:
    """A new variable. `ValidationError` for a name that isn't one, or is taken; names that differ in case are different.

    Locks the workstream, as publishing does, which may declare the same name.
    """
    variable = ContextVariable(workstream=workstream, name=name, kind=kind)
    with transaction.atomic():
        Workstream.objects.select_for_update(no_key=True).get(pk=workstream.pk)
        try:
            variable.full_clean()
        except ValidationError as error:
            if "name" in error.message_dict:
                raise
            raise ValidationError({"name": _("There is a variable of this name already.")}) from error
        variable.save()
        _note(actor, workstream)
    return variable


def delete_variable(*, actor: User | None, variable: ContextVariable) -> None:
    """Refused with `InUse` while the published rules set or test it. Locks the workstream, as publishing does."""
    with transaction.atomic():
        workstream = Workstream.objects.select_for_update(no_key=True).get(pk=variable.workstream_id)
        if variable.name in used_variables(workstream):
            raise InUse(_("“%(name)s” is used by the rules of this workstream. Change the rules first.") % {"name": variable.name})
        variable.delete()
        _note(actor, workstream)


def used_variables(workstream: Workstream) -> set[str]:
    """The names that the workstream's published rules set or test."""
    ruleset = rulesets.current_ruleset(workstream)
    try:
        rules = rulesets.rules_of(ruleset) if ruleset else None
    except InvalidRules:
        return set(workstream.context_variables.values_list("name", flat=True))
    if rules is None:
        return set()
    tested = {fact.removeprefix(VARIABLE) for fact in rules.facts_used() if fact.startswith(VARIABLE)}
    return tested | {name for each in rules.classification for rule in each.rules for name in rule.then.variables}


def _note(actor: User | None, workstream: Workstream) -> None:
    record_change(actor=actor, target=workstream, fields=[gettext_noop("Context variables")])

"""The additional fields of contacts, as administrators define them."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conversations import contact_index, decisions
from conversations.contact_values import Refused, line
from conversations.contacts import CannotSave
from conversations.fact_catalogue import FIELD
from conversations.models import Contact, ContactField, FieldKind, RoutingDecision
from conversations.search_text import folded
from workstreams.transactions import retried

NAME_LENGTH = 60
CHOICE_LENGTH = 100
CHOICES_AT_MOST = 200
BATCH = 200


@retried
def save_field(*, field: ContactField, name: str, kind: str, choices: Sequence[str], position: int) -> ContactField:
    """Define a field, or change its name, choices or place. `CannotSave` by the name of the input."""
    errors: dict[str, str] = {}
    try:
        field.name = line(name, NAME_LENGTH)
    except Refused as refusal:
        errors["name"] = str(refusal)
    if not errors and not field.name:
        errors["name"] = _("A field needs a name.")
    if any(folded(other) == folded(field.name) for other in ContactField.objects.exclude(pk=field.pk).values_list("name", flat=True)):
        errors["name"] = _("There is a field of this name already.")
    if field.pk and kind != field.kind:
        errors["kind"] = _("The kind can't be changed: contacts have values of it. Make a new field.")
    if kind == FieldKind.CHOICE:
        field.choices = _cleaned(choices, errors)
    if errors:
        raise CannotSave(errors)
    field.kind, field.position = kind, position
    if kind != FieldKind.CHOICE:
        field.choices = []
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError as error:
        raise CannotSave({"name": _("There is a field of this name already.")}) from error
    return field


def delete_field(*, field: ContactField) -> None:
    """Take a field and its values from every contact, and from what rules saw.

    Those who are changed at the same moment drop theirs with the next change.
    """
    key = field.public_id
    field.delete()
    while batch := list(Contact.objects.filter(values__has_key=key).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            for contact in Contact.objects.select_for_update(no_key=True).filter(pk__in=batch).order_by("pk"):
                contact.values.pop(key, None)
                contact.save(update_fields=["values"])
                contact_index.reindex(contact)
    known = FIELD + key
    while batch := list(RoutingDecision.objects.filter(facts__has_key=known).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            decisions.forget_facts(RoutingDecision.objects.filter(pk__in=batch), lambda name, _value: name == known)


def contacts_with(field: ContactField) -> int:
    """How many contacts have a value of it."""
    return Contact.objects.filter(values__has_key=field.public_id).count()


def _cleaned(choices: Sequence[str], errors: dict[str, str]) -> list[str]:
    found: list[str] = []
    for each in choices:
        try:
            choice = line(each, CHOICE_LENGTH)
        except Refused as refusal:
            errors["choices"] = f"“{each[:20]}…”: {refusal}"
            continue
        if choice and choice not in found:
            found.append(choice)
    if not found:
        errors.setdefault("choices", _("Name at least one choice, each in a line of its own."))
    if len(found) > CHOICES_AT_MOST:
        errors["choices"] = _("These are %(count)d choices; at most %(limit)d fit.") % {"count": len(found), "limit": CHOICES_AT_MOST}
    return found

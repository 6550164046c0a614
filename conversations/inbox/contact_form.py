"""The contact's card as an agent reads it, and its form: which lines and inputs there are, filled with what is kept or was typed."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations import preferred
from conversations.contact_values import LENGTHS, NAME_PARTS, NO, TEXT_LENGTH, YES, input_name
from conversations.inbox.wording import language_name
from conversations.models import Contact, ContactField, ContactKind, FieldKind
from workstreams.languages import LANGUAGES, languages_by_name
from workstreams.models import Agent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ORGANISATIONS_OFFERED = 200
PERSON, ORGANISATION = "for-person", "for-organisation"
LABELS: dict[str, "StrOrPromise"] = {
    "name": gettext_lazy("Name"),
    "family_name": gettext_lazy("Family name"),
    "given_name": gettext_lazy("Given name"),
    "phonetic_family_name": gettext_lazy("Family name (reading)"),
    "phonetic_given_name": gettext_lazy("Given name (reading)"),
    "nickname": gettext_lazy("Nickname"),
    "organisation": gettext_lazy("Organisation"),
    "phone": gettext_lazy("Phone"),
    "mail": gettext_lazy("Mail"),
    "language": gettext_lazy("Language"),
}
HALF_OF_A_LINE = f"{PERSON} is-half"
SHOWN_FOR = {"name": ORGANISATION} | dict.fromkeys(NAME_PARTS, HALF_OF_A_LINE) | dict.fromkeys(("nickname", "organisation"), PERSON)


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the form. `shown_for` is a class: inputs of people go when the contact is an organisation; `known` is offered
    while one types."""

    name: str
    label: "StrOrPromise"
    value: str
    error: str = ""
    type: str = "text"
    limit: int = TEXT_LENGTH
    choices: Sequence[tuple[str, "StrOrPromise"]] = ()
    shown_for: str = ""
    known: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CardLine:
    """One line of the card. `href` makes it a link."""

    label: "StrOrPromise"
    value: "StrOrPromise"
    href: str = ""


def inputs(
    contact: Contact | None, definitions: Sequence[ContactField], typed: Mapping[str, str], errors: Mapping[str, str]
) -> list[Input]:
    """The form's inputs: what was typed stays, whether it was good or not."""
    there = contact or Contact()
    found = [
        Input(
            name=name,
            label=label,
            value=typed.get(name, _kept(there, name)),
            error=errors.get(name, ""),
            # Not "email": a browser's own check would speak before ours, and in other words.
            type={"phone": "tel"}.get(name, "text"),
            limit=LENGTHS.get(name, 200),
            choices=_languages(there.language) if name == "language" else (),
            shown_for=SHOWN_FOR.get(name, ""),
            known=_organisations() if name == "organisation" else (),
        )
        for name, label in LABELS.items()
    ]
    found += [_additional_input(there, definition, typed, errors) for definition in definitions]
    return found + _preferred_inputs(contact, typed)


def _preferred_inputs(contact: Contact | None, typed: Mapping[str, str]) -> list[Input]:
    """Who is asked first, where workstreams ask for that."""
    if not preferred.are_used():
        return []
    kept = preferred.kept(contact) if contact else {}
    agents = Agent.objects.filter(left_at=None).select_related("user").order_by("public_name")
    choices = [("", _("nobody")), *((agent.public_id, agent.user.shown_name) for agent in agents)]
    labels = {1: _("Preferred agent"), 2: _("Otherwise"), 3: _("Otherwise still")}
    names = {place: preferred.input_name(place) for place in preferred.PLACES}
    return [Input(name, labels[place], typed.get(name, kept.get(place, "")), choices=choices) for place, name in names.items()]


def lines(contact: Contact, definitions: Sequence[ContactField]) -> list[CardLine]:
    """What the card shows: only what is filled."""
    reading = " ".join(filter(None, (contact.phonetic_family_name, contact.phonetic_given_name)))
    found = [
        CardLine(_("Reading"), reading),
        CardLine(LABELS["nickname"], contact.nickname if contact.nickname != contact.name else ""),
        _organisation_line(contact),
        CardLine(LABELS["phone"], contact.phone, href=f"tel:{''.join(each for each in contact.phone if each in '+0123456789')}"),
        CardLine(LABELS["mail"], contact.mail, href=f"mailto:{quote(contact.mail)}"),
        CardLine(LABELS["language"], language_name(contact.language) if contact.language else ""),
    ]
    found += [CardLine(definition.name, _shown(contact.values.get(definition.public_id), definition)) for definition in definitions]
    found.append(CardLine(_("Preferred agents"), ", ".join(preferred.names(contact))))
    return [line for line in found if line.value]


def _organisation_line(contact: Contact) -> CardLine:
    firm = contact.organisation
    href = reverse("inbox:contact", args=[firm.public_id]) if firm else ""
    return CardLine(LABELS["organisation"], firm.name if firm else "", href=href)


def _kept(contact: Contact, name: str) -> str:
    if name == "organisation":
        return contact.organisation.name if contact.organisation else ""
    return str(getattr(contact, name))


def _organisations() -> list[str]:
    found = Contact.objects.filter(kind=ContactKind.ORGANISATION).order_by("sort_key", "pk")
    return list(found.values_list("name", flat=True)[:ORGANISATIONS_OFFERED])


def _languages(there: str) -> list[tuple[str, "StrOrPromise"]]:
    listed: list[tuple[str, StrOrPromise]] = [("", _("not known")), *languages_by_name()]
    return listed if there in dict(LANGUAGES) or not there else [*listed, (there, there)]


def _additional_input(contact: Contact, definition: ContactField, typed: Mapping[str, str], errors: Mapping[str, str]) -> Input:
    name = input_name(definition)
    value = typed.get(name, str(contact.values.get(definition.public_id, "")))
    return Input(
        name=name,
        label=definition.name,
        value=value,
        error=errors.get(name, ""),
        type="date" if definition.kind == FieldKind.DATE and (not value or parse_safely(value)) else "text",
        choices=_choices(definition, value),
    )


def _choices(definition: ContactField, value: str) -> list[tuple[str, "StrOrPromise"]]:
    if definition.kind == FieldKind.YES_NO:
        return [("", ""), (YES, _("Yes")), (NO, _("No"))]
    if definition.kind != FieldKind.CHOICE:
        return []
    listed = [choice for choice in definition.choices if isinstance(choice, str)]
    # One that administrators took from the list stays until somebody chooses another.
    return [("", ""), *((choice, choice) for choice in [*listed, *([value] if value and value not in listed else [])])]


def _shown(value: object, definition: ContactField) -> str:
    text = value if isinstance(value, str) else ""
    if definition.kind == FieldKind.YES_NO:
        return {YES: _("Yes"), NO: _("No")}.get(text, text)
    if definition.kind == FieldKind.DATE and (day := parse_safely(text)):
        return date_format(day, "DATE_FORMAT")
    return text


def parse_safely(text: str) -> datetime.date | None:
    """A date, or nothing."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def is_organisation(contact: Contact | None, typed: Mapping[str, str]) -> bool:
    return typed.get("kind", contact.kind if contact else "") == ContactKind.ORGANISATION

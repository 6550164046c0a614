"""What may be entered about a contact: each value cleaned, or words about what is wrong with it."""

import datetime
import decimal
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from conversations.models import Contact, ContactField, ContactKind, FieldKind
from conversations.names import clean_line, full_name
from conversations.search_text import is_phone_number, phone_digits
from workstreams.languages import LANGUAGES

NAME_PARTS = ("family_name", "given_name", "phonetic_family_name", "phonetic_given_name")
LENGTHS = dict.fromkeys(NAME_PARTS, 90) | {"name": 200, "nickname": 200, "phone": 40, "mail": 254}
TEXT_LENGTH = 500
# ITU-T E.164 has at most 15 digits; the shortest subscriber numbers have five.
PHONE_DIGITS = range(5, 16)
NUMBER_DIGITS = 15
YES, NO = "yes", "no"


class Refused(ValueError):
    """One value can't be kept. str() says why, in the user's words."""


@dataclass(slots=True)
class Entered:
    """What was entered: fields of `Contact` as they are kept, or errors by the name of the input."""

    fields: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, clean: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Keep what `clean` makes of the arguments, or the words of its refusal."""
        try:
            self.fields[name] = clean(*arguments, **options)
        except Refused as refusal:
            self.errors[name] = str(refusal)
            return ""
        return self.fields[name]


def read_contact(raw: Mapping[str, str], *, contact: Contact | None, definitions: Iterable[ContactField]) -> Entered:
    """Clean what a form sent. An input that it doesn't have keeps its value; `contact` is what there is now, if any."""
    before = contact or Contact()
    entered = Entered()
    kind = raw.get("kind", before.kind)
    entered.fields["kind"] = kind if kind in ContactKind.values else before.kind
    for name in ("name", *NAME_PARTS, "nickname"):
        entered.take(name, line, raw.get(name, getattr(before, name)), LENGTHS[name])
    entered.take("phone", phone, raw.get("phone", before.phone))
    entered.take("mail", mail, raw.get("mail", before.mail))
    entered.take("language", language, raw.get("language", before.language), before.language)
    entered.fields["phone_digits"] = phone_digits(entered.fields.get("phone", ""))
    _read_additional(raw, before, definitions, entered)
    _make_name(entered)
    return entered


def _read_additional(raw: Mapping[str, str], before: Contact, definitions: Iterable[ContactField], entered: Entered) -> None:
    values: dict[str, Any] = {}
    for definition in definitions:
        there = before.values.get(definition.public_id)
        name = input_name(definition)
        if name not in raw:
            value = there
        else:
            value = entered.take(name, additional, raw[name], definition, there=there)
            entered.fields.pop(name, None)
        if value not in ("", None):
            values[definition.public_id] = value
    entered.fields["values"] = values


def _make_name(entered: Entered) -> None:
    if entered.errors:
        return
    kept = entered.fields
    organisation = kept["kind"] == ContactKind.ORGANISATION
    if organisation:
        kept.update(dict.fromkeys((*NAME_PARTS, "nickname"), ""))
    kept["name"] = full_name(
        kind=kept["kind"],
        family=kept["family_name"],
        given=kept["given_name"],
        nickname=kept["nickname"],
        name=kept["name"] if organisation else "",
    )
    if not kept["name"]:
        entered.errors["name" if organisation else "family_name"] = _("A contact needs a name.")


def input_name(definition: ContactField) -> str:
    """The name of an additional field's input."""
    return f"field-{definition.public_id}"


def line(text: str, limit: int) -> str:
    """One line of text without what isn't visible."""
    cleaned = clean_line(text)
    if len(cleaned) > limit:
        raise Refused(_("This has %(count)d characters; at most %(limit)d fit.") % {"count": len(cleaned), "limit": limit})
    return cleaned


def phone(text: str) -> str:
    """A telephone number as it was typed, in ASCII."""
    number = unicodedata.normalize("NFKC", line(text, LENGTHS["phone"]))
    if not number:
        return ""
    if not is_phone_number(number):
        raise Refused(_("This isn't a telephone number. Use digits, spaces, and + ( ) - only, like 090-1234-5678 or +81 90 1234 5678."))
    count = sum(letter.isdecimal() for letter in number)
    if count not in PHONE_DIGITS:
        raise Refused(_("A telephone number has 5 to 15 digits; this has %(count)d.") % {"count": count})
    return number


def mail(text: str) -> str:
    """A mail address, in small letters."""
    address = unicodedata.normalize("NFKC", clean_line(text)).lower()
    if not address:
        return ""
    try:
        validate_email(line(address, LENGTHS["mail"]))
    except ValidationError:
        raise Refused(_("This isn't a mail address. It should look like name@example.com.")) from None
    return address


def language(code: str, there: str = "") -> str:
    """A language of the list, or none; one that is there already may stay."""
    if code and code != there and code not in dict(LANGUAGES):
        raise Refused(_("Choose a language of the list."))
    return code


def additional(text: str, definition: ContactField, *, there: Any = None) -> str:
    """The value of an additional field, as text: numbers plain, dates as ISO 8601, yes and no as such. Empty for none."""
    cleaned = line(text, TEXT_LENGTH)
    if not cleaned or definition.kind == FieldKind.TEXT:
        return cleaned
    if definition.kind == FieldKind.NUMBER:
        return _number(cleaned)
    if definition.kind == FieldKind.DATE:
        return _date(cleaned)
    choices = (YES, NO) if definition.kind == FieldKind.YES_NO else definition.choices
    if cleaned not in choices and cleaned != there:
        raise Refused(_("Choose one of the list."))
    return cleaned


def _number(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if plain.count(",") == 1 and "." not in plain and len(plain.split(",")[1]) != 3:
        plain = plain.replace(",", ".")
    try:
        number = decimal.Decimal(plain.replace(",", ""))
    except decimal.InvalidOperation:
        raise Refused(_("This isn't a number. Use digits, like 1200 or 12.5.")) from None
    if not number.is_finite() or len(number.as_tuple().digits) > NUMBER_DIGITS or abs(number.adjusted()) >= NUMBER_DIGITS:
        raise Refused(_("This number is too large."))
    return f"{number:f}"


def _date(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("/", "-").replace(".", "-")
    parts = plain.split("-")
    if len(parts) == 3 and all(part.isdecimal() and len(part) <= 4 for part in parts):
        try:
            return datetime.date(*(int(part) for part in parts)).isoformat()
        except ValueError:
            pass
    raise Refused(_("This isn't a date. Write year, month and day, like 2026-11-21."))

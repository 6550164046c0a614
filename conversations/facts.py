"""The values of the facts that routing rules may test about a conversation (`conversations.fact_catalogue`)."""

import datetime
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from conversations.contact_values import NO, YES
from conversations.fact_catalogue import CONTACT, FIELD, FIRST_TEXT, KNOWN, LANGUAGE, ORGANISATION, TAGS, WEEKDAYS
from conversations.models import Contact, ContactField, ContactKind, Conversation, Direction, FieldKind
from workstreams.holidays_by_country import holidays_of
from workstreams.hours import is_time_zone
from workstreams.routing.decide import PRIORITY, SKILLS
from workstreams.routing.facts import VARIABLE, Facts, FactValue

# Scripts that one of the languages of LINE's markets has for itself; Latin letters tell nothing.
SCRIPTS = (("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("THAI", "th"), ("HANGUL", "ko"), ("CJK", "zh"))


def collect(conversation: Conversation, *, at: datetime.datetime, time_zone: str = "", country: str = "") -> Facts:
    """The facts as they are now, in three queries if profile, contact and channel are at hand. None: not known.

    What staff wrote down counts more than what a profile says: the contact's language and tags, if there is a contact.
    """
    kind = conversation.messages.filter(direction=Direction.IN).order_by("id").values_list("kind", flat=True).first()
    return facts_of(conversation, kind, at=at, time_zone=time_zone, country=country)


def facts_of(conversation: Conversation, kind: str | None, *, at: datetime.datetime, time_zone: str = "", country: str = "") -> Facts:
    """The same for a conversation, stored or not, whose first message is of this kind."""
    return {
        **message_facts(conversation.first_text, kind),
        **_customer_facts(conversation),
        **_contact_facts(conversation.profile.contact),
        "channel.account": conversation.channel.account.public_id or None,
        "channel.language": conversation.channel.language,
        PRIORITY: conversation.priority,
        SKILLS: list(conversation.skills),
        **{VARIABLE + name: value for name, value in conversation.variables.items()},
        **time_facts(at, time_zone, country),
    }


def message_facts(first_text: str, kind: str | None) -> dict[str, FactValue]:
    """What the first message tells."""
    return {FIRST_TEXT: first_text, "message.kind": kind, "message.language": language_of(first_text) or None}


def time_facts(at: datetime.datetime, time_zone: str = "", country: str = "") -> dict[str, FactValue]:
    """What clock and calendar tell in a time zone, by default the installation's. Without a country no holiday is known."""
    local = at.astimezone(ZoneInfo(time_zone if is_time_zone(time_zone) else settings.TIME_ZONE))
    return {
        "time.of_day": local.strftime("%H:%M"),
        "time.hour": local.hour,
        "time.weekday": WEEKDAYS[local.weekday()][0],
        "time.date": local.date().isoformat(),
        "time.holiday": local.date() in holidays_of(country, local.year) if country else None,
    }


def language_of(text: str) -> str:
    """The language that the script of `text` gives away, for customers whose profile names none; empty if it doesn't."""
    found: set[str] = set()
    for character in text:
        name = unicodedata.name(character, "")
        found.update(language for script, language in SCRIPTS if name.startswith(script))
    return next((language for _script, language in SCRIPTS if language in found), "")


def _customer_facts(conversation: Conversation) -> dict[str, FactValue]:
    profile, contact = conversation.profile, conversation.profile.contact
    tagged, language = contact or profile, contact.language if contact is not None else ""
    return {
        LANGUAGE: language or profile.language or conversation.language or language_of(conversation.first_text) or None,
        KNOWN: conversation.returning or contact is not None,
        CONTACT: contact is not None,
        TAGS: list(tagged.tags.values_list("name", flat=True)) if tagged.pk else [],
        "customer.name": profile.shown_name if contact or profile.own_name or profile.display_name else None,
        "profile.name": profile.display_name or None,
        "profile.language": profile.language or None,
        "profile.returning": conversation.returning,
        "profile.follow_state": profile.follow_state,
        "profile.kind": profile.kind,
    }


def _contact_facts(contact: Contact | None) -> dict[str, FactValue]:
    """Every additional field is there, so that one that is empty isn't taken for one that was removed."""
    kinds = dict(ContactField.objects.values_list("public_id", "kind"))
    values = contact.values if contact is not None else {}
    organisation = contact.organisation if contact is not None and contact.organisation_id else None
    if contact is not None and contact.kind == ContactKind.ORGANISATION:
        organisation = contact
    return {
        "contact.kind": contact.kind if contact is not None else None,
        ORGANISATION: organisation.name if organisation else None,
        **{FIELD + name: _of_kind(values.get(name), kind) for name, kind in kinds.items()},
    }


def _of_kind(value: Any, kind: str) -> FactValue:
    """The value of an additional field, which contacts keep as text, as its operators take it. None: there is none, or it isn't one."""
    if kind == FieldKind.NUMBER and isinstance(value, str):
        try:
            return int(value) if value.lstrip("-").isdigit() else float(value)
        except ValueError:
            return None
    if kind == FieldKind.YES_NO and isinstance(value, str):
        return {YES: True, NO: False}.get(value)
    return value  # type: ignore[no-any-return]

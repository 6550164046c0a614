"""The facts that routing rules may test about a conversation, and how they are found."""

import unicodedata

from django.utils.translation import gettext_lazy as _

from conversations.models import Conversation
from workstreams.routing.facts import Fact, Facts, ValueType

FIRST_TEXT = "message.first_text"
LANGUAGE = "customer.language"
KNOWN = "customer.known"
CONTACT = "customer.contact"
TAGS = "customer.tags"

CATALOGUE: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact(FIRST_TEXT, _("first message"), ValueType.TEXT, ("contains_any",)),
        Fact(LANGUAGE, _("customer language"), ValueType.LANGUAGE, ("in",)),
        Fact(KNOWN, _("customer is known"), ValueType.BOOLEAN, ("is",)),
        Fact(CONTACT, _("customer is in our records"), ValueType.BOOLEAN, ("is",)),
        Fact(TAGS, _("customer tag"), ValueType.TEXT, ("has_any",)),
    )
}

# Scripts that one of the languages of LINE's markets has for itself; Latin letters tell nothing.
SCRIPTS = (("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("THAI", "th"), ("HANGUL", "ko"), ("CJK", "zh"))


def collect(conversation: Conversation) -> Facts:
    """The facts as they are now. Known: the customer has a contact, or had a conversation before this one.

    What staff wrote down counts more than what a profile says: the contact's language and tags, if there is a contact.
    """
    profile = conversation.profile
    contact = profile.contact
    language = contact.language if contact is not None else ""
    return {
        FIRST_TEXT: conversation.first_text,
        LANGUAGE: language or profile.language or conversation.language or language_of(conversation.first_text),
        KNOWN: conversation.returning or contact is not None,
        CONTACT: contact is not None,
        TAGS: "\n".join((contact or profile).tags.values_list("name", flat=True)),
    }


def language_of(text: str) -> str:
    """The language that the script of `text` gives away, for customers whose profile names none; empty if it doesn't."""
    found: set[str] = set()
    for character in text:
        name = unicodedata.name(character, "")
        found.update(language for script, language in SCRIPTS if name.startswith(script))
    return next((language for _script, language in SCRIPTS if language in found), "")

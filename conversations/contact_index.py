"""What a contact can be found by: one folded text and its tokens, made anew by every action that changes a part of it."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import translation

from conversations.models import Contact, ContactSearchText, ContactToken, SocialProfile
from conversations.search_text import folded, is_phone_number, tokens_of
from workstreams.languages import LANGUAGES

NOTES_INDEXED = 20
LETTERS_OF_A_NOTE = 500
SORT_KEY_LENGTH = 100


def reindex(contact: Contact) -> None:
    """Write the contact's search text, tokens and place in lists. The caller has locked the contact (or made it just now)."""
    text = "\n".join(folded(part) for part in _parts(contact) if part)
    reading = f"{contact.phonetic_family_name} {contact.phonetic_given_name}".strip()
    sort_key = folded(reading or contact.name)[:SORT_KEY_LENGTH]
    if sort_key != contact.sort_key:
        contact.sort_key = sort_key
        contact.save(update_fields=["sort_key"])
    kept = ContactSearchText.objects.filter(contact=contact)
    if kept.values_list("text", flat=True).first() == text:
        return
    ContactSearchText.objects.update_or_create(contact=contact, defaults={"text": text})
    wanted = tokens_of(text)
    there = set(ContactToken.objects.filter(contact=contact).values_list("token", flat=True))
    ContactToken.objects.filter(contact=contact, token__in=there - wanted).delete()
    ContactToken.objects.bulk_create([ContactToken(contact=contact, token=token) for token in sorted(wanted - there)])


def reindex_by_id(contact_id: int) -> None:
    """The same for one that isn't locked yet; nothing happens if it is gone."""
    contact = Contact.objects.select_for_update(no_key=True).filter(pk=contact_id).first()
    if contact is not None:
        reindex(contact)


def reindex_of_profile(profile_id: int) -> None:
    """A profile's names changed: its contact, if it has one, is found by them."""
    contact_id = SocialProfile.objects.filter(pk=profile_id).values_list("contact_id", flat=True).first()
    if contact_id is not None:
        reindex_by_id(contact_id)


def _parts(contact: Contact) -> Iterator[str]:
    yield contact.name
    yield f"{contact.family_name}{contact.given_name}"
    yield f"{contact.family_name} {contact.given_name} {contact.family_name}"
    yield f"{contact.phonetic_family_name}{contact.phonetic_given_name}"
    yield f"{contact.phonetic_family_name} {contact.phonetic_given_name} {contact.phonetic_family_name}"
    yield contact.nickname
    yield from ("".join(filter(str.isdecimal, contact.phone)), contact.phone_digits, contact.mail)
    yield from _language_names(contact.language)
    if contact.organisation is not None:
        yield contact.organisation.name
    for value in contact.values.values():
        # A number or date is found as a telephone number is: with or without what stands between its digits.
        yield from (str(value), "".join(filter(str.isdecimal, str(value))) if is_phone_number(str(value)) else "")
    yield from contact.tags.values_list("name", flat=True)
    for names in contact.profiles.values_list("display_name", "own_name"):
        yield from names
    for text in contact.notes.order_by("-id").values_list("text", flat=True)[:NOTES_INDEXED]:
        yield text[:LETTERS_OF_A_NOTE]


def _language_names(code: str) -> Iterator[str]:
    label = dict(LANGUAGES).get(code)
    if label is not None:
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                yield str(label)

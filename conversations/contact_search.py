"""Finding contacts: by anything that is known of them, and those that a customer probably is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from channels_app.models import MessagingAccount
from conversations.models import Contact, ContactToken, Conversation, Direction, MessageKind, SocialProfile
from conversations.names import clean_line
from conversations.search_text import EXACT_LENGTH, is_phone_number, phone_digits, tokens_to_look_for, words_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE_SIZE = 20
QUERY_LENGTH = 200
# Fewer digits without their prefix are no part of a telephone number worth looking for.
NUMBER_LENGTH = 3
SUGGESTED_AT_MOST = 5
MESSAGES_READ = 50
# What customers write themselves: a mail address, and a number with at least eight digits.
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}", re.ASCII)
PHONE = re.compile(r"\+?[0-9０-９][0-9０-９()\s.\-‐−ー－]{6,20}[0-9０-９]")
PHONE_DIGITS = range(7, 15)


@dataclass(frozen=True, slots=True)
class Page:
    """Some contacts in the order of their names. `after` begins the next page; empty on the last one."""

    contacts: list[Contact]
    after: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A contact that the customer may be, and why."""

    contact: Contact
    reason: "StrOrPromise"


def find_contacts(contacts: QuerySet[Contact], query: str, *, after: str = "", size: int = PAGE_SIZE) -> Page:
    """Those that hold every word of the query, anywhere; without a query all. `after` is the public id of the last one shown."""
    found = contacts.filter(_matches(clean_line(query[:QUERY_LENGTH])))
    last = contacts.filter(public_id=after).values_list("sort_key", "pk").first() if after else None
    if last is not None:
        found = found.filter(Q(sort_key__gt=last[0]) | Q(sort_key=last[0], pk__gt=last[1]))
    rows = list(found.select_related("organisation").prefetch_related("tags").order_by("sort_key", "pk")[: size + 1])
    return Page(rows[:size], rows[size - 1].public_id if len(rows) > size else "")


def suggest_contacts(contacts: QuerySet[Contact], conversation: Conversation) -> list[Suggestion]:
    """Contacts with a number or an address that the customer wrote, those of the same user elsewhere, those called like the profile."""
    mails, numbers = _written_by_customer(conversation)
    found: dict[int, Suggestion] = {}
    rows = contacts.select_related("organisation").prefetch_related("tags")
    if numbers or mails:
        for contact in rows.filter(Q(phone_digits__in=numbers) | Q(mail__in=mails)).order_by("pk")[:SUGGESTED_AT_MOST]:
            same_number = contact.phone_digits in numbers
            found[contact.pk] = Suggestion(contact, _("wrote this telephone number") if same_number else _("wrote this mail address"))
    profile = conversation.profile
    # Naming the accounts leads PostgreSQL to the unique index, which begins with them; else it reads every profile with a contact.
    accounts = MessagingAccount.objects.values("pk")
    same_user = SocialProfile.objects.filter(account__in=accounts, kind=profile.kind, line_id=profile.line_id)
    elsewhere = same_user.filter(contact__isnull=False).exclude(pk=profile.pk)
    for contact in rows.filter(profiles__in=elsewhere).distinct().order_by("pk")[:SUGGESTED_AT_MOST]:
        found.setdefault(contact.pk, Suggestion(contact, _("writes to another of your accounts")))
    for name in {profile.own_name, profile.display_name} - {""}:
        plain = " ".join("".join(letter for letter in name if letter.isalnum() or letter.isspace()).split())
        for contact in find_contacts(contacts, plain, size=SUGGESTED_AT_MOST).contacts if plain else []:
            found.setdefault(contact.pk, Suggestion(contact, _("has the same name")))
    return list(found.values())[:SUGGESTED_AT_MOST]


def _matches(query: str) -> Q:
    digits = phone_digits(query) if is_phone_number(query) else ""
    found = Q()
    for word in [digits] if len(digits) >= NUMBER_LENGTH else words_of(query):
        found &= _holds(word)
    return found


def _holds(word: str) -> Q:
    """Tokens say where to look, by index; the text itself is compared afterwards.

    They are counted, not joined: a join would let PostgreSQL read every text instead, which it takes for cheap.
    """
    tokens = tokens_to_look_for(word)
    ids = ContactToken.objects.filter(token__in=tokens).values("contact_id")
    if len(tokens) > 1:
        ids = ids.annotate(found=Count("token")).filter(found=len(tokens)).values("contact_id")
    holds = Q(pk__in=ids)
    return holds & Q(search__text__contains=word) if len(word) > EXACT_LENGTH else holds


def _written_by_customer(conversation: Conversation) -> tuple[set[str], set[str]]:
    texts: Iterable[str] = (
        conversation.messages.filter(direction=Direction.IN, kind=MessageKind.TEXT, withdrawn_at=None)
        .order_by("-id")
        .values_list("text", flat=True)[:MESSAGES_READ]
    )
    mails: set[str] = set()
    numbers: set[str] = set()
    for text in texts:
        mails.update(mail.lower() for mail in MAIL.findall(text[:2000]))
        numbers.update(phone_digits(number) for number in PHONE.findall(text[:2000]))
    return mails, {number for number in numbers if len(number) in PHONE_DIGITS}

"""Quick replies: keeping them, and finding the right ones for a conversation while somebody types behind the slash."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from conversations.models import Conversation, QuickReply
from conversations.names import clean_line, clean_text
from conversations.search_text import folded, words_of
from workstreams.models import User, Workstream

FOUND_AT_MOST = 20
# What stands in a text for somebody's name.
PLACEHOLDER = re.compile(r"\{(customer|agent)\}")
NOT_IN_SLUGS = re.compile(r"[^\w-]+")


def save_quick_reply(
    *, reply: QuickReply, slug: str, title: str, text: str, language: str = "", tags: str = "", workstreams: Iterable[Workstream] = ()
) -> QuickReply:
    """Keep a new or changed one; the caller went through the gate and has chosen its owner.

    `ValidationError` for a slug that this owner has already.
    """
    reply.title, reply.text, reply.language = clean_line(title), clean_text(text), language
    reply.slug = slug_of(slug)
    reply.tags = ", ".join(dict.fromkeys(filter(None, (clean_line(tag) for tag in re.split("[,、，]", tags)))))
    reply.search_text = "\n".join(folded(part) for part in (reply.slug, reply.title, reply.tags, reply.text))
    try:
        with transaction.atomic():
            reply.save()
            reply.workstreams.set(workstreams)
    except IntegrityError as error:
        raise ValidationError({"slug": _("There is a quick reply of this short name already.")}) from error
    return reply


def slug_of(text: str) -> str:
    """A short name as it is typed behind the slash: folded, without spaces."""
    return NOT_IN_SLUGS.sub("-", folded(text)).strip("-")


def usable_by(person: User) -> QuerySet[QuickReply]:
    """Everybody's, and the person's own."""
    return QuickReply.objects.filter(Q(owner__isnull=True) | Q(owner=person))


def find(*, conversation: Conversation, person: User, query: str = "") -> list[QuickReply]:
    """Those that fit what is typed, at most 20: the customer's language first, then those for any language, then the rest.

    Within a language those whose short name begins so come first.
    """
    found = usable_by(person).filter(Q(workstreams__isnull=True) | Q(workstreams=conversation.channel.workstream_id))
    words = words_of(query)
    for word in words:
        found = found.filter(search_text__contains=word)
    begins = Case(When(slug__startswith=words[0], then=Value(0)), default=Value(1)) if words else Value(0)
    ranked = found.annotate(strangeness=_strangeness(conversation), begins=begins)
    return list(ranked.distinct().order_by("strangeness", "begins", "title", "pk")[:FOUND_AT_MOST])


def filled(text: str, *, conversation: Conversation, person: User) -> str:
    """The text with the names in it. A name that isn't known leaves its placeholder, so that the agent sees what is missing."""
    agent = getattr(person, "agent", None)
    profile = conversation.profile
    names = {
        "customer": profile.contact.name if profile.contact else profile.display_name,
        "agent": agent.public_name if agent else person.shown_name,
    }
    return PLACEHOLDER.sub(lambda match: names[match[1]] or match[0], text)


def _strangeness(conversation: Conversation) -> Case:
    """0 for the customer's language (whatever its region), 1 for any language, 2 for another one."""
    base = (conversation.language or conversation.profile.language).split("-")[0].lower()
    own = [When(Q(language=base) | Q(language__startswith=f"{base}-"), then=Value(0))] if base else []
    return Case(*own, When(language="", then=Value(1)), default=Value(2), output_field=IntegerField())

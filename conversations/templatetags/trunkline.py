"""Tags of the pages outside admin: the top bar, drawn avatars, and times and words as people read them."""

import datetime
import unicodedata
import zlib
from dataclasses import dataclass
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from channels_app.media import links, words
from channels_app.models import MediaState
from conversations import access
from conversations.inbox import wording
from conversations.inbox.choices import choices_of
from conversations.inbox.why import why
from conversations.models import Conversation, MessageKind, RoutingDecision, SocialProfile
from workstreams import moments
from workstreams.configuration import units_of_a_conversation
from workstreams.models import Agent, BasePresence, CustomPresence, User

register = template.Library()
register.filter("duration", moments.duration)
AVATAR_COLOURS = 8
SLOTS_AT_MOST = 10


@register.inclusion_tag("frame/bar.html", takes_context=True)
def top_bar(context: template.Context) -> dict[str, Any]:
    """The bar of every page; without a request (a server error) it is only the brand."""
    request: HttpRequest | None = context.get("request")
    person = getattr(request, "user", None)
    person = person if isinstance(person, User) else None
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "person": person,
        "agent": (context.get("agent") or access.agent_of(person)) if person else None,
        "section": context.get("section", ""),
        "choices": choices_of(person) if person else {},
        "languages": settings.LANGUAGES,
        "language": get_language(),
        "theme": chosen_theme(context),
        "next": request.get_full_path() if request is not None and request.method == "GET" else "/",
    }


@register.simple_tag(takes_context=True)
def chosen_theme(context: template.Context) -> str:
    """`light`, `dark`, or empty for the device's own wish."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return ""
    person = getattr(request, "user", None)
    theme = person.theme if isinstance(person, User) else request.COOKIES.get("theme", "")
    return theme if theme in ("light", "dark") else ""


@dataclass(frozen=True, slots=True)
class PresenceChoice:
    """One line of the presence menu: what is sent, what it counts as, how it is called, and whether it is chosen now."""

    value: str
    state: str
    name: Any
    chosen: bool


@register.simple_tag
def presences(agent: Agent) -> list[PresenceChoice]:
    """The presences an agent may choose: the usual ones, then the team's own."""
    state, custom_id = presence_state(agent), getattr(getattr(agent, "presence", None), "custom_id", None)
    usual = [PresenceChoice(value, value, name, state == value and custom_id is None) for value, name in BasePresence.choosable()]
    own = [PresenceChoice(row.public_id, row.base, row.name, custom_id == row.pk) for row in CustomPresence.objects.all()]
    return usual + own


@register.filter
def presence_state(agent: Agent) -> str:
    """The code of an agent's presence; offline for one who was never here."""
    found = getattr(agent, "presence", None)
    return found.state if found else BasePresence.OFFLINE


@register.filter
def presence_name(agent: Agent) -> Any:
    """An agent's presence in words."""
    found = getattr(agent, "presence", None)
    return found.shown_name if found else BasePresence.OFFLINE.label


@register.simple_tag
def capacity_of(agent: Agent, units: int = 0) -> dict[str, Any]:
    """An agent's load as people count: conversations in use, conversations at a time, and the slots to draw."""
    units = units or conversation_units()
    total, used = agent.units_total // units, -(-agent.units_used // units)
    slots = [number < used for number in range(total)] if total <= SLOTS_AT_MOST else []
    return {"used": used, "total": total, "slots": slots, "high": max(total - 1, 0), "full": used >= total}


@register.simple_tag
def conversation_units() -> int:
    """What one conversation costs: the least of all workstreams, so that the count is never too small."""
    return units_of_a_conversation()


@register.simple_tag
def avatar(name: Any, seed: str = "", size: str = "") -> SafeString:
    """A disc with the first letter of a name, in a colour that stays. Decoration: the name stands beside it."""
    letter = next((char for char in str(name) if unicodedata.category(char)[0] in "LN"), str(name)[:1] or "?")
    # Thai vowels that are written first carry no sound of their own, but they are how a name begins on paper.
    colour = zlib.crc32((seed or str(name)).encode()) % AVATAR_COLOURS
    return format_html(
        '<span class="avatar avatar-{}{}" aria-hidden="true">{}</span>', colour, f" is-{size}" if size else "", letter.upper()
    )


@register.simple_tag
def profile_avatar(profile: SocialProfile, size: str = "") -> SafeString:
    """The avatar of a customer: their picture, once it is here."""
    picture = profile.picture
    if picture is not None and picture.state == MediaState.READY:
        address = links.page_link(picture, links.PREVIEW if picture.preview else links.ORIGINAL)
        return format_html('<img class="avatar{}" src="{}" alt="" width="36" height="36">', f" is-{size}" if size else "", address)
    return avatar(profile.shown_name, profile.public_id, size)


@register.filter
def kind_icon(kind: str) -> str:
    """A small picture for a kind of message; the words stand beside it."""
    return wording.KIND_ICONS.get(kind, "📄")


@register.simple_tag
def text_language(text: Any, otherwise: str = "") -> SafeString:
    """The attribute `lang` for a customer's words, so that Thai gets its line height and each script its own letters."""
    language = wording.language_of_text(str(text), otherwise)
    return format_html(' lang="{}"', language) if language else SafeString("")


@register.filter
def last_words(conversation: Conversation) -> str:
    """The last words of a conversation, in one line."""
    kind, text = conversation.last_message_kind, conversation.last_message_text
    if kind == "withdrawn":
        return gettext("A message was taken back.")
    if kind and kind != MessageKind.TEXT and not text:
        return wording.kind_words(kind)
    return text


@register.filter
def ago(at: datetime.datetime | None) -> str:
    """How long ago, with the moment behind it."""
    return moments.element(at, wording.ago(at)) if at else ""


@register.filter
def ago_and_clock(at: datetime.datetime) -> str:
    """The same with the clock, for what happens within seconds."""
    return moments.element(at, f"{wording.ago(at)} · {moments.clock(at, 'H:i:s')}")


@register.filter
def time_of_day(at: datetime.datetime) -> str:
    """The clock alone, where the day stands above."""
    return moments.element(at, moments.clock(at, "H:i"))


@register.filter
def clock(seconds: int) -> str:
    """A time that runs on, as a clock shows it: 0:05, 12:40, 1:02:03."""
    return words.length(seconds * 1000)


@register.filter
def day_short(at: datetime.datetime) -> str:
    return wording.day_short(at)


@register.filter
def thousands(number: int) -> str:
    """5000 as 5,000, as the composer's counter writes it."""
    return f"{number:,}"


@register.filter
def language_name(code: str) -> str:
    return wording.language_name(code)


@register.filter
def reason(decision: RoutingDecision) -> str:
    """The rule that chose the queue."""
    return why(decision)

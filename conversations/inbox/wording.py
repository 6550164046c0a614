"""Words of the inbox: kinds of messages, what became of them, and the journal as sentences."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conversations.inbox.notices import notice_words
from conversations.models import FriendshipChange, FriendshipVerb, JournalEntry, Message, MessageKind, ProfileKind
from workstreams.moments import duration

KIND_ICONS: dict[str, str] = {
    MessageKind.IMAGE: "📷",
    MessageKind.VIDEO: "🎬",
    MessageKind.AUDIO: "🎧",
    MessageKind.FILE: "📄",
    MessageKind.LOCATION: "📍",
    MessageKind.STICKER: "😊",
    MessageKind.BUTTON: "👆",
    MessageKind.UNSUPPORTED: "❔",
}
# What a platform tells of a file or a place, in its own names.
DETAILS = ("fileName", "title", "address")
DETAIL_LENGTH = 120
LANGUAGE_NAMES = {
    "da": "Dansk",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "id": "Bahasa Indonesia",
    "ja": "日本語",
    "ko": "한국어",
    "th": "ไทย",
    "vi": "Tiếng Việt",
    "zh": "中文",
    "zh-CN": "简体中文",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
    "zh-TW": "繁體中文",
}
THAI = range(0x0E00, 0x0E80)
KANA = range(0x3040, 0x3100)


def language_of_text(text: str, otherwise: str = "") -> str:
    """The language to set text in: Thai and Japanese by their letters, else what is known of the customer."""
    for letter in text[:120]:
        if ord(letter) in THAI:
            return "th"
        if ord(letter) in KANA:
            return "ja"
    return otherwise


def language_name(code: str) -> str:
    """A customer's language in that language's own words; the code if it isn't among the usual ones."""
    return LANGUAGE_NAMES.get(code) or LANGUAGE_NAMES.get(code.split("-")[0]) or code


def kind_words(kind: str, text: str = "", data: Mapping[str, Any] | None = None, names: Mapping[str, str] | None = None) -> str:
    """A message of another kind than text, as one labelled line. `names`: see `notice_words`."""
    data = data or {}
    if kind == MessageKind.NOTICE:
        return text or notice_words(data, names)
    label = str(MessageKind(kind).label) if kind in MessageKind.values else _("Unsupported message")
    detail = text or next((value for name in DETAILS if isinstance(value := data.get(name), str) and value), "")[:DETAIL_LENGTH]
    line = f"{KIND_ICONS.get(kind, '❔')} {label}"
    return f"{line}: {detail}" if detail else line


def message_words(message: Message, names: Mapping[str, str] | None = None) -> str:
    """What stands in a bubble."""
    if message.kind == MessageKind.TEXT:
        return message.text
    return kind_words(message.kind, message.text, message.data, names)


def friendship_words(change: FriendshipChange, *, again: bool) -> str:
    """A line of the history of friendship."""
    group = change.profile.kind != ProfileKind.USER
    sentences = {
        FriendshipVerb.FOLLOWED: _("The account was added to the group") if group else _("The customer added the account"),
        FriendshipVerb.UNBLOCKED: _("The customer unblocked the account"),
        FriendshipVerb.BLOCKED: _("The account was removed from the group") if group else _("The customer blocked the account"),
    }
    sentence = sentences.get(FriendshipVerb(change.verb), change.verb)
    if again and change.verb != FriendshipVerb.UNBLOCKED:
        return _("%(sentence)s, once more") % {"sentence": sentence}
    return sentence


def ago(at: datetime.datetime) -> str:
    """A moment as a work list shows it: now, 4 min, 2 h, then the day."""
    seconds = (timezone.now() - at).total_seconds()
    if seconds < 60:
        return pgettext("a moment ago", "now")
    if seconds < 12 * 3600:
        return duration(seconds)
    return day_short(at)


def day_short(at: datetime.datetime) -> str:
    """The day, as in "3 May"; with the year if it isn't this one."""
    local = timezone.localtime(at)
    if local.year == timezone.localtime().year:
        return date_format(local, _("j M"))
    return date_format(local, _("j M Y"))


def day_name(at: datetime.datetime) -> str:
    """The words of a day separator."""
    local = timezone.localtime(at)
    days = (timezone.localdate() - local.date()).days
    if days == 0:
        return _("Today")
    if days == 1:
        return _("Yesterday")
    if 1 < days < 7:
        return date_format(local, "l")
    return date_format(local, _("j F Y"))


def _journal_sentences() -> dict[str, str]:
    """The sentence of each verb. `%(actor)s`, `%(agent)s`, `%(queue)s`, `%(rule)s` and `%(contact)s` are filled where they are known."""
    return {
        "received": _("The customer wrote"),
        "routed": _("Queue %(queue)s"),
        "offered": _("Offered to %(agent)s"),
        "accepted": _("%(actor)s accepted"),
        "accepted_automatically": _("Assigned to %(agent)s automatically"),
        "declined": _("%(actor)s declined"),
        "offer_timed_out": _("%(agent)s did not answer in time"),
        "offer_withdrawn": _("The offer was withdrawn"),
        "picked": _("%(actor)s took it"),
        "assigned": _("%(actor)s assigned it to %(agent)s"),
        "waiting": _("%(actor)s waits for the customer"),
        "reopened": _("Reopened"),
        "transferred": _("%(actor)s transferred it to %(queue)s"),
        "transfer_requested": _("%(actor)s asked %(agent)s to take it"),
        "transfer_accepted": _("%(agent)s took it over"),
        "transfer_declined": _("%(agent)s declined to take it over"),
        "transfer_timed_out": _("%(agent)s, who was asked to take it, did not answer in time"),
        "transfer_withdrawn": _("%(agent)s is no longer asked to take it"),
        "consult_requested": _("%(actor)s asked %(agent)s for advice"),
        "consult_accepted": _("%(agent)s is consulted"),
        "consult_declined": _("%(agent)s declined to be consulted"),
        "consult_timed_out": _("%(agent)s, who was asked for advice, did not answer in time"),
        "consult_left": _("%(agent)s is consulted no longer"),
        "consult_ended": _("%(agent)s is consulted no longer"),
        "returned": _("Back in its queue"),
        "overflowed": _("Moved to the queue %(queue)s"),
        "overflow_ended": _("Closed"),
        "overflow_unsaid": _("The customer could not be told that nobody can answer"),
        "unassigned": _("%(agent)s doesn't have it any more"),
        "ended": _("%(actor)s ended the conversation"),
        "closed": _("Closed"),
        "force_closed": _("%(actor)s closed it by force"),
        "auto_closed": _("Closed by itself"),
        "closed_by_rule": _("Closed"),
        "timer_ran": _("Time-out rule “%(rule)s”"),
        "timer_unsaid": _("The message of the time-out rule “%(rule)s” could not be sent"),
        "timer_off": _("%(actor)s switched the time-out rule “%(rule)s” off"),
        "timer_on": _("%(actor)s switched the time-out rule “%(rule)s” on again"),
        "delivery_failed": _("A message could not be sent"),
        "delivery_unknown": _("A message was probably delivered, nobody knows"),
        "refusal_unsaid": _("The customer could not be told that the file was not taken"),
        "sent_again": _("%(actor)s sent a message again"),
        "greeted": _("The greeting was sent"),
        "greeting_unsaid": _("The greeting could not be sent"),
        "withdrawn": _("The customer took a message back"),
        "contact_created": _("%(actor)s made the new contact %(contact)s"),
        "contact_linked": _("%(actor)s linked it to the contact %(contact)s"),
        "contact_unlinked": _("%(actor)s unlinked the contact %(contact)s"),
    }


def _reason_words(code: str) -> str:
    """Why, in words; empty where the sentence says it already."""
    words = {
        "ended": "",
        "forced": "",
        "offline": _("the agent was gone"),
        "left": _("the account of its agent was deactivated"),
        "no_room": _("its agent had no room"),
        "auto_close": _("nobody wrote for a while"),
        "out_of_hours": _("its queue was closed"),
        "waiting_items": _("too many waited in its queue"),
        "waiting_time": _("it had waited too long"),
        "no_agents": _("nobody works in its queue"),
        "timeout_rule": _("by a time-out rule"),
    }
    return words.get(code, code.replace("_", " "))


def journal_sentence(entry: JournalEntry, contact_names: Mapping[str, str] | None = None) -> str:
    """One line of the journal in words. A verb that is not known here is shown as it is.

    Contacts are in the journal by their public id; `contact_names` has their names, without those that were deleted.
    """
    sentence = _journal_sentences().get(entry.verb)
    if sentence is None:
        return entry.verb.replace("_", " ").capitalize()
    data = entry.data if isinstance(entry.data, dict) else {}
    actor = entry.actor.shown_name if entry.actor else pgettext("who did it", "Trunkline")
    contact = (contact_names or {}).get(data.get("contact", ""), pgettext("a contact", "(deleted)"))
    known = {name: data.get(name, "") for name in ("agent", "queue", "rule")}
    line = sentence % {"actor": actor, "contact": contact, **known}
    additions = [_ADDITIONS[name](data[name]) for name in _ADDITIONS if data.get(name)]
    if entry.verb == "routed" and not data.get("position"):
        additions.append(_("no rule matched"))
    line = ", ".join(part for part in [line.strip(), *additions] if part)
    return f"{line}: {data['words']}" if data.get("words") else line


_ADDITIONS: dict[str, Callable[[Any], str]] = {
    "position": lambda value: _("by rule %(position)s") % {"position": value},
    "reason": lambda value: _reason_words(str(value)),
}
UNSAID = {"timer_unsaid", "overflow_unsaid", "refusal_unsaid", "greeting_unsaid"}
GRAVE_VERBS = frozenset({"delivery_failed", "delivery_unknown", "force_closed"} | UNSAID)

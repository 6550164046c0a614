"""Words that messages had until they were edited or taken back: found where colleagues quote them, though they stand nowhere any more.

Of such words a keyed fingerprint is kept, and their length: by these they are found in a text that somebody writes, and by nothing else.
A quotation is the whole message, or one of its lines behind a quotation mark: a line alone may be what everybody writes.
"""

import datetime
import hashlib
import re
from collections.abc import Collection

from django.conf import settings
from django.db.models import Q

from conversations.models import Conversation, FormerWords, Message
from workstreams.clock import seconds_from_now

# Fewer letters are words that anybody writes, and no quotation.
QUOTATION_LENGTH = 8
# No page and no browser keeps what somebody wrote for so long without telling it.
KEPT = datetime.timedelta(days=30)


def remember(message: Message, words: str) -> list[FormerWords]:
    """Keep the fingerprints of words that the message had; none of what is too short to be quoted.

    Of one that was taken back earlier ones are kept anew: who had followed an edit may still quote what it couldn't follow.
    """
    lines = _lines(words)
    every_line = enumerate(lines) if len(lines) > 1 else ()
    parts = [(line, part) for line, part in ((None, _whole(words)), *every_line) if len(part) >= QUOTATION_LENGTH]
    whose = {"message": message, "profile_id": message.conversation.profile_id, "lines": len(lines)}
    kept = [FormerWords(**whose, line=line, length=len(part), fingerprint=_fingerprint(part)) for line, part in parts]
    return FormerWords.objects.bulk_create([*(() if message.text else _taken_out(message)), *kept])


def _taken_out(message: Message) -> list[FormerWords]:
    """Those that are kept of the message, deleted, to be kept as new ones."""
    earlier = list(FormerWords.objects.filter(message=message).order_by("pk"))
    FormerWords.objects.filter(message=message).delete()
    for each in earlier:
        each.pk = None
        each.message = message
    return earlier


def forget_old() -> int:
    """Delete the fingerprints of words that no draft can hold any more; returns how many."""
    return FormerWords.objects.filter(created_at__lt=seconds_from_now(-KEPT.total_seconds())).delete()[0]


def newer_than(version: int, conversation: Conversation) -> list[FormerWords]:
    """Those of the conversation's customer that are newer than this `words_version`."""
    profile = conversation.profile
    same = Q(profile__contact=profile.contact_id) if profile.contact_id else Q(profile=profile)
    return list(FormerWords.objects.filter(same, pk__gt=version).select_related("message"))


def quoted_in(text: str, former: Collection[FormerWords]) -> list[tuple[str, str]]:
    """Which of these the text holds, and what their messages say now; longest first, the newest first among equals."""
    parts = {length: _parts(text, length) for length in {each.length for each in former}}
    found = []
    for each in sorted(former, key=lambda each: (-each.length, -each.pk)):
        words, now = parts[each.length].get(each.fingerprint), _now(each)
        is_quotation = words is not None and (each.line is None or _is_marked(text, words))
        if words is not None and is_quotation and now is not None and quote_anew(text, words, now) != text:
            found.append((words, now))
    return list(dict.fromkeys(found))


def quote_anew(text: str, words: str, now: str) -> str:
    """Words as they are now. Where they stand like that already they stay: the former ones may be part of them."""
    return now.join(part.replace(words, now) for part in text.split(now)) if now else text.replace(words, "")


def quote_all_anew(text: str, replaced: Collection[tuple[str, str]]) -> str:
    """The same with all that `quoted_in` found."""
    for words, now in replaced:
        text = quote_anew(text, words, now)
    return text


def _is_marked(text: str, words: str) -> bool:
    return re.search(r"[>＞「『“”„«‹\"'‘]\s*" + re.escape(words), text) is not None


def _parts(text: str, length: int) -> dict[str, str]:
    """All parts of the text that are so long, by their fingerprints."""
    parts = {text[start : start + length] for start in range(len(text) - length + 1)}
    return {_fingerprint(part): part for part in parts}


def _now(former: FormerWords) -> str | None:
    """What stands in their place; None if that can't be told of a line."""
    whole, lines = _whole(former.message.text), _lines(former.message.text)
    if former.line is None or not whole:
        return whole
    return lines[former.line] if len(lines) == former.lines else None


def _whole(words: str) -> str:
    """As a browser's field has it."""
    return words.replace("\r\n", "\n").strip()


def _lines(words: str) -> list[str]:
    return [line.strip() for line in _whole(words).split("\n")]


def _fingerprint(words: str) -> str:
    return hashlib.blake2b(words.encode(errors="replace"), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()

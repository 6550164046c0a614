"""What an agent or the product itself says: message and bubble in one transaction, in the lane's order."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app import usage
from channels_app.lanes import lock_lane, queue_bubble, usable_token
from channels_app.media import keeping, words
from channels_app.models import AccountState, MediaFile, MediaKind, MediaState
from channels_app.registry import adapter_for
from conversations import automatic_texts, courtesies, drafts, journal, lifecycle, live, standby
from conversations.models import Attachment, Conversation, Direction, Message, MessageKind, ProfileKind
from workstreams.models import User, WorkState

RESENDABLE = ("failed", "unknown")


class CannotSend(Exception):
    """Nothing was sent; `str()` says why, in the user's words."""


class QuoteIsGone(CannotSend):
    """What was to be answered was taken back meanwhile."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said at once: files, each its own bubble, then words or a sticker. `quoted` is the message it answers to.

    `sticker` is (package id, sticker id).
    """

    text: str = ""
    files: Sequence[MediaFile] = ()
    sticker: tuple[str, str] | None = None
    quoted: Message | None = None


def send(*, conversation_id: int, actor: User, draft: Draft, client_id: str) -> list[Message]:
    """Say what the draft holds to the customer, as the agent of an active conversation.

    `client_id` is made once by the page per draft: the same one again returns the same messages, so a double click
    sends once. All of it is queued, or nothing. Locks the lane, then the conversation. Raises `CannotSend`.
    """
    text = draft.text.replace("\r\n", "\n").replace("\x00", "").strip("\n")
    with transaction.atomic():
        conversation = lock_with_lane(conversation_id)
        known = _said_as(conversation, client_id)
        if known:
            return known
        _check_may_write(conversation, actor)
        bubbles = _bubbles_of(conversation, actor, _with_fresh_quote(draft), text)
        messages = [
            _say(conversation, bubble=bubble, client_id=client_id if number == 0 else f"{client_id}:{number}", author=actor)
            for number, bubble in enumerate(bubbles)
        ]
        if not draft.sticker:
            drafts.forget_draft(conversation=conversation, person=actor)
        courtesies.agent_answered(conversation)
        live.messages_changed(conversation)
    return messages


def send_text(*, conversation_id: int, actor: User, text: str, client_id: str) -> Message:
    """Say `text` to the customer; as `send`."""
    return send(conversation_id=conversation_id, actor=actor, draft=Draft(text=text), client_id=client_id)[0]


@dataclass(frozen=True, slots=True)
class _Bubble:
    """One bubble before it is queued: what goes out, and what our message keeps of it."""

    kind: str
    content: dict[str, Any]
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    file: MediaFile | None = None
    quoted_id: str = ""


def _bubbles_of(conversation: Conversation, actor: User, draft: Draft, text: str) -> list[_Bubble]:
    quote = _quote(conversation, draft.quoted)
    quoted_id = draft.quoted.line_message_id if quote and draft.quoted else ""
    made = [_file_bubble(conversation, actor, file) for file in draft.files]
    if draft.sticker:
        made.append(_sticker_bubble(conversation, draft.sticker, quote, quoted_id))
    if text.strip() or not made:
        made.append(_Bubble("text", {"kind": "text", "text": text} | quote, text=text, quoted_id=quoted_id))
    return made


def _with_fresh_quote(draft: Draft) -> Draft:
    """The draft with what it answers to as it is now: it may have been taken back while the lane's lock was waited for."""
    if draft.quoted is None:
        return draft
    quoted = Message.objects.select_related("conversation").get(pk=draft.quoted.pk)
    if quoted.withdrawn_at is not None:
        raise QuoteIsGone(_("The customer took back the message that you are answering."))
    return replace(draft, quoted=quoted)


def _quote(conversation: Conversation, quoted: Message | None) -> dict[str, str]:
    """The token by which the platform shows what is answered; nothing where there is none, as for files."""
    if quoted is None or quoted.conversation.profile_id != conversation.profile_id:
        return {}
    token = str(quoted.data.get("quoteToken") or "")
    return {"quote_token": token} if token else {}


def _file_bubble(conversation: Conversation, actor: User, file: MediaFile) -> _Bubble:
    channel = conversation.channel
    if not (channel.attachments_enabled and channel.agents_send_attachments):
        raise CannotSend(_("Agents can't send files on this channel."))
    if file.uploaded_by_id != actor.pk or file.account_id != channel.account_id or file.attachments.exists():
        raise CannotSend(_("This file can't be sent here. Attach it again."))
    if file.state != MediaState.READY:
        raise CannotSend(words.reason(file.reason) or _("%(name)s isn't ready yet.") % {"name": file.name})
    return _bubble_of_file(conversation, file)


def _bubble_of_file(conversation: Conversation, file: MediaFile) -> _Bubble:
    content = {"kind": file.kind, "media": file.public_id}
    if file.kind == MediaKind.FILE:
        content["open_label"] = automatic_texts.in_language(automatic_texts.OPEN, conversation.language, conversation.channel.language)
    return _Bubble(file.kind, content, file=file)


def _sticker_bubble(conversation: Conversation, sticker: tuple[str, str], quote: dict[str, str], quoted_id: str) -> _Bubble:
    package_id, sticker_id = sticker
    adapter = adapter_for(conversation.channel.account.channel_type)
    if not adapter.may_send_sticker(package_id, sticker_id):
        raise CannotSend(_("This sticker can't be sent."))
    content = {"kind": "sticker", "package_id": package_id, "sticker_id": sticker_id} | quote
    address = adapter.sticker_address(sticker_id)
    file = keeping.ask_for_link(address) if address else None
    data = {"packageId": package_id, "stickerId": sticker_id}
    return _Bubble("sticker", content, data=data, file=file, quoted_id=quoted_id)


def say_automatically(*, conversation: Conversation, text: str, client_id: str) -> Message | None:
    """Say a configured text; as `say_bubble`."""
    return say_bubble(conversation=conversation, content={"kind": "text", "text": text}, client_id=client_id)


def tell_customer(*, conversation: Conversation, text: str, client_id: str) -> bool:
    """Say a configured text if anything can leave for this customer now; as `say_automatically`. What can't be said is not tried again."""
    try:
        check_may_be_sent(conversation)
        return say_automatically(conversation=conversation, text=text, client_id=client_id) is not None
    except CannotSend:
        return False


def say_bubble(*, conversation: Conversation, content: dict[str, Any], client_id: str) -> Message | None:
    """Say one bubble of any kind the platform takes (`ChannelAdapter.problem_with_bubble` has the list), by nobody in person.

    None if the month's limit forbids it, or the account is switched off: what was said then would leave hours later, out of
    place. The caller holds the lane's lock; the same `client_id` says it once. A bubble with a file is an agent's, and made
    by `send`. Raises `CannotSend`.
    """
    account = conversation.channel.account
    said = _said(conversation, client_id)
    if said is not None or account.state != AccountState.ACTIVE or usage.refusal(account, conversation.profile.lane_id):
        return said
    words = adapter_for(account.channel_type).words_of(content)
    data = {name: content.get(name) for name in ("title", "address", "latitude", "longitude")} if content["kind"] == "location" else {}
    kind = content["kind"] if content["kind"] in MessageKind.values else MessageKind.TEXT
    return _say(conversation, bubble=_Bubble(kind, content, text=words, data=data), client_id=client_id, author=None)


def send_again(*, message_id: int, actor: User) -> Message:
    """Say a failed or unknown message once more, as a new bubble at the end. Raises `CannotSend`."""
    with transaction.atomic():
        conversation_id = Message.objects.values_list("conversation_id", flat=True).get(pk=message_id)
        conversation = lock_with_lane(conversation_id)
        message = Message.objects.select_related("bubble__delivery").get(pk=message_id)
        client_id = f"again:{message.pk}"
        known = _said(conversation, client_id)
        if known is not None:
            return known
        _check_may_write(conversation, actor)
        delivery = message.bubble.delivery if message.bubble else None
        if delivery is None or delivery.state not in RESENDABLE:
            raise CannotSend(_("This message needn't be sent again."))
        again = _say(conversation, bubble=_same_again(message), client_id=client_id, author=actor)
        journal.record(conversation, "sent_again", actor=actor)
        live.conversation_changed(conversation)
    return again


def free_until(conversation: Conversation) -> datetime.datetime | None:
    """Until when an answer is free, by the freshest reply token; None if only counted pushes are left."""
    lane_id = conversation.profile.lane_id
    token = usable_token(lane_id) if lane_id else None
    return token.usable_until if token else None


def _same_again(message: Message) -> _Bubble:
    """The bubble of a message once more; without its quote, whose place it has lost."""
    attachment = message.attachments.select_related("file").first()
    content = {name: value for name, value in message.bubble.content.items() if name != "quote_token"} if message.bubble else {}
    return _Bubble(message.kind, content, text=message.text, data=message.data, file=attachment.file if attachment else None)


def lock_with_lane(conversation_id: int) -> Conversation:
    """The conversation with its lane locked first, then itself: the one order of all locks."""
    lock_lane_of(conversation_id)
    return lifecycle.lock_conversation(conversation_id)


def lock_lane_of(conversation_id: int) -> None:
    """Lock the lane of the conversation's customer, if it has one."""
    lane_id = Conversation.objects.values_list("profile__lane_id", flat=True).get(pk=conversation_id)
    if lane_id is not None:
        lock_lane(lane_id)


def _said(conversation: Conversation, client_id: str) -> Message | None:
    """The message that was made with this `client_id`, if there is one."""
    return Message.objects.filter(bubble__lane=conversation.profile.lane_id, bubble__client_id=client_id).first()


def _said_as(conversation: Conversation, client_id: str) -> list[Message]:
    """All messages of a draft that was sent with this `client_id`, in their order."""
    if _said(conversation, client_id) is None:
        return []
    same = Q(bubble__client_id=client_id) | Q(bubble__client_id__startswith=f"{client_id}:")
    return list(Message.objects.filter(same, bubble__lane=conversation.profile.lane_id).order_by("bubble__sequence"))


def check_may_be_sent(conversation: Conversation) -> None:
    """Raises `CannotSend` if nothing at all can leave for this customer now, whoever says it."""
    if conversation.channel.account.state != AccountState.ACTIVE:
        raise CannotSend(_("The messaging account is switched off, so nothing can be sent."))
    if standby.is_standby(conversation):
        raise CannotSend(standby.why_not())
    if conversation.channel.removed_at is not None:
        raise CannotSend(_("The channel of this conversation was removed, so nothing can be sent."))
    if words := usage.refusal(conversation.channel.account, conversation.profile.lane_id):
        raise CannotSend(words)


def _check_may_write(conversation: Conversation, actor: User) -> None:
    if conversation.state == WorkState.CLOSED:
        raise CannotSend(_("This conversation has ended. A new message from the customer starts a new one."))
    if conversation.state not in (WorkState.ACTIVE, WorkState.WRAP_UP):
        raise CannotSend(_("Take the conversation before you answer."))
    if conversation.agent is None or conversation.agent.user_id != actor.pk:
        name = conversation.agent.public_name if conversation.agent else "-"
        raise CannotSend(_("%(name)s has this conversation now.") % {"name": name})
    check_may_be_sent(conversation)


def _say(conversation: Conversation, *, bubble: _Bubble, client_id: str, author: User | None) -> Message:
    """Message and bubble; the message is placed after everything shown so far, even if a customer's clock runs ahead."""
    adapter = adapter_for(conversation.channel.account.channel_type)
    problem = adapter.problem_with_bubble(bubble.content, to_group=conversation.profile.kind != ProfileKind.USER)
    if problem:
        raise CannotSend(problem)
    if conversation.profile.lane_id is None:
        raise CannotSend(_("This customer can't be written to yet."))
    queued = queue_bubble(lane=lock_lane(conversation.profile.lane_id), content=bubble.content, client_id=client_id)
    newest = conversation.messages.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    now = timezone.now()
    message = Message.objects.create(
        conversation=conversation,
        account=conversation.channel.account,
        direction=Direction.OUT,
        kind=bubble.kind,
        text=bubble.text,
        data=bubble.data,
        quoted_message_id=bubble.quoted_id,
        author=author,
        bubble=queued,
        occurred_at=max(now, newest) if newest else now,
    )
    if bubble.file is not None:
        Attachment.objects.create(message=message, file=bubble.file, shown_name=bubble.file.name)
    fields = message.as_last()
    if author is not None:
        fields |= {"last_interaction_at": now, "last_agent_message_at": message.occurred_at}
    Conversation.objects.filter(pk=conversation.pk).update(**fields)
    return message

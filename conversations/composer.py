"""What an agent or the product itself says: message and bubble in one transaction, in the lane's order."""

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app.models import AccountState
from channels_app.registry import adapter_for
from channels_app.sending import lock_lane, queue_bubble, usable_token
from conversations import journal, lifecycle, live
from conversations.models import Conversation, Direction, Message, MessageKind
from workstreams.models import User, WorkState

RESENDABLE = ("failed", "unknown")


class CannotSend(Exception):
    """Nothing was sent; `str()` says why, in the user's words."""


def send_text(*, conversation_id: int, actor: User, text: str, client_id: str) -> Message:
    """Say `text` to the customer, as the agent of an active conversation.

    `client_id` is made once by the page per message: the same one again returns the same message, so a double click
    sends once. Locks the lane, then the conversation. Raises `CannotSend`.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip("\n")
    with transaction.atomic():
        conversation = _locked(conversation_id)
        known = _said(conversation, client_id)
        if known is not None:
            return known
        _check_may_write(conversation, actor)
        message = _say(conversation, text=text, client_id=client_id, author=actor)
        live.conversation_changed(conversation)
    return message


def say_automatically(*, conversation: Conversation, text: str, client_id: str) -> Message:
    """Say a configured text. The caller holds the lane's lock; the same `client_id` says it once."""
    return _said(conversation, client_id) or _say(conversation, text=text, client_id=client_id, author=None)


def send_again(*, message_id: int, actor: User) -> Message:
    """Say a failed or unknown message once more, as a new bubble at the end. Raises `CannotSend`."""
    with transaction.atomic():
        conversation_id = Message.objects.values_list("conversation_id", flat=True).get(pk=message_id)
        conversation = _locked(conversation_id)
        message = Message.objects.select_related("bubble__delivery").get(pk=message_id)
        client_id = f"again:{message.pk}"
        known = _said(conversation, client_id)
        if known is not None:
            return known
        _check_may_write(conversation, actor)
        delivery = message.bubble.delivery if message.bubble else None
        if delivery is None or delivery.state not in RESENDABLE:
            raise CannotSend(_("This message needn't be sent again."))
        again = _say(conversation, text=message.text, client_id=client_id, author=actor)
        journal.record(conversation, "sent_again", actor=actor)
        live.conversation_changed(conversation)
    return again


def free_until(conversation: Conversation) -> datetime.datetime | None:
    """Until when an answer is free, by the freshest reply token; None if only counted pushes are left."""
    lane_id = conversation.profile.lane_id
    token = usable_token(lane_id) if lane_id else None
    return token.usable_until if token else None


def _locked(conversation_id: int) -> Conversation:
    """The conversation with its lane locked first, then itself: the one order of all locks."""
    lane_id = Conversation.objects.values_list("profile__lane_id", flat=True).get(pk=conversation_id)
    if lane_id is not None:
        lock_lane(lane_id)
    return lifecycle.lock_conversation(conversation_id)


def _said(conversation: Conversation, client_id: str) -> Message | None:
    """The message that was made with this `client_id`, if there is one."""
    return Message.objects.filter(bubble__lane=conversation.profile.lane_id, bubble__client_id=client_id).first()


def _check_may_write(conversation: Conversation, actor: User) -> None:
    if conversation.state == WorkState.CLOSED:
        raise CannotSend(_("This conversation has ended. A new message from the customer starts a new one."))
    if conversation.state not in (WorkState.ACTIVE, WorkState.WRAP_UP):
        raise CannotSend(_("Take the conversation before you answer."))
    if conversation.agent is None or conversation.agent.user_id != actor.pk:
        name = conversation.agent.public_name if conversation.agent else "-"
        raise CannotSend(_("%(name)s has this conversation now.") % {"name": name})
    if conversation.channel.account.state != AccountState.ACTIVE:
        raise CannotSend(_("The messaging account is switched off, so nothing can be sent."))
    if conversation.channel.removed_at is not None:
        raise CannotSend(_("The channel of this conversation was removed, so nothing can be sent."))


def _say(conversation: Conversation, *, text: str, client_id: str, author: User | None) -> Message:
    """Message and bubble; the message is placed after everything shown so far, even if a customer's clock runs ahead."""
    from conversations.intake import last_message_fields

    problem = adapter_for(conversation.channel.account.channel_type).problem_with_text(text)
    if problem:
        raise CannotSend(problem)
    if conversation.profile.lane_id is None:
        raise CannotSend(_("This customer can't be written to yet."))
    bubble = queue_bubble(lane=lock_lane(conversation.profile.lane_id), content={"kind": "text", "text": text}, client_id=client_id)
    newest = conversation.messages.order_by("-occurred_at").values_list("occurred_at", flat=True).first()
    now = timezone.now()
    message = Message.objects.create(
        conversation=conversation,
        account=conversation.channel.account,
        direction=Direction.OUT,
        kind=MessageKind.TEXT,
        text=text,
        author=author,
        bubble=bubble,
        occurred_at=max(now, newest) if newest else now,
    )
    fields = last_message_fields(message)
    if author is not None:
        fields["last_interaction_at"] = now
    Conversation.objects.filter(pk=conversation.pk).update(**fields)
    return message

"""An inbound event becomes profile, conversation and message. Called by `channels_app.receiving`, lane locked, one event at a time."""

from dataclasses import replace
from typing import Any

from django.db.models import F, Q, QuerySet

from channels_app import buttons
from channels_app.inbound import InboundEvent, InboundMessage
from channels_app.models import Channel
from conversations import arrival, attachments, composer, friendship, journal, lifecycle, linking, live, members, withdrawal
from conversations.models import Conversation, Direction, Message, MessageKind, SocialProfile
from workstreams.clock import Now, seconds_from_now
from workstreams.models import WorkState

GREETING_SECONDS = 12 * 3600
# LINE: who stays near a beacon is reported every ten seconds or so. One line says it.
REPEATED = {"beacon"}


def receive(event: InboundEvent, channel: Channel) -> None:
    """Handle one event. Idempotent: an event or message that is here already changes nothing."""
    if event.kind == "unsent":
        _message_unsent(event, channel)
        return
    if event.source.kind == "unknown" or _was_handled(event):
        return
    profile = _profile_of(event, channel)
    handle = {
        "message": _message_came,
        "edited": _message_edited,
        "followed": _followed,
        "unfollowed": _unfollowed,
        "postback": _button_tapped,
    }.get(event.kind, _notice_came)
    handle(event, channel, profile)


def _was_handled(event: InboundEvent) -> bool:
    """A message is known by its own id, which `_message_came` looks for."""
    return event.kind != "message" and Message.objects.filter(webhook_event_id=event.webhook_event_id).exists()


def _profile_of(event: InboundEvent, channel: Channel) -> SocialProfile:
    """The customer, group or room; a new one is fetched in the background, so that the message never waits for it."""
    statement = "SELECT * FROM conversations_socialprofile WHERE account_id = %s AND kind = %s AND line_id = %s"
    known = SocialProfile.objects.raw(statement, [channel.account_id, event.source.kind, event.source.id])
    profile = next(iter(known), None)
    if profile is None:
        profile, created = SocialProfile.objects.get_or_create(
            account=channel.account,
            kind=event.source.kind,
            line_id=event.source.id,
            defaults={"lane_id": event.lane_id, "fetch_due_at": Now()},
        )
        if created:
            linking.link_to_known(profile)
            members.hint_profiles()
            return profile
    if profile.lane_id is None:
        profile.lane_id = event.lane_id
        profile.save(update_fields=["lane"])
    if profile.fetched_at is None and profile.fetch_due_at is None:
        # Given up while the platform was away: this sign of the customer starts anew.
        SocialProfile.objects.filter(pk=profile.pk).update(fetch_due_at=Now(), fetch_attempts=0)
        members.hint_profiles()
    return profile


def _live_conversation(channel: Channel, profile: SocialProfile) -> Conversation | None:
    return Conversation.objects.filter(channel=channel, profile=profile).exclude(state=WorkState.CLOSED).first()


def _message_came(event: InboundEvent, channel: Channel, profile: SocialProfile) -> None:
    message = event.message
    assert message is not None  # noqa: S101 - the parser makes no message event without one
    known = _known(message, channel)
    if known is not None:
        if known.data.get("original_missing"):
            _put_in_its_place(known, event, message)
        return
    if event.withdrawn_at is not None:
        _keep_tombstone(event, message, channel, profile)
        return
    conversation = arrival.customer_wrote(channel=channel, profile=profile, at=event.occurred_at, standby=bool(event.standby))
    is_first = conversation.last_customer_message_at is None
    if is_first:
        _note_first_message(conversation, profile, message)
    added = _add_message(event, message, channel, conversation, profile)
    refusal = attachments.attach_inbound(added, message, channel)
    if is_first and not event.standby:
        _greet(conversation, channel, profile)
    if refusal and not event.standby:
        attachments.tell_customer(lifecycle.lock_conversation(conversation.pk), refusal)
    live.messages_changed(conversation)


def _known(message: InboundMessage, channel: Channel) -> Message | None:
    """The message, if it is here already. By hand, as is what every message asks: the ORM builds longer than the database works."""
    statement = "SELECT * FROM conversations_message WHERE account_id = %s AND line_message_id = %s AND line_message_id <> ''"
    return next(iter(Message.objects.raw(statement, [channel.account_id, message.id])), None)


def _note_first_message(conversation: Conversation, profile: SocialProfile, message: InboundMessage) -> None:
    """What the routing rules ask about, fixed with the first message; the journal begins here."""
    earlier = Conversation.objects.filter(profile=profile).exclude(pk=conversation.pk)
    conversation.returning = profile.contact_id is not None or earlier.exists()
    conversation.first_text = message.text if message.kind == "text" else ""
    conversation.save(update_fields=["returning", "first_text"])
    journal.record(conversation, "received", by_customer=True)


def _fresh(conversation: Conversation) -> Conversation:
    return Conversation.objects.select_related("queue", "agent", "holder").get(pk=conversation.pk)


def _add_message(
    event: InboundEvent, message: InboundMessage, channel: Channel, conversation: Conversation, profile: SocialProfile
) -> Message:
    """The message, and what the list shows of the conversation, which is locked: what was read of it holds."""
    added = Message.objects.create(
        conversation=conversation,
        account=channel.account,
        direction=Direction.IN,
        kind=message.kind,
        text=message.text,
        data=message.details,
        line_message_id=message.id,
        quoted_message_id=message.quoted_id,
        sender_profile=members.sender_of(event, profile),
        webhook_event_id=event.webhook_event_id,
        occurred_at=event.occurred_at,
    )
    changed: dict[str, Any] = {"unread_count": F("unread_count") + 1}
    if conversation.last_customer_message_at is None or conversation.last_customer_message_at < event.occurred_at:
        changed["last_customer_message_at"] = event.occurred_at
    if conversation.last_message_at is None or conversation.last_message_at <= event.occurred_at:
        changed |= added.as_last()
    Conversation.objects.filter(pk=conversation.pk).update(**changed)
    return added


def _keep_tombstone(event: InboundEvent, message: InboundMessage, channel: Channel, profile: SocialProfile) -> None:
    """The message was unsent before it came: only its place is kept, and only if there is a conversation to keep it in."""
    conversation = _live_conversation(channel, profile)
    if conversation is None:
        return
    Message.objects.create(
        conversation=conversation,
        account=channel.account,
        direction=Direction.IN,
        kind=message.kind,
        line_message_id=message.id,
        sender_profile=members.sender_of(event, profile),
        webhook_event_id=event.webhook_event_id,
        occurred_at=event.occurred_at,
        withdrawn_at=event.withdrawn_at,
    )
    journal.record(conversation, "withdrawn", by_customer=True)
    live.conversation_changed(conversation)


def _message_edited(event: InboundEvent, channel: Channel, profile: SocialProfile) -> None:
    """LINE: edits can arrive out of order, the largest timestamp wins. The former words stay nowhere."""
    message = event.message
    assert message is not None  # noqa: S101
    edited = {"edited_at": event.occurred_at.isoformat()}
    known = _known(message, channel)
    if known is None:
        first = replace(message, details=message.details | edited | {"original_missing": True})
        _message_came(replace(event, message=first), channel, profile)
        return
    if known.withdrawn_at or known.direction != Direction.IN or known.data.get("edited_at", "") >= edited["edited_at"]:
        return
    conversation = lifecycle.lock_conversation(known.conversation_id)
    kept = {name: known.data[name] for name in ("markAsReadToken", "original_missing") if name in known.data}
    former = known.text
    known.text, known.data = message.text, kept | message.details | edited
    known.save(update_fields=["text", "data"])
    withdrawal.follow_words(conversation, known, former)
    withdrawal.forget_first_text(conversation, former)
    attachments.replace_pictures(known, message)
    if _is_newest(conversation, known):
        Conversation.objects.filter(pk=conversation.pk).update(**known.as_last())
    live.conversation_changed(conversation)


def _put_in_its_place(known: Message, event: InboundEvent, message: InboundMessage) -> None:
    """The original comes after an edit of it: its words are superseded, but its time and what it answers to count."""
    conversation = lifecycle.lock_conversation(known.conversation_id)
    known.data.pop("original_missing")
    if "markAsReadToken" in message.details:
        known.data["markAsReadToken"] = message.details["markAsReadToken"]
    known.occurred_at = min(known.occurred_at, event.occurred_at)
    known.quoted_message_id = known.quoted_message_id or message.quoted_id
    known.save(update_fields=["data", "occurred_at", "quoted_message_id"])
    _show_newest(conversation)
    live.conversation_changed(conversation)


def _show_newest(conversation: Conversation) -> None:
    """The list shows the newest message as it is now, whichever it showed: places changed, or words are gone."""
    Conversation.objects.filter(pk=conversation.pk).update(**_said_in(conversation)[0].as_last())


def _said_in(conversation: Conversation) -> QuerySet[Message]:
    """What both sides said, newest first."""
    return conversation.messages.filter(direction__in=(Direction.IN, Direction.OUT)).order_by("-occurred_at", "-id")


def _is_newest(conversation: Conversation, message: Message) -> bool:
    return _said_in(conversation).values_list("pk", flat=True).first() == message.pk


def _message_unsent(event: InboundEvent, channel: Channel) -> None:
    """LINE asks for utmost care: text and details go everywhere they were kept; a tombstone stays.

    By the message's id alone, whatever the platform says of its source, and whether or not its conversation has ended.
    """
    sent = Message.objects.filter(account=channel.account, line_message_id=event.target_message_id, direction=Direction.IN)
    conversation_id = sent.filter(withdrawn_at=None).values_list("conversation_id", flat=True).first()
    if not event.target_message_id or conversation_id is None:
        return
    conversation = composer.lock_with_lane(conversation_id)
    message = sent.select_related("conversation__profile").filter(withdrawn_at=None).first()
    if message is None:
        return
    former, message.text = message.text, ""
    Message.objects.filter(pk=message.pk).update(text="", data={}, withdrawn_at=event.occurred_at)
    withdrawal.follow_words(conversation, message, former)
    withdrawal.cancel_answers(message)
    attachments.take_back(message)
    withdrawal.forget_first_text(conversation, former)
    _show_newest(conversation)
    journal.record(conversation, "withdrawn", by_customer=True)
    live.conversation_changed(_fresh(conversation))


def _followed(event: InboundEvent, channel: Channel, profile: SocialProfile) -> None:
    friendship.note_change(event, profile)
    SocialProfile.objects.filter(pk=profile.pk).update(fetch_due_at=Now(), fetch_attempts=0)
    members.hint_profiles()
    _notice_came(event, channel, profile)


def _unfollowed(event: InboundEvent, channel: Channel, profile: SocialProfile) -> None:
    """Blocking the account ends nothing: the conversation waits, and agents are warned that answers may not arrive."""
    friendship.note_change(event, profile)
    _notice_came(event, channel, profile)


def _button_tapped(event: InboundEvent, channel: Channel, profile: SocialProfile) -> None:
    """A tap on a button that was sent here is an answer, in the words that the customer read; any other is a notice.

    Without a live conversation it stands in the one that it answers, and opens none: nobody asked for a person.
    """
    button = buttons.find_button(lane_id=event.lane_id, data=str(event.details.get("data", "")))
    conversation = _live_conversation(channel, profile)
    if button is not None and conversation is not None:
        conversation = arrival.customer_wrote(channel=channel, profile=profile, at=event.occurred_at, standby=bool(event.standby))
    elif button is not None:
        asked_in = Message.objects.filter(bubble=button.bubble_id, bubble__isnull=False).values_list("conversation_id", flat=True).first()
        conversation = lifecycle.lock_conversation(asked_in) if asked_in else None
    if button is None or conversation is None:
        _notice_came(event, channel, profile)
        return
    words = ": ".join(filter(None, [button.words, str(event.details.get("picked", ""))]))
    said = InboundMessage(id="", kind="button", text=words, details=event.details)
    _add_message(event, said, channel, conversation, profile)
    live.conversation_changed(conversation)


def _notice_came(event: InboundEvent, channel: Channel, profile: SocialProfile) -> None:
    """A labelled line in the conversation that was live then; without one the raw event and the profile keep what happened.

    What is older than the conversation is no line of it, however late it is handled.
    """
    conversation = _live_conversation(channel, profile)
    if conversation is None:
        return
    before = conversation.messages.filter(occurred_at__lte=event.occurred_at).order_by("-occurred_at", "-id").first()
    if before is None and conversation.created_at > event.occurred_at:
        return
    data = {"name": event.name, "details": event.details}
    if before is not None and event.name in REPEATED and before.direction == Direction.NOTICE and before.data == data:
        return
    Message.objects.create(
        conversation=conversation,
        account=channel.account,
        direction=Direction.NOTICE,
        kind=MessageKind.NOTICE,
        data=data,
        webhook_event_id=event.webhook_event_id,
        occurred_at=event.occurred_at,
    )
    live.conversation_changed(_fresh(conversation))


def _greet(conversation: Conversation, channel: Channel, profile: SocialProfile) -> None:
    """At most once per conversation and once in twelve hours per customer; decided by one conditional update."""
    if not channel.greeting_enabled or profile.kind != "user":
        return
    due = Q(greeted_at=None) | Q(greeted_at__lt=seconds_from_now(-GREETING_SECONDS))
    if SocialProfile.objects.filter(due, pk=profile.pk).update(greeted_at=Now()):
        client_id = f"greeting:{conversation.public_id}"
        said = composer.say_automatically(conversation=conversation, text=channel.greeting_text, client_id=client_id)
        journal.record(conversation, "greeted" if said else "greeting_unsaid")

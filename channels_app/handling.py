"""Handling one event: who gets it, what it leaves behind. Called by `receiving`, lane locked, in the event's own transaction."""

import datetime
from dataclasses import replace

from django.db.models import Case, F, When

from channels_app import ports
from channels_app.adapter import ChannelAdapter
from channels_app.inbound import InboundEvent
from channels_app.models import Channel, EventState, Lane, MessagingAccount, ReplyToken, WebhookEvent, Withdrawn
from channels_app.registry import adapter_for

REPLY_MARGIN_SECONDS = 10
NO_CHANNEL = "no_channel"
NO_SENDER = "no_sender"
WITHDRAWN = "withdrawn"


def handle(event: WebhookEvent, lane: Lane) -> tuple[EventState, str]:
    """What became of the event, and why if there is something to say. Pending: its lane goes on with it, in another transaction."""
    if event.payload is None:
        return EventState.PROCESSED, WITHDRAWN
    channel = _channel_of(event.account_id)
    account = channel.account if channel else event.account
    adapter = adapter_for(account.channel_type)
    inbound = adapter.parse_event(
        payload=bytes(event.payload),
        webhook_event_id=event.pk,
        lane_id=lane.pk,
        account_id=event.account_id,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
    )
    if inbound.kind == "unsent" and inbound.target_message_id:
        if _is_news(event, inbound.target_message_id):
            return EventState.PENDING, ""
        _forget_content(event, inbound.target_message_id)
        channel = channel or _last_channel_of(event.account_id)
    withdrawn_at = _withdrawn_at(event, inbound)
    if withdrawn_at is not None:
        WebhookEvent.objects.filter(pk=event.pk).update(payload=None)
    if channel is None:
        return EventState.NOT_PROCESSED, NO_CHANNEL
    _note_mode(inbound, lane)
    _keep_reply_token(event, inbound, lane, adapter)
    ports.receive_inbound(replace(inbound, standby=lane.standby, withdrawn_at=withdrawn_at), channel)
    if inbound.message and inbound.source.kind == "unknown":
        return EventState.NOT_PROCESSED, NO_SENDER
    return EventState.PROCESSED, WITHDRAWN if withdrawn_at is not None else ""


def _withdrawn_at(event: WebhookEvent, inbound: InboundEvent) -> datetime.datetime | None:
    """When the message was taken back, if that came first."""
    if inbound.message is None:
        return None
    statement = "SELECT * FROM channels_app_withdrawn WHERE account_id = %s AND line_message_id = %s"
    return next((found.at for found in Withdrawn.objects.raw(statement, [event.account_id, inbound.message.id])), None)


def _note_mode(inbound: InboundEvent, lane: Lane) -> None:
    """Whether another tool holds the chat. Written with the claim of the next event; what comes late changes nothing."""
    if inbound.standby is not None and (lane.mode_at is None or lane.mode_at <= inbound.occurred_at):
        lane.standby, lane.mode_at = inbound.standby, inbound.occurred_at


def _channel_of(account_id: int) -> Channel | None:
    """The account's channel, with the account. By hand: every event asks, and the ORM builds the joined statement longer than it runs."""
    statement = "SELECT * FROM channels_app_channel WHERE account_id = %s AND removed_at IS NULL"
    channel = next(iter(Channel.objects.raw(statement, [account_id])), None)
    if channel is not None:
        channel.account = MessagingAccount.objects.raw("SELECT * FROM channels_app_messagingaccount WHERE id = %s", [account_id])[0]
    return channel


def _last_channel_of(account_id: int) -> Channel | None:
    """Where something is taken back, the channel that the account had last will do."""
    return Channel.objects.select_related("account", "workstream").filter(account=account_id).order_by("-removed_at").first()


def _keep_reply_token(event: WebhookEvent, inbound: InboundEvent, lane: Lane, adapter: ChannelAdapter) -> None:
    """A token counts from the receipt of the webhook, and no longer than the platform allows from the event itself."""
    if not inbound.reply_token or inbound.standby:
        return
    usable_until = min(
        event.received_at + datetime.timedelta(seconds=adapter.reply_seconds),
        event.occurred_at + datetime.timedelta(seconds=adapter.reply_seconds_from_event),
    ) - datetime.timedelta(seconds=REPLY_MARGIN_SECONDS)
    token = ReplyToken(event=event, lane=lane, value=inbound.reply_token, usable_until=usable_until)
    # A replayed event has its token already, which stays as it is. (`ignore_conflicts` would swallow other violations too.)
    ReplyToken.objects.bulk_create([token], update_conflicts=True, unique_fields=["event"], update_fields=["lane"])


def _is_news(event: WebhookEvent, line_message_id: str) -> bool:
    """Unsent stays unsent, even if the message itself comes later. That is kept first, in a transaction of its own.

    So a worker that handles the message in another lane meanwhile either knows of it, or has taken an event that
    `_forget_content` finds. The unsend is tried again at once; this was no try.
    """
    at = {"at": event.occurred_at}
    _kept, is_news = Withdrawn.objects.get_or_create(account_id=event.account_id, line_message_id=line_message_id, defaults=at)
    if is_news:
        WebhookEvent.objects.filter(pk=event.pk).update(attempts=0)
    return is_news


def _forget_content(event: WebhookEvent, line_message_id: str) -> None:
    """The raw events of a message lose their content. One that another worker handles just now is waited for.

    A pending one is read once more, for the place that the message leaves, and loses its content with that.
    """
    same = WebhookEvent.objects.filter(account_id=event.account_id, line_message_id=line_message_id)
    same.update(payload=Case(When(state=EventState.PENDING, then=F("payload"))))

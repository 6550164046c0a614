"""Makes the rows that tests start from, with the least that is valid."""

import datetime
import itertools
from typing import Any

from django.utils import timezone

from channels_app.models import AccountSecret, Channel, Lane, MessagingAccount, SecretKind, WebhookEvent
from conversations.models import Conversation, Direction, Message, SocialProfile
from workstreams import rulesets
from workstreams.models import Agent, Membership, Presence, Queue, Role, Ruleset, User, Workstream

_numbers = itertools.count(1)
SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
TOKEN = "token-of-the-test-account"


def person(username: str, *, role: str = "agent", **extra: Any) -> User:
    """A person who logs in; the password is the user name."""
    user = User(username=username, first_name=username.capitalize(), role=role, is_staff=role == Role.ADMINISTRATOR, **extra)
    user.is_superuser = role == Role.ADMINISTRATOR
    user.set_password(username)
    user.save()
    return user


def queue(name: str, **extra: Any) -> Queue:
    return Queue.objects.get_or_create(name=name, defaults=extra)[0]


def agent(
    username: str, *, queues: list[Queue] = (), present: str = "available", languages: list[str] = (), units_total: int = 100
) -> Agent:
    """An agent who is there (heartbeat just now) unless `present` is "offline"."""
    made = Agent.objects.create(
        user=person(username), public_name=username.capitalize(), languages=list(languages), units_total=units_total
    )
    Presence.objects.create(agent=made, state=present, seen_at=None if present == "offline" else timezone.now())
    for member_of in queues:
        Membership.objects.create(queue=member_of, agent=made)
    return made


def workstream(*, fallback_queue: Queue, name: str = "LINE support", **extra: Any) -> Workstream:
    """Without wrap-up, so that what is ended is closed."""
    fields = {"wrap_up_block": "none"} | extra
    return Workstream.objects.create(name=name, channel_type="line", fallback_queue=fallback_queue, **fields)


def account(**extra: Any) -> MessagingAccount:
    """An active account whose secrets are SECRET and TOKEN."""
    fields = {"name": "Koharu Support", "channel_type": "line", "channel_id": f"16{next(_numbers):08d}", "state": "active"} | extra
    made = MessagingAccount.objects.create(bot_user_id="U" + "b" * 32, **fields)
    AccountSecret.objects.create(account=made, kind=SecretKind.CHANNEL_SECRET, value=SECRET)
    AccountSecret.objects.create(account=made, kind=SecretKind.ACCESS_TOKEN, value=TOKEN)
    return made


def channel(*, account: MessagingAccount, workstream: Workstream, **extra: Any) -> Channel:
    return Channel.objects.create(account=account, workstream=workstream, **extra)


def profile(account: MessagingAccount, name: str = "みさき🐰", **extra: Any) -> SocialProfile:
    return SocialProfile.objects.create(
        account=account, line_id=f"U{next(_numbers):032x}", display_name=name, fetched_at=timezone.now(), **extra
    )


def reachable(account: MessagingAccount, **extra: Any) -> SocialProfile:
    """A customer with a lane: somebody who can be written to."""
    return profile(account, lane=Lane.objects.create(account=account, key=f"user:{next(_numbers)}"), **extra)


def conversation(channel: Channel, *, customer: SocialProfile | None = None, queue: Queue | None = None, **extra: Any) -> Conversation:
    """An open conversation, routed to `queue` (default: the fallback queue)."""
    at = timezone.now()
    fields: dict[str, Any] = {
        "state": "open",
        "queue": queue or channel.workstream.fallback_queue,
        "queued_at": at,
        "routed_at": at,
        "last_interaction_at": at,
        "state_changed_at": at,
    } | extra
    return Conversation.objects.create(channel=channel, profile=customer or profile(channel.account), **fields)


def inbound_message(conversation: Conversation, text: str = "こんにちは", *, seconds_ago: float = 0, **extra: Any) -> Message:
    return Message.objects.create(
        conversation=conversation,
        account=conversation.channel.account,
        direction=Direction.IN,
        text=text,
        line_message_id=f"46{next(_numbers):016d}",
        sender_profile=conversation.profile,
        occurred_at=timezone.now() - datetime.timedelta(seconds=seconds_ago),
        **extra,
    )


def webhook_event(account: MessagingAccount, kind: str = "message", *, seconds_ago: float = 0, **extra: Any) -> WebhookEvent:
    """A processed event whose content is `{}`."""
    at, number = timezone.now() - datetime.timedelta(seconds=seconds_ago), next(_numbers)
    fields: dict[str, Any] = {"event_id": f"01EVENT{number:019d}", "lane_key": "user:U1", "payload": b"{}", "state": "processed"} | extra
    return WebhookEvent.objects.create(account=account, kind=kind, occurred_at=at, received_at=at, **fields)


def route(queue: Queue, *conditions: tuple[Any, ...], name: str = "", **extra: Any) -> dict[str, Any]:
    """A route-to-queue rule of a document; each condition is (fact, operator, value), all of which must hold."""
    nodes = [dict(zip(("fact", "operator", "value", "of"), condition, strict=False)) for condition in conditions]
    made = {"id": f"route-{next(_numbers)}", "name": name, "enabled": True, "when": {"all": nodes}}
    return made | {"to": [{"queue": queue.pk, "percent": 100}], "overflow": None} | extra


def publish(workstream: Workstream, *routes: dict[str, Any], classification: list[Any] = (), **extra: Any) -> Ruleset:
    """The workstream's next version."""
    content = {"classification": list(classification), "routes": list(routes)} | extra
    return rulesets.publish(workstream=workstream, content=content, actor=None)

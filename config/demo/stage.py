"""How the demo's past is played: customers write through the simulator's door, agents use the product's own actions."""

import json
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

from channels_app.models import MediaFile, ReplyToken, ReplyTokenState
from config.demo.processes import fetch_json
from config.demo.shop import CHANNEL_ID, Circle, Customer
from conversations import assignment, attachments, composer, offers
from conversations.models import Conversation, Message, Offer
from workstreams import presence
from workstreams.models import Agent, User, WorkState

FILES = Path(__file__).parent / "files"
PATIENCE_SECONDS = 30.0


class NothingHappened(Exception):
    """The worker didn't do in time what it was waited for; `str()` says what."""


def wait_for(what: str, look: Callable[[], Any]) -> Any:
    """Look again until there is something."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        if found := look():
            return found
        time.sleep(0.05)
    raise NothingHappened(what)


def at_line(path: str, body: dict[str, Any] | None = None) -> Any:
    return fetch_json(f"{settings.LINE_API_BASE}{path}", body, timeout=20)


def remove_fault(fault_id: int) -> None:
    """LINE is well again."""
    fetch_json(f"{settings.LINE_API_BASE}/sim/faults/{fault_id}", method="DELETE")


# --- Customers ----------------------------------------------------------------------------------------


def writes(customer: Customer, *messages: str | dict[str, Any], among: Circle | None = None) -> Conversation:
    """The customer sends these, to the account or `among` others; returns the live conversation once all of it has arrived."""
    known = ""
    for message in messages:
        content = {"type": "text", "text": message} if isinstance(message, str) else message
        known = at_line(f"/sim/users/{customer.user_id}/send", {**_place(among), "message": content})["message_id"]
    return _conversation_with(known)


def _place(among: Circle | None) -> dict[str, Any]:
    return {"channel_id": CHANNEL_ID, **({"group_id": among.group_id} if among else {})}


def sends_pictures(customer: Customer, *names: str) -> Conversation:
    """Several pictures as one set."""
    body = {"channel_id": CHANNEL_ID, "media_ids": [picture(name)["media_id"] for name in names]}
    sent = at_line(f"/sim/users/{customer.user_id}/send_set", body)["messages"]
    for each in sent:
        _conversation_with(each["message_id"])
    return _conversation_with(sent[-1]["message_id"])


def takes_back(customer: Customer, text: str) -> None:
    """The customer unsends what they wrote last with this text."""
    message = Message.objects.filter(text=text, sender_profile__line_id=customer.user_id).latest("id")
    at_line(f"/sim/users/{customer.user_id}/unsend", {"channel_id": CHANNEL_ID, "message_id": message.line_message_id})
    wait_for("a message to be taken back", lambda: Message.objects.filter(pk=message.pk, withdrawn_at__isnull=False).exists())


def edits(customer: Customer, text: str, new_text: str, *, among: Circle) -> None:
    """The customer changes what they wrote last with this text; LINE lets them in groups only."""
    message = Message.objects.filter(text=text, sender_profile__line_id=customer.user_id).latest("id")
    body = {**_place(among), "message_id": message.line_message_id, "text": new_text}
    at_line(f"/sim/users/{customer.user_id}/edit", body)
    wait_for("a message to be edited", lambda: Message.objects.filter(pk=message.pk, text=new_text).exists())


def another_tool_takes(customer: Customer) -> None:
    """From their next message on, another tool answers the customer at LINE."""
    at_line(f"/sim/users/{customer.user_id}/standby", {"channel_id": CHANNEL_ID, "standby": True})


def picture(name: str) -> dict[str, Any]:
    """A drawing of the demo's, as a customer's photo."""
    return {"type": "image", "media_id": _upload(name, "image")}


def document(name: str) -> dict[str, Any]:
    """A document of the demo's, as a customer's file."""
    return {"type": "file", "media_id": _upload(name, "file")}


def _upload(name: str, kind: str) -> str:
    query = urlencode({"channel_id": CHANNEL_ID, "type": kind, "file_name": name})
    types = {".jpg": "image/jpeg", ".pdf": "application/pdf"}
    headers = {"Content-Type": types[Path(name).suffix]}
    request = Request(f"{settings.LINE_API_BASE}/sim/media?{query}", (FILES / name).read_bytes(), headers)  # noqa: S310
    with urlopen(request, timeout=20) as answer:  # noqa: S310 - the simulator on this machine
        return str(json.load(answer)["media_id"])


def _conversation_with(message_id: str) -> Conversation:
    found = Message.objects.filter(line_message_id=message_id).select_related("conversation")
    message = wait_for("a customer's message", found.first)
    conversations = Conversation.objects.filter(pk=message.conversation_id, routed_at__isnull=False)
    return wait_for("a conversation's queue", conversations.first)  # type: ignore[no-any-return]


# --- Agents -------------------------------------------------------------------------------------------


def person(username: str) -> User:
    return User.objects.get(username=username)


def agent(username: str) -> Agent:
    return Agent.objects.select_related("user", "presence").get(user__username=username)


def lets_time_pass(conversation: Conversation) -> None:
    """A minute goes by: what is answered from now on is no free reply any more."""
    fresh = ReplyToken.objects.filter(lane=conversation.profile.lane, state=ReplyTokenState.FRESH)
    fresh.update(state=ReplyTokenState.EXPIRED, value=None)


def takes(username: str, conversation: Conversation) -> None:
    """The agent assigns it to themselves."""
    assignment.pick_conversation(conversation_id=conversation.pk, actor=person(username))


def is_offered(username: str, conversation: Conversation) -> Offer:
    """The agent is there, and the product offers the conversation to them."""
    presence.sign_in(agent(username))
    pending = Offer.objects.filter(conversation=conversation, agent__user__username=username, state="pending")
    return wait_for(f"an offer to {username}", pending.first)  # type: ignore[no-any-return]


def misses(username: str, offer: Offer) -> None:
    """The agent goes away without an answer, and the time runs out."""
    presence.sign_out(agent(username))
    offers.expire_offers()


def accepts(username: str, offer: Offer) -> None:
    offers.accept_offer(offer_id=offer.pk, actor=person(username))
    presence.sign_out(agent(username))


def answers(username: str, conversation: Conversation, text: str = "", *, files: Iterable[str] = (), wait_for_line: bool = True) -> Message:
    """The agent says this, with files; returns the last message once LINE has answered."""
    uploaded = [_attach(username, conversation, name) for name in files]
    draft = composer.Draft(text=text, files=uploaded)
    said = composer.send(conversation_id=conversation.pk, actor=person(username), draft=draft, client_id=str(uuid.uuid4()))[-1]
    over = Message.objects.filter(pk=said.pk, bubble__delivery__finished_at__isnull=False)
    if wait_for_line:
        wait_for("LINE's answer", over.exists)
    return said


def _attach(username: str, conversation: Conversation, name: str) -> MediaFile:
    file = attachments.take_upload(
        account=conversation.channel.account,
        actor=person(username),
        name=name,
        client_id=str(uuid.uuid4()),
        pieces=iter([(FILES / name).read_bytes()]),
    )
    ready = MediaFile.objects.filter(pk=file.pk, state="ready")
    return wait_for("a file to be prepared", ready.first)  # type: ignore[no-any-return]


def assigns(supervisor: str, username: str, conversation: Conversation) -> None:
    """A supervisor gives the conversation to an agent."""
    assignment.assign_conversation(conversation_id=conversation.pk, agent_id=agent(username).pk, actor=person(supervisor))


def everybody_leaves() -> None:
    """Whoever signs in next is offered what waits."""
    for each in Agent.objects.select_related("presence"):
        presence.sign_out(each)


def is_over(conversation: Conversation) -> bool:
    return Conversation.objects.filter(pk=conversation.pk, state=WorkState.CLOSED).exists()

"""Taking back at the same moment as somebody else works on it: whoever is first, nothing is left."""

import threading
import uuid
from types import SimpleNamespace

import pytest
from django.utils import timezone

from channels_app import ports, receiving, sending
from channels_app.media import preparing
from channels_app.models import Lane, MediaFile, WebhookEvent
from conversations import assignment, attachments, composer, drafts
from conversations.models import Conversation, Draft, JournalEntry, Message
from tests import builders
from tests.channels_app.conftest import body_of, text_event
from tests.channels_app.test_concurrency import at_once
from tests.media import samples

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


@pytest.fixture
def shop(platform):
    queue = builders.queue("Everyone")
    account = builders.account()
    switches = {"attachments_enabled": True, "customers_send_attachments": True}
    builders.channel(account=account, workstream=builders.workstream(fallback_queue=queue), **switches)
    return account, builders.agent("alice", queues=[queue], units_total=1000)


def unsend_of(number, message_id, user):
    event = text_event(number, user=user, type="unsend", unsend={"messageId": message_id})
    del event["message"]
    return event


def test_a_fetch_that_ends_while_its_message_is_taken_back(shop, platform, post_webhook, stored_files):
    account, _alice = shop
    for turn in range(ROUNDS):
        user, message_id = f"U{turn:032x}", f"9{turn}"
        platform.contents[message_id] = samples.picture()
        picture = {"type": "image", "id": message_id, "contentProvider": {"type": "line"}}
        post_webhook(account, body_of(text_event(turn, user=user, message=picture)))
        receiving.drain()
        file = MediaFile.objects.get(source=message_id)
        assert preparing.claim(file)
        post_webhook(account, body_of(unsend_of(100 + turn, message_id, user)))

        at_once(lambda file=file: preparing.prepare(MediaFile.objects.get(pk=file.pk)), receiving.drain)

    attachments.work(seconds=60)
    assert set(MediaFile.objects.values_list("state", "stored", "preview")) == {("purged", "", "")}
    assert stored_files() == []


def test_an_answer_that_quotes_it_is_written_and_sent_while_it_is_taken_back(shop, platform, post_webhook):
    account, alice = shop
    for turn in range(ROUNDS):
        user = f"U{turn:032x}"
        post_webhook(account, body_of(text_event(turn, user=user, text="is it blue?")))
        receiving.drain()
        conversation = Conversation.objects.get(profile__line_id=user)
        assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)
        asked = Message.objects.select_related("conversation").get(conversation=conversation)
        post_webhook(account, body_of(unsend_of(100 + turn, asked.line_message_id, user)))

        def answer(asked=asked):
            draft = composer.Draft(text="yes", quoted=asked)
            try:
                composer.send(conversation_id=asked.conversation_id, actor=alice.user, draft=draft, client_id=str(uuid.uuid4()))
            except composer.QuoteIsGone:
                return
            sending.drain(seconds=60)

        at_once(answer, receiving.drain)
        receiving.drain()
    sending.drain(seconds=60)

    assert Message.objects.filter(direction="in", withdrawn_at=None).count() == 0
    for message in Message.objects.filter(direction="out").select_related("bubble__delivery"):
        # Sent while it still was there, or never.
        assert message.bubble.delivery.state in ("accepted", "failed")
    assert not Lane.objects.filter(bubbles__delivery=None, bubbles__isnull=False).exists()


def test_a_message_and_its_unsend_come_at_once_in_either_order(shop, post_webhook):
    account, _alice = shop
    for turn in range(ROUNDS):
        user, message_id = f"U{turn:032x}", f"8{turn}"
        secret = text_event(turn, user=user, message={"type": "text", "id": message_id, "text": "secret"})
        bodies = [body_of(secret), body_of(unsend_of(100 + turn, message_id, user))]

        def come(body):
            post_webhook(account, body)
            receiving.drain()

        at_once(*[lambda body=body: come(body) for body in bodies])
        receiving.drain()

    assert not Message.objects.filter(text__contains="secret").exists()
    assert not any(b"secret" in (event.payload or b"") for event in WebhookEvent.objects.all())
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"processed"}


@pytest.mark.parametrize("meanwhile", ["message", "unsent"])
def test_a_message_and_its_unsend_of_another_lane_are_handled_in_the_same_moment(shop, post_webhook, monkeypatch, meanwhile):
    account, _alice = shop
    user, message_id = f"U{0:032x}", "88"
    post_webhook(account, body_of(text_event(0, user=user, text="hello")))
    receiving.drain()
    secret = text_event(1, user=user, message={"type": "text", "id": message_id, "text": "secret"})
    unsend = unsend_of(2, message_id, f"U{1:032x}")
    first, second = (secret, unsend) if meanwhile == "message" else (unsend, secret)

    def come():
        post_webhook(account, body_of(second))
        receiving.drain()

    other = threading.Thread(target=at_once, args=(come,))
    receive = ports.receive_inbound

    def slowly(event, channel):
        """The other one comes while this one is handled, after it was looked for."""
        if event.kind == meanwhile and other.ident is None:
            other.start()
            other.join(1)
        receive(event, channel)

    monkeypatch.setattr(ports, "receive_inbound", slowly)
    post_webhook(account, body_of(first))
    receiving.drain()
    other.join()
    receiving.drain()

    assert Message.objects.exclude(withdrawn_at=None).get().text == ""
    assert JournalEntry.objects.filter(verb="withdrawn").count() == 1
    assert not any(b"secret" in (event.payload or b"") for event in WebhookEvent.objects.all())
    assert set(WebhookEvent.objects.values_list("state", "attempts")) == {("processed", 1)}


def test_a_draft_is_saved_while_what_it_quotes_is_taken_back(shop, post_webhook, monkeypatch):
    account, alice = shop
    post_webhook(account, body_of(text_event(0, user=f"U{0:032x}", text="is it blue?")))
    receiving.drain()
    asked = Message.objects.select_related("conversation").get()
    post_webhook(account, body_of(unsend_of(1, asked.line_message_id, f"U{0:032x}")))
    unsend = threading.Thread(target=at_once, args=(receiving.drain,))

    def now():
        """Just before the draft is written, after it was looked whether it may be."""
        unsend.start()
        unsend.join(0.5)
        return timezone.now()

    monkeypatch.setattr(drafts, "timezone", SimpleNamespace(now=now))
    drafts.save_draft(conversation=asked.conversation, person=alice.user, text="“is it blue?” It is", seen=0)
    unsend.join()

    assert Message.objects.get().withdrawn_at is not None
    assert Draft.objects.get().text == "“” It is"

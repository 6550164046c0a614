"""A message that its sender edits: the newest words count, in the original's place, whichever comes first."""

import pytest

from conversations.inbox.thread import read_thread
from conversations.models import Conversation, Message
from tests.gateway.test_intake import AT

pytestmark = pytest.mark.django_db
ORIGINAL = {"type": "text", "id": "77", "text": "teh pot", "quotedMessageId": "4", "markAsReadToken": "mark"}


def edit(event_comes, text, at, **message):
    return event_comes(type="messageEdited", timestamp=at, message={"type": "text", "id": "77", "text": text} | message)


def test_an_edit_before_its_original_stands_in_the_originals_place(customer_writes, event_comes):
    customer_writes("before", at=AT)
    edit(event_comes, "the pot", AT + 5000)
    customer_writes("between", at=AT + 2000)
    customer_writes("x", at=AT + 1000, message=ORIGINAL)

    conversation = Conversation.objects.get()
    shown = [line.words for line in read_thread(conversation).lines]
    assert shown == ["before", "the pot", "between"]
    edited = Message.objects.get(line_message_id="77")
    assert (edited.quoted_message_id, edited.data["markAsReadToken"], "original_missing" in edited.data) == ("4", "mark", False)
    assert conversation.unread_count == 3


def test_an_older_edit_changes_nothing_of_a_newer_one_that_came_before_the_original(customer_writes, event_comes):
    edit(event_comes, "newest", AT + 3000)
    edit(event_comes, "older", AT + 2000)
    customer_writes("x", at=AT, message=ORIGINAL)
    customer_writes("x", at=AT, message=ORIGINAL, webhookEventId="another")

    assert list(Message.objects.values_list("text", flat=True)) == ["newest"]


def test_the_original_after_edit_and_unsend_leaves_only_a_tombstone(customer_writes, event_comes):
    customer_writes("hello")
    edit(event_comes, "secret, better put", AT + 3000)
    event_comes(type="unsend", unsend={"messageId": "77"})
    customer_writes("x", at=AT, message=ORIGINAL)
    edit(event_comes, "secret, once more", AT + 9000)

    message = Message.objects.get(line_message_id="77")
    assert (message.text, message.data, message.withdrawn_at is not None) == ("", {}, True)


def test_an_edit_has_its_own_emoji_and_mentions_and_says_that_it_was_edited(customer_writes, event_comes, settings):
    settings.STICKER_PICTURE_BASE = "https://stickers.example"
    emoji = {"index": 0, "length": 6, "productId": "p", "emojiId": "001"}
    customer_writes("x", at=AT, message=ORIGINAL | {"text": "(moon) a", "emojis": [emoji]})
    mention = {"mentionees": [{"index": 5, "length": 4, "type": "all"}]}
    edit(event_comes, "hello @All", AT + 1, emojis=[], mention=mention | {"mentionees": [{"index": 6, "length": 4, "type": "all"}]})

    message = Message.objects.get()
    assert (message.data["marks"], message.attachments.count()) == ([{"kind": "mention", "start": 6, "end": 10, "self": False}], 0)

    edit(event_comes, "(star) b", AT + 2, emojis=[emoji | {"emojiId": "002"}])
    assert [attachment.shown_name for attachment in message.attachments.all()] == ["(star)"]


def test_a_message_cannot_pretend_to_have_what_only_this_console_adds(customer_writes):
    customer_writes("x", message=ORIGINAL | {"marks": [7], "set": "no", "edited_at": 7, "original_missing": True, "client_id": "a"})

    assert Message.objects.get().data == {"markAsReadToken": "mark"}


def test_an_edited_bubble_is_labelled(customer_writes, event_comes, alice_has_it, alice, client):
    customer_writes("x", at=AT, message=ORIGINAL)
    client.force_login(alice.user)
    address = f"/inbox/{alice_has_it.public_id}/"
    assert "<span>edited</span>" not in client.get(address).content.decode()

    edit(event_comes, "the pot", AT + 1)

    assert "<span>edited</span>" in client.get(address).content.decode()

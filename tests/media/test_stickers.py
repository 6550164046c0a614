"""Stickers and LINE's own emoji: one picture each for everybody, through the guard, or words where there is none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.models import MediaFile
from conversations import attachments
from conversations.models import Attachment, Message
from tests.media.test_against_simulator import line_simulator, line_simulator_process, webhook_receiver

__all__ = ["line_simulator", "line_simulator_process", "webhook_receiver"]
STICKER = {"type": "sticker", "packageId": "11537", "stickerId": "52002734", "keywords": ["ごめん", "sorry"]}
EMOJI = {
    "type": "text",
    "text": "🍎(moon)です",
    "emojis": [{"index": 2, "length": 6, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}],
}


@pytest.fixture
def pictures(line_simulator, settings):
    settings.STICKER_PICTURE_BASE = line_simulator.url
    settings.ALLOW_INSECURE_LOOPBACK = True


def thread(script, alice, conversation):
    return script(alice).get(f"/inbox/{conversation.public_id}/thread/").content.decode()


def test_a_sticker_s_picture_is_fetched_once_for_everybody(pictures, platform, customer_writes, alice_has_it, script, alice):
    customer_writes("x", message=STICKER | {"id": "71"})
    customer_writes("x", message=STICKER | {"id": "72"})
    attachments.work(seconds=60)

    file = MediaFile.objects.get(origin="link", address__contains="52002734")
    assert (file.state, file.media_type, file.account) == ("ready", "image/png", None)
    assert Attachment.objects.filter(file=file).count() == 2
    assert 'alt="Sticker: ごめん, sorry"' in thread(script, alice, alice_has_it)


def test_unsending_a_sticker_leaves_the_picture_to_the_others(pictures, platform, customer_writes, event_comes, alice_has_it):
    customer_writes("x", message=STICKER | {"id": "71"})
    event_comes(type="unsend", unsend={"messageId": "71"})
    attachments.work(seconds=60)

    assert MediaFile.objects.get(address__contains="52002734").state == "ready"
    assert not Attachment.objects.filter(message__line_message_id="71").exists()


def test_switched_off_a_sticker_is_its_words(settings, platform, customer_writes, alice_has_it, script, alice):
    settings.STICKER_PICTURE_BASE = ""
    customer_writes("x", message=STICKER | {"id": "71"})

    assert not MediaFile.objects.filter(origin="link", address__contains="sticker").exists()
    assert "Sticker" in thread(script, alice, alice_has_it)


def test_an_emoji_of_line_stands_in_its_place_counted_in_utf_16(pictures, platform, customer_writes, alice_has_it, script, alice):
    customer_writes("x", message=EMOJI | {"id": "71"})
    attachments.work(seconds=60)

    page = thread(script, alice, alice_has_it)
    assert '🍎<img class="line-emoji"' in page
    assert 'alt="(moon)"' in page
    assert ">です" in page


@pytest.mark.parametrize(
    "emojis",
    [
        [{"index": 99, "length": 6, "productId": "p", "emojiId": "1"}],
        [{"index": -1, "length": 6, "productId": "p", "emojiId": "1"}],
        [{"index": 2, "length": 99999, "productId": "../..", "emojiId": "<script>"}],
        [{"index": "2", "length": None}],
        ["x", None, {}],
        {"not": "a list"},
    ],
)
def test_odd_emoji_lose_nothing_of_the_text(pictures, platform, customer_writes, alice_has_it, script, alice, emojis):
    customer_writes("x", message=EMOJI | {"id": "71", "emojis": emojis})

    assert Message.objects.get(line_message_id="71").text == "🍎(moon)です"
    assert "<script>" not in thread(script, alice, alice_has_it)


def test_a_mention_of_the_account_is_marked(platform, customer_writes, alice_has_it, script, alice):
    mention = {"mentionees": [{"index": 0, "length": 7, "type": "user", "isSelf": True}, {"index": 8, "length": 4, "type": "all"}]}
    customer_writes("x", message={"type": "text", "id": "71", "text": "@Koharu @All help", "mention": mention})

    page = thread(script, alice, alice_has_it)
    assert '<span class="mention is-own">@Koharu</span>' in page
    assert '<span class="mention">@All</span>' in page


def test_a_quote_of_the_customer_s_shows_what_it_answers_to(platform, customer_writes, alice_has_it, script, alice):
    first = Message.objects.get()
    customer_writes("x", message={"type": "text", "id": "71", "text": "これです", "quotedMessageId": first.line_message_id})
    customer_writes("x", message={"type": "text", "id": "72", "text": "あれです", "quotedMessageId": "unknown"})

    page = thread(script, alice, alice_has_it)
    assert f'class="quote-strip" href="#message-{first.pk}"' in page
    assert "a message this console has not seen" in page


def test_a_location_leads_to_a_map_and_nonsense_doesn_t(platform, customer_writes, alice_has_it, script, alice):
    customer_writes("x", message={"type": "location", "id": "71", "title": "<b>店</b>", "latitude": 35.68, "longitude": 139.76})
    customer_writes("x", message={"type": "location", "id": "72", "latitude": "javascript:", "longitude": 1e400})
    customer_writes("x", message={"type": "location", "id": "73", "latitude": 900, "longitude": True})

    page = thread(script, alice, alice_has_it)
    assert page.count("openstreetmap.org") == 1
    assert "&lt;b&gt;店&lt;/b&gt;" in page
    assert "javascript:" not in page


def test_twenty_emoji_cost_as_many_queries_as_one(pictures, platform, customer_writes, alice_has_it, django_assert_max_num_queries):
    def words(number, count):
        emojis = [{"index": place, "length": 1, "productId": "p", "emojiId": str(place)} for place in range(count)]
        return {"type": "text", "id": str(number), "text": "x" * 30, "emojis": emojis}

    customer_writes("x", message=words(80, 20))  # the pictures are known from here on
    with CaptureQueriesContext(connection) as one:
        customer_writes("x", message=words(81, 1))
    with django_assert_max_num_queries(len(one)):
        customer_writes("x", message=words(82, 20))

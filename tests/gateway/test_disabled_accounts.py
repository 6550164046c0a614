"""An account is switched off: the product says nothing by itself, for it would leave hours later, when nobody needs it."""

import pytest

from channels_app import accounts, receiving, sending
from channels_app.models import Bubble
from conversations.models import Conversation, JournalEntry, Message
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db

PICTURE = {"type": "image", "id": "7", "contentProvider": {"type": "line"}}


@pytest.fixture
def message_before_it_is_switched_off(post_webhook, account, channel, platform, root):
    """`message_before_it_is_switched_off()` lets a message come that is handled only when the account is off; gives the platform."""
    adapter = platform()

    def come(**changes):
        post_webhook(account, body_of(text_event(1, **changes)))
        accounts.disable_account(actor=root, account=account)
        receiving.drain()
        return adapter

    return come


def switched_on_again(account, root):
    accounts.enable_account(actor=root, account=account)
    sending.drain()


def test_no_greeting_is_queued_to_leave_when_the_account_is_on_again(message_before_it_is_switched_off, account, channel, root):
    channel.greeting_enabled, channel.greeting_text = True, "ご連絡ありがとうございます。"
    channel.save()

    adapter = message_before_it_is_switched_off()
    switched_on_again(account, root)

    assert Conversation.objects.get().last_message_text == "こんにちは"
    assert not Bubble.objects.exists()
    assert adapter.sent == []
    assert list(JournalEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["received", "greeting_unsaid"]


def test_that_a_file_is_not_taken_is_not_said_and_the_journal_has_it(message_before_it_is_switched_off, account, root):
    adapter = message_before_it_is_switched_off(message=PICTURE)
    switched_on_again(account, root)

    assert Message.objects.get(direction="in").attachments.get().file.reason == "off"
    assert adapter.sent == []
    assert list(JournalEntry.objects.order_by("pk").values_list("verb", flat=True)) == ["received", "refusal_unsaid"]

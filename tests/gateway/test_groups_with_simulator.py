"""Groups, edits and standby the whole way: from a phone at the simulator of LINE to the console, and the answer back."""

import pytest

from channels_app import receiving, sending
from conversations import assignment, composer, profiles
from conversations.inbox.thread import read_thread
from conversations.models import Conversation, SocialProfile
from tests import builders
from tests.simulator.fixtures import line_simulator, line_simulator_process, webhook_receiver

__all__ = ["line_simulator", "line_simulator_process", "webhook_receiver"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def line(line_simulator, webhook_receiver, account, channel, settings):
    """The simulator with the test's account, whose webhooks `arrive` brings into the console."""
    settings.LINE_API_BASE = line_simulator.url
    made = {"channel_id": account.channel_id, "channel_secret": builders.SECRET, "access_token": builders.TOKEN}
    line_simulator.post("/sim/channels", made | {"webhook_url": webhook_receiver.url})
    return line_simulator


@pytest.fixture
def arrive(line, webhook_receiver, account, client):
    """`arrive(3)`: the webhooks that came so far, three in all, are posted as they are and handled."""

    def bring(count):
        for came in webhook_receiver.wait_for(count):
            headers = {"x-line-signature": came.headers["x-line-signature"]}
            answer = client.post(f"/webhooks/line/{account.callback_key}/", came.body, content_type="application/json", headers=headers)
            assert answer.status_code == 200
        receiving.drain()

    return bring


def user(line, account, name, **fields):
    return line.post("/sim/users", {"display_name": name, "channel_id": account.channel_id, "silent": True, **fields})["user_id"]


def write(line, account, who, text, **place):
    message = {"type": "text", "text": text}
    return line.post(f"/sim/users/{who}/send", {"channel_id": account.channel_id, "message": message, **place})["message_id"]


def fetch_profiles():
    """All of them: an account that was slow once is left to the next run."""
    while profiles.fetch_due():
        pass


def test_a_group_talks_edits_and_is_answered(line, arrive, account, alice):
    misaki, ken = user(line, account, "みさき🐰"), user(line, account, "Ken")
    nobody = user(line, account, "On a computer", without_id=True)
    members = {"channel_id": account.channel_id, "name": "お茶の会", "member_ids": [misaki, ken, nobody], "silent": True}
    group = line.post("/sim/groups", members)["group_id"]

    first = write(line, account, misaki, "土曜日はどう？", group_id=group)
    write(line, account, ken, "いいね", group_id=group)
    write(line, account, nobody, "me too", group_id=group)
    change = {"channel_id": account.channel_id, "group_id": group, "message_id": first, "text": "日曜日はどう？"}
    line.post(f"/sim/users/{misaki}/edit", change)
    arrive(4)
    fetch_profiles()

    conversation = Conversation.objects.select_related("profile", "channel__account").get()
    assert (conversation.profile.kind, conversation.profile.shown_name, conversation.aside) == ("group", "お茶の会", True)
    senders = [line.message.sender_profile and line.message.sender_profile.shown_name for line in read_thread(conversation).lines]
    assert [line.words for line in read_thread(conversation).lines] == ["日曜日はどう？", "いいね", "me too"]
    assert senders == ["みさき🐰", "Ken", None]

    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)
    composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="お席を用意します", client_id="1")
    sending.drain()
    bubbles = line.get(f"/sim/groups/{group}/chat", channel_id=account.channel_id)["bubbles"]
    assert bubbles[-1]["text"] == "お席を用意します"
    assert not any(
        bubble.get("direction") == "outbound" for bubble in line.get(f"/sim/users/{misaki}/chat", channel_id=account.channel_id)["bubbles"]
    )


def test_a_member_who_never_befriended_the_account_is_named_by_the_group(line, arrive, account, channel):
    stranger = user(line, account, "Stranger")
    line.post(f"/sim/users/{stranger}/block", {"channel_id": account.channel_id})
    members = {"channel_id": account.channel_id, "name": "Tea", "member_ids": [stranger], "silent": True}
    group = line.post("/sim/groups", members)["group_id"]
    write(line, account, stranger, "hello", group_id=group)
    arrive(2)
    fetch_profiles()

    assert SocialProfile.objects.get(kind="user").display_name == "Stranger"


def test_a_chat_in_standby_is_read_only_until_it_comes_back(line, arrive, account, alice):
    misaki = user(line, account, "みさき🐰")
    write(line, account, misaki, "急須が割れて届きました")
    arrive(1)
    conversation = assignment.pick_conversation(conversation_id=Conversation.objects.get().pk, actor=alice.user)

    line.post(f"/sim/users/{misaki}/standby", {"channel_id": account.channel_id, "standby": True})
    write(line, account, misaki, "bot?")
    arrive(2)
    with pytest.raises(composer.CannotSend, match="Another tool"):
        composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="はい", client_id="1")

    line.post(f"/sim/users/{misaki}/standby", {"channel_id": account.channel_id, "standby": False})
    write(line, account, misaki, "人と話したいです")
    arrive(3)
    composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="はい", client_id="2")
    sending.drain()

    chat = line.get(f"/sim/users/{misaki}/chat", channel_id=account.channel_id)["bubbles"]
    assert [bubble["text"] for bubble in chat][-2:] == ["人と話したいです", "はい"]

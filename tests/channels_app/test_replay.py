"""Processing events again: from the command line, in bulk, twice, and beside the workers; nothing comes twice."""

import json

import pytest
from django.core.management import CommandError, call_command

from channels_app import receiving, replay
from channels_app.models import MediaFile, ReplyToken, WebhookEvent, Withdrawn
from conversations.models import Conversation, JournalEntry, Message, SocialProfile
from tests import builders
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db
AT = 1_750_000_000_000


@pytest.fixture
def run(capsys):
    """Runs the command and returns what it printed."""

    def run(*arguments):
        call_command("replay_webhooks", *arguments)
        return capsys.readouterr().out

    return run


def states():
    return dict(WebhookEvent.objects.values_list("event_id", "state"))


def test_the_command_replays_what_reached_nobody_and_prints_figures(run, account):
    builders.webhook_event(account, state="dead", event_id="d")
    builders.webhook_event(account, "follow", state="not_processed", event_id="n")
    builders.webhook_event(account, event_id="p")
    builders.webhook_event(account, state="dead", payload=None, event_id="gone")

    printed = run("--dry-run")
    assert states() == {"d": "dead", "n": "not_processed", "p": "processed", "gone": "dead"}
    assert "replay_webhooks: matching=3 would_replay=2" in printed
    assert f"1  {account.name}  dead  message" in printed

    assert "replay_webhooks: matching=3 replayed=2" in run()
    assert states() == {"d": "pending", "n": "pending", "p": "processed", "gone": "dead"}
    assert "replayed=0" in run()


def test_the_command_chooses_by_account_state_time_and_event(run, account):
    other = builders.account(name="Other")
    builders.webhook_event(account, state="dead", event_id="new")
    builders.webhook_event(account, state="dead", event_id="old", seconds_ago=3 * 86400)
    builders.webhook_event(other, state="not_processed", event_id="other")
    builders.webhook_event(account, event_id="done")
    builders.webhook_event(account, event_id="done too")

    assert "would_replay=1" in run("--account", "Other", "--dry-run")
    assert "would_replay=2" in run("--account", account.channel_id, "--dry-run")
    assert "would_replay=1" in run("--state", "not_processed", "--dry-run")
    assert "would_replay=2" in run("--state", "processed", "--dry-run")
    assert "would_replay=1" in run("--until", str((WebhookEvent.objects.get(event_id="new").received_at).date()), "--dry-run")
    assert "replayed=2" in run("--event", "done", "--event", "old")
    assert states() == {"new": "dead", "old": "pending", "other": "not_processed", "done": "pending", "done too": "processed"}


@pytest.mark.parametrize(
    "arguments", [["--account", "nobody"], ["--since", "yesterday"], ["--until", "2026-13-01"], ["--state", "pending"]]
)
def test_the_command_says_what_it_did_not_understand(run, account, arguments):
    with pytest.raises(CommandError):
        run(*arguments)


def test_everything_replayed_twice_changes_nothing(account, channel, post_webhook):
    events = [
        text_event(1, at=AT, text="one"),
        text_event(2, at=AT + 1, message={"type": "image", "id": "7", "contentProvider": {"type": "line"}}),
        text_event(3, at=AT + 2, text="two"),
        text_event(4, at=AT + 3, type="messageEdited", message={"type": "text", "id": "4685" + f"{1:014d}", "text": "edited"}),
        text_event(5, at=AT + 4, type="unsend", unsend={"messageId": "4685" + f"{3:014d}"}),
        text_event(6, at=AT + 5, type="follow"),
        text_event(7, at=AT + 6, type="unfollow"),
        text_event(8, at=AT + 7, type="postback", postback={"data": "x"}),
        text_event(9, at=AT + 8, type="inventedLater"),
    ]
    for event in events[4:]:
        del event["message"]
    post_webhook(account, body_of(*events))
    receiving.drain()

    def everything():
        rows = [
            Message.objects.order_by("pk").values(),
            JournalEntry.objects.order_by("pk").values("verb", "data"),
            MediaFile.objects.order_by("pk").values(),
            SocialProfile.objects.values("follow_state", "follow_changed_at", "line_id"),
            Conversation.objects.values("state", "unread_count", "last_message_text", "last_message_at", "first_text"),
            ReplyToken.objects.order_by("pk").values("event", "state"),
            Withdrawn.objects.values(),
        ]
        return json.dumps([list(table) for table in rows], default=str)

    before = everything()
    assert "edited" in before
    assert "two" not in before

    for _again in range(2):
        assert replay.replay(WebhookEvent.objects.all()) == 8  # the unsent message has no content
        assert replay.replay(WebhookEvent.objects.all()) == 0  # they wait already
        receiving.drain()

    assert everything() == before
    assert set(states().values()) == {"processed"}


def test_a_notice_is_no_line_of_a_conversation_that_began_later(account, channel, post_webhook):
    follow = text_event(1, at=AT, type="follow")
    del follow["message"]
    post_webhook(account, body_of(follow))
    receiving.drain()
    post_webhook(account, body_of(text_event(2, at=AT + 1000, text="hello")))
    receiving.drain()

    for _again in range(2):
        replay.replay(WebhookEvent.objects.all())
        receiving.drain()

    assert [message.text for message in Message.objects.filter(direction__in=("in", "notice"))] == ["hello"]


def test_a_sign_from_a_beacon_that_said_nothing_new_says_nothing_later(account, channel, post_webhook):
    beacons = [text_event(number, at=AT + number, type="beacon", beacon={"hwid": "d41d8cd98f", "type": "stay"}) for number in (2, 3)]
    for beacon in beacons:
        del beacon["message"]
    post_webhook(account, body_of(text_event(1, at=AT, text="hello"), *beacons, text_event(4, at=AT + 4, text="here")))
    receiving.drain()

    for _again in range(2):
        replay.replay(WebhookEvent.objects.all())
        receiving.drain()

    assert Message.objects.filter(direction="notice").count() == 1


def test_replaying_goes_on_behind_a_worker_that_is_quicker(account, monkeypatch):
    monkeypatch.setattr(replay, "BATCH", 2)
    for _number in range(5):
        builders.webhook_event(account, state="dead")
    # Each batch is dead again before the next is looked for.
    monkeypatch.setattr(replay, "hint", lambda task: WebhookEvent.objects.filter(state="pending").update(state="dead"))

    assert replay.replay(WebhookEvent.objects.all()) == 5

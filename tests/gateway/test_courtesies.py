"""Read marks and the sign that somebody is writing: what the channel wishes, once, and never in anybody's way."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_app import courtesies, tasks
from channels_app.adapter import Outcome
from channels_app.line.adapter import LineAdapter
from channels_app.models import AccountState, AccountStatus, Channel, Courtesy, Lane, MessagingAccount, ReadMarks
from conversations import composer, profiles
from conversations.inbox import thread
from conversations.models import Conversation, SocialProfile
from tests.gateway.test_against_simulator import CHANNEL, credentials, customer, line_simulator, line_simulator_process, simulator

__all__ = ["customer", "line_simulator", "line_simulator_process", "simulator"]
pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def adapter(platform):
    return platform()


@pytest.fixture
def writes(customer_writes):
    """`writes("text")`: a message with the token by which it can be marked as read: `read <text>`."""
    state = {"number": 900}

    def write(text, **changes):
        state["number"] += 1
        message = {"type": "text", "id": str(state["number"]), "text": text, "markAsReadToken": f"read {text}"}
        customer_writes(text, message=message, **changes)

    return write


@pytest.fixture
def conversation(alice_has_it):
    return alice_has_it


def policy(**wishes):
    Channel.objects.update(**wishes)


def opened(conversation):
    conversation = Conversation.objects.get(pk=conversation.pk)
    thread.mark_read(conversation=conversation, up_to_message_id=conversation.messages.order_by("-id").first().pk)


def answered(conversation, alice, client_id="c1"):
    composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="はい", client_id=client_id)


def makes_due():
    Courtesy.objects.exclude(read_due_at=None).update(read_due_at="2026-01-01T00:00Z")


@pytest.mark.parametrize(
    ("wish", "after_opening", "after_answering"),
    [(ReadMarks.NEVER, [], []), (ReadMarks.OPENED, ["read two"], ["read two"]), (ReadMarks.ANSWERED, [], ["read two"])],
)
def test_messages_are_marked_as_read_when_the_channel_wishes(adapter, conversation, writes, alice, wish, after_opening, after_answering):
    policy(read_marks=wish)
    writes("one")
    writes("two")

    opened(conversation)
    courtesies.pay()
    assert adapter.read == after_opening

    answered(conversation, alice)
    courtesies.pay()
    assert adapter.read == after_answering


def test_only_what_the_agent_saw_is_marked(adapter, conversation, writes):
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    seen = Conversation.objects.get(pk=conversation.pk)
    up_to = seen.messages.order_by("-id").first().pk
    writes("two")

    thread.mark_read(conversation=seen, up_to_message_id=up_to)
    courtesies.pay()

    assert adapter.read == ["read one"]


def test_a_read_mark_never_goes_back(adapter, conversation, writes):
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    opened(conversation)
    lane, at = Courtesy.objects.get().lane_id, Courtesy.objects.get().read_up_to

    courtesies.owe_read_mark(lane_id=lane, token="an earlier one", occurred_at=at - MINUTE)
    courtesies.owe_read_mark(lane_id=lane, token="the same again", occurred_at=at)
    courtesies.pay()
    courtesies.pay()

    assert adapter.read == ["read one"]


def test_a_message_that_was_taken_back_is_not_marked(adapter, conversation, writes, event_comes):
    policy(read_marks=ReadMarks.OPENED)
    writes("oops")
    event_comes(type="unsend", unsend={"messageId": "901"})

    opened(conversation)
    courtesies.pay()

    assert adapter.read == []


@pytest.mark.parametrize("trouble", [Outcome.UNREACHABLE, Outcome.UNCLEAR, Outcome.RATE_LIMITED, Outcome.UNAUTHORIZED])
def test_a_read_mark_that_failed_is_tried_again_later(platform, conversation, writes, trouble):
    adapter = platform(trouble)
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    opened(conversation)

    assert (courtesies.pay(), courtesies.pay()) == (1, 0)
    makes_due()
    assert (courtesies.pay(), courtesies.pay()) == (1, 0)

    assert adapter.read == ["read one", "read one"]
    assert Courtesy.objects.get().read_due_at is None


def test_a_platform_that_stays_away_is_given_up(platform, conversation, writes):
    adapter = platform(*[Outcome.UNREACHABLE] * 20)
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    opened(conversation)
    for _ in range(10):
        courtesies.pay()
        makes_due()

    assert len(adapter.read) == courtesies.MAXIMUM_ATTEMPTS


def test_what_line_refuses_is_not_tried_again(platform, conversation, writes):
    platform(Outcome.REJECTED)
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    opened(conversation)
    courtesies.pay()

    assert Courtesy.objects.get().read_due_at is None


@pytest.mark.parametrize(("checked_hours_ago", "read"), [(1, []), (25, ["read one"])])
def test_an_account_that_reads_by_itself_is_not_asked_as_far_as_anybody_knows(adapter, conversation, writes, checked_hours_ago, read):
    checked_at = timezone.now() - datetime.timedelta(hours=checked_hours_ago)
    MessagingAccount.objects.update(verified_at=checked_at)
    AccountStatus.objects.create(account=MessagingAccount.objects.get(), chat_mode="bot")
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    opened(conversation)
    courtesies.pay()

    assert (adapter.read, Courtesy.objects.get().read_due_at) == (read, None)


@pytest.mark.parametrize("trouble", [{"state": AccountState.DISABLED}, {"paused_reason": "token", "paused_since": "2026-01-01T00:00Z"}])
def test_an_account_that_cannot_be_asked_keeps_its_read_marks(adapter, conversation, writes, trouble):
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    opened(conversation)
    MessagingAccount.objects.update(**trouble)
    assert courtesies.pay() == 0

    MessagingAccount.objects.update(state=AccountState.ACTIVE, paused_reason="", paused_since=None)
    courtesies.pay()

    assert adapter.read == ["read one"]


def test_a_chat_that_another_tool_holds_is_left_alone(adapter, conversation, writes, as_alice):
    policy(read_marks=ReadMarks.OPENED, typing_shown=True)
    writes("one")
    opened(conversation)
    says_writing(as_alice, conversation)
    Lane.objects.update(standby=True)

    assert (courtesies.pay(), adapter.read, adapter.typing) == (0, [], [])


def test_one_broken_account_does_not_keep_the_others(adapter, conversation, writes, monkeypatch):
    policy(read_marks=ReadMarks.OPENED)
    writes("one")
    opened(conversation)
    monkeypatch.setattr(adapter, "mark_read", lambda **asked: 1 / 0)

    assert courtesies.pay() == 1


# --- Somebody is writing ------------------------------------------------------------------------------


def says_writing(client, conversation):
    return client.post(reverse("inbox:writing", args=[conversation.public_id])).status_code


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice.user)
    return client


def test_the_customer_sees_that_the_agent_writes_at_most_every_quarter_of_a_minute(adapter, conversation, as_alice):
    policy(typing_shown=True)
    assert [says_writing(as_alice, conversation) for _ in range(3)] == [204, 204, 204]
    courtesies.pay()
    courtesies.pay()

    assert adapter.typing == [(conversation.profile.line_id, courtesies.TYPING_SECONDS)]

    Courtesy.objects.update(typing_quiet_until="2026-01-01T00:00Z")
    says_writing(as_alice, conversation)
    courtesies.pay()
    assert len(adapter.typing) == 2


def test_nobody_is_shown_anything_unless_the_channel_wishes(adapter, conversation, as_alice):
    says_writing(as_alice, conversation)
    courtesies.pay()

    assert (adapter.typing, Courtesy.objects.count()) == ([], 0)


def test_a_colleague_who_looks_on_does_not_write(adapter, conversation, client, bob):
    policy(typing_shown=True)
    client.force_login(bob.user)
    says_writing(client, conversation)
    courtesies.pay()

    assert adapter.typing == []


def test_a_group_is_shown_nothing(adapter, conversation, as_alice):
    policy(typing_shown=True)
    SocialProfile.objects.update(kind="group")
    says_writing(as_alice, conversation)
    courtesies.pay()

    assert adapter.typing == []


def test_the_sign_never_comes_after_the_answer(adapter, conversation, as_alice, alice):
    policy(typing_shown=True)
    says_writing(as_alice, conversation)
    answered(conversation, alice)
    courtesies.pay()

    assert adapter.typing == []


def test_a_sign_that_waited_too_long_is_dropped(adapter, conversation, as_alice):
    policy(typing_shown=True)
    says_writing(as_alice, conversation)
    Courtesy.objects.update(typing_since="2026-01-01T00:00Z")

    assert (courtesies.pay(), courtesies.pay(), adapter.typing) == (0, 0, [])
    assert Courtesy.objects.get().typing_since is None


def test_a_sign_that_failed_is_not_tried_again_and_disturbs_nothing(platform, conversation, as_alice, alice):
    adapter = platform(Outcome.RATE_LIMITED)
    policy(typing_shown=True)
    says_writing(as_alice, conversation)
    tasks.pay_courtesies()
    tasks.pay_courtesies()
    answered(conversation, alice)

    assert len(adapter.typing) == 1


def test_saying_so_costs_few_queries(adapter, conversation, as_alice, django_assert_max_num_queries):
    policy(typing_shown=True)
    says_writing(as_alice, conversation)

    with django_assert_max_num_queries(9):
        says_writing(as_alice, conversation)


def test_an_answer_asks_nothing_more_when_nothing_is_to_be_marked(adapter, conversation, writes, alice, django_assert_num_queries):
    from conversations import courtesies as wishes

    conversation = Conversation.objects.select_related("channel", "profile").get(pk=conversation.pk)
    with django_assert_num_queries(0):
        wishes.agent_answered(conversation)
        wishes.agent_opened(conversation, up_to_message_id=1)


# --- What LINE does -----------------------------------------------------------------------------------


def test_line_marks_and_shows_and_says_what_went_wrong(simulator, customer):
    line = LineAdapter()
    simulator.post(f"/sim/users/{customer}/send", {"channel_id": CHANNEL, "message": {"type": "text", "text": "hello"}})
    path = f"/sim/users/{customer}/chat"
    (bubble,) = simulator.get(path, channel_id=CHANNEL)["bubbles"]

    assert line.mark_read(credentials=credentials(), token=bubble["read_token"]) is Outcome.ACCEPTED
    assert line.show_typing(credentials=credentials(), recipient=customer, seconds=20) is Outcome.ACCEPTED
    chat = simulator.get(path, channel_id=CHANNEL)
    assert (chat["bubbles"][0]["read"], chat["loading_until"] > chat["now"]) == (True, True)

    assert line.mark_read(credentials=credentials(), token="wrong") is Outcome.REJECTED
    assert line.show_typing(credentials=credentials(), recipient=customer, seconds=7) is Outcome.REJECTED
    assert line.mark_read(credentials=credentials("wrong"), token="any") is Outcome.UNAUTHORIZED
    simulator.add_fault("loading", "rate_limit", times=1)
    assert line.show_typing(credentials=credentials(), recipient=customer, seconds=20) is Outcome.RATE_LIMITED
    simulator.add_fault("mark_as_read", "status", status=500, times=1)
    assert line.mark_read(credentials=credentials(), token="any") is Outcome.UNCLEAR


def test_a_dead_line_raises_nothing(settings):
    settings.LINE_API_BASE = "http://127.0.0.1:9"

    assert LineAdapter().show_typing(credentials=credentials(), recipient="U1", seconds=20) is Outcome.UNREACHABLE


# --- Profiles, day by day -----------------------------------------------------------------------------


def test_profiles_of_customers_who_are_served_are_asked_for_once_a_day(adapter, conversation):
    profiles.fetch_due()
    assert (profiles.refresh_old(), profiles.fetch_due()) == (0, 0)

    SocialProfile.objects.update(fetched_at="2026-01-01T00:00Z")
    assert (profiles.refresh_old(), profiles.refresh_old()) == (1, 0)
    assert profiles.fetch_due() == 1


def test_nobody_asks_for_profiles_of_customers_who_are_done(adapter, conversation, alice):
    from conversations import lifecycle

    profiles.fetch_due()
    SocialProfile.objects.update(fetched_at="2026-01-01T00:00Z")
    lifecycle.end_conversation(conversation_id=conversation.pk, actor=alice.user)
    Conversation.objects.update(state="closed", agent=None, closed_at="2026-01-01T00:00Z")

    assert profiles.refresh_old() == 0

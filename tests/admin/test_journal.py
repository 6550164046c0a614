"""The journal of webhook events: found by anything known of them, shown without tokens, and processed again."""

import datetime
import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from channels_app import receiving
from channels_app.models import WebhookEvent, Withdrawn
from conversations.models import Contact, Message
from tests import builders
from tests.channels_app.conftest import body_of, post_webhook, text_event

__all__ = ["post_webhook"]
pytestmark = pytest.mark.django_db
JOURNAL = "/admin/journal/"
AT = 1_750_000_000_000


@pytest.fixture
def listed(as_root):
    """The events that the journal shows for these filters, newest first."""

    def ask(**filters):
        answer = as_root.get(JOURNAL, filters)
        assert answer.status_code == 200
        return [line.event for line in answer.context["lines"]]

    return ask


def test_the_site_map_leads_to_the_newest_events_without_their_words(as_root, account, channel, post_webhook):
    post_webhook(account, body_of(text_event(1, text="private words"), text_event(2)))

    assert JOURNAL in as_root.get(reverse("admin:index")).content.decode()
    page = as_root.get(JOURNAL).content.decode()

    assert page.count('name="event"') == 2
    assert "private words" not in page
    assert account.name in page


def test_filters_by_account_state_type_and_time(listed, account):
    other = builders.account(name="Other")
    old = builders.webhook_event(account, "follow", seconds_ago=7200)
    dead = builders.webhook_event(account, state="dead", error="ValueError in parse (events.py:1)")
    elsewhere = builders.webhook_event(other, "join")
    hour_ago = timezone.localtime(timezone.now() - datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")

    assert listed() == [elsewhere, dead, old]
    assert listed(account=other.public_id) == [elsewhere]
    assert listed(state="dead") == [dead]
    assert listed(kind="follow") == [old]
    assert listed(since=hour_ago) == [elsewhere, dead]
    assert listed(until=hour_ago) == [old]
    assert listed(account=account.public_id, kind="join") == []


def test_search_by_name_user_id_event_id_and_message_id(listed, account, channel):
    misaki, ken = builders.profile(account, "みさき🐰"), builders.profile(account, "Ken")
    contact = Contact.objects.create(name="山田 健")
    ken.contact, ken.own_name = contact, "The tall one"
    ken.save()
    hers = builders.webhook_event(account, lane_key=f"user:{misaki.line_id}", line_message_id="4711")
    his = builders.webhook_event(account, "follow", lane_key=f"user:{ken.line_id}")
    builders.webhook_event(account, lane_key="user:Unobody")

    assert listed(q="みさき") == [hers]
    assert listed(q="tall one") == [his]
    assert listed(q=ken.line_id) == [his]
    assert listed(q=hers.event_id) == [hers]
    assert listed(q="4711") == [hers]
    assert listed(q="Unobody") != []
    assert listed(q="nobody of this name") == []
    assert listed(q="みさき", kind="follow") == []


def test_nonsense_in_the_address_shows_a_page_and_no_error(as_root, account):
    builders.webhook_event(account)

    for query in (
        "after=x_1",
        "after=2026-13-45_1",
        "since=yesterday",
        "account=nobody",
        "state=fine",
        "kind=%00",
        "q=%00",
        f"q={'x' * 300}",
    ):
        assert as_root.get(f"{JOURNAL}?{query}").status_code == 200


def test_pages_follow_each_other_by_key_and_nothing_is_counted(as_root, account, django_assert_max_num_queries):
    at = timezone.now()
    for number in range(120):
        builders.webhook_event(account, event_id=f"e{number:03d}", lane_key=f"user:U{number}", line_message_id=f"{number}")
    WebhookEvent.objects.update(received_at=at)  # events of one body came at the same moment
    seen, address = [], JOURNAL
    while address:
        with django_assert_max_num_queries(12) as queries:
            answer = as_root.get(address)
        assert not any("COUNT(" in query["sql"].upper() and "webhookevent" in query["sql"] for query in queries.captured_queries)
        seen += [line.event.event_id for line in answer.context["lines"]]
        address = answer.context["older_url"] and JOURNAL + answer.context["older_url"]
        builders.webhook_event(account)  # what comes meanwhile moves nothing

    assert seen == [f"e{number:03d}" for number in reversed(range(120))]


def test_one_event_shows_its_content_but_no_token(as_root, account, channel, post_webhook):
    event = text_event(1, text='say "token": "fine"') | {"replyToken": "free-answer"}
    event["message"] |= {"quoteToken": "quote-me", "markAsReadToken": "read-me"}
    post_webhook(
        account, body_of(event, {"type": "accountLink", "timestamp": 1750000000000, "link": {"result": "ok", "nonce": "one-time"}})
    )
    post_webhook(account, b'{"events": 7, "replyToken": "cut-off"}')
    receiving.drain()

    pages = [as_root.get(f"{JOURNAL}{event.pk}/") for event in WebhookEvent.objects.order_by("pk")]

    text = "".join(page.content.decode() for page in pages)
    assert not [token for token in ("free-answer", "quote-me", "read-me", "one-time", "cut-off") if token in text]
    assert "say " in text
    assert f"#message-{Message.objects.filter(direction='in').get().pk}" in text
    assert all("no-store" in page["Cache-Control"] for page in pages)


def test_one_event_says_why_its_content_is_gone(as_root, account):
    account.content_days = 3
    account.save()
    old = builders.webhook_event(account, payload=None)
    unsent = builders.webhook_event(account, payload=None, line_message_id="7")
    Withdrawn.objects.create(account=account, line_message_id="7", at=timezone.now())

    assert "keeps it for 3 days" in as_root.get(f"{JOURNAL}{old.pk}/").content.decode()
    assert "took the message back" in as_root.get(f"{JOURNAL}{unsent.pk}/").content.decode()


def test_content_that_was_taken_back_while_it_waits_is_shown_to_nobody(as_root, account):
    waiting = builders.webhook_event(account, state="pending", payload=b'{"words": "secret"}', line_message_id="7")
    assert "secret" in as_root.get(f"{JOURNAL}{waiting.pk}/").content.decode()

    Withdrawn.objects.create(account=account, line_message_id="7", at=timezone.now())

    page = as_root.get(f"{JOURNAL}{waiting.pk}/").content.decode()
    assert "secret" not in page
    assert "took the message back" in page


@pytest.fixture
def reason_of(as_root):
    """What list and page say of an event beside its state; they agree."""

    def ask(event):
        (line,) = [line for line in as_root.get(JOURNAL).context["lines"] if line.event == event]
        page = as_root.get(f"{JOURNAL}{event.pk}/")
        assert str(line.reason) in page.content.decode()
        return str(line.reason)

    return ask


@pytest.fixture
def message_and_unsend():
    """A message's event, and that of its unsend."""
    message, unsend = text_event(1, at=AT), text_event(2, at=AT + 1, type="unsend")
    unsend["unsend"] = {"messageId": message["message"]["id"]}
    del unsend["message"]
    return message, unsend


@pytest.mark.parametrize("handled_between", [True, False], ids=["message comes later", "message waits"])
def test_a_message_that_had_been_taken_back_says_so(reason_of, account, channel, post_webhook, message_and_unsend, handled_between):
    message, unsend = message_and_unsend
    unsend["source"] = {"type": "user", "userId": "U" + "2" * 32}  # another lane, whose turn is first
    post_webhook(account, body_of(unsend))
    if handled_between:
        receiving.drain()
    post_webhook(account, body_of(message))
    receiving.drain()

    event = WebhookEvent.objects.get(kind="message")
    assert (event.state, event.payload) == ("processed", None)
    assert reason_of(event) == "The customer had taken the message back."


def test_a_message_that_was_taken_back_later_says_so(reason_of, account, channel, post_webhook, message_and_unsend):
    post_webhook(account, body_of(*message_and_unsend))
    receiving.drain()

    assert reason_of(WebhookEvent.objects.get(kind="message")) == "The customer took the message back, so its content is deleted."
    assert reason_of(WebhookEvent.objects.get(kind="unsend")) == ""


def test_dead_letters_show_their_reason_and_those_that_were_chosen_are_processed_again(as_root, root, account, channel):
    made = [
        builders.webhook_event(account, payload=json.dumps(text_event(number)).encode(), state="dead", error="KeyError in read (x.py:1)")
        for number in (1, 2)
    ]
    here = f"{JOURNAL}?state=dead"
    assert as_root.get(here).content.decode().count("KeyError in read") == 2

    answer = as_root.post(f"{JOURNAL}again/", {"event": made[0].pk, "back": here}, follow=True)
    receiving.drain()

    assert "1 event is being processed again" in answer.content.decode()
    assert answer.redirect_chain == [(here, 302)]
    assert list(WebhookEvent.objects.order_by("pk").values_list("state", flat=True)) == ["processed", "dead"]
    assert Message.objects.count() == 1
    assert LogEntry.objects.get().user == root


def test_what_cannot_be_processed_again_is_told_and_left_alone(as_root, account, root):
    off = builders.account(name="Off", state="disabled")
    hopeless = [
        builders.webhook_event(account, state="pending"),
        builders.webhook_event(account, state="dead", payload=None),
        builders.webhook_event(account, "malformed_body", state="dead"),
        builders.webhook_event(off, state="not_processed"),
    ]
    before = list(WebhookEvent.objects.order_by("pk").values())

    answer = as_root.post(f"{JOURNAL}again/", {"event": [event.pk for event in hopeless], "back": "https://evil.example/"}, follow=True)

    assert "None of these events" in answer.content.decode()
    assert answer.redirect_chain == [(JOURNAL, 302)]
    assert list(WebhookEvent.objects.order_by("pk").values()) == before
    assert "Process again" not in as_root.get(f"{JOURNAL}{hopeless[0].pk}/").content.decode()
    assert as_root.post(f"{JOURNAL}again/", {"event": ["x", "-1", "9" * 40]}).status_code == 302


def test_supervisors_and_agents_see_nothing_of_it(client, sue, alice, account):
    event = builders.webhook_event(account)

    for person in (sue, alice.user):
        client.force_login(person)
        for address in (JOURNAL, f"{JOURNAL}{event.pk}/"):
            assert client.get(address).status_code in (302, 404)
        assert client.post(f"{JOURNAL}again/", {"event": event.pk}).status_code in (302, 404)


def test_our_own_types_have_words_and_no_customer(as_root, account):
    event = builders.webhook_event(account, "malformed_body", state="dead", lane_key="malformed:0123456789abcdef")

    listed, shown = (as_root.get(address).content.decode() for address in (JOURNAL, f"{JOURNAL}{event.pk}/"))

    assert '<option value="malformed_body">unreadable webhook</option>' in listed
    assert "unreadable webhook" in shown
    assert "malformed_body" not in shown
    assert "0123456789abcdef" not in shown

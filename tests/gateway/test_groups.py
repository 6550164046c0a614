"""Groups and rooms: a profile of their own, a name at each bubble, and handed to agents only where the channel says so."""

import re

import pytest
from django.urls import reverse

from channels_app.adapter import FetchedProfile
from conversations import assignment, composer, dispatch, lifecycle, profiles
from conversations.inbox import thread, worklist
from conversations.models import Contact, Conversation, Message, Offer, SocialProfile
from tests import builders
from tests.gateway.conftest import CUSTOMER

pytestmark = pytest.mark.django_db
GROUP = "C" + "9" * 32
KEN = "U" + "7" * 32


def in_group(member=CUSTOMER, kind="group"):
    source = {"type": kind, f"{kind}Id": GROUP}
    return source | {"userId": member} if member else source


@pytest.fixture
def routed(channel):
    """A channel whose groups are handed to agents."""
    channel.routes_groups = True
    channel.save()
    return channel


@pytest.mark.parametrize("kind", ["group", "room"])
def test_a_group_is_kept_and_listed_but_offered_to_nobody(customer_writes, alice, kind):
    customer_writes("hello all", "anybody?", source=in_group(kind=kind))
    profiles.fetch_due()
    dispatch.run()

    conversation = Conversation.objects.get()
    assert (conversation.aside, conversation.routed_at, conversation.profile.kind) == (True, None, kind)
    assert not Offer.objects.exists()
    tabs = {tab: [row.conversation for row in worklist.list_work(alice, tab).rows] for tab in worklist.TABS}
    assert tabs == {"mine": [], "open": [], "aside": [conversation], "closed": []}
    assert worklist.list_work(alice, "open").counts == {"mine": "0", "open": "0", "aside": "1"}


def test_a_channel_that_routes_groups_hands_them_out(customer_writes, alice, routed, platform):
    platform()
    customer_writes("hello all", source=in_group())
    profiles.fetch_due()
    dispatch.run()

    assert Offer.objects.get().agent == alice
    assert not Conversation.objects.get().aside


def test_groups_that_stood_aside_are_handed_out_once_the_channel_routes_them(customer_writes, alice, channel, platform):
    platform()
    customer_writes("hello all", source=in_group())
    profiles.fetch_due()
    channel.routes_groups = True
    channel.save()
    dispatch.run()

    assert Offer.objects.get().agent == alice


def test_an_agent_may_take_a_group_that_stands_aside_and_answers_into_the_group(customer_writes, alice, platform, channel):
    from channels_app import sending

    prepared = platform()
    customer_writes("hello all", source=in_group(), replyToken=None)
    conversation = assignment.pick_conversation(conversation_id=Conversation.objects.get().pk, actor=alice.user)
    composer.send_text(conversation_id=conversation.pk, actor=alice.user, text="Hello", client_id="1")
    sending.drain()

    assert f'"{GROUP}"' in prepared.sent[0]["body"]


def test_a_group_that_an_agent_took_comes_back_to_them_when_a_member_answers(customer_writes, alice, platform):
    platform()
    customer_writes("hello all", source=in_group())
    conversation = assignment.pick_conversation(conversation_id=Conversation.objects.get().pk, actor=alice.user)
    lifecycle.wait_for_customer(conversation_id=conversation.pk, actor=alice.user)
    customer_writes("here it is", source=in_group())
    dispatch.run()

    assert Offer.objects.get().agent == alice


def test_every_bubble_has_its_senders_name(customer_writes, platform, monkeypatch, alice, client, routed):
    prepared = platform()
    names = {CUSTOMER: "みさき", KEN: "Ken <b>"}

    def fetch_profile(*, credentials, kind, source_id, member_id=""):
        if kind == "user":
            return FetchedProfile(missing=True)
        return FetchedProfile(display_name=names[member_id] if member_id else "Tea lovers")

    monkeypatch.setattr(prepared, "fetch_profile", fetch_profile)
    customer_writes("one", source=in_group(CUSTOMER))
    customer_writes("two", source=in_group(KEN))
    customer_writes("three", "four", source=in_group(None))
    profiles.fetch_due()
    client.force_login(alice.user)

    page = client.get(f"/inbox/{Conversation.objects.get().public_id}/").content.decode()

    assert page.count('<span class="sender">みさき</span>') == 1
    assert page.count('<span class="sender">Ken &lt;b&gt;</span>') == 1
    assert page.count('<span class="sender">a member</span>') == 2
    assert len(re.findall(r'<span class="avatar[^"]*is-small"[^>]*>\?</span>', page)) == 2
    assert "Tea lovers" in page


def test_a_member_without_a_user_id_is_kept_without_a_sender(customer_writes):
    customer_writes("hello", source=in_group(None))

    assert Message.objects.get().sender_profile is None
    assert SocialProfile.objects.get().kind == "group"


def test_a_members_contact_never_shows_the_groups_talk(customer_writes, alice, bob, sue, client):
    """The same person in the group and alone: one profile, two conversations that know nothing of each other."""
    from conversations import lifecycle

    customer_writes("hello, it's me")
    own = Conversation.objects.get()
    contact = Contact.objects.create(name="Misaki")
    SocialProfile.objects.filter(line_id=CUSTOMER).update(contact=contact)
    customer_writes("the group's secret", source=in_group())
    group = Conversation.objects.exclude(pk=own.pk).get()
    lifecycle.force_close(conversation_id=group.pk, actor=sue)
    customer_writes("hello again")
    client.force_login(sue)

    own_page = client.get(f"/inbox/{own.public_id}/").content.decode()
    contact_page = client.get(f"/inbox/contacts/{contact.public_id}/").content.decode()

    assert "secret" not in own_page + contact_page
    assert group.public_id not in own_page + contact_page
    assert thread.earlier_conversations(sue, own, at_most=5) == []
    assert Message.objects.get(text="the group's secret").sender_profile == own.profile
    assert (own.profile.lane.key, group.profile.lane.key) == (f"user:{CUSTOMER}", f"group:{GROUP}")


def test_somebody_met_in_a_group_first_has_a_lane_once_they_write_themselves(customer_writes):
    customer_writes("in the group", source=in_group())
    assert SocialProfile.objects.get(kind="user").lane is None

    customer_writes("alone")

    assert SocialProfile.objects.get(kind="user").lane.key == f"user:{CUSTOMER}"


def test_leaving_a_group_says_that_nothing_arrives_and_joining_again_ends_it(customer_writes, event_comes, alice, client):
    customer_writes("hello", source=in_group())
    conversation = Conversation.objects.get()
    event_comes(type="leave", source=in_group(None))

    conversation = Conversation.objects.select_related("profile").get()
    assert not conversation.reaches_customer(conversation.last_message_at)

    event_comes(type="join", source=in_group(None))
    conversation = Conversation.objects.select_related("profile").get()
    assert conversation.reaches_customer(conversation.last_message_at)


def test_a_group_that_nobody_may_be_greeted_in(channel, customer_writes):
    channel.greeting_enabled, channel.greeting_text = True, "Welcome"
    channel.save()
    customer_writes("hello all", source=in_group())

    assert not Message.objects.filter(direction="out").exists()


def test_the_setting_is_in_the_channels_behaviours(client, root, channel):
    client.force_login(root)
    address = reverse("admin:channel_edit", args=[channel.public_id, "behaviors"])
    assert "Route group chats to agents" in client.get(address).content.decode()

    client.post(address, {"routes_groups": "on", "greeting_text": ""})

    channel.refresh_from_db()
    assert channel.routes_groups


def test_groups_aside_are_not_counted_as_waiting(customer_writes):
    from conversations.supervisor import queries

    customer_writes("hello all", source=in_group())

    assert (queries.figures().waiting, queries.figures().longest_wait_seconds) == (0, None)
    (row,), _more = queries.live_conversations()
    assert row.wait_seconds is None


def test_an_agent_without_a_queue_sees_an_empty_list(customer_writes):
    customer_writes("hello all", source=in_group())

    assert worklist.list_work(builders.agent("dora"), "aside").rows == []


def test_what_is_not_routed_is_reached_from_the_open_work(customer_writes, alice, client):
    client.force_login(alice.user)
    assert "Not routed" not in client.get("/inbox/?tab=open").content.decode()

    customer_writes("hello all", source=in_group())

    assert 'href="/inbox/?tab=aside"' in client.get("/inbox/?tab=open").content.decode()
    listed = client.get("/inbox/?tab=aside").content.decode()
    assert "hello all" in listed
    assert '<span class="tag">Group</span>' in listed


@pytest.mark.django_db(transaction=True)
def test_a_stranger_who_speaks_in_many_groups_at_once_is_one_profile(channel, account, post_webhook):
    from channels_app import receiving
    from tests.channels_app.conftest import body_of, text_event
    from tests.channels_app.test_concurrency import at_once

    places = [{"type": "group", "groupId": f"C{number}", "userId": KEN} for number in range(5)] + [{"type": "user", "userId": KEN}]
    post_webhook(account, body_of(*[text_event(number, text=f"at {number}", source=place) for number, place in enumerate(places)]))

    at_once(*[lambda: receiving.drain(seconds=30)] * 4)
    receiving.drain(seconds=30)

    assert Message.objects.filter(direction="in").count() == 6
    assert SocialProfile.objects.filter(kind="user").count() == 1
    assert {message.sender_profile.line_id for message in Message.objects.filter(direction="in")} == {KEN}

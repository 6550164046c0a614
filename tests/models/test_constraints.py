"""The promises that the tables keep, whatever the code above them does."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from channels_app.models import Bubble, Channel, Delivery, Lane, MessagingAccount, ReplyToken, WebhookEvent, Withdrawn
from conversations.models import Contact, Conversation, Offer, SocialProfile
from tests import builders
from workstreams.models import Agent, Ruleset


@pytest.fixture
def lane(account):
    return Lane.objects.create(account=account, key="user:U1")


def refused(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_two_live_accounts_cannot_share_a_channel_id(account):
    refused(lambda: builders.account(channel_id=account.channel_id))

    MessagingAccount.objects.update(state="removed")
    builders.account(channel_id=account.channel_id)


def test_drafts_without_a_channel_id_do_not_collide(db):
    builders.account(channel_id="", state="draft")
    builders.account(channel_id="", state="draft")


def test_an_account_serves_one_workstream_at_a_time_and_can_be_set_up_again(channel, account, workstream):
    refused(lambda: builders.channel(account=account, workstream=workstream))

    Channel.objects.update(removed_at=timezone.now())
    builders.channel(account=account, workstream=workstream)


def test_an_event_is_kept_once(account):
    def store():
        at = timezone.now()
        WebhookEvent.objects.create(
            account=account, event_id="01H", kind="message", lane_key="user:U1", payload=b"{}", occurred_at=at, received_at=at
        )

    store()
    refused(store)


def test_a_fresh_reply_token_has_its_value(account, lane):
    at = timezone.now()
    event = WebhookEvent.objects.create(account=account, event_id="1", kind="message", lane_key="user:U1", occurred_at=at, received_at=at)

    refused(lambda: ReplyToken.objects.create(event=event, lane=lane, usable_until=at, state="fresh", value=None))


def test_one_delivery_is_in_flight_per_lane(lane):
    def freeze(state="sending"):
        return Delivery.objects.create(lane=lane, method="push", retry_key=uuid.uuid4(), state=state, due_at=timezone.now())

    first = freeze()
    refused(lambda: freeze("retry"))

    Delivery.objects.filter(pk=first.pk).update(state="accepted")
    freeze()


def test_a_push_has_its_retry_key_before_it_goes(lane):
    refused(lambda: Delivery.objects.create(lane=lane, method="push", state="sending", due_at=timezone.now()))
    refused(lambda: Delivery.objects.create(lane=lane, method="reply", retry_key=uuid.uuid4(), due_at=timezone.now()))


def test_a_double_click_is_one_bubble(lane):
    Bubble.objects.create(lane=lane, sequence=1, content={}, client_id="a")

    refused(lambda: Bubble.objects.create(lane=lane, sequence=2, content={}, client_id="a"))
    refused(lambda: Bubble.objects.create(lane=lane, sequence=1, content={}, client_id="b"))


def test_a_message_is_withdrawn_once(account):
    Withdrawn.objects.create(account=account, line_message_id="1", at=timezone.now())

    refused(lambda: Withdrawn.objects.create(account=account, line_message_id="1", at=timezone.now()))


def test_a_profile_exists_once_per_account(account):
    SocialProfile.objects.create(account=account, line_id="U1")

    refused(lambda: SocialProfile.objects.create(account=account, line_id="U1"))
    SocialProfile.objects.create(account=account, kind="group", line_id="U1")


def test_a_group_has_no_contact(account):
    contact = Contact.objects.create(name="Koharu")

    refused(lambda: SocialProfile.objects.create(account=account, kind="group", line_id="C1", contact=contact))


def test_a_customer_has_one_live_conversation_per_channel(channel):
    first = builders.conversation(channel)
    refused(lambda: builders.conversation(channel, customer=first.profile))

    Conversation.objects.filter(pk=first.pk).update(state="closed", closed_at=timezone.now())
    builders.conversation(channel, customer=first.profile)


def test_state_agent_and_queue_agree(channel, alice):
    conversation = builders.conversation(channel)
    row = Conversation.objects.filter(pk=conversation.pk)

    refused(lambda: row.update(state="active"))
    refused(lambda: row.update(agent=alice))
    refused(lambda: row.update(queue=None))
    refused(lambda: row.update(state="closed"))
    row.update(state="active", agent=alice)


def test_units_are_held_by_somebody_and_never_by_a_closed_conversation(channel, alice):
    row = Conversation.objects.filter(pk=builders.conversation(channel).pk)

    refused(lambda: row.update(units_held=20))
    row.update(units_held=20, holder=alice)
    refused(lambda: row.update(state="closed", closed_at=timezone.now()))


def test_one_offer_is_outstanding_per_conversation(channel, alice, bob):
    conversation = builders.conversation(channel)
    at = timezone.now()

    def offer(agent):
        return Offer.objects.create(conversation=conversation, agent=agent, queue=conversation.queue, offered_at=at, deadline=at)

    first = offer(alice)
    refused(lambda: offer(bob))

    refused(lambda: Offer.objects.filter(pk=first.pk).update(state="declined"))
    Offer.objects.filter(pk=first.pk).update(state="declined", decided_at=at)
    offer(bob)


def test_a_message_is_kept_once_and_a_withdrawn_one_is_blank(channel):
    message = builders.inbound_message(builders.conversation(channel), "secret")
    row = type(message).objects.filter(pk=message.pk)

    refused(
        lambda: builders.inbound_message(message.conversation, "again").__class__.objects.create(
            conversation=message.conversation,
            account=message.account,
            direction="in",
            line_message_id=message.line_message_id,
            occurred_at=message.occurred_at,
        )
    )
    refused(lambda: row.update(withdrawn_at=timezone.now()))
    row.update(withdrawn_at=timezone.now(), text="", data={})


def test_units_in_use_are_never_negative(alice):
    refused(lambda: Agent.objects.filter(pk=alice.pk).update(units_used=-1))


def test_a_ruleset_version_exists_once(workstream):
    Ruleset.objects.create(workstream=workstream, version=1)

    refused(lambda: Ruleset.objects.create(workstream=workstream, version=1))


def test_secrets_lie_encrypted_and_read_back(account):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM channels_app_accountsecret")
        stored = [bytes(row[0]) for row in cursor.fetchall()]

    assert not any(builders.SECRET.encode() in value or builders.TOKEN.encode() in value for value in stored)
    assert account.secrets.get(kind="channel_secret").value == builders.SECRET

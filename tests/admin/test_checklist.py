"""The first admin page: what is done, what is to do, and where."""

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_app.models import MessagingAccount, WebhookEvent
from tests import builders


def done(client):
    return [item.done for item in client.get(reverse("admin:index")).context["checklist"]]


def test_it_names_the_six_things_in_their_order(as_root):
    items = as_root.get(reverse("admin:index")).context["checklist"]

    assert [str(item.title) for item in items] == [
        "LINE handle",
        "Messaging API channel",
        "Messaging account",
        "Workstream and Set up LINE",
        "Routing rules",
        "First message received",
    ]
    assert all(item.url for item in items)


def test_each_thing_is_done_once_it_is_there(as_root, workstream, everyone, account, root, request):
    MessagingAccount.objects.update(state="draft")
    assert done(as_root) == [False] * 6

    MessagingAccount.objects.update(verified_at=timezone.now())
    assert done(as_root) == [True, True, False, False, False, False]

    MessagingAccount.objects.update(state="active")
    assert done(as_root) == [True, True, True, False, False, False]

    request.getfixturevalue("channel")
    assert done(as_root) == [True, True, True, True, False, False]

    builders.publish(workstream, builders.route(everyone))
    assert done(as_root) == [True, True, True, True, True, False]

    at = timezone.now()
    WebhookEvent.objects.create(account=account, event_id="1", kind="message", lane_key="user:U1", occurred_at=at, received_at=at)
    assert done(as_root) == [True] * 6


@pytest.mark.parametrize("undone", ["removed channel", "empty version"])
def test_what_is_taken_away_is_to_do_again(as_root, workstream, everyone, channel, root, undone):
    builders.publish(workstream, builders.route(everyone))
    assert done(as_root)[3:5] == [True, True]

    if undone == "removed channel":
        type(channel).objects.update(removed_at=timezone.now())
        assert done(as_root)[3:5] == [False, False]
    else:
        builders.publish(workstream)
        assert done(as_root)[3:5] == [True, False]


def test_it_costs_the_same_for_many_accounts(as_root, workstream, django_assert_num_queries):
    def measured(count):
        for _number in range(count):
            builders.channel(account=builders.account(), workstream=workstream)
        # session, person, verified, active, channel, workstream, message, rules, warnings
        with django_assert_num_queries(9):
            as_root.get(reverse("admin:index"))

    measured(1)
    measured(10)

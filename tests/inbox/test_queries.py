"""Hot pages take as many queries with many conversations as with few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.inbox import thread
from conversations.models import Contact
from tests import builders
from tests.inbox.conftest import ended, held_by

FEW, MANY = 2, 9


def more_work(channel, account, returns, alice, customer, count):
    """Each time: conversations of Alice's, waiting ones, ended ones of others and earlier ones of the customer's."""
    for number in range(count):
        held_by(builders.conversation(channel, customer=builders.profile(account, f"A{number}"), queue=returns), alice)
        waiting = builders.conversation(channel, customer=builders.profile(account, f"B{number}"), queue=returns)
        builders.inbound_message(waiting)
        ended(channel, builders.profile(account, f"C{number}"), returns, agent=alice)
        builders.inbound_message(ended(channel, customer, returns, agent=alice))


def addresses(work):
    inbox = [reverse("inbox:inbox"), *(f"{reverse('inbox:worklist')}?tab={tab}" for tab in ("mine", "open", "closed"))]
    parts = [reverse(f"inbox:{part}", args=[work.public_id]) for part in ("conversation", "thread", "head", "foot", "customer", "earlier")]
    return [*inbox, *parts, reverse("inbox:offers"), reverse("inbox:status"), reverse("inbox:contacts")]


@pytest.mark.parametrize("is_known", [False, True])
def test_pages_take_as_many_queries_with_many_conversations(channel, account, returns, alice, customer, browser, is_known):
    if is_known:
        customer.contact = Contact.objects.create(name="みさき")
        customer.save()
    more_work(channel, account, returns, alice, customer, FEW)
    work = held_by(builders.conversation(channel, customer=customer, queue=returns), alice)
    builders.inbound_message(work)
    client = browser(alice)

    def counts():
        found = {}
        for address in addresses(work):
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found[address] = len(queries)
        return found

    few = counts()
    more_work(channel, account, returns, alice, customer, MANY - FEW)

    assert counts() == few


def test_earlier_conversations_are_found_before_they_are_read(channel, returns, alice, customer, django_assert_num_queries):
    earlier = [ended(channel, customer, returns, agent=alice) for _number in range(3)]
    work = held_by(builders.conversation(channel, customer=customer, queue=returns), alice)
    person, _customer = alice.user, work.profile

    with django_assert_num_queries(2) as queries:
        found = thread.earlier_conversations(person, work, at_most=2)

    assert found == earlier[:0:-1]
    keys, rows = (query["sql"] for query in queries.captured_queries)
    assert "last_message_text" not in keys
    assert "EXISTS" not in rows

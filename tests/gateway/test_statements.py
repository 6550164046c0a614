"""What an event and an answer cost the database: every statement more is paid by every message of every customer."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from channels_app import lanes, receiving, sending
from channels_app.models import Lane, ReplyToken
from conversations import composer
from tests.channels_app.conftest import body_of, text_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def statements_of(settings):
    """`statements_of(work)`, without those of transactions (a test's are others than a worker's) and with hints as rows."""
    settings.REDIS_URL = ""

    def count(work):
        with CaptureQueriesContext(connection) as captured:
            work()
        return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]

    return count


@pytest.mark.parametrize(("free", "number"), [(False, 16), (True, 18)])
def test_an_answer_takes_so_many_statements(alice_has_it, alice, platform, statements_of, free, number):
    """Seven to freeze it, one to try it, eight to record it; a token costs one more at either end."""
    platform()
    if not free:
        ReplyToken.objects.update(state="expired", value=None)
    composer.send_text(conversation_id=alice_has_it.pk, actor=alice.user, text="はい", client_id="click")

    statements = statements_of(sending.drain)

    looks = [sql for sql in statements if "INNER JOIN" in sql]  # what is due, before and after; for all lanes at once
    assert (len(looks), len(statements) - len(looks)) == (4, number), "\n".join(statements)


def test_many_pushes_take_few_statements_each(account, alice, platform, statements_of):
    adapter = platform()
    lanes_of = [Lane.objects.create(account=account, key=f"user:U{number:032x}") for number in range(61)]

    def drained(count):
        for _ in range(count):
            with transaction.atomic():
                lane = lanes.lock_lane(lanes_of.pop().pk)
                lanes.queue_bubble(lane=lane, content={"kind": "text", "text": "はい"}, client_id="click")
        return statements_of(sending.drain)

    # One goes first, to see whether the account is well; then twenty at once.
    some, more = drained(21), drained(40)

    assert len(adapter.sent) == 61
    assert (len(some), len(more)) == (30, 43), "\n".join(more)


def test_one_more_message_takes_so_many_statements(alice_has_it, account, post_webhook, statements_of):
    def drained(first, count):
        post_webhook(account, body_of(*(text_event(first + number) for number in range(count))))
        return statements_of(receiving.drain)

    one, two = drained(100, 1), drained(200, 2)

    assert len(two) - len(one) == 18, "\n".join(two)

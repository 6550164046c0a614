"""Threads that ask at the same moment are asked for together; none pays for a neighbour, and none sleeps for ever."""

import json
import random
import threading
import time

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction

from channels_app import storing
from channels_app import together as together_module
from channels_app.models import WebhookEvent
from channels_app.together import Together
from tests import builders
from tests.channels_app.conftest import body_of, text_event
from tests.channels_app.test_concurrency import at_once

PATIENCE = 60


@pytest.fixture(autouse=True)
def _a_slow_machine_is_no_hanging_connection(monkeypatch):
    monkeypatch.setattr(together_module, "QUICK_SECONDS", PATIENCE)


class Asked:
    """Records what it is asked for together. The first time it holds still until `open` is set; `refuse` decides what raises."""

    def __init__(self, refuse=lambda items: None):
        self.calls = []
        self.is_inside, self.open = threading.Event(), threading.Event()
        self._refuse = refuse

    def __call__(self, items):
        self.calls.append(list(items))
        if len(self.calls) == 1:
            self.is_inside.set()
            assert self.open.wait(PATIENCE)
        if error := self._refuse(items):
            raise error
        return [item * 10 for item in items]


def ask_together(together, asked, first, others):
    """`first` asks and is held inside; `others` come meanwhile, in this order. Returns each one's answer or error."""
    found = {}

    def run(item):
        try:
            found[item] = together(item)
        except (DatabaseError, InterfaceError, SystemExit) as error:
            found[item] = error

    threads = [threading.Thread(target=run, args=(item,)) for item in (first, *others)]
    threads[0].start()
    assert asked.is_inside.wait(PATIENCE)
    for number, thread in enumerate(threads[1:], start=1):
        thread.start()
        while len(together._waiting) < number:
            assert thread.is_alive()
    asked.open.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    return found


def test_who_comes_alone_is_asked_for_alone_and_at_once():
    asked = Asked()
    asked.open.set()
    together = Together(asked)

    assert [together(1), together(2)] == [10, 20]
    assert asked.calls == [[1], [2]]


def test_all_who_come_meanwhile_are_asked_for_in_one_go():
    asked = Asked()

    assert ask_together(Together(asked), asked, 1, [2, 3, 4]) == {1: 10, 2: 20, 3: 30, 4: 40}
    assert asked.calls == [[1], [2, 3, 4]]


def test_more_than_go_together_go_in_several():
    asked = Asked()

    assert ask_together(Together(asked, at_most=2), asked, 1, [2, 3, 4, 5, 6]) == {number: number * 10 for number in range(1, 7)}
    assert asked.calls == [[1], [2, 3], [4, 5], [6]]


def test_what_is_wrong_with_one_is_its_own():
    asked = Asked(lambda items: IntegrityError("three") if 3 in items else None)

    found = ask_together(Together(asked), asked, 1, [2, 3, 4])

    assert isinstance(found.pop(3), IntegrityError)
    assert found == {1: 10, 2: 20, 4: 40}
    assert asked.calls[:2] == [[1], [2, 3, 4]]
    assert sorted(asked.calls[2:]) == [[2], [3], [4]]


def test_trouble_of_the_database_that_takes_long_is_everybodys_and_isnt_waited_for_twice(monkeypatch):
    monkeypatch.setattr(together_module, "QUICK_SECONDS", -1)  # nothing is quick, and nobody gives up
    asked = Asked(lambda items: OperationalError("away") if len(items) > 1 else None)

    found = ask_together(Together(asked), asked, 1, [2, 3])

    assert found.pop(1) == 10
    assert [type(error) for error in found.values()] == [OperationalError] * 2
    assert asked.calls == [[1], [2, 3]]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_connection_that_breaks_costs_nobody_but_its_owner(error):
    asked = Asked(lambda items: error("terminated") if len(items) > 1 else None)

    found = ask_together(Together(asked), asked, 1, [2, 3, 4])

    assert isinstance(found.pop(2), error)  # which asked for those who waited
    assert found == {1: 10, 3: 30, 4: 40}


def test_who_is_kept_long_by_another_asks_alone(monkeypatch):
    monkeypatch.setattr(together_module, "QUICK_SECONDS", 0.05)
    asked = Asked()
    together, found = Together(asked), {}
    threads = [threading.Thread(target=lambda item=item: found.update({item: together(item)})) for item in (1, 2, 3)]
    threads[0].start()
    assert asked.is_inside.wait(PATIENCE)
    for thread in threads[1:]:
        thread.start()
    for thread in threads[1:]:
        thread.join(PATIENCE)
    assert found == {2: 20, 3: 30}

    asked.open.set()
    threads[0].join(PATIENCE)

    assert found == {1: 10, 2: 20, 3: 30}
    assert sorted(asked.calls) == [[1], [2], [3]]
    assert together(4) == 40


def test_whoever_gives_up_waiting_at_any_moment_everybody_is_answered(monkeypatch):
    monkeypatch.setattr(together_module, "QUICK_SECONDS", 0.002)

    def ask(items):
        time.sleep(random.uniform(0, 0.004))
        return [item * 10 for item in items]

    together, found = Together(ask, at_most=3), {}

    def come(start):
        for item in range(start, start + 100):
            found[item] = together(item)

    threads = [threading.Thread(target=come, args=(start,)) for start in range(0, 1200, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert found == {item: item * 10 for item in range(1200)}
    assert (together._waiting, together._is_asking) == ([], False)


def test_after_any_trouble_the_next_one_goes():
    asked = Asked(lambda items: OperationalError("away") if items == [1] else None)
    together = Together(asked)

    found = ask_together(together, asked, 1, [2])

    assert isinstance(found[1], OperationalError)
    assert found[2] == 20
    assert together(3) == 30


def test_a_thread_that_is_ended_while_it_asks_leaves_nobody_asleep():
    asked = Asked(lambda items: SystemExit() if items == [1] else None)
    together = Together(asked)

    found = ask_together(together, asked, 1, [2, 3])

    assert isinstance(found.pop(1), SystemExit)
    assert found == {2: 20, 3: 30}


@pytest.mark.django_db
def test_in_a_transaction_it_is_asked_alone_whoever_asks_meanwhile():
    asked = Asked()
    asked.open.set()
    together = Together(asked)
    together._is_asking = True

    with transaction.atomic():
        assert together(1) == 10


@pytest.fixture
def held_insert(monkeypatch):
    """Holds the first statement that stores events until it is let go; counts how many webhooks each one serves."""
    asked = Asked()

    def insert(of_webhooks):
        asked.calls.append(len(of_webhooks))
        if len(asked.calls) == 1:
            asked.is_inside.set()
            assert asked.open.wait(PATIENCE)
        return storing._insert_all(of_webhooks)

    together = Together(insert)
    monkeypatch.setattr(storing, "_insert", together)
    return together, asked


@pytest.fixture
def at_once_of():
    """Runs the first action until it is held, then the others beside it, then lets go."""

    def run(held, actions):
        together, asked = held

        def let_go_when_all_wait():
            assert asked.is_inside.wait(PATIENCE)
            while len(together._waiting) < len(actions) - 1:
                assert not asked.open.wait(0.01)
            asked.open.set()

        def after_the_first(action):
            assert asked.is_inside.wait(PATIENCE)
            action()

        others = [lambda action=action: after_the_first(action) for action in actions[1:]]
        at_once(actions[0], *others, let_go_when_all_wait)

    return run


@pytest.mark.django_db(transaction=True)
def test_webhooks_of_several_accounts_that_come_at_once_are_stored_in_one_statement(held_insert, at_once_of):
    accounts = [builders.account(name=f"Shop {number}") for number in range(3)]
    found = [storing.find_callback_account(account.callback_key) for account in accounts]
    bodies = [json.dumps(body_of(text_event(number), text_event(number + 10))).encode() for number in range(3)]

    at_once_of(held_insert, [lambda place=place: storing.store_webhook(found[place], bodies[place]) for place in (0, 1, 2, 1)])

    assert held_insert[1].calls == [1, 3]
    assert [WebhookEvent.objects.filter(account=account).count() for account in accounts] == [2, 2, 2]


@pytest.mark.django_db(transaction=True)
def test_a_webhook_whose_account_is_just_gone_costs_its_neighbours_nothing(held_insert, at_once_of):
    account, gone = builders.account(name="Here"), builders.account(name="Gone")
    found = [storing.find_callback_account(each.callback_key) for each in (account, gone)]
    gone.delete()
    bodies = [json.dumps(body_of(text_event(number))).encode() for number in range(4)]
    refused = []

    def store_at_the_gone_one():
        try:
            storing.store_webhook(found[1], bodies[2])
        except IntegrityError as error:
            refused.append(error)

    at_once_of(
        held_insert,
        [
            lambda: storing.store_webhook(found[0], bodies[0]),
            lambda: storing.store_webhook(found[0], bodies[1]),
            store_at_the_gone_one,
            lambda: storing.store_webhook(found[0], bodies[3]),
        ],
    )

    assert len(refused) == 1
    assert WebhookEvent.objects.filter(account=account).count() == 3

"""Webhooks that come twice, out of order, late, or once more after a failure."""

import time
from typing import Any

import pytest

from .receiver import WebhookReceiver
from .server import CHANNEL, SimulatorProcess

# Of 30 events, how many come twice with this seed when three in ten do.
TWICE = {5: 9}


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰", user_id="U" + "1" * 32)


def said(receiver: WebhookReceiver, count: int) -> list[str]:
    return [event["message"]["text"] for call in receiver.wait_for(count) for event in call.events]


def test_a_duplicate_is_the_same_event_again_without_the_mark_of_a_redelivery(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.post("/sim/delivery", {"duplicate": 1})
    line_simulator.send(misaki, "once")
    first, second = webhook_receiver.wait_for(2)

    assert first.body == second.body
    assert first.events[0]["deliveryContext"] == {"isRedelivery": False}


def test_an_overtaken_event_comes_after_the_next_of_its_chat(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.post("/sim/delivery", {"reorder": 1})
    held = line_simulator.send(misaki, "one")
    line_simulator.delete("/sim/delivery")
    line_simulator.send(misaki, "two")

    assert (held["webhook_status"], held["webhook_reason"]) == (None, "LATER")
    assert said(webhook_receiver, 2) == ["two", "one"]
    first, second = (call.events[0]["timestamp"] for call in webhook_receiver.arrived)
    assert first >= second


def test_an_event_that_nothing_overtakes_comes_all_the_same(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.post("/sim/delivery", {"reorder": 1})
    line_simulator.send(misaki, "alone")

    assert said(webhook_receiver, 1) == ["alone"]


def test_a_delayed_event_comes_later_and_the_chat_knows_how_it_went(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.post("/sim/delivery", {"delay_ms": 300})
    began = time.monotonic()
    sent = line_simulator.send(misaki, "late")
    webhook_receiver.wait_for(1)
    waited = time.monotonic() - began

    assert (sent["webhook_status"], sent["webhook_reason"]) == (None, "LATER")
    assert waited >= 0.3
    while (status := line_simulator.chat(misaki)[0].get("webhook_status")) is None and time.monotonic() < began + 30:
        time.sleep(0.02)
    assert status == 200


@pytest.mark.parametrize(("own", "rule", "calls"), [(False, True, 2), (True, False, 1), (True, None, 2), (False, None, 1)])
def test_redelivery_can_be_ruled_for_all_channels(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str, own: bool, rule: bool | None, calls: int
) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"redelivery": own})
    line_simulator.post("/sim/delivery", {"redeliver_on_failure": rule})
    webhook_receiver.first_answers = [500]
    line_simulator.send(misaki, "hello")
    webhook_receiver.wait_for(calls)
    time.sleep(0.4)

    assert [call.events[0]["deliveryContext"]["isRedelivery"] for call in webhook_receiver.arrived] == [False, True][:calls]


def arrivals(simulator: SimulatorProcess, receiver: WebhookReceiver, misaki: str, seed: int) -> list[int]:
    """How often each of 30 messages came, once as many came as these seeds let come."""
    receiver.arrived.clear()
    simulator.post("/sim/delivery", {"duplicate": 0.3, "seed": seed})
    for number in range(30):
        simulator.send(misaki, str(number))
    receiver.wait_for(30 + TWICE[seed])
    came = [event["message"]["text"] for call in receiver.arrived for event in call.events]
    return [came.count(str(number)) for number in range(30)]


def test_a_seed_repeats_which_events_are_concerned(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    first = arrivals(line_simulator, webhook_receiver, misaki, 5)
    again = arrivals(line_simulator, webhook_receiver, misaki, 5)

    assert set(first) == {1, 2}
    assert first == again


def test_a_reset_ends_it_and_forgets_what_was_still_to_go(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, misaki: str
) -> None:
    line_simulator.post("/sim/delivery", {"delay_ms": 1500})
    line_simulator.send(misaki, "never")
    line_simulator.reset()
    rules = line_simulator.get("/sim/delivery")
    line_simulator.add_channel(webhook_receiver.url)
    line_simulator.post("/sim/delivery", {"delay_ms": 1500})
    line_simulator.send(line_simulator.add_user(), "after the time of the first")

    assert said(webhook_receiver, 1) == ["after the time of the first"]
    assert (rules["duplicate"], rules["reorder"], rules["redeliver_on_failure"], rules["delay_ms"]) == (0, 0, None, 0)


@pytest.mark.parametrize(
    "rules",
    [{"duplicate": 2}, {"reorder": "often"}, {"redeliver_on_failure": 1}, {"delay_ms": -1}, {"delay_ms": 1.5}, {"seed": "x"}, {"twice": 1}],
)
def test_rules_that_make_no_sense_are_refused_in_words(line_simulator: SimulatorProcess, rules: dict[str, Any]) -> None:
    answer = line_simulator.call("POST", "/sim/delivery", rules)

    assert answer.status == 400
    assert answer.json["error"]

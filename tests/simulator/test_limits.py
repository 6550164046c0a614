"""Rate limits and the monthly quota: two 429s, and the endpoints that tell which."""

import pytest

from .receiver import WebhookReceiver
from .server import CHANNEL, Answer, SimulatorProcess

HELLO = [{"type": "text", "text": "Hello"}]
BY_RATE = {"message": "The API rate limit has been exceeded. Try again later."}
BY_QUOTA = {"message": "You have reached your monthly limit."}
TEST = "/v2/bot/channel/webhook/test"


@pytest.fixture
def misaki(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> str:
    line_simulator.add_channel(webhook_receiver.url)
    return line_simulator.add_user("みさき🐰")


def push(simulator: SimulatorProcess, to: str, **more: str) -> Answer:
    return simulator.line("POST", "/v2/bot/message/push", {"to": to, "messages": HELLO}, **more)


def test_a_channel_beyond_its_rate_gets_a_429_until_the_bucket_fills_again(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"rate_limits": {"push": [2, 3600]}})
    answers = [push(line_simulator, misaki) for _ in range(3)]
    line_simulator.advance_clock(1800)
    later = [push(line_simulator, misaki).status for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].json == BY_RATE
    assert later == [200, 429]


def test_a_limit_is_one_channels_and_one_endpoints_own(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    line_simulator.add_user(channel_id="1650000002", user_id=misaki)
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"rate_limits": {"push": [1, 3600]}})
    push(line_simulator, misaki)

    assert push(line_simulator, misaki).status == 429
    assert push(line_simulator, misaki, token="token-1650000002").status == 200
    assert line_simulator.line("GET", f"/v2/bot/profile/{misaki}").status == 200


def test_the_webhook_can_be_tested_sixty_times_an_hour(line_simulator: SimulatorProcess, misaki: str) -> None:
    statuses = [line_simulator.line("POST", TEST, {}).status for _ in range(61)]
    line_simulator.advance_clock(60)

    assert statuses == [200] * 60 + [429]
    assert line_simulator.line("POST", TEST, {}).status == 200


def test_a_used_up_quota_and_what_was_consumed_agree(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota": 2})
    answers = [push(line_simulator, misaki) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].json == BY_QUOTA
    assert line_simulator.line("GET", "/v2/bot/message/quota").json == {"type": "limited", "value": 2}
    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 2}


def test_what_a_narrowcast_reserves_is_refused_though_quota_seems_left(line_simulator: SimulatorProcess, misaki: str) -> None:
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota": 10, "quota_reserved": 10})
    refused = push(line_simulator, misaki)
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota_reserved": 0})

    assert (refused.status, refused.json) == (429, BY_QUOTA)
    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 0}
    assert push(line_simulator, misaki).status == 200


@pytest.mark.parametrize("limits", [{"push": 5}, {"push": [0, 1]}, {"push": [1]}, []])
def test_a_limit_that_makes_no_sense_is_refused(line_simulator: SimulatorProcess, misaki: str, limits: object) -> None:
    assert line_simulator.call("PATCH", f"/sim/channels/{CHANNEL}", {"rate_limits": limits}).status == 400

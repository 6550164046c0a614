"""The simulator is as strict as LINE: what our checks refuse it refuses too, and what they take it takes."""

import json
from typing import Any

import pytest

from channels_app.line.checks import problem_with_message
from channels_app.simulator import validation
from channels_app.simulator.checker import InvalidProperty
from tests.channels_app.test_line_checks import (
    PICTURE,
    REFUSED,
    TAKEN,
    TAKEN_IN_GROUPS,
    mention,
    picture,
    template,
    text,
    text_v2,
    with_taps,
    yes,
)

from .contract import broken_of
from .server import CHANNEL, Answer, SimulatorProcess

# LINE says nothing of white space alone, nor of how deep boxes may lie in each other.
OURS_ALONE = {"blank text", "boxes without end"}
MORE = {
    "another sticker of a package": {"type": "sticker", "packageId": "446", "stickerId": "1"},
    "a picture of a quick reply": with_taps({"type": "action", "imageUrl": "http://example.com/a.png", "action": yes()}),
    "a quick reply of another type": with_taps({"type": "button", "action": yes()}),
    "a default action without words": template("buttons", text="a", actions=[yes()], defaultAction={"type": "message"}),
    "a desktop address": with_taps(
        {"type": "action", "action": {"type": "uri", "label": "a", "uri": "https://a/", "altUri": {"desktop": "https://a/" + "a" * 991}}}
    ),
    "address without anything": with_taps({"type": "action", "action": {"type": "uri", "label": "a", "uri": "https:"}}),
}
IMAGEMAP = {"type": "imagemap", "baseUrl": PICTURE, "altText": "a", "baseSize": {"width": 1040, "height": 500}}
AREA = {"area": {"x": 0, "y": 0, "width": 100, "height": 100}}
# Our checks know none of these: the product doesn't send them.
NOT_OURS = {
    "21 emoji with dollars": text("$" * 21, emojis=[{"index": n, "productId": "1", "emojiId": "1"} for n in range(21)]),
    "coupon's tag of 31": {"type": "coupon", "couponId": "c", "deliveryTag": "a" * 31},
    "imagemap's alternative text of 1501": IMAGEMAP | {"actions": [], "altText": "a" * 1501},
    "imagemap's width": IMAGEMAP | {"actions": [], "baseSize": {"width": 1039, "height": 500}},
    "51 areas": IMAGEMAP | {"actions": [{"type": "message", "text": "a"} | AREA] * 51},
    "imagemap's address of 1001": IMAGEMAP | {"actions": [{"type": "uri", "linkUri": "https://a/" + "a" * 991} | AREA]},
    "imagemap's words of 401": IMAGEMAP | {"actions": [{"type": "message", "text": "a" * 401} | AREA]},
    "imagemap's clipboard of 1001": IMAGEMAP | {"actions": [{"type": "clipboard", "clipboardText": "a" * 1001} | AREA]},
    "imagemap's label of 101": IMAGEMAP | {"actions": [{"type": "message", "text": "a", "label": "a" * 101} | AREA]},
}
BEYOND: dict[str, dict[str, Any]] = {
    **{name: message for name, (message, _words) in REFUSED.items() if name not in OURS_ALONE},
    **MORE,
    **NOT_OURS,
}


@pytest.fixture
def misaki(line_simulator: SimulatorProcess) -> str:
    line_simulator.add_channel()
    return line_simulator.add_user()


@pytest.fixture
def family(line_simulator: SimulatorProcess, misaki: str) -> str:
    """A group with Misaki and the account in it."""
    return line_simulator.post("/sim/groups", {"channel_id": CHANNEL, "name": "Family", "member_ids": [misaki], "silent": True})["group_id"]


def push(simulator: SimulatorProcess, to: str, message: dict[str, Any]) -> Answer:
    return simulator.line("POST", "/v2/bot/message/push", {"to": to, "messages": [message]})


@pytest.mark.parametrize("message", MORE.values(), ids=MORE.keys())
def test_our_checks_refuse_these_too(message: dict[str, Any]) -> None:
    assert problem_with_message(message, to_group=False)


@pytest.mark.parametrize("message", BEYOND.values(), ids=BEYOND.keys())
def test_what_our_checks_refuse_the_simulator_refuses_too(line_simulator: SimulatorProcess, misaki: str, message: dict[str, Any]) -> None:
    answer = push(line_simulator, misaki, message)

    assert answer.status == 400, answer.text
    assert line_simulator.chat(misaki) == []


@pytest.mark.parametrize("message", TAKEN.values(), ids=TAKEN.keys())
def test_what_our_checks_take_the_simulator_takes(line_simulator: SimulatorProcess, misaki: str, message: dict[str, Any]) -> None:
    answer = push(line_simulator, misaki, message)

    assert answer.status == 200, answer.text


def test_mentions_are_for_groups_and_tracked_videos_for_customers(line_simulator: SimulatorProcess, misaki: str, family: str) -> None:
    tracked = picture(type="video", trackingId="a")

    for mentions in (*TAKEN_IN_GROUPS.values(), text_v2("{m}", m=mention())):
        assert [push(line_simulator, to, mentions).status for to in (family, misaki)] == [200, 400]
    assert [push(line_simulator, to, tracked).status for to in (family, misaki)] == [400, 200]


def test_the_simulator_finds_all_that_our_checks_find() -> None:
    """Whatever is broken in a right message so that our checks notice, the simulator notices; and nothing else."""
    noticed = 0
    for name, message in TAKEN.items():
        # The long ones have the same properties, more often.
        for broken in broken_of(message) if len(json.dumps(message)) < 600 else ():
            wrong = bool(problem_with_message(broken, to_group=False))
            noticed += wrong
            assert _refuses(broken) == wrong, f"{name}: {json.dumps(broken, ensure_ascii=False)[:300]}"
    assert noticed > 400


def _refuses(message: dict[str, Any]) -> bool:
    try:
        return bool(validation.check_send({"messages": [message]}, None, https_required=False))
    except InvalidProperty:
        return True

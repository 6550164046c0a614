"""Groups and rooms: who is in them, what LINE tells an account of them, and what it lets the account do there."""

from typing import Any

import pytest

from .line_openapi import answer_schema, errors_of
from .receiver import WebhookReceiver
from .server import CHANNEL, Answer, SimulatorProcess

HELLO = [{"type": "text", "text": "Hello"}]
REFUSED = "Access to this API is not available for your account"


@pytest.fixture
def people(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> list[str]:
    """Misaki, Daniel, and Somchai, who never had LINE on a phone."""
    line_simulator.add_channel(webhook_receiver.url)
    return [
        line_simulator.add_user("みさき🐰", language="ja"),
        line_simulator.add_user("Daniel W."),
        line_simulator.add_user("สมชาย", without_id=True),
    ]


def make_group(simulator: SimulatorProcess, members: list[str], **more: Any) -> str:
    data = {"channel_id": CHANNEL, "name": "Tea ceremony", "member_ids": members, "silent": True, **more}
    return simulator.post("/sim/groups", data)["group_id"]


def write(simulator: SimulatorProcess, user: str, group: str, text: str) -> dict[str, Any]:
    data = {"channel_id": CHANNEL, "group_id": group, "message": {"type": "text", "text": text}}
    return simulator.post(f"/sim/users/{user}/send", data)


def push(simulator: SimulatorProcess, to: str) -> Answer:
    return simulator.line("POST", "/v2/bot/message/push", {"to": to, "messages": HELLO})


def texts(simulator: SimulatorProcess, group: str) -> list[str]:
    return [bubble["text"] for bubble in simulator.get(f"/sim/groups/{group}/chat", channel_id=CHANNEL)["bubbles"]]


@pytest.mark.parametrize(("kind", "letter"), [("group", "C"), ("room", "R")])
def test_the_account_hears_of_its_coming_and_going_and_of_the_members(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, people: list[str], kind: str, letter: str
) -> None:
    misaki, daniel, somchai = people
    group = make_group(line_simulator, [misaki], kind=kind, silent=False)
    line_simulator.post(f"/sim/groups/{group}/join", {"member_ids": [daniel, somchai]})
    line_simulator.post(f"/sim/groups/{group}/leave", {"member_ids": [daniel]})
    line_simulator.post(f"/sim/groups/{group}/remove_account")
    line_simulator.post(f"/sim/groups/{group}/leave", {"member_ids": [somchai]})

    join, joined, left, leave = (call.events[0] for call in webhook_receiver.arrived)
    assert group[0] == letter
    assert [event["type"] for event in (join, joined, left, leave)] == ["join", "memberJoined", "memberLeft", "leave"]
    assert {tuple(event["source"].items()) for event in (join, joined, left, leave)} == {(("type", kind), (f"{kind}Id", group))}
    assert joined["joined"]["members"] == [{"type": "user", "userId": daniel}, {"type": "user"}]
    assert left["left"]["members"] == [{"type": "user", "userId": daniel}]
    assert [("replyToken" in event) for event in (join, joined, left, leave)] == [True, True, False, False]
    for call in webhook_receiver.arrived:
        assert errors_of("webhook", "CallbackRequest", call.json) == []


def test_a_member_writes_with_their_id_and_one_without_leaves_it_out(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, people: list[str]
) -> None:
    misaki, _, somchai = people
    group = make_group(line_simulator, people)
    write(line_simulator, misaki, group, "from Misaki")
    write(line_simulator, somchai, group, "from Somchai")

    first, second = (call.events[0] for call in webhook_receiver.arrived)
    assert first["source"] == {"type": "group", "groupId": group, "userId": misaki}
    assert second["source"] == {"type": "group", "groupId": group}
    assert texts(line_simulator, group) == ["from Misaki", "from Somchai"]
    assert line_simulator.chat(misaki) == []
    for call in webhook_receiver.arrived:
        assert errors_of("webhook", "CallbackRequest", call.json) == []


def test_who_is_not_in_the_group_cannot_write_there(line_simulator: SimulatorProcess, people: list[str]) -> None:
    misaki, daniel, _ = people
    group = make_group(line_simulator, [misaki])
    data = {"channel_id": CHANNEL, "group_id": group, "message": HELLO[0]}

    assert line_simulator.call("POST", f"/sim/users/{daniel}/send", data).status == 400
    line_simulator.post(f"/sim/groups/{group}/remove_account")
    assert line_simulator.call("POST", f"/sim/users/{misaki}/send", data).status == 400


def test_a_push_to_a_group_counts_every_member(line_simulator: SimulatorProcess, people: list[str]) -> None:
    group = make_group(line_simulator, people)
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"quota": 5})
    answers = [push(line_simulator, group) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 429]
    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 3}
    assert texts(line_simulator, group) == ["Hello"]


def test_a_reply_goes_to_the_group_and_is_free(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, people: list[str]
) -> None:
    group = make_group(line_simulator, people)
    write(line_simulator, people[0], group, "a question")
    token = webhook_receiver.last_event()["replyToken"]
    answer = line_simulator.line("POST", "/v2/bot/message/reply", {"replyToken": token, "messages": HELLO})

    assert answer.status == 200
    assert texts(line_simulator, group) == ["a question", "Hello"]
    assert line_simulator.chat(people[0]) == []
    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 0}


def test_a_push_to_a_group_that_the_account_left_is_refused(line_simulator: SimulatorProcess, people: list[str]) -> None:
    group = make_group(line_simulator, people)
    left = line_simulator.line("POST", f"/v2/bot/group/{group}/leave")

    assert (left.status, left.json) == (200, {})
    assert (push(line_simulator, group).status, push(line_simulator, "C" + "0" * 32).status) == (400, 400)
    assert push(line_simulator, group).json == {"message": "Failed to send messages"}
    assert line_simulator.line("GET", f"/v2/bot/group/{group}/summary").status == 404


@pytest.mark.parametrize("kind", ["group", "room"])
def test_an_account_can_look_up_a_group_and_its_members(line_simulator: SimulatorProcess, people: list[str], kind: str) -> None:
    misaki, daniel, somchai = people
    group = make_group(line_simulator, [misaki, somchai], kind=kind)
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"verified": True})
    base, named = f"/v2/bot/{kind}/{group}", f"/v2/bot/{kind}/{{{kind}Id}}"
    count = line_simulator.line("GET", f"{base}/members/count")
    ids = line_simulator.line("GET", f"{base}/members/ids")
    member = line_simulator.line("GET", f"{base}/member/{misaki}")

    assert count.json == {"count": 2}
    assert ids.json == {"memberIds": [misaki]}
    assert member.json == {"userId": misaki, "displayName": "みさき🐰", "pictureUrl": f"{line_simulator.url}/pictures/{misaki}.png"}
    assert [line_simulator.line("GET", f"{base}/member/{user}").status for user in (daniel, somchai)] == [404, 404]
    for path, answer in (("members/count", count), ("members/ids", ids), ("member/{userId}", member)):
        assert errors_of("messaging-api", answer_schema("messaging-api", "GET", f"{named}/{path}", 200), answer.json) == []


def test_only_a_group_has_a_summary(line_simulator: SimulatorProcess, people: list[str]) -> None:
    group, room = (
        make_group(line_simulator, people, picture_url="https://example.com/tea.png"),
        make_group(line_simulator, people, kind="room"),
    )
    answer = line_simulator.line("GET", f"/v2/bot/group/{group}/summary")

    assert answer.json == {"groupId": group, "groupName": "Tea ceremony", "pictureUrl": "https://example.com/tea.png"}
    assert errors_of("messaging-api", answer_schema("messaging-api", "GET", "/v2/bot/group/{groupId}/summary", 200), answer.json) == []
    assert line_simulator.line("GET", f"/v2/bot/room/{room}/summary").status == 404
    assert line_simulator.line("GET", f"/v2/bot/group/{room}/members/count").status == 404


def test_the_members_ids_are_for_verified_accounts_and_come_a_hundred_at_a_time(
    line_simulator: SimulatorProcess, people: list[str]
) -> None:
    many = [line_simulator.add_user(f"Guest {number}") for number in range(101)]
    group = make_group(line_simulator, many)
    path = f"/v2/bot/group/{group}/members/ids"
    refused = line_simulator.line("GET", path)
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"verified": True})
    first = line_simulator.line("GET", path).json
    second = line_simulator.line("GET", f"{path}?start={first['next']}").json

    assert (refused.status, refused.json) == (403, {"message": REFUSED})
    assert first["memberIds"] + second["memberIds"] == many
    assert "next" not in second


def test_another_accounts_group_is_not_found(line_simulator: SimulatorProcess, people: list[str]) -> None:
    line_simulator.add_channel(channel_id="1650000002")
    group = make_group(line_simulator, people)

    assert line_simulator.line("GET", f"/v2/bot/group/{group}/summary", token="token-1650000002").status == 404


def test_an_edit_has_the_old_id_a_new_quote_token_and_no_read_token(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, people: list[str]
) -> None:
    misaki, daniel, _ = people
    group = make_group(line_simulator, people)
    sent = write(line_simulator, misaki, group, "at noon")
    before = webhook_receiver.last_event()
    change = {"channel_id": CHANNEL, "group_id": group, "message_id": sent["message_id"], "text": "at one"}
    line_simulator.post(f"/sim/users/{misaki}/edit", change)

    event = webhook_receiver.last_event()
    assert event["type"] == "messageEdited"
    assert event["message"].keys() == {"type", "id", "text", "quoteToken"}
    assert (event["message"]["id"], event["message"]["text"]) == (sent["message_id"], "at one")
    assert event["message"]["quoteToken"] != before["message"]["quoteToken"]
    assert event["replyToken"] != before["replyToken"]
    assert texts(line_simulator, group) == ["at one"]
    quoting = [{"type": "text", "text": "noted", "quoteToken": before["message"]["quoteToken"]}]
    assert line_simulator.line("POST", "/v2/bot/message/push", {"to": group, "messages": quoting}).status == 200
    assert line_simulator.call("POST", f"/sim/users/{daniel}/edit", change).status == 400
    assert line_simulator.call("POST", f"/sim/users/{misaki}/edit", {**change, "group_id": None}).status == 400


def test_a_member_takes_back_what_they_wrote_and_nobody_else_does(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver, people: list[str]
) -> None:
    misaki, daniel, _ = people
    group = make_group(line_simulator, people)
    data = {"channel_id": CHANNEL, "group_id": group, "message_id": write(line_simulator, misaki, group, "oops")["message_id"]}

    assert line_simulator.call("POST", f"/sim/users/{daniel}/unsend", data).status == 400
    line_simulator.post(f"/sim/users/{misaki}/unsend", data)
    event = webhook_receiver.last_event()
    assert (event["type"], event["source"]) == ("unsend", {"type": "group", "groupId": group, "userId": misaki})


def test_groups_are_listed_with_their_members(line_simulator: SimulatorProcess, people: list[str]) -> None:
    group = make_group(line_simulator, people[:1])
    write(line_simulator, people[0], group, "hello all")
    (row,) = line_simulator.get("/sim/groups", channel_id=CHANNEL)["groups"]

    assert (row["group_id"], row["name"], row["kind"], row["last_text"]) == (group, "Tea ceremony", "group", "hello all")
    assert [member["display_name"] for member in row["members"]] == ["みさき🐰"]


@pytest.mark.parametrize("wrong", [{"kind": "club"}, {"name": ""}, {"member_ids": "all"}, {"member_ids": ["U1"]}])
def test_a_group_that_makes_no_sense_is_refused(line_simulator: SimulatorProcess, people: list[str], wrong: dict[str, Any]) -> None:
    data = {"channel_id": CHANNEL, "name": "Tea", "member_ids": people, **wrong}

    assert line_simulator.call("POST", "/sim/groups", data).status in (400, 404)
    assert line_simulator.get("/sim/groups")["groups"] == []


def test_a_groups_chat_can_be_moved_into_the_past(line_simulator: SimulatorProcess, people: list[str]) -> None:
    group = make_group(line_simulator, people)
    write(line_simulator, people[0], group, "Hello")
    before = line_simulator.get(f"/sim/groups/{group}/chat", channel_id=CHANNEL)["bubbles"][0]["at"]

    line_simulator.post(f"/sim/groups/{group}/age", {"channel_id": CHANNEL, "seconds": 3600})

    after = line_simulator.get(f"/sim/groups/{group}/chat", channel_id=CHANNEL)["bubbles"][0]["at"]
    assert before - after > 3_590_000

"""Bot info, profiles, token checks and webhook settings."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from .receiver import WebhookReceiver
from .server import CHANNEL, TOKEN, Answer, SimulatorProcess, free_port, running_simulator

ENDPOINT = "/v2/bot/channel/webhook/endpoint"
TEST = "/v2/bot/channel/webhook/test"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def verify(simulator: SimulatorProcess, token: str) -> Answer:
    return simulator.call("POST", "/v2/oauth/verify", body=urlencode({"access_token": token}).encode(), headers=FORM)


def test_bot_info_names_the_bot(line_simulator: SimulatorProcess) -> None:
    made = line_simulator.add_channel(display_name="Koharu Support", picture_url="https://example.com/koharu.png")
    info = line_simulator.line("GET", "/v2/bot/info").json

    assert info == {
        "userId": made["bot_user_id"],
        "basicId": made["basic_id"],
        "displayName": "Koharu Support",
        "pictureUrl": "https://example.com/koharu.png",
        "chatMode": "chat",
        "markAsReadMode": "manual",
    }


def test_bot_mode_reads_everything_itself(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel(chat_mode="bot")
    info = line_simulator.line("GET", "/v2/bot/info").json

    assert (info["chatMode"], info["markAsReadMode"]) == ("bot", "auto")


def test_a_profile_leaves_out_what_it_has_not(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    plain = line_simulator.add_user("小安", picture_url="")
    full = line_simulator.add_user("みさき🐰", language="ja", status_message="元気")

    assert line_simulator.line("GET", f"/v2/bot/profile/{plain}").json == {"userId": plain, "displayName": "小安"}
    assert line_simulator.line("GET", f"/v2/bot/profile/{full}").json == {
        "userId": full,
        "displayName": "みさき🐰",
        "language": "ja",
        "pictureUrl": f"{line_simulator.url}/pictures/{full}.png",
        "statusMessage": "元気",
    }


def test_the_profile_of_a_blocker_or_a_stranger_is_not_found(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    line_simulator.add_channel(channel_id="1650000002")
    blocker, elsewhere = line_simulator.add_user(), line_simulator.add_user(channel_id="1650000002")
    line_simulator.post(f"/sim/users/{blocker}/block", {"channel_id": CHANNEL})

    for user in (blocker, elsewhere, "U" + "0" * 32):
        answer = line_simulator.line("GET", f"/v2/bot/profile/{user}")
        assert (answer.status, answer.json) == (404, {"message": "Not found"})


def test_verifying_a_token_names_its_channel(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    line_simulator.add_channel(channel_id="1650000002")

    for channel_id in (CHANNEL, "1650000002"):
        answer = verify(line_simulator, f"token-{channel_id}")
        assert (answer.status, answer.json["client_id"]) == (200, channel_id)
        assert answer.json["expires_in"] > 0


def test_a_wrong_token_cannot_be_verified(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    answer = verify(line_simulator, "wrong")

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert answer.headers["x-line-request-id"]


def test_a_short_lived_token_ends(line_simulator: SimulatorProcess) -> None:
    now = line_simulator.get("/sim/clock")["now"]
    line_simulator.add_channel(token_kind="short-lived", token_expires_at=now + 60_000)
    before = verify(line_simulator, TOKEN)
    line_simulator.advance_clock(61)

    assert 0 < before.json["expires_in"] <= 60
    assert verify(line_simulator, TOKEN).status == 400
    assert line_simulator.line("GET", "/v2/bot/info").status == 401


def test_a_v21_token_is_verified_at_its_own_endpoint(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel(token_kind="v2.1")

    assert verify(line_simulator, TOKEN).status == 400
    assert line_simulator.get("/oauth2/v2.1/verify", access_token=TOKEN)["client_id"] == CHANNEL


def test_a_reissued_token_kills_the_old_one(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    line_simulator.patch(f"/sim/channels/{CHANNEL}", {"access_token": "a-new-one"})

    assert line_simulator.line("GET", "/v2/bot/info", token=TOKEN).status == 401
    assert line_simulator.line("GET", "/v2/bot/info", token="a-new-one").status == 200


def test_the_webhook_url_can_be_set_and_read(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()
    before = line_simulator.line("GET", ENDPOINT)
    changed = line_simulator.line("PUT", ENDPOINT, {"endpoint": "https://example.com/webhook"})

    assert (before.status, changed.status, changed.json) == (404, 200, {})
    assert line_simulator.line("GET", ENDPOINT).json == {"endpoint": "https://example.com/webhook", "active": True}


@pytest.mark.parametrize(
    "url", ["http://example.com/", "example.com", "", "https://example.com/" + "a" * 500, 7, None, "https://exa mple.com/"]
)
def test_a_webhook_url_that_line_would_not_take_is_refused(line_simulator: SimulatorProcess, url: Any) -> None:
    line_simulator.add_channel()

    assert line_simulator.line("PUT", ENDPOINT, {"endpoint": url}).status == 400
    assert line_simulator.line("GET", ENDPOINT).status == 404


def test_testing_the_webhook_really_sends_a_signed_body_without_events(
    line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver
) -> None:
    made = line_simulator.add_channel(webhook_receiver.url)
    result = line_simulator.line("POST", TEST, {}).json

    assert webhook_receiver.arrived[0].json == {"destination": made["bot_user_id"], "events": []}
    assert webhook_receiver.arrived[0].headers["x-line-signature"]
    assert (result["success"], result["statusCode"], result["reason"]) == (True, 200, "OK")


def test_testing_the_webhook_says_why_it_failed(line_simulator: SimulatorProcess, webhook_receiver: WebhookReceiver) -> None:
    line_simulator.add_channel(webhook_receiver.url)
    webhook_receiver.status = 404
    refused = line_simulator.line("POST", TEST, {}).json
    absent = line_simulator.line("POST", TEST, {"endpoint": f"http://127.0.0.1:{free_port()}/"}).json
    webhook_receiver.delay_seconds = 20
    with running_simulator(webhook_timeout=0.3) as impatient:
        impatient.add_channel(webhook_receiver.url)
        slow = impatient.line("POST", TEST, {}).json

    assert (refused["success"], refused["statusCode"], refused["reason"]) == (False, 404, "ERROR_STATUS_CODE")
    assert (absent["success"], absent["statusCode"], absent["reason"]) == (False, 0, "COULD_NOT_CONNECT")
    assert (slow["success"], slow["statusCode"], slow["reason"]) == (False, 0, "REQUEST_TIMEOUT")


def test_https_can_be_required_everywhere() -> None:
    picture = {"type": "image", "originalContentUrl": "http://127.0.0.1/a.jpg", "previewImageUrl": "http://127.0.0.1/b.jpg"}
    body = {"messages": [picture]}
    with running_simulator(https_required=True) as strict:
        strict.add_channel()
        endpoint = strict.line("PUT", ENDPOINT, {"endpoint": "http://127.0.0.1:9/webhook"})
        message = strict.line("POST", "/v2/bot/message/validate/push", body)

    assert endpoint.status == 400
    assert message.status == 400
    assert [detail["property"] for detail in message.json["details"]] == ["messages[0].originalContentUrl", "messages[0].previewImageUrl"]


def test_plain_http_to_this_machine_is_taken_otherwise(line_simulator: SimulatorProcess) -> None:
    line_simulator.add_channel()

    assert line_simulator.line("PUT", ENDPOINT, {"endpoint": "http://127.0.0.1:9/webhook"}).status == 200


def test_a_channel_is_made_once_and_changed_afterwards(line_simulator: SimulatorProcess) -> None:
    first = line_simulator.add_channel(display_name="Koharu Support")
    second = line_simulator.post("/sim/channels", {"channel_id": CHANNEL, "webhook_url": "http://127.0.0.1:9/"})

    assert second == {**first, "webhook_url": "http://127.0.0.1:9/"}
    assert len(line_simulator.get("/sim/channels")["channels"]) == 1
    assert TOKEN not in json.dumps(second)


def test_a_bot_keeps_its_user_id_across_a_reset(line_simulator: SimulatorProcess) -> None:
    first = line_simulator.add_channel()["bot_user_id"]
    line_simulator.reset()

    assert line_simulator.add_channel()["bot_user_id"] == first

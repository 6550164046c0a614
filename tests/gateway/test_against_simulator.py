"""LINE's client against the simulator: every answer that LINE documents leads where the table of outcomes says."""

import ssl
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from channels_app.adapter import Credentials, Outcome, ProfileUnavailable
from channels_app.line.adapter import LineAdapter
from tests.simulator.fixtures import line_simulator, line_simulator_process, webhook_receiver

__all__ = ["line_simulator", "line_simulator_process", "webhook_receiver"]
CHANNEL = "1650000001"


@pytest.fixture
def simulator(line_simulator, settings):
    settings.LINE_API_BASE = line_simulator.url
    line_simulator.post("/sim/channels", {"channel_id": CHANNEL, "channel_secret": "s" * 32, "access_token": "good-token"})
    return line_simulator


@pytest.fixture
def customer(simulator):
    return simulator.post("/sim/users", {"display_name": "みさき🐰", "language": "ja", "channel_id": CHANNEL, "silent": True})["user_id"]


@pytest.fixture
def seen_bytes():
    return []


@pytest.fixture
def breaking_off(seen_bytes):
    """A server that takes everything, says 200, promises a body and hangs up; returns its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen_bytes.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"sent')
            self.close_connection = True

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def credentials(token="good-token", channel_id=CHANNEL):
    return Credentials(account_id=1, channel_id=channel_id, access_token=token)


def push(to, *texts, key=None, token="good-token"):
    adapter = LineAdapter()
    body = adapter.freeze(contents=[{"kind": "text", "text": text} for text in texts], recipient=to, push=True)
    return adapter.send(credentials=credentials(token), body=body, reply_token="", retry_key=key or str(uuid.uuid4()))


def reply(reply_token, text="はい"):
    adapter = LineAdapter()
    body = adapter.freeze(contents=[{"kind": "text", "text": text}], recipient="", push=False)
    return adapter.send(credentials=credentials(), body=body, reply_token=reply_token, retry_key="")


def shown(simulator, customer):
    return [bubble.get("text") for bubble in simulator.get(f"/sim/users/{customer}/chat", channel_id=CHANNEL)["bubbles"]]


def test_a_push_is_accepted_with_the_ids_of_its_messages(simulator, customer):
    result = push(customer, "one", "二🫖")

    assert (result.outcome, result.status) == (Outcome.ACCEPTED, 200)
    assert len(result.message_ids) == 2
    assert result.request_id
    assert shown(simulator, customer) == ["one", "二🫖"]


def test_a_used_retry_key_is_success_with_the_first_ids_and_shows_nothing_twice(simulator, customer):
    key = str(uuid.uuid4())
    first, second = push(customer, "one", key=key), push(customer, "one", key=key)

    assert (second.outcome, second.status) == (Outcome.ACCEPTED, 409)
    assert list(second.message_ids) == list(first.message_ids)
    assert second.request_id == first.request_id
    assert shown(simulator, customer) == ["one"]


def test_a_push_whose_answer_is_lost_is_sent_once(simulator, customer, monkeypatch):
    from channels_app.line import client

    simulator.post("/sim/faults", {"endpoint": "push", "kind": "accept_then_timeout", "times": 1})
    key = str(uuid.uuid4())

    with monkeypatch.context() as patch:
        patch.setattr(client, "READ_SECONDS", 1)
        assert push(customer, "one", key=key).outcome is Outcome.UNCLEAR
    assert push(customer, "one", key=key).outcome is Outcome.ACCEPTED
    assert shown(simulator, customer) == ["one"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "status", "status": 500}, Outcome.UNCLEAR),
        ({"kind": "status", "status": 503, "body": "<html>busy</html>"}, Outcome.UNCLEAR),
        ({"kind": "reset"}, Outcome.UNCLEAR),
        (
            {"kind": "status", "status": 429, "body": {"message": "The API rate limit has been exceeded. Try again later."}},
            Outcome.RATE_LIMITED,
        ),
        ({"kind": "status", "status": 429, "body": {"message": "You have reached your monthly limit."}}, Outcome.QUOTA_REACHED),
        (
            {"kind": "status", "status": 403, "body": {"message": "Access to this API is not available for your account"}},
            Outcome.UNAUTHORIZED,
        ),
        ({"kind": "status", "status": 400, "body": {"message": "Failed to send messages"}}, Outcome.REJECTED),
        ({"kind": "status", "status": 200, "body": "not json"}, Outcome.ACCEPTED),
    ],
)
def test_each_kind_of_answer_has_its_outcome(simulator, customer, fault, outcome):
    simulator.post("/sim/faults", {"endpoint": "push", "times": 1} | fault)

    assert push(customer, "one").outcome is outcome


UNCLEAR_429 = {"kind": "status", "status": 429, "body": "<html><title>Too Many Requests</title></html>", "times": 1}


@pytest.mark.parametrize(("quota", "outcome"), [(1, Outcome.QUOTA_REACHED), (2, Outcome.RATE_LIMITED), (None, Outcome.RATE_LIMITED)])
def test_a_429_without_lines_words_is_told_by_the_quotas_figures(simulator, customer, quota, outcome):
    simulator.call("PATCH", f"/sim/channels/{CHANNEL}", {"quota": quota})
    push(customer, "counted")
    simulator.post("/sim/faults", {"endpoint": "push"} | UNCLEAR_429)

    assert push(customer, "one").outcome is outcome


def test_a_429_without_words_or_figures_is_the_rate_for_that_passes_by_itself(simulator, customer):
    simulator.post("/sim/faults", {"endpoint": "push"} | UNCLEAR_429)
    simulator.post("/sim/faults", {"endpoint": "consumption", "kind": "status", "status": 500, "times": 1})

    assert push(customer, "one").outcome is Outcome.RATE_LIMITED


def test_a_reply_knows_no_quota(simulator):
    limit = {"message": "You have reached your monthly limit."}
    simulator.post("/sim/faults", {"endpoint": "reply", "kind": "status", "status": 429, "body": limit, "times": 1})

    assert reply("any token").outcome is Outcome.RATE_LIMITED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html><head><style>b {color: red}</style></head><b>Bad\n gateway</b></html>", "Bad gateway"),
        ("", "HTTP 404"),
        ("[1]", "[1]"),
        ({"message": "No", "details": [{"property": "to", "message": "May not be empty"}, 7]}, "No; to: May not be empty"),
    ],
)
def test_an_error_is_told_in_words_whatever_its_body_is(simulator, customer, body, words):
    simulator.post("/sim/faults", {"endpoint": "push", "kind": "status", "status": 404, "body": body, "times": 1})

    assert push(customer, "one").error == words


def test_an_answer_that_breaks_off_after_its_200_is_accepted(customer, settings, breaking_off):
    settings.LINE_API_BASE = breaking_off

    assert (push(customer, "one").outcome, push(customer, "one").status) == (Outcome.ACCEPTED, 200)
    assert LineAdapter().check_account(credentials()).problem == "unreachable"


def test_the_stored_body_goes_out_byte_for_byte(settings, breaking_off, seen_bytes):
    settings.LINE_API_BASE = breaking_off
    body = LineAdapter().freeze(contents=[{"kind": "text", "text": '二🫖 "{a}" \\ \x00\ud800'}], recipient="U1", push=True)

    LineAdapter().send(credentials=credentials(), body=body, reply_token="", retry_key=str(uuid.uuid4()))
    LineAdapter().send(credentials=credentials(), body=body, reply_token='quote"d', retry_key="")

    assert seen_bytes[0] == body.encode()
    assert seen_bytes[1] == b'{"replyToken":"quote\\"d",' + body.encode()[1:]


def test_a_wrong_token_is_unauthorized_with_lines_words(simulator, customer):
    result = push(customer, "one", token="bad")

    assert (result.outcome, result.status) == (Outcome.UNAUTHORIZED, 401)
    assert "Authentication failed" in result.error


def test_an_unknown_customer_is_rejected_with_lines_words(simulator):
    result = push("U" + "f" * 32, "one")

    assert (result.outcome, result.error) == (Outcome.REJECTED, "Failed to send messages")


def test_a_closed_port_is_clearly_not_sent(settings):
    settings.LINE_API_BASE = "http://127.0.0.1:9"

    assert push("U1", "one").outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (ssl.SSLCertVerificationError("certificate verify failed"), Outcome.UNREACHABLE),
        (ssl.SSLError("decryption failed or bad record mac"), Outcome.UNCLEAR),
        (ssl.SSLEOFError("EOF occurred in violation of protocol"), Outcome.UNCLEAR),
    ],
)
def test_only_a_refused_certificate_is_clearly_not_sent(simulator, customer, monkeypatch, trouble, outcome):
    import urllib3.exceptions

    from channels_app.line import client

    def fail(*arguments, **options):
        raise urllib3.exceptions.SSLError(trouble)

    monkeypatch.setattr(client._client().pool_manager, "request", fail)

    assert push(customer, "one").outcome is outcome


def test_lines_words_and_ids_fit_any_column(simulator, customer):
    odd = {"message": "bad \x00 \ud800 words", "sentMessages": [{"id": "1\x00\udfff"}]}
    simulator.post("/sim/faults", {"endpoint": "push", "kind": "status", "status": 400, "body": odd, "times": 1})
    assert push(customer, "one").error == "bad \ufffd \ufffd words"

    simulator.post("/sim/faults", {"endpoint": "push", "kind": "status", "status": 200, "body": odd, "times": 1})
    assert push(customer, "one").message_ids == ("1\ufffd\ufffd",)

    simulator.post("/sim/faults", {"endpoint": "profile", "kind": "status", "status": 200, "body": {"displayName": "a\ud800"}, "times": 1})
    found = LineAdapter().fetch_profile(credentials=credentials(), kind="user", source_id=customer)
    assert found.display_name == "a\ufffd"


def test_a_reply_token_works_once(simulator, customer, webhook_receiver):
    simulator.call("PATCH", f"/sim/channels/{CHANNEL}", {"webhook_url": webhook_receiver.url})
    simulator.post(f"/sim/users/{customer}/send", {"channel_id": CHANNEL, "message": {"type": "text", "text": "hello"}})
    event = webhook_receiver.last_event()

    first, second = reply(event["replyToken"]), reply(event["replyToken"])

    assert first.outcome is Outcome.ACCEPTED
    assert (second.outcome, second.status) == (Outcome.REPLY_TOKEN_INVALID, 400)
    assert shown(simulator, customer) == ["hello", "はい"]


def test_a_well_account_is_checked_with_its_bots_name(simulator):
    check = LineAdapter().check_account(credentials())

    assert check.problem == ""
    assert check.bot_name
    assert check.bot_user_id.startswith("U")


@pytest.mark.parametrize(
    ("given", "problem"),
    [(credentials(token="bad"), "token_invalid"), (credentials(channel_id="1659999999"), "token_of_another_channel")],
)
def test_what_is_wrong_with_an_account_is_told_apart(simulator, given, problem):
    assert LineAdapter().check_account(given).problem == problem


@pytest.mark.parametrize("kind", ["v2.1", "stateless", "short-lived"])
def test_a_token_of_any_kind_is_known(simulator, kind, caplog):
    caplog.set_level("DEBUG")
    simulator.patch(f"/sim/channels/{CHANNEL}", {"token_kind": kind})

    assert LineAdapter().check_account(credentials()).problem == ""
    assert LineAdapter().check_account(credentials(token="bad token")).problem == "token_invalid"
    assert "good-token" not in caplog.text
    assert "bad" not in caplog.text


def test_a_login_channels_token_has_no_bot(simulator):
    simulator.post("/sim/faults", {"endpoint": "info", "kind": "status", "status": 403, "body": {"message": "no"}, "times": 1})

    assert LineAdapter().check_account(credentials()).problem == "token_of_another_channel"


@pytest.mark.parametrize("kind", ["reset", "status"])
def test_an_account_that_cannot_be_checked_now_is_unreachable(simulator, kind):
    simulator.post("/sim/faults", {"endpoint": "verify", "kind": kind, "status": 500, "times": 1})

    assert LineAdapter().check_account(credentials()).problem == "unreachable"


def test_a_profile_is_fetched_and_a_blocked_one_is_missing(simulator, customer):
    adapter = LineAdapter()
    found = adapter.fetch_profile(credentials=credentials(), kind="user", source_id=customer)
    assert (found.display_name, found.language) == ("みさき🐰", "ja")

    simulator.post(f"/sim/users/{customer}/block", {"channel_id": CHANNEL})
    assert adapter.fetch_profile(credentials=credentials(), kind="user", source_id=customer).missing

    simulator.post("/sim/faults", {"endpoint": "profile", "kind": "status", "status": 500, "times": 1})
    with pytest.raises(ProfileUnavailable):
        adapter.fetch_profile(credentials=credentials(), kind="user", source_id=customer)


def test_no_secret_and_no_customer_is_in_any_log(simulator, customer, caplog):
    caplog.set_level("DEBUG")

    push(customer, "one")
    push(customer, "one", token="another-bad-token")
    LineAdapter().fetch_profile(credentials=credentials(), kind="user", source_id=customer)

    assert "みさき" not in caplog.text
    assert customer not in caplog.text
    assert "good-token" not in caplog.text
    assert "another-bad-token" not in caplog.text

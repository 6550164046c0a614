"""Whatever LINE documents, leaves out, or never thought of: each signed body is 200, each neighbour arrives, each page is shown.

What can't be read stays a dead letter of a malformed kind; nothing else dies and nothing stays pending.
"""

import copy
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels_app import receiving
from channels_app.line.signature import sign
from channels_app.models import WebhookEvent
from conversations.models import Conversation, Message
from tests import builders
from tests.channels_app.conftest import body_of, text_event
from tests.gateway.line_bodies import AT, EVENTS, MESSAGES, SOURCES, event_of

pytestmark = pytest.mark.django_db
NEIGHBOUR = "U" + "8" * 32
GARBAGE = [None, True, -1, 2**70, 1.5, "", "x", "\x00\ud800", "9" * 400, [], [[]], {}, {"id": {}}, [{"type": 7}]]
# Stickers differ in one word only.
ONE_STICKER = [name for name in EVENTS if not name.startswith("message: sticker") or name == "message: sticker STATIC"]
ODD = ["message: text", "message: image", "message: file", "message: location", "message: sticker STATIC"]
ODD += ["messageEdited", "postback date", "memberJoined", "beacon enter", "follow"]
SPOILT = 200
ODDEST = [None, -1, 2**70, "\x00\ud800", [[]], {"id": {}}]
BATCH = 40
MALFORMED = ("malformed_event", "malformed_body")


def handle_all():
    """However long it takes: a slow machine loses nothing either."""
    while receiving.drain(seconds=60):
        pass


@pytest.fixture
def post_between_neighbours(account, channel, post_webhook, sue, client):
    """Posts events between two plain messages, twice, drains, and looks at every thread."""
    state = {"number": 900_000}
    client.force_login(sue)

    def post(*events, look=True):
        plain = []
        for _each in range(2):
            state["number"] += 1
            plain.append(text_event(state["number"], text=f"plain {state['number']}", user=NEIGHBOUR, at=AT + state["number"]))
        body = json.dumps(body_of(plain[0], *events, plain[1])).encode()
        assert [post_webhook(account, body).status_code for _try in range(2)] == [200, 200]
        handle_all()

        texts = Message.objects.filter(text__in=[event["message"]["text"] for event in plain]).values_list("text", flat=True)
        assert sorted(texts) == [event["message"]["text"] for event in plain]
        assert not WebhookEvent.objects.filter(state="pending").exists()
        died = WebhookEvent.objects.filter(state="dead").exclude(kind__in=MALFORMED)
        assert list(died.values_list("kind", "error")) == []
        if look:
            for public_id in Conversation.objects.values_list("public_id", flat=True):
                assert client.get(f"/inbox/{public_id}/").status_code == 200
        return plain

    return post


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_every_event_of_every_source_is_handled(post_between_neighbours, source, capsys):
    events = [event_of(number, name, source=source) for number, name in enumerate(EVENTS)]

    post_between_neighbours(*events)

    messages = Message.objects.filter(direction="in").exclude(text__startswith="plain")
    reachable = source not in ("user without id", "none")
    # Each message once; the edit of a message that never came is one too.
    assert messages.exclude(kind="button").count() == (len(MESSAGES) + 1 if reachable else 0)
    with capsys.disabled():
        print(f"\nevery event, source {source}: {len(events)} events, {messages.count()} messages", end="")


@pytest.mark.parametrize("mode", ["standby", "invented", None])
def test_every_event_in_every_mode_is_handled(post_between_neighbours, mode):
    post_between_neighbours(*[event_of(number, name, mode=mode) for number, name in enumerate(EVENTS)])


@pytest.mark.parametrize("name", ONE_STICKER)
def test_every_event_without_any_one_of_its_fields_is_handled(post_between_neighbours, name):
    post_between_neighbours(*_numbered(_without(event_of(0, name), path) for path in _paths(event_of(0, name))))


@pytest.mark.parametrize("name", ODD)
def test_every_field_may_hold_anything(post_between_neighbours, name):
    whole = event_of(0, name)
    odd = list(_numbered(_with(whole, path, garbage) for path in _paths(whole) for garbage in ODDEST))

    for start in range(0, len(odd), BATCH):
        post_between_neighbours(*odd[start : start + BATCH], look=start + BATCH >= len(odd))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spoilt_events(draw):
    """A documented event in which a few fields were left out or hold anything."""
    event = event_of(draw(st.integers(0, 10**6)), draw(st.sampled_from(sorted(EVENTS))), source=draw(st.sampled_from(sorted(SOURCES))))
    for _each in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(_paths(event) or [("type",)]))
        event = _without(event, path) if draw(st.booleans()) else _with(event, path, draw(json_values))
    return event


slow = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@slow
@given(events=st.lists(spoilt_events() | json_values, max_size=4))
def test_no_garbage_under_a_right_signature_loses_a_neighbour(post_between_neighbours, events):
    post_between_neighbours(*events, look=False)


@slow
@given(body=st.binary(max_size=200) | st.builds(lambda value: json.dumps(value).encode(), json_values), signed=st.booleans())
def test_every_body_is_answered_with_200_or_401(account, client, body, signed):
    headers = {"x-line-signature": sign(builders.SECRET, body) if signed else "AAAA"}
    answer = client.post(f"/webhooks/line/{account.callback_key}/", body, content_type="application/json", headers=headers)

    assert answer.status_code == (200 if signed else 401)


def test_many_spoilt_events_in_one_body_lose_none_of_as_many_neighbours(account, channel, post_webhook, capsys):
    """The seed makes the same body again."""
    seed = 20261121
    chance = random.Random(seed)
    events = []
    for number in range(SPOILT):
        spoilt = event_of(10_000 + number, chance.choice(sorted(EVENTS)), source=chance.choice(sorted(SOURCES)))
        for _each in range(chance.randint(1, 3)):
            path = chance.choice(_paths(spoilt) or [("type",)])
            spoilt = _with(spoilt, path, chance.choice(GARBAGE))
        events += [spoilt, text_event(number, text=f"plain {number}", user=f"U{number % 20}", at=AT + number)]

    assert post_webhook(account, json.dumps(body_of(*events)).encode()).status_code == 200
    handle_all()

    assert Message.objects.filter(text__startswith="plain").count() == SPOILT
    assert not WebhookEvent.objects.filter(state="pending").exists()
    states = {state: WebhookEvent.objects.filter(state=state).count() for state in ("processed", "not_processed", "dead")}
    assert not WebhookEvent.objects.filter(state="dead").exclude(kind__in=MALFORMED).exists()
    with capsys.disabled():
        print(f"\nspoilt events: seed={seed} sent={len(events)} neighbours lost=0 {states}", end="")


def _paths(value, before=()):
    """The place of everything in an object."""
    found = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += [(*before, key), *_paths(inner, (*before, key))]
    return found


def _without(event, path):
    changed = copy.deepcopy(event)
    place = _holder(changed, path)
    del place[path[-1]]
    return changed


def _with(event, path, value):
    changed = copy.deepcopy(event)
    _holder(changed, path)[path[-1]] = value
    return changed


def _holder(event, path):
    for key in path[:-1]:
        event = event[key]
    return event


def _numbered(events):
    """Each with ids of its own, where it has any."""
    for number, event in enumerate(events):
        if isinstance(event.get("webhookEventId"), str):
            event["webhookEventId"] = f"01N{number:023d}"
        if isinstance(event.get("message"), dict) and isinstance(event["message"].get("id"), str) and event["message"]["id"]:
            event["message"]["id"] = f"99{number:014d}"
        yield event

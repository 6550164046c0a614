"""LINE's webhook events, read tolerantly: what can't be understood is kept, never dropped and never an exception.

LINE may add event types, message types, properties and enum values without notice, and leaves out properties that have
no value. The SDK's parser isn't used: it drops user id and payload of kinds it doesn't know and raises for a whole body.
"""

import datetime
import hashlib
import json
import re
from typing import Any

from channels_app.inbound import (
    MALFORMED_BODY,
    MALFORMED_EVENT,
    OUR_DETAILS,
    EventKind,
    InboundEvent,
    InboundMessage,
    MessageKind,
    RawEvent,
    Source,
    SourceKind,
)

from . import buttons, contents
from .text import storable

MAXIMUM_DEPTH = 60
MAXIMUM_DIGITS = 4000
EARLIEST = datetime.datetime(2010, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2100, 1, 1, tzinfo=datetime.UTC)
MESSAGE_KINDS: set[MessageKind] = {"text", "image", "video", "audio", "file", "location", "sticker"}
DETAILS_UNDER = {
    "memberJoined": "joined",
    "memberLeft": "left",
    "accountLink": "link",
    "activated": "chatControl",
}
MODES = {"active": False, "standby": True}
KEPT_ELSEWHERE = {"id", "type", "text", "quotedMessageId"}
EVENT_KINDS: dict[str, EventKind] = {
    "message": "message",
    "messageEdited": "edited",
    "unsend": "unsent",
    "follow": "followed",
    "unfollow": "unfollowed",
    "join": "followed",
    "leave": "unfollowed",
    "postback": "postback",
}


def split_body(body: bytes) -> list[RawEvent]:
    """The events of a body, without repeats, by event id. A body that can't be read is one event keyed by its hash."""
    try:
        raw_events = [_raw_event(event) for event in _events_of(body)]
    except RecursionError:
        raw_events = [_raw_event_of_slice(part, depth) for part, depth in elements_of_events(body)]
    except ValueError as error:
        return [_malformed_body(body, f"not readable: {error}"[:200])]
    found: dict[str, RawEvent] = {}
    for raw in raw_events:
        found.setdefault(raw.event_id, raw)
    return [found[event_id] for event_id in sorted(found)]


def addressee(body: bytes) -> str:
    """The bot that a body says it is for; empty where it doesn't say."""
    try:
        document = json.loads(body, parse_int=_careful_int)
    except (ValueError, RecursionError):
        return ""
    named = document.get("destination") if isinstance(document, dict) else None
    return named if isinstance(named, str) else ""


def _events_of(body: bytes) -> list[Any]:
    """The list of events; ValueError if there is none, RecursionError if one of them is too deeply nested."""
    document = json.loads(body, parse_int=_careful_int)
    if not isinstance(document, dict) or not isinstance(document.get("events"), list):
        raise ValueError("no list of events")
    events: list[Any] = document["events"]
    for event in events:
        if _depth(event) > MAXIMUM_DEPTH:
            raise RecursionError
    return events


def _depth(value: Any) -> int:
    """How deep objects and lists are nested, without recursion."""
    depth, level = 0, [value]
    while level:
        level = [item for part in level if isinstance(part, dict | list) for item in (part.values() if isinstance(part, dict) else part)]
        depth += 1
    return depth


_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)


def elements_of_events(body: bytes) -> list[tuple[bytes, int]]:
    """The elements of the top-level list `events` as bytes with their depth, for bodies that are too deep to be parsed whole."""
    elements: list[tuple[bytes, int]] = []
    depth = deepest = start = 0
    inside = key_seen = False
    for token in _TOKENS.finditer(body):
        text = token.group()
        if text in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
            if depth == 2 and text == b"[" and key_seen:
                inside, start, deepest = True, token.end(), 2
        elif text in (b"]", b"}"):
            depth -= 1
        if not inside:
            key_seen = depth == 1 and text == b'"events"'
        elif (text == b"," and depth == 2) or depth == 1:
            if body[start : token.start()].strip():
                elements.append((body[start : token.start()].strip(), deepest - 2))
            start, deepest, inside = token.end(), 2, depth == 2
    return elements


def _raw_event_of_slice(part: bytes, depth: int) -> RawEvent:
    """One event of a body whose neighbour is too deep: read if it can be, else kept as text."""
    if depth <= MAXIMUM_DEPTH:
        try:
            return _raw_event(json.loads(part, parse_int=_careful_int))
        except ValueError:
            pass
    digest = hashlib.sha256(part).hexdigest()
    return RawEvent(
        event_id=f"x:{digest}",
        kind=MALFORMED_EVENT,
        lane_key=f"unknown:x:{digest}",
        line_message_id="",
        occurred_at=None,
        payload=_ascii_json({"body": part.decode("utf-8", "backslashreplace")}),
        error="the event is too deeply nested or not JSON",
    )


def _careful_int(digits: str) -> Any:
    """Numbers with thousands of digits are kept as text: converting them costs time and Python refuses above 4,300."""
    return int(digits) if len(digits) <= MAXIMUM_DIGITS else digits


def _ascii_json(value: Any) -> bytes:
    """ASCII JSON: NUL and lone surrogates stay escaped, so any text survives storage."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=str).encode("ascii")


def _malformed_body(body: bytes, error: str) -> RawEvent:
    digest = hashlib.sha256(body).hexdigest()
    payload = _ascii_json({"body": body.decode("utf-8", "backslashreplace")})
    return RawEvent(
        event_id=f"b:{digest}",
        kind=MALFORMED_BODY,
        lane_key=f"malformed:{digest[:16]}",
        line_message_id="",
        occurred_at=None,
        payload=payload,
        error=error,
    )


def _raw_event(event: Any) -> RawEvent:
    payload = _ascii_json(event)
    if not isinstance(event, dict):
        return _malformed_event({}, payload, "the event is no object")
    occurred_at = _time_of(event.get("timestamp"))
    if occurred_at is None:
        return _malformed_event(event, payload, "the event has no usable timestamp")
    name = _text(event.get("type"))
    if not name:
        return _malformed_event(event, payload, "the event has no type")
    message_id = _message_id_of(event)
    if name == "message" and not message_id:
        return _malformed_event(event, payload, "the message event has no message with an id")
    event_id = _event_id_of(event)
    return RawEvent(
        event_id=event_id,
        kind=name[:60],
        lane_key=_lane_key(_source_of(event), event_id),
        line_message_id=message_id,
        occurred_at=occurred_at,
        payload=payload,
        always=EVENT_KINDS.get(name) == "unsent",
    )


def _malformed_event(event: dict[str, Any], payload: bytes, error: str) -> RawEvent:
    event_id = _event_id_of(event) if event else f"x:{hashlib.sha256(payload).hexdigest()}"
    return RawEvent(
        event_id=event_id,
        kind=MALFORMED_EVENT,
        lane_key=_lane_key(_source_of(event), event_id),
        # What is unsent must be found even in what couldn't be read.
        line_message_id=_message_id_of(event),
        occurred_at=_time_of(event.get("timestamp")),
        payload=payload,
        error=error,
    )


def _event_id_of(event: dict[str, Any]) -> str:
    """`webhookEventId`, else the hash of the event without `deliveryContext`, which alone differs in a redelivery."""
    given = _text(event.get("webhookEventId"))
    if given and len(given) <= 90:
        return given
    same = {key: value for key, value in event.items() if key != "deliveryContext"}
    return f"x:{hashlib.sha256(_ascii_json(same)).hexdigest()}"


def _message_id_of(event: dict[str, Any]) -> str:
    message = event.get("message")
    return _id(message.get("id")) if isinstance(message, dict) else ""


def _id(value: Any) -> str:
    """A message's id as text, as LINE sends it; also one that came as a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _text(value)[:100]


def _time_of(value: Any) -> datetime.datetime | None:
    """Milliseconds since 1970, as LINE sends them; None outside 2010-2100."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        at = datetime.datetime.fromtimestamp(value / 1000, tz=datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return at if EARLIEST <= at < LATEST else None


def _source_of(event: dict[str, Any]) -> Source:
    source = event.get("source")
    if not isinstance(source, dict):
        return Source(kind="unknown", id="")
    kinds: list[tuple[SourceKind, str]] = [("group", "groupId"), ("room", "roomId"), ("user", "userId")]
    for kind, key in kinds:
        found = _text(source.get(key))[:100]
        if found and source.get("type") == kind:
            return Source(kind=kind, id=found, member_id=_text(source.get("userId"))[:100] if kind != "user" else "")
    return Source(kind="unknown", id="")


def _lane_key(source: Source, event_id: str) -> str:
    """Events without a source share nothing that needs an order: each is its own lane."""
    return f"{source.kind}:{source.id}" if source.id else f"unknown:{event_id}"


def _text(value: Any) -> str:
    """A string fit for a text column; empty for anything else."""
    return storable(value) if isinstance(value, str) else ""


def clean(value: Any) -> Any:
    """`value` with every string in it fit for a text or JSON column, and no number that a column refuses."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        return {_text(str(key)): clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, int) and abs(value) > 2**63:
        return str(value)[:40]
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value


def parse_event(
    *, payload: bytes, webhook_event_id: int, lane_id: int, account_id: int, occurred_at: datetime.datetime, received_at: datetime.datetime
) -> InboundEvent:
    """One stored event in the product's terms."""
    event = json.loads(payload)
    event = event if isinstance(event, dict) else {}
    name = _text(event.get("type"))[:60] or MALFORMED_EVENT
    kind = EVENT_KINDS.get(name, "notice")
    message = _message_of(event) if kind in ("message", "edited") else None
    context = event.get("deliveryContext")
    unsend = event.get("unsend")
    return InboundEvent(
        webhook_event_id=webhook_event_id,
        lane_id=lane_id,
        account_id=account_id,
        kind=kind if message or kind not in ("message", "edited") else "notice",
        name=name,
        source=_source_of(event),
        occurred_at=occurred_at,
        received_at=received_at,
        message=message,
        target_message_id=_id(unsend.get("messageId")) if isinstance(unsend, dict) else "",
        details=_details_of(event, name),
        reply_token=_text(event.get("replyToken"))[:500],
        standby=MODES.get(_text(event.get("mode"))),
        redelivered=bool(context.get("isRedelivery")) if isinstance(context, dict) else False,
    )


def _details_of(event: dict[str, Any], name: str) -> dict[str, Any]:
    """The part of the event that bears its name (`follow`, `postback`, `beacon` …), or another one."""
    part = event.get(DETAILS_UNDER.get(name, name)) or event.get(name)
    details: dict[str, Any] = clean(part) if isinstance(part, dict) and name != "message" else {}
    if name == "postback" and (picked := buttons.said_by(details.get("params"))):
        details["picked"] = picked
    # Whoever knows the nonce of a link could claim the customer's account.
    return {key: value for key, value in details.items() if key != "nonce"}


def _message_of(event: dict[str, Any]) -> InboundMessage | None:
    message = event.get("message")
    message_id = _message_id_of(event)
    if not isinstance(message, dict) or not message_id:
        return None
    given = _text(message.get("type"))
    kind: MessageKind = given if given in MESSAGE_KINDS else "unsupported"  # type: ignore[assignment]
    details = clean({key: value for key, value in message.items() if key not in KEPT_ELSEWHERE and key not in OUR_DETAILS})
    if kind == "unsupported":
        details["type"] = given
    text = _text(message.get("text"))
    if kind == "text" and not text:
        kind = "unsupported"
    found = contents.read(kind, text, details)
    return InboundMessage(
        id=message_id,
        kind=kind,
        text=text,
        details=details | found.details,
        quoted_id=_id(message.get("quotedMessageId")),
        file=found.file,
        pictures=found.pictures,
    )

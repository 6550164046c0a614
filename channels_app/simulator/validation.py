"""Checks of what an account wants to send: LINE's shapes and limits (Messaging API reference, *Message objects*), with LINE's words."""

import json
from collections.abc import Callable
from typing import Any, TypedDict
from urllib.parse import urlsplit

MAX_MESSAGES = 5
MAX_URL = 2000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# LINE: only stickers of these packages may be sent through the Messaging API.
SENDABLE_PACKAGES = {
    "446",
    "789",
    "1070",
    "6136",
    "6325",
    "6359",
    "6362",
    "6370",
    "6632",
    "8515",
    "8522",
    "8525",
    "11537",
    "11538",
    "11539",
}
MUST_NOT_BE_EMPTY = "May not be empty"


class Detail(TypedDict):
    message: str
    property: str


class InvalidProperty(Exception):
    """A property has another JSON type than LINE reads there; nothing else is looked at then."""

    def __init__(self, path: str) -> None:
        super().__init__(f"The property, '{path}', in the request body is invalid (line: -, column: -)")


def utf16_length(text: str) -> int:
    """LINE counts UTF-16 code units: an emoji beyond the basic plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_loopback_host(host: str | None) -> bool:
    return host is not None and (host in LOOPBACK or host.endswith(".localhost"))


def is_allowed_url(url: str, https_required: bool) -> bool:
    """HTTPS, as LINE wants it; plain http to this machine too, unless the simulator was told to be strict."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or not url.isascii() or any(character.isspace() for character in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and not https_required and is_loopback_host(host))


class Checker:
    """Collects details while it walks through one request."""

    def __init__(self, https_required: bool) -> None:
        self.https_required = https_required
        self.details: list[Detail] = []

    def complain(self, path: str, message: str) -> None:
        self.details.append(Detail(message=message, property=path))

    def value(self, holder: dict[str, Any], name: str, path: str, kind: type | tuple[type, ...], required: bool) -> Any:
        """The property, or None; complains when it is required and missing, refuses another JSON type."""
        found = holder.get(name)
        if found is None:
            if required:
                self.complain(f"{path}.{name}", MUST_NOT_BE_EMPTY)
            return None
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise InvalidProperty(f"{path}.{name}")
        return found

    def text(self, holder: dict[str, Any], name: str, path: str, maximum: int, required: bool = True) -> str | None:
        found = self.value(holder, name, path, str, required)
        if found is None:
            return None
        if required and not found:
            self.complain(f"{path}.{name}", MUST_NOT_BE_EMPTY)
        elif utf16_length(found) > maximum:
            self.complain(f"{path}.{name}", f"Length must be between 0 and {maximum}")
        return found

    def url(self, holder: dict[str, Any], name: str, path: str, required: bool = True) -> None:
        found = self.text(holder, name, path, MAX_URL, required)
        if found and utf16_length(found) <= MAX_URL and not is_allowed_url(found, self.https_required):
            self.complain(f"{path}.{name}", "Must be a valid HTTPS URL")

    def number(self, holder: dict[str, Any], name: str, path: str, low: float, high: float, required: bool = True) -> None:
        found = self.value(holder, name, path, (int, float), required)
        if found is not None and not low <= found <= high:
            self.complain(f"{path}.{name}", f"Must be between {low:g} and {high:g}")

    def one_of(self, holder: dict[str, Any], name: str, path: str, allowed: list[str]) -> str | None:
        found = self.value(holder, name, path, str, True)
        if found is not None and found not in allowed:
            self.complain(f"{path}.{name}", f"Must be one of the following values: [{', '.join(allowed)}]")
            return None
        return found

    def items(self, holder: dict[str, Any], name: str, path: str, low: int, high: int, required: bool = True) -> list[tuple[str, Any]]:
        """The objects of a list with their paths; complains about the list's size."""
        found = self.value(holder, name, path, list, required)
        if found is None:
            return []
        where = f"{path}.{name}"
        if not low <= len(found) <= high:
            self.complain(where, f"Size must be between {low} and {high}")
            return []
        for index, item in enumerate(found):
            if not isinstance(item, dict):
                raise InvalidProperty(f"{where}[{index}]")
        return [(f"{where}[{index}]", item) for index, item in enumerate(found)]


def check_send(data: dict[str, Any], receiver: str | None, https_required: bool) -> list[Detail]:
    """What LINE finds wrong with a push, reply or validate body; `receiver` names the property that says to whom.

    Raises InvalidProperty for a property of the wrong JSON type.
    """
    checker = Checker(https_required)
    if receiver is not None:
        found = data.get(receiver)
        if found is not None and not isinstance(found, str):
            raise InvalidProperty(receiver)
        if not found:
            checker.complain(receiver, MUST_NOT_BE_EMPTY)
    if data.get("notificationDisabled") is not None and not isinstance(data["notificationDisabled"], bool):
        raise InvalidProperty("notificationDisabled")
    messages = data.get("messages")
    if messages is None:
        checker.complain("messages", MUST_NOT_BE_EMPTY)
        return checker.details
    if not isinstance(messages, list):
        raise InvalidProperty("messages")
    if not 1 <= len(messages) <= MAX_MESSAGES:
        checker.complain("messages", f"Size must be between 1 and {MAX_MESSAGES}")
        return checker.details
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise InvalidProperty(f"messages[{index}]")
        check_message(checker, message, f"messages[{index}]")
    return checker.details


def check_message(checker: Checker, message: dict[str, Any], path: str) -> None:
    kind = checker.one_of(message, "type", path, list(MESSAGE_CHECKS))
    if kind is None:
        return
    MESSAGE_CHECKS[kind](checker, message, path)
    sender = checker.value(message, "sender", path, dict, False)
    if sender is not None:
        checker.text(sender, "name", f"{path}.sender", 20, required=False)
        checker.url(sender, "iconUrl", f"{path}.sender", required=False)
    quick_reply = checker.value(message, "quickReply", path, dict, False)
    if quick_reply is not None:
        for where, item in checker.items(quick_reply, "items", f"{path}.quickReply", 1, 13):
            check_action(checker, item, "action", where, 20)


def check_text(checker: Checker, message: dict[str, Any], path: str) -> None:
    text = checker.text(message, "text", path, 5000) or ""
    checker.value(message, "quoteToken", path, str, False)
    units = text.encode("utf-16-le", "surrogatepass")
    for where, emoji in checker.items(message, "emojis", path, 0, 20, required=False):
        index = checker.value(emoji, "index", where, int, True)
        checker.value(emoji, "productId", where, str, True)
        checker.value(emoji, "emojiId", where, str, True)
        if index is not None and units[index * 2 : index * 2 + 2] != "$".encode("utf-16-le"):
            checker.complain(f"{where}.index", "Must be the index of a $ in the text")


def check_text_v2(checker: Checker, message: dict[str, Any], path: str) -> None:
    text = checker.text(message, "text", path, 5000) or ""
    checker.value(message, "quoteToken", path, str, False)
    substitution = checker.value(message, "substitution", path, dict, False) or {}
    if len(substitution) > 100:
        checker.complain(f"{path}.substitution", "Size must be between 0 and 100")
    try:
        used = _placeholders(text)
    except ValueError:
        checker.complain(f"{path}.text", "Unpaired braces")
        return
    for name in sorted(used - substitution.keys()):
        checker.complain(f"{path}.substitution.{name}", MUST_NOT_BE_EMPTY)
    for name, item in substitution.items():
        if not isinstance(item, dict):
            raise InvalidProperty(f"{path}.substitution.{name}")
        checker.one_of(item, "type", f"{path}.substitution.{name}", ["mention", "emoji"])


def _placeholders(text: str) -> set[str]:
    """The keys between braces; raises ValueError for a brace without its partner. Doubled braces are literal."""
    found = set()
    rest = text.replace("{{", "").replace("}}", "")
    while rest:
        before, opened, rest = rest.partition("{")
        if "}" in before:
            raise ValueError(text)
        if not opened:
            break
        name, closed, rest = rest.partition("}")
        if not closed or not name.replace("_", "a").isalnum() or not name.isascii() or len(name) > 20:
            raise ValueError(text)
        found.add(name)
    return found


def check_sticker(checker: Checker, message: dict[str, Any], path: str) -> None:
    package = checker.text(message, "packageId", path, 20)
    sticker = checker.text(message, "stickerId", path, 20)
    checker.value(message, "quoteToken", path, str, False)
    if package and package not in SENDABLE_PACKAGES:
        checker.complain(f"{path}.packageId", "Must be a sticker package that can be sent with the Messaging API")
    elif sticker and not sticker.isdecimal():
        checker.complain(f"{path}.stickerId", "Must be a number")


def check_image(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.url(message, "originalContentUrl", path)
    checker.url(message, "previewImageUrl", path)


def check_video(checker: Checker, message: dict[str, Any], path: str) -> None:
    check_image(checker, message, path)
    checker.text(message, "trackingId", path, 100, required=False)


def check_audio(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.url(message, "originalContentUrl", path)
    checker.number(message, "duration", path, 1, 2**53)


def check_location(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.text(message, "title", path, 100)
    checker.text(message, "address", path, 100)
    checker.number(message, "latitude", path, -90, 90)
    checker.number(message, "longitude", path, -180, 180)


def check_coupon(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.text(message, "couponId", path, 100)
    checker.text(message, "deliveryTag", path, 30, required=False)


def check_imagemap(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.url(message, "baseUrl", path)
    checker.text(message, "altText", path, 1500)
    size = checker.value(message, "baseSize", path, dict, True)
    if size is not None:
        checker.number(size, "width", f"{path}.baseSize", 1040, 1040)
        checker.number(size, "height", f"{path}.baseSize", 1, 2080)
    for where, action in checker.items(message, "actions", path, 0, 50):
        checker.one_of(action, "type", where, ["uri", "message", "clipboard"])
        checker.value(action, "area", where, dict, True)


def check_template(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.text(message, "altText", path, 1500)
    template = checker.value(message, "template", path, dict, True)
    if template is None:
        return
    where = f"{path}.template"
    kind = checker.one_of(template, "type", where, ["buttons", "confirm", "carousel", "image_carousel"])
    if kind == "buttons":
        has_head = bool(template.get("title") or template.get("thumbnailImageUrl"))
        checker.text(template, "title", where, 40, required=False)
        checker.text(template, "text", where, 60 if has_head else 160)
        checker.url(template, "thumbnailImageUrl", where, required=False)
        check_actions(checker, template, where, 1, 4)
    elif kind == "confirm":
        checker.text(template, "text", where, 240)
        check_actions(checker, template, where, 2, 2)
    elif kind == "carousel":
        check_carousel(checker, template, where)
    elif kind == "image_carousel":
        for column_path, column in checker.items(template, "columns", where, 1, 10):
            checker.url(column, "imageUrl", column_path)
            check_action(checker, column, "action", column_path, 12)


def check_carousel(checker: Checker, template: dict[str, Any], path: str) -> None:
    columns = checker.items(template, "columns", path, 1, 10)
    for where, column in columns:
        has_head = bool(column.get("title") or column.get("thumbnailImageUrl"))
        checker.text(column, "title", where, 40, required=False)
        checker.text(column, "text", where, 60 if has_head else 120)
        check_actions(checker, column, where, 1, 3)
    if len({len(column.get("actions") or []) for _, column in columns}) > 1:
        checker.complain(f"{path}.columns", "The number of actions must be the same in every column")


def check_flex(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.text(message, "altText", path, 1500)
    contents = checker.value(message, "contents", path, dict, True)
    if contents is None:
        return
    where = f"{path}.contents"
    kind = checker.one_of(contents, "type", where, ["bubble", "carousel"])
    bubbles = [(where, contents)] if kind == "bubble" else []
    if kind == "carousel":
        bubbles = checker.items(contents, "contents", where, 1, 12)
        if _json_size(contents) > 50 * 1024:
            checker.complain(where, "The size of the carousel must be 50 KB or less")
    for bubble_path, bubble in bubbles:
        if kind == "carousel":
            checker.one_of(bubble, "type", bubble_path, ["bubble"])
        if _json_size(bubble) > 30 * 1024:
            checker.complain(bubble_path, "The size of the bubble must be 30 KB or less")


def _json_size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def check_actions(checker: Checker, holder: dict[str, Any], path: str, low: int, high: int) -> None:
    for where, action in checker.items(holder, "actions", path, low, high):
        _check_action_fields(checker, action, where, 20)


def check_action(checker: Checker, holder: dict[str, Any], name: str, path: str, label: int) -> None:
    action = checker.value(holder, name, path, dict, True)
    if action is not None:
        _check_action_fields(checker, action, f"{path}.{name}", label)


def _check_action_fields(checker: Checker, action: dict[str, Any], path: str, label: int) -> None:
    kind = checker.one_of(action, "type", path, ACTION_TYPES)
    checker.text(action, "label", path, label, required=False)
    if kind == "postback":
        checker.text(action, "data", path, 300)
        checker.text(action, "displayText", path, 300, required=False)
        checker.text(action, "fillInText", path, 300, required=False)
    elif kind == "message":
        checker.text(action, "text", path, 300)
    elif kind == "uri":
        checker.text(action, "uri", path, 1000)
    elif kind == "datetimepicker":
        checker.text(action, "data", path, 300)
        checker.one_of(action, "mode", path, ["date", "time", "datetime"])
    elif kind == "clipboard":
        checker.text(action, "clipboardText", path, 1000)


ACTION_TYPES = ["postback", "message", "uri", "datetimepicker", "camera", "cameraRoll", "location", "richmenuswitch", "clipboard"]
MESSAGE_CHECKS: dict[str, Callable[[Checker, dict[str, Any], str], None]] = {
    "text": check_text,
    "textV2": check_text_v2,
    "sticker": check_sticker,
    "image": check_image,
    "video": check_video,
    "audio": check_audio,
    "location": check_location,
    "coupon": check_coupon,
    "imagemap": check_imagemap,
    "template": check_template,
    "flex": check_flex,
}

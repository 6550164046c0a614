"""Checks of what an account wants to send: LINE's shapes and limits (Messaging API reference, *Message objects*), with LINE's words."""

import re
from collections.abc import Callable
from typing import Any

from .checker import MUST_NOT_BE_EMPTY, Checker, Detail, InvalidProperty
from .checks_of_actions import check_action, check_actions
from .checks_of_flex import check_flex

MAX_MESSAGES = 5
MAX_RECEIVERS = 500
QUOTING_TYPES = {"text", "textV2", "sticker"}
IMAGEMAP_ACTIONS = {"uri": ("linkUri", 1000), "message": ("text", 400), "clipboard": ("clipboardText", 1000)}
SUBSTITUTION_KEY = re.compile(r"[0-9a-zA-Z_]{1,20}")
TRACKING_ID = re.compile(r"[a-zA-Z0-9\-.=,+*()%$&;:@{}!?<>\[\]]+")
NAME_OF_LINE = re.compile(r"(?<![a-z])line(?![a-z])", re.IGNORECASE)
# LINE: only stickers of these packages may be sent through the Messaging API. Of two the numbers aren't known here.
SENDABLE_STICKERS = {
    "446": range(1988, 2028),
    "789": range(10855, 10895),
    "1070": range(17839, 17879),
    "6136": range(10551376, 10551400),
    "6325": range(10979904, 10979928),
    "6359": range(11069848, 11069872),
    "6362": range(11087920, 11087944),
    "6370": range(11088016, 11088040),
    "6632": range(11825374, 11825398),
    "8515": range(16581242, 16581266),
    "8522": range(16581266, 16581290),
    "8525": range(16581290, 16581314),
    "10551": range(10**20),
    "10979": range(10**20),
    "11537": range(52002734, 52002774),
    "11538": range(51626494, 51626534),
    "11539": range(52114110, 52114150),
}


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


def check_multicast(data: dict[str, Any], https_required: bool) -> list[Detail]:
    """What LINE finds wrong with a multicast; raises InvalidProperty as `check_send` does."""
    receivers = data.get("to")
    if receivers is not None and not (isinstance(receivers, list) and all(isinstance(item, str) for item in receivers)):
        raise InvalidProperty("to")
    details = check_send(data, None, https_required)
    if not receivers:
        details.append(Detail(message=MUST_NOT_BE_EMPTY, property="to"))
    elif len(receivers) > MAX_RECEIVERS:
        details.append(Detail(message=f"Size must be between 1 and {MAX_RECEIVERS}", property="to"))
    return details


def check_for_chat(messages: list[dict[str, Any]], *, to_group: bool) -> list[Detail]:
    """What LINE finds wrong with right messages here: mentions are for groups and rooms alone, tracked videos for single customers."""
    details = []
    for index, message in enumerate(messages):
        path = f"messages[{index}]"
        if to_group and message["type"] == "video" and message.get("trackingId"):
            details.append(Detail(message="Can't be used in groups and rooms", property=f"{path}.trackingId"))
        for name, item in (message.get("substitution") or {}).items() if message["type"] == "textV2" else ():
            if item["type"] == "mention" and not to_group:
                details.append(Detail(message="Can only be used in groups and rooms", property=f"{path}.substitution.{name}"))
    return details


def check_message(checker: Checker, message: dict[str, Any], path: str) -> None:
    kind = checker.one_of(message, "type", path, list(MESSAGE_CHECKS))
    if kind is None:
        return
    MESSAGE_CHECKS[kind](checker, message, path)
    quote_token = checker.value(message, "quoteToken", path, str, False)
    if quote_token is not None and kind not in QUOTING_TYPES:
        checker.complain(f"{path}.quoteToken", "Only text, textV2 and sticker messages can quote")
    sender = checker.value(message, "sender", path, dict, False)
    if sender is not None:
        name = checker.text(sender, "name", f"{path}.sender", 20, required=False)
        if name and NAME_OF_LINE.search(name):
            checker.complain(f"{path}.sender.name", "Must not contain words that are not allowed")
        checker.url(sender, "iconUrl", f"{path}.sender", required=False)
    quick_reply = checker.value(message, "quickReply", path, dict, False)
    if quick_reply is not None:
        for where, item in checker.items(quick_reply, "items", f"{path}.quickReply", 1, 13):
            checker.one_of(item, "type", where, ["action"])
            checker.url(item, "imageUrl", where, required=False)
            check_action(checker, item, where, 20, quick_reply=True)


def check_text(checker: Checker, message: dict[str, Any], path: str) -> None:
    text = checker.text(message, "text", path, 5000) or ""
    units = text.encode("utf-16-le", "surrogatepass")
    for where, emoji in checker.items(message, "emojis", path, 0, 20, required=False):
        index = checker.value(emoji, "index", where, int, True)
        checker.value(emoji, "productId", where, str, True)
        checker.value(emoji, "emojiId", where, str, True)
        if index is not None and units[index * 2 : index * 2 + 2] != "$".encode("utf-16-le"):
            checker.complain(f"{where}.index", "Must be the index of a $ in the text")


def check_text_v2(checker: Checker, message: dict[str, Any], path: str) -> None:
    text = checker.text(message, "text", path, 5000) or ""
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
    kinds = []
    for name, item in substitution.items():
        if not isinstance(item, dict) or not SUBSTITUTION_KEY.fullmatch(name):
            raise InvalidProperty(f"{path}.substitution.{name}")
        kinds.append(check_substitution(checker, item, f"{path}.substitution.{name}"))
    for kind in ("mention", "emoji"):
        if kinds.count(kind) > 20:
            checker.complain(f"{path}.substitution", f"The number of {kind}s must be 20 or less")


def check_substitution(checker: Checker, item: dict[str, Any], path: str) -> str | None:
    kind = checker.one_of(item, "type", path, ["mention", "emoji"])
    if kind == "emoji":
        checker.text(item, "productId", path, 100)
        checker.text(item, "emojiId", path, 100)
    elif kind == "mention":
        mentionee = checker.value(item, "mentionee", path, dict, True)
        if mentionee is not None and checker.one_of(mentionee, "type", f"{path}.mentionee", ["user", "all"]) == "user":
            checker.text(mentionee, "userId", f"{path}.mentionee", 100)
    return kind


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
    if package and package not in SENDABLE_STICKERS:
        checker.complain(f"{path}.packageId", "Must be a sticker package that can be sent with the Messaging API")
    elif package and sticker and not (sticker.isdecimal() and int(sticker) in SENDABLE_STICKERS[package]):
        checker.complain(f"{path}.stickerId", "Must be a sticker of this package")


def check_image(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.url(message, "originalContentUrl", path)
    checker.url(message, "previewImageUrl", path)


def check_video(checker: Checker, message: dict[str, Any], path: str) -> None:
    check_image(checker, message, path)
    tracking_id = checker.text(message, "trackingId", path, 100, required=False)
    if tracking_id and not TRACKING_ID.fullmatch(tracking_id):
        checker.complain(f"{path}.trackingId", "Must consist of letters, digits and some signs")


def check_audio(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.url(message, "originalContentUrl", path)
    checker.value(message, "duration", path, int, True)
    checker.number(message, "duration", path, 1, 2**53, required=False)


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
        kind = checker.one_of(action, "type", where, list(IMAGEMAP_ACTIONS))
        checker.text(action, "label", where, 100, required=False)
        checker.value(action, "area", where, dict, True)
        if kind is not None:
            name, maximum = IMAGEMAP_ACTIONS[kind]
            checker.text(action, name, where, maximum)


def check_template(checker: Checker, message: dict[str, Any], path: str) -> None:
    checker.text(message, "altText", path, 1500)
    template = checker.value(message, "template", path, dict, True)
    if template is None:
        return
    where = f"{path}.template"
    kind = checker.one_of(template, "type", where, ["buttons", "confirm", "carousel", "image_carousel"])
    if kind == "buttons":
        check_card(checker, template, where, 160)
        check_actions(checker, template, where, 1, 4)
    elif kind == "confirm":
        checker.words(template, "text", where, 240)
        check_actions(checker, template, where, 2, 2)
    elif kind == "carousel":
        check_carousel(checker, template, where)
    elif kind == "image_carousel":
        for column_path, column in checker.items(template, "columns", where, 1, 10):
            checker.url(column, "imageUrl", column_path)
            check_action(checker, column, column_path, 12, label_required=False)


def check_card(checker: Checker, card: dict[str, Any], path: str, alone: int) -> None:
    """A text has less room beside a title or a picture."""
    has_head = bool(card.get("title") or card.get("thumbnailImageUrl"))
    checker.words(card, "title", path, 40, required=False)
    checker.words(card, "text", path, 60 if has_head else alone)
    checker.url(card, "thumbnailImageUrl", path, required=False)
    check_action(checker, card, path, 20, name="defaultAction", required=False, label_required=False)


def check_carousel(checker: Checker, template: dict[str, Any], path: str) -> None:
    columns = checker.items(template, "columns", path, 1, 10)
    for where, column in columns:
        check_card(checker, column, where, 120)
        check_actions(checker, column, where, 1, 3)
    if len({len(column.get("actions") or []) for _, column in columns}) > 1:
        checker.complain(f"{path}.columns", "The number of actions must be the same in every column")


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

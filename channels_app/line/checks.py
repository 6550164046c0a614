"""What LINE takes as a message, checked before it is accepted here and once more before it leaves (reference, *Message objects*).

Works on LINE's own message objects, so one set of checks serves whatever made them.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from . import stickers
from .checks_of_actions import IMAGE_LABEL_LIMIT, LABEL_LIMIT, check_action
from .checks_of_flex import ALT_TEXT_LIMIT, check_flex
from .limits import Refused, address_of, choice_of, graphemes, inside, number_of, object_of, objects_of, refuse, text_of
from .text import problem_with_text

QUICK_REPLIES, SUBSTITUTIONS, MARKS = 13, 100, 20
SENDER_NAME_LIMIT, PLACE_LIMIT, TRACKING_LIMIT = 20, 100, 100
TRACKING_ID = re.compile(r"[a-zA-Z0-9\-.=,+*()%$&;:@{}!?<>\[\]]+")
KEY = re.compile(r"[0-9a-zA-Z_]{1,20}")
PLACEHOLDERS = re.compile(r"\{\{|\}\}|\{([0-9a-zA-Z_]{1,20})\}")
# LINE refuses names that could be taken for its own.
NAME_OF_LINE = re.compile(r"(?<![a-z])line(?![a-z])", re.IGNORECASE)


def problem_with_message(message: Mapping[str, Any], *, to_group: bool) -> str:
    """Why LINE would refuse this message, in the user's words; empty if it would not."""
    try:
        kind = choice_of(message, "type", "", CHECKS)
        CHECKS[kind](message, to_group)
        _check_quick_replies(message)
        _check_sender(message)
    except Refused as refusal:
        return str(refusal)
    return ""


def _text(message: Mapping[str, Any], to_group: bool) -> None:
    _check_words(message)


def _check_words(message: Mapping[str, Any]) -> str:
    text = message.get("text")
    if not isinstance(text, str):
        raise Refused(problem_with_text(""))
    if problem := problem_with_text(text):
        raise Refused(problem)
    return text


def _text_v2(message: Mapping[str, Any], to_group: bool) -> None:
    """Every placeholder has its substitute. Mentions reach members of a group or room alone; LINE can't check whether they are one."""
    text = _check_words(message)
    substitutes = object_of(message, "substitution", "", required=False) or {}
    place = _("Placeholders")
    if len(substitutes) > SUBSTITUTIONS:
        raise refuse(place, _("LINE takes at most %(limit)d") % {"limit": SUBSTITUTIONS})
    if re.search(r"[{}]", PLACEHOLDERS.sub("", text)):
        raise refuse(place, _("a brace without its partner; write {{ and }} for braces in the text"))
    for key in filter(None, PLACEHOLDERS.findall(text)):
        if key not in substitutes:
            raise refuse(inside(place, key), _("missing"))
    kinds = [_check_substitute(key, item, inside(place, str(key)), to_group) for key, item in substitutes.items()]
    for kind in ("mention", "emoji"):
        if kinds.count(kind) > MARKS:
            raise refuse(place, _("LINE takes at most %(limit)d mentions and %(limit)d emoji") % {"limit": MARKS})


def _check_substitute(key: Any, item: Any, place: str, to_group: bool) -> str:
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise refuse(place, _("a name has up to 20 letters, digits and underscores"))
    item = item if isinstance(item, Mapping) else {}
    kind = choice_of(item, "type", place, ("mention", "emoji"))
    if kind == "emoji":
        text_of(item, "productId", place, PLACE_LIMIT)
        text_of(item, "emojiId", place, PLACE_LIMIT)
        return kind
    if not to_group:
        raise refuse(place, _("only members of a group can be mentioned"))
    mentioned = object_of(item, "mentionee", place) or {}
    if choice_of(mentioned, "type", place, ("user", "all")) == "user":
        text_of(mentioned, "userId", place, PLACE_LIMIT)
    return kind


def _sticker(message: Mapping[str, Any], to_group: bool) -> None:
    if not stickers.may_be_sent(str(message.get("packageId")), str(message.get("stickerId"))):
        raise Refused(_("This sticker can't be sent."))


def _image(message: Mapping[str, Any], to_group: bool) -> None:
    address_of(message, "originalContentUrl", _("File"))
    address_of(message, "previewImageUrl", _("Preview"))


def _video(message: Mapping[str, Any], to_group: bool) -> None:
    _image(message, to_group)
    place = _("Tracking ID")
    tracking_id = text_of(message, "trackingId", place, TRACKING_LIMIT, required=False)
    if tracking_id and to_group:
        raise refuse(place, _("not in groups"))
    if tracking_id and not TRACKING_ID.fullmatch(tracking_id):
        raise refuse(place, _("only letters and digits without accents, and some signs"))


def _audio(message: Mapping[str, Any], to_group: bool) -> None:
    address_of(message, "originalContentUrl", _("File"))
    number_of(message, "duration", _("Duration"), 1, 2**53, whole=True)


def _location(message: Mapping[str, Any], to_group: bool) -> None:
    text_of(message, "title", _("Title"), PLACE_LIMIT)
    text_of(message, "address", _("Postal address"), PLACE_LIMIT)
    number_of(message, "latitude", _("Latitude"), -90, 90)
    number_of(message, "longitude", _("Longitude"), -180, 180)


def _flex(message: Mapping[str, Any], to_group: bool) -> None:
    check_flex(message, "")


def _template(message: Mapping[str, Any], to_group: bool) -> None:
    text_of(message, "altText", _("Alternative text"), ALT_TEXT_LIMIT)
    template = object_of(message, "template", _("Template")) or {}
    _TEMPLATES[choice_of(template, "type", _("Template"), _TEMPLATES)](template)


def _buttons(template: Mapping[str, Any]) -> None:
    _check_card(template, "", 160, 60)
    _check_buttons(template, "", 1, 4)


def _confirm(template: Mapping[str, Any]) -> None:
    text_of(template, "text", _("Words"), 240, count=graphemes)
    _check_buttons(template, "", 2, 2)


def _carousel(template: Mapping[str, Any]) -> None:
    columns = objects_of(template, "columns", "", 1, 10, _column, together=_("Columns"))
    for place, column in columns:
        _check_card(column, place, 120, 60)
        _check_buttons(column, place, 1, 3)
    if len({len(column["actions"]) for _place, column in columns}) > 1:
        raise refuse(_("Columns"), _("every column needs the same number of buttons"))


def _image_carousel(template: Mapping[str, Any]) -> None:
    for place, column in objects_of(template, "columns", "", 1, 10, _column, together=_("Columns")):
        address_of(column, "imageUrl", inside(place, _("Picture")))
        action = object_of(column, "action", inside(place, _("Action"))) or {}
        check_action(action, place, label_limit=IMAGE_LABEL_LIMIT, label_required=False)


def _column(number: int) -> str:
    return _("Column %(number)d") % {"number": number}


def _button(number: int) -> str:
    return _("Button %(number)d") % {"number": number}


def _quick_reply(number: int) -> str:
    return _("Quick reply %(number)d") % {"number": number}


def _check_card(card: Mapping[str, Any], place: str, alone: int, with_head: int) -> None:
    """A text has less room beside a title or a picture."""
    has_head = bool(card.get("title") or card.get("thumbnailImageUrl"))
    text_of(card, "title", inside(place, _("Title")), 40, count=graphemes, required=False)
    text_of(card, "text", inside(place, _("Words")), with_head if has_head else alone, count=graphemes)
    address_of(card, "thumbnailImageUrl", inside(place, _("Picture")), required=False)
    default = object_of(card, "defaultAction", inside(place, _("Action")), required=False)
    if default is not None:
        check_action(default, place, label_limit=LABEL_LIMIT, label_required=False)


def _check_buttons(holder: Mapping[str, Any], place: str, low: int, high: int) -> None:
    for where, action in objects_of(holder, "actions", place, low, high, _button, together=_("Buttons")):
        check_action(action, where, label_limit=LABEL_LIMIT, label_required=True)


def _check_quick_replies(message: Mapping[str, Any]) -> None:
    quick_reply = object_of(message, "quickReply", _("Quick replies"), required=False)
    if quick_reply is None:
        return
    for where, item in objects_of(quick_reply, "items", "", 1, QUICK_REPLIES, _quick_reply, together=_("Quick replies")):
        choice_of(item, "type", where, ("action",))
        address_of(item, "imageUrl", inside(where, _("Picture")), required=False)
        action = object_of(item, "action", where) or {}
        check_action(action, where, label_limit=LABEL_LIMIT, label_required=True, quick_reply=True)


def _check_sender(message: Mapping[str, Any]) -> None:
    sender = object_of(message, "sender", _("Sender"), required=False)
    if sender is None:
        return
    place = inside(_("Sender"), _("Name"))
    name = text_of(sender, "name", place, SENDER_NAME_LIMIT, required=False)
    if NAME_OF_LINE.search(name):
        raise refuse(place, _("LINE refuses names that contain “LINE”"))
    address_of(sender, "iconUrl", inside(_("Sender"), _("Picture")), required=False)


CHECKS: dict[str, Callable[[Mapping[str, Any], bool], None]] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": _sticker,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "location": _location,
    "template": _template,
    "flex": _flex,
}
_TEMPLATES: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}

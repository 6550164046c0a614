"""What LINE would refuse is refused here first, in words that say where; what it takes is taken up to the limit."""

import pytest

from channels_app.line.adapter import LineAdapter
from channels_app.line.checks import problem_with_message
from channels_app.line.limits import graphemes
from channels_app.line.text import shortened, utf16_units

FAMILY = "👨‍👩‍👧‍👦"
PICTURE = "https://example.com/a.png"


def yes(**changes):
    return {"type": "message", "label": "Yes", "text": "Yes"} | changes


def text(words="はい", **more):
    return {"type": "text", "text": words} | more


def text_v2(words, **substitution):
    return {"type": "textV2", "text": words, "substitution": substitution}


def mention(**mentionee):
    return {"type": "mention", "mentionee": {"type": "user", "userId": "U1"} | mentionee}


def emoji(**changes):
    return {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"} | changes


def picture(**changes):
    return {"type": "image", "originalContentUrl": PICTURE, "previewImageUrl": PICTURE} | changes


def place(**changes):
    return {"type": "location", "title": "店", "address": "東京", "latitude": 35.6, "longitude": 139.7} | changes


def template(kind, **fields):
    return {"type": "template", "altText": "Choose", "template": {"type": kind} | fields}


def column(**changes):
    return {"text": "one", "actions": [yes()]} | changes


def tap(**changes):
    return {"type": "action", "action": yes()} | changes


def with_taps(*items):
    return text(quickReply={"items": list(items)})


def box(*contents, **changes):
    return {"type": "box", "layout": "vertical", "contents": list(contents)} | changes


def card(*contents, **changes):
    return {"type": "bubble", "body": box(*contents)} | changes


def flex(contents=None, **changes):
    return {"type": "flex", "altText": "Card", "contents": contents or card()} | changes


def nested(depth):
    made = box()
    for _ in range(depth):
        made = box(made)
    return made


PICKER = {"type": "datetimepicker", "label": "When", "data": "d", "mode": "date"}
POSTBACK = {"type": "postback", "label": "Yes", "data": "answer=yes"}
MOVIE = {"type": "video", "url": "https://example.com/a.mp4", "previewUrl": PICTURE, "altContent": {"type": "image", "url": PICTURE}}

TAKEN = {
    "text of 5000": text("a" * 5000),
    "text of 2500 emoji": text("🍎" * 2500),
    "words of tomorrow": text(aPropertyOfTomorrow=True),
    "textV2 without anything to put in": {"type": "textV2", "text": "{{literal}}"},
    "textV2 with emoji": text_v2("Hi {smile} {{literal}} {smile}", smile=emoji()),
    "textV2 of 5000": text_v2("a" * 4994 + "{even}", even=emoji()),
    "20 emoji and more substitutes than are used": text_v2("{e0}", **{f"e{n}": emoji() for n in range(20)}),
    "key of 20": text_v2("{" + "k" * 20 + "}", **{"k" * 20: emoji()}),
    "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    "image": picture(),
    "address of 2000": picture(originalContentUrl="https://example.com/" + "a" * 1980),
    "video": picture(type="video", trackingId="a" * 100),
    "audio": {"type": "audio", "originalContentUrl": "https://example.com/a.m4a", "duration": 1},
    "location": place(title="店" * 100, address="🍎" * 50, latitude=-90, longitude=180),
    "confirm": template("confirm", text=FAMILY * 240, actions=[yes(), POSTBACK]),
    "buttons": template("buttons", text="あ" * 160, actions=[yes()] * 4),
    "buttons with a picture": template("buttons", thumbnailImageUrl=PICTURE, text="a" * 60, actions=[PICKER], defaultAction=yes()),
    "buttons with a title": template("buttons", title=FAMILY * 40, text="ど" * 60, actions=[yes(label=FAMILY * 20)]),
    "carousel": template("carousel", columns=[column(text="a" * 120, actions=[yes()] * 3)] * 10),
    "carousel with titles": template("carousel", columns=[column(title="T", text="a" * 60)] * 2),
    "image carousel": template("image_carousel", columns=[{"imageUrl": PICTURE, "action": yes(label="a" * 12)}] * 10),
    "image carousel without labels": template(
        "image_carousel", columns=[{"imageUrl": PICTURE, "action": {"type": "message", "text": "a"}}]
    ),
    "alternative text of 1500": flex(altText="a" * 1500),
    "a card": flex(card(text(), {"type": "separator"}, {"type": "image", "url": PICTURE}, hero={"type": "image", "url": PICTURE})),
    "a card with a video": flex(card(hero=MOVIE, size="mega")),
    "a card with spans": flex(
        card({"type": "text", "contents": [{"type": "span", "text": "a", "weight": "bold"}], "wrap": True, "flex": 1, "align": "end"})
    ),
    "a card with an icon": flex(card(box({"type": "icon", "url": PICTURE}, text(), layout="baseline"))),
    "a card with a button": flex(card({"type": "button", "action": {"type": "uri", "label": "a" * 40, "uri": "tel:+81300000000"}})),
    "a card that can be tapped": flex(card(action={"type": "clipboard", "clipboardText": "c" * 1000})),
    "a card of nearly 30 KB": flex(card(text("あ" * 10_000))),
    "12 cards": flex({"type": "carousel", "contents": [card()] * 12}),
    "10 animated pictures": flex(card(*[{"type": "image", "url": PICTURE, "animated": True}] * 10)),
    "13 quick replies": with_taps(*[tap(imageUrl=PICTURE)] * 13),
    "camera and place": with_taps(
        *[tap(action={"type": kind, "label": "a" * 20}) for kind in ("camera", "cameraRoll", "location")], tap(action=POSTBACK)
    ),
    "the longest action": with_taps(
        tap(action=POSTBACK | {"data": "d" * 300, "displayText": FAMILY * 300, "inputOption": "openKeyboard", "fillInText": "f" * 300})
    ),
    "address of an action": with_taps(tap(action={"type": "uri", "label": "Open", "uri": "https://example.com/" + "a" * 980})),
    "times": with_taps(
        tap(action=PICKER | {"initial": "2026-11-21", "min": "2026-11-01", "max": "2026-12-31"}),
        tap(action=PICKER | {"mode": "time", "initial": "09:00"}),
        tap(action=PICKER | {"mode": "datetime", "initial": "2026-11-21t09:00", "max": "2026-11-21T23:59"}),
    ),
    "sender": text(sender={"name": "🍎" * 10, "iconUrl": PICTURE}),
    "a sender online": text(sender={"name": "Online shop"}),
}
TAKEN_IN_GROUPS = {
    "20 mentions": text_v2(
        "{all}", **{"all": {"type": "mention", "mentionee": {"type": "all"}}}, **{f"m{n}": mention() for n in range(19)}
    ),
}

REFUSED = {
    "no kind": ({"text": "a"}, "LINE doesn't know “None” here."),
    "a file": ({"type": "file"}, "LINE doesn't know “file” here."),
    "no text": ({"type": "text"}, "There is nothing to send: the message is empty."),
    "blank text": (text(" \n"), "There is nothing to send: the message is empty."),
    "text of 5001": (text("a" * 5001), "The message is too long for LINE: 5001 of at most 5000 characters."),
    "text of 2501 emoji": (text("🍎" * 2501), "The message is too long for LINE: 5002 of at most 5000 characters."),
    "open brace": (text_v2("{open"), "Placeholders: a brace without its partner; write {{ and }} for braces in the text."),
    "closed brace": (text_v2("a}"), "Placeholders: a brace without its partner; write {{ and }} for braces in the text."),
    "odd key": (text_v2("{名前}"), "Placeholders: a brace without its partner; write {{ and }} for braces in the text."),
    "nothing to put in": (text_v2("Hi {name}"), "Placeholders › name: missing."),
    "key of 21": (text_v2("a", **{"k" * 21: emoji()}), f"Placeholders › {'k' * 21}: a name has up to 20 letters, digits and underscores."),
    "101 substitutes": (text_v2("a", **{f"e{n}": emoji() for n in range(101)}), "Placeholders: LINE takes at most 100."),
    "21 emoji": (text_v2("a", **{f"e{n}": emoji() for n in range(21)}), "Placeholders: LINE takes at most 20 mentions and 20 emoji."),
    "emoji without its id": (text_v2("{e}", e=emoji(emojiId="")), "Placeholders › e: missing."),
    "mention of one customer": (text_v2("{m}", m=mention()), "Placeholders › m: only members of a group can be mentioned."),
    "another substitute": (text_v2("{m}", m={"type": "date"}), "Placeholders › m: LINE doesn't know “date” here."),
    "an unlisted sticker": ({"type": "sticker", "packageId": "1", "stickerId": "1"}, "This sticker can't be sent."),
    "image without preview": (picture(previewImageUrl=None), "Preview: missing."),
    "plain http": (picture(originalContentUrl="http://example.com/a.png"), "File: must be an https address."),
    "unencoded address": (picture(originalContentUrl="https://example.com/絵.png"), "File: must be an https address."),
    "address with a space": (picture(originalContentUrl="https://example.com/a b"), "File: must be an https address."),
    "no host": (picture(originalContentUrl="https:///a"), "File: must be an https address."),
    "a broken host": (picture(originalContentUrl="https://[a"), "File: must be an https address."),
    "an address that is a number": (picture(originalContentUrl=7), "File: must be text."),
    "address of 2001": (
        picture(originalContentUrl="https://example.com/" + "a" * 1981),
        "File: too long for LINE: 2001 of at most 2000 characters.",
    ),
    "tracking ID of 101": (picture(type="video", trackingId="a" * 101), "Tracking ID: too long for LINE: 101 of at most 100 characters."),
    "odd tracking ID": (picture(type="video", trackingId="é"), "Tracking ID: only letters and digits without accents, and some signs."),
    "audio without length": (
        {"type": "audio", "originalContentUrl": PICTURE},
        "Duration: must be a number from 1 to 9,007,199,254,740,992.",
    ),
    "title of 101": (place(title="a" * 101), "Title: too long for LINE: 101 of at most 100 characters."),
    "no postal address": (place(address=""), "Postal address: missing."),
    "latitude": (place(latitude=90.1), "Latitude: must be a number from -90 to 90."),
    "no longitude": (place(longitude=None), "Longitude: must be a number from -180 to 180."),
    "endless longitude": (place(longitude=float("nan")), "Longitude: must be a number from -180 to 180."),
    "confirm with one": (
        template("confirm", text="Sure?", actions=[yes()]),
        "Buttons: has 1, but LINE takes from 2 to 2.",
    ),
    "confirm of 241": (
        template("confirm", text="a" * 241, actions=[yes(), yes()]),
        "Words: too long for LINE: 241 of at most 240 characters.",
    ),
    "buttons of 161": (template("buttons", text="a" * 161, actions=[yes()]), "Words: too long for LINE: 161 of at most 160 characters."),
    "buttons of 61 beside a title": (
        template("buttons", title="T", text="a" * 61, actions=[yes()]),
        "Words: too long for LINE: 61 of at most 60 characters.",
    ),
    "title of 41": (
        template("buttons", title="a" * 41, text="a", actions=[yes()]),
        "Title: too long for LINE: 41 of at most 40 characters.",
    ),
    "five buttons": (template("buttons", text="a", actions=[yes()] * 5), "Buttons: has 5, but LINE takes from 1 to 4."),
    "label of 21": (
        template("buttons", text="a", actions=[yes(), yes(label=FAMILY * 21)]),
        "Button 2 › Label: too long for LINE: 21 of at most 20 characters.",
    ),
    "no label": (template("buttons", text="a", actions=[{"type": "message", "text": "a"}]), "Button 1 › Label: missing."),
    "eleven columns": (template("carousel", columns=[column()] * 11), "Columns: has 11, but LINE takes from 1 to 10."),
    "column of 121": (
        template("carousel", columns=[column(), column(text="a" * 121)]),
        "Column 2 › Words: too long for LINE: 121 of at most 120 characters.",
    ),
    "column with four": (
        template("carousel", columns=[column(actions=[yes()] * 4)]),
        "Column 1 › Buttons: has 4, but LINE takes from 1 to 3.",
    ),
    "uneven columns": (
        template("carousel", columns=[column(), column(actions=[yes()] * 2)]),
        "Columns: every column needs the same number of buttons.",
    ),
    "image carousel's label": (
        template("image_carousel", columns=[{"imageUrl": PICTURE, "action": yes(label="a" * 13)}]),
        "Column 1 › Label: too long for LINE: 13 of at most 12 characters.",
    ),
    "another template": (template("poll"), "Template: LINE doesn't know “poll” here."),
    "no template": ({"type": "template", "altText": "a"}, "Template: missing."),
    "alternative text of 1501": (flex(altText="a" * 1501), "Alternative text: too long for LINE: 1501 of at most 1500 characters."),
    "no alternative text": (flex(altText=""), "Alternative text: missing."),
    "a card over 30 KB": (flex(card(text("あ" * 10_300))), "too large for LINE: 31 of at most 30 KB."),
    "cards over 50 KB": (
        flex({"type": "carousel", "contents": [card(text("a" * 26_000))] * 2}),
        "too large for LINE: 52 of at most 50 KB.",
    ),
    "13 cards": (flex({"type": "carousel", "contents": [card()] * 13}), "has 13, but LINE takes from 1 to 12."),
    "11 animated pictures": (
        flex(card(*[{"type": "image", "url": PICTURE, "animated": True}] * 11)),
        "LINE takes at most 10 animated pictures.",
    ),
    "an unknown component": (flex(card({"type": "hologram"})), "body › 1: LINE doesn't know “hologram” here."),
    "an empty text in a card": (flex(card(text(), {"type": "text", "text": ""})), "body › 2 › Words: missing."),
    "a word for a number": (flex(card(text(flex="1"))), "body › 1 › flex: LINE doesn't know “1” here."),
    "a look of another kind": (flex(card(text(align="middle"))), "body › 1 › align: LINE doesn't know “middle” here."),
    "a box without contents": (flex({"type": "bubble", "body": {"type": "box", "layout": "vertical"}}), "body: missing."),
    "an icon in a vertical box": (flex(card({"type": "icon", "url": PICTURE})), "body › 1: an icon stands in a baseline box only."),
    "a button without action": (flex(card({"type": "button"})), "body › 1 › Action: missing."),
    "a button's label of 41": (
        flex(card({"type": "button", "action": yes(label="a" * 41)})),
        "body › 1 › Label: too long for LINE: 41 of at most 40 characters.",
    ),
    "a video without alternative": (flex(card(hero=MOVIE | {"altContent": None})), "hero › Alternative: missing."),
    "a video in the body": (flex(card(MOVIE)), "body › 1: LINE doesn't know “video” here."),
    "boxes without end": (flex(card(nested(40))), " › 1".join(["body", *[""] * 30]) + ": too many boxes inside each other."),
    "script address": (
        with_taps(tap(action={"type": "uri", "label": "Open", "uri": "javascript:alert(1)"})),
        "Quick reply 1 › Address: must be an address that begins with http, https, line or tel.",
    ),
    "14 quick replies": (with_taps(*[tap()] * 14), "Quick replies: has 14, but LINE takes from 1 to 13."),
    "no quick replies": (with_taps(), "Quick replies: has 0, but LINE takes from 1 to 13."),
    "camera without label": (with_taps(tap(action={"type": "camera"})), "Quick reply 1 › Label: missing."),
    "camera on a button": (
        template("buttons", text="a", actions=[{"type": "camera", "label": "Photo"}]),
        "Button 1 › Action: LINE doesn't know “camera” here.",
    ),
    "rich menu": (
        with_taps(tap(action={"type": "richmenuswitch", "richMenuAliasId": "a", "data": "d", "label": "a"})),
        "Quick reply 1 › Action: LINE doesn't know “richmenuswitch” here.",
    ),
    "data of 301": (
        with_taps(tap(action=POSTBACK | {"data": "d" * 301})),
        "Quick reply 1 › Data: too long for LINE: 301 of at most 300 characters.",
    ),
    "no data": (with_taps(tap(action=POSTBACK | {"data": ""})), "Quick reply 1 › Data: missing."),
    "shown words of 301": (
        with_taps(tap(action=POSTBACK | {"displayText": FAMILY * 301})),
        "Quick reply 1 › Shown words: too long for LINE: 301 of at most 300 characters.",
    ),
    "shown twice": (with_taps(tap(action=POSTBACK | {"displayText": "a", "text": "a"})), "Quick reply 1 › Shown words: given twice."),
    "words to fill in alone": (
        with_taps(tap(action=POSTBACK | {"fillInText": "a"})),
        "Quick reply 1 › Words to fill in: need the keyboard to be opened.",
    ),
    "message action of 301": (
        with_taps(tap(action=yes(text="a" * 301))),
        "Quick reply 1 › Words: too long for LINE: 301 of at most 300 characters.",
    ),
    "uri of 1001": (
        with_taps(tap(action={"type": "uri", "label": "Open", "uri": "https://example.com/" + "a" * 981})),
        "Quick reply 1 › Address: too long for LINE: 1001 of at most 1000 characters.",
    ),
    "clipboard of 1001": (
        with_taps(tap(action={"type": "clipboard", "label": "Copy", "clipboardText": "c" * 1001})),
        "Quick reply 1 › Words to copy: too long for LINE: 1001 of at most 1000 characters.",
    ),
    "odd date": (
        with_taps(tap(action=PICKER | {"initial": "21.11.2026"})),
        "Quick reply 1 › Date or time: must be written as LINE wants it, the earliest first.",
    ),
    "dates in the wrong order": (
        with_taps(tap(action=PICKER | {"min": "2026-11-21", "max": "2026-11-01"})),
        "Quick reply 1 › Date or time: must be written as LINE wants it, the earliest first.",
    ),
    "sender of 21": (text(sender={"name": "🍎" * 10 + "a"}), "Sender › Name: too long for LINE: 21 of at most 20 characters."),
    "sender called LINE": (text(sender={"name": "LINE公式"}), "Sender › Name: LINE refuses names that contain “LINE”."),
    "sender's picture": (text(sender={"iconUrl": "http://example.com/a"}), "Sender › Picture: must be an https address."),
}


@pytest.mark.parametrize("message", TAKEN.values(), ids=TAKEN.keys())
def test_what_line_takes_is_taken_up_to_the_limit(message):
    assert problem_with_message(message, to_group=False) == ""


@pytest.mark.parametrize("message", TAKEN_IN_GROUPS.values(), ids=TAKEN_IN_GROUPS.keys())
def test_members_are_mentioned_in_groups(message):
    assert problem_with_message(message, to_group=True) == ""


@pytest.mark.parametrize(("message", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_line_would_refuse_is_refused_in_words_that_say_where(message, words):
    assert problem_with_message(message, to_group=False) == words


def test_a_video_in_a_group_is_not_tracked():
    assert problem_with_message(picture(type="video", trackingId="a"), to_group=True) == "Tracking ID: not in groups."


@pytest.mark.parametrize(
    ("words", "units", "seen"),
    [("🍎", 2, 1), (FAMILY, 11, 1), ("🇯🇵🇯🇵", 8, 2), ("か\u3099", 2, 1), ("กำที่", 5, 2), ("한국", 2, 2), ("", 0, 0)],
)
def test_units_and_what_people_see_as_characters_are_counted_apart(words, units, seen):
    assert (utf16_units(words), graphemes(words)) == (units, seen)


def test_shortening_cuts_no_character_in_two():
    assert [shortened("a🍎b", limit) for limit in range(5)] == ["", "a", "a", "a🍎", "a🍎b"]


def test_plain_http_is_for_this_machine_alone_and_only_where_that_is_allowed(settings):
    here = picture(originalContentUrl="http://127.0.0.1:8000/a.png")
    assert problem_with_message(here, to_group=False) == ""

    settings.ALLOW_INSECURE_LOOPBACK = False
    assert problem_with_message(here, to_group=False) == "File: must be an https address."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"kind": "image", "media": "abc"}, ""),
        ({"kind": "file", "media": "abc", "open_label": "Open"}, ""),
        ({"kind": "image"}, "File: missing."),
        ({"kind": "coupon"}, "This kind of message can't be sent."),
        ({}, "This kind of message can't be sent."),
        ({"kind": "text", "text": "a", "marks": 7}, "This kind of message can't be sent."),
        ({"kind": "text", "text": "a", "quick_replies": [{"action": {"type": "camera"}}]}, "Quick reply 1 › Label: missing."),
    ],
)
def test_a_bubble_is_checked_before_its_file_has_an_address(content, problem):
    assert LineAdapter().problem_with_bubble(content, to_group=False) == problem


def test_what_is_put_into_a_text_stands_in_the_thread_in_words():
    marks = {"who": {"kind": "mention", "user_id": "U1", "words": "@みさき"}, "all": {"kind": "mention"}, "e": {"kind": "emoji"}}

    assert LineAdapter().words_of({"kind": "text", "text": "{who} {{and}} {all} {e}", "marks": marks}) == "@みさき {and} @ 🙂"
    assert LineAdapter().words_of({"kind": "text", "text": "{as it is}"}) == "{as it is}"
    assert LineAdapter().words_of({"kind": "flex", "alt_text": "Card", "contents": {}}) == "Card"

"""What LINE finds wrong with messages, in its own words."""

from typing import Any

import pytest

from .server import CHANNEL, Answer, SimulatorProcess

OK_IMAGE = {"type": "image", "originalContentUrl": "https://example.com/a.jpg", "previewImageUrl": "https://example.com/b.jpg"}

# One character to those who read it, eight UTF-16 units.
FAMILY = "👨‍👩‍👧"


@pytest.fixture
def misaki(line_simulator: SimulatorProcess) -> str:
    line_simulator.add_channel()
    return line_simulator.add_user()


def push(simulator: SimulatorProcess, to: str, messages: Any) -> Answer:
    return simulator.line("POST", "/v2/bot/message/push", {"to": to, "messages": messages})


def action(**fields: Any) -> dict[str, Any]:
    return {"type": "message", "label": "Yes", "text": "Yes", **fields}


def template(**fields: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "Choose", "template": fields}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def bubble(*contents: dict[str, Any]) -> dict[str, Any]:
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": list(contents)}}


def flex(*contents: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"type": "flex", "altText": "Card", "contents": bubble(*contents), **fields}


REFUSED: list[tuple[Any, str, str]] = [
    ([], "messages", "Size must be between 1 and 5"),
    ([{"type": "text", "text": "a"}] * 6, "messages", "Size must be between 1 and 5"),
    (None, "messages", "May not be empty"),
    ([{"text": "no type"}], "messages[0].type", "May not be empty"),
    ([{"type": "text"}], "messages[0].text", "May not be empty"),
    ([{"type": "text", "text": ""}], "messages[0].text", "May not be empty"),
    ([{"type": "text", "text": "a" * 5001}], "messages[0].text", "Length must be between 0 and 5000"),
    ([{"type": "text", "text": "🍎" * 2501}], "messages[0].text", "Length must be between 0 and 5000"),
    ([{"type": "textV2", "text": "{open"}], "messages[0].text", "Unpaired braces"),
    ([{"type": "textV2", "text": "Hi {name}"}], "messages[0].substitution.name", "May not be empty"),
    (
        [{"type": "text", "text": "a $", "emojis": [{"index": 0, "productId": "1", "emojiId": "2"}]}],
        "messages[0].emojis[0].index",
        "Must be the index of a $ in the text",
    ),
    ([{**OK_IMAGE, "previewImageUrl": None}], "messages[0].previewImageUrl", "May not be empty"),
    ([{**OK_IMAGE, "originalContentUrl": "http://example.com/a.jpg"}], "messages[0].originalContentUrl", "Must be a valid HTTPS URL"),
    ([{**OK_IMAGE, "originalContentUrl": "nonsense"}], "messages[0].originalContentUrl", "Must be a valid HTTPS URL"),
    (
        [{**OK_IMAGE, "originalContentUrl": "https://example.com/" + "a" * 2000}],
        "messages[0].originalContentUrl",
        "Length must be between 0 and 2000",
    ),
    ([{"type": "audio", "originalContentUrl": "https://example.com/a.m4a"}], "messages[0].duration", "May not be empty"),
    (
        [{"type": "location", "title": "t", "address": "a", "latitude": 91, "longitude": 0}],
        "messages[0].latitude",
        "Must be between -90 and 90",
    ),
    ([{"type": "sticker", "packageId": "446"}], "messages[0].stickerId", "May not be empty"),
    (
        [{"type": "sticker", "packageId": "1", "stickerId": "1"}],
        "messages[0].packageId",
        "Must be a sticker package that can be sent with the Messaging API",
    ),
    ([{"type": "flex", "altText": "Card"}], "messages[0].contents", "May not be empty"),
    ([{"type": "flex", "altText": "a" * 1501, "contents": {"type": "bubble"}}], "messages[0].altText", "Length must be between 0 and 1500"),
    ([flex(text("Hello"), altText="")], "messages[0].altText", "May not be empty"),
    ([flex(text("a" * 31_000))], "messages[0].contents", "The size of the bubble must be 30 KB or less"),
    ([flex(text("あ" * 10_300))], "messages[0].contents", "The size of the bubble must be 30 KB or less"),
    (
        [{"type": "flex", "altText": "Cards", "contents": {"type": "carousel", "contents": [bubble(text("a" * 27_000))] * 2}}],
        "messages[0].contents",
        "The size of the carousel must be 50 KB or less",
    ),
    (
        [{"type": "flex", "altText": "Cards", "contents": {"type": "carousel", "contents": [bubble()] * 13}}],
        "messages[0].contents.contents",
        "Size must be between 1 and 12",
    ),
    (
        [flex({"type": "hologram"})],
        "messages[0].contents.body.contents[0].type",
        "Must be one of the following values: [box, button, image, icon, text, separator, filler]",
    ),
    (
        [flex({"type": "spacer", "size": "md"})],
        "messages[0].contents.body.contents[0].type",
        "Must be one of the following values: [box, button, image, icon, text, separator, filler]",
    ),
    ([flex({"type": "text", "text": ""})], "messages[0].contents.body.contents[0].text", "May not be empty"),
    ([flex({"type": "image"})], "messages[0].contents.body.contents[0].url", "May not be empty"),
    (
        [flex({"type": "image", "url": "http://example.com/a.png"})],
        "messages[0].contents.body.contents[0].url",
        "Must be a valid HTTPS URL",
    ),
    ([flex({"type": "button"})], "messages[0].contents.body.contents[0].action", "May not be empty"),
    (
        [flex({"type": "button", "action": {"type": "uri", "label": "Open", "uri": "javascript:alert(1)"}})],
        "messages[0].contents.body.contents[0].action.uri",
        "Must be a URI whose scheme is http, https, line or tel",
    ),
    (
        [flex({"type": "button", "action": action(label="a" * 41)})],
        "messages[0].contents.body.contents[0].action.label",
        "Length must be between 0 and 40",
    ),
    (
        [flex({"type": "box", "layout": "diagonal", "contents": []})],
        "messages[0].contents.body.contents[0].layout",
        "Must be one of the following values: [horizontal, vertical, baseline]",
    ),
    ([{**OK_IMAGE, "quoteToken": "q"}], "messages[0].quoteToken", "Only text, textV2 and sticker messages can quote"),
    ([{**flex(), "quoteToken": "q"}], "messages[0].quoteToken", "Only text, textV2 and sticker messages can quote"),
    ([{"type": "text", "text": "a", "quoteToken": "of nobody"}], "messages[0].quoteToken", "Invalid quote token"),
    (
        [{"type": "sticker", "packageId": "446", "stickerId": "1988", "quoteToken": "of nobody"}],
        "messages[0].quoteToken",
        "Invalid quote token",
    ),
    ([{**OK_IMAGE, "type": "video", "previewImageUrl": None}], "messages[0].previewImageUrl", "May not be empty"),
    ([{**OK_IMAGE, "type": "video", "originalContentUrl": None}], "messages[0].originalContentUrl", "May not be empty"),
    ([{**OK_IMAGE, "type": "video", "trackingId": "a" * 101}], "messages[0].trackingId", "Length must be between 0 and 100"),
    ([{"type": "audio", "duration": 1000}], "messages[0].originalContentUrl", "May not be empty"),
    (
        [{"type": "audio", "originalContentUrl": "https://example.com/a.m4a", "duration": 0}],
        "messages[0].duration",
        "Must be between 1 and 9.0072e+15",
    ),
    (
        [{"type": "textV2", "text": "{e}", "substitution": {"e": {"type": "emoji", "productId": "1"}}}],
        "messages[0].substitution.e.emojiId",
        "May not be empty",
    ),
    ([template(type="confirm", text="Sure?", actions=[action()])], "messages[0].template.actions", "Size must be between 2 and 2"),
    (
        [template(type="confirm", text=FAMILY * 241, actions=[action()] * 2)],
        "messages[0].template.text",
        "Length must be between 0 and 240",
    ),
    ([template(type="buttons", text="a" * 161, actions=[action()])], "messages[0].template.text", "Length must be between 0 and 160"),
    (
        [template(type="buttons", title="T", text="a" * 61, actions=[action()])],
        "messages[0].template.text",
        "Length must be between 0 and 60",
    ),
    (
        [{"type": "text", "text": "a", "quickReply": {"items": [{"type": "action", "action": action()}] * 14}}],
        "messages[0].quickReply.items",
        "Size must be between 1 and 13",
    ),
    (
        [template(type="confirm", text="Sure?", actions=[action(label=FAMILY * 21), action()])],
        "messages[0].template.actions[0].label",
        "Length must be between 0 and 20",
    ),
    (
        [template(type="confirm", text="Sure?", actions=[{"type": "postback", "label": "a", "data": "🍎" * 151}, action()])],
        "messages[0].template.actions[0].data",
        "Length must be between 0 and 300",
    ),
    (
        [template(type="confirm", text="Sure?", actions=[{"type": "postback", "label": "a", "data": "d", "text": "a" * 301}, action()])],
        "messages[0].template.actions[0].text",
        "Length must be between 0 and 300",
    ),
    ([{"type": "text", "text": "a", "sender": {"name": "🍎" * 11}}], "messages[0].sender.name", "Length must be between 0 and 20"),
    ([{"type": "text", "text": "a", "sender": {"name": "a" * 21}}], "messages[0].sender.name", "Length must be between 0 and 20"),
]


@pytest.mark.parametrize(("messages", "where", "words"), REFUSED)
def test_a_wrong_message_is_refused_with_the_place_and_the_words(
    line_simulator: SimulatorProcess, misaki: str, messages: Any, where: str, words: str
) -> None:
    answer = push(line_simulator, misaki, messages)

    assert (answer.status, answer.json) == (
        400,
        {"message": "The request body has 1 error(s)", "details": [{"message": words, "property": where}]},
    )
    assert line_simulator.chat(misaki) == []


def test_there_is_no_file_message(line_simulator: SimulatorProcess, misaki: str) -> None:
    answer = push(line_simulator, misaki, [{"type": "file", "fileName": "a.pdf"}])

    (detail,) = answer.json["details"]
    assert detail["property"] == "messages[0].type"
    assert detail["message"].startswith("Must be one of the following values: [text, textV2, sticker, image, video, audio")


def test_all_errors_are_counted_and_nothing_is_sent(line_simulator: SimulatorProcess, misaki: str) -> None:
    answer = push(line_simulator, misaki, [{"type": "text", "text": "fine"}, {"type": "text", "text": ""}, {"type": "image"}])

    assert answer.json["message"] == "The request body has 3 error(s)"
    assert [detail["property"] for detail in answer.json["details"]] == [
        "messages[1].text",
        "messages[2].originalContentUrl",
        "messages[2].previewImageUrl",
    ]
    assert line_simulator.chat(misaki) == []


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"to": 7, "messages": [{"type": "text", "text": "a"}]}, "to"),
        ({"messages": "hello"}, "messages"),
        ({"messages": ["hello"]}, "messages[0]"),
        ({"messages": [{"type": "text", "text": 5}]}, "messages[0].text"),
        ({"messages": [{"type": "sticker", "packageId": 446, "stickerId": 1988}]}, "messages[0].packageId"),
        ({"messages": [{"type": "text", "text": "a"}], "notificationDisabled": "yes"}, "notificationDisabled"),
    ],
)
def test_a_property_of_another_json_type_is_named(line_simulator: SimulatorProcess, misaki: str, data: dict[str, Any], where: str) -> None:
    answer = line_simulator.line("POST", "/v2/bot/message/push", {"to": misaki, **data})

    assert answer.status == 400
    assert answer.json["message"].startswith(f"The property, '{where}', in the request body is invalid")


FIRST_STICKERS = {
    **{"446": "1988", "789": "10855", "1070": "17839", "6136": "10551376", "6325": "10979904", "6359": "11069848"},
    **{"6362": "11087920", "6370": "11088016", "6632": "11825374", "8515": "16581242", "8522": "16581266", "8525": "16581290"},
    **{"10551": "1", "10979": "1", "11537": "52002734", "11538": "51626494", "11539": "52114110"},
}


@pytest.mark.parametrize(("package", "sticker"), FIRST_STICKERS.items())
def test_every_package_of_lines_list_can_be_sent(line_simulator: SimulatorProcess, misaki: str, package: str, sticker: str) -> None:
    assert push(line_simulator, misaki, [{"type": "sticker", "packageId": package, "stickerId": sticker}]).status == 200


def test_a_quote_token_counts_in_its_own_chat_only(line_simulator: SimulatorProcess, misaki: str) -> None:
    other = line_simulator.add_user("Daniel")
    line_simulator.send(misaki, {"type": "image"})
    token = line_simulator.chat(misaki)[0]["quote_token"]
    words = [{"type": "text", "text": "Thank you", "quoteToken": token}]

    assert push(line_simulator, other, words).json["details"] == [{"message": "Invalid quote token", "property": "messages[0].quoteToken"}]
    assert push(line_simulator, misaki, words).status == 200
    own = line_simulator.chat(misaki)[1]["quote_token"]
    assert push(line_simulator, misaki, [{"type": "textV2", "text": "And this", "quoteToken": own}]).status == 200


@pytest.mark.parametrize("kind", ["audio", "file", "location"])
def test_what_line_gives_no_token_for_cannot_be_quoted(line_simulator: SimulatorProcess, misaki: str, kind: str) -> None:
    line_simulator.send(misaki, {"type": kind})

    assert line_simulator.chat(misaki)[0]["quote_token"] is None


def test_absurd_nesting_is_refused(line_simulator: SimulatorProcess, misaki: str) -> None:
    box = '{"type":"box","layout":"vertical","contents":['
    body = '{"to":"%s","messages":[{"type":"flex","altText":"a","contents":{"type":"bubble","body":%s%s}}]}'
    for depth in (60, 500, 40_000):
        sent = (body % (misaki, box * depth, "]}" * depth)).encode()
        answer = line_simulator.line("POST", "/v2/bot/message/push", body=sent, headers={"Content-Type": "application/json"})
        assert answer.status == 400, depth
    assert line_simulator.chat(misaki) == []


ACCEPTED: list[dict[str, Any]] = [
    {"type": "text", "text": "a" * 5000},
    {"type": "text", "text": "🍎" * 2500},
    {"type": "text", "text": "🍎 $", "emojis": [{"index": 3, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}]},
    {"type": "textV2", "text": "Hi {smile} {{literal}}", "substitution": {"smile": {"type": "emoji", "productId": "1", "emojiId": "2"}}},
    {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    OK_IMAGE,
    {**OK_IMAGE, "type": "video", "trackingId": "clip-1"},
    {"type": "audio", "originalContentUrl": "https://example.com/a.m4a", "duration": 1000},
    {"type": "location", "title": "Shop", "address": "Tokyo", "latitude": 35.6, "longitude": 139.7},
    {"type": "flex", "altText": "Card", "contents": {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}}},
    flex(text("あ" * 10_000), altText="a" * 1500),
    flex(
        {"type": "box", "layout": "baseline", "contents": [{"type": "icon", "url": "https://example.com/i.png"}, text("a")]},
        {"type": "text", "contents": [{"type": "span", "text": "a", "weight": "bold"}]},
        {"type": "image", "url": "https://example.com/a.png", "size": "full", "aspectRatio": "20:13"},
        {"type": "separator", "margin": "md"},
        {"type": "button", "style": "link", "action": {"type": "uri", "label": "a" * 40, "uri": "tel:+81300000000"}},
    ),
    template(type="confirm", text="Sure?", actions=[action(), action(label="No", text="No")]),
    template(type="buttons", title="T", text="a" * 60, actions=[action()] * 4),
    template(type="buttons", title=FAMILY * 40, text=FAMILY * 60, actions=[action(label=FAMILY * 20, text=FAMILY * 300)]),
    template(type="buttons", text="Words", actions=[{"type": "postback", "label": "a", "data": "d", "displayText": FAMILY * 300}]),
    flex({"type": "button", "action": action(label="か\u3099" * 40)}),
    template(type="carousel", columns=[{"text": "one", "actions": [action()]}, {"text": "two", "actions": [action()]}]),
    {"type": "text", "text": "a", "quickReply": {"items": [{"type": "action", "action": action()}] * 13}},
    {"type": "text", "text": "a", "sender": {"name": "Koharu", "iconUrl": "https://example.com/k.png"}},
    {"type": "text", "text": "a", "aPropertyOfTomorrow": True},
]


@pytest.mark.parametrize("message", ACCEPTED)
def test_a_right_message_is_accepted_up_to_the_limit(line_simulator: SimulatorProcess, misaki: str, message: dict[str, Any]) -> None:
    answer = push(line_simulator, misaki, [message])

    assert answer.status == 200, answer.text
    assert line_simulator.chat(misaki)[0]["type"] == message["type"]


def test_the_customer_reads_substituted_text_and_words_for_what_is_no_text(line_simulator: SimulatorProcess, misaki: str) -> None:
    push(line_simulator, misaki, [ACCEPTED[3], ACCEPTED[9], OK_IMAGE])

    first, second, third = line_simulator.chat(misaki)
    assert (first["text"], second["text"]) == ("Hi ☺ {literal}", "Card")
    assert "text" not in third


def test_a_dry_run_checks_and_sends_nothing(line_simulator: SimulatorProcess, misaki: str) -> None:
    good = line_simulator.line("POST", "/v2/bot/message/validate/push", {"messages": [{"type": "text", "text": "a"}]})
    bad = line_simulator.line("POST", "/v2/bot/message/validate/reply", {"messages": [{"type": "text", "text": ""}]})

    assert (good.status, good.json, bad.status) == (200, {}, 400)
    assert line_simulator.chat(misaki) == []
    assert line_simulator.line("GET", "/v2/bot/message/quota/consumption").json == {"totalUsage": 0}
    assert line_simulator.get("/sim/users", channel_id=CHANNEL)["users"][0]["last_text"] is None

"""Every event and message that LINE documents, with every property it may have: where tests take theirs from."""

from typing import Any

USER = "U" + "1" * 32
GROUP, ROOM = "C" + "2" * 32, "R" + "3" * 32
BOT = "U" + "b" * 32
AT = 1_750_000_000_000

QUOTE = {"quoteToken": "q3Plxr4AgKd", "markAsReadToken": "mark-1"}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {
        "type": "text",
        "text": "@All (moon) 🍎 hello",
        "quotedMessageId": "468789577898262530",
        "emojis": [{"index": 5, "length": 6, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}],
        "mention": {
            "mentionees": [
                {"index": 0, "length": 4, "type": "all"},
                {"index": 15, "length": 5, "type": "user", "userId": BOT, "isSelf": True},
                {"index": 900, "length": 5, "type": "user"},
            ]
        },
        **QUOTE,
    },
    "image": {
        "type": "image",
        "contentProvider": {"type": "line"},
        "imageSet": {"id": "E005D41A7288F41B65593ED38FF6E983", "index": 1, "total": 2},
        **QUOTE,
    },
    "image at another address": {
        "type": "image",
        "contentProvider": {
            "type": "external",
            "originalContentUrl": "https://example.com/a.jpg",
            "previewImageUrl": "https://example.com/b.jpg",
        },
        **QUOTE,
    },
    "video": {"type": "video", "duration": 60000, "contentProvider": {"type": "line"}, **QUOTE},
    "audio": {"type": "audio", "duration": 60000, "contentProvider": {"type": "line"}, "markAsReadToken": "m"},
    "file": {"type": "file", "fileName": "領収書.pdf", "fileSize": 2138, "markAsReadToken": "m"},
    "location": {
        "type": "location",
        "title": "my location",
        "address": "日本、〒160-0004 東京都新宿区四谷1-6-1",
        "latitude": 35.687574,
        "longitude": 139.72922,
        "markAsReadToken": "m",
    },
    **{
        f"sticker {kind}": {
            "type": "sticker",
            "packageId": "446",
            "stickerId": "1988",
            "stickerResourceType": kind,
            "keywords": ["cony", "sally", "Staring", "hi", "whatsup", "line", "howdy", "HEY", "Peeking", "wave"],
            "text": "Let's\nhang out!",
            "quotedMessageId": "1",
            **QUOTE,
        }
        for kind in (
            "STATIC",
            "ANIMATION",
            "SOUND",
            "ANIMATION_SOUND",
            "POPUP",
            "POPUP_SOUND",
            "CUSTOM",
            "MESSAGE",
            "NAME_TEXT",
            "PER_STICKER_TEXT",
            "INVENTED_LATER",
        )
    },
    "invented later": {"type": "hologram", "depth": 3, "text": "?", **QUOTE},
}

SOURCES = {
    "user": {"type": "user", "userId": USER},
    "group": {"type": "group", "groupId": GROUP, "userId": USER},
    "room": {"type": "room", "roomId": ROOM, "userId": USER},
    "group without member": {"type": "group", "groupId": GROUP},
    "room without member": {"type": "room", "roomId": ROOM},
    "user of a module channel": {"type": "user", "userId": f"L{BOT}-{USER}"},
    "user without id": {"type": "user"},
    "none": None,
}

EVENTS: dict[str, dict[str, Any]] = {
    **{f"message: {name}": {"type": "message", "message": message} for name, message in MESSAGES.items()},
    "messageEdited": {"type": "messageEdited", "message": {"type": "text", "id": "1", "text": "better", "quoteToken": "q2"}},
    "unsend": {"type": "unsend", "unsend": {"messageId": "325708"}},
    "follow": {"type": "follow", "follow": {"isUnblocked": False}},
    "follow again": {"type": "follow", "follow": {"isUnblocked": True}},
    "unfollow": {"type": "unfollow"},
    "join": {"type": "join"},
    "leave": {"type": "leave"},
    "memberJoined": {"type": "memberJoined", "joined": {"members": [{"type": "user", "userId": USER}, {"type": "user"}]}},
    "memberLeft": {"type": "memberLeft", "left": {"members": [{"type": "user", "userId": USER}]}},
    "postback": {"type": "postback", "postback": {"data": "storeId=12345"}},
    "postback date": {"type": "postback", "postback": {"data": "d", "params": {"date": "2017-09-03"}}},
    "postback time": {"type": "postback", "postback": {"data": "d", "params": {"time": "15:00"}}},
    "postback datetime": {"type": "postback", "postback": {"data": "d", "params": {"datetime": "2017-12-25T01:00"}}},
    **{
        f"postback menu {status}": {"type": "postback", "postback": {"data": "d", "params": {"newRichMenuAliasId": "b", "status": status}}}
        for status in ("SUCCESS", "RICHMENU_ALIAS_ID_NOTFOUND", "RICHMENU_NOTFOUND", "FAILED")
    },
    "videoPlayComplete": {"type": "videoPlayComplete", "videoPlayComplete": {"trackingId": "track-id"}},
    **{
        f"beacon {kind}": {"type": "beacon", "beacon": {"hwid": "d41d8cd98f", "type": kind, "dm": "1234567890abcdef"}}
        for kind in ("enter", "banner", "stay", "later")
    },
    "accountLink ok": {"type": "accountLink", "link": {"result": "ok", "nonce": "c2hhMjU2"}},
    "accountLink failed": {"type": "accountLink", "link": {"result": "failed", "nonce": "c2hhMjU2"}},
    **{
        f"membership {kind}": {"type": "membership", "membership": {"type": kind, "membershipId": 3189}}
        for kind in ("joined", "left", "renewed")
    },
    "module attached": {"type": "module", "module": {"type": "attached", "botId": BOT, "scopes": ["message:send"]}},
    "module detached": {"type": "module", "module": {"type": "detached", "botId": BOT, "reason": "bot_deleted"}},
    "activated": {"type": "activated", "chatControl": {"expireAt": AT + 3_600_000}},
    "deactivated": {"type": "deactivated"},
    "botSuspended": {"type": "botSuspended"},
    "botResumed": {"type": "botResumed"},
    "delivery": {"type": "delivery", "delivery": {"data": "15034552939884E28681A7D668CEA94C147C716C0EC9DFE8B80B44EF3B57F6BD"}},
    "things": {"type": "things", "things": {"deviceId": "t2c449c9d1", "type": "link"}},
    "invented later": {"type": "inventedLater", "inventedLater": {"a": [1, {"b": None}]}},
}


def event_of(number: int, name: str, *, source: str = "user", mode: str | None = "active") -> dict[str, Any]:
    """The event of this name, complete, with ids of its own."""
    event: dict[str, Any] = {
        "mode": mode,
        "timestamp": AT + number,
        "source": SOURCES[source],
        "webhookEventId": f"01H{number:023d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"token-{number}",
    }
    event |= EVENTS[name]
    if event["type"] == "message":
        event["message"] = {"id": f"4687{number:014d}"} | event["message"]
    return {key: value for key, value in event.items() if value is not None}

"""Stickers, emoji and portraits: pictures that LINE serves to everybody."""

import struct

import pytest

from .server import SimulatorProcess

STICKER = "/stickershop/v1/sticker/{}/android/sticker.png"
EMOJI = "/sticonshop/v1/sticon/5ac1bfd5040ab15980c9b435/android/{}.png"
PORTRAIT = "/pictures/{}.png"
KNOWN = [(STICKER, [str(number) for number in range(1988, 1996)]), (EMOJI, [f"{number:03d}" for number in range(1, 11)])]


def picture(simulator: SimulatorProcess, path: str) -> bytes:
    answer = simulator.call("GET", path)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n")
    assert answer.body.endswith(b"IEND\xaeB`\x82")
    assert len(answer.body) < 8000
    return answer.body


@pytest.mark.parametrize(("path", "ids"), KNOWN)
@pytest.mark.parametrize("prefix", ["", "/sim"])
def test_each_known_one_has_its_own_drawing(line_simulator: SimulatorProcess, path: str, ids: list[str], prefix: str) -> None:
    assert len({picture(line_simulator, prefix + path.format(name)) for name in ids}) == len(ids)


@pytest.mark.parametrize("path", [STICKER, EMOJI, PORTRAIT])
def test_an_unknown_one_always_gets_the_same_drawing(line_simulator: SimulatorProcess, path: str) -> None:
    names = [str(number) for number in range(52002734, 52002754)]
    first = [picture(line_simulator, path.format(name)) for name in names]

    assert [picture(line_simulator, path.format(name)) for name in names] == first
    assert len(set(first)) > 3


@pytest.mark.parametrize(
    "path",
    [
        STICKER.format("abc"),
        STICKER.format("..%2F1988"),
        "/stickershop/v1/sticker/1988/ios/sticker.png",
        EMOJI.format("..%2Fstickers%2F1988"),
        "/sticonshop/v1/sticon/x/android/001.gif",
        "/pictures/a.jpg",
        PORTRAIT.format("%2e%2e%2fpeople%2fcat"),
        PORTRAIT.format(""),
        PORTRAIT.format("a" * 65),
    ],
)
def test_what_is_no_picture_is_not_found(line_simulator: SimulatorProcess, path: str) -> None:
    assert line_simulator.call("GET", path).status == 404
    assert line_simulator.call("GET", f"/sim{path}").status == 404


def test_everybody_has_a_picture_unless_told_otherwise(line_simulator: SimulatorProcess) -> None:
    channel = line_simulator.add_channel()
    user, plain = line_simulator.add_user("みさき"), line_simulator.add_user("小安", picture_url="")
    own = line_simulator.add_user("Daniel", picture_url="https://example.com/d.png")
    line_simulator.add_user(user_id=own)
    info = line_simulator.line("GET", "/v2/bot/info").json
    profile = line_simulator.line("GET", f"/v2/bot/profile/{user}").json

    assert info["pictureUrl"] == f"{line_simulator.url}/pictures/{channel['bot_user_id']}.png"
    assert profile["pictureUrl"] == f"{line_simulator.url}/pictures/{user}.png"
    assert "pictureUrl" not in line_simulator.line("GET", f"/v2/bot/profile/{plain}").json
    assert line_simulator.line("GET", f"/v2/bot/profile/{own}").json["pictureUrl"] == "https://example.com/d.png"


def test_the_pictures_are_square_and_big_enough(line_simulator: SimulatorProcess) -> None:
    size = struct.unpack(">II", picture(line_simulator, PORTRAIT.format("U1"))[16:24])

    assert size == (192, 192)


def test_a_portrait_of_an_account_is_an_emblem(line_simulator: SimulatorProcess) -> None:
    bot = line_simulator.add_channel()["bot_user_id"]
    emblem = picture(line_simulator, PORTRAIT.format(bot))
    line_simulator.reset()

    assert picture(line_simulator, PORTRAIT.format(bot)) != emblem


def test_pictures_can_have_trouble_but_the_phones_own_have_not(line_simulator: SimulatorProcess) -> None:
    for endpoint, path in (("sticker", STICKER.format("1988")), ("emoji", EMOJI.format("001")), ("picture", PORTRAIT.format("U1"))):
        line_simulator.add_fault(endpoint, "status", status=500)
        assert line_simulator.call("GET", path).status == 500
        assert line_simulator.call("GET", f"/sim{path}").status == 200

    assert [entry["endpoint"] for entry in line_simulator.requests()] == ["sticker", "emoji", "picture"]

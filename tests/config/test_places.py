"""Pages wait for a place, in order and not for ever; nothing else does, and nobody keeps a place who doesn't work."""

import asyncio

import pytest

from config.places import NO_PLACE, in_turn

LONG = 600.0
WHOLE = {"type": "http.request", "body": b"", "more_body": False}


class Broken(Exception):
    """What an application raises that has an error."""


class House:
    """An application that answers a path when it is told to, and notes who came in."""

    def __init__(self):
        self.inside = []
        self.scopes = []
        self.may_answer = {}

    async def __call__(self, scope, receive, send):
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            if not message["more_body"]:
                break
        self.scopes.append(scope)
        self.inside.append(scope["path"])
        await self.told(scope["path"]).wait()
        if scope["path"] == "/broken/":
            raise Broken
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await self.told(f"{scope['path']} end").wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def told(self, what):
        return self.may_answer.setdefault(what, asyncio.Event())


class Visit:
    """One request. `waits` is set once somebody listens whether the client leaves, which only those do who wait for a place."""

    def __init__(self, application, path, *said):
        self.said = asyncio.Queue()
        for message in said or (WHOLE,):
            self.said.put_nowait(message)
        self.waits, self.first_piece = asyncio.Event(), asyncio.Event()
        self.left = 0
        self.task = asyncio.create_task(application({"type": "http", "path": path}, self.receive, self.send))

    async def receive(self):
        if self.said.empty():
            self.waits.set()
        return await self.said.get()

    async def send(self, message):
        if message["type"] == "http.response.body":
            self.first_piece.set()

    def leave(self):
        self.said.put_nowait({"type": "http.disconnect"})


def run(story):
    asyncio.run(asyncio.wait_for(story(), 20))


async def until_inside(house, *paths):
    """Turns of the loop, not time: everybody who may move has moved."""
    for _turn in range(100):
        if house.inside == list(paths):
            break
        await asyncio.sleep(0)
    assert house.inside == list(paths)


@pytest.fixture
def house():
    return House()


def test_pages_beyond_the_places_wait_and_come_in_order(house):
    async def story():
        application = in_turn(house, places=2, patience=LONG)
        visits = [Visit(application, f"/{number}/") for number in range(4)]
        await visits[3].waits.wait()
        await until_inside(house, "/0/", "/1/")

        house.told("/1/").set()
        await until_inside(house, "/0/", "/1/", "/2/")
        house.told("/0/").set()
        await until_inside(house, "/0/", "/1/", "/2/", "/3/")

    run(story)


@pytest.mark.parametrize("path", ["/webhooks/line/abc/", "/live/", "/healthz"])
def test_webhooks_live_updates_and_health_never_wait(house, path):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        Visit(application, "/inbox/")
        await until_inside(house, "/inbox/")

        Visit(application, path)
        await until_inside(house, "/inbox/", path)
        Visit(application, path)
        await until_inside(house, "/inbox/", path, path)

    run(story)


@pytest.mark.parametrize("path", ["/inbox/webhooks/", "/live/x/", "/healthz/", "/", "/media/a/b/1/c/d.jpg"])
def test_whatever_else_waits(house, path):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        Visit(application, "/inbox/")
        await until_inside(house, "/inbox/")
        await Visit(application, path).waits.wait()
        assert house.inside == ["/inbox/"]

    run(story)


def test_an_upload_that_is_still_coming_has_no_place(house):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        upload = Visit(application, "/upload/", {"type": "http.request", "body": b"a", "more_body": True})
        await upload.waits.wait()
        page = Visit(application, "/page/")
        await until_inside(house, "/page/")

        upload.said.put_nowait({"type": "http.request", "body": b"b", "more_body": False})
        house.told("/page/").set()
        await page.first_piece.wait()
        await until_inside(house, "/page/", "/upload/")

    run(story)


def test_an_answer_that_is_being_sent_has_no_place(house):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        download = Visit(application, "/download/")
        house.told("/download/").set()
        await download.first_piece.wait()

        Visit(application, "/page/")
        await until_inside(house, "/download/", "/page/")
        assert not download.task.done()
        house.told("/download/ end").set()
        await download.task
        await Visit(application, "/other/").waits.wait()  # its end gave back no second place

    run(story)


def test_who_waits_too_long_comes_in_without_a_place_and_takes_none(house):
    async def story():
        application = in_turn(house, places=1, patience=0)
        page = Visit(application, "/page/")
        await until_inside(house, "/page/")
        late = Visit(application, "/late/")
        await until_inside(house, "/page/", "/late/")
        assert [NO_PLACE in scope for scope in house.scopes] == [False, True]

        house.told("/page/").set()
        await page.first_piece.wait()
        Visit(application, "/next/")
        await until_inside(house, "/page/", "/late/", "/next/")
        house.told("/late/").set()
        await late.first_piece.wait()
        Visit(application, "/last/")
        await until_inside(house, "/page/", "/late/", "/next/", "/last/")
        assert [NO_PLACE in scope for scope in house.scopes] == [False, True, False, True]

    run(story)


def test_who_leaves_while_waiting_is_passed_over(house):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        Visit(application, "/page/")
        gone, next_one = Visit(application, "/gone/"), Visit(application, "/next/")
        await next_one.waits.wait()
        gone.leave()
        await gone.task

        house.told("/page/").set()
        await until_inside(house, "/page/", "/next/")

    run(story)


def test_who_leaves_just_as_the_place_comes_gives_it_on(house):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        Visit(application, "/page/")
        gone, next_one = Visit(application, "/gone/"), Visit(application, "/next/")
        await next_one.waits.wait()
        house.told("/page/").set()
        gone.leave()

        await until_inside(house, "/page/", "/next/")
        assert gone.task.done()

    run(story)


@pytest.mark.parametrize("number", [0, 1])
def test_a_cancelled_request_frees_its_place(house, number):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        visits = [Visit(application, "/first/"), Visit(application, "/second/")]
        await visits[1].waits.wait()

        visits[number].task.cancel()
        await asyncio.wait([visits[number].task])
        Visit(application, "/third/")
        house.told("/second/").set()
        house.told("/first/").set()
        await until_inside(house, "/first/", *["/second/"][: 1 - number], "/third/")

    run(story)


def test_an_application_that_fails_frees_its_place(house):
    async def story():
        application = in_turn(house, places=1, patience=LONG)
        house.told("/broken/").set()
        with pytest.raises(Broken):
            await Visit(application, "/broken/").task
        Visit(application, "/page/")
        await until_inside(house, "/broken/", "/page/")

    run(story)


def test_what_is_no_request_passes(house):
    async def story():
        seen = []

        async def application(scope, receive, send):
            seen.append(scope["type"])

        await in_turn(application, places=1)({"type": "lifespan"}, None, None)
        assert seen == ["lifespan"]

    run(story)

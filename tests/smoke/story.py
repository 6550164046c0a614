"""The whole story without a screen, against processes of its own: `make smoke`.

Root goes through both wizards, three customers write, Alice and Bob accept and answer, the worker is killed in the middle
of a delivery and started again, and at the simulator every answer has arrived exactly once and in order.
"""

import contextlib
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from config.demo.processes import DidNotStart, Installation, fetch_json
from tests.installation import running_installation

from .browser import Browser, Refused

CHANNEL_ID, CHANNEL_SECRET, ACCESS_TOKEN = "1657000002", secrets.token_hex(16), secrets.token_urlsafe(40)
PASSWORD = "Tsubaki-81-kawa"
CUSTOMERS = {"みさき🐰": ("ja", "返品したいです"), "พลอย🌷": ("th", "สวัสดีค่ะ"), "Daniel W.": ("en", "I was charged twice")}
QUEUE_OF = {"みさき🐰": "Returns", "พลอย🌷": "Taiwan and Thailand", "Daniel W.": "Everyone"}
ANSWERS = 4


class Failed(Exception):
    """A promise of the story wasn't kept. `str()` says which."""


class Story:
    """Everybody who takes part, and what they have said so far."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.started = self.last = time.monotonic()
        self.user_ids: dict[str, str] = {}
        self.agents: dict[str, Browser] = {}
        self.conversations: dict[str, tuple[Browser, str]] = {}
        self.answers: dict[str, list[str]] = {name: [] for name in CUSTOMERS}

    def say(self, words: str) -> None:
        now = time.monotonic()
        print(f"smoke: {words} ({now - self.last:.1f} s)", flush=True)
        self.last = now

    def line(self, path: str, body: Any = None, *, method: str = "") -> Any:
        return fetch_json(f"{self.installation.line_url}{path}", body, method=method, timeout=15)

    def until(self, what: str, condition: Callable[[], Any], *, seconds: float = 60.0) -> Any:
        """The first true answer of `condition`; `Failed` after a while. Agents keep showing that they are there."""
        give_up_at, beat_at = time.monotonic() + seconds, time.monotonic() + 10
        while not (found := condition()):
            if time.monotonic() > give_up_at:
                raise Failed(f"still waiting after {seconds:.0f} s: {what}")
            if time.monotonic() > beat_at:
                self.show_presence()
                beat_at = time.monotonic() + 10
            time.sleep(0.15)
        return found

    def show_presence(self) -> None:
        for browser in self.agents.values():
            form = browser.form_with()
            token = dict(form.fields)["csrfmiddlewaretoken"]
            kept = browser.url, browser.page, browser.forms
            with contextlib.suppress(Refused):
                browser.open("/inbox/presence/heartbeat/", [("csrfmiddlewaretoken", token)])
            browser.url, browser.page, browser.forms = kept

    # --- The chapters ------------------------------------------------------------------------------

    def start(self) -> None:
        installation = self.installation
        installation.run("migrate", "manage.py", "migrate", "--verbosity", "0")
        os.environ |= {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        installation.run("root", "manage.py", "createsuperuser", "--noinput", "--username", "root", "--email", "root@example.com")
        for child in (installation.simulator(), installation.web(), installation.worker(), installation.beat()):
            child.start()
        installation.wait_for_simulator()
        installation.wait_until_well()
        self.say(f"web, worker, beat and simulator answer, on {_back_end(installation)}")

    def sign_in(self, username: str) -> Browser:
        browser = Browser(self.installation.web_url)
        browser.open("/login/")
        browser.submit({"username": username, "password": PASSWORD})
        if "/login" in browser.url:
            raise Failed(f"{username} can't sign in: {browser.words()[:300]}")
        return browser

    def make_people(self, root: Browser) -> None:
        for queue in sorted(set(QUEUE_OF.values())):
            root.open("/admin/queues/new/")
            root.submit({"name": queue}, form=root.form_with("name", "priority"))
        for name, languages, queues in (("Alice", ["ja", "en"], ["Returns", "Everyone"]), ("Bob", ["zh", "th"], ["Taiwan and Thailand"])):
            root.open("/admin/people/new/")
            form = root.form_with("username", "queues")
            wanted = [value for value, words in _labels(root.page, "queues").items() if words in queues]
            fields: dict[str, str | list[str]] = {"name": name, "username": name.lower(), "role": "agent", "takes_work": "on"}
            root.submit(fields | {"public_name": name, "conversations_at_once": "5", "languages": languages, "queues": wanted}, form=form)
            link = re.search(r"https?://[^\s\"<]+/welcome/[^\s\"<]+", root.page)
            if not link:
                raise Failed(f"{name} can't be added: {root.words()[:600]}")
            self.set_password(name, link.group())
        self.say("Root made three queues and two agents")

    def set_password(self, name: str, link: str) -> None:
        """The person opens their link in a browser of their own and chooses a password."""
        browser = Browser(self.installation.web_url)
        browser.open("/welcome/" + link.partition("/welcome/")[2])
        browser.submit({"password": PASSWORD, "again": PASSWORD})
        if "/welcome/" in browser.url:
            raise Failed(f"{name} can't set a password: {browser.words()[:400]}")

    def connect_account(self, root: Browser) -> str:
        """*New account*, as LINE's console and the administrator do it together; returns the account's page id."""
        self.line("/sim/channels", {"channel_id": CHANNEL_ID, "channel_secret": CHANNEL_SECRET, "access_token": ACCESS_TOKEN})
        root.open("/admin/channels/accounts/new/")
        root.submit({"name": "Koharu Support", "channel_type": "line"})
        root.submit({"channel_id": CHANNEL_ID, "channel_secret": CHANNEL_SECRET, "access_token": ACCESS_TOKEN})
        found = re.search(r"/accounts/([^/]+)/callback-information/", root.url)
        if not found:
            raise Failed(f"the account wasn't verified: {root.words()[:400]}")
        callback = re.search(r"http://[^\s\"<]+/webhooks/line/[^\s\"<]+", root.page)
        if not callback:
            raise Failed("the wizard shows no callback URL")
        self.line(f"/sim/channels/{CHANNEL_ID}", {"webhook_url": callback.group()}, method="PATCH")
        if self.line("/sim/events", {"channel_id": CHANNEL_ID, "events": []})["webhook_status"] != 200:
            raise Failed("LINE's Verify button isn't answered with 200")
        if "proved" not in root.open("proof/").lower():
            raise Failed(f"the channel secret isn't proved: {root.words()}")
        root.open(f"/admin/channels/accounts/{found.group(1)}/done/")
        root.submit({"acknowledged": "on"})
        self.say("New account: details verified, secret proved, privacy notice acknowledged")
        return found.group(1)

    def set_up_line(self, root: Browser, account: str) -> None:
        root.open(f"/admin/workstreams/new/?set_up={account}")
        root.submit({"name": "LINE support", "mode": "push", "fallback": "existing", "fallback_queue": "Everyone"})
        while "summary" not in root.url:
            before = root.url
            page = before.rstrip("/").rsplit("/", 1)[-1]
            filled = {
                "language": {"language": "ja"},
                "account": {},
                "behaviors": {"greeting_text": ""},
                "user-features": {},
            }
            if page not in filled:
                raise Failed(f"the wizard stopped at {before}: {root.words()[:400]}")
            root.submit(filled[page], form=root.form_to("set-up/[a-z-]+/$") or _page_form(root))
            if root.url == before:
                raise Failed(f"the wizard stays on {page}: {root.words()[:400]}")
        root.submit({}, form=_page_form(root))
        if "configured" not in root.url:
            raise Failed(f"Set up LINE didn't finish: {root.words()[:400]}")
        self.say("Set up LINE: account, language, behaviors, user features, finished")

    def publish_rules(self, root: Browser) -> None:
        root.open("/admin/workstreams/")
        workstream = re.findall(r'href="(/admin/workstreams/[2-9a-hjkmnp-z]{14}/)"', root.page)[0]
        root.open(f"{workstream}routing-rules/")
        self._rule(root, "Something came back", "Returns", "First message", "返品\nreturn")
        self._rule(root, "Chinese and Thai", "Taiwan and Thailand", "Customer language", ["th", "zh"])
        root.submit({}, form=root.form_with("draft"), button="publish")
        root.open(f"{workstream}routing-rules/")
        if "返品" not in root.page:
            raise Failed(f"the rules weren't published: {root.words()[:400]}")
        self.say("Routing rules published")

    def _rule(self, root: Browser, name: str, queue: str, fact: str, value: str | list[str]) -> None:
        """One route-to-queue rule with one condition, by the buttons of the page."""
        root.submit({}, form=root.form_with("draft"), button="add routes")
        root.submit({}, form=root.form_with("draft"), button="add-condition when")
        root.submit({"when.0-fact": fact}, form=root.form_with("draft"), button="refresh")
        named = next(each for each in root.form_with("draft").names() if each.startswith("name-"))
        values = {named: name, "when.0-value": value, "to-0-queue": queue}
        root.submit(values, form=root.form_with("draft"), button=f"close {named.removeprefix('name-')}")

    def customers_write(self) -> None:
        for name, (language, words) in CUSTOMERS.items():
            user = self.line("/sim/users", {"display_name": name, "language": language, "channel_id": CHANNEL_ID, "silent": True})
            self.user_ids[name] = user["user_id"]
            self.write(name, words)
        self.say("three customers wrote")

    def write(self, name: str, words: str) -> None:
        message = {"type": "text", "text": words}
        sent = self.line(f"/sim/users/{self.user_ids[name]}/send", {"channel_id": CHANNEL_ID, "message": message})
        if sent["webhook_status"] != 200:
            raise Failed(f"a webhook wasn't answered with 200: {sent}")

    def agents_accept(self) -> None:
        for username in ("alice", "bob"):
            self.agents[username] = self.sign_in(username)
            self.agents[username].open("/inbox/")
        self.until("three offers", self._accept_what_is_offered, seconds=90)
        holders = {name: browser for name, (browser, _address) in self.conversations.items()}
        if holders["พลอย🌷"] is not self.agents["bob"] or holders["みさき🐰"] is not self.agents["alice"]:
            raise Failed("a conversation was offered to an agent of another queue")
        self.say("Alice and Bob accepted three offers, each of their own queues")

    def _accept_what_is_offered(self) -> bool:
        for browser in self.agents.values():
            browser.open("/inbox/offers/")
            form = browser.form_to("/accept/$")
            if form is None:
                browser.open("/inbox/")
                continue
            browser.submit({}, form=form)
            address = browser.url
            thread = browser.open(f"{address}thread/")
            name = next((name for name, (_language, words) in CUSTOMERS.items() if words in thread), None)
            if name is None:
                raise Failed(f"the accepted conversation doesn't show what the customer wrote: {browser.words()[:300]}")
            self.conversations[name] = (browser, address)
            browser.open("/inbox/")
        return len(self.conversations) == len(CUSTOMERS)

    def answer(self, name: str) -> None:
        browser, address = self.conversations[name]
        text = f"Answer {len(self.answers[name]) + 1} to {name}"
        browser.open(address)
        browser.submit({"text": text}, form=browser.form_with("text", "client_id"))
        self.answers[name].append(text)

    def everybody_answers(self) -> None:
        for name in CUSTOMERS:
            self.answer(name)

    def arrived(self, name: str) -> list[str]:
        bubbles = self.line(f"/sim/users/{self.user_ids[name]}/chat?channel_id={CHANNEL_ID}")["bubbles"]
        return [bubble["text"] for bubble in bubbles if bubble["direction"] == "outbound"]

    def all_arrived(self) -> bool:
        return all(len(self.arrived(name)) >= len(answers) for name, answers in self.answers.items())

    def first_answers(self) -> None:
        self.everybody_answers()
        self.until("the first answers", self.all_arrived)
        self.say("first answers arrived, free of charge" if self._all_by_reply() else "first answers arrived")

    def _all_by_reply(self) -> bool:
        chats = [self.line(f"/sim/users/{user_id}/chat?channel_id={CHANNEL_ID}")["bubbles"] for user_id in self.user_ids.values()]
        return all(bubble["via"] == "reply" for chat in chats for bubble in chat if bubble["direction"] == "outbound")

    def kill_the_worker(self) -> None:
        """In the middle of pushes that LINE has taken, but whose answer never comes. The first answers used up the reply tokens."""
        before = self.line("/sim/requests?since=0")["last"]
        self.line("/sim/faults", {"endpoint": "push", "kind": "accept_then_timeout"})
        self.everybody_answers()
        self.until("a push under way", lambda: any(each["fault"] for each in self.line(f"/sim/requests?since={before}")["requests"]))
        self.installation.children["worker"].kill()
        self.line("/sim/faults", method="DELETE")
        self.say("the worker was killed with SIGKILL in the middle of a push")
        self.everybody_answers()
        for name in CUSTOMERS:
            self.write(name, "Hello? Are you there?")
        self.everybody_answers()
        self.installation.children["worker"].start()
        self.say("customers and agents went on writing; the worker was started again")

    def everything_arrived_once(self) -> None:
        self.until("every answer at the simulator", self.all_arrived, seconds=120)
        time.sleep(1)
        for name, answers in self.answers.items():
            if len(answers) != ANSWERS or self.arrived(name) != answers:
                raise Failed(f"{name} was told {answers} but reads {self.arrived(name)}")
        again = [each for each in self.line("/sim/requests?since=0")["requests"] if each["endpoint"] == "push" and each["status"] == 409]
        if not again:
            raise Failed("no push was tried again with its retry key: the worker didn't die in the middle of one")
        self.say(f"{ANSWERS * len(CUSTOMERS)} answers arrived, each exactly once and in order")

    def agents_read_it(self) -> None:
        for name, (browser, address) in self.conversations.items():
            browser.open(f"{address}thread/")
            if "Are you there?" not in browser.page or any(answer not in browser.page for answer in self.answers[name]):
                raise Failed(f"the thread with {name} isn't complete")
        self.say("the agents' threads show the same")

    def stop(self) -> None:
        names = list(self.installation.children)
        self.installation.stop()
        self.say(f"{', '.join(names)} stopped; {time.monotonic() - self.started:.0f} s in all")


def _labels(page: str, name: str) -> dict[str, str]:
    """Value and words of a group of checkboxes."""
    found = {}
    for value, words in re.findall(rf'name="{name}" value="([^"]+)"[^>]*>(.*?)</label>', page, re.DOTALL):
        found[value] = re.sub(r"<[^>]*>|\s+", " ", words).strip()
    for identity, words in re.findall(rf'<label[^>]*for="(id_{name}_\d+)"[^>]*>(.*?)</label>', page, re.DOTALL):
        box = re.search(rf'<input[^>]*id="{identity}"[^>]*>', page)
        value_found = re.search(r'value="([^"]+)"', box.group()) if box else None
        if value_found:
            found.setdefault(value_found.group(1), re.sub(r"<[^>]*>|\s+", " ", words).strip())
    return found


def _page_form(browser: Browser) -> Any:
    """The wizard page's own form: the one that goes forward, not sign-out, language or discard."""
    for form in browser.forms:
        if form.method == "post" and form.action in ("", browser.url, re.sub(r"^http://[^/]+", "", browser.url)):
            return form
    raise Failed(f"{browser.url} has no form of its own")


def _back_end(installation: Installation) -> str:
    database = "PostgreSQL" if installation.database_url else "SQLite"
    return f"{database} and {installation.broker_url.partition(':')[0] or 'the embedded broker'}"


def tell(story: Story) -> None:
    story.start()
    root = story.sign_in("root")
    story.make_people(root)
    account = story.connect_account(root)
    story.set_up_line(root, account)
    story.publish_rules(root)
    story.customers_write()
    story.agents_accept()
    story.first_answers()
    story.kill_the_worker()
    story.everything_arrived_once()
    story.agents_read_it()
    story.stop()


@contextlib.contextmanager
def _logs_on_failure(installation: Installation) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for child in installation.children.values():
            print(f"--- {child.name}\n{child.last_words(40)}", file=sys.stderr)
        raise


def main() -> int:
    with running_installation() as installation:
        try:
            with _logs_on_failure(installation):
                tell(Story(installation))
        except (Failed, Refused, DidNotStart) as trouble:
            print(f"smoke: FAILED: {trouble}", flush=True)
            return 1
    print("smoke: ok", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

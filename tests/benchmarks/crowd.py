"""Fills an empty database with conversations, quickly, and writes down what the load needs to know of them.

`python -m tests.benchmarks.crowd 100000 FILE`. The rows are the same each time: 50 agents, 5 queues, 3 accounts, a customer for
every five conversations and a contact for every fourth customer. What the measured agent's pages show is the same however
many conversations there are: 40 of her own, three offered to her, 30 waiting in each queue at least, threads of 20 and of 500
bubbles. Nineteen of twenty conversations of everybody else are closed.
"""

import datetime
import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from channels_app.models import Channel, Lane, MediaFile
from conversations.contact_index import reindex
from conversations.contact_search import find_contacts
from conversations.inbox.worklist import TABS, list_work
from conversations.models import (
    Attachment,
    Contact,
    ContactSearchText,
    ContactToken,
    Conversation,
    Message,
    Offer,
    SocialProfile,
)
from conversations.search_text import folded, tokens_of
from tests import builders
from tests.benchmarks.prepare import session_of
from workstreams.models import Agent, Queue

AGENTS, QUEUES, ACCOUNTS = 50, 5, 3
OWN, WAITING_EACH, OFFERED, UNITS = 40, 40, 3, 10
LIVE_SHARE, CONVERSATIONS_EACH, CONTACT_EVERY, UNREAD_EVERY = 20, 5, 4, 10
SHORT, LONG = 20, 500
CONTACTS_AT_LEAST, NAMESAKE = 300, "渡辺"
FAMILIES = ("佐藤", "鈴木", "高橋", "田中", "Nielsen", "García", "Wang", "Smith", "Kim")
GIVEN = ("美咲", "健太", "葵", "Freja", "Lucía", "小明", "Anna")
Facts = dict[str, Any]
MESSAGE = """
INSERT INTO conversations_message (conversation_id, account_id, direction, kind, text, data, line_message_id, quoted_message_id,
  sender_profile_id, author_id, occurred_at, created_at)
SELECT c.id, p.account_id, {values}, c.queued_at, c.queued_at
FROM conversations_conversation c JOIN conversations_socialprofile p ON p.id = c.profile_id
LEFT JOIN workstreams_agent a ON a.id = c.agent_id ORDER BY c.id
"""
HISTORIES = (
    MESSAGE.format(values="'in', 'text', '質問があります', '{}', '', '', p.id, NULL"),
    MESSAGE.format(values="'out', 'text', 'こちらです', '{}', '', '', NULL, a.user_id"),
    "INSERT INTO conversations_routingdecision (conversation_id, queue_id, facts, decided_at)"
    " SELECT id, queue_id, '{}', queued_at FROM conversations_conversation",
    "INSERT INTO conversations_journalentry (conversation_id, at, verb, actor_kind, data)"
    " SELECT id, queued_at, 'routed', 'system', '{}' FROM conversations_conversation",
    "INSERT INTO conversations_offer (public_id, conversation_id, agent_id, queue_id, state, offered_at, deadline, decided_at, explanation)"
    " SELECT 'crowd' || id, id, agent_id, queue_id, 'accepted', queued_at, queued_at, queued_at, '{}'"
    " FROM conversations_conversation WHERE agent_id IS NOT NULL",
)


class Crowd:
    """The rows, made in the order in which they need each other."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.now = timezone.now()
        self.queues: list[Queue] = []
        self.agents: list[Agent] = []
        self.channels: list[Channel] = []
        self.channel_ids: dict[int, int] = {}
        self.profiles: list[SocialProfile] = []
        self.ticks = itertools.count(1)

    def make(self) -> Facts:
        self._places()
        self._customers()
        live = self._live()
        self._closed(self.size - len(live))
        made = Conversation.objects.bulk_create(live, batch_size=2_000)
        self._histories()
        self._offers([conversation for conversation in made if conversation.state == "open" and conversation.holder])
        own = [conversation for conversation in made if conversation.agent == self.agents[0] and conversation.state == "active"]
        short = own[0]
        long = next(conversation for conversation in own[1:] if conversation.profile.contact_id)
        for conversation, length in ((short, SHORT), (long, LONG)):
            self._thread(conversation, length)
        return {
            "agent": session_of(self.agents[0].user),
            "supervisor": session_of(builders.person("supervisor", role="supervisor")),
            "short": short.public_id,
            "long": long.public_id,
            "contact": long.profile.contact.public_id,
            "stranger": self._namesake(next(each for each in own if not each.profile.contact_id)),
            "cursors": self._cursors(),
        }

    def _namesake(self, conversation: Conversation) -> str:
        """The customer is called like one contact, however many there are."""
        SocialProfile.objects.filter(pk=conversation.profile_id).update(display_name=NAMESAKE)
        reindex(Contact.objects.create(name=NAMESAKE))
        return conversation.public_id

    def _cursors(self) -> dict[str, str]:
        """Where the next pages of the agent's lists begin, and one far down."""
        found = {tab: list_work(self.agents[0], tab).next_cursor for tab in TABS}
        closed = Conversation.objects.filter(state="closed", agent=self.agents[0]).order_by("closed_at")
        middle = closed[closed.count() // 2]
        return found | {"far": f"{middle.closed_at.isoformat()}_{middle.pk}", "contacts": find_contacts(Contact.objects.all(), "").after}

    def _offers(self, conversations: list[Conversation]) -> None:
        times = {"offered_at": self.now, "deadline": self.now + datetime.timedelta(days=1)}
        Offer.objects.bulk_create(
            Offer(conversation=conversation, agent=conversation.holder, queue=conversation.queue, **times) for conversation in conversations
        )

    def _places(self) -> None:
        self.queues = [builders.queue(f"Queue {number}") for number in range(QUEUES)]
        stream = builders.workstream(fallback_queue=self.queues[0])
        accounts = [builders.account(name=f"Shop {number}") for number in range(ACCOUNTS)]
        self.channels = [builders.channel(account=account, workstream=stream) for account in accounts]
        self.channel_ids = {channel.account_id: channel.pk for channel in self.channels}
        for number in range(AGENTS):
            member_of = [self.queues[number % QUEUES], self.queues[(number + 1) % QUEUES]]
            self.agents.append(builders.agent(f"agent{number}", queues=member_of, units_total=100_000))

    def _customers(self) -> None:
        count = max(self.size // CONVERSATIONS_EACH, 1)
        names = [f"{FAMILIES[n % len(FAMILIES)]} {GIVEN[n % len(GIVEN)]} {n}" for n in range(count)]
        strangers = [
            f"{FAMILIES[n % len(FAMILIES)]} {GIVEN[n % len(GIVEN)]} x{n}" for n in range(CONTACTS_AT_LEAST - count // CONTACT_EVERY)
        ]
        known = [(name, folded(name)) for name in (names[::CONTACT_EVERY] + strangers)]
        _insert(
            Contact(name="?"),
            ({"public_id": f"contact-{n}", "name": name, "sort_key": text} for n, (name, text) in enumerate(known)),
        )
        contacts = list(zip(Contact.objects.order_by("pk").values_list("pk", flat=True), known, strict=True))
        _insert(ContactSearchText(contact_id=0), ({"contact_id": key, "text": text} for key, (_name, text) in contacts))
        tokens = ((key, token) for key, (_name, text) in contacts for token in sorted(tokens_of(text)))
        _insert(ContactToken(contact_id=0), ({"contact_id": key, "token": token} for key, token in tokens))
        lanes = ({"account_id": self._account_id(n), "key": f"user:U{n:032x}"} for n in range(count))
        _insert(Lane(account_id=0), lanes)
        # A COPY is under way while its rows are made, so they can't ask the database anything.
        made = list(Lane.objects.order_by("pk").values_list("pk", flat=True))
        profiles = self._profiles(names, made, [key for key, _known in contacts])
        _insert(SocialProfile(account_id=0, fetched_at=self.now), profiles)
        self.profiles = list(SocialProfile.objects.order_by("pk").select_related("contact"))

    def _profiles(self, names: list[str], lanes: list[int], contacts: list[int]) -> Iterator[dict[str, Any]]:
        for number, (name, lane) in enumerate(zip(names, lanes, strict=True)):
            yield {
                "public_id": f"profile-{number}",
                "account_id": self._account_id(number),
                "lane_id": lane,
                "line_id": f"U{number:032x}",
                "display_name": name,
                "contact_id": contacts[number // CONTACT_EVERY] if number % CONTACT_EVERY == 0 else None,
            }

    def _account_id(self, customer: int) -> int:
        return self.channels[customer % ACCOUNTS].account_id

    def _live(self) -> list[Conversation]:
        """One a customer: the measured agent's, the queues', then active and waiting ones of everybody else."""
        others = max(self.size // LIVE_SHARE - OWN - WAITING_EACH * QUEUES, 0)
        customers = iter(self.profiles)
        live = [self._conversation(next(customers), state="waiting" if n < 5 else "active", agent=self.agents[0]) for n in range(OWN)]
        if len(self.profiles) < OWN + WAITING_EACH:
            raise SystemExit("crowd: 1,000 conversations at least")
        waiting = min(WAITING_EACH * QUEUES + others // 4, len(self.profiles) - OWN - 10)
        live += [self._conversation(next(customers), state="open", queue=self.queues[n % QUEUES]) for n in range(waiting)]
        for offered in live[OWN : OWN + OFFERED]:
            offered.holder, offered.units_held = self.agents[0], UNITS
        for number, customer in zip(range(others - others // 4), customers, strict=False):
            agent = self.agents[1 + number % (AGENTS - 1)]
            live.append(self._conversation(customer, state="waiting" if number % 3 == 0 else "active", agent=agent))
        return live

    def _closed(self, count: int) -> None:
        """Most of the rows."""
        example = self._conversation(self.profiles[0], state="closed", agent=self.agents[0])
        times = [
            "created_at",
            *(field.column for field in Conversation._meta.concrete_fields if getattr(example, field.attname) == example.closed_at),
        ]

        def rows() -> Iterator[dict[str, Any]]:
            for n, customer in zip(range(count), itertools.cycle(self.profiles), strict=False):
                closed_at = self.now - datetime.timedelta(minutes=3 * next(self.ticks))
                yield {
                    "public_id": f"closed-{n}",
                    "profile_id": customer.pk,
                    "channel_id": self.channel_ids[customer.account_id],
                    "agent_id": self.agents[n * 7 % AGENTS].pk,
                    "queue_id": self.queues[n % QUEUES].pk,
                    "unread_count": int(n % UNREAD_EVERY == 0),
                } | dict.fromkeys(times, connection.ops.adapt_datetimefield_value(closed_at))

        _insert(example, rows())

    def _conversation(self, customer: SocialProfile, *, state: str, agent: Agent | None = None, queue: Queue | None = None) -> Conversation:
        number = next(self.ticks)
        at = self.now - datetime.timedelta(minutes=number * (3 if state == "closed" else 0.3))
        unread = state == "open" or (state == "active" and number % 3 == 0)
        return Conversation(
            channel_id=self.channel_ids[customer.account_id],
            profile=customer,
            state=state,
            queue=queue or self.queues[number % QUEUES],
            agent=agent,
            holder=agent if state == "active" else None,
            units_held=UNITS if state == "active" else 0,
            queued_at=at,
            routed_at=at,
            created_at=at,
            last_interaction_at=at,
            state_changed_at=at,
            closed_at=at if state == "closed" else None,
            close_reason="ended" if state == "closed" else "",
            first_text="注文の件で質問があります",
            last_message_text="注文の件で質問があります 🐰",
            last_message_kind="text",
            last_message_direction="in" if unread else "out",
            last_message_at=at,
            last_customer_message_at=at,
            unread_count=1 if unread else 0,
        )

    def _histories(self) -> None:
        """A question and an answer of each, why it went to its queue, a journal line, and the offer that was accepted."""
        with connection.cursor() as cursor:
            for statement in HISTORIES:
                cursor.execute(statement)

    def _message(self, conversation: Conversation, words: tuple[str, str], *, minutes_before: float = 0, kind: str = "text") -> Message:
        direction, text = words
        return Message(
            conversation=conversation,
            account_id=conversation.profile.account_id,
            direction=direction,
            kind=kind,
            text=text if kind == "text" else "",
            sender_profile=conversation.profile if direction == "in" else None,
            author=conversation.agent.user if direction == "out" and conversation.agent else None,
            occurred_at=conversation.queued_at - datetime.timedelta(minutes=minutes_before),
        )

    def _thread(self, conversation: Conversation, length: int) -> None:
        """Filled up to `length` bubbles; every tenth is a picture."""
        words = (("in", "荷物はいつ届きますか？ 注文番号は 20261121 です。"), ("out", "お問い合わせありがとうございます。確認いたします。"))
        kinds = ["image" if n % 10 == 9 else "text" for n in range(length - 2)]
        lines = [self._message(conversation, words[n % 2], minutes_before=length - n, kind=kind) for n, kind in enumerate(kinds)]
        messages = Message.objects.bulk_create(lines)
        pictures = [message for message in messages if message.kind == "image"]
        files = MediaFile.objects.bulk_create([self._picture(message) for message in pictures])
        Attachment.objects.bulk_create([Attachment(message=m, file=f) for m, f in zip(pictures, files, strict=True)])

    def _picture(self, message: Message) -> MediaFile:
        number = next(self.ticks)
        sizes = {"size": 120_000, "width": 1200, "height": 900}
        where = {"stored": f"bench/{number}.jpg", "preview": f"bench/{number}.p.jpg", "media_type": "image/jpeg", "state": "ready"}
        return MediaFile(account_id=message.account_id, origin="content", source=f"bench{number}", kind="image", **sizes, **where)


def _insert(example: Model, rows: Iterator[dict[str, Any]]) -> None:
    """Rows that are like the example but for these columns, without making models of them: on PostgreSQL by COPY."""
    fields = [field for field in example._meta.concrete_fields if field.attname != "id"]
    columns = {field.column: field.get_db_prep_save(field.pre_save(example, add=True), connection) for field in fields}
    names = ", ".join(map(connection.ops.quote_name, columns))
    lines = (list((columns | row).values()) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {example._meta.db_table} ({names}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row(line)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {example._meta.db_table} ({names}) VALUES ({places})", lines)


def _trust_keys() -> None:
    """Two million foreign keys of rows that were made a moment ago needn't be looked up; PostgreSQL lets its superuser say so."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('session_replication_role', 'replica', true) WHERE current_setting('is_superuser') = 'on'")


def main() -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody logs in, so none need cost time
    with transaction.atomic():
        _trust_keys()
        facts = Crowd(int(sys.argv[1])).make()
    # As autovacuum would some minutes later; without statistics the first plans are guesses.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    Path(sys.argv[2]).write_text(json.dumps(facts))


if __name__ == "__main__":
    main()

"""Fills an empty database with conversations, quickly, and writes down what the load needs to know of them.

`python -m tests.benchmarks.crowd 100000 FILE`. The rows are the same each time: 50 agents, 5 queues, 3 accounts, a customer for
every five conversations and a contact for every fourth customer. What the measured agent's pages show is the same however
many conversations there are: 40 of her own, 40 waiting in each queue, threads of 20 and of 500 bubbles. Nineteen of twenty
conversations of everybody else are closed.
"""

import datetime
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.db import connection, transaction
from django.utils import timezone

from channels_app.models import Channel, MediaFile
from conversations.models import (
    Attachment,
    Contact,
    ContactSearchText,
    ContactToken,
    Conversation,
    Message,
    SocialProfile,
)
from conversations.search_text import folded, tokens_of
from tests import builders
from tests.benchmarks.prepare import session_of
from workstreams.models import Agent, Queue

AGENTS, QUEUES, ACCOUNTS = 50, 5, 3
OWN, WAITING_EACH = 40, 40
LIVE_SHARE, CONVERSATIONS_EACH, CONTACT_EVERY = 20, 5, 4
SHORT, LONG = 20, 500
FAMILIES = ("佐藤", "鈴木", "高橋", "田中", "Nielsen", "García", "Wang", "Smith")
GIVEN = ("美咲", "健太", "葵", "Freja", "Lucía", "小明", "Anna")
Facts = dict[str, Any]
MESSAGE = """
INSERT INTO conversations_message (conversation_id, account_id, direction, kind, text, data, line_message_id, quoted_message_id,
  sender_profile_id, author_id, occurred_at, created_at)
SELECT c.id, p.account_id, {values}, c.created_at, c.created_at
FROM conversations_conversation c JOIN conversations_socialprofile p ON p.id = c.profile_id
LEFT JOIN workstreams_agent a ON a.id = c.agent_id ORDER BY c.id
"""
HISTORIES = (
    MESSAGE.format(values="'in', 'text', '質問があります', '{}', '', '', p.id, NULL"),
    MESSAGE.format(values="'out', 'text', 'こちらです', '{}', '', '', NULL, a.user_id"),
    "INSERT INTO conversations_routingdecision (conversation_id, queue_id, facts, decided_at)"
    " SELECT id, queue_id, '{}', created_at FROM conversations_conversation",
    "INSERT INTO conversations_journalentry (conversation_id, at, verb, actor_kind, data)"
    " SELECT id, created_at, 'routed', 'system', '{}' FROM conversations_conversation",
    "INSERT INTO conversations_offer (public_id, conversation_id, agent_id, queue_id, state, offered_at, deadline, decided_at, explanation)"
    " SELECT 'crowd' || id, id, agent_id, queue_id, 'accepted', created_at, created_at, created_at, '{}'"
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
        self.profiles: list[SocialProfile] = []
        self.ticks = itertools.count(1)

    def make(self) -> Facts:
        self._places()
        self._customers()
        live = self._live()
        closed = self._closed(self.size - len(live))
        _insert(closed)
        made = Conversation.objects.bulk_create(live, batch_size=2_000)
        self._histories()
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
            "conversations": len(closed) + len(made),
        }

    def _places(self) -> None:
        self.queues = [builders.queue(f"Queue {number}") for number in range(QUEUES)]
        stream = builders.workstream(fallback_queue=self.queues[0])
        accounts = [builders.account(name=f"Shop {number}") for number in range(ACCOUNTS)]
        self.channels = [builders.channel(account=account, workstream=stream) for account in accounts]
        for number in range(AGENTS):
            member_of = [self.queues[number % QUEUES], self.queues[(number + 1) % QUEUES]]
            self.agents.append(builders.agent(f"agent{number}", queues=member_of, units_total=100_000))

    def _customers(self) -> None:
        count = max(self.size // CONVERSATIONS_EACH, 1)
        names = [f"{FAMILIES[n % len(FAMILIES)]} {GIVEN[n % len(GIVEN)]} {n}" for n in range(count)]
        contacts = Contact.objects.bulk_create(
            [Contact(name=name, family_name=name.split()[0], sort_key=folded(name)[:100]) for name in names[::CONTACT_EVERY]],
            batch_size=2_000,
        )
        ContactSearchText.objects.bulk_create((ContactSearchText(contact=c, text=folded(c.name)) for c in contacts), batch_size=2_000)
        tokens = (ContactToken(contact=c, token=token) for c in contacts for token in sorted(tokens_of(folded(c.name))))
        ContactToken.objects.bulk_create(tokens, batch_size=5_000)
        self.profiles = SocialProfile.objects.bulk_create(
            [
                SocialProfile(
                    account=self.channels[number % ACCOUNTS].account,
                    line_id=f"U{number:032x}",
                    display_name=name,
                    fetched_at=self.now,
                    contact=contacts[number // CONTACT_EVERY] if number % CONTACT_EVERY == 0 else None,
                )
                for number, name in enumerate(names)
            ],
            batch_size=2_000,
        )

    def _live(self) -> list[Conversation]:
        """One a customer: the measured agent's, the queues', then active and waiting ones of everybody else."""
        others = max(self.size // LIVE_SHARE - OWN - WAITING_EACH * QUEUES, 0)
        customers = iter(self.profiles)
        live = [self._conversation(next(customers), state="waiting" if n < 5 else "active", agent=self.agents[0]) for n in range(OWN)]
        if len(self.profiles) < OWN + WAITING_EACH:
            raise SystemExit("crowd: 1,000 conversations at least")
        waiting = min(WAITING_EACH * QUEUES + others // 4, len(self.profiles) - OWN - 10)
        live += [self._conversation(next(customers), state="open", queue=self.queues[n % QUEUES]) for n in range(waiting)]
        for number, customer in zip(range(others - others // 4), customers, strict=False):
            agent = self.agents[1 + number % (AGENTS - 1)]
            live.append(self._conversation(customer, state="waiting" if number % 3 == 0 else "active", agent=agent))
        return live

    def _closed(self, count: int) -> list[Conversation]:
        customers = itertools.cycle(self.profiles)
        return [
            self._conversation(next(customers), state="closed", agent=self.agents[n * 7 % AGENTS], queue=self.queues[n % QUEUES])
            for n in range(count)
        ]

    def _conversation(self, customer: SocialProfile, *, state: str, agent: Agent | None = None, queue: Queue | None = None) -> Conversation:
        number = next(self.ticks)
        at = self.now - datetime.timedelta(minutes=number * (3 if state == "closed" else 0.3))
        unread = state == "open" or (state == "active" and number % 3 == 0)
        return Conversation(
            channel=self.channels[self._account_number(customer)],
            profile=customer,
            state=state,
            queue=queue or self.queues[number % QUEUES],
            agent=agent,
            holder=agent if state == "active" else None,
            units_held=10 if state == "active" else 0,
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

    def _account_number(self, customer: SocialProfile) -> int:
        return next(n for n, channel in enumerate(self.channels) if channel.account_id == customer.account_id)

    def _histories(self) -> None:
        """A question and an answer of each, why it went to its queue, a journal line, and the offer that was accepted."""
        with connection.cursor() as cursor:
            for statement in HISTORIES:
                cursor.execute(statement)

    def _message(self, conversation: Conversation, words: tuple[str, str], *, minutes_later: float = 0, kind: str = "text") -> Message:
        direction, text = words
        return Message(
            conversation=conversation,
            account_id=conversation.profile.account_id,
            direction=direction,
            kind=kind,
            text=text if kind == "text" else "",
            sender_profile=conversation.profile if direction == "in" else None,
            author=conversation.agent.user if direction == "out" and conversation.agent else None,
            occurred_at=conversation.created_at + datetime.timedelta(minutes=minutes_later),
        )

    def _thread(self, conversation: Conversation, length: int) -> None:
        """Filled up to `length` bubbles; every tenth is a picture."""
        words = (("in", "荷物はいつ届きますか？ 注文番号は 20261121 です。"), ("out", "お問い合わせありがとうございます。確認いたします。"))
        kinds = ["image" if n % 10 == 9 else "text" for n in range(length - 2)]
        lines = [self._message(conversation, words[n % 2], minutes_later=n + 1, kind=kind) for n, kind in enumerate(kinds)]
        messages = Message.objects.bulk_create(lines)
        pictures = [message for message in messages if message.kind == "image"]
        files = MediaFile.objects.bulk_create([self._picture(message) for message in pictures])
        Attachment.objects.bulk_create([Attachment(message=m, file=f) for m, f in zip(pictures, files, strict=True)])

    def _picture(self, message: Message) -> MediaFile:
        number = next(self.ticks)
        sizes = {"size": 120_000, "width": 1200, "height": 900}
        where = {"stored": f"bench/{number}.jpg", "preview": f"bench/{number}.p.jpg", "media_type": "image/jpeg", "state": "ready"}
        return MediaFile(account_id=message.account_id, origin="content", source=f"bench{number}", kind="image", **sizes, **where)


def _insert(rows: list[Conversation]) -> None:
    """What `bulk_create` does, without its care for each value; most of the rows are these."""
    fields = [field for field in Conversation._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    statement = f"INSERT INTO conversations_conversation ({columns}) VALUES ({', '.join(['%s'] * len(fields))})"
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def main() -> None:
    with transaction.atomic():
        facts = Crowd(int(sys.argv[1])).make()
    # As autovacuum would some minutes later; without statistics the first plans are guesses.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    Path(sys.argv[2]).write_text(json.dumps(facts))


if __name__ == "__main__":
    main()

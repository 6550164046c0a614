"""Storing: a webhook's account is found, its signature checked, its events inserted. All that happens before the platform gets its 200."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from channels_app import tally
from channels_app.hints import DRAIN_INBOUND, hint
from channels_app.inbound import RawEvent
from channels_app.models import AccountSecret, AccountState, EventState, MessagingAccount, SecretKind, WebhookEvent
from channels_app.registry import adapter_for
from channels_app.secrets import decrypt_often, encrypt
from channels_app.together import Together
from workstreams.clock import Now, now_sql
from workstreams.rows import placeholders

DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class CallbackAccount:
    """What a webhook needs of its account: one query's worth. Secrets are those that count, newest first, with the first one's key."""

    pk: int
    state: str
    channel_type: str
    secret_proved: bool
    bot_user_id: str
    newest_secret: int | None
    channel_secrets: tuple[str, ...] = field(repr=False)


def find_callback_account(callback_key: str) -> CallbackAccount | None:
    """The account of a callback URL with its valid channel secrets; None if there is none or it is removed.

    Written by hand: building the same query through the ORM took half of a webhook's time.
    """
    rows = _rows_of_account(callback_key)
    if not rows:
        return None
    account_id, state, channel_type, proved, bot_user_id, newest_secret, _value = rows[0]
    secrets = tuple(decrypt_often(bytes(row[-1])).decode() for row in rows if row[-1] is not None)
    return CallbackAccount(account_id, state, channel_type, bool(proved), bot_user_id, newest_secret, secrets)


def _rows_of_accounts(callback_keys: Sequence[str]) -> list[list[Any]]:
    """Of each key the account's fields and its valid secrets, newest first, one row a secret."""
    statement = (
        "SELECT a.callback_key, a.id, a.state, a.channel_type, a.secret_proved_at IS NOT NULL, a.bot_user_id, s.id, s.value "  # noqa: S608 - no input in it
        f"FROM {MessagingAccount._meta.db_table} a LEFT JOIN {AccountSecret._meta.db_table} s "
        f"ON s.account_id = a.id AND s.kind = %s AND (s.valid_until IS NULL OR s.valid_until > {now_sql()}) "
        f"WHERE a.callback_key IN ({placeholders(callback_keys)}) AND a.state <> %s ORDER BY s.id DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [SecretKind.CHANNEL_SECRET.value, *callback_keys, AccountState.REMOVED.value])
        found: dict[str, list[Any]] = {}
        for key, *row in cursor.fetchall():
            found.setdefault(key, []).append(row)
    return [found.get(key, []) for key in callback_keys]


_rows_of_account = Together(_rows_of_accounts)


def signing_secret(account: CallbackAccount, *, body: bytes, headers: Mapping[str, str]) -> int | None:
    """Which of the account's valid secrets signed this body, 0 being the newest; None if none of them did."""
    adapter = adapter_for(account.channel_type)
    for position, secret in enumerate(account.channel_secrets):
        if adapter.verify_signature(secret=secret, body=body, headers=headers):
            return position
    return None


def store_webhook(
    account: CallbackAccount, body: bytes, *, by_newest_secret: bool = True, received_at: datetime.datetime | None = None
) -> None:
    """Keep every event of a verified body, each once. Raises `DatabaseError` if it can't.

    `received_at` is given for a body that came earlier: its reply tokens count from then.
    """
    events = adapter_for(account.channel_type).split_body(body)
    if not events:
        tally.count(account.pk, tally.PING)
    is_news = bool(events) and _insert([_row(account, event, received_at) for event in events])
    if by_newest_secret and not account.secret_proved:
        _prove_secret(account)
    if is_news:
        hint(DRAIN_INBOUND)


def _prove_secret(account: CallbackAccount) -> None:
    """The platform signs with the newest secret: those before it count no longer.

    Not if another was saved since the account was read: this call says nothing of that one. Whoever saves one holds the account's row.
    """
    with transaction.atomic():
        unproved = MessagingAccount.objects.select_for_update(no_key=True).filter(pk=account.pk, secret_proved_at=None)
        secrets = AccountSecret.objects.filter(account=account.pk, kind=SecretKind.CHANNEL_SECRET)
        if unproved.first() is None or secrets.filter(pk__gt=account.newest_secret).exists():
            return
        unproved.update(secret_proved_at=Now())
        secrets.filter(valid_until__gt=Now()).update(valid_until=Now())


COLUMNS = "account_id, event_id, kind, lane_key, line_message_id, payload, occurred_at, received_at, state, error, attempts"
ROWS_AT_ONCE = 80


def _insert_all(of_webhooks: Sequence[Sequence[Sequence[Any]]]) -> list[bool]:
    """Stores the rows (`_row`) of some webhooks; whether any of them all was new. Without a time of receipt it is now.

    Written by hand: Django's `ignore_conflicts` swallows NOT NULL and CHECK violations on SQLite. In the order of their
    keys: two processes that store the same events never wait for each other in a circle.
    """
    rows = sorted((row for rows in of_webhooks for row in rows), key=itemgetter(0, 1))
    stored = 0
    for start in range(0, len(rows), ROWS_AT_ONCE):
        batch = rows[start : start + ROWS_AT_ONCE]
        row = f"(%s, %s, %s, %s, %s, %s, %s, COALESCE(%s, {now_sql()}), %s, %s, 0)"
        statement = (
            f"INSERT INTO {WebhookEvent._meta.db_table} ({COLUMNS}) VALUES {', '.join([row] * len(batch))} "  # noqa: S608
            "ON CONFLICT (account_id, event_id) DO NOTHING"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, list(chain.from_iterable(batch)))
            stored += cursor.rowcount
    return [stored > 0] * len(of_webhooks)


_insert = Together(_insert_all)


def _row(account: CallbackAccount, event: RawEvent, received_at: datetime.datetime | None) -> Sequence[Any]:
    state, error = EventState.PENDING, ""
    if event.error:
        state, error = EventState.DEAD, event.error
    elif account.state == AccountState.DISABLED and not event.always:
        state, error = EventState.NOT_PROCESSED, DISABLED
    as_time = connection.ops.adapt_datetimefield_value
    names = (account.pk, event.event_id, event.kind, event.lane_key, event.line_message_id)
    return *names, encrypt(event.payload), as_time(event.occurred_at or timezone.now()), as_time(received_at), state.value, error

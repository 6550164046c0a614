"""What an answer means for a delivery, its token, its lane and its account: the table of `docs/architecture.md`, row by row."""

import datetime
import random
import uuid
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Q

from channels_app import gates, ports, tally
from channels_app.adapter import Outcome, SendResult
from channels_app.hints import DRAIN_OUTBOUND, hint
from channels_app.lanes import lock_lane, lock_lanes
from channels_app.models import (
    Bubble,
    Delivery,
    DeliveryMethod,
    DeliveryState,
    EndpointPause,
    Lane,
    MessagingAccount,
    ReplyToken,
    ReplyTokenState,
)
from channels_app.models.outbound import IN_FLIGHT
from workstreams.clock import Now, database_now, now_sql
from workstreams.rows import placeholders, update_each
from workstreams.transactions import retried

MAXIMUM_BACKOFF_SECONDS = 60
# LINE keeps retry keys 24 h; an hour's margin, after which the same key would send a second time.
UNCLEAR_PUSH_LIMIT = datetime.timedelta(hours=23)
UNCLEAR_REPLY_TRIES = 2
UNCLEAR_REPLY_LIMIT = datetime.timedelta(seconds=5)
ACCEPTED_STATUS = 200
WRITTEN_WHEN_ACCEPTED = ("state", "body", "error", "status", "request_id", "message_ids", "quote_tokens")
REFUSED_FOR_NOW = {Outcome.UNREACHABLE, Outcome.RATE_LIMITED}


@retried
def record(*, delivery: Delivery, attempt: int, result: SendResult) -> None:
    """Record the answer to one try of a delivery. If another worker has taken it meanwhile, that one's answer counts.

    Except that *accepted* is true whoever heard it, and even if it was called unknown meanwhile.
    """
    lock_lane(delivery.lane_id)
    if result.outcome is Outcome.ACCEPTED:
        _accept([(delivery, result)])
    else:
        _consider(delivery.pk, attempt, result)


@retried
def record_accepted(accepted: Sequence[tuple[Delivery, SendResult]]) -> None:
    """Record that these deliveries of one account were accepted, all in one transaction."""
    lock_lanes({delivery.lane_id for delivery, _result in accepted})
    _accept(accepted)


def _accept(accepted: Sequence[tuple[Delivery, SendResult]]) -> None:
    """One conditional update: of what was fixed when a delivery was frozen nothing can have changed."""
    for delivery, result in accepted:
        delivery.state, delivery.body, delivery.error, delivery.leased_until = DeliveryState.ACCEPTED, "", "", None
        delivery.status = result.status or ACCEPTED_STATUS
        delivery.request_id = result.request_id or delivery.request_id
        delivery.message_ids, delivery.quote_tokens = list(result.message_ids), list(result.quote_tokens)
    rows = {each.pk: [getattr(each, name) for name in WRITTEN_WHEN_ACCEPTED] for each, _result in accepted}
    may_be = ", ".join(f"'{state.value}'" for state in (*IN_FLIGHT, DeliveryState.UNKNOWN))
    end = ["leased_until = NULL", f"finished_at = {now_sql()}"]
    changed = update_each(Delivery, rows, sets=WRITTEN_WHEN_ACCEPTED, also=end, where=f"state IN ({may_be})")
    deliveries = [delivery for delivery, _result in accepted if delivery.pk in changed]
    if not deliveries:
        return
    if tokens := [delivery.reply_token_id for delivery in deliveries if delivery.reply_token_id]:
        ReplyToken.objects.filter(pk__in=tokens).update(state=ReplyTokenState.SPENT, value=None)
    with connection.cursor() as cursor:
        for account_id, method in {(delivery.lane.account_id, delivery.method) for delivery in deliveries}:
            cursor.execute("DELETE FROM channels_app_endpointpause WHERE account_id = %s AND method = %s", [account_id, method])
    ports.deliveries_changed(_with_bubbles(deliveries))
    for delivery in deliveries:
        _count(delivery, Outcome.ACCEPTED)


def _consider(delivery_id: int, attempt: int, result: SendResult) -> None:
    """Any other answer: what follows depends on what the delivery has been through."""
    mine = Q(state=DeliveryState.SENDING, attempts=attempt)
    delivery = Delivery.objects.select_related("lane__account", "reply_token").filter(mine, pk=delivery_id).first()
    if delivery is None:
        return
    with_bubbles = _with_bubbles([delivery])
    delivery.status, delivery.error = result.status, result.error
    delivery.request_id = result.request_id or delivery.request_id
    delivery.leased_until = None
    _decide(delivery, result.outcome, database_now())
    delivery.save()
    ports.deliveries_changed(with_bubbles)
    _count(delivery, result.outcome)


def _with_bubbles(deliveries: Sequence[Delivery]) -> list[tuple[Delivery, list[Bubble]]]:
    """Each with its bubbles in their order."""
    found: dict[int | None, list[Bubble]] = {delivery.pk: [] for delivery in deliveries}
    statement = f"SELECT * FROM channels_app_bubble WHERE delivery_id IN ({placeholders(found)}) ORDER BY position"  # noqa: S608 - no input in it
    for bubble in Bubble.objects.raw(statement, list(found)):
        found[bubble.delivery_id].append(bubble)
    return [(delivery, found[delivery.pk]) for delivery in deliveries]


def _count(delivery: Delivery, outcome: Outcome) -> None:
    accepted = tally.ACCEPTED_REPLY if delivery.method == DeliveryMethod.REPLY else tally.ACCEPTED_PUSH
    name = accepted if outcome is Outcome.ACCEPTED else f"{tally.SEND}{outcome.value}"
    account_id = delivery.lane.account_id
    transaction.on_commit(lambda: tally.count(account_id, name), robust=True)


def give_up_if_too_old(delivery: Delivery) -> bool:
    """Whether it is too late for another try of a push that may have gone out; then it is unknown from now on.

    The caller holds the lane's lock. A gate may have kept the delivery waiting beyond the life of its retry key.
    """
    now = database_now()
    if delivery.method != DeliveryMethod.PUSH or delivery.first_unclear_at is None or now - delivery.first_unclear_at < UNCLEAR_PUSH_LIMIT:
        return False
    give_up(delivery)
    return True


def hold(delivery: Delivery) -> None:
    """A gate closed before another try. The caller holds the lane's lock.

    What clearly never left is set free: it can still go out with a fresh token or a new key. Of a reply that may have left nobody
    will know more; a push that may have waits for the gate as long as the platform knows its key.
    """
    now, with_bubbles = database_now(), _with_bubbles([delivery])
    delivery.leased_until = None
    if delivery.first_unclear_at is None:
        _set_free(delivery, now)
    elif delivery.method == DeliveryMethod.REPLY:
        _finish(delivery, DeliveryState.UNKNOWN, now)
    elif delivery.state == DeliveryState.SENDING:
        _retry(delivery, now)
    delivery.save()
    ports.deliveries_changed(with_bubbles)


def give_up(delivery: Delivery) -> None:
    """It may have gone out and isn't tried again: unknown from now on. The caller holds the lane's lock."""
    delivery.leased_until = None
    _finish(delivery, DeliveryState.UNKNOWN, database_now())
    delivery.save()
    ports.deliveries_changed(_with_bubbles([delivery]))


def fail_unsent(lane: Lane, bubble: Bubble, *, words: str) -> None:
    """A bubble that was refused here, before any request, and why. What waits behind it may go. The caller holds the lane's lock."""
    delivery = Delivery.objects.create(
        lane=lane,
        method=DeliveryMethod.PUSH,
        retry_key=uuid.uuid4(),
        state=DeliveryState.FAILED,
        error=words,
        due_at=Now(),
        finished_at=Now(),
    )
    Bubble.objects.filter(pk=bubble.pk).update(delivery=delivery, position=0)
    ports.deliveries_changed([(delivery, [bubble])])
    hint(DRAIN_OUTBOUND)


def _decide(delivery: Delivery, outcome: Outcome, now: datetime.datetime) -> None:
    if outcome is Outcome.UNCLEAR:
        _unclear(delivery, now)
    elif outcome is Outcome.REJECTED:
        _finish(delivery, DeliveryState.UNKNOWN if _may_be_a_repetition(delivery) else DeliveryState.FAILED, now)
    elif outcome is Outcome.REPLY_TOKEN_INVALID:
        _token_refused(delivery, now)
    elif outcome in REFUSED_FOR_NOW:
        _wait(delivery, outcome, now)
    else:
        _close_gate(delivery, outcome)
        _retry_or_release(delivery, now, after=datetime.timedelta(0))


def _may_be_a_repetition(delivery: Delivery) -> bool:
    """Whether a refusal may mean nothing but that an earlier try of a reply went through. Of a push its key would tell that."""
    return delivery.method == DeliveryMethod.REPLY and delivery.first_unclear_at is not None


def _unclear(delivery: Delivery, now: datetime.datetime) -> None:
    """Nobody knows whether it went out. A push may be repeated with its key; a reply only with its single-use token."""
    delivery.first_unclear_at = delivery.first_unclear_at or now
    delivery.unclear_attempts += 1
    since = now - delivery.first_unclear_at
    if delivery.method == DeliveryMethod.PUSH:
        if since < UNCLEAR_PUSH_LIMIT:
            _retry(delivery, now + _backoff(delivery.attempts))
            return
    elif delivery.unclear_attempts <= UNCLEAR_REPLY_TRIES and since < UNCLEAR_REPLY_LIMIT:
        _retry(delivery, now + datetime.timedelta(seconds=delivery.unclear_attempts))
        return
    _finish(delivery, DeliveryState.UNKNOWN, now)


def _token_refused(delivery: Delivery, now: datetime.datetime) -> None:
    """After an unclear try the refusal may mean that the first one went through; only a first try's is plain."""
    if delivery.first_unclear_at:
        _finish(delivery, DeliveryState.UNKNOWN, now)
    else:
        _release(delivery, now, token_state=ReplyTokenState.EXPIRED)


def _wait(delivery: Delivery, outcome: Outcome, now: datetime.datetime) -> None:
    after = _backoff(delivery.attempts)
    if outcome is Outcome.RATE_LIMITED:
        after = _pause_endpoint(delivery, now)
    _retry_or_release(delivery, now, after=after)


def _retry_or_release(delivery: Delivery, now: datetime.datetime, *, after: datetime.timedelta) -> None:
    """Clearly not sent this time. A push is tried again as it is; so is a reply while its token lasts.

    Bubbles of a delivery that was never unclear are set free where that serves them: a reply whose token won't last
    becomes a push, and what a closed gate holds back can still go out with a fresh token or a new key.
    """
    token = delivery.reply_token
    gate_closed = after == datetime.timedelta(0)
    lasts = token is not None and token.usable_until > now + after
    if delivery.first_unclear_at is None and (gate_closed or (token is not None and not lasts)):
        _release(delivery, now, token_state=ReplyTokenState.FRESH if lasts else ReplyTokenState.EXPIRED)
    elif delivery.method == DeliveryMethod.REPLY and not lasts:
        _finish(delivery, DeliveryState.UNKNOWN, now)
    else:
        _retry(delivery, now + after)


def _retry(delivery: Delivery, due_at: datetime.datetime) -> None:
    delivery.state, delivery.due_at = DeliveryState.RETRY, due_at


def set_free(delivery: Delivery, now: datetime.datetime) -> None:
    """Queue the bubbles of a delivery that clearly never left again. The caller holds the lane's lock."""
    _set_free(delivery, now)
    delivery.save()


def _set_free(delivery: Delivery, now: datetime.datetime) -> None:
    lasts = delivery.reply_token is not None and delivery.reply_token.usable_until > now
    _release(delivery, now, token_state=ReplyTokenState.FRESH if lasts else ReplyTokenState.EXPIRED)


def _release(delivery: Delivery, now: datetime.datetime, *, token_state: ReplyTokenState) -> None:
    """Close the delivery as refused and queue its bubbles again, in their old places."""
    token_id = delivery.reply_token_id
    Bubble.objects.filter(delivery=delivery).update(delivery=None, position=None)
    delivery.state, delivery.finished_at, delivery.reply_token, delivery.body = DeliveryState.REFUSED, now, None, ""
    if token_id:
        value = {} if token_state == ReplyTokenState.FRESH else {"value": None}
        ReplyToken.objects.filter(pk=token_id).update(state=token_state, **value)


def _finish(delivery: Delivery, state: DeliveryState, now: datetime.datetime) -> None:
    """The end of a delivery. Its words are in the message; nothing needs the body any more."""
    delivery.state, delivery.finished_at, delivery.body = state, now, ""
    if delivery.reply_token_id:
        token_state = ReplyTokenState.UNKNOWN if state == DeliveryState.UNKNOWN else ReplyTokenState.SPENT
        ReplyToken.objects.filter(pk=delivery.reply_token_id).update(state=token_state, value=None)


def _backoff(attempts: int) -> datetime.timedelta:
    """1, 2, 4 … 60 s with up to a quarter of jitter, so that lanes don't come back all at once."""
    seconds = min(2 ** min(attempts - 1, 10), MAXIMUM_BACKOFF_SECONDS)
    return datetime.timedelta(seconds=seconds * random.uniform(0.75, 1))


def _pause_endpoint(delivery: Delivery, now: datetime.datetime) -> datetime.timedelta:
    """Too many requests: nothing to this endpoint of this account for 1 s, doubling to 60 s until something is accepted."""
    pause, _created = EndpointPause.objects.get_or_create(
        account=delivery.lane.account, method=delivery.method, defaults={"until": now, "seconds": 0.5}
    )
    if pause.until <= now:
        pause.seconds = min(pause.seconds * 2, MAXIMUM_BACKOFF_SECONDS)
        pause.until = now + datetime.timedelta(seconds=pause.seconds)
        # Another worker may have ended the pause meanwhile, because something was accepted.
        EndpointPause.objects.filter(pk=pause.pk).update(seconds=pause.seconds, until=pause.until)
    return pause.until - now


def _close_gate(delivery: Delivery, outcome: Outcome) -> None:
    """Hold the account's sends back instead of burning them. Only the first refusal sets the time."""
    account_id, reason = delivery.lane.account_id, delivery.error[:300] or outcome.value
    if outcome is Outcome.QUOTA_REACHED:
        accounts = MessagingAccount.objects.filter(pk=account_id, push_paused_reason="")
        accounts.update(push_paused_reason=reason, push_paused_since=Now())
    else:
        gates.hold_account(account_id, reason)

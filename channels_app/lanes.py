"""Lanes: what is said to one customer, group or room goes in order, and whoever changes something there holds the lane's lock."""

from collections.abc import Collection
from typing import Any

from django.db import connection

from channels_app.hints import DRAIN_OUTBOUND, hint
from channels_app.models import Bubble, Lane, ReplyToken, ReplyTokenState
from workstreams.clock import now_sql
from workstreams.rows import placeholders


def lock_lane(lane_id: int) -> Lane:
    """The lane, locked until the end of the transaction; the first lock of every action that writes or says something."""
    for lane in lock_lanes([lane_id]):
        return lane
    raise Lane.DoesNotExist


def lock_lanes(lane_ids: Collection[int]) -> list[Lane]:
    """These lanes, locked in the order of their keys, in which everybody locks them."""
    return _locked(lane_ids)


def lock_free_lane(lane_id: int) -> Lane | None:
    """The lane, locked; None if somebody else holds it. Nobody is waited for."""
    return next(iter(lock_free_lanes([lane_id])), None)


def lock_free_lanes(lane_ids: Collection[int]) -> list[Lane]:
    """Those of these lanes that nobody else holds, locked."""
    return _locked(lane_ids, skip_locked=True)


def _locked(lane_ids: Collection[int], **options: bool) -> list[Lane]:
    """Written by hand, for every event and every answer begins with it: the ORM takes longer to build it than to run it."""
    lock = connection.ops.for_update_sql(no_key=True, **options) if connection.features.has_select_for_update else ""
    statement = f"SELECT * FROM channels_app_lane WHERE id IN ({placeholders(lane_ids)}) ORDER BY id {lock}"  # noqa: S608 - no input in it
    return list(Lane.objects.raw(statement, list(lane_ids)))


def queue_bubble(*, lane: Lane, content: dict[str, Any], client_id: str) -> Bubble:
    """Put a bubble at the end of its lane. The caller holds the lane's lock (`lock_lane`) and its transaction."""
    lane.last_sequence += 1
    lane.save(update_fields=["last_sequence"])
    bubble = Bubble.objects.create(lane=lane, sequence=lane.last_sequence, content=content, client_id=client_id)
    hint(DRAIN_OUTBOUND)
    return bubble


def usable_token(lane_id: int) -> ReplyToken | None:
    """The freshest reply token of a lane that can still be used, by the database's clock."""
    return usable_tokens([lane_id]).get(lane_id)


def usable_tokens(lane_ids: Collection[int]) -> dict[int, ReplyToken]:
    """The freshest usable reply token of each of these lanes that has one."""
    statement = (
        f"SELECT * FROM channels_app_replytoken WHERE lane_id IN ({placeholders(lane_ids)}) AND state = %s "  # noqa: S608 - no input in it
        f"AND usable_until > {now_sql()} ORDER BY usable_until"
    )
    return {token.lane_id: token for token in ReplyToken.objects.raw(statement, [*lane_ids, ReplyTokenState.FRESH.value])}

"""Lanes: what is said to one customer, group or room goes in order, and whoever changes something there holds the lane's lock."""

from typing import Any

from django.db import connection

from channels_app.hints import hint
from channels_app.models import Bubble, Lane, ReplyToken, ReplyTokenState
from workstreams.clock import now_sql


def lock_lane(lane_id: int) -> Lane:
    """The lane, locked until the end of the transaction; the first lock of every action that writes or says something."""
    lane = _locked(lane_id)
    if lane is None:
        raise Lane.DoesNotExist
    return lane


def lock_free_lane(lane_id: int) -> Lane | None:
    """The lane, locked; None if somebody else holds it. Nobody is waited for."""
    return _locked(lane_id, skip_locked=True)


def _locked(lane_id: int, **options: bool) -> Lane | None:
    """Written by hand, for every event and every answer begins with it: the ORM takes longer to build it than to run it."""
    lock = connection.ops.for_update_sql(no_key=True, **options) if connection.features.has_select_for_update else ""
    return next(iter(Lane.objects.raw(f"SELECT * FROM channels_app_lane WHERE id = %s {lock}", [lane_id])), None)  # noqa: S608


def queue_bubble(*, lane: Lane, content: dict[str, Any], client_id: str) -> Bubble:
    """Put a bubble at the end of its lane. The caller holds the lane's lock (`lock_lane`) and its transaction."""
    from channels_app.tasks import drain_outbound

    lane.last_sequence += 1
    lane.save(update_fields=["last_sequence"])
    bubble = Bubble.objects.create(lane=lane, sequence=lane.last_sequence, content=content, client_id=client_id)
    hint(drain_outbound)
    return bubble


def usable_token(lane_id: int) -> ReplyToken | None:
    """The freshest reply token of a lane that can still be used, by the database's clock."""
    statement = (
        "SELECT * FROM channels_app_replytoken "  # noqa: S608 - no input in it
        f"WHERE lane_id = %s AND state = %s AND usable_until > {now_sql()} ORDER BY usable_until DESC LIMIT 1"
    )
    return next(iter(ReplyToken.objects.raw(statement, [lane_id, ReplyTokenState.FRESH.value])), None)

"""From a waiting conversation to an offer: facts → route → queue → distribute → offers.

`hint` is called wherever work may become assignable; the task `distribute` calls `run`, and so does the sweep.
"""

import logging
import time
from collections.abc import Sequence

from django.db import DatabaseError

from channels_app import hints
from conversations import offers, routing
from conversations.hints import DISTRIBUTE
from conversations.waiting import WaitingConversations, tiers_with_waiting_work
from workstreams.distribution import cycle
from workstreams.distribution.eligibility import WaitingItem
from workstreams.models import Queue
from workstreams.transactions import retried

logger = logging.getLogger(__name__)

# A pass that lost capacity to another process is repeated, but not for ever: the sweep comes anyway.
MOST_REPETITIONS = 20


def hint(queue_id: int | None = None) -> None:
    """Say that waiting work may be assigned, after the commit of the caller's transaction.

    The hint carries no data: `queue_id` only says which queue its sender thought of.
    """
    hints.hint(DISTRIBUTE)


def run(*, until: float = float("inf")) -> None:
    """Route what isn't routed yet, then distribute every queue where work waits. `until` is a time of `time.monotonic`."""
    routing.route_unrouted(until=until)
    for queues in tiers_with_waiting_work():
        if time.monotonic() > until:
            return
        try:
            distribute_queues(queues, until=until)
        except DatabaseError:
            # The trouble of some queues is not the others'; the sweep comes back to them.
            logger.exception("queues %s could not be distributed", [queue.pk for queue in queues])


def distribute_queues(queues: Sequence[Queue], *, until: float = float("inf")) -> int:
    """Hand out what waits in queues that are served together until nobody has room for it; returns how much was."""
    handed_out, repeated, after = 0, 0, None
    while time.monotonic() <= until:
        result = distribute_batch(queues, after)
        handed_out += len(result.picks)
        if result.again and repeated < MOST_REPETITIONS:
            repeated, after = repeated + 1, None
        elif result.go_on_after:
            after = result.go_on_after
        else:
            break
    return handed_out


@retried
def distribute_batch(queues: Sequence[Queue], after: WaitingItem | None = None) -> cycle.Cycle:
    """One pass over up to 100 waiting conversations: reserve capacity and write the offers in one transaction."""
    waiting = WaitingConversations(queues)
    result = cycle.run(queues, waiting=waiting, after=after)
    offers.make_offers([(waiting.by_id[pick.item_id], pick) for pick in result.picks])
    return result

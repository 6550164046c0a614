"""No account takes all of a worker's threads: what one process has under way at each account, and which of them are slow."""

import threading
from collections import Counter

# An account at which a try took longer is slow until one is quick again, so that other accounts' answers don't wait behind it.
SLOW_SECONDS = 2


class Turns:
    """Counts the requests under way per account: at most `limit`, and one at an account whose last answer was slow."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._under_way: Counter[int] = Counter()
        self._slow: set[int] = set()

    def take(self, account_id: int) -> bool:
        """Whether one more request of this account may be made now; if so, `give_back` must follow."""
        with self._lock:
            if self._is_full(account_id):
                return False
            self._under_way[account_id] += 1
            return True

    def give_back(self, account_id: int, *, seconds: float) -> None:
        """The request is over and took so long."""
        with self._lock:
            self._under_way[account_id] -= 1
            if not self._under_way[account_id]:
                del self._under_way[account_id]
            (self._slow.add if seconds > SLOW_SECONDS else self._slow.discard)(account_id)

    def full(self) -> set[int]:
        """Accounts that have to wait for one of their requests to end."""
        with self._lock:
            return {account_id for account_id in self._under_way if self._is_full(account_id)}

    def _is_full(self, account_id: int) -> bool:
        return self._under_way[account_id] >= (1 if account_id in self._slow else self._limit)

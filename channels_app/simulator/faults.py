"""Trouble on demand: answers, silences and dropped connections that stand in for LINE's bad days."""

from dataclasses import asdict, dataclass, field
from typing import Any

from .delivery import Dice, read_chance, read_seed

KINDS = ("status", "timeout", "accept_then_timeout", "reset", "cut", "rate_limit", "monthly_limit")
HOLD_SECONDS = 30.0

RATE_LIMITED = "The API rate limit has been exceeded. Try again later."
QUOTA_REACHED = "You have reached your monthly limit."
# LINE answers both with 429; only the words tell them apart.
LIMIT_WORDS = {"rate_limit": RATE_LIMITED, "monthly_limit": QUOTA_REACHED}
DEFAULT_MESSAGES = {
    400: "The request body has 1 error(s)",
    401: (
        "Authentication failed due to the following reason: invalid token. "
        "Confirm that the access token in the authorization header is valid."
    ),
    403: "Access to this API is not available for your account",
    404: "Not found",
    410: "The content is gone",
    429: RATE_LIMITED,
    500: "Internal Server Error",
}


@dataclass
class Fault:
    """One rule: what happens to the next `times` requests (None: to all, until cleared) to `endpoint`.

    With a `probability` it happens to some of them, chosen by the seed; where it does, the next `burst` - 1 have it too.

    `endpoint` is an endpoint's short name (push, reply, profile, …), a path, a path's beginning followed by `*`, or `*`.
    """

    fault_id: int
    endpoint: str
    kind: str
    status: int = 500
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    seconds: float = HOLD_SECONDS
    probability: float = 1.0
    burst: int = 1
    seed: int = 0
    rolls: int = 0
    hits: int = 0
    left_of_burst: int = 0

    def concerns(self, name: str, path: str) -> bool:
        if self.endpoint.endswith("*"):
            return path.startswith(self.endpoint[:-1])
        return self.endpoint in (name, path)

    def strikes(self) -> bool:
        """Whether it happens to the request that has just come."""
        self.rolls += 1
        if self.left_of_burst > 0:
            self.left_of_burst -= 1
        elif self.probability >= 1 or Dice(self.seed).falls(self.probability, str(self.rolls)):
            self.left_of_burst = self.burst - 1
        else:
            return False
        self.hits += 1
        return True

    def answer_body(self) -> Any:
        return self.body if self.body is not None else {"message": DEFAULT_MESSAGES.get(self.status, "Internal Server Error")}


class Faults:
    def __init__(self) -> None:
        self.rules: list[Fault] = []
        self.last_id = 0

    def add(self, **fields: Any) -> Fault:
        self.last_id += 1
        fault = Fault(fault_id=self.last_id, **fields)
        self.rules.append(fault)
        return fault

    def take(self, name: str, path: str) -> Fault | None:
        """The oldest rule that concerns this request and strikes; it is used up by one."""
        for fault in list(self.rules):
            if not fault.concerns(name, path) or not fault.strikes():
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.rules.remove(fault)
            return fault
        return None

    def remove(self, fault_id: int) -> bool:
        before = len(self.rules)
        self.rules = [fault for fault in self.rules if fault.fault_id != fault_id]
        return len(self.rules) < before

    def as_list(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.rules]


def checked_fields(data: dict[str, Any], endpoint_names: set[str]) -> dict[str, Any]:
    """The fields of a new rule; raises ValueError in words for one that could never do anything."""
    endpoint, kind, times = data.get("endpoint"), data.get("kind"), data.get("times")
    if not isinstance(endpoint, str) or not (endpoint in endpoint_names or endpoint[:1] in ("/", "*")):
        raise ValueError(f"endpoint must be a path, * or one of: {', '.join(sorted(endpoint_names))}")
    if kind not in KINDS:
        raise ValueError(f"kind must be one of: {', '.join(KINDS)}")
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise ValueError("times must be a whole number from 1, or be left out for every request until cleared")
    burst = data.get("burst", 1)
    if not isinstance(burst, int) or isinstance(burst, bool) or burst < 1:
        raise ValueError("burst must be a whole number from 1")
    status, body = data.get("status", 500), data.get("body")
    if kind in LIMIT_WORDS:
        kind, status, body = "status", 429, {"message": LIMIT_WORDS[kind]}
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError("status must be a number from 200 to 599")
    seconds = data.get("seconds", HOLD_SECONDS)
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 600:
        raise ValueError("seconds must be a number from 0 to 600")
    headers = data.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise ValueError("headers must be an object of texts")
    return {
        "endpoint": endpoint,
        "kind": kind,
        "status": status,
        "body": body,
        "headers": headers,
        "times": times,
        "seconds": float(seconds),
        "probability": read_chance(data, "probability", 1.0),
        "burst": burst,
        "seed": read_seed(data),
    }

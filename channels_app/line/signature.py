"""LINE's signature: base64 of HMAC-SHA256 over the raw body, keyed with the channel secret."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

HEADER = "x-line-signature"


def sign(secret: str, body: bytes) -> str:
    """The value of `x-line-signature` for `body`."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_signed(*, secret: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the header is right, in constant time. LINE may change the case of the header's name without notice."""
    given = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    return hmac.compare_digest(sign(secret, body).encode(), given.encode("utf-8", "replace"))

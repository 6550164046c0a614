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
    """Whether the header is right, in constant time."""
    return hmac.compare_digest(sign(secret, body).encode(), _given(headers).encode("utf-8", "replace"))


def signature_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The signature to be checked again later; nothing if it isn't 32 bytes in base64."""
    given = _given(headers)
    try:
        return {HEADER: given} if len(base64.b64decode(given, validate=True)) == 32 else {}
    except ValueError:
        return {}


def _given(headers: Mapping[str, str]) -> str:
    """LINE may change the case of the header's name without notice."""
    return headers.get(HEADER) or next((value for name, value in headers.items() if name.lower() == HEADER), "")

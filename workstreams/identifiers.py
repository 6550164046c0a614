"""Public identifiers: what stands in URLs and the API instead of a primary key."""

import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 14


def new_public_id() -> str:
    """A random identifier of 14 characters (about 69 bits), without look-alike letters."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))

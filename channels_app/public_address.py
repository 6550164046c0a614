"""Whether the outside can call this installation at all."""

import ipaddress
from urllib.parse import urlsplit

PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home", ".test", ".example", ".invalid")


def problem_with_address(url: str) -> str:
    """Why a platform can't call `url`: `not_https`, `not_public`, or empty. LINE: webhooks go to public HTTPS addresses only."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if not _is_public(host):
        return "not_public"
    return "" if parts.scheme == "https" else "not_https"


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine. A leading dot stands for every name below."""
    name = host.strip("[]").lstrip(".").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(PRIVATE_SUFFIXES)

"""The small tools of the checks: they collect what is wrong, in LINE's words, with its place."""

from collections.abc import Callable
from typing import Any, TypedDict
from urllib.parse import urlsplit

MAX_URL = 2000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
MUST_NOT_BE_EMPTY = "May not be empty"


class Detail(TypedDict):
    message: str
    property: str


class InvalidProperty(Exception):
    """A property has another JSON type than LINE reads there; nothing else is looked at then."""

    def __init__(self, path: str) -> None:
        super().__init__(f"The property, '{path}', in the request body is invalid (line: -, column: -)")


def utf16_length(text: str) -> int:
    """LINE counts UTF-16 code units: an emoji beyond the basic plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def grapheme_length(text: str) -> int:
    """LINE counts labels and the texts of templates and taps by what people see as one character: a family of emoji is one."""
    # Its tables take a tenth of a second, for few texts.
    from wcwidth import iter_graphemes

    return sum(1 for _cluster in iter_graphemes(text))


def is_loopback_host(host: str | None) -> bool:
    return host is not None and (host in LOOPBACK or host.endswith(".localhost"))


def is_allowed_url(url: str, https_required: bool) -> bool:
    """HTTPS, as LINE wants it; plain http to this machine too, unless the simulator was told to be strict."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and not https_required and is_loopback_host(host))


class Checker:
    """Collects details while it walks through one request."""

    def __init__(self, https_required: bool) -> None:
        self.https_required = https_required
        self.details: list[Detail] = []

    def complain(self, path: str, message: str) -> None:
        self.details.append(Detail(message=message, property=path))

    def value(self, holder: dict[str, Any], name: str, path: str, kind: type | tuple[type, ...], required: bool) -> Any:
        """The property, or None; complains when it is required and missing, refuses another JSON type."""
        found = holder.get(name)
        if found is None:
            if required:
                self.complain(f"{path}.{name}", MUST_NOT_BE_EMPTY)
            return None
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise InvalidProperty(f"{path}.{name}")
        return found

    def text(
        self,
        holder: dict[str, Any],
        name: str,
        path: str,
        maximum: int,
        required: bool = True,
        length: Callable[[str], int] = utf16_length,
    ) -> str | None:
        found = self.value(holder, name, path, str, required)
        if found is None:
            return None
        if required and not found:
            self.complain(f"{path}.{name}", MUST_NOT_BE_EMPTY)
        # No way of counting finds more than UTF-16 units.
        elif utf16_length(found) > maximum and length(found) > maximum:
            self.complain(f"{path}.{name}", f"Length must be between 0 and {maximum}")
        return found

    def words(self, holder: dict[str, Any], name: str, path: str, maximum: int, required: bool = True) -> str | None:
        """A text that LINE counts in graphemes."""
        return self.text(holder, name, path, maximum, required, grapheme_length)

    def url(self, holder: dict[str, Any], name: str, path: str, required: bool = True) -> None:
        found = self.text(holder, name, path, MAX_URL, required)
        if found and utf16_length(found) <= MAX_URL and not is_allowed_url(found, self.https_required):
            self.complain(f"{path}.{name}", "Must be a valid HTTPS URL")

    def number(self, holder: dict[str, Any], name: str, path: str, low: float, high: float, required: bool = True) -> None:
        found = self.value(holder, name, path, (int, float), required)
        if found is not None and not low <= found <= high:
            self.complain(f"{path}.{name}", f"Must be between {low:g} and {high:g}")

    def one_of(self, holder: dict[str, Any], name: str, path: str, allowed: list[str], required: bool = True) -> str | None:
        found = self.value(holder, name, path, str, required)
        if found is not None and found not in allowed:
            self.complain(f"{path}.{name}", f"Must be one of the following values: [{', '.join(allowed)}]")
            return None
        return found

    def items(self, holder: dict[str, Any], name: str, path: str, low: int, high: int, required: bool = True) -> list[tuple[str, Any]]:
        """The objects of a list with their paths; complains about the list's size."""
        found = self.value(holder, name, path, list, required)
        if found is None:
            return []
        where = f"{path}.{name}"
        if not low <= len(found) <= high:
            self.complain(where, f"Size must be between {low} and {high}")
            return []
        for index, item in enumerate(found):
            if not isinstance(item, dict):
                raise InvalidProperty(f"{where}[{index}]")
        return [(f"{where}[{index}]", item) for index, item in enumerate(found)]

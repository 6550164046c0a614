"""LINE's limits on text. LINE counts UTF-16 code units: an emoji outside the basic plane counts two."""

from django.utils.translation import gettext as _

TEXT_LIMIT = 5000


def utf16_units(text: str) -> int:
    """The length of `text` as LINE counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shortened(text: str, limit: int) -> str:
    """The beginning of `text` that LINE counts as at most `limit`; no character is cut in two."""
    return text if utf16_units(text) <= limit else text.encode("utf-16-le", "surrogatepass")[: limit * 2].decode("utf-16-le", "ignore")


def storable(text: str) -> str:
    """`text` fit for any text or JSON column: NUL and lone surrogates become the replacement character."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "\ufffd")


def problem_with_text(text: str) -> str:
    """Why LINE would refuse this text, in the user's words; empty if it would not."""
    if not text.strip():
        return _("There is nothing to send: the message is empty.")
    units = utf16_units(text)
    if units > TEXT_LIMIT:
        return _("The message is too long for LINE: %(units)d of at most %(limit)d characters.") % {"units": units, "limit": TEXT_LIMIT}
    return ""

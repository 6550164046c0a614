"""Settings read from the environment. What can't be read takes its default and is remembered; check E011 stops the start."""

from typing import Any

import environ

ON = ("1", "true", "yes", "on")
OFF = ("", "0", "false", "no", "off")


class Environment(environ.Env):
    """django-environ with readers that never raise. `unreadable` maps a setting's name to what is wrong with it."""

    def __init__(self) -> None:
        super().__init__()
        self.unreadable: dict[str, str] = {}

    def switch(self, name: str) -> bool:
        """On or off; off if it isn't set."""
        value = self.str(name, "").strip().lower()
        if value not in ON + OFF:
            self.unreadable[name] = "it must be 1 or 0"
        return value in ON

    def whole_number(self, name: str, default: int, *, at_most: int = 10**15) -> int:
        """A whole number from 1 to `at_most`."""
        value = self.str(name, "").strip()
        if value.isascii() and value.isdigit() and 0 < len(value) < 17 and 0 < int(value) <= at_most:
            return int(value)
        if value:
            self.unreadable[name] = "it must be a whole number from 1" + (f" to {at_most}" if at_most < 10**15 else "")
        return default

    def database(self, name: str, default: dict[str, Any]) -> dict[str, Any]:
        """Django's settings of the database with this URL: PostgreSQL or SQLite, the two that Trunkline runs on."""
        value = self.str(name, "").strip()
        if not value:
            return default
        if value.split(":")[0] not in ("postgres", "postgresql", "sqlite"):
            self.unreadable[name] = "it must begin with postgres:// or sqlite:///"
            return default
        try:
            found: dict[str, Any] = self.db_url_config(value)
        except (ValueError, environ.ImproperlyConfigured):
            self.unreadable[name] = "it isn't a valid address; special characters in a password are written as %40 and the like"
            return default
        return found

    def mail(self, name: str) -> dict[str, Any]:
        """Django's settings of the mail server with this URL; none of them if it isn't set."""
        value = self.str(name, "").strip()
        if not value:
            return {}
        try:
            found: dict[str, Any] = self.email_url_config(value)
        except (KeyError, ValueError, environ.ImproperlyConfigured):
            found = {}
        if not found.get("EMAIL_BACKEND"):
            self.unreadable[name] = "it must be a mail server's address, such as smtp+tls://user:password@mail.example.com:587"
            return {}
        return found

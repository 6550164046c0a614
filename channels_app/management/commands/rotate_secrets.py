"""`manage.py rotate_secrets`: put everything encrypted under the first key of `ENCRYPTION_KEYS`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels_app.key_rotation import rotate


class Command(BaseCommand):
    help = "Put everything that is encrypted in the database under the first key of ENCRYPTION_KEYS; then the others can be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        unreadable = 0
        for column in rotate():
            unreadable += column.unreadable
            self.stdout.write(
                f"{column.column}: {column.moved} put under the newest key, {column.already} under it already, "
                f"{column.unreadable} opened by no key"
            )
        if unreadable:
            raise CommandError("Some values are opened by no key of the list: put their key back before you remove any.")
        self.stdout.write("Everything is under the newest key. The others can be removed from ENCRYPTION_KEYS.")

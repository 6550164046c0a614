"""Brings the demo's database up to date and fills it once. `make demo` runs it; again is harmless."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo import history, seed
from config.models import Pulse


class Command(BaseCommand):
    help = "Migrate and seed the demo's shop (demo mode only). With --customers-write, what happened in the shop before happens now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers-write", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("seed_demo fills a demo only: DEMO_MODE isn't on.")
        if options["customers_write"]:
            history.play()
            return
        call_command("migrate", verbosity=0, interactive=False)
        Pulse.objects.filter(name=Pulse.WORKER).delete()  # what an earlier run showed doesn't count
        seed.seed_shop()

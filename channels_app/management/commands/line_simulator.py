"""Starts the LINE simulator, a program of its own: this process becomes it, so that neither models nor a database are in it."""

import argparse
import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run a stand-in for LINE on this machine: LINE's endpoints, a control API and a phone page. See --help of the simulator itself."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", default="8020")
        parser.add_argument("--state", metavar="FILE")
        parser.add_argument("--webhook-timeout", metavar="SECONDS")
        parser.add_argument("--redelivery-seconds", metavar="LIST")
        parser.add_argument("--https-required", action="store_true")
        parser.add_argument("--fetch-media", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        command = [sys.executable, "-m", "channels_app.simulator"]
        for name in ("port", "state", "webhook_timeout", "redelivery_seconds"):
            if options[name] is not None:
                command += [f"--{name.replace('_', '-')}", str(options[name])]
        command += [f"--{name.replace('_', '-')}" for name in ("https_required", "fetch_media") if options[name]]
        if options["state"] is not None:
            command[command.index("--state") + 1] = os.path.abspath(options["state"])
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, command)  # noqa: S606 - our own module, with arguments that argparse has read

"""WSGI with the benchmarks' settings."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"

from config.wsgi import application

__all__ = ["application"]

"""The product's settings plus one address: the view that webhooks are measured against."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"

"""The product's settings plus one address, the view that webhooks are measured against, and a count of queries if wished."""

import os

from config.settings import *  # noqa: F403
from config.settings import MIDDLEWARE

ROOT_URLCONF = "tests.benchmarks.urls"

if os.environ.get("BENCH_COUNT_QUERIES"):
    MIDDLEWARE.insert(0, "tests.benchmarks.queries.count_queries")

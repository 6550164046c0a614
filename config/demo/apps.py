from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Doors, seed and runner of `make demo`."""

    name = "config.demo"
    label = "demo"
    verbose_name = "Demo"

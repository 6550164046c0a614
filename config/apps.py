"""The house itself, and Django admin with the console's own site instead of the default one."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class HouseConfig(AppConfig):
    """Start-up checks, the home page, health."""

    name = "config"
    verbose_name = "Trunkline"

    def ready(self) -> None:
        from config import checks  # noqa: F401 - registers the checks
        from config.logs import shorten_callback_keys

        shorten_callback_keys()


class ConsoleAdminConfig(AdminConfig):
    default_site = "config.admin_site.ConsoleSite"

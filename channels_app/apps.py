from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsAppConfig(AppConfig):
    """How the outside talks: accounts, channels, webhook events, deliveries."""

    name = "channels_app"
    verbose_name = _("Channels")

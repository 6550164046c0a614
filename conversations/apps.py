from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    """What agents and customers do: contacts, conversations, messages, offers, the inbox."""

    name = "conversations"
    verbose_name = _("Customer support")

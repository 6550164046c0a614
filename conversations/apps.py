from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """What agents and customers do: contacts, conversations, messages, offers, the inbox."""

    name = "conversations"
    verbose_name = "Conversations"

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkstreamsConfig(AppConfig):
    """Who does which work: people, queues, rules, routing and distribution."""

    name = "workstreams"
    verbose_name = _("Workstreams")

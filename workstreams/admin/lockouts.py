"""Log-in names that are locked after too many wrong passwords, and the button that unlocks them."""

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from workstreams import moments

for model in (AccessAttempt, AccessFailureLog, AccessLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

# As the site map says it. axes' own words are "access attempts" of "Axes", in English alone.
AccessAttempt._meta.verbose_name = _("failed log-in")
AccessAttempt._meta.verbose_name_plural = _("failed log-ins")
AccessAttempt._meta.app_config.verbose_name = _("Staff")


@admin.register(AccessAttempt)
class LockoutAdmin(ModelAdmin):
    """Deleting a row unlocks the name. Nothing else of it is shown: what was typed may be a password in the wrong field."""

    list_before_template = "admin/console/list_lead.html"
    lead = _("Log-ins for which wrong passwords were typed. After ten of them a log-in is locked for an hour; deleting its row unlocks it.")
    list_display = ["log_in", "address", "failures", "last_try"]
    list_display_links = None
    fields = readonly_fields = ["log_in", "address", "failures", "last_try"]
    search_fields = ["username", "ip_address"]

    @admin.display(description=_("Log-in"), ordering="username")
    def log_in(self, row: AccessAttempt) -> str:
        return str(row.username)

    @admin.display(description=_("IP address"), ordering="ip_address")
    def address(self, row: AccessAttempt) -> str:
        return str(row.ip_address or "–")

    @admin.display(description=_("Wrong passwords"), ordering="failures_since_start")
    def failures(self, row: AccessAttempt) -> int:
        return int(row.failures_since_start)

    @admin.display(description=_("Last try"), ordering="attempt_time")
    def last_try(self, row: AccessAttempt) -> str:
        return moments.element(row.attempt_time, moments.on_the_minute(row.attempt_time))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        return False

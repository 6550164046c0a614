"""Log-in names that are locked after too many wrong passwords, and the button that unlocks them."""

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

for model in (AccessAttempt, AccessFailureLog, AccessLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(AccessAttempt)
class LockoutAdmin(ModelAdmin):
    """Deleting a row unlocks the name. Nothing else of it is shown: what was typed may be a password in the wrong field."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    list_display_links = None
    fields = ["username", "ip_address", "failures_since_start", "attempt_time"]
    search_fields = ["username", "ip_address"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        return False

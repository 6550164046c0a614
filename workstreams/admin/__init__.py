"""Admin pages of workstreams, rules, queues and people."""

from django.contrib import admin
from django.contrib.auth.models import Group

from . import lockouts, queues

# Roles say what a person may do; groups would only promise more.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)

__all__ = ["lockouts", "queues"]

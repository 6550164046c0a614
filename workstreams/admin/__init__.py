"""Admin pages of workstreams, rules, queues, hours and people."""

from django.contrib import admin
from django.contrib.auth.models import Group

from . import lockouts, skills

# Roles say what a person may do; groups would only promise more.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)

__all__ = ["lockouts", "skills"]

"""Supervisors look at what agents work on."""

from tests.inbox.conftest import alices_work, browser, customer, hinted, script, waiting_work

__all__ = ["alices_work", "browser", "customer", "hinted", "script", "waiting_work"]

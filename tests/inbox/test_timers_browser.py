"""The timers in a real browser: what is being written stays while one is switched, and the list stays open."""

import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conversations import live
from conversations.models import Conversation
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import listens, window  # noqa: F401 - a fixture
from workstreams.models import TimeoutRule

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_switching_a_timer_keeps_what_is_written_and_the_list_open(window, alices_work, alice, workstream):  # noqa: F811
    for minutes, name in ((10, "Hurry up"), (60, "Too late")):
        TimeoutRule.objects.create(workstream=workstream, name=name, trigger="agent_silent", minutes=minutes, action="release")
    at = timezone.now() - datetime.timedelta(minutes=6)
    Conversation.objects.update(last_customer_message_at=at, assigned_at=at)
    page = window(alice, f"/inbox/{alices_work.public_id}/")
    listens(page)
    field, timers = page.get_by_label("Your message"), page.locator("#timers")
    field.fill("まだ書いています")

    expect(timers.locator("summary")).to_contain_text("Hurry up")
    timers.locator("summary").click()
    timers.get_by_role("button", name="Switch off Hurry up").click()

    expect(timers.get_by_role("button", name="Switch on Hurry up")).to_be_focused()
    expect(timers.locator("summary")).to_contain_text("Too late")
    expect(field).to_have_value("まだ書いています")

    TimeoutRule.objects.create(workstream=workstream, name="Another", trigger="agent_silent", minutes=90, action="release")
    live.conversation_changed(alices_work)

    expect(timers.locator(".timer-name", has_text="Another")).to_be_visible()
    expect(timers.get_by_role("button", name="Switch on Hurry up")).to_be_focused()
    expect(field).to_have_value("まだ書いています")

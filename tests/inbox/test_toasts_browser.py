"""Where toasts stand, and how their heads are read: they cover nothing that somebody needs."""

import pytest
from playwright.sync_api import expect

from conversations import transfers
from tests import builders
from tests.inbox.conftest import offered
from tests.inbox.server import server  # noqa: F401 - a fixture
from tests.inbox.test_browser import window  # noqa: F401 - a fixture
from workstreams.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_who_is_asked_to_take_over_is_withdrawn_under_a_toast(window, channel, alices_work, returns, alice, bob, width):  # noqa: F811
    transfers.transfer_to_agent(conversation_id=alices_work.pk, agent_id=bob.pk, actor=alice.user)
    offered(builders.conversation(channel, customer=builders.profile(channel.account, "小安"), queue=returns), alice)
    page = window(alice, f"/inbox/{alices_work.public_id}/", width=width)
    toast = page.get_by_role("article", name="Incoming chat request")
    expect(toast.get_by_role("button", name="Accept")).to_be_in_viewport(ratio=1)
    page.get_by_label("Your message").click(timeout=3_000)

    page.get_by_role("button", name="Withdraw").click(timeout=3_000)

    expect(page.get_by_text("is asked to take this conversation")).to_have_count(0)
    expect(toast).to_be_visible()


@pytest.mark.parametrize("language", ["en", "ja", "es", "da"])
def test_what_is_asked_stands_on_one_line(window, waiting_work, alice, language):  # noqa: F811
    User.objects.filter(pk=alice.user_id).update(language=language)
    offered(waiting_work, alice)
    page = window(alice)
    expect(page.locator("article.offer h2")).to_be_visible()

    lines = page.evaluate(
        """() => { const words = document.createRange();
        words.selectNodeContents(document.querySelector("article.offer h2"));
        return words.getClientRects().length; }"""
    )

    assert lines == 1

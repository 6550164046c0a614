"""What the tests of contacts share: the inbox's browsers and conversations, and contacts to find."""

import pytest

from conversations import contacts
from tests.inbox.conftest import alices_work, browser, customer, hinted, script, waiting_work

__all__ = ["alices_work", "browser", "customer", "hinted", "script", "waiting_work"]


@pytest.fixture
def add(alice):
    """`add(family_name="高橋", …)` makes a contact as Alice would."""

    def make(**raw):
        return contacts.add_contact(actor=alice.user, raw=raw)

    return make

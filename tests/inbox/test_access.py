"""Who may see and do what: every address of the inbox, by everybody."""

import pytest
from django.urls import reverse

from conversations import access
from tests import builders
from tests.inbox.conftest import answer, closed, ended, held_by, offered

READING = ["conversation", "thread", "head", "foot", "customer", "earlier"]
WRITING = ["read", "send", "assign", "transfer", "wait", "end", "reopen"]


@pytest.mark.parametrize("name", READING)
def test_a_conversation_is_open_to_its_queue_and_closed_to_others(name, browser, waiting_work, alice, bob, charlie, sue):
    address = reverse(f"inbox:{name}", args=[waiting_work.public_id])

    assert browser(alice).get(address).status_code == 200
    assert browser(bob).get(address).status_code == 200
    assert browser(sue).get(address).status_code == 200
    assert browser(charlie).get(address).status_code == 404


@pytest.mark.parametrize("name", WRITING)
def test_nobody_acts_on_a_conversation_they_may_not_read(name, browser, waiting_work, charlie, returns):
    address = reverse(f"inbox:{name}", args=[waiting_work.public_id])

    answered = browser(charlie).post(address, {"to": f"queue:{returns.public_id}", "text": "x", "client_id": "1"})

    assert answered.status_code == 404
    waiting_work.refresh_from_db()
    assert waiting_work.state == "open"
    assert not waiting_work.messages.filter(direction="out").exists()


@pytest.mark.parametrize("name", READING + WRITING)
def test_strangers_are_sent_to_the_log_in_page(name, client, waiting_work):
    address = reverse(f"inbox:{name}", args=[waiting_work.public_id])

    answered = client.get(address) if name in READING else client.post(address)

    assert answered.status_code == 302
    assert answered["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("name", WRITING)
def test_what_changes_something_takes_only_post(name, browser, alices_work, alice):
    assert browser(alice).get(reverse(f"inbox:{name}", args=[alices_work.public_id])).status_code == 405


@pytest.mark.parametrize("name", ["inbox", "worklist", "status", "offers"])
def test_the_lists_are_for_people_who_are_signed_in(name, client, browser, alice):
    address = reverse(f"inbox:{name}")

    assert client.get(address).status_code == 302
    assert browser(alice).get(address).status_code == 200


@pytest.mark.parametrize("name", ["worklist", "status", "offers"])
def test_fragments_of_agents_are_not_found_by_people_who_are_none(name, browser, sue):
    assert browser(sue).get(reverse(f"inbox:{name}")).status_code == 404


def test_a_script_whose_session_ended_is_told_to_load_the_page_again(client, waiting_work):
    answered = client.get(reverse("inbox:thread", args=[waiting_work.public_id]), headers={"X-Fragment": "1"})

    assert answered.status_code == 401
    assert answered["HX-Refresh"] == "true"


def test_the_customers_earlier_conversations_are_open_to_whoever_serves_them_now(channel, customer, waiting_work, charlie, everyone):
    earlier = ended(channel, customer, builders.queue("Secret"))
    visible = access.visible_conversations(charlie.user)
    assert earlier not in visible

    held_by(waiting_work, charlie)

    assert earlier in visible.all()
    assert waiting_work in visible.all()


def test_serving_a_customer_ends_with_the_conversation(channel, customer, waiting_work, charlie, everyone):
    earlier = ended(channel, customer, builders.queue("Secret"))
    held_by(waiting_work, charlie)

    closed(waiting_work, agent=charlie)

    assert earlier not in access.visible_conversations(charlie.user)


def test_an_offer_opens_its_conversation_to_the_agent(browser, waiting_work, charlie):
    address = reverse("inbox:conversation", args=[waiting_work.public_id])
    assert browser(charlie).get(address).status_code == 404

    offered(waiting_work, charlie)

    assert browser(charlie).get(address).status_code == 200


def test_an_offer_is_answered_by_its_agent_only(browser, waiting_work, alice, bob):
    offer = offered(waiting_work, alice)

    refused = browser(bob).post(reverse("inbox:accept", args=[offer.public_id]))
    allowed = browser(alice).post(reverse("inbox:accept", args=[offer.public_id]))

    assert refused.status_code == 404
    assert allowed.status_code == 302
    waiting_work.refresh_from_db()
    assert waiting_work.agent == alice


def test_a_message_is_sent_again_only_in_its_own_conversation(browser, channel, alices_work, alice, account):
    failed = answer(alices_work, state="failed")
    other = held_by(builders.conversation(channel), alice)

    assert browser(alice).post(reverse("inbox:again", args=[other.public_id, failed.pk])).status_code == 404
    assert browser(alice).post(reverse("inbox:again", args=[alices_work.public_id, failed.pk])).status_code == 302


@pytest.mark.parametrize(
    ("state", "words"),
    [("active", "Bob holds this conversation"), ("waiting", "Bob holds this conversation"), ("closed", "has ended")],
)
def test_who_may_not_write_reads_why(state, words, browser, waiting_work, alice, bob):
    if state == "closed":
        closed(waiting_work, agent=bob)
    else:
        held_by(waiting_work, bob, state)

    page = browser(alice).get(reverse("inbox:conversation", args=[waiting_work.public_id])).content.decode()

    assert words in page
    assert 'id="composer"' not in page


def test_an_address_that_names_nothing_is_not_found(browser, alice):
    assert browser(alice).get(reverse("inbox:conversation", args=["nothing"])).status_code == 404

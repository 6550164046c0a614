"""Answering: one message per composition, refused in words, and everything an agent does with a conversation."""

import pytest
from django.test import Client
from django.urls import reverse

from channels_app.media import links
from channels_app.models import Lane, MediaFile
from conversations.models import Attachment, Message, RoutingDecision
from tests import builders
from tests.inbox.conftest import answer, closed, held_by, offered


def said(conversation):
    return list(Message.objects.filter(conversation=conversation, direction="out").order_by("id").values_list("text", flat=True))


def send(client, conversation, text="はい", client_id="one"):
    return client.post(reverse("inbox:send", args=[conversation.public_id]), {"text": text, "client_id": client_id})


def act(client, name, conversation, **fields):
    return client.post(reverse(f"inbox:{name}", args=[conversation.public_id]), fields, follow=True).content.decode()


def test_a_double_click_is_one_message(script, browser, alices_work, alice):
    assert send(script(alice), alices_work).status_code == 204
    assert send(script(alice), alices_work).status_code == 204
    assert send(browser(alice), alices_work).status_code == 302

    assert said(alices_work) == ["はい"]


def test_the_same_words_composed_twice_are_two_messages(script, alices_work, alice):
    send(script(alice), alices_work, client_id="one")
    send(script(alice), alices_work, client_id="two")

    assert said(alices_work) == ["はい", "はい"]


def test_lines_are_broken_as_they_were_typed(browser, alices_work, alice):
    send(browser(alice), alices_work, "一\r\n二")

    assert said(alices_work) == ["一\n二"]


@pytest.mark.parametrize(("text", "refused"), [("x" * 5000, False), ("x" * 5001, True), ("🐰" * 2500, False), ("🐰" * 2500 + "x", True)])
def test_the_limit_counts_utf16_units_and_is_kept_before_sending(text, refused, script, alices_work, alice):
    answered = send(script(alice), alices_work, text)

    assert answered.status_code == (422 if refused else 204)
    assert len(said(alices_work)) == (0 if refused else 1)
    if refused:
        assert "5,000" in answered.json()["problem"] or "5000" in answered.json()["problem"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_nothing_is_no_message(text, script, alices_work, alice):
    assert send(script(alice), alices_work, text).status_code == 422
    assert said(alices_work) == []


def test_only_the_agent_who_holds_it_answers(script, browser, alices_work, bob, sue):
    for person in (bob, sue):
        answered = send(script(person), alices_work)
        page = act(browser(person), "send", alices_work, text="x", client_id="two")

        assert answered.status_code == 422
        assert "Alice" in answered.json()["problem"]
        assert "Alice" in page
    assert said(alices_work) == []


def test_an_ended_conversation_is_not_answered(script, alices_work, alice):
    closed(alices_work, agent=alice)

    answered = send(script(alice), alices_work)

    assert answered.status_code == 422
    assert "has ended" in answered.json()["problem"]


def test_a_page_without_scripts_sends_too(browser, alices_work, alice):
    client = browser(alice)
    page = client.get(reverse("inbox:conversation", args=[alices_work.public_id])).content.decode()
    client_id = page.split('name="client_id" value="')[1].split('"')[0]

    act(client, "send", alices_work, text="こんにちは", client_id=client_id)
    shown = act(client, "send", alices_work, text="こんにちは", client_id=client_id)

    assert said(alices_work) == ["こんにちは"]
    assert 'class="bubble" lang="ja">こんにちは' in shown


def test_a_failed_message_is_sent_again_once(browser, script, alices_work, alice):
    failed = answer(alices_work, "発送しました", state="failed", author=alice.user)
    address = reverse("inbox:again", args=[alices_work.public_id, failed.pk])

    browser(alice).post(address)
    shown = script(alice).post(address)

    assert said(alices_work) == ["発送しました", "発送しました"]
    assert shown.status_code == 200


def test_a_message_that_went_out_is_not_sent_again(browser, alices_work, alice):
    accepted = answer(alices_work, "発送しました", state="accepted", author=alice.user)

    page = browser(alice).post(reverse("inbox:again", args=[alices_work.public_id, accepted.pk]), follow=True).content.decode()

    assert "needn&#x27;t be sent again" in page
    assert said(alices_work) == ["発送しました"]


def test_open_work_is_taken_with_one_click(browser, waiting_work, alice):
    client = browser(alice)
    before = client.get(reverse("inbox:conversation", args=[waiting_work.public_id])).content.decode()

    after = act(client, "assign", waiting_work)

    assert "Assign to me" in before
    assert 'id="composer"' in after
    waiting_work.refresh_from_db()
    assert (waiting_work.state, waiting_work.agent) == ("active", alice)


def test_who_comes_second_reads_who_was_first(browser, waiting_work, alice, bob):
    act(browser(alice), "assign", waiting_work)

    page = act(browser(bob), "assign", waiting_work)

    assert "Alice has this conversation." in page
    waiting_work.refresh_from_db()
    assert waiting_work.agent == alice


def test_a_conversation_goes_to_another_queue(browser, script, alices_work, alice, everyone):
    address = reverse("inbox:transfer", args=[alices_work.public_id])

    page = script(alice).post(address, {"to": f"queue:{everyone.public_id}"}).content.decode()

    alices_work.refresh_from_db()
    assert (alices_work.state, alices_work.queue, alices_work.agent) == ("open", everyone, None)
    assert "Nobody holds this conversation yet" in page


def test_a_conversation_that_left_ones_queues_leaves_the_page(script, alices_work, alice, account, channel):
    foreign = builders.queue("Foreign")

    page = script(alice).post(reverse("inbox:transfer", args=[alices_work.public_id]), {"to": f"queue:{foreign.public_id}"})

    assert page.status_code == 200
    assert "Nothing opened" in page.content.decode()


def test_a_transfer_to_nowhere_changes_nothing(browser, alices_work, alice):
    assert browser(alice).post(reverse("inbox:transfer", args=[alices_work.public_id]), {"to": "queue:nowhere"}).status_code == 404

    alices_work.refresh_from_db()
    assert alices_work.state == "active"


def test_a_conversation_is_left_to_the_customer_and_taken_up_again(browser, alices_work, alice):
    client = browser(alice)

    waiting = act(client, "wait", alices_work)
    alices_work.refresh_from_db()
    state = alices_work.state
    active = act(client, "reopen", alices_work)

    assert state == "waiting"
    assert "It waits for the customer" in waiting
    assert 'id="composer"' in active


def test_ending_is_asked_for_and_ends(browser, alices_work, alice):
    client = browser(alice)
    before = client.get(reverse("inbox:conversation", args=[alices_work.public_id])).content.decode()

    after = act(client, "end", alices_work)

    assert 'id="end-dialog"' in before
    assert "This conversation has ended." in after
    alices_work.refresh_from_db()
    assert (alices_work.state, alices_work.closed_by) == ("closed", alice.user)


@pytest.mark.parametrize("name", ["transfer", "wait", "end", "reopen"])
def test_a_colleagues_conversation_is_left_alone(name, browser, alices_work, bob, sue, everyone):
    for person in (bob, sue):
        page = act(browser(person), name, alices_work, to=f"queue:{everyone.public_id}")

        assert "Alice holds this conversation" in page
    alices_work.refresh_from_db()
    assert alices_work.state == "active"


def test_every_action_needs_the_pages_own_token(browser, alices_work, alice):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)

    refused = strict.post(reverse("inbox:end", args=[alices_work.public_id]))

    assert refused.status_code == 403
    assert "This form has grown too old" in refused.content.decode()


def sent_picture(conversation, number, **fields):
    """A picture of the customer that is ready to be shown."""
    message = builders.inbound_message(conversation, "", kind="image")
    ready = {"state": "ready", "stored": f"s{number}", "preview": f"p{number}", "size": 1, "media_type": "image/jpeg"} | fields
    file = MediaFile.objects.create(account=message.account, origin="content", source=f"m{number}", kind="image", **ready)
    Attachment.objects.create(message=message, file=file)
    return file


# --- Offers ---------------------------------------------------------------------------------------------


def test_an_offer_shows_what_is_known_of_the_customer(browser, waiting_work, alice, returns):
    offered(waiting_work, alice)

    toast = browser(alice).get(reverse("inbox:offers")).content.decode()

    for words in ["Incoming chat request", "みさき🐰", "Koharu Support", "急須が割れて届きました", "Returns", "Accept", "Decline"]:
        assert words in toast
    assert 'data-total="120"' in toast


def test_an_offer_shows_the_customers_last_picture_and_reads_no_other(script, waiting_work, alice, django_assert_max_num_queries):
    offered(waiting_work, alice)
    pictures = [sent_picture(waiting_work, number) for number in range(3)]
    sent_picture(waiting_work, 3, state="failed", reason="damaged", stored="", preview="")
    client = script(alice)

    with django_assert_max_num_queries(14) as asked:
        toast = client.get(reverse("inbox:offers")).content.decode()

    assert links.page_link(pictures[2], links.PREVIEW) in toast
    assert links.page_link(pictures[1], links.PREVIEW) not in toast
    assert sum("channels_app_mediafile" in each["sql"] for each in asked.captured_queries) <= 2  # the portrait and this


def test_an_offer_survives_a_reload_and_ends_with_its_answer(browser, script, waiting_work, alice):
    offer = offered(waiting_work, alice)
    client = browser(alice)
    assert "Incoming chat request" in client.get(reverse("inbox:inbox")).content.decode()

    answered = script(alice).post(reverse("inbox:accept", args=[offer.public_id]))

    assert answered.json() == {"conversation": waiting_work.public_id}
    assert f'data-offer="{offer.public_id}"' not in client.get(reverse("inbox:inbox")).content.decode()


def test_an_offer_that_somebody_else_took_is_refused_with_the_name(script, browser, waiting_work, alice, bob):
    offer = offered(waiting_work, alice)
    act(browser(bob), "assign", waiting_work)

    refused = script(alice).post(reverse("inbox:accept", args=[offer.public_id]))
    shown = script(alice).get(reverse("inbox:offers"), {"offers": offer.public_id}).content.decode()

    assert refused.status_code == 409
    assert "Bob" in refused.json()["problem"]
    assert "Bob took this conversation." in shown


def test_a_declined_offer_is_gone_without_a_word(script, waiting_work, alice):
    offer = offered(waiting_work, alice)

    assert script(alice).post(reverse("inbox:decline", args=[offer.public_id])).status_code == 200

    assert script(alice).get(reverse("inbox:offers"), {"offers": offer.public_id}).content.decode().strip() == ""


def test_an_offer_past_its_time_is_no_longer_shown_as_open(script, waiting_work, alice):
    offer = offered(waiting_work, alice, seconds=-1)

    shown = script(alice).get(reverse("inbox:offers"), {"offers": offer.public_id}).content.decode()

    assert "Incoming chat request" not in shown
    assert "Time ran out" in shown


def test_a_colleagues_offers_are_not_shown(script, waiting_work, alice, bob):
    offer = offered(waiting_work, alice)

    assert script(bob).get(reverse("inbox:offers"), {"offers": offer.public_id}).content.decode().strip() == ""


def test_the_thread_itself_offers_to_accept(browser, waiting_work, alice):
    offer = offered(waiting_work, alice)
    client = browser(alice)

    page = client.get(reverse("inbox:conversation", args=[waiting_work.public_id])).content.decode()

    assert "It is being offered to you." in page
    assert reverse("inbox:accept", args=[offer.public_id]) in page


def test_wrap_up_is_answered_and_ended_but_not_passed_on(browser, alices_work, alice):
    held_by(alices_work, alice, "wrap_up")

    page = browser(alice).get(reverse("inbox:conversation", args=[alices_work.public_id])).content.decode()

    assert 'id="composer"' in page
    assert 'id="end-dialog"' in page
    assert 'id="transfer-dialog"' not in page


def test_in_wrap_up_the_composer_says_what_sending_still_does(script, alices_work, alice):
    address = reverse("inbox:foot", args=[alices_work.public_id])
    active = script(alice).get(address).content.decode()
    held_by(alices_work, alice, "wrap_up")

    ended = script(alice).get(address).content.decode()

    for words in ("A message still goes to the customer, but keeps nothing open.", 'placeholder="A last message to the customer"'):
        assert words in ended
        assert words not in active
    assert 'placeholder="Write an answer"' in active
    assert "Write an answer" not in ended


def test_in_standby_wrap_up_promises_no_message(script, alices_work, customer, alice):
    held_by(alices_work, alice, "wrap_up")
    Lane.objects.filter(pk=customer.lane_id).update(standby=True)

    ended = script(alice).get(reverse("inbox:foot", args=[alices_work.public_id])).content.decode()

    assert "You have ended this conversation." in ended
    assert "A message still goes to the customer" not in ended


def test_what_waits_is_reopened_before_it_can_be_ended(browser, script, alices_work, alice):
    held_by(alices_work, alice, "waiting")

    page = browser(alice).get(reverse("inbox:conversation", args=[alices_work.public_id])).content.decode()

    assert reverse("inbox:reopen", args=[alices_work.public_id]) in page
    assert 'id="end-dialog"' not in page


def test_ending_a_wrap_up_names_no_button_that_is_not_there(script, alices_work, alice):
    head = reverse("inbox:head", args=[alices_work.public_id])
    assert "choose Wait for customer" in script(alice).get(head).content.decode()

    held_by(alices_work, alice, "wrap_up")

    shown = script(alice).get(head).content.decode()
    assert "a new conversation begins" in shown
    assert "Wait for customer" not in shown


def test_a_refusal_is_said_once(script, alices_work, bob):
    refused = act(script(bob), "end", alices_work)

    assert refused.count("Alice holds this conversation. You are reading along.</p>") == 2  # the refusal, and what stands for the composer


def test_an_offer_says_where_it_was_put_since_it_was_routed(script, waiting_work, alice, everyone):
    RoutingDecision.objects.create(conversation=waiting_work, queue=everyone)
    offered(waiting_work, alice)

    assert "now in Returns" in script(alice).get(reverse("inbox:offers")).content.decode()

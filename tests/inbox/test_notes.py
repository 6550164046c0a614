"""Notes for colleagues: among the bubbles, never sent, never unread, never the conversation's last words."""

import pytest
from django.db import IntegrityError, transaction

from channels_app.models import Bubble
from conversations.models import Conversation, Draft, Message


@pytest.fixture
def note(script, alices_work):
    """`note(alice, "words")` as the page's script does it."""

    def write(person, text, client_id="n1"):
        return script(person).post(f"/inbox/{alices_work.public_id}/note/", {"text": text, "client_id": client_id})

    return write


def thread(script, person, conversation):
    return script(person).get(f"/inbox/{conversation.public_id}/thread/").content.decode()


def test_a_note_is_seen_by_colleagues_and_goes_nowhere(note, script, alices_work, alice, bob):
    before = Conversation.objects.values().get(pk=alices_work.pk)

    assert note(alice, "VIP <b>customer</b>, see https://example.com/1").status_code == 204

    page = thread(script, bob, alices_work)
    assert "VIP &lt;b&gt;customer&lt;/b&gt;" in page
    assert 'href="https://example.com/1"' in page
    assert "only for colleagues" in page
    assert not Bubble.objects.exists()
    assert Conversation.objects.values().get(pk=alices_work.pk) == before


def test_a_double_click_is_one_note(note, alice):
    assert [note(alice, "once").status_code for _click in range(2)] == [204, 204]
    assert Message.objects.filter(direction="note").count() == 1


@pytest.mark.parametrize(("written", "left"), [("左利き ", []), ("左利きのお客様", ["左利きのお客様"])])
def test_what_was_noted_is_no_draft_of_an_answer_any_more(note, script, alices_work, alice, written, left):
    script(alice).post(f"/inbox/{alices_work.public_id}/draft/", {"text": written})

    note(alice, "左利き")

    assert list(Draft.objects.values_list("text", flat=True)) == left


@pytest.mark.parametrize(("text", "words"), [("", "empty"), (" \n ", "empty"), ("x" * 5001, "too long")])
def test_what_can_t_be_a_note_is_said(note, alice, text, words):
    answer = note(alice, text)

    assert (answer.status_code, words in answer.json()["problem"]) == (422, True)


def test_whoever_reads_along_may_note_and_others_find_nothing(note, bob, charlie, sue):
    assert note(bob, "bob's", "b").status_code == 204
    assert note(sue, "sue's", "s").status_code == 204
    assert note(charlie, "charlie's", "c").status_code == 404


def test_one_s_own_note_can_be_removed_and_others_can_t(note, script, browser, alices_work, alice, bob):
    note(alice, "wrong customer")
    written = Message.objects.get(direction="note")
    address = f"/inbox/{alices_work.public_id}/note/{written.pk}/remove/"

    assert script(bob).post(address).status_code == 404
    browser(alice).post(address)

    written.refresh_from_db()
    assert (written.text, written.data, bool(written.withdrawn_at)) == ("", {}, True)
    assert "Alice removed a note." in thread(script, bob, alices_work)


def test_a_note_can_never_have_a_bubble(note, alice):
    note(alice, "a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(direction="note").update(line_message_id="1")

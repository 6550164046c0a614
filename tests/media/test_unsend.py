"""What a customer takes back is nowhere any more: no row, no file, no draft, no answer that quotes it; a tombstone stays."""

import datetime
import json
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.utils import timezone

from channels_app import freezing, outcomes, receiving, sending
from channels_app.adapter import Outcome, SendResult
from channels_app.media import keeping, preparing, storing
from channels_app.models import Bubble, Delivery, EndpointPause, Lane, MediaFile, MessagingAccount, WebhookEvent, Withdrawn
from conversations import assignment, attachments, composer, drafts, former_words, lifecycle, routing, telling, what_if
from conversations.inbox.bubbles import bubble_state
from conversations.inbox.why import why
from conversations.models import Attachment, Conversation, Draft, FormerWords, JournalEntry, Message, RoutingDecision, SocialProfile
from tests import builders
from tests.channels_app.conftest import body_of, text_event
from tests.media import samples
from tests.media.conftest import due_again

pytestmark = pytest.mark.django_db
WORDS = "my card is 4000 1234"


def everything():
    """Every row of the product, decrypted, as one text."""
    tables = [model for app in ("channels_app", "conversations", "workstreams") for model in apps.get_app_config(app).get_models()]
    rows = [[repr(value) for row in model.objects.values_list() for value in row] for model in tables]
    return json.dumps(rows, ensure_ascii=False)


@pytest.fixture
def unsend(event_comes):
    return lambda message_id: event_comes(type="unsend", unsend={"messageId": message_id})


@pytest.fixture
def asked(platform, open_channel, customer_writes, alice):
    """A message that Alice is about to answer."""
    customer_writes(WORDS)
    conversation = Conversation.objects.get()
    assignment.pick_conversation(conversation_id=conversation.pk, actor=alice.user)
    return Message.objects.select_related("conversation").get(direction="in")


@pytest.fixture
def answers(asked, alice):
    """`answers("yes", quoting=True)` queues one bubble."""

    def say(text, *, quoting=False):
        draft = composer.Draft(text=text, quoted=asked if quoting else None)
        return composer.send(conversation_id=asked.conversation_id, actor=alice.user, draft=draft, client_id=text)[0]

    return say


def test_the_rules_forget_the_words_and_the_decision_says_so_but_not_another_one(platform, open_channel, customer_writes, unsend, returns):
    workstream = open_channel.workstream
    builders.publish(workstream, builders.route(returns, ("message.first_text", "contains_any", ["card"]), name="Paid"))
    customer_writes(WORDS)
    first = Message.objects.get(direction="in")
    routing.route_conversation(first.conversation_id, {})
    customer_writes("and another thing")
    again = Message.objects.exclude(pk=first.pk).get(direction="in")
    decision = RoutingDecision.objects.get()

    unsend(again.line_message_id)
    assert telling.tell_decision(RoutingDecision.objects.get()).reason == "Rule 1 “Paid”: first message contains card"
    unsend(first.line_message_id)

    decision.refresh_from_db()
    told = telling.tell_decision(decision)
    assert WORDS not in everything()
    assert (told.queue, told.reason) == ("Returns", "What the rules saw was taken back or deleted since. What they did stays.")
    assert [(rule.name, rule.became, rule.conditions) for rule in told.stages[-1].rules] == [("Paid", "applied", [])]
    assert why(decision) == "Returns · rule 1 “Paid”"
    assert what_if.run_last(workstream, {"routes": []}, 10) == []


def test_a_text_after_a_picture_is_not_what_the_rules_saw(platform, open_channel, customer_writes, event_comes, unsend, returns):
    builders.publish(open_channel.workstream, builders.route(returns, ("message.first_text", "no_data")))
    event_comes(type="message", message={"type": "sticker", "id": "468", "packageId": "1", "stickerId": "2"})
    routing.route_conversation(Conversation.objects.get().pk, {})
    customer_writes(WORDS)

    unsend(Message.objects.get(text=WORDS).line_message_id)

    assert RoutingDecision.objects.get().facts["message.first_text"] == ""
    assert telling.tell_decision(RoutingDecision.objects.get()).reason == "Rule 1: first message is not known or empty"


def only_file():
    return MediaFile.objects.get(origin="content")


def state_of(message):
    message = Message.objects.select_related("bubble__delivery").get(pk=message.pk)
    return bubble_state(message, MessagingAccount.objects.get())


def texts_sent(platform):
    sending.drain(seconds=60)
    return [item["text"] for request in platform.sent for item in json.loads(request["body"])["messages"]]


def _prepared(outcome):
    return [SendResult(outcome=outcome, error="LINE's words")]


def test_words_and_files_are_nowhere_and_a_tombstone_stays(customer_sends, customer_writes, unsend, alice, stored_files):
    customer_writes(WORDS)
    customer_sends("file", b"%PDF-1.4 " + WORDS.encode(), fileName=f"{WORDS}.pdf", fileSize=40)
    conversation = Conversation.objects.get()
    RoutingDecision.objects.create(conversation=conversation, queue=conversation.queue, facts={"message.first_text": WORDS})
    drafts.save_draft(conversation=conversation, person=alice.user, text=f"You wrote “{WORDS}”, is that so?", seen=0)
    first, second = Message.objects.filter(direction="in").order_by("pk")
    assert WORDS in everything()
    assert len(stored_files()) == 1

    unsend(first.line_message_id)
    unsend(second.line_message_id)
    attachments.work(seconds=60)

    assert WORDS not in everything()
    assert stored_files() == []
    assert Draft.objects.get().text == "You wrote “”, is that so?"
    assert Message.objects.exclude(withdrawn_at=None).count() == 2
    assert list(JournalEntry.objects.filter(verb="withdrawn").values_list("actor_kind", "data")) == [("customer", {})] * 2


def test_a_draft_that_is_nothing_but_the_words_is_gone_and_short_words_cut_nothing(asked, customer_writes, unsend, alice, bob):
    (short,) = customer_writes("はい")
    drafts.save_draft(conversation=asked.conversation, person=alice.user, text=f"{WORDS}\n", seen=0)
    drafts.save_draft(conversation=asked.conversation, person=bob.user, text="はい、承知しました", seen=0)

    unsend(asked.line_message_id)
    unsend(short["message"]["id"])

    assert list(Draft.objects.values_list("person", "text")) == [(bob.user.pk, "はい、承知しました")]


def test_a_draft_that_quotes_an_edited_message_quotes_it_as_it_is_now(asked, edit, unsend, alice):
    drafts.save_draft(conversation=asked.conversation, person=alice.user, text=f"You wrote “{WORDS}”, is that so?", seen=0)

    edit(asked, "I meant the green one")
    assert Draft.objects.get().text == "You wrote “I meant the green one”, is that so?"

    unsend(asked.line_message_id)
    assert WORDS not in everything()
    assert Draft.objects.get().text == "You wrote “”, is that so?"


@pytest.fixture
def edit(event_comes):
    return lambda message, text: event_comes(type="messageEdited", message={"type": "text", "id": message.line_message_id, "text": text})


@pytest.fixture
def save(asked, script, alice):
    """What a page tells, and what it is told then: what became of its quotations."""

    def tell(text, **fields):
        answer = script(alice).post(f"/inbox/{asked.conversation.public_id}/draft/", {"text": text, **fields})
        assert answer.status_code == 200
        return answer.json()["replaced"]

    return tell


def version_of(message):
    return Conversation.objects.get(pk=message.conversation_id).words_version


def test_what_a_page_tells_that_has_not_followed_yet_follows_here(asked, edit, unsend, save):
    assert save(f"“{WORDS}”? We have it", seen=0) == []
    edit(asked, "I meant the green one")
    assert save(f"“{WORDS}”? We have it.", seen=0) == [[WORDS, "I meant the green one"]]
    assert Draft.objects.get().text == "“I meant the green one”? We have it."
    followed = version_of(asked)
    unsend(asked.line_message_id)

    for text, fields in ((f"“{WORDS}”?", {"seen": 0}), ("“I meant the green one”?", {"seen": followed}), (f"“{WORDS}”?", {"seen": "x"})):
        assert save(text, **fields) == [[text[1:-2], ""]]
        assert Draft.objects.get().text == "“”?"
    assert WORDS not in everything()
    assert "green" not in everything()


def test_whoever_writes_the_same_words_afterwards_keeps_them(asked, unsend, save):
    unsend(asked.line_message_id)

    assert save(f"I typed “{WORDS}” myself", seen=version_of(asked)) == []
    assert Draft.objects.get().text == f"I typed “{WORDS}” myself"


def test_new_words_that_hold_the_former_ones_are_not_put_in_twice(asked, edit, save):
    edit(asked, f"{WORDS} or 1235")

    assert save(f"“{WORDS} or 1235”, not “{WORDS}”", seen=0) == [[WORDS, f"{WORDS} or 1235"]]
    assert Draft.objects.get().text == f"“{WORDS} or 1235”, not “{WORDS} or 1235”"


def test_a_line_of_the_message_is_a_quotation_too(asked, edit, unsend, save, alice):
    edit(asked, f"Hello there\n {WORDS}\nbye")
    save(f"> {WORDS}\nYes. You said bye", seen=version_of(asked))
    edit(asked, "Hello there\nanother card\nbye")
    assert Draft.objects.get().text == "> another card\nYes. You said bye"

    edit(asked, "Hello there")  # which line became which can't be told
    assert Draft.objects.get().text == "> another card\nYes. You said bye"
    followed = version_of(asked)
    unsend(asked.line_message_id)
    assert Draft.objects.get().text == "> \nYes. You said bye"
    assert save("> another card\nHello there", seen=followed) == [["another card", ""], ["Hello there", ""]]


def test_a_line_that_everybody_writes_is_none_where_nothing_marks_it_as_one(asked, edit, unsend, save):
    edit(asked, "お世話になっております。\n注文の件です")
    save("お世話になっております。ご連絡ありがとうございます。", seen=version_of(asked))

    unsend(asked.line_message_id)

    assert Draft.objects.get().text == "お世話になっております。ご連絡ありがとうございます。"
    assert save("> お世話になっております。", seen=0) == [["お世話になっております。", ""]]


def test_a_page_may_ask_without_saving(asked, unsend, script, alice, save):
    save("newer, from another device", seen=0)
    unsend(asked.line_message_id)
    address = f"/inbox/{asked.conversation.public_id}/draft/"

    looked = script(alice).post(address, {"text": f"“{WORDS}”", "seen": 0, "look": 1}).json()

    assert looked == {"seen": version_of(asked), "replaced": [[WORDS, ""]]}
    assert Draft.objects.get().text == "newer, from another device"


def test_a_message_of_short_lines_is_quoted_as_it_was_written(asked, edit, unsend, save):
    edit(asked, "4000\r\n  1234\r\n5678 ")
    unsend(asked.line_message_id)

    assert save("“4000\n  1234\n5678”?", seen=0) == [["4000\n  1234\n5678", ""]]


def test_words_are_cut_out_of_drafts_in_later_conversations_of_the_same_customer(asked, event_comes, unsend, alice, root):
    lifecycle.force_close(conversation_id=asked.conversation_id, actor=root)
    event_comes(message={"type": "text", "id": "77", "text": "and another thing"})
    later = Conversation.objects.exclude(pk=asked.conversation_id).get()
    stranger = builders.conversation(later.channel, customer=builders.profile(later.channel.account, "小安"))
    for conversation in (later, stranger):
        drafts.save_draft(conversation=conversation, person=alice.user, text=f"“{WORDS}”, you said", seen=0)

    unsend(asked.line_message_id)

    assert dict(Draft.objects.values_list("conversation", "text")) == {later.pk: "“”, you said", stranger.pk: f"“{WORDS}”, you said"}
    for conversation, left in ((later, "“”, you said."), (stranger, f"“{WORDS}”, you said.")):
        drafts.save_draft(conversation=conversation, person=alice.user, text=f"“{WORDS}”, you said.", seen=0)
        assert Draft.objects.get(conversation=conversation).text == left


def test_fingerprints_of_former_words_are_kept_for_a_month(asked, unsend, save):
    unsend(asked.line_message_id)
    FormerWords.objects.update(created_at=timezone.now() - datetime.timedelta(days=29))
    assert former_words.forget_old() == 0

    FormerWords.objects.update(created_at=timezone.now() - datetime.timedelta(days=31))
    assert former_words.forget_old() == 1
    assert save(f"“{WORDS}”", seen=0) == []


def test_a_draft_that_comes_late_is_refused_if_the_person_wrote_elsewhere_since(asked, unsend, script, alice):
    address = f"/inbox/{asked.conversation.public_id}/draft/"
    assert script(alice).post(address, {"text": "late", "age": "2000"}).status_code == 200
    assert script(alice).post(address, {"text": "older than what is there", "age": "4000"}).status_code == 409
    unsend(asked.line_message_id)
    assert Draft.objects.get().text == "late"

    assert script(alice).post(address, {"text": f"late: {WORDS}", "age": "0"}).json()["replaced"] == [[WORDS, ""]]
    assert Draft.objects.get().text == "late: "
    for nonsense in ("-1", "x", "9" * 40):
        assert script(alice).post(address, {"text": "now", "age": nonsense, "seen": nonsense}).status_code in {200, 409}


def test_an_answer_that_quotes_it_and_waits_is_not_sent_and_its_neighbours_are(asked, answers, unsend, platform, alice):
    before, quoting, after = answers("before"), answers("quoting", quoting=True), answers("after")

    unsend(asked.line_message_id)

    assert texts_sent(platform) == ["before", "after"]
    assert (state_of(before).code, state_of(quoting).code, state_of(after).code) == ("accepted", "failed", "accepted")
    assert "took back the message" in state_of(quoting).detail

    composer.send_again(message_id=quoting.pk, actor=alice.user)
    assert texts_sent(platform) == ["before", "after", "quoting"]
    assert "quoteToken" not in platform.sent[-1]["body"]


@pytest.mark.parametrize("outcome", [Outcome.UNREACHABLE, Outcome.RATE_LIMITED])
def test_an_answer_that_clearly_never_left_is_taken_out_of_its_delivery(asked, answers, unsend, platform, outcome):
    platform.answers = _prepared(outcome)
    quoting, after = answers("quoting", quoting=True), answers("after")
    sending.drain(seconds=60)
    Delivery.objects.filter(state="retry").update(due_at=timezone.now() + datetime.timedelta(hours=1))
    platform.sent.clear()

    unsend(asked.line_message_id)
    EndpointPause.objects.all().delete()

    assert texts_sent(platform) == ["after"]
    assert (state_of(quoting).code, state_of(after).code) == ("failed", "accepted")


def test_an_answer_that_may_have_arrived_is_not_called_a_failure(asked, answers, unsend, platform):
    platform.answers = _prepared(Outcome.UNCLEAR)
    quoting = answers("quoting", quoting=True)
    sending.drain(seconds=60)
    Delivery.objects.filter(state="retry").update(due_at=timezone.now() + datetime.timedelta(hours=1))

    unsend(asked.line_message_id)

    assert state_of(quoting).code == "retry"


def test_an_answer_that_was_on_its_way_and_comes_back_unsent_stays_here(asked, answers, unsend, platform):
    quoting, after = answers("quoting", quoting=True), answers("after")
    (delivery,) = freezing.freeze([Lane.objects.get().pk])
    unsend(asked.line_message_id)
    assert state_of(quoting).code == "sending"

    outcomes.record(delivery=delivery, attempt=1, result=_prepared(Outcome.UNREACHABLE)[0])

    assert state_of(quoting).code == "failed"
    assert texts_sent(platform) == ["after"]
    assert Bubble.objects.filter(delivery=None).count() == 0
    assert state_of(after).code == "accepted"


def test_what_is_gone_can_t_be_quoted_any_more(asked, unsend, script, alice):
    address = f"/inbox/{asked.conversation.public_id}/send/"
    unsend(asked.line_message_id)

    answer = script(alice).post(address, {"client_id": "m1", "text": "yes", "quote": asked.pk})

    assert (answer.status_code, answer.json()["quote_is_gone"]) == (422, True)
    assert not Message.objects.filter(direction="out").exists()
    # The page that had read it before the customer took it back:
    draft = composer.Draft(text="yes", quoted=asked)
    with pytest.raises(composer.QuoteIsGone):
        composer.send(conversation_id=asked.conversation_id, actor=alice.user, draft=draft, client_id="m2")


def test_an_unsend_finds_its_message_by_id_alone_also_in_a_conversation_that_has_ended(asked, event_comes, root):
    lifecycle.force_close(conversation_id=asked.conversation_id, actor=root)
    profiles = SocialProfile.objects.count()

    event_comes(type="unsend", unsend={"messageId": asked.line_message_id}, source={"type": "user", "userId": "U" + "e" * 32})

    assert WORDS not in everything()
    assert SocialProfile.objects.count() == profiles


def test_an_id_that_comes_as_a_number_is_the_same_id(platform, open_channel, customer_writes, event_comes):
    customer_writes("x", message={"type": "text", "id": 46850001, "text": WORDS})
    customer_writes("x", message={"type": "text", "id": "46850002", "text": "and?", "quotedMessageId": 46850001})
    event_comes(type="unsend", unsend={"messageId": 46850001})

    assert WORDS not in everything()
    assert list(Message.objects.order_by("pk").values_list("line_message_id", "quoted_message_id")) == [
        ("46850001", ""),
        ("46850002", "46850001"),
    ]


def test_an_unsend_without_a_source_counts_too(asked, account, post_webhook):
    event = text_event(900, type="unsend", unsend={"messageId": asked.line_message_id})
    del event["source"], event["message"]
    post_webhook(account, body_of(event))
    receiving.drain()

    assert WORDS not in everything()


def test_a_message_with_a_file_that_comes_after_its_unsend_leaves_neither_content_nor_a_download(
    asked, unsend, customer_sends, platform, stored_files
):
    unsend("7")
    customer_sends("image", samples.picture())

    late = Message.objects.get(line_message_id="7")
    assert (late.withdrawn_at, late.text, late.data) == (Withdrawn.objects.get().at, "", {})
    assert (platform.asked, stored_files(), MediaFile.objects.count(), Attachment.objects.count()) == ([], [], 0, 0)
    assert JournalEntry.objects.filter(verb="withdrawn").count() == 1


def test_what_could_not_be_read_is_found_by_its_message_too(account, channel, post_webhook, unsend):
    post_webhook(account, body_of(text_event(1, timestamp="soon", message={"type": "text", "id": "777", "text": WORDS})))
    assert WebhookEvent.objects.get().state == "dead"

    unsend("777")

    assert WORDS not in everything()


def test_a_redelivery_under_another_id_after_the_unsend_brings_nothing_back(asked, unsend, customer_writes):
    unsend(asked.line_message_id)
    customer_writes(WORDS, message={"type": "text", "id": asked.line_message_id, "text": WORDS})

    assert WORDS not in everything()
    assert Message.objects.filter(direction="in").count() == 1


def test_a_running_download_stops(customer_sends, unsend, platform, monkeypatch, stored_files):
    monkeypatch.setattr(preparing, "LOOK_SECONDS", 0)
    content, read = samples.picture(), []
    customer_sends("image", content, work=False)

    class Stream(list):
        def __iter__(self):
            for number in range(100):
                read.append(number)
                if number == 3:
                    unsend("7")
                yield content

    @contextmanager
    def open_content(*, credentials, message_id):
        yield iter(Stream())

    monkeypatch.setattr(platform, "open_content", open_content)
    attachments.work(seconds=60)

    assert len(read) < 6
    assert (only_file().state, stored_files()) == ("purged", [])


class Killed(BaseException):
    """The process ends here."""


def test_bytes_of_a_worker_that_died_over_them_go_too(customer_sends, unsend, monkeypatch, stored_files):
    customer_sends("image", samples.picture(), work=False)
    kept = storing.keep

    def keep_and_die(path, **names):
        kept(path, **names)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(storing, "keep", keep_and_die)
        with pytest.raises(Killed):
            attachments.work(seconds=60)
    assert len(stored_files()) == 1

    unsend("7")
    attachments.work(seconds=60)

    assert (only_file().state, stored_files()) == ("purged", [])


def test_bytes_of_a_former_try_don_t_stay_beside_those_of_the_next(customer_sends, monkeypatch, stored_files):
    customer_sends("image", samples.picture(), work=False)
    kept = storing.keep

    def keep_and_die(path, **names):
        kept(path, **names)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(storing, "keep", keep_and_die)
        with pytest.raises(Killed):
            attachments.work(seconds=60)
    due_again()
    attachments.work(seconds=60)

    assert only_file().state == "ready"
    assert len(stored_files()) == 2


def test_a_slow_worker_whose_file_another_one_has_taken_over_leaves_nothing(customer_sends, read_stored, stored_files):
    customer_sends("image", samples.picture(), work=False)
    slow = only_file()
    assert preparing.claim(slow)
    kept = storing.keep

    def overtaken(path, **names):
        stored = kept(path, **names)
        if not overtaken.done:
            overtaken.done = True
            due_again()
            quick = only_file()
            assert preparing.claim(quick)
            preparing.prepare(quick)
        return stored

    overtaken.done = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storing, "keep", overtaken)
        preparing.prepare(slow)

    assert only_file().state == "ready"
    assert read_stored(only_file().stored)
    assert len(stored_files()) == 2


def test_a_storage_that_refuses_one_file_keeps_no_other(customer_sends, unsend, monkeypatch, stored_files):
    customer_sends("image", samples.picture(), number="7")
    customer_sends("image", samples.picture(), number="8")
    first = MediaFile.objects.get(source="7")
    forget = storing.forget

    def refuse(*names):
        if first.stored in names:
            raise OSError("storage is away")
        forget(*names)

    with monkeypatch.context() as patch:
        patch.setattr(storing, "forget", refuse)
        unsend("7")
        unsend("8")
        assert keeping.purge() == 1
    assert len(stored_files()) == 2

    assert keeping.purge() == 1
    assert stored_files() == []

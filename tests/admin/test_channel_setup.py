"""*Set up LINE*: from the available accounts to Finish, and the channel afterwards."""

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_app import channel_setup
from channels_app.models import Channel, ChannelDraft, WebhookEvent
from conversations.models import Conversation
from tests import builders


def page(workstream, name):
    return reverse("admin:channel_setup_page", args=[workstream.public_id, name])


def start(client, workstream, account=None):
    address = reverse("admin:channel_setup", args=[workstream.public_id])
    return client.get(f"{address}?account={account.public_id}" if account else address)


def fill(client, workstream, account, **changes):
    """All pages up to the summary."""
    values = {
        "account": {"account": account.pk},
        "language": {"language": "ja"},
        "behaviors": {"greeting_enabled": "on", "greeting_text": "いらっしゃいませ", "read_marks": "answered"},
        "user-features": {"attachments_enabled": "on", "agents_send_attachments": "on"},
    } | changes
    start(client, workstream)
    return [client.post(page(workstream, name), given) for name, given in values.items()]


@pytest.fixture
def ready(as_root, workstream, account):
    fill(as_root, workstream, account)
    return ChannelDraft.objects.get(workstream=workstream)


def test_the_whole_walk_configures_the_channel(as_root, workstream, account):
    answers = fill(as_root, workstream, account)
    assert [answer.url for answer in answers] == [page(workstream, name) for name in ("language", "behaviors", "user-features", "summary")]
    summary = as_root.get(page(workstream, "summary")).content.decode()
    for chosen in (
        workstream.name,
        account.name,
        "Japanese",
        "いらっしゃいませ",
        "When an agent answers",
        "Customers can send file attachments",
    ):
        assert chosen in summary

    end = as_root.post(page(workstream, "summary"), follow=True)

    assert "The LINE channel instance is configured." in end.content.decode()
    channel = Channel.objects.get()
    assert (channel.account, channel.workstream, channel.language) == (account, workstream, "ja")
    assert (channel.greeting_enabled, channel.greeting_text) == (True, "いらっしゃいませ")
    assert (channel.read_marks, channel.typing_shown) == ("answered", False)
    assert (channel.attachments_enabled, channel.customers_send_attachments, channel.agents_send_attachments) == (True, False, True)
    assert not ChannelDraft.objects.exists()


def test_only_active_accounts_without_a_channel_are_available(as_root, workstream, account, channel):
    free, draft, disabled = builders.account(name="Free"), builders.account(state="draft"), builders.account(state="disabled")
    start(as_root, workstream)

    form = as_root.get(page(workstream, "account")).context["form"]
    assert list(form.fields["account"].queryset) == [free]
    for other in (account, draft, disabled):
        refused = as_root.post(page(workstream, "account"), {"account": other.pk})
        assert "available any more" in refused.content.decode()


def test_an_account_is_available_again_once_its_channel_is_removed(channel, account, root):
    assert not channel_setup.available_accounts("line").exists()

    channel_setup.remove_channel(actor=root, channel=channel)

    assert list(channel_setup.available_accounts("line")) == [account]


def test_the_account_from_the_other_wizard_is_preselected(as_root, workstream, account):
    builders.account(name="Other")
    start(as_root, workstream, account)

    radios = as_root.get(page(workstream, "account")).content.decode()

    assert f'value="{account.pk}"' in radios
    assert radios.count("checked") == 1
    assert ChannelDraft.objects.get().account == account


def test_a_new_workstream_goes_on_with_the_set_up_of_the_account(as_root, account, everyone):
    given = {"name": "Shop", "work_type": "messaging", "channel_type": "line", "mode": "push", "units_per_conversation": 20}
    given |= {"fallback": "existing", "fallback_queue": everyone.pk}

    answer = as_root.post(f"{reverse('admin:workstream_new')}?set_up={account.public_id}", given, follow=True)

    assert answer.redirect_chain[-1][0].endswith("/set-up/account/")
    assert ChannelDraft.objects.get().account == account


def test_a_set_up_is_resumed_from_the_workstream_by_anybody(client, ready, workstream):
    other = builders.person("rita", role="administrator")
    client.force_login(other)

    assert "A set-up is in progress." in client.get(reverse("admin:workstream_page", args=[workstream.public_id])).content.decode()
    assert start(client, workstream).url == page(workstream, "account")
    assert ChannelDraft.objects.get() == ready
    assert client.get(page(workstream, "language")).context["form"]["language"].value() == "ja"


def test_where_no_account_is_available_the_page_says_so_and_nothing_is_begun(as_root, channel):
    answer = start(as_root, channel.workstream)

    assert "No account is available" in answer.content.decode()
    assert not ChannelDraft.objects.exists()


def test_pages_ahead_lead_to_the_furthest_that_is_reached(as_root, account, workstream):
    start(as_root, workstream)

    assert as_root.get(page(workstream, "summary")).url == page(workstream, "account")
    assert as_root.post(page(workstream, "summary")).url == page(workstream, "account")


def test_a_set_up_can_be_discarded(as_root, ready, workstream):
    as_root.post(reverse("admin:channel_setup_discard", args=[workstream.public_id]))

    assert not ChannelDraft.objects.exists()
    assert as_root.get(page(workstream, "account")).url == reverse("admin:workstream_page", args=[workstream.public_id])


def test_finish_says_so_when_the_account_was_taken_meanwhile(as_root, ready, account, everyone, workstream):
    builders.channel(account=account, workstream=builders.workstream(fallback_queue=everyone, name="Faster"))

    answer = as_root.post(page(workstream, "summary"))

    assert "serves another workstream meanwhile" in answer.content.decode()
    assert Channel.objects.count() == 1
    assert ChannelDraft.objects.exists()


def test_finish_says_so_when_the_account_was_disabled_meanwhile(as_root, ready, account, workstream):
    type(account).objects.update(state="disabled")

    assert "active." in as_root.post(page(workstream, "summary")).content.decode()
    assert not Channel.objects.exists()


def test_a_language_must_be_chosen(as_root, workstream, account):
    answers = fill(as_root, workstream, account, language={"language": ""})

    assert answers[1].status_code == 200
    assert answers[1].context["form"].errors.keys() == {"language"}


@pytest.mark.parametrize(("text", "words"), [("", "empty"), ("   ", "empty"), ("x" * 5001, "too long"), ("🍎" * 2501, "too long")])
def test_a_greeting_needs_a_text_that_line_takes(as_root, workstream, account, text, words):
    answers = fill(as_root, workstream, account, behaviors={"greeting_enabled": "on", "greeting_text": text})

    assert words in answers[2].content.decode()
    assert ChannelDraft.objects.get().reached == channel_setup.BEHAVIORS


def test_without_a_greeting_no_text_is_needed(as_root, workstream, account):
    assert fill(as_root, workstream, account, behaviors={})[2].status_code == 302


def test_attachments_are_off_by_default_and_the_dependent_boxes_with_them(as_root, workstream, account):
    assert as_root.get(start(as_root, workstream).url).status_code == 200
    fill(as_root, workstream, account, **{"user-features": {"customers_send_attachments": "on"}})

    draft = ChannelDraft.objects.get()
    assert (draft.attachments_enabled, draft.customers_send_attachments, draft.agents_send_attachments) == (False, False, False)


def stored_event(account, **extra):
    at = timezone.now()
    fields = {"event_id": f"e{WebhookEvent.objects.count()}", "kind": "message", "lane_key": "user:U1", "payload": b"{}"}
    fields |= {"occurred_at": at, "received_at": at, "state": "not_processed", "error": "no_channel"}
    return WebhookEvent.objects.create(account=account, **(fields | extra))


def test_what_came_before_the_channel_is_offered_and_processed_on_demand(as_root, ready, account, workstream):
    event = stored_event(account)
    old = stored_event(account, received_at=timezone.now() - timezone.timedelta(days=8))
    other = stored_event(account, error="disabled")
    configured = as_root.post(page(workstream, "summary"), follow=True)
    assert "1 event came in before the channel existed." in configured.content.decode()

    as_root.post(reverse("admin:channel_replay", args=[Channel.objects.get().public_id]))

    states = {row.pk: row.state for row in WebhookEvent.objects.all()}
    assert states == {event.pk: "pending", old.pk: "not_processed", other.pk: "not_processed"}


def test_a_channel_opens_the_same_pages_as_tabs(as_root, channel):
    for name in ("account", "language", "behaviors", "user-features"):
        shown = as_root.get(reverse("admin:channel_edit", args=[channel.public_id, name])).content.decode()
        assert 'class="console-tabs"' in shown
        assert 'class="console-steps"' not in shown
    assert as_root.get(reverse("admin:channel_edit", args=[channel.public_id, "summary"])).status_code == 404

    as_root.post(reverse("admin:channel_edit", args=[channel.public_id, "language"]), {"language": "th"})
    channel.refresh_from_db()
    assert channel.language == "th"


def test_removing_a_channel_names_what_is_affected_and_deletes_nothing(as_root, channel, account):
    builders.conversation(channel)
    address = reverse("admin:channel_remove", args=[channel.public_id])
    question = as_root.get(address).content.decode()
    assert account.name in question
    assert "1 conversation is not closed yet." in question

    as_root.post(address)

    channel.refresh_from_db()
    assert channel.removed_at is not None
    assert Conversation.objects.count() == 1
    assert as_root.get(address).status_code == 404

"""Channels, Accounts and channels, and taking accounts away."""

import pytest
from django.urls import reverse

from channels_app.models import Channel, MessagingAccount
from conversations.linking import link_to_known
from conversations.models import Contact, Conversation, SocialProfile
from tests import builders


def url(name, account):
    return reverse(f"admin:{name}", args=[account.public_id])


def test_the_way_from_the_site_map_to_the_list(as_root):
    front = as_root.get(reverse("admin:index")).content.decode()
    assert reverse("admin:channels") in front

    channels = as_root.get(reverse("admin:channels")).content.decode()
    assert "Messaging accounts" in channels
    assert reverse("admin:accounts") in channels

    accounts = as_root.get(reverse("admin:accounts")).content.decode()
    assert "Accounts and channels" in accounts
    assert reverse("admin:account_new") in accounts


def test_removing_an_account_names_what_is_affected_and_deletes_no_conversation(as_root, channel, account):
    builders.inbound_message(builders.conversation(channel))

    question = as_root.get(url("account_remove", account)).content.decode()
    assert "LINE support" in question
    assert "1 conversation is not closed yet" in question
    assert MessagingAccount.objects.get().state == "active"

    as_root.post(url("account_remove", account))
    account.refresh_from_db()
    assert account.state == "removed"
    assert Channel.objects.get().removed_at is not None
    assert not account.secrets.exists()
    assert Conversation.objects.count() == 1
    assert account.name not in as_root.get(reverse("admin:accounts")).content.decode().partition("console-table")[2]
    assert as_root.get(url("account_details", account)).status_code == 404


def test_disabling_and_enabling(as_root, account, channel):
    assert "not processed" in as_root.get(url("account_disable", account)).content.decode()

    as_root.post(url("account_disable", account))
    account.refresh_from_db()
    assert account.state == "disabled"

    as_root.post(url("account_enable", account))
    account.refresh_from_db()
    assert account.state == "active"


def test_a_draft_can_neither_be_disabled_nor_enabled(as_root, db):
    draft = builders.account(state="draft")

    for name in ("account_disable", "account_enable"):
        as_root.post(url(name, draft))
        draft.refresh_from_db()
        assert draft.state == "draft"


def test_the_list_costs_the_same_for_many_accounts(as_root, workstream, django_assert_num_queries):
    def measured(count):
        for _number in range(count):
            builders.channel(account=builders.account(), workstream=workstream)
        with django_assert_num_queries(QUERIES):
            as_root.get(reverse("admin:accounts"))

    QUERIES = 6  # session, person, accounts, channels with workstreams, unprocessed events, open alerts
    measured(1)
    measured(10)


@pytest.mark.parametrize("mode", ["push", "pick"])
def test_choose_an_existing_workstream_leads_to_its_set_up(as_root, account, workstream, mode):
    page = as_root.get(url("account_choose_workstream", account)).content.decode()

    assert f"{reverse('admin:channel_setup', args=[workstream.public_id])}?account={account.public_id}" in page


def test_accounts_of_one_provider_share_their_customers_contacts(as_root, account):
    address = reverse("admin:account_channel_details", args=[account.public_id])

    as_root.post(address, {"name": account.name, "provider_key": "  Koharu   Trading "})

    account.refresh_from_db()
    assert account.provider_key == "Koharu Trading"
    assert 'value="Koharu Trading"' in as_root.get(address).content.decode()
    other = builders.account(name="Outlet", provider_key="Koharu Trading")
    contact = Contact.objects.create(name="みさき")
    SocialProfile.objects.create(account=account, line_id="U" + "1" * 32, contact=contact)
    newcomer = SocialProfile.objects.create(account=other, line_id="U" + "1" * 32)
    link_to_known(newcomer)
    assert newcomer.contact == contact


def test_how_long_raw_events_are_kept_is_the_accounts(as_root, account):
    page = url("account_channel_details", account)
    sent = {"name": account.name, "provider_key": ""}
    assert "Empty: 30 days" in as_root.get(page).content.decode()

    as_root.post(page, sent | {"content_days": "7"})
    account.refresh_from_db()
    assert account.content_days == 7
    assert 'value="7"' in as_root.get(page).content.decode()

    for wrong in ("0", "366", "-1", "soon"):
        assert as_root.post(page, sent | {"content_days": wrong}).status_code == 200
    as_root.post(page, sent | {"content_days": ""})
    account.refresh_from_db()
    assert account.content_days is None


def test_a_draft_is_not_asked_how_long_raw_events_are_kept(as_root, db):
    draft = builders.account(state="draft")

    assert "content_days" not in as_root.get(url("account_channel_details", draft)).content.decode()

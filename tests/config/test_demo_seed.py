"""The demo's shop: made once, through the product's own actions, and left alone afterwards."""

import pytest
from django.core.management import CommandError, call_command

from channels_app.models import AccountState, Channel, MessagingAccount
from config.demo import seed
from config.demo.processes import fetch_json
from config.demo.shop import CHANNEL_ID
from conversations.colleagues import receivers
from tests import builders
from tests.inbox.conftest import held_by
from workstreams.models import Agent, Membership, Queue, User
from workstreams.presence import sign_in
from workstreams.rulesets import current_ruleset


@pytest.fixture
def demo(settings, line_simulator):
    settings.DEMO_MODE = True
    settings.LINE_API_BASE = settings.LINE_DATA_API_BASE = line_simulator.url
    return line_simulator


@pytest.mark.django_db(transaction=True)
def test_the_shop_is_ready_to_work(demo):
    seed.seed_shop()

    account = MessagingAccount.objects.get()
    channel = account.channels.get()
    assert (account.name, account.state) == ("Koharu Support", AccountState.ACTIVE)
    assert account.verified_at
    assert account.bot_user_id
    assert channel.workstream.fallback_queue.name == "Everyone"
    queues = dict(Queue.objects.values_list("pk", "name"))
    routes = current_ruleset(channel.workstream).content["routes"]
    assert [queues[route["to"][0]["queue"]] for route in routes] == ["Returns", "Taiwan and Thailand"]
    assert set(Queue.objects.values_list("name", flat=True)) == {"Returns", "Taiwan and Thailand", "Everyone"}
    assert Agent.objects.count() == 4
    assert User.objects.get(username="root").is_superuser
    assert User.objects.get(username="sue").is_supervisor


@pytest.mark.django_db(transaction=True)
def test_what_went_to_returns_can_be_handed_to_bob_though_he_is_no_member(demo):
    seed.seed_shop()
    channel, returns = Channel.objects.get(), Queue.objects.get(name="Returns")
    alice, bob = (Agent.objects.get(user__username=name) for name in ("alice", "bob"))
    for agent in (alice, bob):
        sign_in(agent)

    broken = held_by(builders.conversation(channel, queue=returns), alice)

    assert bob in receivers(broken, actor=alice.user)
    assert bob.pk not in Membership.objects.filter(queue=returns).values_list("agent", flat=True)


@pytest.mark.django_db(transaction=True)
def test_the_customers_of_the_story_have_phones(demo):
    seed.seed_shop()

    users = fetch_json(f"{demo.url}/sim/users?channel_id={CHANNEL_ID}")["users"]

    names = {user["display_name"] for user in users}
    assert names == {"みさき🐰", "พลอย🌷", "小安", "阿哲", "Daniel W.", "高橋健一", "佐々木さくら", "田村", "Emma L."}


@pytest.mark.django_db(transaction=True)
def test_the_story_has_a_group_with_somebody_whom_line_does_not_name(demo):
    seed.seed_shop()

    (group,) = fetch_json(f"{demo.url}/sim/groups?channel_id={CHANNEL_ID}")["groups"]
    users = {user["user_id"]: user for user in fetch_json(f"{demo.url}/sim/users?channel_id={CHANNEL_ID}")["users"]}

    assert (group["name"], group["has_account"]) == ("あおば 総務部", True)
    assert [users[member]["without_id"] for member in group["member_ids"]] == [False, False, True]
    assert MessagingAccount.objects.get().channels.get().routes_groups


@pytest.mark.django_db(transaction=True)
def test_seeding_again_changes_nothing_that_people_did(demo):
    seed.seed_shop()
    Queue.objects.filter(name="Returns").update(name="Broken things")
    secret = MessagingAccount.objects.get().secrets.order_by("-pk").first().value

    seed.seed_shop()

    assert set(Queue.objects.values_list("name", flat=True)) == {"Broken things", "Taiwan and Thailand", "Everyone"}
    assert MessagingAccount.objects.get().secrets.order_by("-pk").first().value == secret


@pytest.mark.django_db(transaction=True)
def test_a_simulator_that_lost_everything_is_told_again(demo):
    seed.seed_shop()
    demo.reset()

    seed.seed_shop()

    channels = fetch_json(f"{demo.url}/sim/channels")["channels"]
    assert [channel["channel_id"] for channel in channels] == [CHANNEL_ID]
    assert channels[0]["webhook_url"] == MessagingAccount.objects.get().callback_url
    assert len(fetch_json(f"{demo.url}/sim/groups?channel_id={CHANNEL_ID}")["groups"]) == 1


@pytest.mark.django_db(transaction=True)
def test_an_interrupted_seed_is_finished_by_the_next(demo, monkeypatch):
    def pull_the_plug(**kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(seed, "publish", pull_the_plug)
        with pytest.raises(KeyboardInterrupt):
            seed.seed_shop()

    seed.seed_shop()

    channel = MessagingAccount.objects.get().channels.get()
    assert len(current_ruleset(channel.workstream).content["routes"]) == 2


@pytest.mark.django_db
def test_only_a_demo_is_seeded(settings):
    settings.DEMO_MODE = False

    with pytest.raises(CommandError):
        call_command("seed_demo")

    assert not User.objects.exists()

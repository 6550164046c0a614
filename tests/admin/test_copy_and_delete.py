"""*Copy* takes everything along but channels; *Delete* is refused while something needs the workstream; variables; settings of all."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Channel
from conversations.models import Conversation
from tests import builders
from workstreams import rulesets
from workstreams.models import CapacityProfile, ContextVariable, DistributionSettings, Queue, TimeoutRule, Workstream

NOT_THE_SAME = {"id", "public_id", "name", "created_at"}


def address(name, workstream, *more):
    return reverse(f"admin:{name}", args=[workstream.public_id, *more])


def content(queue, variable="topic"):
    """One rule that sets a variable and one that tests it."""
    sets = {"id": "r1", "name": "Sets", "when": {"all": []}, "then": {"variables": {variable: "tea"}}}
    test = {"fact": f"variable.{variable}", "operator": "equals", "value": "tea"}
    return {
        "classification": [{"name": "Topics", "rules": [sets]}],
        "routes": [{"id": "r2", "name": "Tea", "when": {"all": [test]}, "to": [{"queue": queue.pk, "percent": 100}]}],
    }


# --- Copy -----------------------------------------------------------------------------------------------


def test_a_copy_has_every_setting_and_the_rules_that_count_but_no_channel(as_root, workstream, channel, returns, root):
    changed = {"mode": "pick", "auto_close_minutes": 90, "wrap_up_block": "always", "skill_matching": "exact", "capacity_by": "profile"}
    Workstream.objects.update(**changed, capacity_profile=CapacityProfile.objects.create(name="Chats"))
    workstream.refresh_from_db()
    for number in (1, 2):
        rulesets.publish(workstream=workstream, content=content(returns, f"v{number}"), actor=root)
    TimeoutRule.objects.create(workstream=workstream, name="Close", trigger="customer_silent", minutes=9, action="close")

    as_root.post(address("workstream_copy", workstream))

    copy = Workstream.objects.exclude(pk=workstream.pk).get()
    assert copy.name == "Copy of LINE support"
    for field in set(Workstream._meta.concrete_fields):
        same = getattr(copy, field.attname) == getattr(workstream, field.attname)
        assert same != (field.name in NOT_THE_SAME), field.name
    ruleset = rulesets.current_ruleset(copy)
    assert (ruleset.version, ruleset.content) == (1, content(returns, "v2"))
    assert copy.timeout_rules.get().public_id != workstream.timeout_rules.get().public_id
    assert list(copy.context_variables.values_list("name", flat=True)) == ["v1", "v2"]
    assert not copy.channels.exists()
    assert LogEntry.objects.filter(user=root, object_id=str(copy.pk)).count() == 1


def test_copies_of_copies_have_names_of_their_own(as_root, everyone):
    original = builders.workstream(fallback_queue=everyone, name="x" * 100)

    for _ in range(3):
        as_root.post(address("workstream_copy", original))

    names = list(Workstream.objects.exclude(pk=original.pk).order_by("pk").values_list("name", flat=True))
    assert names == ["Copy of " + "x" * 92, "Copy of " + "x" * 88 + " (2)", "Copy of " + "x" * 88 + " (3)"]


def test_a_copy_changes_nothing_of_its_original(as_root, workstream, returns, root):
    TimeoutRule.objects.create(workstream=workstream, name="Close", trigger="customer_silent", minutes=9, action="close")
    as_root.post(address("workstream_copy", workstream))
    copy = Workstream.objects.exclude(pk=workstream.pk).get()

    copy.timeout_rules.update(minutes=1)
    rulesets.publish(workstream=copy, content=content(returns), actor=root)

    assert workstream.timeout_rules.get().minutes == 9
    assert rulesets.current_ruleset(workstream) is None


# --- Delete ---------------------------------------------------------------------------------------------


def test_what_nothing_needs_is_deleted_with_its_rules_and_its_queues_stay(as_root, workstream, returns, root):
    rulesets.publish(workstream=workstream, content=content(returns), actor=root)
    TimeoutRule.objects.create(workstream=workstream, name="Close", trigger="customer_silent", minutes=9, action="close")
    as_root.get(address("workstream_delete", workstream))

    answer = as_root.post(address("workstream_delete", workstream), follow=True)

    assert "“LINE support” is deleted." in answer.content.decode()
    assert not Workstream.objects.exists()
    assert not TimeoutRule.objects.exists()
    assert Queue.objects.count() == 2


def test_a_live_channel_and_its_conversations_keep_it_and_are_named(as_root, workstream, channel):
    builders.conversation(channel)
    builders.conversation(channel)

    for answer in (as_root.get(address("workstream_delete", workstream)), as_root.post(address("workstream_delete", workstream))):
        shown = answer.content.decode()
        assert "Channel: Koharu Support" in shown
        assert "2 conversations" in shown
    assert Workstream.objects.exists()


def test_conversations_on_a_removed_channel_keep_it(as_root, workstream, channel):
    builders.conversation(channel)
    Channel.objects.update(removed_at=timezone.now())

    shown = as_root.post(address("workstream_delete", workstream)).content.decode()

    assert "1 conversation," in shown
    assert "Channel:" not in shown
    assert Conversation.objects.exists()


def test_a_removed_channel_on_which_nobody_wrote_goes_with_it(as_root, workstream, channel):
    Channel.objects.update(removed_at=timezone.now())

    as_root.post(address("workstream_delete", workstream))

    assert not Workstream.objects.exists()
    assert not Channel.objects.exists()


# --- Context variables ------------------------------------------------------------------------------------


def test_variables_are_declared_and_names_that_differ_in_case_are_different(as_root, workstream):
    for name, kind in (("Topic", "text"), ("topic", "number")):
        as_root.post(address("context_variables", workstream), {"name": name, "kind": kind})

    found = dict(workstream.context_variables.values_list("name", "kind"))
    assert found == {"Topic": "text", "topic": "number"}
    assert "<code>Topic</code>" in as_root.get(address("workstream_page", workstream)).content.decode()


@pytest.mark.parametrize("name", ["", "two words", "tea-time", "日本", "x" * 101, "a\n", "taken"])
def test_a_name_that_is_none_or_taken_is_refused(as_root, workstream, name):
    ContextVariable.objects.create(workstream=workstream, name="taken")

    answer = as_root.post(address("context_variables", workstream), {"name": name, "kind": "text"})

    if name == "a\n":  # what surrounds a name is no part of it
        assert answer.status_code == 302
    else:
        assert answer.context["form"].errors.keys() == {"name"}
        assert workstream.context_variables.count() == 1


def test_a_variable_that_rules_use_is_not_deleted_and_one_that_they_don_t_is(as_root, workstream, returns, root):
    ContextVariable.objects.create(workstream=workstream, name="idle")
    rulesets.publish(workstream=workstream, content=content(returns), actor=root)

    refused = as_root.post(address("context_variable_delete", workstream, "topic"), follow=True)
    as_root.post(address("context_variable_delete", workstream, "idle"))

    assert "“topic” is used by the rules of this workstream." in refused.content.decode()
    assert list(workstream.context_variables.values_list("name", flat=True)) == ["topic"]


def test_what_published_rules_set_is_declared_by_it_and_a_declaration_stays(as_root, workstream, returns, root):
    ContextVariable.objects.create(workstream=workstream, name="known", kind="text")
    sets = {"id": "r1", "name": "Sets", "when": {"all": []}, "then": {"variables": {"amount": 3, "topic": "tea", "known": 1}}}

    for _ in range(2):
        rulesets.publish(workstream=workstream, content={"classification": [{"name": "Topics", "rules": [sets]}], "routes": []}, actor=root)

    found = dict(workstream.context_variables.values_list("name", "kind"))
    assert found == {"amount": "number", "known": "text", "topic": "text"}


def test_a_variable_that_only_former_rules_used_is_deleted(as_root, workstream, returns, root):
    rulesets.publish(workstream=workstream, content=content(returns), actor=root)
    rulesets.publish(workstream=workstream, content={"classification": [], "routes": []}, actor=root)

    as_root.post(address("context_variable_delete", workstream, "topic"))

    assert not workstream.context_variables.exists()


# --- All workstreams --------------------------------------------------------------------------------------


def test_the_settings_of_all_workstreams_are_changed(as_root, db):
    page = reverse("admin:distribution_settings")
    assert as_root.get(page).context["form"]["decline_limit"].value() == 3

    given = {"decline_limit": 5, "missed_makes_inactive": "on", "most_sessions": 4, "time_zone": "Asia/Tokyo", "transfer_to": "everybody"}
    as_root.post(page, given)

    now = DistributionSettings.current()
    assert (now.decline_limit, now.missed_makes_inactive, now.declined_makes_do_not_disturb) == (5, True, False)
    assert (now.most_sessions, now.time_zone, now.transfer_to, now.consults) == (4, "Asia/Tokyo", "everybody", False)


@pytest.mark.parametrize(("field", "value"), [("decline_limit", 0), ("decline_limit", 6), ("most_sessions", 0), ("time_zone", "Mars/Base")])
def test_impossible_settings_are_refused(as_root, db, field, value):
    given = {"decline_limit": 3, "most_sessions": 10, "time_zone": "UTC", "transfer_to": "nobody"}

    answer = as_root.post(reverse("admin:distribution_settings"), given | {field: value})

    assert answer.context["form"].errors.keys() == {field}
    assert not DistributionSettings.objects.exists()

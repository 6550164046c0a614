"""The admin pages of queues."""

import pytest
from django.urls import reverse

from conversations.models import Conversation
from tests import builders
from workstreams.models import Agent, OperatingHours, Overflow, Queue
from workstreams.queue_setup import copy_queue


@pytest.fixture
def shop(db):
    return OperatingHours.objects.create(name="Shop")


def page_of(queue, name="queue"):
    return reverse(f"admin:{name}", args=[queue.public_id])


def sent(**more):
    return {"name": "Returns", "priority": 5, "assignment_method": "highest_capacity"} | more


@pytest.fixture
def save(as_root, returns):
    return lambda **more: as_root.post(page_of(returns), sent(**more))


def overflows(queue):
    return list(queue.overflows.order_by("condition").values_list("condition", "action", "threshold", "target__name"))


def test_what_customers_are_told_is_kept_by_language_and_copied(save, as_root, returns):
    save(text_ja="　お電話ください。　", text_da="")
    page = as_root.get(page_of(returns)).content.decode()
    as_root.post(page_of(returns, "queue_copy"))

    assert [queue.ended_texts for queue in Queue.objects.order_by("pk")] == [{"ja": "お電話ください。"}] * 2
    assert "お電話ください。" in page
    assert 'class="console-more" open' in page

    save(text_ja=" ")
    returns.refresh_from_db()
    assert returns.ended_texts == {}
    assert 'class="console-more" open' not in as_root.get(page_of(returns)).content.decode()


def test_a_text_that_is_too_long_is_refused_where_it_stands(save, returns):
    page = save(text_th="x" * 2001).content.decode()

    returns.refresh_from_db()
    assert returns.ended_texts == {}
    assert "2000" in page
    assert 'class="console-more" open' in page


def test_a_new_queue_has_all_that_was_chosen(as_root, alice, shop, everyone):
    as_root.post(
        reverse("admin:queue_new"),
        sent(
            name="New",
            members=[alice.pk],
            hours=shop.pk,
            service_level_seconds_0=60,
            ageing_seconds_0=5,
            ageing_seconds_1=60,
            out_of_hours_action="queue_anyway",
            waiting_items_action="transfer",
            waiting_items_threshold=10,
            waiting_items_target=everyone.pk,
            waiting_time_action="end",
            waiting_time_threshold_0=2,
            waiting_time_threshold_1=3600,
            waiting_time_target=everyone.pk,
        ),
    )

    queue = Queue.objects.get(name="New")
    assert (queue.priority, queue.assignment_method) == (5, "highest_capacity")
    assert (queue.hours, queue.service_level_seconds, queue.ageing_seconds, list(queue.agents.all())) == (shop, 60, 300, [alice])
    assert overflows(queue) == [
        ("out_of_hours", "queue_anyway", None, None),
        ("waiting_items", "transfer", 10, "Everyone"),
        ("waiting_time", "end", 120, None),
    ]
    assert "longer than 2 hours: ends" in as_root.get(reverse("admin:queues")).content.decode()


def test_an_own_order_is_a_list(save, returns):
    save(assignment_method="custom", order_1="most_room", order_2="", order_3="queue_turn")

    returns.refresh_from_db()
    assert (returns.assignment_method, returns.order_by) == ("custom", ["most_room", "queue_turn"])


def test_an_own_order_is_not_empty(save):
    assert "order_1" in save(assignment_method="custom").context["form"].errors


def test_a_queue_that_is_always_open_has_no_rule_for_being_closed(save, returns):
    save(out_of_hours_action="end")

    assert overflows(returns) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "everyone"}, "name"),
        ({"priority": -1}, "priority"),
        ({"assignment_method": "first"}, "assignment_method"),
        ({"hours": 999}, "hours"),
        ({"waiting_time_action": "end"}, "waiting_time_threshold"),
        ({"waiting_time_action": "end", "waiting_time_threshold_0": 2881}, "waiting_time_threshold"),
        ({"waiting_items_action": "end", "waiting_items_threshold": 101}, "waiting_items_threshold"),
        ({"waiting_items_action": "transfer", "waiting_items_threshold": 5}, "waiting_items_target"),
        ({"waiting_items_action": "queue_anyway", "waiting_items_threshold": 5}, "waiting_items_action"),
        ({"service_level_seconds_0": 0}, "service_level_seconds"),
        ({"ageing_seconds_0": 11, "ageing_seconds_1": 86400}, "ageing_seconds"),
    ],
)
def test_what_is_wrong_is_said_beside_its_input(save, returns, everyone, change, field):
    answer = save(**change)

    assert field in answer.context["form"].errors
    returns.refresh_from_db()
    assert returns.priority == 100


def test_a_queue_does_not_overflow_into_itself_nor_in_a_circle(save, returns, everyone):
    limit = {"waiting_time_action": "transfer", "waiting_time_threshold_0": 5}
    assert "waiting_time_target" in save(**limit, waiting_time_target=returns.pk).context["form"].errors
    Overflow.objects.create(queue=everyone, condition="waiting_time", threshold=5, action="transfer", target=returns)

    assert "circle" in save(**limit, waiting_time_target=everyone.pk).content.decode()

    returns.refresh_from_db()
    assert (returns.priority, overflows(returns)) == (100, [])


def test_saving_what_is_shown_changes_nothing(as_root, alice, bob, returns, everyone, shop):
    Overflow.objects.create(queue=returns, condition="waiting_items", threshold=5, action="transfer", target=everyone)
    Overflow.objects.create(queue=returns, condition="out_of_hours", action="end")
    Queue.objects.filter(pk=returns.pk).update(hours=shop)
    form = as_root.get(page_of(returns)).context["form"]
    before = Queue.objects.filter(pk=returns.pk).values().get(), overflows(returns)

    as_root.post(page_of(returns), {name: form[name].value() for name in form.fields if form[name].value() not in (None, [])})

    assert (Queue.objects.filter(pk=returns.pk).values().get(), overflows(returns)) == before
    assert set(returns.agents.all()) == {alice, bob}


def test_a_copy_has_the_same_settings_members_and_overflow(as_root, alice, returns, everyone, shop):
    Overflow.objects.create(queue=returns, condition="waiting_time", threshold=5, action="transfer", target=everyone)
    Queue.objects.filter(pk=returns.pk).update(hours=shop, service_level_seconds=60, priority=7)

    answer = as_root.post(page_of(returns, "queue_copy"))
    as_root.post(page_of(returns, "queue_copy"))

    copy, second = Queue.objects.get(name="Copy of Returns"), Queue.objects.get(name="Copy of Returns 2")
    assert answer.url == page_of(copy)
    assert (copy.hours, copy.service_level_seconds, copy.priority) == (shop, 60, 7)
    assert list(copy.agents.all()) == list(second.agents.all()) == [alice]
    assert overflows(copy) == overflows(returns)


def test_a_long_name_is_cut_in_its_copy(db):
    queue = Queue.objects.create(name="x" * 100)

    copy_queue(actor=None, queue=queue)

    assert len(copy_queue(actor=None, queue=queue).name) == 100


def test_looking_at_copy_makes_none(as_root, returns):
    assert as_root.get(page_of(returns, "queue_copy")).status_code == 405


def test_a_queue_that_nothing_needs_is_deleted(as_root, returns, alice):
    assert "Nothing needs the queue" in as_root.get(page_of(returns, "queue_delete")).content.decode()

    as_root.post(page_of(returns, "queue_delete"))

    assert not Queue.objects.filter(pk=returns.pk).exists()
    assert Agent.objects.filter(pk=alice.pk).exists()


def test_what_needs_a_queue_is_listed_and_it_stays(as_root, channel, alice, returns, everyone):
    builders.workstream(fallback_queue=returns, name="Chat")
    Overflow.objects.create(queue=everyone, condition="waiting_items", threshold=5, action="transfer", target=returns)
    builders.conversation(channel, queue=returns)
    builders.conversation(channel, queue=returns, state="closed", closed_at=Conversation.objects.get().created_at)

    page = as_root.post(page_of(returns, "queue_delete")).content.decode()

    for words in ("fallback queue of Chat", "Everyone overflows into it", "1 conversation is in it", "1 closed conversation was in it"):
        assert words in page
    assert Queue.objects.filter(pk=returns.pk).exists()


def test_queues_without_members_and_overflow_are_seen_in_the_list(as_root, everyone, alice, shop):
    empty = builders.queue("Empty", hours=shop)
    Overflow.objects.create(queue=empty, condition="waiting_items", threshold=5, action="transfer", target=everyone)
    Overflow.objects.create(queue=empty, condition="waiting_time", threshold=1, action="end")

    page = as_root.get(reverse("admin:queues")).content.decode()

    for words in (
        "nobody",
        "more than 5 waiting: moves to Everyone",
        "longer than 1 minute: ends",
        "Closed; it doesn&#x27;t open within a year.",
    ):
        assert words in page


def test_the_list_costs_the_same_for_many(as_root, everyone, django_assert_num_queries):
    def measured(prefix, count):
        for number in range(count):
            hours = OperatingHours.objects.create(name=f"{prefix}{number}")
            queue = builders.queue(f"{prefix}{number}", hours=hours)
            Overflow.objects.create(queue=queue, condition="waiting_items", threshold=5, action="transfer", target=everyone)
        # session, person, queues with hours, periods, holidays, overflow and its targets, the time
        with django_assert_num_queries(8):
            as_root.get(reverse("admin:queues"))

    measured("a", 1)
    measured("b", 12)

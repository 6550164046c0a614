"""People and queues in admin."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.urls import reverse

from tests import builders
from workstreams.models import Agent, Presence, Queue, User

ADD = "admin:workstreams_user_add"


def person(**values):
    given = {
        "first_name": "Dana",
        "last_name": "",
        "username": "dana",
        "new_password": "a-long-password-9",
        "role": "agent",
        "language": "da",
    }
    return given | {"is_active": "on", "takes_work": "on", "public_name": "Dana", "units_total": 80} | values


def change(user):
    return reverse("admin:workstreams_user_change", args=[user.pk])


def test_a_new_agent_can_sign_in_and_is_in_her_queues(as_root, returns, everyone, rf):
    as_root.post(reverse(ADD), person(languages=["da", "en"], queues=[returns.pk, everyone.pk]))

    dana = Agent.objects.get(user__username="dana")
    assert (dana.public_name, dana.languages, dana.units_total) == ("Dana", ["da", "en"], 80)
    assert set(dana.queues.all()) == {returns, everyone}
    assert (dana.user.role, dana.user.language, dana.user.is_staff, dana.user.is_superuser) == ("agent", "da", False, False)
    assert authenticate(rf.post("/"), username="dana", password="a-long-password-9") == dana.user


def test_a_new_administrator_may_configure(as_root, client, db):
    as_root.post(reverse(ADD), person(role="administrator", takes_work=""))

    dana = User.objects.get(username="dana")
    assert (dana.is_staff, dana.is_superuser) == (True, True)
    assert not Agent.objects.exists()
    client.force_login(dana)
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize(("values", "field"), [({"new_password": ""}, "new_password"), ({"new_password": "123"}, "new_password")])
def test_a_new_person_needs_a_good_password(as_root, values, field):
    answer = as_root.post(reverse(ADD), person(**values))

    assert field in answer.context["adminform"].form.errors
    assert not User.objects.filter(username="dana").exists()


def test_passwords_are_never_shown_and_an_empty_one_keeps_the_present(as_root, alice):
    page = as_root.get(change(alice.user)).content.decode()
    assert alice.user.password not in page

    as_root.post(change(alice.user), person(username="alice", new_password="", units_total=40))

    alice.refresh_from_db()
    before = alice.user.password
    alice.user.refresh_from_db()
    assert alice.user.password == before
    assert alice.units_total == 40


def test_changing_a_person_never_touches_the_units_in_use(as_root, alice):
    Agent.objects.update(units_used=60)

    as_root.post(change(alice.user), person(username="alice", new_password=""))

    assert Agent.objects.get(pk=alice.pk).units_used == 60


def test_switching_somebody_off_takes_them_offline(as_root, alice):
    as_root.post(change(alice.user), person(username="alice", new_password="", is_active=""))

    assert Presence.objects.get(agent=alice).state == "offline"
    alice.user.refresh_from_db()
    assert not alice.user.is_active


def test_without_work_an_agent_is_in_no_queue_but_stays_in_the_records(as_root, alice):
    as_root.post(change(alice.user), person(username="alice", new_password="", takes_work="", role="supervisor"))

    assert Agent.objects.get(pk=alice.pk).queues.count() == 0


def test_nobody_takes_their_own_rights_away(as_root, root):
    answer = as_root.post(change(root), person(username="root", new_password="", role="agent"))
    assert "role" in answer.context["adminform"].form.errors

    answer = as_root.post(change(root), person(username="root", new_password="", role="administrator", is_active=""))
    assert "is_active" in answer.context["adminform"].form.errors


def test_nobody_is_deleted(as_root, alice):
    assert as_root.post(reverse("admin:workstreams_user_delete", args=[alice.user.pk]), {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=alice.user.pk).exists()


def test_a_queue_gets_its_members_and_waiting_work_is_looked_at(as_root, alice, charlie, returns, monkeypatch):
    looked = []
    monkeypatch.setattr("workstreams.ports.work_waiting", lambda queue_id=None: looked.append(queue_id))

    as_root.post(reverse("admin:workstreams_queue_change", args=[returns.pk]), {"name": "Returns", "priority": 5, "members": [charlie.pk]})

    returns.refresh_from_db()
    assert list(returns.agents.all()) == [charlie]
    assert returns.priority == 5
    assert looked == [returns.pk]


def test_a_locked_log_in_is_unlocked(client, root, alice):
    for _try in range(10):
        client.post(reverse("login"), {"username": "alice", "password": "wrong"})
    assert client.post(reverse("login"), {"username": "alice", "password": "alice"}).status_code == 429
    client.force_login(root)
    attempt = AccessAttempt.objects.get(username="alice")
    assert "alice" in client.get(reverse("admin:axes_accessattempt_changelist")).content.decode()

    client.post(reverse("admin:axes_accessattempt_delete", args=[attempt.pk]), {"post": "yes"})

    client.logout()
    assert client.post(reverse("login"), {"username": "alice", "password": "alice"}).status_code == 302


def test_two_queues_can_not_share_a_name(as_root, returns):
    answer = as_root.post(reverse("admin:workstreams_queue_add"), {"name": "returns", "priority": 5})

    assert answer.status_code == 200
    assert Queue.objects.count() == 1


def test_the_lists_cost_the_same_for_many(as_root, returns, django_assert_max_num_queries):
    def measured(prefix, count):
        for number in range(count):
            builders.agent(f"{prefix}{number}", queues=[returns, builders.queue(f"{prefix}{number}")])
        for name in ("user", "queue"):
            with django_assert_max_num_queries(6):
                as_root.get(reverse(f"admin:workstreams_{name}_changelist"))

    measured("a", 1)
    measured("b", 12)

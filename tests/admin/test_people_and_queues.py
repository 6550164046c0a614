"""People and queues in admin."""

import hashlib
import re

import pytest
from axes.models import AccessAttempt
from django.core.exceptions import ValidationError
from django.urls import reverse

from conversations import dispatch
from conversations.models import Conversation
from tests import builders
from workstreams.models import Agent, CapacityProfile, CustomPresence, PasswordLink, Queue, Skill, User, Workstream
from workstreams.rulesets import publish
from workstreams.staffing import save_person


def person(**values):
    given = {"name": "Dana Holm", "username": "dana", "email": "dana@example.com", "role": "agent", "language": "da"}
    return given | {"takes_work": "on", "public_name": "Dana", "conversations_at_once": 4} | values


def page_of(user):
    return reverse("admin:person", args=[user.public_id])


def link_in(answer):
    return re.search(r'value="http[^"]*(/welcome/[^"]+)"', answer.content.decode())[1]


@pytest.fixture
def add(as_root):
    return lambda **values: as_root.post(reverse("admin:person_new"), person(**values))


def test_a_new_agent_is_in_her_queues_and_counts_conversations(add, returns, everyone):
    add(languages=["da", "en"], queues=[returns.pk, everyone.pk])

    dana = Agent.objects.get(user__username="dana")
    assert (dana.public_name, dana.languages, dana.units_total) == ("Dana", ["da", "en"], 80)
    assert set(dana.queues.all()) == {returns, everyone}
    assert (dana.user.shown_name, dana.user.email) == ("Dana Holm", "dana@example.com")
    assert (dana.user.role, dana.user.language, dana.user.is_staff, dana.user.is_superuser) == ("agent", "da", False, False)
    assert not dana.user.has_usable_password()


def test_conversations_are_counted_as_the_workstreams_count_them(add, workstream):
    Workstream.objects.update(units_per_conversation=25)

    add(conversations_at_once=3)

    assert Agent.objects.get(user__username="dana").units_total == 75


def test_a_public_name_that_is_left_empty_is_the_name(add):
    add(public_name="")

    assert Agent.objects.get(user__username="dana").public_name == "Dana Holm"


def test_a_new_administrator_may_configure_and_takes_no_work(add, client, root):
    add(role="administrator", takes_work="")

    dana = User.objects.get(username="dana")
    assert (dana.is_staff, dana.is_superuser) == (True, True)
    assert not Agent.objects.exists()
    client.force_login(dana)
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"username": "ROOT"}, "username"),
        ({"username": "dana holm"}, "username"),
        ({"name": ""}, "name"),
        ({"role": "owner"}, "role"),
        ({"email": "dana"}, "email"),
        ({"conversations_at_once": -1}, "conversations_at_once"),
        ({"queues": [999]}, "queues"),
        ({"language": "xx"}, "language"),
    ],
)
def test_what_is_wrong_is_said_beside_its_input(add, values, field):
    answer = add(**values)

    assert field in answer.context["form"].errors
    assert not User.objects.filter(first_name="Dana Holm").exists()


def test_hostile_names_are_shown_harmless(add, as_root):
    add(name="<script>alert(1)</script>", public_name="<b>D</b>")

    page = as_root.get(reverse("admin:people")).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_link_is_shown_once_and_never_stored(add, as_root):
    answer = add()
    token = link_in(answer).split("/")[2]

    assert answer["Cache-Control"].startswith("max-age=0")
    assert PasswordLink.objects.get().token_hash == hashlib.sha256(token.encode()).hexdigest()
    dana = User.objects.get(username="dana")
    for page in (reverse("admin:people"), page_of(dana), reverse("admin:person_new")):
        assert token not in as_root.get(page).content.decode()
    assert as_root.get(reverse("admin:person_link", args=[dana.public_id])).status_code == 405


def test_saving_the_same_form_twice_makes_one_person(add):
    add()
    answer = add()

    assert "username" in answer.context["form"].errors
    assert User.objects.filter(username="dana").count() == 1


def test_saving_what_is_shown_changes_nothing(as_root, alice):
    Agent.objects.update(units_total=50, units_used=60)
    form = as_root.get(page_of(alice.user)).context["form"]
    shown = {name: form[name].value() for name in form.fields}

    as_root.post(page_of(alice.user), {name: value for name, value in shown.items() if value not in (None, False)})

    after = Agent.objects.get(pk=alice.pk)
    assert (after.units_total, after.units_used, after.languages) == (50, 60, alice.languages)
    assert set(after.queues.all()) == set(alice.queues.all())
    user = User.objects.get(pk=alice.user.pk)
    assert (user.shown_name, user.username, user.password) == ("Alice", "alice", alice.user.password)


def test_without_work_an_agent_is_in_no_queue_but_stays_in_the_records(as_root, alice):
    as_root.post(page_of(alice.user), person(username="alice", takes_work="", role="supervisor"))

    assert Agent.objects.get(pk=alice.pk).queues.count() == 0


def test_a_lost_queue_takes_no_conversation_away(as_root, channel, alice, everyone, returns):
    builders.conversation(channel, queue=returns, state="active", agent=alice, holder=alice, units_held=20)
    waiting = builders.conversation(channel, queue=returns)

    as_root.post(page_of(alice.user), person(username="alice", queues=[everyone.pk]))
    dispatch.run()

    assert Conversation.objects.get(state="active").agent == alice
    assert not waiting.offers.exists()


def test_nobody_takes_their_own_role_away(as_root, root):
    answer = as_root.post(page_of(root), person(username="root", role="agent"))

    assert "role" in answer.context["form"].errors
    assert User.objects.get(pk=root.pk).is_administrator


def test_somebody_who_lost_the_role_meanwhile_changes_nothing(root, alice):
    User.objects.filter(pk=root.pk).update(role="agent", is_superuser=False)
    alice.user.role = "administrator"

    with pytest.raises(ValidationError, match="no administrator"):
        save_person(actor=root, person=alice.user, takes_work=False, public_name="", languages=[], units_total=0, queues=[])

    assert User.objects.get(pk=alice.user.pk).role == "agent"


def test_the_list_shows_role_queues_presence_and_load(as_root, alice, sue):
    Agent.objects.filter(pk=alice.pk).update(units_used=40)

    page = as_root.get(reverse("admin:people")).content.decode()

    for words in ("Alice", "Everyone, Returns", "Available", "2 of 5", "Supervisor"):
        assert words in page


def test_people_are_found_by_any_of_their_names(as_root, alice, sue):
    found = as_root.get(reverse("admin:people"), {"q": "alic"}).content.decode()
    nobody = as_root.get(reverse("admin:people"), {"q": "<x>"}).content.decode()

    assert "sue" not in found
    assert "Alice" in found
    assert "&lt;x&gt;" in nobody


def test_a_queue_gets_its_members_and_waiting_work_is_looked_at(as_root, alice, charlie, returns, monkeypatch):
    looked = []
    monkeypatch.setattr("workstreams.ports.work_waiting", lambda queue_id=None: looked.append(queue_id))

    as_root.post(
        reverse("admin:queue", args=[returns.public_id]),
        {"name": "Returns", "priority": 5, "assignment_method": "highest_capacity", "members": [charlie.pk]},
    )

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
    answer = as_root.post(reverse("admin:queue_new"), {"name": "returns", "priority": 5, "assignment_method": "highest_capacity"})

    assert answer.status_code == 200
    assert Queue.objects.count() == 1


def test_the_lists_cost_the_same_for_many(as_root, returns, django_assert_max_num_queries):
    def measured(prefix, count):
        for number in range(count):
            builders.agent(f"{prefix}{number}", queues=[returns, builders.queue(f"{prefix}{number}")])
        for name in ("people", "queues"):
            with django_assert_max_num_queries(8):
                as_root.get(reverse(f"admin:{name}"))

    measured("a", 1)
    measured("b", 12)


# --- Skills, capacity profiles, presences -------------------------------------------------------------


def test_skills_are_rated_with_the_person(add, as_root):
    french, repairs = Skill.objects.create(name="French"), Skill.objects.create(name="Repairs")

    add(**{f"skill_{french.pk}": 7, f"skill_{repairs.pk}": ""})

    dana = Agent.objects.get(user__username="dana")
    assert list(dana.skills.values_list("skill", "rating")) == [(french.pk, 7)]

    as_root.post(page_of(dana.user), person(**{f"skill_{french.pk}": 8, f"skill_{repairs.pk}": 2}))
    assert dict(dana.skills.values_list("skill", "rating")) == {french.pk: 8, repairs.pk: 2}

    as_root.post(page_of(dana.user), person(**{f"skill_{repairs.pk}": 2}))
    assert dict(dana.skills.values_list("skill", "rating")) == {repairs.pk: 2}


@pytest.mark.parametrize("rating", [0, 11, "much"])
def test_a_rating_out_of_the_scale_is_refused_beside_its_input(add, rating):
    skill = Skill.objects.create(name="French")

    answer = add(**{f"skill_{skill.pk}": rating})

    assert f"skill_{skill.pk}" in answer.context["form"].errors
    assert not Agent.objects.exists()


def test_the_usual_presence_is_chosen_with_the_person(add):
    add(default_presence="away")

    assert Agent.objects.get(user__username="dana").default_presence == "away"


def test_inactive_is_nobody_s_usual_presence(add):
    assert "default_presence" in add(default_presence="inactive").context["form"].errors


def formset(name, *rows):
    given = {f"{name}-TOTAL_FORMS": len(rows), f"{name}-INITIAL_FORMS": 0}
    return given | {f"{name}-{number}-{field}": value for number, row in enumerate(rows) for field, value in row.items()}


def test_a_skill_is_made_with_its_agents(as_root, alice, monkeypatch):
    hinted = []
    monkeypatch.setattr("workstreams.ports.work_waiting", lambda queue_id=None: hinted.append(queue_id))
    as_root.post(reverse("admin:workstreams_skill_add"), {"name": "French"} | formset("agents", {"agent": alice.pk, "rating": 9}))

    assert list(alice.skills.values_list("skill__name", "rating")) == [("French", 9)]
    assert hinted


def test_a_profile_is_made_with_its_places_and_keeps_its_reset(as_root, alice):
    sent = {"name": "Calls", "limit": 2, "reset": "end_of_day"} | formset("capacities", {"agent": alice.pk, "own_limit": 3})
    as_root.post(reverse("admin:workstreams_capacityprofile_add"), sent)
    profile = CapacityProfile.objects.get()
    assert (profile.limit, profile.reset, alice.capacities.get().limit) == (2, "end_of_day", 3)

    page = reverse("admin:workstreams_capacityprofile_change", args=[profile.pk])
    as_root.post(page, {"name": "Calls", "limit": 4, "reset": "immediate"} | formset("capacities"))

    profile.refresh_from_db()
    assert (profile.limit, profile.reset) == (4, "end_of_day")


@pytest.mark.parametrize(
    ("model", "kind", "output"), [(Skill, "skill", "skills"), (CapacityProfile, "capacityprofile", "capacity_profile")]
)
def test_what_rules_ask_for_can_t_be_deleted(as_root, workstream, model, kind, output):
    row = model.objects.create(name="Repairs")
    page = reverse(f"admin:workstreams_{kind}_delete", args=[row.pk])
    then = {output: {str(row.pk): 5} if output == "skills" else row.pk}
    rule = {"id": "a", "name": "", "enabled": True, "when": {"all": []}, "then": then}
    publish(workstream=workstream, content={"classification": [{"name": "", "rules": [rule]}], "routes": []}, actor=None)

    assert as_root.post(page, {"post": "yes"}).status_code == 403
    assert model.objects.exists()

    publish(workstream=workstream, content={"classification": [], "routes": []}, actor=None)
    assert as_root.post(page, {"post": "yes"}).status_code == 302
    assert not model.objects.exists()


def test_what_waiting_work_asks_for_can_t_be_deleted(as_root, channel):
    skill, profile = Skill.objects.create(name="Repairs"), CapacityProfile.objects.create(name="Calls")
    waiting = builders.conversation(channel)
    Conversation.objects.filter(pk=waiting.pk).update(skills={str(skill.pk): 3}, capacity_profiles=[profile.pk])

    for kind, row in (("skill", skill), ("capacityprofile", profile)):
        assert as_root.post(reverse(f"admin:workstreams_{kind}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_a_presence_in_own_words_is_in_the_agents_menu(as_root, client, alice):
    as_root.post(reverse("admin:workstreams_custompresence_add"), {"name": "昼休み", "base": "away", "position": 1})
    lunch = CustomPresence.objects.get()
    client.force_login(alice.user)

    assert "昼休み" in client.get(reverse("inbox:status")).content.decode()
    client.post(reverse("inbox:presence"), {"state": lunch.public_id})

    alice.presence.refresh_from_db()
    assert (alice.presence.state, alice.presence.shown_name) == ("away", "昼休み")


def test_nothing_counts_as_inactive(as_root):
    as_root.post(reverse("admin:workstreams_custompresence_add"), {"name": "Gone", "base": "inactive", "position": 1})

    assert not CustomPresence.objects.exists()


@pytest.mark.parametrize(("language", "first"), [("en", ["ar", "zh", "zh-hans", "zh-hant", "da"]), ("es", ["de", "ar", "zh", "zh-hans"])])
def test_languages_stand_in_the_order_of_their_names(as_root, language, first):
    page = as_root.get(reverse("admin:person_new"), headers={"accept-language": language}).content.decode()

    offered = re.findall(r'name="languages"[^>]*value="([a-z-]+)"|value="([a-z-]+)"[^>]*name="languages"', page)

    assert [one or other for one, other in offered][: len(first)] == first

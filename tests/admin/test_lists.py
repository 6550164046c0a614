"""What the lists of the admin pages say: what they are for, that they are empty, and one name for each thing."""

import re

import pytest
from axes.models import AccessAttempt
from django.urls import reverse

from conversations.models import MessageKind, RoutingDecision
from tests import builders
from workstreams.models import Skill

LISTS = {
    "workstreams_skill_changelist": "No skills yet",
    "workstreams_capacityprofile_changelist": "No capacity profiles yet",
    "workstreams_custompresence_changelist": "No presences yet",
    "conversations_tag_changelist": "No tags yet",
    "conversations_contactfield_changelist": "No contact fields yet",
    "axes_accessattempt_changelist": "No failed log-ins yet",
}


def shown(client, name, *args, **asked):
    return client.get(reverse(f"admin:{name}", args=args), asked).content.decode()


@pytest.mark.parametrize(("name", "words"), LISTS.items())
def test_an_empty_list_says_what_it_is_for_and_that_nothing_is_there(as_root, db, name, words):
    page = shown(as_root, name)

    assert words in page
    assert re.search(r'<p class="console-lead">\w', page)


def test_a_search_in_vain_says_so_and_leads_back(as_root, db):
    Skill.objects.create(name="Returns")
    page = shown(as_root, "workstreams_skill_changelist", q="nothing")

    assert "Nothing found" in page
    assert "No skills yet" not in page


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Failed log-ins"), ("es", "Inicios de sesión fallidos"), ("da", "Mislykkede logon")]
)
def test_failed_log_ins_are_called_so_in_every_language(as_root, db, language, words):
    AccessAttempt.objects.create(username="mallory", ip_address="203.0.113.5", failures_since_start=3)
    page = as_root.get(reverse("admin:axes_accessattempt_changelist"), headers={"accept-language": language}).content.decode()

    assert words in page
    assert not re.search(r"access attempt|>\s*Axes\b", page, re.IGNORECASE)


def test_decisions_stand_newest_first_and_say_what_a_conversation_without_words_began_with(as_root, channel, returns):
    for at, kind in (("2026-05-03T09:00Z", MessageKind.IMAGE), ("2026-05-01T09:00Z", MessageKind.TEXT)):
        conversation = builders.conversation(channel, first_text="返品" if kind == MessageKind.TEXT else "")
        row = RoutingDecision.objects.create(conversation=conversation, queue=returns, facts={"message.kind": kind})
        RoutingDecision.objects.filter(pk=row.pk).update(decided_at=at)

    page = shown(as_root, "routing_decisions", channel.workstream.public_id)
    assert page.index("📷 Picture") < page.index("返品")
    assert page.index("3 May 2026") < page.index("1 May 2026")


def test_versions_lead_back_to_the_rules(as_root, workstream):
    rules = reverse("admin:routing_rules", args=[workstream.public_id])

    assert f'<li><a href="{rules}">Routing rules</a></li>' in shown(as_root, "routing_versions", workstream.public_id)


def test_what_holds_for_all_workstreams_has_one_name(as_root, db):
    name = "Work distribution of all workstreams"

    assert name in shown(as_root, "workstreams")
    assert name in shown(as_root, "distribution_settings")

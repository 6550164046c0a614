"""Every address of the product and who may use it, looking and sending: nobody signed in, agents, supervisors, administrators.

The addresses are found in the URL configuration, so one that isn't in `addresses.WHO` fails here before its gate can be
forgotten.
"""

import datetime
import re

import pytest
from axes.models import AccessAttempt
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from channels_app import channel_setup
from channels_app.models import MediaFile
from conversations.models import (
    Attachment,
    Contact,
    ContactField,
    ContactNote,
    Direction,
    Message,
    Offer,
    Participant,
    QuickReply,
    RoutingDecision,
    SocialProfile,
    Tag,
)
from tests import builders
from workstreams import password_links
from workstreams.models import Agent, CapacityProfile, ContextVariable, CustomPresence, OperatingHours, Skill, TimeoutRule

from .addresses import ONLY_LOOKING, WHO


def routes(patterns=None, before=""):
    for each in get_resolver().url_patterns if patterns is None else patterns:
        route = getattr(each.pattern, "_route", None)
        if route is not None and isinstance(each, URLPattern):
            yield before + route
        elif route is not None:
            yield from routes(each.url_patterns, before + route)


ROUTES = sorted(set(routes()))


def test_every_route_says_who_may_use_it_and_no_other():
    # To mend: say in tests/config/addresses.py who may use it.
    assert sorted(set(ROUTES) - set(WHO)) == []
    assert sorted(set(WHO) - set(ROUTES)) == []


@pytest.fixture
def fill(account, workstream, channel, alice, root):
    """The address of a route, with things that exist in its placeholders."""
    conversation = builders.conversation(channel, state="active", agent=alice, holder=alice, units_held=20)
    Agent.objects.filter(pk=alice.pk).update(units_used=20)
    offered = builders.conversation(channel)
    at = timezone.now()
    offer = Offer.objects.create(
        conversation=offered, agent=alice, queue=offered.queue, offered_at=at, deadline=at + datetime.timedelta(minutes=2)
    )
    asked = {"invited_at": at, "deadline": at + datetime.timedelta(minutes=2)}
    consulted = Participant.objects.create(conversation=conversation, agent=builders.agent("dana"), place=1, **asked)
    invited = Participant.objects.create(conversation=offered, agent=alice, place=1, **asked)
    message = builders.inbound_message(conversation)
    Message.objects.filter(pk=message.pk).update(direction=Direction.OUT, sender_profile=None, line_message_id="")
    note = Message.objects.create(
        conversation=conversation, account=channel.account, direction=Direction.NOTE, author=alice.user, text="x", occurred_at=at
    )
    file = MediaFile.objects.create(account=channel.account, origin="upload", source="x", kind="file", uploaded_by=alice.user, due_at=at)
    attachment = Attachment.objects.create(message=message, file=file)
    contact, tag = Contact.objects.create(name="Misaki"), Tag.objects.create(name="VIP", key="vip")
    SocialProfile.objects.filter(pk=conversation.profile_id).update(contact=contact)
    about = ContactNote.objects.create(contact=contact, profile=conversation.profile, author=alice.user, text="x")
    reply = QuickReply.objects.create(owner=alice.user, slug="thanks", title="Thanks", text="Thank you.")
    field = ContactField.objects.create(name="Size")
    emil, left = builders.person("emil"), builders.person("left", is_active=False)
    attempt = AccessAttempt.objects.create(username="bob", ip_address="127.0.0.1", failures_since_start=10)
    token = password_links.make_link(actor=root, person=emil).rstrip("/").split("/")[-1]
    rule = TimeoutRule.objects.create(workstream=workstream, name="Slow", trigger="customer_silent", minutes=9, action="close")
    variable = ContextVariable.objects.create(workstream=workstream, name="topic")
    setup = channel_setup.start_setup(actor=root, workstream=workstream)
    channel_setup.save_page(draft=setup, page=channel_setup.USER_FEATURES, account=builders.account(name="Free"), language="ja")
    of_route = {
        "admin/people/<public_id:public_id>/reactivate/": left.public_id,
        "admin/people/": emil.public_id,
        "admin/channels/accounts/": account.public_id,
        "admin/channels/": channel.public_id,
        "admin/workstreams/skill/": Skill.objects.create(name="French").pk,
        "admin/workstreams/capacityprofile/": CapacityProfile.objects.create(name="Calls").pk,
        "admin/workstreams/custompresence/": CustomPresence.objects.create(name="Lunch", base="away").pk,
        "admin/queues/": workstream.fallback_queue.public_id,
        "admin/operating-hours/": OperatingHours.objects.create(name="Shop").public_id,
        "admin/workstreams/": workstream.public_id,
        "admin/axes/": attempt.pk,
        "admin/conversations/contactfield/": field.pk,
        "admin/conversations/tag/": tag.pk,
        "inbox/": conversation.public_id,
        "supervisor/": conversation.public_id,
    }
    of_name = {
        "offer_id": offer.public_id,
        "agent_id": alice.public_id,
        "rule_id": rule.public_id,
        "account_id": account.public_id,
        "contact_id": contact.public_id,
        "note_id": about.pk,
        "decision_id": RoutingDecision.objects.create(conversation=conversation, queue=conversation.queue).pk,
        "event_id": builders.webhook_event(account).pk,
        "message_id": message.pk,
        "attachment_id": attachment.pk,
        "file_id": file.public_id,
        "reply_id": reply.public_id,
        "token": token,
        "channel_type": "line",
        "callback_key": "sample",
        "username": "alice",
        "ticket": "sample",
        "content_type_id": 1,
    }

    def filled(route):
        thing = next((value for start, value in of_route.items() if route.startswith(start)), "1")
        names = of_name | {"name": "behaviors" if "/edit/" in route else "account", "public_id": thing}
        if "/context-variables/" in route:
            names["name"] = variable.name
        names["participant_id"] = (invited if "/consults/" in route else consulted).public_id
        if "/note/" in route:
            names["message_id"] = note.pk
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(names.get(match[1], thing)), route)

    return filled


def refused(answer):
    """Whether a gate said no: not signed in, not allowed, or "there is no such thing"."""
    return answer.status_code in (401, 403, 404) or answer.get("Location", "").startswith(("/login/", "/admin/login/"))


@pytest.fixture
def people(alice, charlie, sue, root):
    return {"-": None, "o": charlie.user, "a": alice.user, "s": sue, "r": root}


@pytest.fixture
def ask(people, fill):
    """Send one request as one role; whatever it changed is undone."""
    cookies = {}
    for role, person in people.items():
        client = Client()
        if person is not None:
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        cookies[role] = {name: morsel.value for name, morsel in client.cookies.items()}

    def asked(role, method, route, data):
        client, before = Client(), transaction.savepoint()
        client.cookies.load(cookies[role])
        answer = getattr(client, method)(fill(route), data)
        transaction.savepoint_rollback(before)
        return answer

    return asked


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["-", "o", "a", "s", "r"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_everybody_gets_what_the_table_says(role, method, ask, returns, bob):
    sent = {"next": "/", "to": f"queue:{returns.public_id}", "agent": bob.public_id}
    sent |= {"tag": Tag.objects.get().public_id, "contact": Contact.objects.get().public_id}
    data = sent if method == "post" else {}
    wrong = []
    for route in ROUTES:
        answer = ask(role, method, route, data)
        may = role in WHO.get(route, "") and not (method == "post" and route in ONLY_LOOKING)
        # 405: nobody sends to a page that is only looked at, and nobody looks at what is only sent to.
        as_told = answer.status_code == 405 or refused(answer) != may
        if not as_told or not (answer.status_code < 500 or answer.status_code == 501):
            wrong.append(f"{route}: {answer.status_code}")
    assert wrong == []

"""Who sees the admin pages, what they may load, and that each of their inputs can be used by everybody."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from channels_app import accounts, channel_setup
from tests import builders
from workstreams.models import OperatingHours

PAGES = [
    ("index", None),
    ("channels", None),
    ("accounts", None),
    ("account_new", None),
    ("account_channel_details", "account"),
    ("account_details", "account"),
    ("account_callback", "account"),
    ("account_secret_proof", "account"),
    ("account_finished", "account"),
    ("account_choose_workstream", "account"),
    ("account_disable", "account"),
    ("account_remove", "account"),
    ("account_done", "draft"),
    ("workstreams", None),
    ("workstream_new", None),
    ("workstream_page", "workstream"),
    ("workstream_edit", "workstream"),
    ("workstream_distribution", "workstream"),
    ("routing_rules", "workstream"),
    ("routing_versions", "workstream"),
    ("channel_setup_page account", "workstream"),
    ("channel_setup_page language", "workstream"),
    ("channel_setup_page behaviors", "workstream"),
    ("channel_setup_page user-features", "workstream"),
    ("channel_setup_page summary", "workstream"),
    ("channel_configured", "channel"),
    ("channel_edit behaviors", "channel"),
    ("channel_remove", "channel"),
    ("queues", None),
    ("queue_new", None),
    ("queue", "queue"),
    ("queue_delete", "queue"),
    ("operating_hours", None),
    ("operating_hours_new", None),
    ("operating_hours_edit", "hours"),
    ("operating_hours_delete", "hours"),
    ("people", None),
    ("person_new", None),
    ("person", "person"),
    ("person_deactivate", "person"),
    ("person_reactivate", "left"),
    ("password_change", None),
]
POSTS = [
    ("account_new", None),
    ("account_details", "account"),
    ("account_check", "account"),
    ("account_done", "draft"),
    ("account_remove", "account"),
    ("workstream_new", None),
    ("routing_rules", "workstream"),
    ("channel_setup_page summary", "workstream"),
    ("channel_setup_discard", "workstream"),
    ("channel_replay", "channel"),
    ("channel_remove", "channel"),
    ("queue_new", None),
    ("queue", "queue"),
    ("queue_copy", "queue"),
    ("queue_delete", "queue"),
    ("operating_hours_new", None),
    ("operating_hours_edit", "hours"),
    ("operating_hours_delete", "hours"),
    ("person_new", None),
    ("person", "person"),
    ("person_link", "person"),
    ("person_deactivate", "person"),
    ("person_reactivate", "left"),
]
names = [name for name, _kind in PAGES]


@pytest.fixture
def address_of(account, workstream, channel, root):
    draft = builders.account(name="Draft", state="draft")
    setup = channel_setup.start_setup(actor=root, workstream=workstream)
    channel_setup.save_page(draft=setup, page=channel_setup.USER_FEATURES, account=builders.account(name="Free"), language="ja")
    things = {"account": account, "workstream": workstream, "channel": channel, "draft": draft}
    things |= {"queue": workstream.fallback_queue, "hours": OperatingHours.objects.create(name="Shop")}
    things |= {"person": builders.person("emil"), "left": builders.person("left", is_active=False)}

    def address(name, kind):
        name, *more = name.split()
        return reverse(f"admin:{name}", args=[things[kind].public_id, *more] if kind else [])

    return address


@pytest.mark.parametrize(("name", "kind"), PAGES, ids=names)
def test_root_sees_every_page(as_root, platform, address_of, name, kind):
    assert as_root.get(address_of(name, kind)).status_code == 200


@pytest.mark.parametrize(("name", "kind"), PAGES, ids=names)
def test_agents_and_supervisors_see_none(client, alice, sue, address_of, name, kind):
    for person in (alice.user, sue):
        client.force_login(person)
        assert client.get(address_of(name, kind)).status_code == 404


@pytest.mark.parametrize(("name", "kind"), POSTS, ids=[name for name, _kind in POSTS])
def test_agents_and_supervisors_can_send_nothing(client, alice, sue, address_of, account, name, kind):
    for person in (alice.user, sue):
        client.force_login(person)
        assert client.post(address_of(name, kind), {"name": "x", "channel_type": "line"}).status_code == 404
    account.refresh_from_db()
    assert account.state == "active"


@pytest.mark.parametrize(("name", "kind"), PAGES, ids=names)
def test_nobody_sees_them_without_signing_in(client, address_of, name, kind):
    answer = client.get(address_of(name, kind))

    assert answer.status_code == 302
    assert "/login/" in answer.url


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}, {"role": "supervisor", "is_superuser": False}])
def test_an_administrator_who_is_switched_off_sees_nothing(client, root, change):
    client.force_login(root)
    type(root).objects.filter(pk=root.pk).update(**change)

    assert client.get(reverse("admin:index")).status_code in (302, 404)
    assert client.get(reverse("admin:accounts")).status_code in (302, 404)


def test_signing_in_never_goes_in_circles(client, alice):
    client.force_login(alice.user)

    for name in ("index", "login", "accounts"):
        assert client.get(reverse(f"admin:{name}")).status_code == 404


def test_unknown_things_are_404(as_root, db):
    for name in ("account_details", "workstream_page", "channel_remove", "routing_rules", "queue", "operating_hours_edit"):
        assert as_root.get(reverse(f"admin:{name}", args=["2" * 14])).status_code == 404


@pytest.mark.parametrize("rubbish", ["%00", "x%00y", "'", "2" * 15])
def test_rubbish_in_an_address_is_no_error(as_root, workstream, rubbish):
    setup = reverse("admin:channel_setup", args=[workstream.public_id])

    assert as_root.get(f"{reverse('admin:workstream_new')}?set_up={rubbish}").status_code == 404
    assert as_root.get(f"{setup}?account={rubbish}").status_code == 200


def test_only_admin_pages_relax_the_content_security_policy(as_root, platform):
    admin = as_root.get(reverse("admin:accounts")).headers["Content-Security-Policy"]
    elsewhere = as_root.get("/webhooks/line/none/").headers["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval'" in admin
    assert "style-src 'self' 'unsafe-inline'" in admin
    assert "unsafe" not in elsewhere
    assert "unsafe-inline" not in admin.partition("script-src")[2].partition(";")[0]


class Inputs(HTMLParser):
    """The inputs of a page without a name for people, and those that take the focus out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: set[str] = set()
        self.inputs: list[dict[str, str]] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "label" and values.get("for"):
            self.labels.add(values["for"])
        if tag in ("input", "select", "textarea") and values.get("type") not in ("hidden", "submit") and values.get("class") != "hidden":
            self.inputs.append(values)


@pytest.mark.parametrize(("name", "kind"), PAGES, ids=names)
def test_every_input_has_a_label_and_its_natural_place(as_root, platform, address_of, name, kind):
    page = as_root.get(address_of(name, kind)).content.decode()
    inside = page.partition('id="content"')[2].partition('id="modal')[0]
    found = Inputs()
    found.feed(inside)

    nameless = [each for each in found.inputs if each.get("id") not in found.labels and not each.get("aria-label")]
    assert [each for each in nameless if not each.get("name", "").startswith(("_", "q"))] == []
    assert not re.search(r'tabindex="[1-9]', page)


def test_a_wizard_page_offers_its_buttons_in_the_order_of_the_page(as_root, platform, account, root):
    draft = accounts.create_draft(actor=root, name="x", channel_type="line")
    page = as_root.get(reverse("admin:account_details", args=[draft.public_id])).content.decode()

    order = [page.index(mark) for mark in ('name="channel_id"', 'name="channel_secret"', 'name="access_token"', ">Back<", ">Next<")]
    assert order == sorted(order)
    assert 'aria-current="step"' in page
    assert "Step 2 of 4: Account details" in page

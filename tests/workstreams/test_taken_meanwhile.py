"""What another person writes between looking and writing is refused, or taken, as if it had been there before; nobody sees an error."""

import pytest
from django.core.exceptions import ValidationError

from conversations import contact_fields, tags
from conversations.contacts import CannotSave
from conversations.models import ContactField, Tag
from tests import builders
from workstreams import configuration, hours_setup, queue_setup, staffing, variables
from workstreams.models import ContextVariable, Membership, OperatingHours, Queue, Workstream

pytestmark = pytest.mark.django_db


@pytest.fixture
def meanwhile(monkeypatch):
    """`meanwhile(row)`: another person writes this row just before the next of its kind is written."""

    def comes(row):
        save = type(row).save

        def late(self, *arguments, **options):
            type(row).objects.bulk_create([row])
            return save(self, *arguments, **options)

        monkeypatch.setattr(type(row), "save", late)

    return comes


def test_a_queue(meanwhile):
    meanwhile(Queue(name="returns"))

    with pytest.raises(ValidationError, match="a queue of this name"):
        queue_setup.save_queue(queue=Queue(name="Returns"), members=[])


def test_a_workstream_and_its_new_queue(meanwhile, everyone):
    new = {"actor": None, "name": "LINE", "channel_type": "line", "mode": "push"}
    meanwhile(Workstream(name="line", channel_type="line", fallback_queue=everyone))

    with pytest.raises(ValidationError, match="a workstream of this name"):
        configuration.create_workstream(**new, fallback_queue=everyone)
    meanwhile(Queue(name="fallback"))
    with pytest.raises(ValidationError, match="a queue of this name"):
        configuration.create_workstream(**new, new_queue_name="Fallback")


def test_another_name_of_a_workstream(meanwhile, workstream, everyone):
    meanwhile(Workstream(name="Shop", channel_type="line", fallback_queue=everyone))

    with pytest.raises(ValidationError, match="a workstream of this name"):
        configuration.change_workstream(actor=None, workstream=workstream, name="shop", fallback_queue=everyone)


def test_operating_hours(meanwhile):
    meanwhile(OperatingHours(name="Week"))
    values = {"name": "week", "time_zone": "UTC", "holiday_country": "", "periods": [], "holidays": []}

    with pytest.raises(ValidationError, match="operating hours of this name"):
        hours_setup.save_hours(actor=None, hours=OperatingHours(), **values)


def test_a_tag_and_a_field_of_contacts(meanwhile):
    meanwhile(Tag(name="VIP", key="vip"))
    with pytest.raises(CannotSave) as refused:
        tags.save_tag(tag=Tag(), name="vip")
    assert refused.value.errors == {"name": "There is a tag of this name already."}

    meanwhile(ContactField(name="Rank", kind="text"))
    with pytest.raises(CannotSave) as refused:
        contact_fields.save_field(field=ContactField(), name="Rank", kind="text", choices=[], position=1)
    assert refused.value.errors == {"name": "There is a field of this name already."}


@pytest.mark.parametrize("side", ["queue", "person"])
def test_who_is_put_into_a_queue_from_both_sides_is_in_it_once(monkeypatch, alice, returns, side):
    other = builders.queue("Other")
    write = Membership.objects.bulk_create

    def late(rows, **options):
        write([Membership(queue=other, agent=alice)])
        return write(rows, **options)

    monkeypatch.setattr(Membership.objects, "bulk_create", late)
    if side == "queue":
        queue_setup.save_queue(queue=other, members=[alice])
    else:
        staffing._set_queues(alice, [other])

    assert Membership.objects.filter(queue=other, agent=alice).count() == 1


@pytest.mark.django_db(transaction=True)
def test_declaring_a_variable_waits_for_whoever_publishes(monkeypatch, workstream):
    """The name is looked for under the workstream's lock, which publishing holds while it declares what its rules set."""
    asked = []
    clean = ContextVariable.full_clean
    lock = Workstream.objects.select_for_update

    monkeypatch.setattr(Workstream.objects, "select_for_update", lambda **how: asked.append("lock") or lock(**how))
    monkeypatch.setattr(ContextVariable, "full_clean", lambda self, **how: asked.append("look") or clean(self, **how))

    variables.declare_variable(actor=None, workstream=workstream, name="tier", kind="text")

    assert asked == ["lock", "look"]

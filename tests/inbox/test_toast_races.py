"""What goes while the toasts are being read: the page asks on about what it still shows, and about nothing else."""

import pytest
from django.urls import reverse
from django.utils import timezone

from conversations import consults
from conversations.inbox import consult_list, offer_list
from conversations.models import Offer
from tests.inbox.conftest import held_by, offered


@pytest.fixture
def goes_between(monkeypatch):
    """`goes_between(module, first, second, go)`: whichever of the two reads comes first, `go` happens right after it."""

    def patch(module, *names, go):
        reads = []

        def followed(read):
            def reading(*arguments):
                found = read(*arguments)
                reads.append(read)
                if len(reads) == 1:
                    go()
                return found

            return reading

        for name in names:
            monkeypatch.setattr(module, name, followed(getattr(module, name)))

    return patch


def toasts(client, public_id):
    """As what the page gets it: `offer` is still asked, `gone` tells what became of it."""
    shown = client.get(reverse("inbox:offers"), {"offers": public_id}).content.decode()
    return [kind for kind in ("offer", "gone") if f'data-{kind}="{public_id}"' in shown]


def test_an_offer_that_somebody_takes_meanwhile_is_told_of_at_the_next_look(script, waiting_work, alice, bob, goes_between):
    offer = offered(waiting_work, alice)

    def bob_takes_it():
        Offer.objects.update(state="withdrawn", decided_at=timezone.now())
        held_by(waiting_work, bob)

    goes_between(offer_list, "open_offers", "gone_offers", go=bob_takes_it)

    assert toasts(script(alice), offer.public_id) == ["offer"]
    assert toasts(script(alice), offer.public_id) == ["gone"]


def test_an_invitation_that_ends_meanwhile_is_told_of_at_the_next_look(script, alices_work, alice, charlie, goes_between):
    invited = consults.invite(conversation_id=alices_work.pk, agent_id=charlie.pk, actor=alice.user)

    def alice_ends_it():
        consults.end_consult(participant_id=invited.pk, actor=alice.user)

    goes_between(consult_list, "open_invitations", "gone_invitations", go=alice_ends_it)

    assert toasts(script(charlie), invited.public_id) == ["offer"]
    assert toasts(script(charlie), invited.public_id) == ["gone"]

"""Accepting, declining and running out of time: one function, one winner."""

import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from conversations.lifecycle import announce, lock_conversation, settle_offer, where_it_is
from conversations.models import Conversation, Offer, OfferState
from workstreams.clock import database_now
from workstreams.models import BasePresence, User, WorkState
from workstreams.presence import present_since
from workstreams.transactions import retried


class OfferGone(Exception):
    """The offer was decided before. str() says by whom or what, in the user's words."""


def accept_offer(*, offer_id: int, actor: User) -> Offer:
    """The agent takes the offered conversation; its units stay held. Twice is once.

    `OfferGone` if somebody else has it, or the deadline has passed by the database's clock.
    """
    offer = _decide(offer_id=offer_id, outcome=OfferState.ACCEPTED, actor=actor)
    conversation = offer.conversation
    has_it = conversation.state == WorkState.ACTIVE and conversation.agent_id == offer.agent_id
    if offer.state != OfferState.ACCEPTED or offer.agent.user_id != actor.pk or not has_it:
        raise OfferGone(_what_happened(offer))
    return offer


def decline_offer(*, offer_id: int, actor: User) -> Offer:
    """The agent doesn't take it; it goes to the next one. Twice is once. `OfferGone` if it was decided otherwise."""
    offer = _decide(offer_id=offer_id, outcome=OfferState.DECLINED, actor=actor)
    if offer.state != OfferState.DECLINED or offer.agent.user_id != actor.pk:
        raise OfferGone(_what_happened(offer))
    return offer


def expire_offers() -> int:
    """End the offers whose deadline has passed, and those of agents who are gone; returns how many timed out."""
    due = list(_due(database_now()).order_by("conversation_id").values_list("pk", flat=True))
    ended = [_decide(offer_id=offer_id, outcome=OfferState.TIMED_OUT) for offer_id in due]
    return sum(offer.state == OfferState.TIMED_OUT for offer in ended)


def _due(now: datetime.datetime) -> QuerySet[Offer]:
    gone = Q(agent__presence__isnull=True) | Q(agent__presence__state=BasePresence.OFFLINE)
    gone |= Q(agent__presence__seen_at__isnull=True) | Q(agent__presence__seen_at__lt=present_since(now))
    return Offer.objects.filter(Q(deadline__lte=now) | gone, state=OfferState.PENDING)


@retried
def _decide(*, offer_id: int, outcome: OfferState, actor: User | None = None) -> Offer:
    """Give a pending offer its one outcome, or leave it as it is; returns it with its conversation as they are now.

    Locks the conversation, then the offer, so whoever comes second finds it decided. Past its deadline, an offer can
    only time out.
    """
    found = Offer.objects.filter(pk=offer_id).values_list("conversation_id", flat=True).first()
    if found is None:
        raise OfferGone(_("This offer doesn't exist any more."))
    conversation = lock_conversation(found)
    offer = Offer.objects.select_for_update(no_key=True, of=("self",)).select_related("agent__user").get(pk=offer_id)
    offer.conversation = conversation
    if offer.state != OfferState.PENDING or (actor and offer.agent.user_id != actor.pk):
        return offer
    now = database_now()
    if offer.deadline <= now:
        outcome, actor = OfferState.TIMED_OUT, None
    elif outcome == OfferState.TIMED_OUT and not _due(now).filter(pk=offer_id).exists():
        # The agent came back since the list was read.
        return offer
    settled = settle_offer(conversation, outcome, at=now, actor=actor)
    announce(conversation, offer.agent)
    if settled is not None:
        settled.conversation = conversation
    return settled or offer


def _what_happened(offer: Offer) -> str:
    if offer.state == OfferState.DECLINED:
        return _("You have declined this offer.")
    if offer.state == OfferState.TIMED_OUT:
        return _("The time to accept has run out.")
    if offer.state == OfferState.PENDING:
        return _("This conversation is offered to %(name)s.") % {"name": offer.agent.user.shown_name}
    return where_it_is(Conversation.objects.select_related("agent__user", "queue").get(pk=offer.conversation_id))

"""Offers: made in batches, and decided by accepting, declining or time: one function, one winner."""

import datetime
from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from conversations import journal, live
from conversations.lifecycle import accept_at_once, announce, lock_conversation, settle_offer, where_it_is
from conversations.models import Conversation, Offer, OfferState
from workstreams import presence
from workstreams.clock import database_now
from workstreams.distribution.cycle import Pick
from workstreams.models import Agent, BasePresence, DistributionSettings, User, WorkState
from workstreams.presence import present_since
from workstreams.rows import update_each
from workstreams.transactions import retried


class OfferGone(Exception):
    """The offer was decided before. str() says by whom or what, in the user's words."""


def make_offers(picks: Sequence[tuple[Conversation, Pick]]) -> None:
    """Write what a pass decided, for all at once: holders, offers, journal and hints. Where the workstream accepts
    automatically, the conversation is active with its agent when this ends.

    Runs inside the pass's transaction, which has locked the conversations and reserved the capacity. Six statements at
    most, whatever their number.
    """
    if not picks:
        return
    agents = Agent.objects.select_related("user").in_bulk({pick.agent_id for _conversation, pick in picks})
    held = {each.pk: (pick.agent_id, pick.cost.units, list(pick.cost.profiles)) for each, pick in picks}
    update_each(Conversation, held, sets=["holder", "units_held", "profiles_held"])
    for conversation, pick in picks:
        conversation.holder, conversation.units_held = agents[pick.agent_id], pick.cost.units
        conversation.profiles_held = list(pick.cost.profiles)
    accept_at_once([each for each, _pick in picks if each.channel.workstream.auto_accept], at=picks[0][1].at)
    presence.follow_capacity(*(each.agent for each, _pick in picks))
    Offer.objects.bulk_create(_offer(*each) for each in picks)
    journal.record_all((each, _step(each), {"agent": agents[pick.agent_id].user.shown_name}) for each, pick in picks)
    live.conversations_moved(each for each, _pick in picks)


def _offer(conversation: Conversation, pick: Pick) -> Offer:
    workstream, accepted = conversation.channel.workstream, conversation.state == WorkState.ACTIVE
    return Offer(
        conversation=conversation,
        agent_id=pick.agent_id,
        queue_id=pick.queue_id,
        state=OfferState.ACCEPTED if accepted else OfferState.PENDING,
        offered_at=pick.at,
        deadline=pick.at if accepted else pick.at + datetime.timedelta(seconds=workstream.offer_seconds),
        decided_at=pick.at if accepted else None,
        assigns_itself=workstream.auto_assign,
        explanation=pick.explanation,
    )


def _step(conversation: Conversation) -> str:
    return "accepted_automatically" if conversation.state == WorkState.ACTIVE else "offered"


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
    """The agent doesn't take it; it goes to the next one. Twice is once.

    `OfferGone` if it was decided otherwise, or assigns itself and so can't be declined.
    """
    offer = _decide(offer_id=offer_id, outcome=OfferState.DECLINED, actor=actor)
    if offer.state != OfferState.DECLINED or offer.agent.user_id != actor.pk:
        raise OfferGone(_what_happened(offer))
    return offer


def expire_offers() -> int:
    """End the offers whose deadline has passed, and those of agents who are gone; returns how many timed out.

    An offer that assigns itself is accepted at its deadline, if its agent is there.
    """
    due = list(_due(database_now()).order_by("conversation_id").values_list("pk", flat=True))
    ended = [_decide(offer_id=offer_id, outcome=OfferState.TIMED_OUT) for offer_id in due]
    return sum(offer.state == OfferState.TIMED_OUT for offer in ended)


def _due(now: datetime.datetime) -> QuerySet[Offer]:
    return Offer.objects.filter(Q(deadline__lte=now) | _gone(now), state=OfferState.PENDING)


def _gone(now: datetime.datetime) -> Q:
    gone = Q(agent__presence__isnull=True) | Q(agent__presence__state=BasePresence.OFFLINE)
    return gone | Q(agent__presence__seen_at__isnull=True) | Q(agent__presence__seen_at__lt=present_since(now))


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
    if offer.assigns_itself and outcome == OfferState.DECLINED:
        return offer
    if offer.deadline <= now:
        stays = offer.assigns_itself and not Offer.objects.filter(_gone(now), pk=offer_id).exists()
        outcome, actor = OfferState.ACCEPTED if stays else OfferState.TIMED_OUT, None
    elif outcome == OfferState.TIMED_OUT and not _due(now).filter(pk=offer_id).exists():
        # The agent came back since the list was read.
        return offer
    former = conversation.agent
    settled = settle_offer(conversation, outcome, at=now, actor=actor)
    _step_back(offer, outcome, missed=offer.deadline <= now)
    announce(conversation, former, offered=offer.agent)
    if settled is not None:
        settled.conversation = conversation
    return settled or offer


def _step_back(offer: Offer, outcome: OfferState, *, missed: bool) -> None:
    """Who misses or declines an offer may be offered nothing more until they say so; the installation's settings decide."""
    if outcome == OfferState.TIMED_OUT and missed and DistributionSettings.current().missed_makes_inactive:
        presence.make_inactive(offer.agent)
    elif outcome == OfferState.DECLINED and DistributionSettings.current().declined_makes_do_not_disturb:
        presence.make_do_not_disturb(offer.agent)


def _what_happened(offer: Offer) -> str:
    if offer.state == OfferState.DECLINED:
        return _("You have declined this offer.")
    if offer.state == OfferState.TIMED_OUT:
        return _("The time to accept has run out.")
    if offer.state == OfferState.PENDING and offer.assigns_itself:
        return _("This conversation is assigned to you and can't be declined.")
    if offer.state == OfferState.PENDING:
        return _("This conversation is offered to %(name)s.") % {"name": offer.agent.user.shown_name}
    return where_it_is(Conversation.objects.select_related("agent__user", "queue").get(pk=offer.conversation_id))

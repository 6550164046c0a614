"""The offers that an agent's page shows: those that wait for an answer, and what became of those that are gone."""

import datetime
from dataclasses import dataclass

from django.db.models import Max, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app.media import links
from channels_app.models import MediaState
from conversations.models import Attachment, Conversation, Direction, MessageKind, Offer, OfferKind, OfferState, RoutingDecision
from workstreams.models import Agent, User, WorkState

SHOWN_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer with its time: `seconds_left` of `seconds_total`, by the server's deadline. `picture` is the customer's last one."""

    offer: Offer
    seconds_left: int
    seconds_total: int
    wait_seconds: int
    decision: RoutingDecision | None
    picture: str = ""


@dataclass(frozen=True, slots=True)
class GoneOffer:
    """An offer that the page showed and that nobody can accept any more."""

    offer: Offer
    words: str


def open_offers(agent: Agent) -> tuple[list[OpenOffer], list[Offer]]:
    """What is offered to the agent now, the most urgent first, and what the agent offers to colleagues who haven't answered."""
    now = timezone.now()
    newest = RoutingDecision.objects.select_related("ruleset", "queue").defer("ruleset__content").order_by("-id")
    offers = (
        Offer.objects.filter(Q(agent=agent, deadline__gt=now) | Q(sender=agent.user_id), state=OfferState.PENDING)
        .select_related("queue", "sender", "note", "conversation__channel__account")
        .select_related("conversation__profile__contact", "conversation__profile__picture")
        .prefetch_related(Prefetch("conversation__decisions", queryset=newest, to_attr="newest_decisions"))
        .order_by("deadline")[: 2 * SHOWN_AT_MOST]
    )
    got, sent = [each for each in offers if each.agent_id == agent.pk], [each for each in offers if each.agent_id != agent.pk]
    pictures = _last_pictures([offer.conversation_id for offer in got])
    return [_open(offer, now, picture=pictures.get(offer.conversation_id, "")) for offer in got], sent


def _open(offer: Offer, now: datetime.datetime, *, picture: str = "") -> OpenOffer:
    return OpenOffer(
        offer=offer,
        seconds_left=int((offer.deadline - now).total_seconds()),
        seconds_total=max(int((offer.deadline - offer.offered_at).total_seconds()), 1),
        wait_seconds=int((now - (offer.conversation.queued_at or offer.conversation.created_at)).total_seconds()),
        decision=next(iter(getattr(offer.conversation, "newest_decisions", ())), None),
        picture=picture,
    )


def _last_pictures(conversation_ids: list[int]) -> dict[int, str]:
    """The newest picture of each customer that is here already, by conversation; one query."""
    if not conversation_ids:
        return {}
    shown = Attachment.objects.filter(
        message__conversation_id__in=conversation_ids,
        message__direction=Direction.IN,
        message__kind=MessageKind.IMAGE,
        file__state=MediaState.READY,
    ).exclude(file__preview="")
    newest = shown.values("message__conversation_id").annotate(newest=Max("id")).values("newest")
    found = Attachment.objects.filter(pk__in=newest).select_related("file", "message")
    return {each.message.conversation_id: links.page_link(each.file, links.PREVIEW) for each in found}


def handover_of(conversation: Conversation) -> OpenOffer | None:
    """The offer to the colleague who is asked to take it; no query where nobody is."""
    if conversation.receiver_id is None:
        return None
    found = Offer.objects.filter(conversation=conversation, kind=OfferKind.TRANSFER, state=OfferState.PENDING)
    offer = found.select_related("agent__user").first()
    return _open(offer, timezone.now()) if offer else None


def gone_offers(agent: Agent, shown: list[str]) -> list[GoneOffer]:
    """What became of the offers in `shown` (public ids of the page) that no longer wait for an answer, those that the agent sent too."""
    answered = Q(state__in=[OfferState.ACCEPTED, OfferState.DECLINED])
    mine = Q(agent=agent) & ~answered
    sent = Q(sender=agent.user_id) & (answered | Q(state=OfferState.TIMED_OUT))
    gone = Offer.objects.filter(mine | sent, public_id__in=shown[: 2 * SHOWN_AT_MOST]).select_related(
        "agent__user", "sender", "conversation__agent__user", "conversation__profile__contact"
    )
    now = timezone.now()
    return [GoneOffer(offer, words_for(offer, agent.user)) for offer in gone if offer.state != OfferState.PENDING or offer.deadline <= now]


def words_for(offer: Offer, person: User) -> str:
    """Why an offer is gone."""
    if offer.kind == OfferKind.TRANSFER:
        return _words_for_transfer(offer, person)
    conversation: Conversation = offer.conversation
    taker = conversation.agent.user if conversation.agent else None
    if taker is not None and taker.pk == person.pk:
        return _("It is yours already.")
    if taker is not None:
        return _("%(name)s took this conversation.") % {"name": taker.shown_name}
    if conversation.state == WorkState.CLOSED:
        return _("The conversation has been closed.")
    if offer.state == OfferState.WITHDRAWN:
        return _("The offer was withdrawn.")
    return _("Time ran out. It goes to the next agent.")


def _words_for_transfer(offer: Offer, person: User) -> str:
    """The same for one that a colleague sent, in words for the receiver or for the sender."""
    if offer.agent.user_id != person.pk:
        name = {"name": offer.agent.user.shown_name}
        if offer.state == OfferState.ACCEPTED:
            return _("%(name)s has taken it over.") % name
        if offer.state == OfferState.DECLINED:
            return _("%(name)s declined. It stays with you.") % name
        return _("%(name)s did not answer in time. It stays with you.") % name
    sender = {"name": offer.sender.shown_name if offer.sender else ""}
    if offer.state == OfferState.WITHDRAWN:
        return _("%(name)s doesn't ask you any more.") % sender
    return _("Time ran out.")

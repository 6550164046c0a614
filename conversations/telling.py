"""How a conversation came where it is, for people to read: its routing decisions, and to whom it was offered."""

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.decisions import explained, stored_states
from conversations.models import Conversation, Offer, RoutingDecision
from workstreams import moments, rulesets
from workstreams.distribution.explanation import CALLED, refusal_in_words
from workstreams.models import AssignmentMethod
from workstreams.routing.telling import Told, tell
from workstreams.routing.trace import only_applied

# A conversation that is routed and offered again and again is told from its newest end.
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class ToldOffer:
    """One offer: who got it and how, who else could have, why the others couldn't."""

    title: str
    agent: str
    queue: str
    state: str
    outcome: str
    method: str
    candidates: list[str]
    refused: list[str]


def tell_decision(row: RoutingDecision) -> Told:
    """The decision, made again from what it saw; `row` with its queue and version at hand."""
    again = explained(row)
    known = rulesets.names()
    # Queues are called as they were called then; what else is named, as it is called now.
    names = type(known)(known.catalogue, {**known.queues, **again.names.queues}, known.skills, known.profiles)
    states = stored_states(row).values()
    if again.is_whole:
        return tell(again.decision, again.stages, states, row.draw, names)
    # Which rules applied and which queue it was; not why, for that was taken back.
    applied = {*row.matched["classification"], row.matched["route"]}
    told = tell(again.decision, only_applied(again.rules, applied), states, row.draw, names)
    reason = _("What the rules saw was taken back or deleted since. What they did stays.")
    return replace(told, reason=reason, queue=names.queue(row.queue_id), ends=False, outputs="", drawn="")


def tell_offers(conversation: Conversation) -> list[ToldOffer]:
    """The newest offers of a conversation, the newest first."""
    offers = Offer.objects.filter(conversation=conversation).select_related("agent__user", "queue", "sender").order_by("-offered_at", "-id")
    return [_tell_offer(offer) for offer in offers[:MOST_TOLD]]


def _tell_offer(offer: Offer) -> ToldOffer:
    stored: dict[str, Any] = offer.explanation if isinstance(offer.explanation, dict) else {}
    candidates = [_candidate(each) for each in stored.get("candidates", [])]
    refused = [f"{each.get('agent', '')} {refusal_in_words(str(each.get('why', '')))}" for each in stored.get("refused", [])]
    could, could_not = stored.get("numbers") or (len(candidates), len(refused))
    return ToldOffer(
        title=_("Offered %(at)s") % {"at": moments.on_the_minute(offer.offered_at)},
        agent=offer.agent.user.shown_name,
        queue=str(offer.queue),
        state=offer.state,
        outcome=offer.get_state_display(),
        method=_("Asked by %(name)s") % {"name": offer.sender.shown_name} if offer.sender else _method(str(stored.get("method", ""))),
        candidates=candidates + _others(could - len(candidates)),
        refused=refused + _others(could_not - len(refused)),
    )


def _others(count: int) -> list[str]:
    """Those whom the explanation counts but doesn't name."""
    return [ngettext("and one more", "and %(count)d more", count) % {"count": count}] if count > 0 else []


def _method(code: str) -> str:
    """How the agent was found."""
    return str(CALLED.get(code) or (AssignmentMethod(code).label if code in AssignmentMethod.values else code))


def _candidate(told: dict[str, Any]) -> str:
    """Who could have got it, and what counted."""
    free, declines = told.get("free", told.get("units_free", 0)), told.get("declines", 0)
    words = _("%(agent)s: %(free)s free") % {"agent": told.get("agent", ""), "free": free}
    if declines:
        words += ", " + ngettext("declined once", "declined %(count)d times", declines) % {"count": declines}
    if told.get("let_go"):
        words += ", " + _("let it go before, so asked last")
    if missing := told.get("missing", 0):
        words += ", " + ngettext("lacks one point of rating", "lacks %(count)d points of rating", missing) % {"count": missing}
    return words

"""Why a conversation is in its queue, as its page says it."""

from django.utils.translation import gettext as _

from conversations.models import RoutingDecision
from workstreams.ports import fact_catalogue
from workstreams.routing.conditions import RuleCondition
from workstreams.routing.explanation import explain, rule_name
from workstreams.routing.route import RouteRule, route


def why(decision: RoutingDecision) -> str:
    """ "Returns · rule 1: first message contains 割れ", told again from the stored facts and the rule that matched."""
    queue = str(decision.queue)
    if decision.rule is None:
        if decision.rule_position:
            return _("%(queue)s · rule %(position)s, which no longer exists") % {"queue": queue, "position": decision.rule_position}
        return _("%(queue)s · no rule matched") % {"queue": queue}
    conditions = tuple(RuleCondition(stored.fact, stored.operator, stored.value) for stored in decision.rule.conditions.all())
    rule = RouteRule(decision.rule.position, decision.rule.queue_id, conditions, decision.rule.name)
    told = route([rule], decision.facts if isinstance(decision.facts, dict) else {})
    reason = explain(told, fact_catalogue()) if told.rule else rule_name(rule)
    return f"{queue} · {reason}"

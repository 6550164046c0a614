"""Why a conversation is in its queue, as its page says it."""

from django.utils.translation import gettext as _

from conversations.decisions import explained
from conversations.models import RoutingDecision
from workstreams.routing.explanation import rule_name, rule_trace_in_words, trouble_in_words


def why(row: RoutingDecision) -> str:
    """ "Returns · rule 1: first message contains 割れ", told again from what was stored."""
    queue = str(row.queue)
    told = explained(row)
    route_id = row.matched.get("route") if isinstance(row.matched, dict) else None
    if told.decision.trouble:
        return f"{queue} · {trouble_in_words(told.decision.trouble)}"
    if route_id is None and row.error:
        return _("%(queue)s · no rule matched, and some conditions can't be tested") % {"queue": queue}
    if route_id is None:
        return _("%(queue)s · no rule matched") % {"queue": queue}
    entry = next((each for each in told.stages[-1].rules if each.rule.id == route_id), None)
    if entry is None:
        return _("%(queue)s · a rule that no longer exists") % {"queue": queue}
    # Words that were taken back can't be told again: then only the rule's name is.
    words = rule_trace_in_words(entry, told.names) if told.is_whole else rule_name(entry.number, entry.rule.name)
    return f"{queue} · {words}"

"""Between two requests the page itself holds the draft, signed: what comes back is what was made here."""

from typing import Any

from django.core import signing
from django.http import QueryDict

from workstreams.models import Workstream

from .place_fields import country_coded, time_zone_named
from .routing_draft import TRY, Draft
from .routing_facts import facts_for
from .routing_reading import read_rule
from .routing_trial import read_facts


def seal(draft: Draft, workstream: Workstream) -> str:
    """The draft as the hidden field of the form."""
    held = {"content": draft.content, "show": draft.show, "open": draft.open, "changed": draft.changed, "trial": draft.trial}
    return signing.dumps(held, salt=_salt(workstream), compress=True)


def unseal(sent: QueryDict, workstream: Workstream) -> Draft | None:
    """The draft that was sent, with what stood in its fields; None if it isn't one of this workstream."""
    try:
        held: dict[str, Any] = signing.loads(sent.get("draft", ""), salt=_salt(workstream))
    except signing.BadSignature:
        return None
    draft = Draft(**held)
    before = repr(draft.content)
    if (opened := draft.opened) is not None:
        read_rule(opened, sent, facts_for(draft.content).get)
    for at, ruleset in enumerate(draft.content["classification"]):
        ruleset["name"] = sent.get(f"ruleset-{at}", ruleset["name"]).strip().replace("\x00", "")[:100]
    for name, found in (("time_zone", time_zone_named), ("holidays", country_coded)):
        # A document that never said so doesn't change by a field that stays empty.
        if typed := sent.get(name, "").replace("\x00", "").strip():
            draft.content[name] = found(typed)
        elif name in sent:
            draft.content.pop(name, None)
    if draft.show == TRY:
        draft.trial = read_facts(sent)
    draft.changed = draft.changed or repr(draft.content) != before
    return draft


def _salt(workstream: Workstream) -> str:
    return f"routing rules of {workstream.public_id}"

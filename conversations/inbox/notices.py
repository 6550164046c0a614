"""Events that are no messages, each as one labelled line. What an event holds was sent by a platform: nothing of it is believed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conversations.models import Direction, Message, ProfileKind, SocialProfile

# By the event's name and the value of the detail that tells its cases apart; with an empty value: whatever it says.
SENTENCES = {
    ("follow", ""): gettext_lazy("The customer added the account as a friend."),
    ("follow", "True"): gettext_lazy("The customer unblocked the account."),
    ("unfollow", ""): gettext_lazy("The customer blocked the account."),
    ("join", ""): gettext_lazy("The account was added to the group."),
    ("leave", ""): gettext_lazy("The account was removed from the group."),
    ("memberJoined", ""): gettext_lazy("Somebody joined the group."),
    ("memberLeft", ""): gettext_lazy("Somebody left the group."),
    ("postback", ""): gettext_lazy("The customer tapped a button."),
    ("videoPlayComplete", ""): gettext_lazy("The customer watched the video to its end."),
    ("beacon", ""): gettext_lazy("The customer came near a beacon."),
    ("beacon", "banner"): gettext_lazy("The customer tapped the banner of a beacon."),
    ("beacon", "stay"): gettext_lazy("The customer stays near a beacon."),
    ("accountLink", ""): gettext_lazy("The customer linked an account."),
    ("accountLink", "failed"): gettext_lazy("The customer couldn't link an account."),
    ("membership", ""): gettext_lazy("The customer's membership changed."),
    ("membership", "joined"): gettext_lazy("The customer became a member."),
    ("membership", "left"): gettext_lazy("The customer's membership ended."),
    ("membership", "renewed"): gettext_lazy("The customer renewed the membership."),
    ("module", ""): gettext_lazy("The account's modules changed."),
    ("module", "attached"): gettext_lazy("A module was attached to the account."),
    ("module", "detached"): gettext_lazy("A module was detached from the account."),
    ("activated", ""): gettext_lazy("This console answers the chat from here on."),
    ("deactivated", ""): gettext_lazy("Another tool answers the chat from here on."),
    ("botSuspended", ""): gettext_lazy("The account was suspended."),
    ("botResumed", ""): gettext_lazy("The account works again."),
    ("delivery", ""): gettext_lazy("A notification message arrived."),
    ("standby", ""): gettext_lazy("Another tool answers this chat at the moment."),
}
# What colleagues did, with their names.
COLLEAGUES = {
    "transfer_requested": gettext_lazy("%(actor)s asks %(agent)s to take this conversation."),
    "transfer_accepted": gettext_lazy("%(agent)s has taken this conversation over."),
    "transfer_declined": gettext_lazy("%(agent)s declined to take this conversation."),
    "transfer_timed_out": gettext_lazy("%(agent)s did not answer in time and doesn't take this conversation."),
    "consult_requested": gettext_lazy("%(actor)s asks %(agent)s for advice."),
    "consult_accepted": gettext_lazy("%(agent)s reads along and advises."),
    "consult_declined": gettext_lazy("%(agent)s declined to advise."),
    "consult_timed_out": gettext_lazy("%(agent)s did not answer in time and doesn't advise."),
    "consult_left": gettext_lazy("%(agent)s advises no longer."),
    "consult_ended": gettext_lazy("%(agent)s advises no longer."),
    "transfer_withdrawn": gettext_lazy("%(agent)s is no longer asked to take this conversation."),
}
TOLD_APART_BY = {"follow": "isUnblocked", "beacon": "type", "accountLink": "result", "membership": "type", "module": "type"}
# The detail that says which one it was.
WHICH = {"videoPlayComplete": "trackingId", "beacon": "hwid", "postback": "data"}
WHICH_LENGTH = 120
NAMED_AT_MOST = 5


def notice_words(data: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """One line for an event. `names` has the people that are known, by the platform's id."""
    name = str(data.get("name", ""))
    if name in COLLEAGUES:
        return COLLEAGUES[name] % {who: str(data.get(who, "")) for who in ("actor", "agent")}
    given = data.get("details")
    details: Mapping[str, Any] = given if isinstance(given, dict) else {}
    if name in ("memberJoined", "memberLeft"):
        return _members_words(name, details, names or {})
    case = str(details.get(TOLD_APART_BY.get(name, ""), ""))
    sentence = SENTENCES.get((name, case)) or SENTENCES.get((name, ""))
    if sentence is None:
        return _("Event: %(name)s") % {"name": name or _("unknown")}
    which = details.get(WHICH.get(name, ""))
    return f"{sentence} ({which[:WHICH_LENGTH]})" if isinstance(which, str) and which else str(sentence)


def _members_words(name: str, details: Mapping[str, Any], names: Mapping[str, str]) -> str:
    ids = member_ids(details)
    known = [names[each] for each in ids if each in names][:NAMED_AT_MOST]
    others = len(ids) - len(known)
    if not known:
        joined = ngettext("%(count)d person joined the group.", "%(count)d people joined the group.", others)
        left = ngettext("%(count)d person left the group.", "%(count)d people left the group.", others)
        sentence = joined if name == "memberJoined" else left
        return sentence % {"count": others} if others > 1 else str(SENTENCES[name, ""])
    who = ", ".join(known)
    if others:
        who = ngettext("%(who)s and %(count)d other", "%(who)s and %(count)d others", others) % {"who": who, "count": others}
    sentence = _("Joined the group: %(who)s") if name == "memberJoined" else _("Left the group: %(who)s")
    return sentence % {"who": who}


def member_ids(details: Mapping[str, Any]) -> list[str]:
    """The people in an event about members; empty texts for those of whom the platform doesn't tell who they are."""
    members = details.get("members")
    found = [each for each in members if isinstance(each, dict)] if isinstance(members, list) else []
    return [each["userId"] if isinstance(each.get("userId"), str) else "" for each in found]


def names_in(messages: list[Message], account_id: int) -> dict[str, str]:
    """The names of the people in these lines, as far as they are known; no query where there are none."""
    wanted: set[str] = set()
    for message in messages:
        if message.direction == Direction.NOTICE and isinstance(details := message.data.get("details"), dict):
            wanted.update(filter(None, member_ids(details)))
    if not wanted:
        return {}
    known = SocialProfile.objects.filter(account=account_id, kind=ProfileKind.USER, line_id__in=list(wanted)[:200])
    return {profile.line_id: profile.shown_name for profile in known.select_related("contact")}

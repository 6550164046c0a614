"""Whether customers are friends of an account, and groups have it among them: what is so now, and what was when."""

from typing import Any

from django.db.models import Q

from channels_app.inbound import InboundEvent
from conversations.models import FollowState, FriendshipChange, FriendshipVerb, SocialProfile

VERBS = {"followed": FriendshipVerb.FOLLOWED, "unfollowed": FriendshipVerb.BLOCKED}


def note_change(event: InboundEvent, profile: SocialProfile) -> None:
    """Keep a follow or an unfollow in the history, once. What comes late changes nothing that happened after it.

    Inside intake's transaction. LINE: `isUnblocked` isn't guaranteed to be right.
    """
    verb = VERBS[event.kind]
    if event.details.get("isUnblocked") is True:
        verb = FriendshipVerb.UNBLOCKED
    FriendshipChange.objects.get_or_create(
        webhook_event_id=event.webhook_event_id, defaults={"profile": profile, "verb": verb, "at": event.occurred_at}
    )
    state, fields = FollowState.BLOCKED, dict[str, Any]()
    if event.kind == "followed":
        state, fields = FollowState.FOLLOWING, {"followed_at": event.occurred_at}
    older = Q(follow_changed_at=None) | Q(follow_changed_at__lte=event.occurred_at)
    SocialProfile.objects.filter(older, pk=profile.pk).update(follow_state=state, follow_changed_at=event.occurred_at, **fields)


def history_of(profile: SocialProfile, *, at_most: int) -> list[tuple[FriendshipChange, bool]]:
    """The newest changes, newest first, each with whether it was so before: a friend again, blocked again."""
    changes = list(profile.friendship_changes.order_by("-at", "-pk")[: at_most + 1])
    earlier = [{change.verb for change in changes[place + 1 :]} for place in range(len(changes))]
    return [(change, change.verb in earlier[place]) for place, change in enumerate(changes[:at_most])]

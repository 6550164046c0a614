"""Who spoke in a group or room: a profile of their own, so that each bubble has a name. Their contact knows nothing of the group."""

from channels_app.hints import hint
from channels_app.inbound import InboundEvent
from conversations import linking
from conversations.hints import FETCH_PROFILES
from conversations.models import ProfileKind, SocialProfile
from workstreams.clock import Now


def sender_of(event: InboundEvent, chat: SocialProfile) -> SocialProfile | None:
    """The profile of who wrote: the customer, or the member of the group; None where the platform tells no member.

    A member who never wrote to the account itself has no lane; the group tells their name. Inside intake's transaction.
    """
    if chat.kind == ProfileKind.USER:
        return chat
    if not event.source.member_id:
        return None
    member, created = SocialProfile.objects.get_or_create(
        account=chat.account,
        kind=ProfileKind.USER,
        line_id=event.source.member_id,
        defaults={"met_in": chat, "fetch_due_at": Now()},
    )
    if created:
        linking.link_to_known(member)
    elif member.met_in_id is None and not member.display_name:
        # The platform shows no profile of theirs, but the group may.
        SocialProfile.objects.filter(pk=member.pk).update(met_in=chat, fetch_due_at=Now(), fetch_attempts=0)
    else:
        return member
    hint_profiles()
    return member


def hint_profiles() -> None:
    """Say that profiles wait to be fetched."""
    hint(FETCH_PROFILES)

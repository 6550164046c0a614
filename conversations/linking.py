"""Who a customer is: the profile under which somebody writes is linked to a contact in our records, or not any more.

Locks: the profiles by id, then the contact. Conversations know their contact through their profile, so every conversation of a
linked profile, past and future, has it. The same user id at another account of the same provider is the same person and is linked
with it; anything less certain is only suggested (`conversations.contact_search`).
"""

from django.db.models import Q
from django.utils.translation import gettext as _

from conversations import contact_index, journal, live
from conversations.models import Contact, ContactNote, Conversation, ProfileKind, SocialProfile
from conversations.names import clean_line
from workstreams.languages import LANGUAGES
from workstreams.models import User, WorkState
from workstreams.transactions import retried

# The scripts that regions write Chinese in; what a platform calls zh-TW is in our list by its script.
CHINESE = {"zh-tw": "zh-hant", "zh-hk": "zh-hant", "zh-mo": "zh-hant", "zh-cn": "zh-hans", "zh-sg": "zh-hans"}


class CannotLink(Exception):
    """Why not, in the user's words."""


@retried
def create_contact_for(*, conversation_id: int, actor: User) -> Contact:
    """A new contact with what the profile tells, linked to it; the contact that is there if somebody was quicker.

    The same person at the provider's other account may be known: then it is that contact.
    """
    conversation, profiles = _lock(conversation_id)
    profile = conversation.profile
    if profile.contact is not None:
        return profile.contact
    known = next((each.contact for each in profiles if each.contact is not None), None)
    if known is not None:
        return link_contact(conversation_id=conversation_id, actor=actor, contact_id=known.pk)
    name = clean_line(profile.own_name or profile.platform_name) or profile.line_id[-4:]
    contact = Contact.objects.create(name=name, nickname=name, language=_listed_language(profile.language or conversation.language))
    _join(conversation, profiles, contact)
    _tell("contact_created", conversation, profiles, contact, actor)
    return contact


@retried
def link_contact(*, conversation_id: int, actor: User, contact_id: int) -> Contact:
    """Link the conversation's profile to a contact that is there. `CannotLink` if it is linked to another one already."""
    conversation, profiles = _lock(conversation_id)
    contact = Contact.objects.select_for_update(no_key=True).filter(pk=contact_id).first()
    if contact is None:
        raise CannotLink(_("This contact has been deleted meanwhile."))
    linked = conversation.profile.contact
    if linked is not None and linked.pk != contact.pk:
        raise CannotLink(_("This customer is already linked to %(name)s. Unlink that contact first.") % {"name": linked.name})
    if linked is None:
        _join(conversation, profiles, contact)
        _tell("contact_linked", conversation, profiles, contact, actor)
    return contact


@retried
def unlink_contact(*, conversation_id: int, actor: User, contact_id: int) -> None:
    """The profile, and the same person at the provider's other accounts, has no contact any more. What was written at it stays with it.

    Nothing happens if it is linked to another contact than the person saw.
    """
    conversation, profiles = _lock(conversation_id)
    contact = Contact.objects.select_for_update(no_key=True).filter(pk=contact_id).first()
    joined = [profile for profile in profiles if profile.contact_id == contact_id]
    if contact is None or conversation.profile.contact_id != contact_id:
        return
    SocialProfile.objects.filter(pk__in=[profile.pk for profile in joined], contact=contact).update(contact=None)
    ContactNote.objects.filter(profile__in=joined, contact=contact).update(contact=None)
    contact_index.reindex(contact)
    _tell("contact_unlinked", conversation, joined, contact, actor)


def link_to_known(profile: SocialProfile) -> None:
    """A profile that is new: the same user id at another account of the same provider may have a contact already.

    Runs inside the caller's transaction.
    """
    known = SocialProfile.objects.filter(_same_person(profile), contact__isnull=False).order_by("pk").first()
    if known is None or known.contact_id is None:
        return
    contact = Contact.objects.select_for_update(no_key=True).filter(pk=known.contact_id).first()
    if contact is not None and SocialProfile.objects.filter(pk=profile.pk, contact=None).update(contact=contact):
        profile.contact = contact


def _same_person(profile: SocialProfile) -> Q:
    """The profile itself, and where the provider is known, the same user id at its other accounts."""
    itself = Q(pk=profile.pk)
    account = profile.account
    if profile.kind != ProfileKind.USER or not account.provider_key:
        return itself
    return itself | Q(
        kind=profile.kind, line_id=profile.line_id, account__provider_key=account.provider_key, account__channel_type=account.channel_type
    )


def _lock(conversation_id: int) -> tuple[Conversation, list[SocialProfile]]:
    """The conversation with its profile as it is now, and every profile of the same person, locked. Only people have contacts."""
    found = Conversation.objects.select_related("profile__account").get(pk=conversation_id)
    if found.profile.kind != ProfileKind.USER:
        raise CannotLink(_("A group has no contact; its members have."))
    same = SocialProfile.objects.filter(_same_person(found.profile)).order_by("pk")
    list(same.select_for_update(no_key=True, of=("self",)).only("pk"))
    profiles = list(same.select_related("contact"))
    conversation = Conversation.objects.select_related("queue", "agent", "holder").get(pk=conversation_id)
    conversation.profile = next(profile for profile in profiles if profile.pk == found.profile_id)
    return conversation, profiles


def _join(conversation: Conversation, profiles: list[SocialProfile], contact: Contact) -> None:
    """Set the contact where there is none yet; notes and tags of these profiles are the contact's too from now on."""
    ids = [profile.pk for profile in profiles if profile.contact_id is None]
    if SocialProfile.objects.filter(pk__in=ids, contact=None).update(contact=contact) != len(ids):
        raise CannotLink(_("Somebody has just linked this customer. Look again."))
    conversation.profile.contact = contact
    ContactNote.objects.filter(profile__in=ids, contact=None).update(contact=contact)
    contact.tags.add(*SocialProfile.tags.through.objects.filter(socialprofile__in=ids).values_list("tag_id", flat=True))
    contact_index.reindex(contact)


def _tell(verb: str, conversation: Conversation, profiles: list[SocialProfile], contact: Contact, actor: User) -> None:
    """A line in the journal of this conversation and of every live one of these profiles, and hints for whoever looks at them."""
    live_ones = Conversation.objects.filter(profile__in=profiles).exclude(state=WorkState.CLOSED).exclude(pk=conversation.pk)
    for each in [conversation, *live_ones.select_related("queue", "agent", "holder")]:
        # The name isn't kept: it is looked up, as it is then, and goes when the contact goes.
        journal.record(each, verb, actor=actor, contact=contact.public_id)
        live.conversation_changed(each)


def _listed_language(code: str) -> str:
    """A platform's language as our list has it; empty if it hasn't."""
    known = dict(LANGUAGES)
    tag = code.replace("_", "-").lower()
    tag = CHINESE.get(tag, tag)
    return next((each for each in (tag, tag.split("-")[0]) if each in known), "")

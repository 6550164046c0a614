"""Gates: request code gets conversations, offers and messages only from here, scoped to the person. "Not yours" is 404."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from channels_app.models import AccountState, MediaFile, MediaOrigin, MediaState, MessagingAccount
from conversations import standby
from conversations.models import (
    Attachment,
    Contact,
    ContactNote,
    Conversation,
    Direction,
    Message,
    Offer,
    Participant,
    QuickReply,
    SocialProfile,
    Tag,
)
from conversations.models.participant import LIVE
from workstreams.models import Agent, Membership, Queue, User, WorkState

WITH_EVERYTHING_SHOWN = (
    "profile__contact",
    "profile__picture",
    "profile__lane",
    "queue",
    "channel__account",
    "channel__workstream",
    "agent__user",
    "holder__user",
    "closed_by",
)


def agent_of(user: User) -> Agent | None:
    """The working side of a person, with presence; empty for people who don't take work."""
    return Agent.objects.select_related("presence__custom", "user").filter(user_id=user.pk).first()


def get_agent(user: User) -> Agent:
    """The person's agent; 404 for people who don't take work."""
    agent = agent_of(user)
    if agent is None:
        raise Http404
    return agent


def require_supervisor(user: User) -> None:
    """404 for everybody who may not see the floor."""
    if not user.is_supervisor:
        raise Http404


def watched_accounts(user: User) -> QuerySet[MessagingAccount]:
    """The accounts whose health a supervisor sees: those that work, or are switched off for a while."""
    require_supervisor(user)
    return MessagingAccount.objects.filter(state__in=(AccountState.ACTIVE, AccountState.DISABLED)).order_by("name", "pk")


def visible_conversations(user: User) -> QuerySet[Conversation]:
    """Supervisors see all; agents those of their queues, their own, what they are asked to take or consulted about, and previous ones
    of the customers they serve.
    """
    if user.is_supervisor:
        return Conversation.objects.all()
    own = Q(agent__user=user) | Q(holder__user=user) | Q(receiver__user=user)
    serves = Conversation.objects.filter(own, profile_id=OuterRef("profile_id")).exclude(state=WorkState.CLOSED)
    queues = Membership.objects.filter(agent__user=user).values("queue_id")
    consulted = Participant.objects.filter(agent__user=user, state__in=LIVE).values("conversation_id")
    return Conversation.objects.filter(own | Q(queue_id__in=queues) | Q(pk__in=consulted) | Exists(serves))


def get_conversation(user: User, public_id: str) -> Conversation:
    """A conversation that the person may read, with all that its page shows; 404 otherwise."""
    readable = visible_conversations(user).select_related(*WITH_EVERYTHING_SHOWN, "profile__contact__organisation")
    return get_object_or_404(readable, public_id=public_id)


def get_conversation_to_supervise(user: User, public_id: str) -> Conversation:
    """Any conversation, for supervisors only; 404 otherwise."""
    require_supervisor(user)
    return get_conversation(user, public_id)


def _may_see_contacts(user: User) -> bool:
    return user.is_supervisor or Agent.objects.filter(user_id=user.pk).exists()


def visible_contacts(user: User) -> QuerySet[Contact]:
    """Every contact, for agents and supervisors; none for others."""
    return Contact.objects.all() if _may_see_contacts(user) else Contact.objects.none()


def require_contacts(user: User) -> None:
    """404 for everybody who isn't agent or supervisor."""
    if not _may_see_contacts(user):
        raise Http404


def get_contact(user: User, public_id: str) -> Contact:
    """A contact, for agents and supervisors; 404 otherwise."""
    return get_object_or_404(visible_contacts(user).select_related("organisation"), public_id=public_id)


def may_change_contact(user: User, contact: Contact) -> bool:
    """Who may see one of its conversations; as long as it has none, every agent."""
    if user.is_supervisor:
        return True
    own = Conversation.objects.filter(profile__contact=contact)
    return not own.exists() or visible_conversations(user).filter(profile__contact=contact).exists()


def get_contact_to_delete(user: User, public_id: str) -> Contact:
    """For supervisors and administrators; 404 otherwise."""
    require_supervisor(user)
    return get_contact(user, public_id)


def get_tag(user: User, public_id: str) -> Tag:
    """Any tag, for agents and supervisors; 404 otherwise."""
    require_contacts(user)
    return get_object_or_404(Tag, public_id=public_id)


def get_own_customer_note(user: User, note_id: int, *, contact: Contact | None, profile: SocialProfile | None) -> ContactNote:
    """A note that the person wrote about this contact or profile; 404 otherwise."""
    about = {"contact": contact} if contact is not None else {"profile": profile}
    return get_object_or_404(ContactNote.objects.select_related("contact"), pk=note_id, author=user, **about)


def get_offer(user: User, public_id: str) -> Offer:
    """An offer made to this person, whatever became of it; 404 otherwise."""
    offers = Offer.objects.select_related("conversation__agent__user", "conversation__profile__contact")
    return get_object_or_404(offers, public_id=public_id, agent__user=user)


def get_invitation(user: User, public_id: str) -> Participant:
    """An invitation to consult that was made to this person, whatever became of it; 404 otherwise."""
    return get_object_or_404(Participant.objects.select_related("conversation"), public_id=public_id, agent__user=user)


def get_participant(conversation: Conversation, public_id: str) -> Participant:
    """Who is or was consulted about a conversation that came through a gate; 404 otherwise."""
    return get_object_or_404(Participant, public_id=public_id, conversation=conversation)


def get_outbound_message(conversation: Conversation, message_id: int) -> Message:
    """A message of ours in a conversation that came through a gate; 404 otherwise."""
    messages = Message.objects.select_related("bubble__delivery")
    return get_object_or_404(messages, pk=message_id, conversation=conversation, direction=Direction.OUT)


def may_attach(conversation: Conversation) -> bool:
    """Whether agents may send files on the conversation's channel."""
    return conversation.channel.attachments_enabled and conversation.channel.agents_send_attachments


def get_upload(user: User, conversation: Conversation, file_id: str) -> MediaFile:
    """A file that this person uploaded for the conversation's account; 404 otherwise."""
    uploads = MediaFile.objects.filter(origin=MediaOrigin.UPLOAD, uploaded_by=user, account_id=conversation.channel.account_id)
    return get_object_or_404(uploads.exclude(state=MediaState.PURGED), public_id=file_id)


def get_uploads(user: User, conversation: Conversation, file_ids: list[str]) -> list[MediaFile]:
    """One's own uploads in the order given; 404 if one of them isn't."""
    return [get_upload(user, conversation, file_id) for file_id in file_ids]


def get_attachment(conversation: Conversation, attachment_id: int) -> Attachment:
    """An attachment in a conversation that came through a gate; 404 otherwise."""
    found = Attachment.objects.select_related("file", "message__conversation__channel", "message__conversation__queue")
    return get_object_or_404(found, pk=attachment_id, message__conversation=conversation)


def get_own_note(user: User, conversation: Conversation, message_id: int) -> Message:
    """A note that this person wrote in a conversation that came through a gate; 404 otherwise."""
    return get_object_or_404(Message, pk=message_id, conversation=conversation, direction=Direction.NOTE, author=user)


def get_message(conversation: Conversation, message_id: int) -> Message:
    """A message of the same customer as a conversation that came through a gate; 404 otherwise."""
    messages = Message.objects.select_related("conversation").filter(conversation__profile_id=conversation.profile_id)
    return get_object_or_404(messages, pk=message_id)


def get_quick_reply_to_edit(user: User, public_id: str) -> QuickReply:
    """One's own quick reply, or a shared one for those who look after them; 404 otherwise."""
    mine = Q(owner=user) | Q(owner__isnull=True) if user.is_supervisor else Q(owner=user)
    return get_object_or_404(QuickReply.objects.filter(mine), public_id=public_id)


def get_queue(public_id: str) -> Queue:
    """A queue to transfer to: any; 404 if there is none by that id."""
    return get_object_or_404(Queue, public_id=public_id)


def get_colleague(public_id: str) -> Agent:
    """An agent to transfer to; whether they may be asked is for the transfer to say. 404 if there is none by that id."""
    return get_object_or_404(Agent, public_id=public_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do in a conversation that they may read; `why_not` says in words why they can't write.

    To pass on is to transfer it, or to leave it waiting for the customer.
    """

    may_write: bool = False
    may_take: bool = False
    may_reopen: bool = False
    may_end: bool = False
    may_pass_on: bool = False
    why_not: str = ""


def standing(user: User, agent: Agent | None, conversation: Conversation) -> Standing:
    """Where the person stands. Only the agent who holds a conversation writes in it."""
    mine = agent is not None and conversation.agent_id == agent.pk
    state = conversation.state
    if state in (WorkState.OPEN, WorkState.ACTIVE, WorkState.WRAP_UP) and standby.is_standby(conversation):
        active = mine and state == WorkState.ACTIVE
        return Standing(may_end=active or (mine and state == WorkState.WRAP_UP), may_pass_on=active, why_not=standby.why_not())
    if mine and state == WorkState.ACTIVE:
        return Standing(may_write=True, may_end=True, may_pass_on=True)
    if mine and state == WorkState.WRAP_UP:
        return Standing(may_write=True, may_end=True)
    if mine and state == WorkState.WAITING:
        return Standing(may_reopen=True, why_not=_("It waits for the customer. Reopen it to write."))
    if state == WorkState.CLOSED:
        return Standing(why_not=_("This conversation has ended. When the customer writes again, a new one begins."))
    if state == WorkState.OPEN and agent is not None:
        return _standing_of_open_work(agent, conversation)
    if agent is not None and conversation.agent is not None and conversation.receiver_id == agent.pk:
        return Standing(why_not=_("%(name)s asks you to take this conversation.") % {"name": conversation.agent.user.shown_name})
    if conversation.agent is not None:
        return Standing(
            why_not=_("%(name)s holds this conversation. You are reading along.") % {"name": conversation.agent.user.shown_name}
        )
    return Standing(why_not=_("You are reading along. Only agents answer customers."))


def _standing_of_open_work(agent: Agent, conversation: Conversation) -> Standing:
    holder = conversation.holder
    if holder is not None and holder.pk == agent.pk:
        return Standing(why_not=_("It is being offered to you."))
    if holder is not None:
        return Standing(why_not=_("It is being offered to %(name)s.") % {"name": holder.user.shown_name})
    if Membership.objects.filter(agent=agent, queue=conversation.queue).exists():
        return Standing(may_take=True, why_not=_("Nobody holds this conversation yet. Assign it to yourself to answer."))
    return Standing(why_not=_("It waits in the queue %(queue)s, which isn't one of yours.") % {"queue": conversation.queue})

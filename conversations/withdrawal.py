"""What a customer took back goes from where it isn't the message itself: drafts with its words, answers that quote it.

Drafts follow an edit too.

LINE: utmost care, so that it can no longer be seen or used. The message, its files and its raw event are blanked by
`intake`, `attachments` and `channels_app.receiving`.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from channels_app.cancelling import cancel_bubbles
from channels_app.models import Bubble, DeliveryState
from conversations import former_words, live
from conversations.decisions import forget_facts
from conversations.fact_catalogue import FIRST_TEXT
from conversations.models import Conversation, Draft, Message, SocialProfile

TAKEN_BACK = gettext_noop("The customer took back the message that this answers.")


def follow_words(conversation: Conversation, message: Message, former: str) -> None:
    """In what colleagues are writing, quote words as the message has them now, or no more. The caller holds the conversation's lock.

    Later conversations of the customer show this one above their own lines, so it is quoted there too. What is on its way from a
    page meets the new `words_version` (`drafts.save_draft`).
    """
    later = _lock_later_conversations(conversation)
    live.conversations_moved(later)
    remembered = former_words.remember(message, former)
    if not remembered:
        return
    quoting = [conversation, *later]
    Conversation.objects.filter(pk__in=[each.pk for each in quoting]).update(words_version=max(each.pk for each in remembered))
    for draft in Draft.objects.select_for_update(no_key=True).filter(conversation__in=quoting).order_by("pk"):
        if replaced := former_words.quoted_in(draft.text, remembered):
            draft.text = former_words.quote_all_anew(draft.text, replaced)
            if draft.text.strip():
                draft.save(update_fields=["text"])
            else:
                draft.delete()


def _lock_later_conversations(conversation: Conversation) -> list[Conversation]:
    """The same customer's, on whichever channel, that began after this one."""
    contact_id = conversation.profile.contact_id
    same = SocialProfile.objects.filter(contact=contact_id).values_list("pk", flat=True) if contact_id else [conversation.profile_id]
    found = Conversation.objects.filter(profile__in=list(same), pk__gt=conversation.pk)
    keys = list(found.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return list(Conversation.objects.filter(pk__in=keys).select_related("queue", "agent", "holder", "receiver")) if keys else []


def forget_first_text(conversation: Conversation, words: str) -> None:
    """The words by which the conversation was routed, if they were these: its decisions lose them too. The caller holds its lock."""
    if words:
        Conversation.objects.filter(pk=conversation.pk, first_text=words).update(first_text="")
        forget_facts(conversation.decisions.all(), lambda name, value: name == FIRST_TEXT and value == words)


def cancel_answers(message: Message) -> None:
    """Answers that quote the message and haven't left don't leave. The caller holds the lane's lock."""
    lane_id = message.conversation.profile.lane_id
    if lane_id is None:
        return
    waiting = Bubble.objects.filter(Q(delivery=None) | Q(delivery__state=DeliveryState.RETRY), lane=lane_id)
    _cancel(lane_id, waiting.filter(message__account=message.account_id, message__quoted_message_id=message.line_message_id))


def cancel_late_answers(messages: Collection[Message]) -> None:
    """The same for messages of ours that were on their way when what they quote was taken back, and came back unsent.

    The caller holds the lane's lock.
    """
    quoting = [message for message in messages if message.quoted_message_id]
    if not quoting:
        return
    quoted = {message.quoted_message_id for message in quoting}
    withdrawn = Message.objects.filter(account=quoting[0].account_id, line_message_id__in=quoted, withdrawn_at__isnull=False)
    gone = set(withdrawn.values_list("line_message_id", flat=True))
    if gone:
        bubbles = Bubble.objects.filter(message__in=[message for message in quoting if message.quoted_message_id in gone])
        _cancel(bubbles[0].lane_id, bubbles)


def _cancel(lane_id: int, bubbles: QuerySet[Bubble]) -> None:
    cancel_bubbles(lane_id=lane_id, bubble_ids=[bubble.pk for bubble in bubbles], reason=TAKEN_BACK)

"""What a customer took back goes from where it isn't the message itself: drafts with its words, answers that quote it.

Drafts follow an edit too: nothing knows former words, so nobody could cut them out later.

LINE: utmost care, so that it can no longer be seen or used. The message, its files and its raw event are blanked by
`intake`, `attachments` and `channels_app.receiving`.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from channels_app.cancelling import cancel_bubbles
from channels_app.models import Bubble, DeliveryState
from conversations.decisions import forget_facts
from conversations.fact_catalogue import FIRST_TEXT
from conversations.models import Conversation, Draft, Message

# Fewer letters are words that anybody writes, and no quotation.
QUOTATION_LENGTH = 8
TAKEN_BACK = gettext_noop("The customer took back the message that this answers.")


def follow_words(conversation: Conversation, words: str, now: str = "") -> None:
    """In what colleagues are writing in the conversation, quote words as they are now, or no more. The caller holds its lock.

    An emptied draft stays as a row: that it is newer than theirs tells browsers not to bring the words back.
    """
    words, now = words.strip(), now.strip()
    if len(words) < QUOTATION_LENGTH:
        return
    for draft in Draft.objects.select_for_update(no_key=True).filter(conversation=conversation, text__contains=words).order_by("pk"):
        left = draft.text.replace(words, now)
        draft.text, draft.saved_at = left if left.strip(" \n>\"'「」“”") else "", timezone.now()
        draft.save(update_fields=["text", "saved_at"])


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

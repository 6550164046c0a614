"""What the health pages call each kind of error."""

from django.utils.translation import gettext_lazy as _

from channels_app import health, tally
from channels_app.adapter import Outcome

ERROR_WORDS = {
    tally.WRONG_SIGNATURE: _("Webhook with a wrong signature"),
    tally.TOO_LARGE: _("Webhook that was too large"),
    tally.NOT_STORED: _("Webhook that could not be stored"),
    health.DEAD_LETTER: _("Event that could not be processed"),
    tally.SEND + Outcome.UNREACHABLE: _("Sending: no connection"),
    tally.SEND + Outcome.UNCLEAR: _("Sending: no clear answer"),
    tally.SEND + Outcome.RATE_LIMITED: _("Sending: too many requests"),
    tally.SEND + Outcome.QUOTA_REACHED: _("Sending: the month's messages are used up"),
    tally.SEND + Outcome.UNAUTHORIZED: _("Sending: the token was refused"),
    tally.SEND + Outcome.REPLY_TOKEN_INVALID: _("Sending: too late for a free reply"),
    tally.SEND + Outcome.REJECTED: _("Sending: the message was refused"),
    tally.MEDIA_FAILED: _("File that could not be fetched"),
}

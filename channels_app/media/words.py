"""Files in words: how large, how long, and why there is nothing to see."""

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_app.models import MediaReason

_REASONS = {
    MediaReason.OFF: gettext_lazy("Attachments are off for this channel."),
    MediaReason.BLOCKED: gettext_lazy("Files of this kind aren't taken, because they may do harm."),
    MediaReason.EMPTY: gettext_lazy("The file is empty."),
    MediaReason.DAMAGED: gettext_lazy("The file is damaged, or isn't what it says it is."),
    MediaReason.GONE: gettext_lazy("The platform doesn't have this file any more."),
    MediaReason.NOT_PREPARED: gettext_lazy("The platform hasn't prepared this file."),
    MediaReason.UNREACHABLE: gettext_lazy("The file couldn't be fetched: no connection."),
    MediaReason.FORBIDDEN: gettext_lazy("The file couldn't be fetched: access was refused."),
    MediaReason.NO_SPACE: gettext_lazy("The file couldn't be kept here. The disk may be full."),
}


def reason(code: str) -> str:
    """Why a file isn't there."""
    if code == MediaReason.TOO_LARGE:
        return _("The file is too large: more than %(limit)d MB.") % {"limit": settings.ATTACHMENT_MAX_MB}
    return str(_REASONS.get(MediaReason(code), "")) if code in MediaReason.values else ""


def size(count: int) -> str:
    """Bytes as people say them: 512 B, 34 KB, 4.8 MB."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{round(count / 1024)} KB"
    return f"{number_format(count / (1024 * 1024), decimal_pos=1)} MB"


def length(milliseconds: int) -> str:
    """A length as players show it: 0:05, 12:40, 1:02:03."""
    seconds = round(milliseconds / 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

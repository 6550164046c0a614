"""Signed addresses of files. Whoever has one sees that file, so one for a page ends, and one that is sent to a customer is long."""

import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from channels_app.models import MediaFile

ORIGINAL, PREVIEW = "original", "preview"
VARIANTS = (ORIGINAL, PREVIEW)
# A page's links end at the end of the next day (UTC): the same for a whole day, so that a page that is fetched again is the same.
PAGE_DAYS = 2
_SALT = "channels_app.media"
FOR_EVER = "0"


def page_link(file: MediaFile, variant: str = ORIGINAL) -> str:
    """The path of a file for somebody's open page; it ends within two days."""
    last_day = timezone.now().date() + datetime.timedelta(days=PAGE_DAYS)
    return _path(file, variant, str(last_day.toordinal()))


def public_link(file: MediaFile, variant: str = ORIGINAL) -> str:
    """The address of a file for the platform and the customer. LINE doesn't say how long it must stay, so it stays with the file."""
    return settings.PUBLIC_BASE_URL + _path(file, variant, FOR_EVER)


def _path(file: MediaFile, variant: str, until: str) -> str:
    name = "preview.jpg" if variant == PREVIEW else file.name or "file"
    return reverse("media", args=[file.public_id, variant, until, _signature(file.public_id, variant, until), name])


def _signature(public_id: str, variant: str, until: str) -> str:
    return Signer(salt=_SALT).signature(f"{public_id}:{variant}:{until}")


def is_valid(public_id: str, variant: str, until: str, signature: str) -> bool:
    """Whether the address was made here and hasn't ended."""
    try:
        Signer(salt=_SALT).unsign(f"{public_id}:{variant}:{until}:{signature}")
    except BadSignature:
        return False
    return until == FOR_EVER or int(until) >= timezone.now().date().toordinal()

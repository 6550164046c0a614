"""Links with which people set their own password: shown once, used once, and nobody else ever types a password for them.

A person has one link at most. It ends with its use, with a newer one, with its time (`PASSWORD_LINK_DAYS`), and when the
person is deactivated. The token is only in the link; the row holds its hash.
"""

import datetime
import hashlib
import secrets

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workstreams.audit import record_change
from workstreams.clock import database_now
from workstreams.models import PasswordLink, User
from workstreams.transactions import retried


class LinkGone(Exception):
    """The link was used, replaced or withdrawn, or its time is over. Which of them is nobody's business."""


@retried
def make_link(*, actor: User, person: User) -> str:
    """A new link for this person, as an address to be handed over; the former one ends. `ValidationError` for the deactivated."""
    token, now = secrets.token_urlsafe(32), database_now()
    locked = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not locked.is_active:
        raise ValidationError(_("%(name)s is deactivated. Reactivate the account first.") % {"name": person.shown_name})
    ends_at = now + datetime.timedelta(days=settings.PASSWORD_LINK_DAYS)
    row = {"token_hash": _hash(token), "made_at": now, "ends_at": ends_at}
    PasswordLink.objects.update_or_create(person=locked, defaults=row)
    record_change(actor=actor, target=locked, fields=[gettext_noop("Password link")])
    return settings.PUBLIC_BASE_URL + reverse("welcome", args=[token])


def person_of(token: str) -> User:
    """Whose link this is, without using it. `LinkGone` if it leads nowhere any more."""
    works = PasswordLink.objects.filter(token_hash=_hash(token), ends_at__gt=database_now(), person__is_active=True)
    link = works.select_related("person").first()
    if link is None:
        raise LinkGone
    return link.person


@retried
def set_password(*, token: str, password: str) -> User:
    """Use the link: the person's password is this one from now on, and every other session of theirs ends.

    The caller has validated the password. `LinkGone` for whoever comes second.
    """
    person_id = person_of(token).pk
    person = User.objects.select_for_update(no_key=True).get(pk=person_id)
    used, _rows = PasswordLink.objects.filter(person=person, token_hash=_hash(token)).delete()
    if not used or not person.is_active:
        raise LinkGone
    person.set_password(password)
    person.save(update_fields=["password"])
    return person


def end_link(person: User) -> None:
    """Nobody can use the person's link any more. Runs in the caller's transaction, which has locked the person."""
    with transaction.atomic():
        PasswordLink.objects.filter(person=person).delete()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

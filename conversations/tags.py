"""Tags of customers: of the contact if there is one, else of the profile. Locks: the profile, then the contact."""

import zlib

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from conversations import contact_index, contacts, live
from conversations.contact_values import Refused, line
from conversations.contacts import CannotSave
from conversations.models import Contact, SocialProfile, Tag
from conversations.models.tag import COLOURS
from conversations.search_text import folded
from workstreams.models import User
from workstreams.transactions import retried

NAME_LENGTH = 40
TAGS_AT_MOST = 30


def save_tag(*, tag: Tag, name: str, colour: int | None = None) -> Tag:
    """A tag by its name; a new one has a colour that depends on the name. `CannotSave` if there is one of that name, or no name."""
    try:
        tag.name = line(name, NAME_LENGTH)
    except Refused as refusal:
        raise CannotSave({"name": str(refusal)}) from None
    tag.key = folded(tag.name)
    if not tag.key:
        raise CannotSave({"name": _("A tag needs a name.")})
    if Tag.objects.filter(key=tag.key).exclude(pk=tag.pk).exists():
        raise CannotSave({"name": _("There is a tag of this name already.")})
    tag.colour = zlib.crc32(tag.key.encode()) % COLOURS if colour is None else colour
    try:
        return _written(tag)
    except IntegrityError as error:
        raise CannotSave({"name": _("There is a tag of this name already.")}) from error


@retried
def _written(tag: Tag) -> Tag:
    tag.save()
    for contact_id in tag.contacts.order_by("pk").values_list("pk", flat=True):
        contact_index.reindex_by_id(contact_id)
    return tag


@retried
def delete_tag(*, tag: Tag) -> None:
    """Take a tag from everybody who has it, and forget it."""
    tagged = list(tag.contacts.order_by("pk").values_list("pk", flat=True))
    tag.delete()
    for contact_id in tagged:
        contact_index.reindex_by_id(contact_id)


@retried
def add_tag(*, actor: User, name: str, contact: Contact | None, profile: SocialProfile | None) -> Tag:
    """Put a tag on a customer; one that isn't there yet is made. Twice is once. `CannotSave` says what is wrong with the name."""
    owner = _owner(contact, profile)
    tag = _tag_called(_line_or_refuse(name))
    if owner.tags.exclude(pk=tag.pk).count() >= TAGS_AT_MOST:
        raise CannotSave({"tag": _("A customer has at most %(limit)d tags.") % {"limit": TAGS_AT_MOST}})
    owner.tags.add(tag)
    _changed(owner)
    return tag


@retried
def remove_tag(*, actor: User, tag: Tag, contact: Contact | None, profile: SocialProfile | None) -> None:
    """Take a tag from a customer. The tag itself stays for others."""
    owner = _owner(contact, profile)
    owner.tags.remove(tag)
    _changed(owner)


def _tag_called(name: str) -> Tag:
    """The tag of this name, made if there is none; somebody else may make it at the same moment."""
    found = Tag.objects.filter(key=folded(name)).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return save_tag(tag=Tag(), name=name)
    except CannotSave:
        found = Tag.objects.filter(key=folded(name)).first()
        if found is None:
            raise
        return found


def _line_or_refuse(name: str) -> str:
    """A tag's name in one line; `CannotSave` if it is too long."""
    try:
        return line(name, NAME_LENGTH)
    except Refused as refusal:
        raise CannotSave({"tag": str(refusal)}) from None


def _owner(contact: Contact | None, profile: SocialProfile | None) -> Contact | SocialProfile:
    found = contacts.locked(contact, profile)
    owner = found[0] or found[1]
    if owner is None:
        raise ValueError("a tag is put on a contact or on a profile")
    return owner


def _changed(owner: Contact | SocialProfile) -> None:
    if isinstance(owner, Contact):
        contact_index.reindex(owner)
        contacts.tell(owner)
    else:
        live.customers_changed([owner.pk])

"""What staff do with contacts and profiles, apart from linking them. Locks: the profile, then the contact."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from channels_app.hints import hint
from conversations import contact_index, decisions, live, preferred
from conversations.contact_values import Entered, Refused, line, read_contact
from conversations.hints import FETCH_PROFILES
from conversations.models import Contact, ContactField, ContactKind, ContactNote, SocialProfile
from workstreams.clock import Now
from workstreams.models import User
from workstreams.transactions import retried

OWN_NAME_LENGTH = 100


class CannotSave(Exception):
    """What was entered can't be kept: `errors` in the user's words by the name of the input; "" is about the whole."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@retried
def add_contact(*, actor: User, raw: Mapping[str, str]) -> Contact:
    """A contact that nobody has written as yet. `CannotSave` if it has no name or a value can't be kept."""
    entered = read_contact(raw, contact=None, definitions=ContactField.objects.all())
    _read_organisation(raw, entered, None)
    if entered.errors:
        raise CannotSave(entered.errors)
    contact = Contact.objects.create(**entered.fields)
    preferred.save(contact, raw)
    contact_index.reindex(contact)
    return contact


@retried
def save_contact(*, contact_id: int, actor: User, raw: Mapping[str, str], version: int) -> Contact:
    """Change what a form sent. `version` is the one the person saw: `CannotSave` if somebody changed the contact since."""
    contact = Contact.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation").filter(pk=contact_id).first()
    if contact is None:
        raise CannotSave({"": _("This contact has been deleted meanwhile.")})
    entered = read_contact(raw, contact=contact, definitions=ContactField.objects.all())
    _read_organisation(raw, entered, contact)
    if entered.errors:
        raise CannotSave(entered.errors)
    if contact.version != version:
        raise CannotSave({"": _("Somebody else changed this contact while you did. Look at your changes and save again.")})
    renamed = contact.name != entered.fields["name"]
    for name, value in entered.fields.items():
        setattr(contact, name, value)
    contact.version += 1
    contact.save(update_fields=[*entered.fields, "version"])
    preferred.save(contact, raw)
    contact_index.reindex(contact)
    if renamed and contact.kind == ContactKind.ORGANISATION:
        for person in contact.people.select_for_update(no_key=True).order_by("pk"):
            contact_index.reindex(person)
    tell(contact)
    return contact


@retried
def delete_contact(*, contact_id: int, actor: User) -> None:
    """Forget a contact. Its profiles and conversations stay, with what was written at them; the rest goes, also from what rules saw.

    Whoever points something to a contact holds its lock, so nothing new points to it once it is locked here.
    """
    list(SocialProfile.objects.select_for_update(no_key=True).filter(contact=contact_id).order_by("pk").only("pk"))
    contact = Contact.objects.select_for_update(no_key=True).filter(pk=contact_id).first()
    if contact is None:
        return
    tell(contact)
    people = list(contact.people.values_list("pk", flat=True))
    ContactNote.objects.filter(contact=contact, profile__isnull=False).update(contact=None)
    decisions.forget_contact(contact)
    contact.delete()
    for person in people:
        contact_index.reindex_by_id(person)


@retried
def set_own_name(*, profile_id: int, actor: User, name: str) -> SocialProfile:
    """What we call this profile; empty: by its own name again. `CannotSave` if it is too long."""
    try:
        own_name = line(name, OWN_NAME_LENGTH)
    except Refused as refusal:
        raise CannotSave({"own_name": str(refusal)}) from None
    profile = SocialProfile.objects.select_for_update(no_key=True).get(pk=profile_id)
    profile.own_name = own_name
    profile.save(update_fields=["own_name"])
    contact_index.reindex_of_profile(profile.pk)
    live.customers_changed([profile.pk])
    return profile


def refresh_profile(*, profile_id: int, actor: User) -> None:
    """Ask the platform for name, picture and language again, in the background."""
    SocialProfile.objects.filter(pk=profile_id).update(fetch_due_at=Now(), fetch_attempts=0)
    hint(FETCH_PROFILES)


def locked(contact: Contact | None, profile: SocialProfile | None) -> tuple[Contact | None, SocialProfile | None]:
    """A customer as it is now, locked: the profile with the contact it has at this moment, or the contact alone.

    `CannotSave` if the contact has been deleted meanwhile.
    """
    if profile is not None:
        profile = SocialProfile.objects.select_for_update(no_key=True).get(pk=profile.pk)
        contact = profile.contact
        if contact is None:
            return None, profile
    found = Contact.objects.select_for_update(no_key=True).filter(pk=contact.pk).first() if contact is not None else None
    if found is None:
        raise CannotSave({"": _("This contact has been deleted meanwhile.")})
    return found, profile


def tell(contact: Contact) -> None:
    """Hints for everybody who has one of the contact's conversations before them."""
    live.customers_changed(list(contact.profiles.values_list("pk", flat=True)))


def _read_organisation(raw: Mapping[str, str], entered: Entered, contact: Contact | None) -> None:
    """The organisation by name: one that is there (the oldest, if several are called so); a new name makes a new organisation."""
    if entered.fields["kind"] == ContactKind.ORGANISATION:
        entered.fields["organisation"] = None
        return
    if "organisation" not in raw:
        return
    try:
        name = line(raw["organisation"], 200)
    except Refused as refusal:
        entered.errors["organisation"] = str(refusal)
        return
    if not name or entered.errors:
        entered.fields["organisation"] = None
        return
    now = contact.organisation if contact else None
    entered.fields["organisation"] = now if now is not None and now.name == name else _organisation(name)


def _organisation(name: str) -> Contact:
    found = Contact.objects.select_for_update(no_key=True).filter(kind=ContactKind.ORGANISATION, name=name).order_by("pk").first()
    if found is None:
        found = Contact.objects.create(kind=ContactKind.ORGANISATION, name=name)
        contact_index.reindex(found)
    return found

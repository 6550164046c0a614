"""The facts that routing rules may test (`FACT_CATALOGUE`); `conversations.facts` finds their values."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from channels_app.models import AccountState, MessagingAccount
from conversations.models import ContactField, ContactKind, FieldKind, FollowState, MessageKind, ProfileKind
from workstreams.models import Skill
from workstreams.routing.decide import PRIORITY, SKILLS
from workstreams.routing.facts import OPERATORS_OF, VARIABLE, Choices, Fact, ValueType

FIRST_TEXT = "message.first_text"
LANGUAGE = "customer.language"
KNOWN = "customer.known"
CONTACT = "customer.contact"
TAGS = "customer.tags"
ORGANISATION = "contact.organisation"
FIELD = "contact.field."
# What a customer is called, speaks and is marked with may come from the contact, too.
OF_CONTACT = ("contact.", "customer.name", LANGUAGE, TAGS)

WEEKDAYS: Choices = (
    *(("monday", _("Monday")), ("tuesday", _("Tuesday")), ("wednesday", _("Wednesday")), ("thursday", _("Thursday"))),
    *(("friday", _("Friday")), ("saturday", _("Saturday")), ("sunday", _("Sunday"))),
)
KINDS_OF_FIELDS = {
    FieldKind.TEXT: ValueType.TEXT,
    FieldKind.NUMBER: ValueType.NUMBER,
    FieldKind.DATE: ValueType.DATE,
    FieldKind.CHOICE: ValueType.CHOICE,
    FieldKind.YES_NO: ValueType.BOOLEAN,
}


def _accounts() -> Choices:
    return tuple(MessagingAccount.objects.exclude(state=AccountState.REMOVED).values_list("public_id", "name"))


def _skills() -> Choices:
    return tuple((str(pk), name) for pk, name in Skill.objects.values_list("pk", "name"))


def _as_choices(kinds: Any) -> Choices:
    return tuple((str(value), label) for value, label in kinds.choices)


def _catalogue() -> Iterator[Fact]:
    """In the order in which they are offered, group by group."""
    group = _("Message")
    yield Fact(FIRST_TEXT, _("first message"), ValueType.TEXT, group=group, explanation=_("The text with which the conversation began."))
    yield Fact(
        "message.kind",
        _("kind of the first message"),
        ValueType.CHOICE,
        group=group,
        explanation=_("Text, picture, sticker and so on."),
        choices=tuple(pair for pair in _as_choices(MessageKind) if pair[0] != MessageKind.NOTICE),
    )
    yield Fact(
        "message.language",
        _("language of the first message"),
        ValueType.LANGUAGE,
        group=group,
        explanation=_("As far as its script gives it away: Japanese, Chinese, Korean, Thai."),
    )
    group = _("Customer")
    yield Fact(
        LANGUAGE,
        _("customer language"),
        ValueType.LANGUAGE,
        group=group,
        explanation=_("Of the contact, else of the profile, else of the first message's script."),
    )
    yield Fact(
        KNOWN,
        _("customer is known"),
        ValueType.BOOLEAN,
        group=group,
        explanation=_("Wrote before, or is in our records."),
        negation=_("customer is new"),
    )
    yield Fact(
        CONTACT,
        _("customer is in our records"),
        ValueType.BOOLEAN,
        group=group,
        explanation=_("The profile is linked to a contact."),
        negation=_("customer isn't in our records"),
    )
    yield Fact(TAGS, _("customer tag"), ValueType.LIST, group=group, explanation=_("The tags of the contact, else of the profile."))
    yield Fact("customer.name", _("customer name"), ValueType.TEXT, group=group, explanation=_("As colleagues see it."))
    group = _("Contact")
    kinds = _as_choices(ContactKind)
    yield Fact("contact.kind", _("kind of contact"), ValueType.CHOICE, group=group, explanation=_("Person or organisation."), choices=kinds)
    yield Fact(
        ORGANISATION,
        _("organisation of the contact"),
        ValueType.TEXT,
        group=group,
        explanation=_("The name of the organisation to which the contact belongs, or its own name if it is one."),
    )
    group = _("Profile")
    yield Fact("profile.name", _("name in the profile"), ValueType.TEXT, group=group, explanation=_("As the customer chose it."))
    yield Fact("profile.language", _("language of the profile"), ValueType.LANGUAGE, group=group, explanation=_("As the app is set."))
    yield Fact(
        "profile.returning",
        _("customer has written before"),
        ValueType.BOOLEAN,
        group=group,
        explanation=_("There was a conversation before this one."),
        negation=_("customer writes for the first time"),
    )
    yield Fact(
        "profile.follow_state",
        _("friendship"),
        ValueType.CHOICE,
        group=group,
        explanation=_("Whether the customer has added the account as a friend."),
        choices=_as_choices(FollowState),
    )
    yield Fact(
        "profile.kind",
        _("kind of chat"),
        ValueType.CHOICE,
        group=group,
        explanation=_("One customer, a group or a room."),
        choices=tuple(pair for pair in _as_choices(ProfileKind) if pair[0] != ProfileKind.UNKNOWN),
    )
    group = _("Channel")
    yield Fact(
        "channel.account",
        _("messaging account"),
        ValueType.CHOICE,
        group=group,
        explanation=_("The account to which the customer wrote."),
        choices=_accounts,
    )
    yield Fact("channel.language", _("language of the channel"), ValueType.LANGUAGE, group=group, explanation=_("As it was set up."))
    group = _("Time")
    zone = _("In the time zone of these rules.")
    yield Fact("time.of_day", _("time of day"), ValueType.TIME, group=group, explanation=zone)
    yield Fact("time.hour", _("hour"), ValueType.NUMBER, group=group, explanation=_("From 0 to 23, in the time zone of these rules."))
    yield Fact("time.weekday", _("weekday"), ValueType.CHOICE, group=group, explanation=zone, choices=WEEKDAYS)
    yield Fact("time.date", _("date"), ValueType.DATE, group=group, explanation=zone)
    yield Fact(
        "time.holiday",
        _("today is a holiday"),
        ValueType.BOOLEAN,
        group=group,
        explanation=_("A public holiday of the country of these rules; not known without a country."),
        negation=_("today is no holiday"),
    )
    group = _("Queue")
    yield Fact(
        "queue.waiting",
        _("waiting conversations"),
        ValueType.NUMBER,
        group=group,
        explanation=_("How many conversations wait in the queue."),
        of_queue=True,
    )
    yield Fact(
        "queue.agents", _("agents there"), ValueType.NUMBER, group=group, explanation=_("How many members are there."), of_queue=True
    )
    yield Fact(
        "queue.is_open",
        _("operating hours"),
        ValueType.BOOLEAN,
        operators=("is",),
        group=group,
        explanation=_("Whether it is within the operating hours of the queue."),
        of_queue=True,
    )
    group = _("Conversation")
    yield Fact(PRIORITY, _("priority"), ValueType.NUMBER, group=group, explanation=_("As earlier rulesets have set it."))
    yield Fact(
        SKILLS, _("required skill"), ValueType.LIST, group=group, explanation=_("As earlier rulesets have added them."), choices=_skills
    )
    yield Fact(
        VARIABLE + "*",
        _("context variable"),
        ValueType.TEXT,
        operators=(*OPERATORS_OF[ValueType.TEXT], "more_than", "less_than", "between"),
        group=group,
        explanation=_("A text or a number that an earlier ruleset has set."),
    )


FIXED: dict[str, Fact] = {fact.name: fact for fact in _catalogue()}


class Catalogue(Mapping[str, Fact]):
    """The facts that there always are, and one for each additional field of contacts; those are read when first asked for."""

    def __getitem__(self, name: str) -> Fact:
        return FIXED[name] if name in FIXED else self._fields[name]

    def __iter__(self) -> Iterator[str]:
        yield from FIXED
        yield from self._fields

    def __len__(self) -> int:
        return len(FIXED) + len(self._fields)

    def __contains__(self, name: object) -> bool:
        return name in FIXED or (isinstance(name, str) and name.startswith(FIELD) and name in self._fields)

    @cached_property
    def _fields(self) -> dict[str, Fact]:
        return {FIELD + row.public_id: _fact_of_field(row) for row in ContactField.objects.all()}


def catalogue() -> Catalogue:
    """The catalogue as it is now (`FACT_CATALOGUE`)."""
    return Catalogue()


def _fact_of_field(row: ContactField) -> Fact:
    choices = tuple((str(choice), str(choice)) for choice in row.choices) if row.kind == FieldKind.CHOICE else ()
    kind = KINDS_OF_FIELDS[FieldKind(row.kind)]
    return Fact(
        FIELD + row.public_id, row.name, kind, group=_("Contact"), explanation=_("An additional field of contacts."), choices=choices
    )

"""The one form of a person: who they are, how they sign in, what they may do, and the work they take."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.configuration import UNITS_OF_AN_AGENT, units_of_a_conversation
from workstreams.languages import languages_by_name
from workstreams.models import Agent, BasePresence, Queue, Role, Skill, User
from workstreams.models.skills import HIGHEST_RATING, LOWEST_RATING

from .pages import ConsoleForm, checkbox, checkbox_list, number_input, radio_buttons, select, text_input

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ROLES: "list[tuple[str, StrOrPromise]]" = [
    (Role.AGENT, gettext_lazy("Agent: answers customers.")),
    (Role.SUPERVISOR, gettext_lazy("Supervisor: also sees the work of all agents and passes it on.")),
    (Role.ADMINISTRATOR, gettext_lazy("Administrator: also sets up channels, rules and people.")),
]
WORK_FIELDS = ("public_name", "conversations_at_once", "queues", "languages")
# Inputs of the agent's side can only be used while the box above them is ticked.
NEEDS_WORK = {"data-needs": "id_takes_work"}


class PersonForm(ConsoleForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        help_text=gettext_lazy("The name that colleagues see."),
        widget=text_input(autofocus=True, autocomplete="off"),
    )
    username = forms.CharField(
        label=gettext_lazy("Log-in"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=gettext_lazy("What they type to sign in. Letters, digits and @ . + - _ only."),
        widget=text_input(autocapitalize="none", spellcheck="false", autocomplete="off"),
    )
    email = forms.EmailField(label=gettext_lazy("Mail"), required=False, widget=text_input(type="email", autocomplete="off"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLES, initial=Role.AGENT, widget=radio_buttons())
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the pages"),
        choices=[("", gettext_lazy("As the browser")), *settings.LANGUAGES],
        required=False,
        widget=select(),
    )
    takes_work = forms.BooleanField(label=gettext_lazy("Takes conversations as an agent"), required=False, initial=True, widget=checkbox())
    public_name = forms.CharField(
        label=gettext_lazy("Public name"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("The name that customers see. Left empty, it is the name above."),
        widget=text_input(autocomplete="off", **NEEDS_WORK),
    )
    conversations_at_once = forms.IntegerField(
        label=gettext_lazy("Conversations at once"), min_value=0, max_value=100, required=False, widget=number_input(**NEEDS_WORK)
    )
    queues = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Queues"),
        queryset=Queue.objects.order_by("name"),
        required=False,
        help_text=gettext_lazy("Conversations of these are offered to them. Leaving a queue takes no conversation away."),
        widget=checkbox_list(),
    )
    default_presence = forms.ChoiceField(
        label=gettext_lazy("Presence after signing in"),
        choices=BasePresence.choosable,
        initial=BasePresence.AVAILABLE,
        required=False,
        help_text=gettext_lazy("Available follows what the agent has: Busy with work, Do not disturb when there is no room."),
        widget=select(),
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages that they write"), choices=languages_by_name, required=False, widget=checkbox_list()
    )

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        self.person = person
        self.agent = Agent.objects.filter(user=person).first() if person else None
        self.units = units_of_a_conversation()
        initial = (_values_of(person, self.agent, self.units) if person else {}) | kwargs.pop("initial", {})
        initial.setdefault("conversations_at_once", UNITS_OF_AN_AGENT // self.units)
        super().__init__(*args, initial=initial, **kwargs)
        count = self.fields["conversations_at_once"]
        count.help_text = _("%(count)s conversations = %(total)s units, if one takes %(units)s.") % {
            "count": UNITS_OF_AN_AGENT // self.units,
            "total": UNITS_OF_AN_AGENT,
            "units": self.units,
        }
        self.skills = {f"skill_{skill.pk}": skill for skill in Skill.objects.all()}
        for name, skill in self.skills.items():
            self.fields[name] = forms.IntegerField(
                label=skill.name, min_value=LOWEST_RATING, max_value=HIGHEST_RATING, required=False, widget=number_input()
            )
        for name in ("queues", "languages", "default_presence", *self.skills):
            self.fields[name].widget.attrs.update(NEEDS_WORK)
        if person:
            self.fields["name"].widget.attrs.pop("autofocus", None)
        elif not self.is_bound:
            self.fields["takes_work"].widget.attrs["data-ticked-for"] = f"role:{Role.AGENT}"

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["public_name"] = values.get("public_name") or values.get("name", "")[:100]
        count = values.pop("conversations_at_once", None)
        values["units_total"] = self._units_of(count)
        values["default_presence"] = values.get("default_presence") or BasePresence.AVAILABLE
        return values

    @property
    def skill_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.skills]

    def _units_of(self, count: int | None) -> int:
        """Units for so many conversations. A count that wasn't changed leaves units alone that are no whole number of them."""
        before = self.agent.units_total if self.agent else UNITS_OF_AN_AGENT
        return before if count is None or count == before // self.units else count * self.units

    def filled_person(self) -> User:
        """The person with what the form says, not saved."""
        values, person = self.cleaned_data, self.person or User()
        person.first_name, person.last_name = values["name"], ""
        for name in ("username", "email", "role", "language"):
            setattr(person, name, values[name])
        return person

    def work(self) -> dict[str, Any]:
        """The agent's side, as `save_person` takes it."""
        names = ("takes_work", "public_name", "languages", "units_total", "queues", "default_presence")
        ratings = {skill.pk: self.cleaned_data[name] for name, skill in self.skills.items() if self.cleaned_data.get(name)}
        return {name: self.cleaned_data[name] for name in names} | {"skills": ratings}


def _values_of(person: User, agent: Agent | None, units: int) -> dict[str, Any]:
    values: dict[str, Any] = {"name": person.shown_name} | {
        name: getattr(person, name) for name in ("username", "email", "role", "language")
    }
    if agent is None:
        return values | {"takes_work": False}
    queues = list(agent.queues.values_list("pk", flat=True))
    return values | {
        "takes_work": bool(queues) or person.role == Role.AGENT,
        "public_name": agent.public_name,
        "languages": agent.languages,
        "conversations_at_once": agent.units_total // units,
        "queues": queues,
        "default_presence": agent.default_presence,
        **{f"skill_{row.skill_id}": row.rating for row in agent.skills.all()},
    }

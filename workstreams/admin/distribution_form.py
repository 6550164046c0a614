"""*Work distribution*: everything about how a workstream's conversations reach agents, and how they end by themselves."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.configuration import UNITS_OF_AN_AGENT, conversations_at_a_time
from workstreams.models import BasePresence, CapacityBy, CapacityProfile, DistributionMode, PreferredFallback, SkillMatching, WrapUpBlock
from workstreams.models.workstream import LEAST_WRAP_UP_SECONDS, MOST_MINUTES, MOST_WRAP_UP_SECONDS

from .durations import DAY, HOUR, MINUTE, SECOND, DurationField
from .pages import ConsoleForm, checkbox, checkbox_list, number_input, radio_buttons, select

# What only means something where conversations are offered to one agent at a time.
PUSH_ONLY = (
    "skill_matching",
    "relax_skills_after_seconds",
    "keep_same_agent",
    "affinity_wait_seconds",
    "uses_preferred_agents",
    "preferred_fallback",
    "offer_seconds",
    "auto_assign",
    "auto_accept",
)


def capacity_in_words(units: int) -> str:
    """Units as people count: how many conversations an agent with the usual capacity has at a time."""
    return _("An agent with %(total)s units: %(count)s conversations at a time.") % {
        "total": UNITS_OF_AN_AGENT,
        "count": conversations_at_a_time(units),
    }


class UnitsField(forms.IntegerField):
    """Capacity units of one conversation. The page recounts them as people do while somebody types."""

    def __init__(self) -> None:
        help_text = format_lazy(
            "{} {}",
            gettext_lazy("What one conversation takes of an agent's capacity."),
            gettext_lazy("100 units = 5 conversations at a time, if one takes 20."),
        )
        widget = number_input(**{"data-counts": str(UNITS_OF_AN_AGENT)})
        super().__init__(label=gettext_lazy("Capacity units"), min_value=1, max_value=10_000, help_text=help_text, widget=widget)


class DistributionForm(ConsoleForm):
    capacity_by = forms.ChoiceField(
        label=gettext_lazy("Capacity"),
        choices=[
            (CapacityBy.UNITS, gettext_lazy("Units: each conversation takes some of an agent's units.")),
            (CapacityBy.PROFILE, gettext_lazy("A capacity profile: each conversation takes one place in it.")),
        ],
        widget=radio_buttons(),
    )
    units_per_conversation = UnitsField()
    capacity_profile = forms.ModelChoiceField(
        label=gettext_lazy("Capacity profile"),
        queryset=CapacityProfile.objects.all(),
        required=False,
        empty_label="–",
        help_text=gettext_lazy("Agents without this profile are not offered these conversations."),
        widget=select(),
    )
    allowed_presences = forms.MultipleChoiceField(
        label=gettext_lazy("Allowed presences"),
        choices=[choice for choice in BasePresence.choosable() if choice[0] != BasePresence.OFFLINE],
        help_text=gettext_lazy(
            "Agents who show one of these are offered conversations. Leave Do not disturb out if an agent who declined shall be left alone."
        ),
        widget=checkbox_list(),
    )
    skill_matching = forms.ChoiceField(
        label=gettext_lazy("Default skill matching"),
        choices=[
            (SkillMatching.EXACT, gettext_lazy("Exact: only agents who have every skill, with the rating asked for.")),
            (SkillMatching.CLOSEST, gettext_lazy("Closest: whoever comes nearest to the skills is asked first.")),
            (SkillMatching.NONE, gettext_lazy("None: skills don't matter.")),
        ],
        widget=radio_buttons(),
    )
    relax_skills_after_seconds = DurationField(
        label=gettext_lazy("Content with the closest after"),
        units=(SECOND, MINUTE, HOUR),
        base=SECOND,
        least=1,
        most=7 * DAY,
        required=False,
        help_text=gettext_lazy("Whoever has waited so long goes to the closest match. Empty: never."),
    )
    keep_same_agent = forms.BooleanField(
        label=gettext_lazy("Keep same agent for entire conversation"),
        required=False,
        help_text=gettext_lazy("A customer who writes again is offered to the agent they know, if that agent is there and has room."),
        widget=checkbox(),
    )
    affinity_wait_seconds = DurationField(
        label=gettext_lazy("Wait for that agent"),
        units=(SECOND, MINUTE, HOUR),
        base=SECOND,
        least=1,
        most=7 * DAY,
        required=False,
        help_text=gettext_lazy("For so long nobody else is asked while the agent isn't there or has no room. Empty: not at all."),
    )
    uses_preferred_agents = forms.BooleanField(
        label=gettext_lazy("Preferred agents"),
        required=False,
        help_text=gettext_lazy("Customers go to the agents that are named on their contact, whatever skills and capacity say."),
        widget=checkbox(),
    )
    preferred_fallback = forms.ChoiceField(
        label=gettext_lazy("If none of them can take it"), choices=PreferredFallback.choices, required=False, widget=radio_buttons()
    )
    offer_seconds = DurationField(
        label=gettext_lazy("Time to accept an offer"),
        units=(SECOND, MINUTE),
        base=SECOND,
        least=10,
        most=HOUR,
        help_text=gettext_lazy("Afterwards the conversation is offered to the next agent."),
    )
    auto_assign = forms.BooleanField(
        label=gettext_lazy("Assign automatically"),
        required=False,
        help_text=gettext_lazy("Offers can't be declined; when their time is over they are accepted."),
        widget=checkbox(),
    )
    auto_accept = forms.BooleanField(
        label=gettext_lazy("Accept automatically"),
        required=False,
        help_text=gettext_lazy("Conversations open at the agent's by themselves, without an offer."),
        widget=checkbox(),
    )
    wrap_up_block = forms.ChoiceField(
        label=gettext_lazy("Block capacity for wrap-up"),
        choices=[
            (WrapUpBlock.ALWAYS, gettext_lazy("Always: until the agent closes the conversation, or a day later it closes by itself.")),
            (WrapUpBlock.CUSTOM, gettext_lazy("For a time of your own; then the conversation is closed.")),
            (WrapUpBlock.NONE, gettext_lazy("Don't block: what is ended is closed at once.")),
        ],
        help_text=gettext_lazy("How long an ended conversation keeps its place, so that the agent can finish the work that belongs to it."),
        widget=radio_buttons(),
    )
    wrap_up_seconds = DurationField(
        label=gettext_lazy("Time for wrap-up"),
        units=(SECOND, MINUTE),
        base=SECOND,
        least=LEAST_WRAP_UP_SECONDS,
        most=MOST_WRAP_UP_SECONDS,
        required=False,
    )
    auto_close_minutes = DurationField(
        label=gettext_lazy("Auto-close after inactivity"),
        units=(MINUTE, HOUR, DAY),
        base=MINUTE,
        least=1,
        most=MOST_MINUTES,
        help_text=gettext_lazy(
            "A conversation that waits for its customer closes by itself when nobody has written for so long."
            " A channel can have a time of its own."
        ),
    )

    def __init__(self, *args: Any, mode: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if mode != DistributionMode.PUSH:
            for name in PUSH_ONLY:
                del self.fields[name]
            return
        self.fields["affinity_wait_seconds"].widget.widgets[0].attrs["data-needs"] = "id_keep_same_agent"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What a choice makes meaningless is kept as it was before, so that choosing again finds it."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("capacity_by") == CapacityBy.PROFILE and not values.get("capacity_profile") and "capacity_profile" not in self.errors:
            raise ValidationError({"capacity_profile": _("Choose a capacity profile.")})
        if values.get("wrap_up_block") == WrapUpBlock.CUSTOM and not values.get("wrap_up_seconds") and "wrap_up_seconds" not in self.errors:
            raise ValidationError({"wrap_up_seconds": _("Say how long.")})
        values["wrap_up_seconds"] = values.get("wrap_up_seconds") or self.initial.get("wrap_up_seconds") or 60
        if "affinity_wait_seconds" in values:
            values["affinity_wait_seconds"] = values["affinity_wait_seconds"] or 0
        if "preferred_fallback" in values:
            values["preferred_fallback"] = values["preferred_fallback"] or PreferredFallback.NEXT_BEST
        return values

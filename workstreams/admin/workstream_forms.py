"""The forms of a workstream: making one, its name and fallback queue."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.models import DistributionMode, Queue, Workstream

from .distribution_form import UnitsField
from .pages import ConsoleForm, radio_buttons, select, text_input

NEW, EXISTING = "new", "existing"


class NewWorkstreamForm(ConsoleForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=text_input(autofocus=True))
    work_type = forms.ChoiceField(
        label=gettext_lazy("Type"), choices=Workstream._meta.get_field("work_type").choices or [], widget=select()
    )
    channel_type = forms.ChoiceField(label=gettext_lazy("Channel"), widget=select())
    mode = forms.ChoiceField(
        label=gettext_lazy("Work distribution mode"),
        initial=DistributionMode.PUSH,
        choices=[
            (DistributionMode.PUSH, gettext_lazy("Push: a conversation is offered to one agent after the other.")),
            (DistributionMode.PICK, gettext_lazy("Pick: agents take conversations from the list of open ones.")),
        ],
        help_text=gettext_lazy("Type, channel and mode are fixed once the workstream is made."),
        widget=radio_buttons(),
    )
    fallback = forms.ChoiceField(
        label=gettext_lazy("Fallback queue"),
        choices=[(EXISTING, gettext_lazy("Choose an existing queue")), (NEW, gettext_lazy("Make a new queue"))],
        help_text=gettext_lazy("Takes the conversations that no rule sends elsewhere."),
        widget=radio_buttons(),
    )
    fallback_queue = forms.ModelChoiceField(
        label=gettext_lazy("Existing queue"), queryset=Queue.objects.all(), required=False, empty_label="–", widget=select()
    )
    new_queue_name = forms.CharField(label=gettext_lazy("Name of the new queue"), max_length=100, required=False, widget=text_input())
    units_per_conversation = UnitsField()

    def __init__(self, *args: Any, channel_types: list[tuple[str, str]], **kwargs: Any) -> None:
        initial = {"units_per_conversation": 20, "fallback": EXISTING if Queue.objects.exists() else NEW} | kwargs.pop("initial", {})
        super().__init__(*args, initial=initial, **kwargs)
        channel_type = self.fields["channel_type"]
        assert isinstance(channel_type, forms.ChoiceField)  # noqa: S101 - for the type checker
        channel_type.choices = channel_types
        channel_type.error_messages["invalid_choice"] = _("This installation doesn't offer this channel type (setting CHANNEL_TYPES).")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("fallback") == NEW:
            values["fallback_queue"] = None
            if not values.get("new_queue_name"):
                raise ValidationError({"new_queue_name": _("Give the new queue a name.")})
        else:
            values["new_queue_name"] = ""
            if not values.get("fallback_queue"):
                raise ValidationError({"fallback_queue": _("Choose a queue.")})
        return values


class WorkstreamForm(ConsoleForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=text_input())
    fallback_queue = forms.ModelChoiceField(
        label=gettext_lazy("Fallback queue"),
        queryset=Queue.objects.all(),
        empty_label=None,
        help_text=gettext_lazy("Takes the conversations that no rule sends elsewhere."),
        widget=select(),
    )

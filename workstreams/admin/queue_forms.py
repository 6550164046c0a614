"""The one form of a queue: its settings, who is in it, when it is open, and what it does when it overflows."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from workstreams.distribution.methods import ORDERS
from workstreams.models import Agent, AssignmentMethod, OperatingHours, OverflowAction, OverflowCondition, Queue
from workstreams.overflows import OverflowDraft

from .durations import DAY, HOUR, MINUTE, SECOND, DurationField
from .pages import checkbox_list, number_input, select, text_input
from .text_fields import TextsForm

SETTINGS = ("name", "priority", "assignment_method", "hours", "service_level_seconds", "ageing_seconds")
LONGEST = 10 * DAY
# How many orders can be put one behind the other.
ORDER_FIELDS = ("order_1", "order_2", "order_3")
MOVE, END = OverflowAction.TRANSFER, OverflowAction.END
ACTIONS = [(MOVE, gettext_lazy("Move it to another queue")), (END, gettext_lazy("End the conversation"))]
QUEUE_ANYWAY = [(OverflowAction.QUEUE_ANYWAY, gettext_lazy("Put it into the queue anyway"))]
NO_LIMIT = [("", gettext_lazy("No limit"))]
METHOD_WORDS = {
    AssignmentMethod.HIGHEST_CAPACITY: gettext_lazy("Highest capacity: who has most room"),
    AssignmentMethod.ADVANCED_ROUND_ROBIN: gettext_lazy("Advanced round robin: by turns"),
    AssignmentMethod.LEAST_ACTIVE: gettext_lazy("Least active: who finished something longest ago"),
    AssignmentMethod.CUSTOM: gettext_lazy("Own order: as chosen below"),
}


def _action(condition: OverflowCondition, label: Any, choices: list[Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices + ACTIONS, required=False, widget=select())


def _target() -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=gettext_lazy("Other queue"), queryset=Queue.objects.all(), required=False, empty_label="–", widget=select()
    )


def _threshold(label: Any, least: int, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=False, widget=number_input())


def _time(label: Any, help_text: Any) -> DurationField:
    units = (SECOND, MINUTE, HOUR, DAY)
    return DurationField(label=label, help_text=help_text, units=units, base=SECOND, least=1, most=LONGEST, required=False)


class QueueForm(TextsForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=text_input(autocomplete="off"))
    priority = forms.IntegerField(
        label=gettext_lazy("Priority of the queue"),
        min_value=0,
        max_value=32767,
        initial=100,
        help_text=gettext_lazy("An agent in several queues serves the smaller number first."),
        widget=number_input(),
    )
    members = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Members"),
        queryset=Agent.objects.select_related("user").order_by("public_name"),
        required=False,
        help_text=gettext_lazy("Agents who are offered the conversations of this queue."),
        widget=checkbox_list(),
    )
    assignment_method = forms.ChoiceField(label=gettext_lazy("Assignment method"), choices=list(METHOD_WORDS.items()), widget=select())
    order_1 = forms.ChoiceField(label=gettext_lazy("First"), required=False, widget=select())
    order_2 = forms.ChoiceField(label=pgettext_lazy("next in an order", "Then"), required=False, widget=select())
    order_3 = forms.ChoiceField(label=pgettext_lazy("next in an order", "Then"), required=False, widget=select())
    ageing_seconds = _time(
        gettext_lazy("Priority ageing"),
        gettext_lazy("So long a wait counts as one point of priority. Left empty, the higher priority always comes first."),
    )
    service_level_seconds = _time(
        gettext_lazy("Service level"),
        gettext_lazy("How fast a conversation should be accepted. Supervisors see how many wait longer."),
    )
    hours = forms.ModelChoiceField(
        label=gettext_lazy("Operating hours"),
        queryset=OperatingHours.objects.all(),
        required=False,
        empty_label=gettext_lazy("Always open"),
        widget=select(),
    )
    out_of_hours_action = _action(OverflowCondition.OUT_OF_HOURS, gettext_lazy("When the queue is closed"), QUEUE_ANYWAY)
    out_of_hours_target = _target()
    waiting_items_action = _action(OverflowCondition.WAITING_ITEMS, gettext_lazy("When too many conversations wait"), NO_LIMIT)
    waiting_items_threshold = _threshold(gettext_lazy("So many may wait"), 1, 100)
    waiting_items_target = _target()
    waiting_time_action = _action(OverflowCondition.WAITING_TIME, gettext_lazy("When a conversation has waited too long"), NO_LIMIT)
    waiting_time_threshold = DurationField(
        label=gettext_lazy("So long may it wait"), units=(MINUTE, HOUR), base=MINUTE, least=1, most=2880, usual=MINUTE, required=False
    )
    waiting_time_target = _target()

    def __init__(self, *args: Any, queue: Queue, **kwargs: Any) -> None:
        self.queue = queue
        super().__init__(*args, initial=_values_of(queue), **kwargs)
        self.add_texts(queue.ended_texts)
        for name in ORDER_FIELDS:
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
            field.choices = [("", "–"), *((key, order.words) for key, order in ORDERS.items())]
        for condition in OverflowCondition.values:
            target = self.fields[f"{condition}_target"]
            assert isinstance(target, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            target.queryset = Queue.objects.exclude(pk=queue.pk)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for condition in OverflowCondition.values:
            action = values.get(f"{condition}_action")
            if action == MOVE and not values.get(f"{condition}_target"):
                self._refuse(f"{condition}_target", _("Choose a queue."))
            if action and f"{condition}_threshold" in self.fields and values.get(f"{condition}_threshold") is None:
                self._refuse(
                    f"{condition}_threshold", _("Say how long.") if condition == OverflowCondition.WAITING_TIME else _("Say how many.")
                )
        if values.get("assignment_method") == AssignmentMethod.CUSTOM and not self.order_by():
            self._refuse("order_1", _("Choose at least one."))
        return values

    def _refuse(self, name: str, why: str) -> None:
        if name not in self.errors:
            self.add_error(name, ValidationError(why))

    def order_by(self) -> list[str]:
        """The chosen orders, each once, in their order."""
        chosen = (self.cleaned_data.get(name) for name in ORDER_FIELDS)
        return list(dict.fromkeys(name for name in chosen if name))

    def filled_queue(self) -> Queue:
        """The queue with what the form says, not saved."""
        for name in SETTINGS:
            setattr(self.queue, name, self.cleaned_data[name])
        self.queue.order_by = self.order_by()
        self.queue.ended_texts = self.filled_texts(self.cleaned_data)
        return self.queue

    def overflows(self) -> list[OverflowDraft]:
        """What it does when it overflows. A queue that is always open is never closed."""
        values, drafts = self.cleaned_data, []
        for condition in OverflowCondition.values:
            action = values[f"{condition}_action"]
            if action and (condition != OverflowCondition.OUT_OF_HOURS or values["hours"]):
                target = values[f"{condition}_target"] if action == MOVE else None
                drafts.append(OverflowDraft(condition, action, values.get(f"{condition}_threshold"), target))
        return drafts


def _values_of(queue: Queue) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(queue, name) for name in SETTINGS}
    values |= dict(zip(ORDER_FIELDS, queue.order_by, strict=False))
    if queue.pk is None:
        return values
    values["members"] = list(queue.agents.values_list("pk", flat=True))
    for row in queue.overflows.all():
        values |= {f"{row.condition}_{name}": getattr(row, name) for name in ("action", "threshold")}
        values[f"{row.condition}_target"] = row.target_id
    return values

"""The form of a time-out rule, and a rule in words."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams.languages import LANGUAGES, language_name
from workstreams.models import TimeoutAction, TimeoutRule, Trigger
from workstreams.models.timeout import MESSAGES
from workstreams.models.workstream import MOST_MINUTES

from .durations import DAY, HOUR, MINUTE, DurationField, in_words
from .pages import checkbox, number_input, radio_buttons, select, text_input
from .text_fields import TextsForm

FIELDS = ("name", "enabled", "trigger", "minutes", "action", "fallback_language", "priority")


class TimeoutForm(TextsForm):
    """A rule. There is one text a language; those that are filled in are kept."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, widget=text_input(autofocus=True))
    enabled = forms.BooleanField(label=gettext_lazy("Switched on"), required=False, initial=True, widget=checkbox())
    trigger = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[
            (Trigger.CUSTOMER_SILENT, gettext_lazy("The customer doesn't answer: counted from the agent's last message.")),
            (
                Trigger.AGENT_SILENT,
                gettext_lazy(
                    "The agent doesn't answer: counted from the customer's last message; before the first answer, from the assignment."
                ),
            ),
        ],
        widget=radio_buttons(),
    )
    minutes = DurationField(label=gettext_lazy("For more than"), units=(MINUTE, HOUR, DAY), base=MINUTE, least=1, most=MOST_MINUTES)
    action = forms.ChoiceField(
        label=gettext_lazy("Then"),
        choices=[
            (TimeoutAction.MESSAGE_CUSTOMER, gettext_lazy("Send the customer a message.")),
            (TimeoutAction.MESSAGE_AGENT, gettext_lazy("Remind the agent, with a line that the customer doesn't see.")),
            (TimeoutAction.WAIT, gettext_lazy("Let an active conversation wait for its customer. Its agent is free for others.")),
            (TimeoutAction.RELEASE, gettext_lazy("Take the conversation from its agent and put it back into its queue.")),
            (TimeoutAction.CLOSE, gettext_lazy("Close the conversation.")),
        ],
        help_text=gettext_lazy("A rule runs once; a new message starts its time anew."),
        widget=radio_buttons(),
    )
    fallback_language = forms.ChoiceField(
        label=gettext_lazy("Fallback language"),
        choices=LANGUAGES,
        required=False,
        initial="en",
        help_text=gettext_lazy("For everybody whose own language has no text below."),
        widget=select(),
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        min_value=0,
        max_value=1000,
        initial=100,
        help_text=gettext_lazy("Of rules that are due at the same time, the smaller number runs first."),
        widget=number_input(),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_texts(self.initial.get("texts", {}))

    def is_shown(self, field: forms.BoundField) -> bool:
        """The fallback language's is shown, too."""
        return super().is_shown(field) or field.name == f"text_{self['fallback_language'].value()}"

    def clean(self) -> dict[str, Any]:
        """What `workstreams.timeout_rules.save_rule` takes."""
        values: dict[str, Any] = super().clean() or {}
        kept = {name: values[name] for name in FIELDS if name in values}
        texts = self.filled_texts(values)
        action, trigger, fallback = values.get("action"), values.get("trigger"), values.get("fallback_language")
        if action == TimeoutAction.WAIT and trigger == Trigger.AGENT_SILENT:
            raise ValidationError({"action": _("A customer who waits for an answer can't be waited for. Choose another action.")})
        if action == TimeoutAction.RELEASE and trigger == Trigger.CUSTOMER_SILENT:
            raise ValidationError({"action": _("Another agent wouldn't make the customer answer. Choose another action.")})
        if action in MESSAGES and not fallback:
            raise ValidationError({"fallback_language": _("Choose a language.")})
        if action in MESSAGES and fallback not in texts and f"text_{fallback}" not in self.errors:
            raise ValidationError({f"text_{fallback}": _("The fallback language needs a text.")})
        return kept | {"texts": texts}


def initial_of(rule: TimeoutRule) -> dict[str, Any]:
    """What the form shows of a rule."""
    return {name: getattr(rule, name) for name in FIELDS} | {"texts": rule.texts, "fallback_language": rule.fallback_language or "en"}


def rule_in_words(rule: TimeoutRule) -> str:
    """One sentence: when, how long, then what."""
    time = {"time": in_words(rule.minutes * MINUTE)}
    silent = {
        Trigger.CUSTOMER_SILENT: _("If the customer doesn't answer for %(time)s"),
        Trigger.AGENT_SILENT: _("If the agent doesn't answer for %(time)s"),
    }
    actions = {
        TimeoutAction.MESSAGE_CUSTOMER: _("the customer gets a message"),
        TimeoutAction.MESSAGE_AGENT: _("the agent is reminded"),
        TimeoutAction.WAIT: _("the conversation waits for its customer"),
        TimeoutAction.RELEASE: _("it goes back into its queue"),
        TimeoutAction.CLOSE: _("it is closed"),
    }
    words = {"silence": silent[Trigger(rule.trigger)] % time, "action": actions[TimeoutAction(rule.action)]}
    sentence = _("%(silence)s, %(action)s.") % words
    if rule.action not in MESSAGES:
        return sentence
    languages = ", ".join(language_name(code) for code in sorted(rule.texts))
    return f"{sentence} ({languages})"

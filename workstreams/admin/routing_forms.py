"""The form of one routing rule: a field for each fact of the catalogue, and the queue."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workstreams import ports
from workstreams.languages import LANGUAGES
from workstreams.models import Queue, Rule
from workstreams.routing.conditions import RuleCondition
from workstreams.routing.facts import Fact, ValueType
from workstreams.rulesets import ConditionDraft, RuleDraft

from .pages import ConsoleForm, checkbox_list, select, text_area, text_input
from .routing_words import yes_no_in_words

# Commas as Latin, Chinese, Japanese and Arabic keyboards write them, and line ends.
SEPARATORS = re.compile(r"[,\n\r，、،]")
LONGEST_WORD = 200


class WordsField(forms.CharField):
    """Words, one a line or between commas; becomes a list without repeats."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        words = [word.strip().replace("\x00", "") for word in SEPARATORS.split(text or "")]
        return list(dict.fromkeys(word for word in words if word))

    def validate(self, value: Any) -> None:
        if any(len(word) > LONGEST_WORD for word in value):
            raise ValidationError(_("A word may have at most %(count)s characters.") % {"count": LONGEST_WORD})

    def run_validators(self, value: Any) -> None:
        """None of text's validators fit a list."""


class RuleForm(ConsoleForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, required=False, widget=text_input())
    queue = forms.ModelChoiceField(label=gettext_lazy("Goes to the queue"), queryset=Queue.objects.none(), empty_label="–", widget=select())

    def __init__(self, *args: Any, queues: list[Queue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        queue = self.fields["queue"]
        assert isinstance(queue, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        queue.queryset = Queue.objects.all()
        # One query for all rules of the page, not one a rule.
        queue.choices = [("", "–"), *((row.pk, row.name) for row in queues)]
        self.facts = {field_name(fact): fact for fact in ports.fact_catalogue().values()}
        for name, fact in self.facts.items():
            self.fields[name] = _field_of(fact)

    @property
    def condition_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.facts]

    def conditions(self) -> list[RuleCondition]:
        """What stands in the fields now, sent or not; a field that can't be read counts as empty."""
        found = []
        for name, fact in self.facts.items():
            try:
                value = self.fields[name].clean(self[name].value())
            except ValidationError:
                continue
            if value:
                found.append(RuleCondition(fact.name, fact.operators[0], _value_of(fact, value)))
        return found

    def draft(self) -> RuleDraft:
        """The rule as it will be published."""
        values = self.cleaned_data
        conditions = [
            ConditionDraft(fact=fact.name, operator=fact.operators[0], value=_value_of(fact, values[name]))
            for name, fact in self.facts.items()
            if values[name]
        ]
        return RuleDraft(queue=values["queue"], conditions=conditions, name=values["name"])


def field_name(fact: Fact) -> str:
    return fact.name.replace(".", "-")


def initial_of(rule: Rule) -> dict[str, Any]:
    """A published rule as the form shows it."""
    values: dict[str, Any] = {"name": rule.name, "queue": rule.queue_id}
    catalogue = ports.fact_catalogue()
    for condition in rule.conditions.all():
        fact = catalogue.get(condition.fact)
        if fact is None:
            continue
        value: Any = condition.value
        if fact.value_type == ValueType.TEXT:
            value = "\n".join(value)
        elif fact.value_type == ValueType.BOOLEAN:
            value = "yes" if value in (True, [True]) else "no"
        values[field_name(fact)] = value
    return values


def _field_of(fact: Fact) -> forms.Field:
    label = capfirst(str(fact.label))
    if fact.value_type == ValueType.LANGUAGE:
        title = _("%(fact)s is") % {"fact": label}
        return forms.MultipleChoiceField(label=title, choices=LANGUAGES, required=False, widget=checkbox_list())
    if fact.value_type == ValueType.BOOLEAN:
        yes, no = yes_no_in_words(fact)
        choices = [("", _("No matter")), ("yes", yes), ("no", no)]
        return forms.ChoiceField(label=label, choices=choices, required=False, widget=select())
    title = (_("%(fact)s is one of") if fact.operators[0] == "has_any" else _("%(fact)s contains any of")) % {"fact": label}
    return WordsField(label=title, required=False, help_text=_("One word a line, or commas between them."), widget=text_area(rows=3))


def _value_of(fact: Fact, value: Any) -> Any:
    return value == "yes" if fact.value_type == ValueType.BOOLEAN else value

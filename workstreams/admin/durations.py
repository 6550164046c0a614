"""Lengths of time in forms: a number and its unit, kept as one number of seconds or minutes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .pages import number_input, select

SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86400
UNIT_NAMES = {
    SECOND: gettext_lazy("seconds"),
    MINUTE: gettext_lazy("minutes"),
    HOUR: gettext_lazy("hours"),
    DAY: gettext_lazy("days"),
}


class DurationWidget(forms.MultiWidget):
    """The number and the unit side by side; the label belongs to the number."""

    def __init__(self, units: Sequence[int], base: int, usual: int) -> None:
        self.units, self.base, self.usual = units, base, usual
        unit = select()
        unit.attrs["aria-label"] = gettext_lazy("Unit")
        unit.choices = [(each, UNIT_NAMES[each]) for each in units]
        super().__init__([number_input(min=1, step=1), unit])

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0"

    def decompress(self, value: Any) -> list[Any]:
        """In the largest unit that leaves a whole number."""
        if not value:
            return [None, self.usual]
        seconds = int(value) * self.base
        unit = next((each for each in reversed(self.units) if seconds % each == 0), self.units[0])
        return [seconds // unit, unit]


class DurationField(forms.MultiValueField):
    """`base`: what the value counts, `SECOND` or `MINUTE`. `least` and `most` are in that unit. Empty is None where not required.

    `usual`: the unit of an empty field.
    """

    def __init__(
        self, *, units: Sequence[int], base: int, least: int, most: int, usual: int = 0, required: bool = True, **kwargs: Any
    ) -> None:
        self.base, self.least, self.most = base, least, most
        self.widget = DurationWidget(units, base, usual or units[1])
        choices = [(each, UNIT_NAMES[each]) for each in units]
        fields = [forms.IntegerField(required=required), forms.TypedChoiceField(choices=choices, coerce=int, required=required)]
        missing = gettext_lazy("Say how long.")
        messages = {"required": missing, "incomplete": missing}
        super().__init__(fields, required=required, require_all_fields=False, error_messages=messages, **kwargs)

    def compress(self, data_list: list[Any]) -> int | None:
        if not data_list or data_list[0] is None:
            return None
        number, unit = data_list
        value = int(number * (unit or self.base) // self.base)
        if not self.least <= value <= self.most:
            words = {"least": in_words(self.least * self.base), "most": in_words(self.most * self.base)}
            raise ValidationError(_("Between %(least)s and %(most)s, please.") % words)
        return value


def in_words(seconds: int) -> str:
    """A length of time in the largest unit that leaves a whole number: "90 seconds", "28 days"."""
    unit = next((each for each in (DAY, HOUR, MINUTE) if seconds % each == 0 and seconds), SECOND)
    count = seconds // unit
    words = {
        SECOND: ngettext("%(count)s second", "%(count)s seconds", count),
        MINUTE: ngettext("%(count)s minute", "%(count)s minutes", count),
        HOUR: ngettext("%(count)s hour", "%(count)s hours", count),
        DAY: ngettext("%(count)s day", "%(count)s days", count),
    }
    return words[unit] % {"count": count}

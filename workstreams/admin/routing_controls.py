"""Single inputs of the rule editor, in the look of the other forms. Their `id` is their name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from .pages import checkbox, number_input, select, text_area, text_input

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Choices = Iterable[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Control:
    """One input and its label; a quiet label is there for those who can't see the place it stands in."""

    id: str
    label: "StrOrPromise"
    html: SafeString
    help_text: "StrOrPromise" = ""
    is_quiet: bool = False
    is_wide: bool = False
    is_set: bool = False


def choice(
    name: str, label: "StrOrPromise", value: Any, choices: Choices, *, asks: bool = False, quiet: bool = True, **attrs: Any
) -> Control:
    """One of several; `asks` if what is chosen changes the fields beside it."""
    widget = select()
    widget.choices = list(choices)
    extra = {"data-asks": ""} if asks else {}
    return Control(name, label, _rendered(widget, name, "" if value is None else value, extra | attrs), is_quiet=quiet)


def several(name: str, label: "StrOrPromise", values: Sequence[Any], choices: Choices, *, quiet: bool = True, **attrs: Any) -> Control:
    """Any of several."""
    chosen = {str(value) for value in values}
    boxes = (
        (identifier, checkbox().render(name, str(value) in chosen, {"id": identifier, "value": value, **attrs}), words)
        for value, words, identifier in ((value, words, f"{name}-{value}") for value, words in choices)
    )
    html = format_html_join("", '<label class="console-check" for="{}">{} <span>{}</span></label>', boxes)
    return Control(name, label, html, is_quiet=quiet, is_wide=True, is_set=True)


def text(name: str, label: "StrOrPromise", value: Any, *, quiet: bool = True, **attrs: Any) -> Control:
    return Control(name, label, _rendered(text_input(), name, value, attrs), is_quiet=quiet)


def words(
    name: str, label: "StrOrPromise", values: Sequence[Any], *, help_text: "StrOrPromise" = "", quiet: bool = True, **attrs: Any
) -> Control:
    """A list of words, one a line."""
    html = _rendered(text_area(rows=2), name, "\n".join(str(value) for value in values), attrs)
    return Control(name, label, html, help_text=help_text, is_quiet=quiet, is_wide=True)


def number(name: str, label: "StrOrPromise", value: Any, *, quiet: bool = True, **attrs: Any) -> Control:
    return Control(name, label, _rendered(number_input(), name, value, attrs), is_quiet=quiet)


def moment(name: str, label: "StrOrPromise", value: Any, *, kind: str, quiet: bool = True, **attrs: Any) -> Control:
    """A time of day or a date, as the browser's own input of that kind."""
    widget = text_input()
    widget.input_type = kind  # type: ignore[attr-defined]
    return Control(name, label, _rendered(widget, name, value, attrs), is_quiet=quiet)


def _rendered(widget: forms.Widget, name: str, value: Any, attrs: dict[str, Any]) -> SafeString:
    return widget.render(name, value, {"id": name, **attrs})

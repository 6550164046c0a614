"""What every admin page of the console shares: the frame, the way back, and inputs in Unfold's look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from unfold.widgets import (
    CHECKBOX_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way back; the last one, the page itself, has no link."""

    title: "StrOrPromise"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of a thing that is edited on several pages."""

    title: "StrOrPromise"
    url: str
    current: bool = False


def show_page(request: HttpRequest, template: str, *, title: "StrOrPromise", crumbs: Sequence[Crumb] = (), **context: Any) -> HttpResponse:
    """A page in the admin frame."""
    request.current_app = admin.site.name  # type: ignore[attr-defined]
    frame = {**admin.site.each_context(request), "title": title, "crumbs": crumbs, **context}
    return TemplateResponse(request, template, frame)


def sent_data(request: HttpRequest) -> QueryDict | None:
    """What a form was sent; None if the page is only looked at. (An empty form that was sent isn't None.)"""
    return request.POST if request.method == "POST" else None


class ConsoleForm(forms.Form):
    """A form whose inputs look as Unfold's do and say in the page what is wrong with them."""

    required_css_class = "required"
    use_required_attribute = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


def text_input(**attrs: Any) -> forms.Widget:
    return UnfoldAdminTextInputWidget(attrs=attrs)


def secret_input() -> forms.Widget:
    """An input that never shows again what was typed: neither after an error nor from the store."""
    attrs = {"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "off"}
    return UnfoldAdminPasswordWidget(attrs=attrs, render_value=False)


def number_input(**attrs: Any) -> forms.Widget:
    return UnfoldAdminIntegerFieldWidget(attrs=attrs)


def text_area(rows: int = 4) -> forms.Widget:
    return UnfoldAdminTextareaWidget(attrs={"rows": rows})


def select() -> forms.Select:
    return UnfoldAdminSelectWidget()


def radio_buttons() -> forms.RadioSelect:
    return forms.RadioSelect()


def checkbox() -> forms.CheckboxInput:
    return UnfoldBooleanWidget()


def checkbox_list() -> forms.CheckboxSelectMultiple:
    """Checkboxes for `admin/console/field.html`; forms that Unfold lays out take its own widget."""
    widget = forms.CheckboxSelectMultiple()
    widget.attrs["class"] = " ".join(CHECKBOX_CLASSES)
    return widget

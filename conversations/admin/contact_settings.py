"""Admin pages of what administrators define about customers: tags, and the additional fields of contacts."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from conversations import contact_fields, tags
from conversations.contacts import CannotSave
from conversations.models import ContactField, FieldKind, Tag
from conversations.models.tag import COLOURS
from workstreams.admin.pages import number_input, select, text_area, text_input

COLOUR_NAMES = [_("Pink"), _("Blue"), _("Teal"), _("Orange"), _("Violet"), _("Green"), _("Red"), _("Grey")]


class ActionForm(forms.ModelForm):
    """A form that an action checks and saves in one: what it refuses stands at its input, and nothing is saved."""

    def save_by_action(self, **values: Any) -> Any:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.instance = self.save_by_action(**cleaned)
            except CannotSave as refusal:
                for name, words in refusal.errors.items():
                    self.add_error(name if name in self.fields else None, words)
        return cleaned

    def _post_clean(self) -> None:
        """The action has checked and saved the object already."""


class TagForm(ActionForm):
    name = forms.CharField(label=_("Name"), max_length=200, widget=text_input())
    colour = forms.TypedChoiceField(label=_("Colour"), choices=list(enumerate(COLOUR_NAMES)), coerce=int, widget=select())

    class Meta:
        model = Tag
        fields = ["name", "colour"]

    def save_by_action(self, **values: Any) -> Tag:
        return tags.save_tag(tag=self.instance, name=values["name"], colour=values["colour"])


class FieldForm(ActionForm):
    name = forms.CharField(label=_("Name"), max_length=200, widget=text_input())
    kind = forms.ChoiceField(label=_("Kind"), choices=FieldKind.choices, required=False, widget=select())
    choices = forms.CharField(
        label=_("Choices"), required=False, help_text=_("For the kind Choice: one in each line."), widget=text_area(rows=6)
    )
    position = forms.IntegerField(
        label=_("Position"), min_value=0, max_value=30_000, initial=10, help_text=_("Small numbers come first."), widget=number_input()
    )

    class Meta:
        model = ContactField
        fields = ["name", "kind", "choices", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)
        if self.instance.pk:
            self.fields["kind"].disabled = True
            self.fields["kind"].help_text = _("Fixed, for contacts have values of it.")

    def save_by_action(self, **values: Any) -> ContactField:
        return contact_fields.save_field(
            field=self.instance,
            name=values["name"],
            kind=values["kind"] or FieldKind.TEXT,
            choices=values["choices"].splitlines(),
            position=values["position"],
        )


class ActionAdmin(ModelAdmin):
    """Rows that actions write: the form has saved the object when it was found good."""

    actions = None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Saved by the form's action."""


@admin.register(Tag)
class TagAdmin(ActionAdmin):
    form = TagForm
    list_before_template = "admin/console/list_lead.html"
    lead = _("What agents mark contacts with. Rules can test a customer's tags.")
    list_display = ["name", "colour_shown", "contact_count"]
    search_fields = ["name"]
    fields = ["name", "colour"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).annotate(contact_total=Count("contacts"))

    @admin.display(description=_("Colour"))
    def colour_shown(self, tag: Tag) -> Any:
        return COLOUR_NAMES[tag.colour % COLOURS]

    @admin.display(description=_("Contacts"), ordering="contact_total")
    def contact_count(self, tag: Any) -> int:
        return int(tag.contact_total)

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        return _lost(objs, {tag.pk: tag.contacts.count() for tag in objs})

    def delete_model(self, request: HttpRequest, obj: Tag) -> None:
        tags.delete_tag(tag=obj)


@admin.register(ContactField)
class ContactFieldAdmin(ActionAdmin):
    form = FieldForm
    list_before_template = "admin/console/list_lead.html"
    lead = _("What you want to know of contacts beyond the usual. Agents fill it in.")
    list_display = ["name", "kind", "position"]
    search_fields = ["name"]
    fields = ["name", "kind", "choices", "position"]

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        return _lost(objs, {field.pk: contact_fields.contacts_with(field) for field in objs})

    def delete_model(self, request: HttpRequest, obj: ContactField) -> None:
        contact_fields.delete_field(field=obj)


def _lost(objs: Iterable[Any], contacts: dict[int, int]) -> tuple[list[str], dict[str, int], set[str], list[str]]:
    """What the page that asks first names: the thing, and how many contacts lose it."""
    words = []
    for each in objs:
        count = contacts[each.pk]
        words.append(f"{each} · " + ngettext("%(count)d contact loses it", "%(count)d contacts lose it", count) % {"count": count})
    counts = {str(each._meta.verbose_name_plural): len(words) for each in objs}
    return words, counts, set(), []

"""The form of a quick reply."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from conversations.models import QuickReply
from conversations.quick_replies import slug_of
from workstreams.languages import languages_by_name
from workstreams.models import Workstream

FIELDS = ("title", "slug", "text", "language", "tags")


class QuickReplyForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=100)
    slug = forms.CharField(
        label=_("Short name"), max_length=40, help_text=_("What you type behind the slash: /thanks. Letters, digits and hyphens.")
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=5000,
        strip=False,
        help_text=_("{customer} and {agent} become the names when the text is put into the composer."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=lambda: [("", _("Any language")), *languages_by_name()],
        required=False,
        help_text=_("Comes first for customers of this language."),
    )
    tags = forms.CharField(label=_("Tags"), max_length=200, required=False, help_text=_("With commas between them."))
    workstreams = forms.ModelMultipleChoiceField(
        label=_("Workstreams"),
        queryset=Workstream.objects.order_by("name"),
        required=False,
        help_text=_("None chosen: for all of them."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: QueryDict | None = None, *, reply: QuickReply) -> None:
        initial: dict[str, Any] = {name: getattr(reply, name) for name in FIELDS}
        if reply.pk:
            initial["workstreams"] = list(reply.workstreams.values_list("pk", flat=True))
        super().__init__(data, initial=initial, label_suffix="")
        for name in FIELDS:
            self.fields[name].widget.attrs["class"] = "input"

    def clean_slug(self) -> str:
        slug = slug_of(self.cleaned_data["slug"])
        if not slug:
            raise ValidationError(_("Use at least one letter or digit."))
        return slug

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise ValidationError(_("Write the text of the answer."))
        return text

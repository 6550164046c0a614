"""The forms of the set-up wizard of a channel, one a page. The same ones serve as tabs of a channel that is set up."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_app import registry
from channels_app.models import MessagingAccount, ReadMarks
from channels_app.texts import ChannelTexts
from workstreams.admin.pages import ConsoleForm, checkbox, radio_buttons, select, text_area
from workstreams.languages import languages_by_name


class AccountChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, account: Any) -> str:
        """The account's name, and what the platform calls it."""
        platform = " ".join(filter(None, [account.bot_name, account.bot_basic_id]))
        return f"{account.name} · {platform}" if platform else account.name


class AccountForm(ConsoleForm):
    account = AccountChoiceField(queryset=MessagingAccount.objects.none(), empty_label=None, widget=radio_buttons())

    def __init__(self, *args: Any, available: QuerySet[MessagingAccount], texts: ChannelTexts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = available
        field.label = texts.available_accounts
        field.error_messages["invalid_choice"] = _("This account isn't available any more.")


class LanguageForm(ConsoleForm):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=lambda: [("", gettext_lazy("Choose a language")), *languages_by_name()],
        help_text=gettext_lazy("The language of automated messages on this channel."),
        widget=select(),
    )


class BehaviorsForm(ConsoleForm):
    greeting_enabled = forms.BooleanField(
        label=gettext_lazy("Send a greeting"),
        required=False,
        help_text=gettext_lazy("Sent when a customer writes first: at most once per conversation and once in 12 hours."),
        widget=checkbox(),
    )
    greeting_text = forms.CharField(label=gettext_lazy("Text of the greeting"), required=False, widget=text_area())
    routes_groups = forms.BooleanField(
        label=gettext_lazy("Route group chats to agents"),
        required=False,
        help_text=gettext_lazy(
            "Otherwise chats of several people are kept and listed under “Not routed”, where agents of the fallback queue can read"
            " and take them."
        ),
        widget=checkbox(),
    )
    read_marks = forms.ChoiceField(
        label=gettext_lazy("Mark customers' messages as read"), choices=ReadMarks.choices, required=False, widget=radio_buttons()
    )
    typing_shown = forms.BooleanField(label=gettext_lazy("Show customers that an agent is writing"), required=False, widget=checkbox())

    def __init__(self, *args: Any, channel_type: str, texts: ChannelTexts, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel_type = channel_type
        self.fields["greeting_text"].help_text = texts.text_limit_note
        self.fields["read_marks"].help_text = texts.read_marks_note
        self.fields["typing_shown"].help_text = texts.typing_note

    def clean_read_marks(self) -> str:
        return str(self.cleaned_data["read_marks"] or ReadMarks.NEVER)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("greeting_enabled"):
            problem = registry.adapter_for(self.channel_type).problem_with_text(values.get("greeting_text", ""))
            if problem:
                raise ValidationError({"greeting_text": problem})
        return values


class UserFeaturesForm(ConsoleForm):
    attachments_enabled = forms.BooleanField(label=gettext_lazy("File attachments"), required=False, widget=checkbox())
    customers_send_attachments = forms.BooleanField(
        label=gettext_lazy("Customers can send file attachments"), required=False, widget=checkbox()
    )
    agents_send_attachments = forms.BooleanField(label=gettext_lazy("Agents can send file attachments"), required=False, widget=checkbox())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("customers_send_attachments", "agents_send_attachments"):
            self.fields[name].widget.attrs["data-needs"] = "id_attachments_enabled"

    def clean(self) -> dict[str, Any]:
        """Without attachments nobody sends any, whatever the dependent boxes say."""
        values: dict[str, Any] = super().clean() or {}
        if not values.get("attachments_enabled"):
            values |= {"customers_send_attachments": False, "agents_send_attachments": False}
        return values

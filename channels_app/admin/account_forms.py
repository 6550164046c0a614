"""The forms of the account wizard. The same ones serve as tabs of a finished account."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_app import registry
from channels_app.models import AccountSecret
from channels_app.models.account import MOST_CONTENT_DAYS
from channels_app.texts import ChannelTexts, texts_for
from workstreams.admin.pages import ConsoleForm, checkbox, number_input, secret_input, select, text_input

# Visible ASCII: anything else can't stand in an HTTP header.
CREDENTIAL = re.compile(r"[!-~]+")


def _one_word(value: str) -> None:
    if not CREDENTIAL.fullmatch(value):
        raise ValidationError(_("This holds spaces, line breaks or other signs that don't belong there. Copy it again."))


class ChannelDetailsForm(ConsoleForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("How administrators, supervisors and agents will know this account."),
        widget=text_input(autofocus=True),
    )
    channel_type = forms.ChoiceField(label=gettext_lazy("Channel"), widget=select())
    provider_key = forms.CharField(
        label=gettext_lazy("Provider (optional)"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "The provider that the channel belongs to in the platform's console. Accounts of the same provider know a customer under the"
            " same ID, so a contact that is linked in one of them is linked in all."
        ),
        widget=text_input(),
    )

    content_days = forms.IntegerField(
        label=gettext_lazy("Keep raw events for (days)"),
        required=False,
        min_value=1,
        max_value=MOST_CONTENT_DAYS,
        widget=number_input(inputmode="numeric"),
    )

    def clean_provider_key(self) -> str:
        return " ".join(self.cleaned_data["provider_key"].split())

    def __init__(self, *args: Any, fixed_type: str = "", finished: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["content_days"].help_text = _(
            "The events as they came, encrypted, to be looked at in the journal and processed again. Afterwards their content is deleted;"
            " what customers wrote stays in the conversations. Empty: %(days)s days, as the installation says."
        ) % {"days": settings.WEBHOOK_PAYLOAD_DAYS}
        if not finished:
            del self.fields["content_days"]
        if fixed_type:
            del self.fields["channel_type"]
            return
        channel_type = self.fields["channel_type"]
        assert isinstance(channel_type, forms.ChoiceField)  # noqa: S101 - for the type checker
        channel_type.choices = [(name, texts_for(name).label) for name in registry.offered_types()]
        channel_type.error_messages["invalid_choice"] = _("This installation doesn't offer this channel type (setting CHANNEL_TYPES).")


class AccountDetailsForm(ConsoleForm):
    channel_id = forms.CharField(
        label=gettext_lazy("Channel ID"),
        max_length=100,
        validators=[_one_word],
        widget=text_input(autocomplete="off", inputmode="numeric", autofocus=True),
    )
    channel_secret = forms.CharField(label=gettext_lazy("Channel secret"), max_length=225, validators=[_one_word], widget=secret_input())
    access_token = forms.CharField(
        label=gettext_lazy("Channel access token"), max_length=4000, validators=[_one_word], widget=secret_input()
    )

    def __init__(
        self,
        *args: Any,
        texts: ChannelTexts,
        saved_secret: AccountSecret | None,
        saved_token: AccountSecret | None,
        id_is_fixed: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, where in [
            ("channel_id", texts.channel_id_help),
            ("channel_secret", texts.channel_secret_help),
            ("access_token", texts.access_token_help),
        ]:
            self.fields[name].help_text = where
        if id_is_fixed:
            self.fields["channel_id"].widget.attrs["readonly"] = True
        self.note_saved(saved_secret, saved_token)

    def note_saved(self, saved_secret: AccountSecret | None, saved_token: AccountSecret | None) -> None:
        """A secret that is saved may be left empty, also when this very form has just saved it."""
        self.saved = {"channel_secret": saved_secret, "access_token": saved_token}
        for name, saved in self.saved.items():
            self.fields[name].required = self.fields[name].widget.is_required = saved is None


class AcknowledgementForm(ConsoleForm):
    acknowledged = forms.BooleanField(
        label=gettext_lazy("I have read the privacy notice, and I am entitled to accept it for my organisation."),
        error_messages={"required": gettext_lazy("Please confirm that you have read the privacy notice.")},
        widget=checkbox(),
    )

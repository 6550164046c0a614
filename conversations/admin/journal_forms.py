"""The filters of the journal of webhook events, read from the address."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels_app import event_journal
from channels_app.event_journal import EventFilter
from channels_app.models import EventState, MessagingAccount
from workstreams.admin.pages import ConsoleForm, select, text_input

NOTHING: list[tuple[str, Any]] = [("", _("All"))]


def _moment(label: Any) -> forms.DateTimeField:
    widget = text_input(type="datetime-local")
    formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]
    return forms.DateTimeField(label=label, required=False, widget=widget, input_formats=formats)


class JournalForm(ConsoleForm):
    """What may be asked for. What can't be read filters nothing, and the field says so."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    account = forms.ChoiceField(label=_("Account"), required=False, widget=select())
    state = forms.ChoiceField(label=_("State"), required=False, widget=select(), choices=[*NOTHING, *EventState.choices])
    kind = forms.ChoiceField(label=_("Type"), required=False, widget=select())
    since = _moment(_("From"))
    until = _moment(_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = MessagingAccount.objects.order_by("name", "pk").values_list("public_id", "name")
        self._offer("account", list(accounts))
        self._offer("kind", [(kind, str(event_journal.kind_words(kind))) for kind in event_journal.kinds()])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [*NOTHING, *choices]

    def wanted(self, *, lanes: list[str]) -> EventFilter:
        """The filter that was asked for, without the words of the search."""
        given: dict[str, Any] = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        account = MessagingAccount.objects.filter(public_id=given.get("account") or "").values_list("pk", flat=True).first()
        until: datetime.datetime | None = given.get("until")
        return EventFilter(
            account_id=account,
            lanes=lanes,
            kind=given.get("kind", ""),
            state=given.get("state", ""),
            since=given.get("since"),
            until=until,
        )

    @property
    def words(self) -> str:
        """The words of the search."""
        return " ".join(self.cleaned_data.get("q", "").split()) if self.is_bound and not self.errors.get("q") else ""

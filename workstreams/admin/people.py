"""People: who signs in, in which role, and the agent's side of those who take conversations."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from workstreams.languages import LANGUAGES
from workstreams.models import Agent, Queue, Role, User
from workstreams.staffing import save_person

from .pages import checkbox, number_input, secret_input, select, text_input

AGENT_FIELDS = ("takes_work", "public_name", "languages", "units_total", "queues")


class PersonForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("As the browser")), *settings.LANGUAGES],
        required=False,
        help_text=_("Language of the pages that this person sees."),
        widget=select(),
    )
    new_password = forms.CharField(label=_("Initial password"), strip=False, required=False, widget=secret_input())
    takes_work = forms.BooleanField(label=_("Takes conversations as an agent"), required=False, initial=True, widget=checkbox())
    public_name = forms.CharField(
        label=_("Public name"), max_length=100, required=False, help_text=_("The name that customers see."), widget=text_input()
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=LANGUAGES, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )
    units_total = forms.IntegerField(
        label=_("Capacity units"),
        min_value=0,
        max_value=10_000,
        initial=100,
        help_text=_("100 units = 5 conversations at a time, if one takes 20."),
        widget=number_input(),
    )
    queues = forms.ModelMultipleChoiceField(
        label=_("Queues"), queryset=Queue.objects.all(), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "username", "role", "language", "is_active"]

    actor: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Log-in")
        self.fields["is_active"].label = _("May sign in")
        self.fields["is_active"].help_text = _("Switch this off instead of deleting somebody: what they did stays readable.")
        password = self.fields["new_password"]
        if self.instance.pk:
            password.label = _("New password")
            password.help_text = _("Leave empty to keep the present one.")
            self._fill_agent(Agent.objects.filter(user=self.instance).first())
        else:
            password.required = True

    def _fill_agent(self, agent: Agent | None) -> None:
        if agent is None:
            self.fields["takes_work"].initial = False
            return
        queues = list(agent.queues.values_list("pk", flat=True))
        self.fields["takes_work"].initial = bool(queues) or self.instance.role == Role.AGENT
        for name in ("public_name", "languages", "units_total"):
            self.fields[name].initial = getattr(agent, name)
        self.fields["queues"].initial = queues

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("takes_work") and not values.get("public_name"):
            values["public_name"] = values.get("first_name") or values.get("username", "")
        if self.instance.pk == self.actor.pk:
            if values.get("role") != Role.ADMINISTRATOR:
                raise ValidationError({"role": _("You can't take the administrator's role from yourself.")})
            if not values.get("is_active"):
                raise ValidationError({"is_active": _("You can't lock yourself out.")})
        return values


@admin.register(User)
class PersonAdmin(ModelAdmin):
    form = PersonForm
    list_display = ["shown_name", "username", "role", "public_name", "is_active"]
    list_filter = ["role", "is_active"]
    search_fields = ["first_name", "last_name", "username", "agent__public_name"]
    ordering = ["first_name", "username"]
    actions = None
    fieldsets = [
        (None, {"fields": ["first_name", "last_name", "username", "new_password", "role", "language", "is_active"]}),
        (_("Work"), {"fields": list(AGENT_FIELDS)}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).select_related("agent")

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user  # type: ignore[attr-defined]
        return form

    @admin.display(description=_("Name"), ordering="first_name")
    def shown_name(self, person: User) -> str:
        return person.shown_name

    @admin.display(description=_("Public name"), ordering="agent__public_name")
    def public_name(self, person: User) -> str:
        return person.agent.public_name if hasattr(person, "agent") else "–"

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in AGENT_FIELDS}
        save_person(person=obj, password=form.cleaned_data["new_password"], **values)

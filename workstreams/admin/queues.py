"""Queues: name, priority, members."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from workstreams.models import Agent, Queue
from workstreams.staffing import save_queue


class QueueForm(forms.ModelForm):
    members = forms.ModelMultipleChoiceField(
        label=_("Members"),
        queryset=Agent.objects.select_related("user").order_by("public_name"),
        required=False,
        help_text=_("Agents who are offered the conversations of this queue."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = Queue
        fields = ["name", "priority"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["members"].initial = list(self.instance.agents.values_list("pk", flat=True))


@admin.register(Queue)
class QueueAdmin(ModelAdmin):
    form = QueueForm
    list_display = ["name", "priority", "member_count"]
    search_fields = ["name"]
    actions = None
    fields = ["name", "priority", "members"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return super().get_queryset(request).annotate(member_total=Count("memberships"))

    @admin.display(description=_("Members"), ordering="member_total")
    def member_count(self, queue: Any) -> int:
        return int(queue.member_total)

    def save_model(self, request: HttpRequest, obj: Queue, form: forms.ModelForm, change: bool) -> None:
        save_queue(queue=obj, members=form.cleaned_data["members"])

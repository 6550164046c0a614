"""Skills, capacity profiles and presences in the team's own words."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from workstreams import ports
from workstreams.models import AgentCapacity, AgentSkill, CapacityProfile, CustomPresence, Skill, WorkState, Workstream
from workstreams.routing.problems import InvalidRules
from workstreams.rulesets import current_ruleset, rules_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def is_asked_for(row: Skill | CapacityProfile) -> bool:
    """Whether current rules, a workstream or live work name it."""
    of_skill = isinstance(row, Skill)
    for workstream in Workstream.objects.all():
        ruleset = current_ruleset(workstream)
        try:
            rules = rules_of(ruleset) if ruleset else None
        except InvalidRules:
            continue
        if rules and row.pk in (rules.skills_used() if of_skill else rules.profiles_used()):
            return True
    live = ports.work_item_model()._default_manager.exclude(state=WorkState.CLOSED)
    if of_skill:
        return live.filter(skills__has_key=str(row.pk)).exists()
    named = (profiles for profiles in live.exclude(capacity_profiles=[]).values_list("capacity_profiles", flat=True))
    return Workstream.objects.filter(capacity_profile=row.pk).exists() or any(row.pk in profiles for profiles in named)


class SkillAgents(TabularInline):
    model = AgentSkill
    fields = ["agent", "rating"]
    extra = 0
    verbose_name = _("Agent")
    verbose_name_plural = _("Agents who have it, rated from 1 to 10")


class ProfileAgents(TabularInline):
    model = AgentCapacity
    fields = ["agent", "own_limit", "used"]
    readonly_fields = ["used"]
    extra = 0
    verbose_name = _("Agent")
    verbose_name_plural = _("Agents who have places in it")


class SharedWork(ModelAdmin):
    """What is changed here may let waiting work be assigned."""

    actions = None
    search_fields = ["name"]
    list_before_template = "admin/console/list_lead.html"
    lead: "StrOrPromise" = ""

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        ports.work_waiting()


class WithAgents(SharedWork):
    """A list that counts the agents of each row. What rules or waiting work ask for can't be deleted: nobody could take that work."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not is_asked_for(obj))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = "agents" if self.model is Skill else "capacities"
        return super().get_queryset(request).annotate(agent_total=Count(related))

    @admin.display(description=_("Agents"), ordering="agent_total")
    def agent_count(self, row: Any) -> int:
        return int(row.agent_total)


@admin.register(Skill)
class SkillAdmin(WithAgents):
    lead = _("What agents are good at. Rules say which skills a conversation needs; it goes to agents who have them.")
    list_display = ["name", "description", "agent_count"]
    fields = ["name", "description"]
    inlines = [SkillAgents]


@admin.register(CapacityProfile)
class CapacityProfileAdmin(WithAgents):
    lead = _("Places that agents have for one kind of work. Rules or a workstream say which conversations take one.")
    list_display = ["name", "limit", "reset", "blocks", "agent_count"]
    fields = ["name", "limit", "reset", "blocks"]
    inlines = [ProfileAgents]

    def get_readonly_fields(self, request: HttpRequest, obj: CapacityProfile | None = None) -> list[str]:
        """The reset is fixed once made: places that are in use were counted by it."""
        return ["reset"] if obj else []


@admin.register(CustomPresence)
class CustomPresenceAdmin(SharedWork):
    lead = _("Presences in your own words, such as Lunch. Each counts as one of the usual ones.")
    list_display = ["name", "base", "position"]
    fields = ["name", "base", "position"]

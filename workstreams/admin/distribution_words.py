"""*Work distribution* as the workstream's page tells it: one line a setting, without those that do nothing."""

from django.utils.translation import gettext as _

from workstreams.models import BasePresence, CapacityBy, DistributionMode, SkillMatching, Workstream, WrapUpBlock

from .distribution_form import capacity_in_words
from .durations import MINUTE, in_words

Line = tuple[str, str, str]


def distribution_in_words(workstream: Workstream) -> list[Line]:
    """(name, value, note) of each setting."""
    presences = dict(BasePresence.choices)
    shown = ", ".join(str(presences.get(name, name)) for name in workstream.allowed_presences)
    lines = [(_("Work distribution mode"), workstream.get_mode_display(), ""), _capacity(workstream), (_("Allowed presences"), shown, "")]
    if workstream.mode == DistributionMode.PUSH:
        lines += _push(workstream)
    lines.append((_("Block capacity for wrap-up"), _wrap_up(workstream), ""))
    lines.append((_("Auto-close after inactivity"), in_words(workstream.auto_close_minutes * MINUTE), ""))
    return lines


def _capacity(workstream: Workstream) -> Line:
    if workstream.capacity_by == CapacityBy.PROFILE:
        return (_("Capacity profile"), str(workstream.capacity_profile), "")
    units = workstream.units_per_conversation
    return (_("Capacity units"), str(units), capacity_in_words(units))


def _push(workstream: Workstream) -> list[Line]:
    relaxed = workstream.relax_skills_after_seconds if workstream.skill_matching == SkillMatching.EXACT else None
    note = _("closest match after %(time)s") % {"time": in_words(relaxed)} if relaxed else ""
    lines = [(_("Default skill matching"), workstream.get_skill_matching_display(), note)]
    waits = workstream.affinity_wait_seconds if workstream.keep_same_agent else 0
    note = _("waits %(time)s for them") % {"time": in_words(waits)} if waits else ""
    lines.append((_("Keep same agent for entire conversation"), _yes_or_no(workstream.keep_same_agent), note))
    if workstream.uses_preferred_agents:
        lines.append((_("Preferred agents"), _("Yes"), workstream.get_preferred_fallback_display()))
    lines.append((_("Time to accept an offer"), in_words(workstream.offer_seconds), ""))
    if workstream.auto_assign:
        lines.append((_("Assign automatically"), _("Yes"), ""))
    if workstream.auto_accept:
        lines.append((_("Accept automatically"), _("Yes"), ""))
    return lines


def _wrap_up(workstream: Workstream) -> str:
    if workstream.wrap_up_block == WrapUpBlock.CUSTOM:
        return in_words(workstream.wrap_up_seconds)
    return workstream.get_wrap_up_block_display()


def _yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")

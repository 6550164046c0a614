from .hours import Holiday, OperatingHours, Period
from .person import Agent, BasePresence, CustomPresence, PasswordLink, Presence, Role, User
from .rules import Ruleset
from .settings import DistributionSettings, TransferTo
from .skills import AgentCapacity, AgentSkill, CapacityProfile, Reset, Skill
from .timeout import TimeoutAction, TimeoutRule, Trigger
from .variable import ContextVariable, VariableKind
from .work import WorkItem, WorkState
from .workstream import (
    AssignmentMethod,
    CapacityBy,
    DistributionMode,
    Membership,
    Overflow,
    OverflowAction,
    OverflowCondition,
    PreferredFallback,
    Queue,
    SkillMatching,
    Workstream,
    WrapUpBlock,
)

__all__ = [
    "Agent",
    "AgentCapacity",
    "AgentSkill",
    "AssignmentMethod",
    "BasePresence",
    "CapacityBy",
    "CapacityProfile",
    "ContextVariable",
    "CustomPresence",
    "DistributionMode",
    "DistributionSettings",
    "Holiday",
    "Membership",
    "OperatingHours",
    "Overflow",
    "OverflowAction",
    "OverflowCondition",
    "PasswordLink",
    "Period",
    "PreferredFallback",
    "Presence",
    "Queue",
    "Reset",
    "Role",
    "Ruleset",
    "Skill",
    "SkillMatching",
    "TimeoutAction",
    "TimeoutRule",
    "TransferTo",
    "Trigger",
    "User",
    "VariableKind",
    "WorkItem",
    "WorkState",
    "Workstream",
    "WrapUpBlock",
]

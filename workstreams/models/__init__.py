from .person import Agent, BasePresence, PasswordLink, Presence, Role, User
from .rules import Condition, Rule, Ruleset
from .work import WorkItem, WorkState
from .workstream import AssignmentMethod, DistributionMode, Membership, Queue, Workstream

__all__ = [
    "Agent",
    "AssignmentMethod",
    "BasePresence",
    "Condition",
    "DistributionMode",
    "Membership",
    "PasswordLink",
    "Presence",
    "Queue",
    "Role",
    "Rule",
    "Ruleset",
    "User",
    "WorkItem",
    "WorkState",
    "Workstream",
]

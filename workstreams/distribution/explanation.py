"""What the codes of a stored assignment mean, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

REFUSALS: dict[str, Promise] = {
    "not_there": gettext_lazy("isn't signed in"),
    "presence": gettext_lazy("has a presence that gets no work of this kind"),
    "sessions": gettext_lazy("has as many open conversations as allowed"),
    "blocked": gettext_lazy("has reached a capacity profile's limit that blocks all work"),
    "no_room": gettext_lazy("has too few free units"),
    "no_profile": gettext_lazy("doesn't have the capacity profile"),
    "no_place": gettext_lazy("has no free place in a capacity profile"),
    "skills": gettext_lazy("lacks the skills that are required"),
    "declined": gettext_lazy("declined or missed it too often"),
    "stopped": gettext_lazy("isn't asked any more: too many agents declined it"),
}
CALLED: dict[str, Promise] = {
    "affinity": gettext_lazy("had the conversation before"),
    "preferred": gettext_lazy("is a preferred agent of the customer"),
}


def refusal_in_words(code: str) -> str:
    """Why an agent didn't get it, to stand behind the name; the code if this version doesn't know it."""
    return str(REFUSALS.get(code, code))

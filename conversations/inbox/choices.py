"""What a person switches on and off in the inbox: kept with the person, so that it follows them to another browser."""

from workstreams.models import User

# How it is until somebody chooses.
USUAL = {"enter": True, "sound": True, "desktop": False}


def choices_of(person: User) -> dict[str, bool]:
    """All switches as this person has them."""
    kept = person.choices if isinstance(person.choices, dict) else {}
    return {name: bool(kept.get(name, usual)) for name, usual in USUAL.items()}


def chosen(sent: dict[str, str]) -> dict[str, bool]:
    """The switches that a form sent, `1` or `0`; whatever else it sent is nothing."""
    return {name: sent[name] == "1" for name in USUAL if sent.get(name) in ("0", "1")}

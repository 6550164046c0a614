"""The calls upward from this floor. Each is a dotted path in settings, so a search for its name finds both ends.

Ports run inside the caller's transaction, are idempotent and do no I/O.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from workstreams.models import WorkItem
    from workstreams.routing.facts import Fact


def work_item_model() -> "type[WorkItem]":
    """The model that stands for a piece of work (`WORK_ITEM_MODEL`)."""
    model: Any = apps.get_model(settings.WORK_ITEM_MODEL)
    return model


def work_waiting(queue_id: int | None = None) -> None:
    """Say that something changed which may let waiting work be assigned (`WORK_WAITING`)."""
    import_string(settings.WORK_WAITING)(queue_id)


def fact_catalogue() -> "Mapping[str, Fact]":
    """The facts that rules may test, by name (`FACT_CATALOGUE`), with the choices that there are now."""
    catalogue: Mapping[str, Fact] = import_string(settings.FACT_CATALOGUE)()
    return catalogue
